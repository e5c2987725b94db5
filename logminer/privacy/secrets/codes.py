"""Codes that are used once or let in: of figures, or of capitals and figures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.secrets.hints import CJK_IS, OF, has
from logminer.privacy.secrets.placeholders import is_placeholder

__all__ = ["find_codes"]

_CODE_HINTS = (
    ("cod", "otp", "2fa", "kod ", "cvv", "geheimz", "einmal", "kode"),
    ("cód", "kód", "kod", "код", "验证码", "驗證碼", "校验码", "動態密碼", "認証", "コード", "인증", "رمز"),
)  # fmt: skip
_SHORT_HINT = re.compile(r"(?<![a-z])(?:pins?|pincode|m?tan|cvv?c?)(?![a-z])")
_CODE_WORD = (
    r"(?:(?:verification|security|log-?in|sign-?in|access|confirmation|one[ -]?time|single[ -]?use|2fa|mfa|two[ -]factor|auth\w{0,12}|sms|otp|your|my|reset|pass|entry|door|gate|alarm|unlock|activation|safe|vault|locker|garage|building|keypad|lockbox|recovery|backup|card|pin|bank|device|pairing|whatsapp|telegram|google|steam"
    r"|microsoft|apple|bestätigungs|sicherheits|zugangs|anmelde|verificatie|verifizierungs|verifikations|engangs|inlog|toegangs|guard|einmal|verifierings|bekräftelse|bekræftelses|bekreftelses|engångs|säkerhets|sikkerheds|sikkerhets|tür|debit|credit|sim|phone|atm)[ -]?(?:pass)?(?:code|kode|kod|password|pin)(?:en|s)?|(?:doğrulama|onay|güvenlik|giriş) kod(?:u(?:nuz|m|n)?)|(?:ověřovací|overovací) kód"
    r"|(?:c[oó]digo|code|codice|kod) (?:de |di |d.|pin )?(?:verificaci[oó]n|verificação|seguridad|segurança|acceso|acesso|confirmaci[oó]n|vérification|verification|sécurité|confirmation|validation|acc[èe]s|verifica|sicurezza|accesso|weryfikacyjny|pin|secret|otp)|c[oó]digo|codice"
    r"|one[ -]time (?:password|pin|passcode|code)|otps?|totp|2fa|m?tan|pins?(?:[ -]?(?:code|number|nummer|no))?|geheimzahl|einmal(?:code|passwort|kennwort)|bestätigungscode|sicherheitscode|zugangscode"
    r"|код(?: подтверждения| доступа)?|пин-?код|验证码|驗證碼|校验码|動態密碼|認証(?:コード|番号)|確認コード|رمز التحقق|인증 ?(?:번호|코드)|code(?= (?:i|they|we|you) (?:got|received|sent)\b))"
)
_SENT = r"(?:['’]s|\s{1,2}(?:is now|is|was|ist|lautet|est|es|é|è|jest|to|är|er|on|je|are|sent was|(?:i|we) (?:got|received)(?: is)?|это))\s{1,2}"
_DIGITS = r"(?:\d{4,8}|\d{3}[ -]\d{3}|\d{4}[ -]\d{4})(?![a-z0-9_%°年月日元円원人个個]|[.,:/-]\d|[ -]\d{3})"
_CODE_LETTERS = (
    r"(?=[a-z0-9-]{0,9}\d)(?=[a-z0-9-]{0,9}[a-z])[a-z0-9]{3,8}(?:-[a-z0-9]{3,8}){0,3}(?![\w-])"
)
_CODE = re.compile(
    rf"(?<![a-z0-9_-])(?P<word>{_CODE_WORD})[\"'`*)\]]{{0,3}}(?:{OF}(?P<join>(?: (?:i|they|you) (?:got|received|sent|have)\b[^\n:.,]{{0,30}})?\s{{0,2}}(?:[:：=#]|=>|->|→)\s{{0,3}}|{_SENT}(?::\s{{0,2}})?|{CJK_IS})|\s{{1,2}})[*_]{{0,2}}[\"'`“«(\[]{{0,2}}"
    rf"(?:(?:[a-z]-)?(?P<digits>{_DIGITS})|(?P<letters>{_CODE_LETTERS}))"
)
_CVV = re.compile(
    r"(?<![a-z])cv[vc]2?(?: code| number)?\W{0,3}(?:is|:)?\s{0,2}(?P<value>\d{3,4})(?!\w)"
)
_AFTER = re.compile(
    r"(?<![\w.,$€£#-])(?:[a-z]-)?(?P<value>\d{4,8}|\d{3}[ -]\d{3})[\"'`*]{0,3} (?:is (?:your|my|the|ur)|as (?:your|the|my)|est votre|est le|ist (?:ihr|dein)|es (?:tu|su)|é (?:o )?seu|is je)\b[^\n.!?]{0,40}?(?:code|otp|pin|passcode|password|código|tan|codice)"
)
_USED = re.compile(
    r"(?:use|enter|type|with|gib|usa|utilise[rz]?) (?:the |this |den |el |le )?(?:code|otp|pin|c[oó]digo) (?:[a-z]-)?(?P<value>\d{3}[ -]?\d{3}|\d{4,8})(?![\w-]) ?(?:to|for|at|in|on|within|um|para|pour|$|[.,;!])"
)
# "the door code is 4821 and the alarm is 9504"
_ANOTHER = re.compile(
    rf",? (?:and|the|for|my|but) (?:the |for |my )?(?:[a-z-]{{2,12}} ){{1,2}}(?:is|was) (?P<value>{_DIGITS})"
)
# "the gate code changed, it's now 5518"; "unlock it with 4907" where a PIN is spoken of
_CHANGED = re.compile(
    rf"(?:code|pin)s?(?: (?:has|have|was|is|been|just|got)){{0,3}} chang\w{{1,2}}[^\n\d]{{0,40}}? (?P<value>{_DIGITS})"
)
_WITH = re.compile(
    rf"(?:unlock|open|pay|confirm|log ?in|sign in|enter)(?: it| them| the \w{{3,12}})? with (?P<value>{_DIGITS})"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
# words that figures follow without a sign between: "OTP 482913", "2FA code 339122"
_BARE_CODES = (
    "otp",
    "totp",
    "mtan",
    "geheimzahl",
    "验证码",
    "認証コード",
    "인증번호",
    "pin code",
    "pin number",
    "passcode",
    "رمز التحقق",
)
_BACKUP = re.compile(
    r"(?:backup|recovery|scratch|emergency|one[ -]time|2fa|notfall|wiederherstellungs)(?:[ -]?(?:verification |login )?codes?(?:[^\n:,\d]{0,40},(?=\s[a-z-]{0,8}\d)|[^\n:]{0,60}(?::|\n|\bare\b|\bis\b))|(?<=2fa backup)s?:|(?<=recovery) (?:key|phrase)s?(?: is)?:?)"
)
_BACKUP_ONE = re.compile(
    r"[\s,;*•|\"'`>\[\]-]{0,6}(?:\d{1,2}[.):]\s{1,2})?(?P<value>[a-z0-9]{4,12}(?:[ -][a-z0-9]{4,12}){0,4})(?![\w-])"
)
MOST_CODES = 24


def find_codes(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Codes that are used once or let in: of figures, or of capitals and figures."""
    short = ("pin" in lower or "tan" in lower) and _SHORT_HINT.search(lower)
    if not (short or has(lower, *_CODE_HINTS)):
        return
    for told in _CODE.finditer(lower):
        if told["digits"] and _is_sent(told):
            yield told.span("digits")
            if another := _ANOTHER.match(lower, told.end()):
                yield another.span("value")
        elif told["letters"] and told["join"] and _is_code_like(text, told):
            yield told.span("letters")
    for match in _CVV.finditer(lower) if "cv" in lower else ():
        yield match.span("value")
    for pattern in (_AFTER, _USED, _CHANGED, *((_WITH,) if short else ())):
        for match in pattern.finditer(lower):
            if pattern is not _CHANGED or not _YEAR.fullmatch(match["value"]):
                yield match.span("value")
    for told in _BACKUP.finditer(lower):
        place = told.end()
        shape = ""
        for _ in range(MOST_CODES):
            one = _BACKUP_ONE.match(lower, place)
            if not one or not (
                _is_backup(one["value"]) or (shape and _shape(one["value"]) == shape)
            ):
                break
            yield one.span("value")
            place, shape = one.end(), _shape(one["value"])


