"""Passwords where no word announces them: in commands, in lines of files, in hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.secrets.hints import has
from logminer.privacy.secrets.placeholders import (
    is_code,
    is_compound,
    is_example_word,
    is_placeholder,
    is_strong,
)

__all__ = ["find_arguments", "find_columns"]

_CREDENTIALS = re.compile(
    r"(?<![a-z])(?:credentials?|creds|zugangsdaten|credenciales|credenziali|identifiants|anmeldedaten|log-?in|account|u ?/ ?p|user(?:name)? ?(?:/|&|and) ?p(?:ass|w)(?:word)?)\b[^\n:,\"]{0,30}[:,]\s{0,3}[^\s:/|,\"'`]{2,64}\s{0,2}[/:|,]\s{0,2}[\"'`]?"
)
_FLAG = re.compile(
    r"(?<![\w-])(?:--?(?:[a-z]{2,20}-)?(?:password|passwd|pwd|pass|passphrase|(?:src|dest)?(?:store|key)pass|passin|passout|token|secret|api-key|apikey|access-key|secret-key|auth-token|client-secret)(?:\s{1,2}|=)(?:pass:)?"
    r"|\brequirepass\s{1,3}|\bmasterauth\s{1,3}|\bidentified (?:with \w{1,40} )?by\s{1,3}(?=[\"'`]))[\"'`]?"
)
_COMMANDS = ("mysql", "mariadb", "docker login", "sshpass", "smbclient", "redis-cli", "lftp", "7z", "zip ", "rar ", "ldapsearch", "mongo", "sqlcmd", "psexec", "plink", "pscp", "psftp")  # fmt: skip
_WITH_FLAG = re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, _COMMANDS))})[^\n]{{0,300}}")
_SHORT_FLAG = re.compile(r"(?<=\s)(?:-pw?|-w|-a) ?[\"']?(?=\S{4})")
_CURL = re.compile(
    r"(?<![a-z])(?:curl|wget|https?|htpasswd|ab)(?=\s)(?:[^\n]|\\\n){0,300}?(?:\s(?:-u|--user|--auth|-a)(?:\s{1,2}|=)?[\"']?[^\s:\"']{0,128}[\"']?:|\s-n?bb?n?\s[^\n]{0,100}?\s\S{1,64}\s)[\"']?"
)
_SECURE = re.compile(r"convertto-securestring\s{1,3}(?:-string\s{1,3})?[\"']")
# auth=("anna", "…"), server.login("anna", "…"), connect("host", "anna", "…")
_CALL = re.compile(
    r"(?:auth\s?=\s?|basicauth|\.login|\.authenticate|connect|new pdo|pscredential)\s?\((?:\s{0,2}[\"'][^\"'\n]{0,128}[\"']\s{0,2},\s{0,3}){1,3}[\"']"
)
_SUDO = re.compile(r"echo\s{1,2}[\"']?(?=[^\s\"']{4,64}[\"']?\s{0,2}\|\s{0,2}sudo\s{1,2}-\w{0,3}s)")
# (host, "anna", "…"), (payload, "…"), ("…".toCharArray())
_PLACED = re.compile(
    r"(?:mysqli?(?:_p?connect)?\s?\((?:\s{0,2}[\"'][^\"'\n]{0,128}[\"']\s{0,2},\s{0,3}){2}|getconnection\s?\([^()\n]{1,200},\s{0,3}|jwt\.(?:sign|verify|encode|decode)\s?\([^()\n]{1,100}?,\s{0,3}"
    r"|(?:\bload|pbekeyspec|passwordprotection|\.init)\s?\([^()\n]{0,80}?(?=[\"'][^\"'\n]{4,64}[\"']\.tochararray))[\"']"
)
_NET = re.compile(
    r"\bnet (?:use\b[^\n]{0,100}?/user:\S{1,64}|user\s{1,2}(?!/)\S{1,64})\s{1,3}[\"']?"
)
_SUDO = re.compile(r"echo\s{1,2}[\"']?(?=[^\s\"']{4,64}[\"']?\s{0,2}\|\s{0,2}sudo -s)")
_CHPASSWD = re.compile(
    r"(?:^[ \t]{0,16}(?:- )?|echo\s{1,2}(?:-e\s)?[\"']?)[a-z_][\w.-]{0,31}:(?=[^\s|])", re.MULTILINE
)
_VARIABLE = re.compile(
    r"variable\s{1,3}\"[\w-]{0,40}(?:passw|secret|token|_key)[\w-]{0,40}\"\s{0,3}\{[^{}]{0,300}?\bdefault\s{0,12}=\s{0,3}\""
)
_NETRC = re.compile(r"\blogin\s{1,4}\S{1,128}\s{1,4}password\s{1,4}")
_PGPASS = re.compile(r"(?<![^\s\"'`])[\w.*-]{1,253}:(?:\d{2,5}|\*):[\w*-]{1,64}:[\w*.-]{1,64}:")
_COMBO = re.compile(r"(?<=@)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}[:;|](?=[^\s/]{6,40}$)", re.MULTILINE)
_SIGN_IN = re.compile(  # "log in with anna@… and …"
    r"(?<=@)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\s{1,2}(?:/|\||and|&|\+|with|und|mit|et|y|e)\s{1,2}(?=[^\s\d]{0,40}\d)(?=[^\sa-z]{0,40}[a-z])"
)
_WIFI_CARD = re.compile(r"wi-?fi\b[^\n]{0,60}\n[ \t]{0,4}(?:network )?(?:key|code)\s?[:=]\s{0,3}")
_WIFI = re.compile(r"wifi:(?:[ths]:[^;\n]{0,64};){0,3}p:")
_HASH = re.compile(
    r"\$(?:2[abxy]\$\d\d|apr1|[156]|y|7|argon2(?:id|i|d)\$v=\d{1,3}|scrypt|pbkdf2-sha\d{1,3})\$[./a-z0-9$=,+-]{20,200}"
)
# what the text must hold (one of them) | what stands before the password | whether it may be of letters only
_ARGUMENTS = (
    (("--", "requirep", "identified ", "storepass", "keypass"), _FLAG, False),
    (("curl ", "htpass", "wget ", "http -", "https -"), _CURL, True),
    (("securestring",), _SECURE, True),
    (("auth=", "login(", "connect("), _CALL, False),
    (("sudo ",), _SUDO, False),
    (("mysql", "getconn", "jwt.", "tochararray"), _PLACED, False),
    (("net use",), _NET, False),
    (("sudo -s",), _SUDO, False),
    (("chpasswd",), _CHPASSWD, False),
    (("variable ",), _VARIABLE, False),
    (("login",), _NETRC, False),
    (("432:", "433:"), _PGPASS, True),
    (("@",), _COMBO, False),
    (
        (
            "cred",
            "login",
            "log-in",
            "account",
            "zugangsd",
            "anmelded",
            "identifiants",
            "u/p",
            "u / p",
            "user",
        ),
        _CREDENTIALS,
        False,
    ),
    (
        (
            "log in",
            "login",
            "sign in",
            "log on",
            "creds",
            "credential",
            "identifiants",
            "zugangsd",
            "passw",
        ),
        _SIGN_IN,
        False,
    ),
    (("wi-fi", "wifi"), _WIFI_CARD, False),
    (("wifi:",), _WIFI, True),
)
_VALUE = re.compile(r"[^\s\"'`“”«»<>|」』，。、]{1,128}")


def find_arguments(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Passwords in commands and in lines of files, and hashes of passwords."""
    for hints, pattern, strictly in _ARGUMENTS:
        for told in pattern.finditer(lower) if any(h in lower for h in hints) else ():
            yield from _argument(text, told.end(), strictly=strictly)
    if has(lower, (" -p", " -a", " -w")) and has(lower, _COMMANDS):
        for line in _WITH_FLAG.finditer(lower):
            for told in _SHORT_FLAG.finditer(lower, *line.span()):
                yield from _argument(text, told.end(), strictly=False)
    for match in _HASH.finditer(lower) if "$" in lower else ():
        if "example" not in match.group() and len(set(match.group())) > 12:
            yield match.span()


