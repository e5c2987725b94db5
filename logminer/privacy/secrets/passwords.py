"""Passwords that a word announces, in sentences of many languages, in settings and in code.

What a program only names (`password: string`, `password = input()`) is none, and neither is an example (`changeme`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.lexicon import frequency
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.secrets.hints import CJK_IS, OF, has
from logminer.privacy.secrets.placeholders import (
    SIGNS,
    is_code,
    is_compound,
    is_example_word,
    is_placeholder,
    is_random,
    is_strong,
)

__all__ = ["find_passwords"]

# what a text must hold (one of the first, or one of the second where it is not ASCII) | the words
_PASSWORDS = (
    (
        ("pass",),
        (),
        r"(?:pass(?:[ _-]?(?:word|phrase|code|key)s?|wort|wd|wrd|(?<![a-z]pass)(?:ord|e)?)|(?:db|smtp|ftp|mail|root|ssh|sql|pg|redis|store|user|admin)pass)",
    ),
    (
        ("pw", "psk", "wpa", "fi key", "fi code"),
        (),
        r"(?:(?<![a-z])(?:pwd|pw|psk)|pwd|wpa2?[ _-]?(?:key|psk)|(?:wi-?fi|network)[ _-]?(?:key|code))",
    ),
    (
        ("secret",),
        (),
        r"(?:jwt|session|cookie|app|client|auth|signing|encryption|hmac|shared)[ _-]?secret",
    ),
    (
        ("kennwort", "contrase", "mdp", "senha", "haslo", "wachtwoord", "adgangskode", "salasana", "heslo", "jelszo", "parol", "sifre", "kata sandi", "clave"),
        ("hasło", "lösenord", "jelszó", "şifre", "парол", "密", "口令", "パス", "暗証", "비밀", "암호", "كلمة", "סיסמ", "पासवर्ड", "mật khẩu", "รหัส", "κωδικ", "contraseñ"),
        r"(?:kennwort|contrase[ñn]as?|(?<![a-z])(?:clave(?: de acceso)?|mdp|senha|parola?(?: d.ordine)?)|hasł(?:o|em)|haslo|wachtwoord|lösenord(?:et)?|adgangskode|salasana|heslo|jelszó|jelszo|[şs]ifre(?:si|m)?|парол[ья]"
        r"|密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|كلمة المرور|كلمة السر|סיסמ[הא]|पासवर्ड|mật khẩu|kata sandi|รหัสผ่าน|κωδικ[όο]ς)",
    ),
)  # fmt: skip
_IS = r"(?:is|was|are|will be|set to|to|=|be|ist|lautet|war|est|es|était|era|é|è|jest|är|er|on|je|это)(?![a-zà-ÿ])"
_SIGN = r"\s{0,20}(?:(?:=>|:=|\?=|=|->|→)[ \t]{0,3}|[:：]\s{0,3})"
_OPEN = r"(?P<open>[*_]{0,2}[\"'`“”‘«「『]{0,3})"
_JOINED = (
    rf"[\w-]{{0,40}}(?:[\"'`*\])]{{0,3}}{OF}[\"'`*\])]{{0,3}}"
    rf"(?P<join>\s?=\s?n(?=')|{_SIGN}|['’]s\s|\s{{1,2}}{_IS}\s{{0,2}}(?::\s{{0,2}})?|{CJK_IS}|>|(?<=[\"']),\s{{0,3}}(?=[\"'])|(?<=[\"'])\s{{1,3}}value=|\((?=[\"']))|[ \t]{{1,2}}(?:[-–—][ \t])?)"
    rf"(?:(?:i (?:remember|used|have|set|chose|know)|now|still|currently|just|the following|simply|[05789](?=\s\S{{6}}))\s)?{_OPEN}(?=\S{{3}})"
)
_ANNOUNCED = [(some, others, re.compile(words + _JOINED)) for some, others, words in _PASSWORDS]
_QUOTED = re.compile(r"(?P<value>[^\s\"'`“”‘’«»」』\n]{1,128})[\"'`”’»」』]")
_PHRASE = re.compile(r"(?P<value>[^\"'`“”«»」』\n<>{}]{4,100})[\"'`”»」』]")
_SHAPE = re.compile(
    r"(?<![^\s\"'`(:])(?=[A-Za-z0-9]{2})[A-Za-z0-9!@#$%^&*?_-]{8,32}(?![^\s\"'`).,;:])"
)
# in a text about passwords: "type … when it asks", "it used to be …", "the real one = …"
_ENTERED = re.compile(
    r"(?<![a-z])(?:type|typed|enter|entered|used to be|these days it['’]s|now it['’]s|it['’]s now|it was|wrote|real one(?: is)?)(?: in)?(?:\s{1,2}|\s?[:=]\s?)[\"'`“]?(?P<value>\S{6,40})"
)
_DASHED = re.compile(r"[a-z]{3,12}(?:-[a-z]{3,12}){1,4}-?\d{1,6}", re.IGNORECASE)
_APP = re.compile(r"[a-z]{4}(?:[ -][a-z]{4}){3}(?=[\s.,;\"'`)]|$)")  # of Google and Apple
_WORDS = re.compile(r"[a-z]{3,12}(?:[ -][a-z]{3,12}){3,7}(?=[\s.,;!?\"'`)]|$)")
_LONGEST = 128
_BARE = re.compile(r"[^\s\"'`“”«»<>|」』，。、]{1,128}")
_NUMBERED = re.compile(  # a word and some figures, but no algorithm and no version
    r"(?!(?:argon|base|sha|utf|pbkdf|oauth|rot|ascii|python|windows|rsa|step|part|level|chapter|number|type|version|section|table|figure|option|hmac|php|html|server|reset|page|user|admin)\d)[a-z]{4,20}\d{1,6}[!?]?",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[a-z]{16}")  # of Google, without its spaces
# what tells how a password is rather than which: "hardcoded", "incorect", "obligatoria"
_TELLS = re.compile(
    r"(?:e[dt]|ing|[ai]bles?|ives?|ect[ao]?|less|ful|ous|or[iy][ao]?|[ai]d[ao]s?|ict|ertes|lich|ig)$"
)
_SETTING = re.compile(r";[A-Za-z][A-Za-z_.-]{1,30}=")  # of a connection string, the next one
_SET = re.compile(r"(?<![a-z])(?:set|chang|reset|updat)|hasło$|hasło to|haslo to")
_AS = re.compile(
    r"(?<!\S)(?:(?:use|used|using|with|set|enter|type|put|take|tried)\s{1,2}(?P<used>\S{6,40})\s{1,2}as|(?P<mine>\S{6,40})\s{1,2}is)\s{1,2}(?:the |my |your |our |his |her |a ){0,1}(?:[\w-]{1,20} )?(?:password|pw|passphrase|passcode|passwort)\b"
)
_AS_PHRASE = re.compile(
    r"\b(?:use|used|using|set|put|chose) [\"“](?P<value>[^\"“”\n]{8,80})[\"”] as (?:my |a |the |our )?pass"
)
_ANOTHER = re.compile(
    r"[\"'`”]?,? (?:(?:and|or|the|for|now|my|old|new|before|it) ){1,3}(?:[a-z-]{2,12} ){0,2}(?:is|was)(?: still| now)? [\"'`“]?"
)
_FROM = re.compile(
    r"passw(?:or[dt])\b[^\n.]{0,30}? from\s{1,2}(?P<old>\S{6,40})\s{1,2}to\s{1,2}(?P<new>\S{6,40})"
)
# what a sentence says of a pass phrase
_SAID = word_set(
    """
    example the and for you your with that this from can will must not are was use used should when key private public which protects protect
    """
)


def find_passwords(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Values of passwords that a word announces, in sentences, settings and code."""
    for some, others, pattern in _ANNOUNCED:
        if has(lower, some, others):
            for told in pattern.finditer(lower):
                for start, end in _password(text, lower, told):
                    yield start, end
                    yield from _next(text, lower, end)
            yield from _shaped(text)
    if has(lower, ("passw", "pw", "passphrase", "passcode")):
        for entered in _ENTERED.finditer(lower):
            value = _unended(text[slice(*entered.span("value"))], said=True).rstrip("\"'`”")
            if _is_likely(value) or (_DASHED.fullmatch(value) and not is_placeholder(value)):
                yield entered.start("value"), entered.start("value") + len(value)
        for used in _AS_PHRASE.finditer(text):
            yield used.span("value")
        yield from _said_before(text, lower)