def _shape(value: str) -> str:
    """How long the groups of a code are, where it has some."""
    groups = re.split("[ -]", value)
    return " ".join(str(len(group)) for group in groups) if len(groups) > 1 else ""


def _is_sent(told: re.Match[str]) -> bool:
    """Whether figures are a code: not the year after "my code is from", nor the part number after "pin"."""
    word = told["word"]
    if told["join"]:
        return bool(told["join"].strip() in (":", "：", "=") or not _YEAR.fullmatch(told["digits"]))
    if word in _BARE_CODES:
        return True
    if word.startswith(("my ", "your ")) and not word.endswith("pin"):
        return False
    return len(word.split()) > 1 and not _YEAR.fullmatch(told["digits"])


_CODE_KINDS = (
    "verif", "secur", "access", "confirm", "time", "2fa", "mfa", "guard", "backup", "recovery", "log", "sign", "otp", "reset", "sicher", "zugang",
    "bestät", "einmal", "activation", "seg", "acc", "conferma", "valid",
)  # fmt: skip


def _is_code_like(text: str, told: re.Match[str]) -> bool:
    """Whether capitals and figures are a code."""
    value = text[told.start("letters") : told.end("letters")]
    return (
        value.isupper()
        and 5 <= len(value) <= 30
        and not is_placeholder(value)
        and len(set(value)) > 3
        and any(kind in told["word"] for kind in _CODE_KINDS)
    )


def _is_backup(value: str) -> bool:
    return any(map(str.isdigit, value)) and 6 <= len(value) <= 60 and len(set(value)) > 3