# ---- columns

_HEAD = re.compile(r"^[^\n]{0,300}[,;|\t ][ \"]{0,2}(?:password|passwd|pwd|pw|pass|passwort|kennwort|contraseña|pin|secret|token|api_?key|(?:recovery|backup|scratch) codes?)\b[^\n]{0,300}$", re.MULTILINE)  # fmt: skip
_COLUMN = re.compile(
    r"(?:password|passwd|pwd|pw|pass|passwort|kennwort|contraseña|pin|secret|token|api_?key|(?:recovery|backup|scratch) codes?)"
)
_ROWS = 2_000


def find_columns(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Passwords in the column of a table whose head says so."""
    done = 0
    for head in _HEAD.finditer(lower):
        line = head.group()
        separator = max(",;|\t", key=line.count)
        names = [cell.strip(' "*`') for cell in line.split(separator)]
        columns = [number for number, name in enumerate(names) if _COLUMN.fullmatch(name)]
        if head.start() < done or not columns or len(names) < 2:
            continue
        done = head.end() + 1
        for _ in range(_ROWS):
            end = lower.find("\n", done)
            end = end if end >= 0 else len(text)
            cells = text[done:end].split(separator)
            if len(cells) != len(names):
                break
            for number in columns:
                start = done + len(separator.join(cells[:number])) + bool(number)
                yield from _cell(cells[number], start)
            done = end + 1


def _cell(cell: str, start: int) -> Iterator[tuple[int, int]]:
    value = cell.strip(' "*`\r')
    if len(value) < 4 or set(value) <= set("-: ") or " " in value:
        return
    if value.islower() and (not is_strong(value) or len(value) < 8 or is_code(value)):
        return
    if not is_placeholder(value) and not is_example_word(value):
        start += cell.index(value)
        yield start, start + len(value)


def _argument(text: str, start: int, *, strictly: bool) -> Iterator[tuple[int, int]]:
    """The value of an argument of a command or of a field of a file."""
    found = _VALUE.match(text, start)
    value = found.group().rstrip(";,\\") if found else ""
    if len(value) < 4 or value.startswith(("-", "$", "/")) or is_code(value):
        return
    if is_placeholder(value) or is_example_word(value):
        return
    if is_strong(value) or is_compound(value) or (strictly and len(value) >= 6):
        yield start, start + len(value)
