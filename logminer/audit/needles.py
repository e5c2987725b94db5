"""Thousands of byte strings sought at once, and the numbers in a text whatever way their digits are grouped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Numbers", "Search", "numbers_in"]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_TABLE_BITS = 20


class Search:
    """Many byte strings of at least six bytes, sought at once.

    Each is known by the window of eight bytes (six, where it is shorter) that it shares with the fewest others. A
    table of hashes throws out nearly every place of the data; what is left is compared.

    Source: Karp & Rabin 1987, IBM J. Res. Dev. 31:249, with the window itself as the fingerprint.
    """

    def __init__(self, needles: Sequence[bytes]) -> None:
        self._needles = list(needles)
        self._windows = [
            _Windows(width, self._needles, chosen)
            for width, chosen in (
                (8, [i for i, n in enumerate(needles) if len(n) >= 8]),
                (6, [i for i, n in enumerate(needles) if 6 <= len(n) < 8]),
            )
            if chosen
        ]

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """(needle, offset) of each place where a needle stands."""
        for windows in self._windows:
            for number, start in windows.candidates(data):
                if start >= 0 and data.startswith(self._needles[number], start):
                    yield number, start


class _Windows:
    def __init__(self, width: int, needles: Sequence[bytes], chosen: Sequence[int]) -> None:
        self._mask = np.uint64((1 << (8 * width)) - 1)
        shared = Counter(
            needles[i][k : k + width] for i in chosen for k in range(len(needles[i]) - width + 1)
        )
        self._buckets: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for i in chosen:
            needle = needles[i]
            places = range(len(needle) - width + 1)
            k = min(places, key=lambda k: shared[needle[k : k + width]])
            self._buckets[int.from_bytes(needle[k : k + width], "little")].append((i, k))
        self._keys = np.array(sorted(self._buckets), np.uint64)
        self._table = np.zeros(1 << _TABLE_BITS, bool)
        self._table[_hashed(self._keys)] = True

    def candidates(self, data: bytes) -> Iterator[tuple[int, int]]:
        """(needle, offset at which it would begin) wherever a window is its own."""
        padded = data + b"\0" * 15
        for shift in range(8):
            count = (len(data) - shift + 7) // 8
            if count <= 0:
                return
            values = np.frombuffer(padded, "<u8", count, shift) & self._mask
            likely = np.flatnonzero(self._table[_hashed(values)])
            places = np.minimum(np.searchsorted(self._keys, values[likely]), len(self._keys) - 1)
            for i in likely[self._keys[places] == values[likely]].tolist():
                for number, k in self._buckets[int(values[i])]:
                    yield number, 8 * i + shift - k


def _hashed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    hashed: npt.NDArray[np.uint64] = (values * _MULTIPLIER) >> np.uint64(64 - _TABLE_BITS)
    return hashed


# ---- numbers ----------------------------------------------------------------------------------------------------


class Numbers(NamedTuple):
    """The digits of some bytes: those of one number together, a line feed between two numbers.

    `starts` says where a group of digits, or a gap, begins; `offsets` where each digit stood.
    """

    digits: bytes
    starts: npt.NDArray[np.bool_]
    offsets: npt.NDArray[np.int64]


# What may stand between the groups of a number, up to three bytes of it: with wide spaces and dashes.
_BETWEEN = np.zeros(256, bool)
_BETWEEN[list(b" .,-/()+_\t\r\n\xc2\xa0\xe2\x80\xaf\x90\x91\x92\x93\x94\x95")] = True
_WIDEST = 4


def numbers_in(data: bytes) -> Numbers:
    """Every number in UTF-8 text, with what stands between the groups of its digits taken out."""
    raw = np.frombuffer(data, np.uint8)
    at = np.flatnonzero((raw - np.uint8(48)) < 10)
    if not len(at):
        return Numbers(b"", np.zeros(0, bool), np.zeros(0, np.int64))
    gap = np.diff(at)
    joined = gap == 1
    for width in range(2, _WIDEST + 1):
        where = np.flatnonzero(gap == width)
        between = np.ones(len(where), bool)
        for step in range(1, width):
            between &= _BETWEEN[raw[at[where] + step]]
        joined[where] = between
    to = np.arange(len(at)) + np.concatenate([[0], np.cumsum(~joined)])
    digits = np.full(to[-1] + 1, ord("\n"), np.uint8)
    digits[to] = raw[at]
    starts = np.ones(len(digits), bool)
    starts[to[1:]] = gap != 1
    offsets = np.zeros(len(digits), np.int64)
    offsets[to] = at
    return Numbers(digits.tobytes(), starts, offsets)