def _next(text: str, lower: str, end: int) -> Iterator[tuple[int, int]]:
    """Another password that the same sentence names: ", the guest one is …"."""
    if told := _ANOTHER.match(lower, end):
        bare = _BARE.match(text, told.end())
        value = _unended(bare.group(), said=True) if bare else ""
        if _is_likely(value):
            yield told.end(), told.end() + len(value)


def _said_before(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Passwords that stand before their word or behind another: "use … as password", "from … to …"."""
    for pattern in (_AS, _FROM):
        for told in pattern.finditer(lower):
            for name in told.re.groupindex:
                value = _unended(text[slice(*told.span(name))].strip("\"'`“”*"), said=True)
                start = text.find(value, told.start(name))
                if _is_likely(value):
                    yield start, start + len(value)


def _shaped(text: str) -> Iterator[tuple[int, int]]:
    """Words with every sort of character that a password has to have, in a text about passwords."""
    for match in _SHAPE.finditer(text):
        value = match.group()
        if is_placeholder(value) or is_example_word(value, strictly=True):
            continue
        mixed = any(map(str.islower, value)) and any(map(str.isupper, value))
        said = value if mixed else value.rstrip("!?")  # "is it sha256?"
        sorts = (str.isalpha, str.isdigit, ("!@#$%^&?" if mixed else "!#$%^&?").__contains__)
        if (mixed or said[0].isalpha()) and all(any(map(sort, said)) for sort in sorts):
            yield match.span()


def _password(text: str, lower: str, told: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The value behind "password is", `password =`, `"password": "`."""
    start, join = told.end(), (told["join"] or "").strip()
    said = any(map(str.isalpha, join)) and join not in ("to", "on", "be", "value=", "=n", "= n")
    said = said or (join == "to" and bool(_SET.search(lower, max(0, told.start() - 30), start)))
    if (grouped := _APP.match(lower, start)) and not all(map(frequency, grouped.group().split())):
        yield grouped.span()
    elif told["open"].strip("*_"):
        yield from _quoted(text, told, said=said)
    elif join not in (",", "value="):
        yield from _bare(text, lower, told, said=said)


def _quoted(text: str, told: re.Match[str], *, said: bool) -> Iterator[tuple[int, int]]:
    start = told.end()
    if inner := _inner(text, start):
        yield start, inner
        return
    if word := _QUOTED.match(text, start):
        value = word["value"]
        follows = text[word.end() : word.end() + 3].lstrip()[:1]
        strong = is_strong(value) or is_compound(value)
        strong = strong or bool(_LETTERS.fullmatch(value) and not frequency(value))
        named = follows in ("+", "%") or (not said and (is_code(value) or not strong))
        if len(value) >= 4 and not named and _is_password(value, said=said):
            yield word.span("value")
        return
    phrase = _PHRASE.match(text, start) if said or "phrase" in told.group() else None
    if phrase and 2 <= phrase["value"].count(" ") <= 9 and not is_placeholder(phrase["value"]):
        yield phrase.span("value")


def _inner(text: str, start: int) -> int | None:
    """The end of a quoted password that holds the other kind of quote."""
    quote = text[start - 1]
    if quote not in "\"'" or text[start - 2] in "\"'`":
        return None
    end = text.find(quote, start, start + 100)
    value = text[start:end]
    other = "'" if quote == '"' else '"'
    if end < 0 or "\n" in value or value.count(other) != 1 or not value.count(" ") < 4:
        return None
    if text[end + 1 : end + 2].isalnum() or not any(map(str.isdigit, value)):
        return None
    return None if is_placeholder(value) or set(value) & set("(){}[]=+") else end


def _bare(text: str, lower: str, told: re.Match[str], *, said: bool) -> Iterator[tuple[int, int]]:
    start, join = told.end(), (told["join"] or "").strip()
    words = _WORDS.match(lower, start) if "phrase" in told.group() else None
    if words and _SAID.isdisjoint(words.group().split()):
        yield words.span()
        return
    bare = _BARE.match(text, start)
    if not bare or bare.end() - start == _LONGEST:  # no password is that long
        return
    value = _unended(bare.group(), said=said or join in (":", "：", ""))
    end = start + len(value)
    if len(value) < 4 or is_code(value) or not _is_password(value, said=said):
        return
    if not join:
        found = _is_mixed(value) or is_random(value, 10) or _NUMBERED.fullmatch(value) is not None
        found = found or (value.count("-") > 1 and _DASHED.fullmatch(value) is not None)
        found = found or (lower[start - 2 : start - 1].isdigit() and is_compound(value))
    elif is_strong(value):  # `password = row2` is code, `password=row2` may be a setting
        tight = said or join in (":", "：") or not told["join"][-1].isspace()
        found = tight or not value.isidentifier() or is_random(value, 8)
    else:
        # "the password to my friend's …" goes on about what it opens
        owned = join.startswith(("'", "’")) and " " in lower[told.start() : told.start("join")]
        odd = said and _is_odd(value, text[end : end + 1])
        found = not owned and (odd or is_compound(value) or bool(_SETTING.match(text, end)))
    if found:
        yield start, end


def _is_mixed(value: str) -> bool:
    """Whether a word that only follows "password" can be one: small and large letters, or signs, with figures."""
    figures = any(map(str.isdigit, value))
    signs = not SIGNS.isdisjoint(value.rstrip("!?"))
    small, large = value.upper() != value, value.lower() != value
    return len(value) >= 6 and figures and small and (large or signs) and "(" not in value


def _is_likely(value: str) -> bool:
    """Whether a word is a password where the sentence hardly says so."""
    mixed = _is_mixed(value) or _NUMBERED.fullmatch(value)
    return bool(mixed) and not is_code(value) and _is_password(value, said=True)


def _unended(value: str, *, said: bool) -> str:
    """A bare word without the marks that end its sentence, its line of code, its row."""
    value = _SETTING.split(value, maxsplit=1)[0].rstrip(",;").rstrip("*")
    return value.rstrip(".,;:?!)]}*_") if said else value.rstrip(").,]}")


def _is_password(value: str, *, said: bool) -> bool:
    if is_placeholder(value) or is_example_word(value, strictly=said):
        return False
    return "://" not in value and not value.startswith(("http", "/", "#", "\\", "--"))


def _is_odd(value: str, after: str) -> bool:
    """Whether a word of letters that ends its sentence is one that nobody would say of a password."""
    words = value.split("-")
    if after not in ("", ".", ",", "\n", "!", ";", ")") or not all(map(str.isalpha, words)):
        return False
    if any(c.isupper() for word in words for c in word[1:]) and not value.isupper():
        return len(value) >= 5
    return not _TELLS.search(value.lower()) and any(
        len(w) >= (4 if words[1:] else 5) and w.isascii() and not frequency(w.casefold())
        for w in words
    )
