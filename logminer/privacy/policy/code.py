"""Where code, data and markup stand in a text, as stretches of four kinds.

Fenced blocks count by their label, inline code and lines outside of fences by their form. A text without a sign of
code costs one search; everything is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from logminer.privacy.finders.tokens import word_set

__all__ = ["CODE", "DATA", "LITERAL", "Stretch", "stretches"]

DATA = "data"  # inside a string of JSON or SQL
LITERAL = "literal"  # inside a string, a comment or an attribute of code
CODE = "code"  # everything else of code; quotes and tags

LONGEST_LINE = 4_000  # characters whose form is looked at


class Stretch(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text that are no prose."""

    start: int
    end: int
    kind: str


_SIGN = re.compile(r"[`<>{}=;\[\]_\\]|\w\(|[\"']\s?:|:[ \t]*\n")


def stretches(text: str) -> list[Stretch]:
    """What of `text` is no prose, sorted; stretches do not overlap."""
    return list(_blocks(text)) if _SIGN.search(text) or "import " in text else []


# ---- fences -----------------------------------------------------------------------------------------------------

_FENCE = re.compile(r"^[ \t>]*(```+|~~~+)[ \t]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)
_NO_CODE = word_set(
    "text txt plaintext plain markdown md csv tsv log output email none yaml yml toml ini properties env"
)
_MARKUP = word_set("html xml svg xhtml vue htm xsl rss")
_DATA = word_set("json jsonl json5 sql mysql postgresql")


def _blocks(text: str) -> Iterator[Stretch]:
    done, opened, mark, label = 0, 0, "", ""
    for fence in _FENCE.finditer(text) if "```" in text or "~~~" in text else ():
        if not mark:
            yield from _loose(text, done, fence.start())
            yield Stretch(*fence.span(), CODE)
            opened, mark, label = fence.end(), fence.group(1), fence.group(2).lower()
        elif fence.group(1).startswith(mark) and not fence.group(2):
            yield from _block(text, opened, fence.start(), label)
            yield Stretch(*fence.span(), CODE)
            done, mark = fence.end(), ""
    if mark:
        yield from _block(text, opened, len(text), label)
    else:
        yield from _loose(text, done, len(text))


def _block(text: str, start: int, end: int, label: str) -> Iterator[Stretch]:
    if not label or label in _NO_CODE:
        yield from _loose(text, start, end)
    elif label in _MARKUP:
        yield from _markup(text, start, end, loose=False)
    else:
        yield from _lexed(text, start, end, DATA if label in _DATA else LITERAL)


# ---- strings and comments ---------------------------------------------------------------------------------------

# What is not closed ends with its line or the text, so that nothing is searched for twice.
_QUOTED = re.compile(
    r'"""((?:[^"\\]|\\.|"(?!""))*)(?:""")?'
    r"|'''((?:[^'\\]|\\.|'(?!''))*)(?:''')?"
    r'|"((?:[^"\\\n]|\\.)*)"?'
    r"|(?<![^\W_])'((?:[^'\\\n]|\\.){0,400})'"
    r"|/\*([^*]*(?:\*(?!/)[^*]*)*)(?:\*/)?"
    r"|(?:(?<![:\w])//|(?<![\w&])#(?=[ \t!#])|(?:^|(?<=\s))--(?=[ \t]))([^\n]*)",
    re.DOTALL | re.MULTILINE,
)
# What a format string takes from the program.
_HOLE = re.compile(r"\$?\{[A-Za-z_][\w.]{0,60}(?:[\[(][^\n{}]{0,60}[\])])?(?::[^\n{}]{0,12})?\}")


def _lexed(text: str, start: int, end: int, kind: str) -> Iterator[Stretch]:
    """Code from `start` to `end`: all of it, what stands in quotes and comments as `kind`."""
    done = start
    for quoted in _QUOTED.finditer(text, start, end):
        first, last = quoted.span(quoted.lastindex or 0)
        if first == last:
            continue
        yield Stretch(done, first, CODE)
        done = first
        for hole in _HOLE.finditer(text, first, last) if kind == LITERAL else ():
            if hole.start() > done:
                yield Stretch(done, hole.start(), kind)
            yield Stretch(*hole.span(), CODE)
            done = hole.end()
        if last > done:
            yield Stretch(done, last, kind)
        done = last
    if end > done:
        yield Stretch(done, end, CODE)


# ---- tags -------------------------------------------------------------------------------------------------------

_IS_MARKUP = re.compile(
    r"</[A-Za-z][\w:-]{0,60}\s?>|<[A-Za-z][^<>\n]{0,300}/>|<!DOCTYPE", re.IGNORECASE
)
_TAG = re.compile(
    r"<!--([^-]*(?:-(?!->)[^-]*)*)(?:-->)?|<[/!?]?[A-Za-z][^<>]{0,2000}>", re.IGNORECASE
)
_SCRIPT = re.compile(r"<(script|style)\b", re.IGNORECASE)


def _markup(text: str, start: int, end: int, *, loose: bool) -> Iterator[Stretch]:
    """Tags, and the programs between them; what stands between other tags is prose, or (`loose`) looked at as such."""
    done = start
    while tag := _TAG.search(text, done, end):
        if loose:
            yield from _lines(text, done, tag.start())
        comment = tag.start(1) >= 0
        yield from (
            [Stretch(tag.start(), tag.start(1), CODE), Stretch(*tag.span(1), LITERAL), Stretch(tag.end(1), tag.end(), CODE)]
            if comment
            else _lexed(text, *tag.span(), LITERAL)
        )  # fmt: skip
        done = tag.end()
        if script := _SCRIPT.match(tag.group()):
            close = text.find(f"</{script.group(1)}", done, end)
            stop = close if close >= 0 else end
            yield from _lexed(text, done, stop, LITERAL)
            done = stop
    if loose:
        yield from _lines(text, done, end)


# ---- lines without a fence --------------------------------------------------------------------------------------

_CODE_LINE = re.compile(
    r"""[ \t>+$-]*(?:
      (?:async[ ])?def[ ]\w+[ ]?\(
    | (?:(?:export|public|private|abstract|static|final|data)[ ]){0,3}(?:class|interface|struct|enum|trait)[ ]\w+[ ]?(?:[(:{<]|extends[ ]|implements[ ]|$)
    | from[ ][\w. ]{1,80}[ ]import[ ]
    | import[ ][\w.]+(?:[ ]as[ ]\w+)?(?:,[ ]?[\w.]+)*;?[ \t]*$
    | import[ ][{*"'\w][^\n]{0,200}[ ]from[ ]["']
    | \#include[ ]?[<"] | using[ ][\w.]+; | package[ ][\w.]+;
    | (?:elif|if|while|for)\b(?:[^\n?!]|!=){0,300}:[ \t]*(?:\#|$)
    | (?:if|for|while|switch|catch)[ ]?\(
    | (?:else|try|finally):[ \t]*$ | except\b[^\n]{0,100}:[ \t]*$ | with[ ][^\n]{1,200}[ ]as[ ]\w+:[ \t]*$
    | @[A-Za-z_][\w.]*(?:\(|[ \t]*$)
    | (?:return|yield|raise|throw|assert|await|del|print|echo)\b[ (][^\n]{0,300}[()\[\]{};=_]
    | (?:var|let|const|val|public|private|protected|static|function|func|fn|fun)[ ][^\n]{0,200}[=({;]
    | [\w.]+\([^\n]{0,1000}\)[ \t]*[;,:)]*[ \t]*(?:\#|//|$)
    | [\w.]+(?:\[[^\n\]]{0,80}\])?(?:[ ]?,[ ]?[\w.]+){0,6}[ ]{0,16}(?::[ ]?[\w\[\],.]{1,60})?[ ]{0,16}[-+*/%&|^:]?=(?!=)[ ]?[^\n]{0,300}[()\[\]{};"'_]
    | [})\]]+[;,)]*[ \t]*$
    )""",
    re.VERBOSE,
)
_BESIDE_CODE = re.compile(  # code where the line before or after is
    r"[ \t>+$-]*(?:[\w.]+(?:\[[^\n\]]{0,80}\])?(?:[ ]?,[ ]?[\w.]+){0,6}[ ]{0,16}[-+*/%&|^:]?=[ ]?[\w.+*/%()&|<>\[\], -]+;?(?:[ \t]+#[^\n]*)?$"
    r"|(?:#|//|/\*|\*|--)(?!\w)|(?:return|pass|break|continue|end|raise|else)\b[^\n]{0,40}$)"
)
_ENDS = re.compile(
    r"(?:[)\w\"'\]]\s?\{|=>|->|[(\[=_\"']\S{0,200};)$|^[^\n]{0,60}[(=<\[][^\n]{0,200};$"
)
_SQL_LINE = re.compile(
    r"[ \t>]*(?:SELECT\s[^\n]{1,300}\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|CREATE\s+TABLE\s|DELETE\s+FROM\s)",
    re.IGNORECASE,
)
_DATA_LINE = re.compile(
    r"[^\n\"']{0,200}\\?[\"'][\w .-]{1,60}\\?[\"']\s?:\s?(?:\\?[\"'\[{\d-]|true|false|null|None)|[ \t]*[\[{]\s*[\"'{]"
)
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_INLINE = re.compile(r"(?<!`)`([^`\n]{1,200})`(?!`)")


def _loose(text: str, start: int, end: int) -> Iterator[Stretch]:
    if "<" in text and _IS_MARKUP.search(text, start, end):
        yield from _markup(text, start, end, loose=True)
    else:
        yield from _lines(text, start, end)


def _lines(text: str, start: int, end: int) -> Iterator[Stretch]:
    lines = [match.span() for match in _LINE.finditer(text, start, end)]
    forms = [_form(text[first : min(last, first + LONGEST_LINE)]) for first, last in lines]
    for number, (first, last) in enumerate(lines):
        kind = forms[number]
        if kind == "beside":
            kind = LITERAL if LITERAL in forms[max(0, number - 1) : number + 2] else ""
            forms[number] = kind  # code goes on over comments
        if kind:
            yield from _lexed(text, first, last, kind)
        elif text.find("`", first, last) >= 0:
            for code in _INLINE.finditer(text, first, last):
                inner = code.group(1)
                spaced = " " in inner.strip() and not _form(inner)
                if not spaced:
                    yield from _lexed(text, *code.span(1), LITERAL)
                else:
                    yield Stretch(*code.span(1), LITERAL)


def _form(line: str) -> str:
    """What the strings of a line are, were it code or data; empty for prose, `beside` for what may be either."""
    if (
        not _SIGN.search(line)
        and not line.rstrip().endswith(":")
        and line.lstrip()[:1] not in "#/*@-)]}ifr"
    ):
        return ""
    if _DATA_LINE.match(line) or _SQL_LINE.match(line):
        return DATA
    stripped = line.strip()
    if _CODE_LINE.match(line) or _ENDS.search(stripped[-300:]):
        return LITERAL
    return "beside" if _BESIDE_CODE.match(line) else ""
