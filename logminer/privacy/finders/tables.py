"""Values in tables whose first line says what each column holds: CSV, TSV, Markdown, and rows of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from logminer.privacy.finders.columns import is_value, is_weak, key_words, kind_of
from logminer.privacy.finders.tokens import Tokens
from logminer.privacy.spans import Span

__all__ = ["find_tables", "scored"]

MOST_COLUMNS = 60
SCORES = {
    "PERSON": 0.9,
    "ADDRESS": 0.9,
    "DATE_TIME": 0.95,
    "LOCATION": 0.9,
    "PHONE_NUMBER": 0.9,
    "USERNAME": 0.9,
}
OTHER = 0.7
_WORDS = key_words()
_CELL = {
    sign: re.compile(rf"[ ]*(?:\"((?:[^\"\n]|\"\"){{0,400}})\"|'([^'\n]{{0,400}})'(?=[ ]*(?:{re.escape(sign)}|$))|([^{re.escape(sign)}\n]{{0,400}}))[ ]*(?:{re.escape(sign)}|$)")
    for sign in ",;\t|"
}  # fmt: skip
_INSERT = re.compile(
    r"(?:INSERT\s{1,4}INTO\s{1,4}[\w.`\"\[\]]{1,80}|COPY\s{1,4}[\w.`\"]{1,80})\s{0,4}\(([^()\n]{2,600})\)\s{0,4}(VALUES|FROM stdin;)",
    re.IGNORECASE,
)
_TUPLE = re.compile(r"[\s,]{0,6}\(((?:[^()'\n]|'(?:[^'\n]|''){0,300}'){1,2000})\)")
_PASSWORDS = frozenset(("password", "pass", "pw", "pwd", "passwort", "kennwort", "passcode"))
_ACCOUNTS = frozenset(("user", "account", "benutzer"))  # beside one of those
_RULE = re.compile(r"[\s|:+=-]{3,}")

_ENDS = (".", "?", "!", ":", "{", "[", "(")
Cell = tuple[int, int]


def find_tables(tokens: Tokens) -> Iterator[Span]:
    """Spans of the values of columns that `columns` knows."""
    text = tokens.text
    if not _WORDS & tokens.vocabulary:
        return
    if "INSERT" in text or "COPY" in text or "insert into" in text:
        yield from _sql(text)
    if text.count("\n") and any(text.count(sign) > 1 for sign in ",;\t|"):
        yield from _delimited(text)


def _delimited(text: str) -> Iterator[Span]:
    header: list[str | None] = []
    sign, width = "", 0
    sure = False
    end = -1
    lines = text.split("\n")
    for number, line in enumerate(lines):
        start, end = end + 1, end + 1 + len(line)
        if header and sign in line:
            if sign == "|" and _RULE.fullmatch(line):
                continue
            cells = _cells(text, start, end, sign)
            if abs(len(cells) - width) <= (1 if sign == "," else 0):
                if not _is_header(text, cells):
                    yield from _row(text, header, cells, sure=sure)
                continue
        header = []
        if number + 1 == len(lines) or len(line) > 600 or line.endswith(_ENDS):
            continue
        following = lines[number + 1]
        for candidate in "\t|;,":
            if candidate in line:
                if candidate not in following or not any(
                    kind_of(cell.strip(" *_`\"'\r")) for cell in line.split(candidate)
                ):
                    break
                cells = _cells(text, start, end, candidate)
                if 2 <= len(cells) <= MOST_COLUMNS and _is_header(text, cells):
                    names = [text[a:b].strip(" *_`\"'") for a, b in cells]
                    header, sign, width = [kind_of(name) for name in names], candidate, len(cells)
                    folded = [name.casefold() for name in names]
                    if not _PASSWORDS.isdisjoint(folded):
                        pairs = zip(folded, header, strict=True)
                        header = ["USERNAME" if n in _ACCOUNTS else kind for n, kind in pairs]
                    sure = _about_people(names)
                break


def _about_people(names: Sequence[str]) -> bool:
    """Whether a column that only people have is among them."""
    return any(
        kind_of(name) and not is_weak(name) and kind_of(name) not in ("LOCATION", "USERNAME")
        for name in names
    )


def _cells(text: str, start: int, end: int, sign: str) -> list[Cell]:
    cells: list[Cell] = []
    at = start
    if sign == "|" and text[start:end].lstrip().startswith("|"):
        at = text.index("|", start) + 1
    while at < end and len(cells) <= MOST_COLUMNS:
        match = _CELL[sign].match(text, at, end)
        if match is None:
            break
        group = next(g for g in (1, 2, 3) if match.group(g) is not None)
        first, last = match.span(group)
        value = text[first:last]
        first += len(value) - len(value.lstrip())
        last -= len(value) - len(value.rstrip())
        cells.append((first, max(first, last)))
        if match.end() == at:
            break
        at = match.end()
    return cells


def _is_header(text: str, cells: Sequence[Cell]) -> bool:
    """Whether cells are the names of columns: short, without figures, one of them known, the others no longer than three words."""
    names = [text[a:b].strip(" *_`\"'") for a, b in cells]
    if not any(kind_of(name) for name in names):
        return False
    return all(
        len(n) <= 32
        and n.count(" ") <= 3
        and not n[:1].isdigit()
        and not n.endswith((".", "?", "!", ":"))
        for n in names
    ) and sum(kind_of(n) is not None for n in names) * 4 >= len(names)


def _row(
    text: str, header: Sequence[str | None], cells: Sequence[Cell], *, sure: bool
) -> Iterator[Span]:
    for kind, (first, last) in zip(header, cells, strict=False):
        if kind and last > first and is_value(kind, text[first:last].strip("\"'`*_ "), sure=sure):
            yield scored(kind, first, last)


def _sql(text: str) -> Iterator[Span]:
    for match in _INSERT.finditer(text):
        names = [name.strip(' `"[]') for name in match.group(1).split(",")]
        header, sure = [kind_of(name) for name in names], _about_people(names)
        if not any(header):
            continue
        at = match.end()
        if match.group(2).upper() == "VALUES":
            while row := _TUPLE.match(text, at):
                yield from _row(text, header, _cells(text, *row.span(1), ","), sure=sure)
                at = row.end()
            continue
        for line in re.compile(r"\n([^\n]+)").finditer(text, at):
            cells = _cells(text, *line.span(1), "\t")
            if len(cells) != len(header):
                break
            yield from _row(text, header, cells, sure=sure)


def scored(kind: str, first: int, last: int) -> Span:
    """A span of a value that its column or key names."""
    return Span(first, last, kind, SCORES.get(kind, OTHER))
