"""In place of secrets: what is read as the same kind of secret, lets nobody in, and says EXAMPLE.

A vendor's prefix, the lines of a key block, the parts of a token and the scheme of an address are kept; all else is
drawn. Nothing is put in that could end a string or a line of code. `find_secrets` finds none of it again but codes of
figures only, for which no form is left that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from logminer.privacy.finders.tokens import word_set
from logminer.privacy.patterns import find_all
from logminer.privacy.secrets.links import HOOK
from logminer.privacy.secrets.tokens import prefix_length
from logminer.privacy.surrogates import people
from logminer.privacy.surrogates.drawing import Dice, Drawing

__all__ = ["secret"]

_EXAMPLE = "EXAMPLE"
_BLOCK = re.compile(r"-{4,5} ?BEGIN [^\n-]{0,80}-{4,5}|Private-Lines:")
# what of a block stays: its first and last lines, the names of its headers, line ends that are escaped
_KEPT_IN_BLOCK = re.compile(
    r"-{4,5} ?(?:BEGIN|END) [A-Za-z0-9 _-]{0,80}-{4,5}|Private-(?:Lines: ?\d+|MAC: ?)|(?:Proc-Type|DEK-Info|Version|Comment|Hash):|\\[nrt]|[^A-Za-z0-9]"
)
_LOGIN = re.compile(
    r"(?P<scheme>(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]{1,30}://)(?P<user>[^\s:/@]{0,128}):(?P<password>\S{1,256})@(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.*-]{1,253})(?P<port>:\d{1,5}(?!\d))?"
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,30}://|www\.")
_WORDS = re.compile(
    r"(?:\d{1,2}[.):] ?)?[a-z]{3,12}(?:[ ,\n-]+(?:\d{1,2}[.):] ?)?[a-z]{3,12}){3,30}",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{3,12}")
_RUN = re.compile(r"[A-Za-z0-9]{7,}")
_HEX = re.compile(r"[0-9a-f-]{12,}|[0-9A-F-]{12,}")
_SEPARATOR = re.compile(r"(%(?:2[FBfb]|3[ADad]))")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\.|&#?\w{2,8};", re.DOTALL)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)+")
_SAFE = frozenset("-_./+=:~,;# \n")
_PLAIN_WORDS = "apple bridge candle desk engine forest garden hammer island jacket kettle ladder mirror needle orange pencil river saddle table umbrella valley window yellow zebra".split()  # noqa: SIM905
# accounts that belong to nobody
_ACCOUNTS = word_set(
    """
    admin administrator root user username postgres mysql mongo mongodb redis sa system oracle guest default app test dev svc service git ftp anonymous rabbitmq worker backup readonly reader writer web api db
    """
)


def secret(drawing: Drawing, value: str) -> str:
    """The surrogate of a secret, by its form."""
    if _BLOCK.search(value):
        return _block(drawing, value)
    if login := _LOGIN.search(value):
        return _login(drawing, login)
    if _ADDRESS.match(value) and not HOOK.fullmatch(value):
        return people.url(drawing, value)
    if not any(c.isalpha() for c in value):
        return _unproven(drawing, value, _figures)
    return _unproven(drawing, value, _phrase if _WORDS.fullmatch(value) else _token)


def _unproven(drawing: Drawing, value: str, make: Callable[[Dice, str], str]) -> str:
    """A draw in which nothing is found: no secret, and no card among its figures."""

    def draw(dice: Dice) -> str:
        made = make(dice, value)
        return value if find_all(made) else made

    return drawing.drawn("SECRET", value, draw)


def _figures(dice: Dice, value: str) -> str:
    return "".join(str(dice.below(10)) if c.isdigit() else c if c in " -." else "-" for c in value)


def _phrase(dice: Dice, value: str) -> str:
    """As many words; the first says what they are."""
    words = iter(["example", *(dice.pick(_PLAIN_WORDS) for _ in value)])
    made = _WORD.sub(lambda _: next(words), value)
    return made.upper() if value.isupper() else made


def _login(drawing: Drawing, login: re.Match[str]) -> str:
    """`scheme://user:REDACTED@host`, with the port; whose the host is may tell whose the login is."""
    user, host = login["user"], login["host"]
    if user and user.casefold() not in _ACCOUNTS:
        user = re.sub(r"[^\w.-]", "", people.person(drawing, user)) or "user"
    host = host if host in ("localhost", "127.0.0.1") else "host"
    return f"{login['scheme']}{user}:REDACTED@{host}{login['port'] or ''}"


def _block(drawing: Drawing, value: str) -> str:
    """A block of as many lines, each as long, that begins and ends as this one does."""

    def draw(dice: Dice) -> str:
        parts: list[str] = []
        done = 0
        for kept in _KEPT_IN_BLOCK.finditer(value):
            parts += (_drawn(dice, value[done : kept.start()]), kept.group())
            done = kept.end()
        parts.append(_drawn(dice, value[done:]))
        for place, part in enumerate(parts):
            if len(part) > 2 * len(_EXAMPLE) and part.isalnum():
                parts[place] = _EXAMPLE + part[len(_EXAMPLE) :]
                break
        return "".join(parts)

    return drawing.drawn("SECRET", value, draw)


def _token(dice: Dice, value: str) -> str:
    """Other characters of the same sorts behind the same prefix, and EXAMPLE among them."""
    if _JWT.fullmatch(value):
        return ".".join(_part(dice, part, number) for number, part in enumerate(value.split(".")))
    hook = HOOK.fullmatch(value)
    kept = hook.start("value") if hook else prefix_length(value)
    kept = kept if kept < len(value) - len(_EXAMPLE) else 0
    parts = _SEPARATOR.split(_ESCAPED.sub(_plain, value[kept:]))
    rest = "".join(part if number % 2 else _drawn(dice, part) for number, part in enumerate(parts))
    return value[:kept] + _marked(rest, small=rest.islower())


def _plain(escape: re.Match[str]) -> str:
    """An escape where it only separates; else a letter."""
    return escape.group() if _SEPARATOR.fullmatch(escape.group()) else "x"


def _part(dice: Dice, part: str, number: int) -> str:
    head = "eyJ" if part.startswith("eyJ") else ""
    rest = _drawn(dice, part[len(head) :])
    return head + (_marked(rest, small=False) if number == 0 else rest)


def _marked(rest: str, *, small: bool) -> str:
    """`rest` with EXAMPLE in its first long run; as long as it was where it has room."""
    mark = _EXAMPLE.lower() if small else _EXAMPLE
    run = max(_RUN.finditer(rest), key=lambda m: m.end() - m.start(), default=None)
    if run is None:
        return mark + rest[len(mark) :]
    start = run.start() + (run.end() - run.start() - len(mark)) // 2
    return rest[:start] + mark + rest[start + len(mark) :]


def _drawn(dice: Dice, value: str) -> str:
    """Same length: letters for letters, figures for figures; of signs those that end no string and no line."""
    letters = "abcdef" if _HEX.fullmatch(value) else "abcdefghijklmnopqrstuvwxyz"
    out = []
    for char in value:
        if char.isdigit():
            out.append(str(dice.below(10)))
        elif char.isalpha():
            letter = dice.pick(letters)
            out.append(letter.upper() if char.isupper() else letter)
        else:
            out.append(char if char in _SAFE else "-")
    return "".join(out)
