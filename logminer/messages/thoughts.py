"""Thoughts that stand in the text of an answer, told from what was said.

Each family of models marks them in its own way. Sources: the chat templates of the models named, and the reasoning
parsers of vLLM and SGLang. Every pass is over the text once, whatever stands in it: nobody vouches for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from logminer.messages.harmony import read_harmony

__all__ = ["Split", "joined", "split_thoughts"]


class Split(NamedTuple):
    """`thoughts` is None where there are none; `response` is '' where the model never came to speak.

    `calls` are calls of tools that stood in the text, in OpenAI's form.
    """

    thoughts: str | None
    response: str
    calls: tuple[dict[str, Any], ...] = ()


class Tags:
    """What opens and what closes thoughts, as patterns.

    Args:
        open, close: the patterns.
        bare: whether what closes may stand alone: some chat templates put what opens into the prompt.
    """

    def __init__(self, open: str, close: str, *, bare: bool = True) -> None:
        self.open, self.close, self.bare = open, close, bare
        self.opened = re.compile(rf"\s*(?:{open})", _SOME)
        self.marks = re.compile(rf"(?P<open>{open})|(?P<close>{close})|(?P<fence>```)", _SOME)


_SOME = re.IGNORECASE | re.DOTALL
_WORDS = "think|thinking|thought|thoughts|reasoning"
FAMILIES = (
    Tags(rf"<(?:{_WORDS})(?:\s[^<>]*)?(?<!/)>", rf"</(?:{_WORDS})\s?>"),  # DeepSeek, Qwen, and most
    Tags(r"<\w{1,20}:think>", r"</\w{1,20}:think>"),  # Seed
    Tags(r"<longcat_think>", r"</longcat_think>"),
    Tags(r"\[THINK\]", r"\[/THINK\]"),  # Magistral
    Tags(r"◁think▷", r"◁/think▷"),  # Kimi
    Tags(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),  # Sky-T1, OpenThinker
    Tags(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),  # Command A
    Tags(r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),  # Apertus
    Tags(r"<\|channel>thought\b", r"<channel\|>", bare=False),  # Gemma 4
    Tags(r"<unused94>thought\b", r"<unused95>", bare=False),  # MedGemma
    Tags(r'<details\s[^<>]{0,200}\btype="reasoning"[^<>]*>', r"</details>", bare=False),
    Tags(r"Here(?:'s| is) my thought process:", r"Here(?:'s| is) my response:", bare=False),  # Granite
    Tags(r"Here are my reasoning steps:", r"\[BEGIN FINAL RESPONSE\]", bare=False),  # Apriel
)  # fmt: skip
_BARE = [tags for tags in FAMILIES if tags.bare]
ANY = Tags("|".join(tags.open for tags in _BARE), "|".join(tags.close for tags in _BARE))
SUMMARY = re.compile(r"\s*<summary>[^<]*</summary>", _SOME)

# What the rest is wrapped in, where the whole of it is; a text that is cut off lacks the end.
WRAPPERS = (
    *((f"<{word}>", f"</{word}>") for word in ("answer", "response", "output", "solution")),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("", "[END FINAL RESPONSE]"),
)

# What stands on both sides of a tag that is spoken of.
QUOTES = ("``", "''", '""', "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}",
          "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", "()", "><", "||")  # fmt: skip
OPENING = tuple(quote[0] for quote in QUOTES if quote[0] not in ">|")
ITEM = re.compile(r"(?:^|\n)[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+\Z")
NAMED = re.compile(r"[ \t]+(?:and|or|is|are|was|were|tags?|blocks?|tokens?|elements?)\b", re.I)
NEAR = 80  # characters looked at on either side of a tag


def split_thoughts(text: str) -> Split:
    """`text` without its blocks of thoughts, and the blocks' contents joined by blank lines.

    Only a text that begins with a block is split, so that an answer *about* such tags stays whole, and of the later
    tags those that are not spoken of: quoted, fenced, or inside a sentence. A block that is never closed is thought to
    the end. A closing tag with none opened before ends thoughts that began in the prompt, or inside other thoughts. In
    harmony, calls of tools are neither thought nor said.
    """
    if found := read_harmony(text):
        said = [one.strip() for one in found.said]
        return Split(_blank_lines(found.thoughts), _blank_lines(said) or "", tuple(found.calls))
    for tags in FAMILIES:
        if (opened := tags.opened.match(text)) and not NAMED.match(text, opened.end()):
            return _blocks(text, tags, opened.end())
    if closed := _closed(text):
        return _blocks(text, ANY, closed.end(), text[: closed.start()])
    return Split(None, text)


def joined(sources: Iterable[str | None]) -> str | None:
    """What several places tell of the same thoughts, as one text; None where there is none.

    A place that says no more than another is left out, however it breaks its lines.
    """
    kept: dict[str, str] = {}  # without white space → the text
    for text in filter(None, sources):
        bare = "".join(text.split())
        if bare and not any(bare in other for other in kept):
            kept = {other: told for other, told in kept.items() if other not in bare}
            kept[bare] = text.strip()
    return _blank_lines(kept.values())


def _blank_lines(texts: Iterable[str]) -> str | None:
    return "\n\n".join(text.strip() for text in texts if text.strip()) or None


def _closed(text: str) -> re.Match[str] | None:
    """The tag that closes what was opened before the text."""
    depth, fenced = 0, False
    for mark in ANY.marks.finditer(text):
        if mark["fence"]:
            fenced = not fenced
        elif mark["open"]:
            depth += 1
        elif depth:
            depth -= 1
        elif not fenced and not _is_spoken_of(text, mark):
            return mark
    return None


def _blocks(text: str, tags: Tags, start: int, thought: str | None = None) -> Split:
    """The text from `start` on.

    Args:
        text: the whole of it.
        tags: those that count.
        start: where it goes on.
        thought: what stands before, where that is a block; None: a block begins.
    """
    thoughts = [thought] if thought is not None else []
    said: list[str] = []
    place, thinking, fenced, named = start, thought is None, False, 0
    for mark in tags.marks.finditer(text, start):
        if thinking:
            if mark["close"]:
                thoughts.append(text[place : mark.start()])
                place, thinking = mark.end(), False
        elif mark["fence"]:
            fenced = not fenced
        elif fenced or _is_spoken_of(text, mark):
            named += bool(mark["open"])
        elif mark["close"] and named:
            named -= 1
        elif mark["open"]:
            said.append(text[place : mark.start()])
            place, thinking = mark.end(), True
        elif tags.bare:
            said.append(text[place : mark.start()])
            place = mark.end()
            if text[place : place + NEAR].strip():  # thoughts inside thoughts; else it is left over
                thoughts += said
                said = []
    (thoughts if thinking else said).append(text[place:])
    if tags.open.startswith("<details"):
        titles = [SUMMARY.match(thought) for thought in thoughts]
        ends = [title.end() if title else 0 for title in titles]
        thoughts = [thought[end:] for thought, end in zip(thoughts, ends, strict=True)]
    return Split(_blank_lines(thoughts), _unwrapped(_apart(said)))


def _apart(pieces: Iterable[str]) -> str:
    """What is said before and after thoughts, as one text in which no words run together."""
    kept: list[str] = []
    for piece in filter(None, pieces):
        if kept and kept[-1][-1].strip() and piece[0].strip():
            kept.append("\n")
        kept.append(piece)
    return "".join(kept)


def _unwrapped(text: str) -> str:
    text = text.strip()
    for begin, end in WRAPPERS:
        inside = text[len(begin) :]
        if text[: len(begin)].lower() != begin.lower():
            continue
        if inside[-len(end) :].lower() == end.lower():
            return inside[: -len(end)].strip()
        if begin and end.lower() not in inside.lower():
            return inside.strip()
    return text


def _is_spoken_of(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag is quoted, or a word of a sentence."""
    before = text[max(0, tag.start() - NEAR) : tag.start()]
    after = text[tag.end() : tag.end() + NEAR]
    if (before[-1:] + after[:1]) in QUOTES or ITEM.search(before):
        return True
    in_words = before.endswith((" ", "\t")) and not before.rstrip(" \t").endswith((".", "!", "?"))
    if tag["open"]:
        return in_words or before.endswith(OPENING)
    following = after.lstrip(" \t")[:1]
    return in_words and (not after or following.islower() or following in tuple(",.;:)|"))
