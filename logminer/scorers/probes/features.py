"""What a probe sees of a text: hashed n-grams of its opening and its end, and four facts about it.

Changing anything here, or the patterns of declines that two of the facts rest on, makes the shipped weights those of
another probe: train them again (`benchmarks/probes`). Hashes are the same in every process.
"""

from __future__ import annotations

import functools
import math
import re
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from logminer.scorers import patterns
from logminer.spec import content_hash

__all__ = [
    "FACTS",
    "FACT_SCALE",
    "TAIL_SCALE",
    "VECTOR_SCALE",
    "NGrams",
    "facts",
    "features_hash",
    "ngrams",
    "plain",
]

Floats = npt.NDArray[np.float64]

HEAD, TAIL = 500, 200  # characters; the end is looked at where a text is longer than its head
HEAD_ORDERS, TAIL_ORDERS = (1, 2, 3, 4), (1, 2, 3)
DECLINES_IN = 400  # a set phrase counts in the opening; further on it must be in the first person
LATE_IN = (300, 2500)
SHORTEST = 60  # characters; that an answer is one word long says nothing
FACTS = ("declines", "declines_elsewhere", "declines_late", "log_length")
TAIL_SCALE, FACT_SCALE, VECTOR_SCALE = 0.5, 0.5, 0.5  # against a head of length 1

_STRAIGHT = str.maketrans(dict.fromkeys("’‘ʼ´`", "'"))
# Scripts written without spaces are taken character by character, so that their n-grams are n-grams too.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(
    rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:'[^\W_{_UNSPACED}]+)*|[.!?,:;\"*#。！？，：；]|\n+"
)
_QUOTED = re.compile(r'"[^"\n]{0,400}"|“[^”\n]{0,400}”')
_LATE = re.compile(
    r"\bi(?:'m| am| must| have to| will| would|'d)?,? (?:\w+ ){0,2}?(?:can't|cannot|can not|won't|will not|unable|not able|not going"
    r"|decline|refuse|not comfortable|shouldn't|don't feel|rather not)\b"
    r"|(?:我|本)[^。\n]{0,6}(?:无法|不能|不会|不便)|\ben (?:voi|pysty|aio)\b"
)
_FIRST = np.uint32(zlib.crc32(b"<start>"))
_A, _B, _C = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_HEAD_SALT, _TAIL_SALT = np.uint32(1), np.uint32(2)


def plain(text: str) -> str:
    """Lower case, straight apostrophes, no blanks around."""
    return text.strip().translate(_STRAIGHT).lower()


class NGrams(NamedTuple):
    """The distinct n-grams of n texts, by text: `key` is a hash, `tail` tells those of the end from those of the head."""

    row: npt.NDArray[np.int64]
    key: npt.NDArray[np.uint32]
    tail: npt.NDArray[np.bool_]


@functools.lru_cache(maxsize=200_000)
def _hash(token: str) -> int:
    return zlib.crc32(token.encode())


def ngrams(texts: Sequence[str]) -> NGrams:
    """Of texts as `plain` gives them: n-grams of words, marks and (where there are no spaces) characters."""
    heads = [_TOKEN.findall(text[:HEAD]) for text in texts]
    tails = [_TOKEN.findall(text[-TAIL:]) if len(text) > HEAD else [] for text in texts]
    row, key = _hashed(heads, HEAD_ORDERS, _HEAD_SALT, start=True)
    tail_row, tail_key = _hashed(tails, TAIL_ORDERS, _TAIL_SALT, start=False)
    tail = np.repeat([False, True], [len(row), len(tail_row)])
    return NGrams(np.concatenate([row, tail_row]), np.concatenate([key, tail_key]), tail)


def _hashed(
    tokens: list[list[str]], orders: tuple[int, ...], salt: np.uint32, *, start: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Row and hash of each text's distinct n-grams; with `start`, a mark before the first token takes part."""
    lengths = np.array([len(own) + start for own in tokens], np.int64)
    mark = [int(_FIRST)] if start else []
    ids = np.array([h for own in tokens for h in (*mark, *map(_hash, own))], np.uint32)
    row = np.repeat(np.arange(len(tokens)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(
        len(ids)
    )  # tokens from here to the end of the text
    state = np.full(len(ids), salt, np.uint32)
    found = []
    for order in range(1, max(orders) + 1):
        following = np.zeros_like(ids)
        following[: max(len(ids) - order + 1, 0)] = ids[order - 1 :]
        state = ((state * _A) ^ following) * _A + np.uint32(order)
        whole = left >= order
        found.append(row[whole].astype(np.uint64) << np.uint64(32) | _mixed(state[whole]))
    distinct = np.unique(np.concatenate(found))
    return (distinct >> np.uint64(32)).astype(np.int64), distinct.astype(np.uint32)


def _mixed(state: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    state = (state ^ state >> np.uint32(16)) * _B
    state = (state ^ state >> np.uint32(13)) * _C
    return state ^ state >> np.uint32(16)


def facts(text: str) -> tuple[float, ...]:
    """Of a text as `plain` gives it, in the order of `FACTS`.

    Whether it declines in a set phrase of the opening (outside quotation marks; in English, in another language), whether
    it declines in the first person further on, and its length on a log scale.
    """
    opening, late = text[:DECLINES_IN], text[LATE_IN[0] : LATE_IN[1]]
    unquoted = _QUOTED.sub('""', opening) if '"' in opening or "“" in opening else opening
    return (
        float(patterns.DECLINES.find(unquoted) is not None),
        float(patterns.DECLINES_ELSEWHERE.find(opening) is not None),
        float(bool(late) and _LATE.search(_QUOTED.sub('""', late)) is not None),
        (math.log1p(max(len(text), SHORTEST)) - 6) / 2,
    )


def features_hash() -> str:
    """12 hex characters of all that decides what a probe sees; weights carry that of their training."""
    sizes = [HEAD, TAIL, HEAD_ORDERS, TAIL_ORDERS, DECLINES_IN, LATE_IN, SHORTEST]
    scales = [TAIL_SCALE, FACT_SCALE, VECTOR_SCALE]
    words = [_TOKEN.pattern, _QUOTED.pattern, _LATE.pattern]
    for phrases in (patterns.DECLINES, patterns.DECLINES_ELSEWHERE):
        words += [*phrases.hints, phrases.expression.pattern]
    return content_hash([sizes, scales, words])
