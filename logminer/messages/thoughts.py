"""Thoughts that stand in the text of an answer, told from what was said.

Each family of models marks them in its own way. Sources: the chat templates of the models named, and the reasoning
parsers of vLLM and SGLang.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["Split", "joined", "split_thoughts"]


class Split(NamedTuple):
    """`thoughts` is None where there are none; `response` is '' where the model never came to speak.

    `calls` are calls of tools that stood in the text, in OpenAI's form.
    """

    thoughts: str | None
    response: str
    calls: tuple[dict[str, Any], ...] = ()


class Tags(NamedTuple):
    """What opens and what closes thoughts, as patterns."""

    open: str
    close: str


_WORDS = "think|thinking|thought|thoughts|reasoning"
FAMILIES = (
    Tags(rf"<(?:{_WORDS})(?:\s[^<>]*)?>", rf"</(?:{_WORDS})>"),  # DeepSeek, Qwen, and most
    Tags(r"<\w+:think>", r"</\w+:think>"),  # Seed
    Tags(r"<longcat_think>", r"</longcat_think>"),
    Tags(r"\[THINK\]", r"\[/THINK\]"),  # Magistral
    Tags(r"◁think▷", r"◁/think▷"),  # Kimi
    Tags(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),  # Sky-T1, OpenThinker
    Tags(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),  # Command A
    Tags(r"<\|channel>thought\b", r"<channel\|>"),  # Gemma 4
    Tags(r"<unused94>thought\b", r"<unused95>"),  # MedGemma
    Tags(r'<details\s+type="reasoning"[^<>]*>(?:\s*<summary>.*?</summary>)?', r"</details>"),
    Tags(r"Here is my thought process:", r"Here is my response:"),  # Granite
)
_SOME = re.IGNORECASE | re.DOTALL
OPENED = [re.compile(rf"\s*(?:{tags.open})", _SOME) for tags in FAMILIES]
BLOCK = [re.compile(f"(?:{tags.open})(.*?)(?:{tags.close})", _SOME) for tags in FAMILIES]
ANY_OPEN = re.compile("|".join(tags.open for tags in FAMILIES[:7]), _SOME)
# Some chat templates put the opening tag into the prompt, so that only the closing one is generated.
CLOSED = re.compile("|".join(tags.close for tags in FAMILIES[:7]), _SOME)
LEFT_OVER = re.compile(rf"\s*(?:{CLOSED.pattern})\s*", _SOME)

# What the rest is wrapped in, where the whole of it is.
WRAPPED = [
    re.compile(rf"\s*{begin}(.*?)(?:{end}\s*)?\Z", _SOME)
    for begin, end in (
        ("<answer>", "</answer>"),
        (r"<\|begin_of_solution\|>", r"<\|end_of_solution\|>"),
        (r"<\|START_RESPONSE\|>", r"<\|END_RESPONSE\|>"),
    )
]

# OpenAI's harmony: `<|start|>assistant<|channel|>analysis<|message|>…<|end|>`, the first header perhaps in the prompt.
HARMONY = re.compile(r"\s*(?:<\|start\|>\s*assistant\s*)?<\|channel\|>")
HARMONY_MESSAGE = re.compile(
    r"<\|channel\|>\s*(?P<channel>\w+)(?P<to>[^<]*)(?:<\|constrain\|>[^<]*)?<\|message\|>(?P<text>.*?)"
    r"(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
RECIPIENT = re.compile(r"to=(?:functions\.)?(?P<name>\S+)")
# The same where a server has dropped the special tokens.
HARMONY_BARE = re.compile(r"\s*analysis(?P<thoughts>.*?)assistantfinal(?P<said>.*)\Z", re.DOTALL)

QUOTES = "`'\"\N{LEFT DOUBLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}"


def split_thoughts(text: str) -> Split:
    """`text` without its blocks of thoughts, and the blocks' contents joined by blank lines.

    Only a text that begins with a block is split, so that an answer *about* such tags stays whole. A block that is
    never closed is thought to the end. A closing tag with none opened before ends thoughts that began in the prompt,
    unless it is quoted or stands inside a sentence. In harmony, calls of tools are neither thought nor said.
    """
    if HARMONY.match(text):
        return _harmony(text)
    if bare := HARMONY_BARE.match(text):
        return Split(joined([bare["thoughts"]]), bare["said"].strip())
    for opened, block in zip(OPENED, BLOCK, strict=True):
        if opened.match(text):
            return _blocks(text, opened, block)
    closed = CLOSED.search(text)
    if closed and not ANY_OPEN.search(text) and not _is_spoken_of(text, closed):
        return Split(joined([text[: closed.start()]]), _unwrapped(text[closed.end() :]))
    return Split(None, text)


def joined(thoughts: Iterable[str]) -> str | None:
    """Texts of thoughts as one, those left out that an earlier one holds; None where nothing is left."""
    kept: list[str] = []
    for text in (thought.strip() for thought in thoughts):
        if text and not any(text in other for other in kept):
            kept.append(text)
    return "\n\n".join(kept) or None


def _blocks(text: str, opened: re.Pattern[str], block: re.Pattern[str]) -> Split:
    thoughts = block.findall(text)
    rest = block.sub("", text)
    if left := opened.match(rest):
        thoughts.append(rest[left.end() :])
        rest = ""
    if left := LEFT_OVER.match(rest):
        rest = rest[left.end() :]
    return Split(joined(thoughts), _unwrapped(rest))


def _unwrapped(text: str) -> str:
    for wrapped in WRAPPED:
        if found := wrapped.match(text):
            return found[1].strip()
    return text.strip()


def _is_spoken_of(text: str, tag: re.Match[str]) -> bool:
    """Whether a closing tag is quoted, or a word of a sentence."""
    before, after = text[: tag.start()], text[tag.end() :]
    if before.endswith(tuple(QUOTES)) or before.count("```") % 2:
        return True
    in_words = before.endswith((" ", "\t")) and not before.rstrip(" \t").endswith((".", "!", "?"))
    following = after.lstrip(" \t")[:1]
    return in_words and bool(following) and (following.islower() or following in ",.;:)")


def _harmony(text: str) -> Split:
    thoughts, said, calls = [], [], []
    for message in HARMONY_MESSAGE.finditer(text):
        if message["channel"] == "analysis":
            thoughts.append(message["text"])
        elif to := RECIPIENT.search(message["to"]):
            function = {"name": to["name"], "arguments": message["text"].strip()}
            calls.append({"id": None, "type": "function", "function": function})
        else:
            said.append(message["text"].strip())
    return Split(joined(thoughts), "\n\n".join(filter(None, said)), tuple(calls))
