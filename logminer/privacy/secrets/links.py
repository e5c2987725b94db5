"""Secrets inside addresses and headers: logins, signatures, links that log in, cookies, webhooks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.secrets.placeholders import (
    is_drawn,
    is_example_word,
    is_placeholder,
    is_random,
    is_strong,
)

__all__ = ["HOOK", "find_headers", "find_links", "find_logins"]

# ---- scheme://user:password@host

_LOGIN = re.compile(
    r"(?P<scheme>\b(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]{1,30}://)(?P<user>[^\s:/@<>\"'`]{0,128}):(?P<password>[^\s/<>\"'`]{1,256})@"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]{1,253}|\*)(?P<port>:\d{1,5}(?:,[\w.-]{1,253}(?::\d{1,5})?){0,8})?"
)
# a slash in the password, of what is no web address
_SLASHED = re.compile(
    r"\b(?!https?:)(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<user>[^\s:/@<>\"'`]{0,128}):(?P<password>[^\s<>\"'`@]{1,256})@[\w.-]{1,253}(?::\d{1,5})?"
)
_TOKEN_LOGIN = re.compile(
    r"\bhttps?://(?P<login>(?P<password>[A-Za-z0-9_-]{20,256}))@[\w.-]{1,253}"
)
_ORACLE = re.compile(
    r"\bjdbc:oracle:\w{2,5}:(?P<login>(?P<user>[^\s:/@]{1,64})/(?P<password>[^\s@\"']{1,128}))@"
)
_PLAIN = ("password", "passwd", "pass", "pwd", "mypassword")
_USERS = ("user", "username", "usr", "u", "login", "name", "myuser", "db_user", "")


def find_logins(text: str) -> Iterator[tuple[int, int]]:
    """Addresses with a login, from the scheme to the port."""
    for pattern in (_LOGIN, _SLASHED, _ORACLE, _TOKEN_LOGIN):
        for match in pattern.finditer(text):
            password = match["password"]
            user = match.groupdict().get("user")
            if user is not None and user.casefold() in _USERS and password.casefold() in _PLAIN:
                continue
            if user and user.startswith(("$", "{")):
                continue
            if pattern is _TOKEN_LOGIN and not is_drawn(password):
                continue
            if not is_placeholder(password) and not password.startswith("$"):
                login = pattern in (_LOGIN, _SLASHED)
                yield match.span() if login else match.span("login")


# ---- ?token=…

_ALWAYS = (
    r"x-amz-signature|x-amz-security-token|x-amz-credential|x-goog-signature|x-goog-credential|signature|sig|sas|awsaccesskeyid|key-pair-id"
    r"|policy|access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|api[_-]?token|reset[_-]?token|reset[_-]?password[_-]?token"
    r"|invite[_-]?token|invitation[_-]?token|confirmation[_-]?token|verification[_-]?token|login[_-]?token|magic[_-]?token|session[_-]?token"
    r"|csrf[_-]?token|token|jwt|api[_-]?key|apikey|app[_-]?key|appid|subscription-key|access[_-]?key|secret[_-]?key|client[_-]?secret|secret"
    r"|auth|authkey|auth[_-]?key|password|passwd|pwd|pass|otp|totp|session[_-]?id|sessionid|session|sid|phpsessid|jsessionid|ticket|assertion|samlresponse"
    r"|oobcode|oob_code|invite|invitation|invite[_-]?code|verification[_-]?code|confirmation[_-]?code|magic|nonce|hmac|hdnea|hdnts|__token__|st|se?cure"
)
_PARAMETER = re.compile(
    rf"[?&;#](?:amp;)?(?:(?P<always>{_ALWAYS})|(?P<random>key|k|t|code|c|hash|h|s|state|id|link|verify|confirm|u|r|uid|ref))(?:=|%3d)(?P<value>[^\s&#\"'<>`)\]}}|\\,;]{{4,3000}})",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"/(?:reset|password|recover|recovery|verify|verification|confirm|confirmation|activate|activation|magic|magiclink|magic-link|invite|invitation|invites|join|login|signin|sign-in|sso"
    r"|unsubscribe|auth|token|onboard|set-password|setpassword|forgot|unlock|claim|accept|change)(?:[-_/]?(?:password|passwort|pw|email|e-mail|link|account|token|invite|invitation|login|user|device|t|v\d|confirm|reset)){0,3}"
    r"/(?P<value>[A-Za-z0-9_~.=-]{8,1000})",
    re.IGNORECASE,
)
HOOK = re.compile(
    r"(?:https?://)?(?:hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks|hooks\.zapier\.com/hooks/catch|hook\.[a-z0-9.]{0,12}(?:make|integromat)\.com"
    r"|maker\.ifttt\.com/trigger/\w{1,60}/(?:json/)?with/key|[a-z0-9-]{1,63}\.webhook\.office\.com/webhookb2|outlook\.office\.com/webhook|chat\.googleapis\.com/v1/spaces/[\w-]{1,40}/messages"
    r"|webhook\.site|api\.telegram\.org/(?:file/)?bot|oapi\.dingtalk\.com/robot/send\?access_token=|open\.feishu\.cn/open-apis/bot/v2/hook)/?(?P<value>[\w/:@~.-]{8,400})",
    re.IGNORECASE,
)
_HOOK_HINTS = ("hook", "telegram", "ifttt", "googleapis", "dingtalk")


def find_links(text: str, long: str) -> Iterator[tuple[int, int]]:
    """Values of parameters and parts of paths that let in whoever holds the link. `long`: see `find_tokens`."""
    for match in _PARAMETER.finditer(text):
        value = match["value"].rstrip(".!?:*")
        start = match.start("value")
        if is_placeholder(value) or is_example_word(value):
            continue
        if match["always"] and (is_strong(value) or len(value) >= 16 or is_random(value, 10)):
            if "(" in value or (value.count(".") > 1 and not is_random(value)):
                continue
            yield start, start + len(value)
        elif match["random"] and is_random(value, 16) and _is_address(text, match.start()):
            yield start, start + len(value)
    for match in _PATH.finditer(text):
        value = match["value"].rstrip(".")
        if not is_placeholder(value) and is_random(value, 8):
            yield match.start("value"), match.start("value") + len(value)
    for match in HOOK.finditer(text) if any(map(long.__contains__, _HOOK_HINTS)) else ():
        if not is_placeholder(match["value"]) and is_random(match["value"]):
            yield match.start(), match.end() - match.group().endswith(".")


def _is_address(text: str, place: int) -> bool:
    before = text[max(0, place - 300) : place]
    return "://" in before[before.rfind(" ") + 1 :]


# ---- headers

_HEADER = re.compile(
    r"authorization[\"'`]?\s{0,3}[:=,]\s{0,3}[\"'`]?\s{0,2}(?:f[\"'])?(?P<scheme>[A-Za-z][\w-]{1,30})\s{1,3}(?P<value>[^\s\"'`,;<>]{8,4000})",
    re.IGNORECASE,
)
_BARE_HEADER = re.compile(
    r"authorization[\"'`]?\s{0,3}[:=]\s{0,3}[\"'`]?\s{0,2}(?P<value>[^\s\"'`,;<>]{16,4000})",
    re.IGNORECASE,
)
_BEARER = re.compile(
    r"(?<![A-Za-z])(?:bearer|sswS)\s{1,3}(?P<value>[A-Za-z0-9_~.+/=-]{16,4000})", re.IGNORECASE
)
_AWS4 = re.compile(
    r"(?:credential|signature|response|oauth_signature|oauth_token)=\"?(?P<value>[A-Za-z0-9/+=%_-]{16,300})",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"(?<![\w-])(?:set-)?cookie[\"'`]?\s{0,2}[:=]\s{0,3}[\"'`]?(?P<value>[\w.%-]{1,80}=[^\n\"'`]{4,8000})",
    re.IGNORECASE,
)
_COOKIE = re.compile(r"(?P<name>[\w.%-]{1,80})=(?P<value>[^\s;,\"']{6,4000})")
_ATTRIBUTES = frozenset(("path", "domain", "expires", "max-age", "samesite", "version", "priority"))


def find_headers(text: str) -> Iterator[tuple[int, int]]:
    """Credentials in `Authorization:`, `Bearer …` and cookies."""
    for pattern in (_HEADER, _BARE_HEADER, _BEARER):
        for match in pattern.finditer(text):
            value = match["value"].rstrip(".,)}]\\")
            if is_placeholder(value) or "(" in value or not _is_credential(value):
                continue
            start = match.start("value")
            yield start, start + len(value)
            if pattern is _HEADER and "=" in value:
                yield from (m.span("value") for m in _AWS4.finditer(text, start, start + 1_000))
    for match in _COOKIES.finditer(text):
        for cookie in _COOKIE.finditer(text, *match.span("value")):
            name, value = cookie["name"].casefold(), cookie["value"]
            if name in _ATTRIBUTES or is_placeholder(value) or "(" in value:
                continue
            if is_strong(value) and len(value) >= 8:
                yield cookie.span("value")


def _is_credential(value: str) -> bool:
    mixed = value.lower() != value and value.upper() != value
    return (
        is_random(value, 12)
        or (len(value) >= 12 and mixed and value.isascii() and is_strong(value))
        or value.endswith("=")
    )
