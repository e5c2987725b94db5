"""Lists, headings, code and what else is set apart, in Markdown; links and citations. In any language."""

from __future__ import annotations

import re

from logminer.discovery.measures.measure import RESPONSES, Measure
from logminer.discovery.measures.reading import ReadText

__all__ = ["MARKUP"]

# What stands at the beginning of a line begins with its break, so that most of a text is skipped.
_BULLET = re.compile(r"\n[ \t]*[-*+•–][ \t]+\S")
_NUMBERED = re.compile(r"\n[ \t]*\d{1,3}[.)][ \t]+\S")
_HEADING = re.compile(r"\n#{1,6}[ \t]+\S")
_BOLD = re.compile(r"\*\*[^*\s][^*\n]*\*\*")
_RULE = re.compile(r"\n[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*\|")
_FORMULA = re.compile(r"\\\(|\\\[|\\(?:frac|sqrt|sum|int|times|begin|text)\b")
_YEAR = re.compile(r"\((?:[^()\n]{1,80}?,? )?(?:1[5-9]|20)\d\d[a-z]?\)")
_NUMBER = re.compile(r"(?<![\w\])])\[\d{1,3}(?:[,–-] ?\d{1,3})*\]")
_CITED = (" et al.", " et al,", "doi:", "doi.org", "arXiv:")
_LINKS = ("http://", "https://", "www.", "](", "<URL>")
LEAST = 2  # lines that make a list


def _holds(text: str, *parts: str) -> bool:
    return any(part in text for part in parts)


def _list(pattern: re.Pattern[str], text: ReadText) -> float:
    return float(len(pattern.findall("\n" + text.raw)) >= LEAST)


def _bold(text: ReadText) -> float:
    raw = text.raw
    return float(("**" in raw and _BOLD.search(raw) is not None) or _holds(raw, "<b>", "<strong>"))


def _table(text: ReadText) -> float:
    return float("|" in text.raw and _RULE.search(text.raw) is not None)


def _formula(text: ReadText) -> float:
    raw = text.raw
    return float("$$" in raw or ("\\" in raw and _FORMULA.search(raw) is not None))


def _citation(text: ReadText) -> float:
    raw = text.raw
    years = "(" in raw and _YEAR.search(raw) is not None
    return float(years or ("[" in raw and _NUMBER.search(raw) is not None) or _holds(raw, *_CITED))


MARKUP = (
    Measure("lists", RESPONSES, "has a list with bullets", lambda t: _list(_BULLET, t)),
    Measure("numbered_lists", RESPONSES, "has a numbered list", lambda t: _list(_NUMBERED, t)),
    Measure(
        "headings",
        RESPONSES,
        "has a heading (#)",
        lambda t: float("#" in t.raw and _HEADING.search("\n" + t.raw) is not None),
    ),
    Measure("bold", RESPONSES, "has words in bold", _bold),
    Measure("tables", RESPONSES, "has a table", _table),
    Measure("code", RESPONSES, "has a block of code", lambda t: float(_holds(t.raw, "```", "~~~"))),
    Measure("formulas", RESPONSES, "has a formula in LaTeX", _formula),
    Measure("links", RESPONSES, "has a link", lambda t: float(_holds(t.raw, *_LINKS))),
    Measure(
        "citations",
        RESPONSES,
        "cites: a year in brackets, [1], 'et al.', a doi",
        _citation,
    ),
)
