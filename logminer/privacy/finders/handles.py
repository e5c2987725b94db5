"""User names: after an @ sign, and where the words before call something a user name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.lexicon import frequency
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.spans import Span

__all__ = ["find_handles"]

ANNOUNCED, SIGNED, APART = 0.7, 0.5, 0.3  # scores
COMMON = 3_000  # from this frequency on, a word is in everyday use: "handle: create"

_HANDLE = re.compile(r"(?<![\w@./:=\"'`\\$&%+-])@( ?)([A-Za-z_]\w{1,30})(?![\w@/(=]|\.\w)")
_USER_NAME = re.compile(
    r"\b(?:user ?name|user ?id|login|screen ?name|nick ?name|handle|telegram|discord|skype|snapchat|insta(?:gram)?|twitter|github|kik)"
    r"(?: (?:is|handle|id|name|account|user(?:name)?))?[ \t]{0,3}(?:is\b|[:=])[ \t\"'@]{0,4}([A-Za-z0-9][\w.-]{2,31})(?![\w(])",
    re.IGNORECASE,
)
_CODE_BELOW = re.compile(
    r"\s*(?:@|def |async |class |public|private|protected|func|fun |static|final|\})"
)
# Decorators, annotations, rules of style sheets, tags of documentation; and what people write after "@" for "at".
_ANNOTATIONS = word_set(
    """
    property staticmethod classmethod dataclass abstractmethod override deprecated test tests beforeeach aftereach before after
    param params return returns throws see since version author todo link code media import charset keyframes font include mixin
    extend use supports page layer apply tailwind component injectable input output autowired bean service repository controller
    restcontroller requestmapping getmapping postmapping entity table column id notnull nullable suppresswarnings interface
    selector implementation end protocol class synthesize autoreleasepool objc escaping main state binding published article book
    misc inproceedings the a an all everyone here channel home work least most once first last
    """
)


def find_handles(text: str) -> Iterator[Span]:
    """User names. Decorators and annotations of code are none."""
    for match in _HANDLE.finditer(text) if "@" in text else ():
        if match.group(2).lower() not in _ANNOTATIONS and not _is_decorator(text, match):
            # "@ name" is how some corpora write it, and a comment in assembly
            yield Span(match.start(), match.end(), "USERNAME", APART if match.group(1) else SIGNED)
    for match in _USER_NAME.finditer(text):
        value = match.group(1)
        number = value.isdigit() and len(value) < 5
        word = value.isalpha() and frequency(value.lower()) >= COMMON
        if not number and not word:
            yield Span(*match.span(1), "USERNAME", ANNOUNCED)


def _is_decorator(text: str, match: re.Match[str]) -> bool:
    """Whether the handle stands alone on a line above more code."""
    before = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - 80) : match.start()]
    if before.strip(" \t>`"):
        return False
    rest = text[match.end() : match.end() + 200].split("\n", 2)
    return len(rest) > 1 and not rest[0].strip() and bool(_CODE_BELOW.match(rest[1]))
