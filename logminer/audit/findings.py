"""What an audit finds: named by artefact, column and row; no text of the study and no canary is in it."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Literal, NamedTuple

from logminer.audit.forms import Form
from logminer.privacy.patterns import find_all

__all__ = [
    "NOT_PROVED",
    "Audit",
    "Canary",
    "CertainFind",
    "HashedIdFind",
    "Hit",
    "Kind",
    "Quasi",
    "Undecoded",
    "Vouched",
]

Kind = Literal["plumbing", "detector"]

Z = 1.959964  # two-sided 95 %

# What a clean audit leaves open.
NOT_PROVED = (
    "hashes made with a key or a salt, and what is encrypted",
    "what is compressed or encoded more than once inside a text",
    "images, audio and other content that is no text",
    "paraphrase, translation, transliteration, nicknames and misspellings; a first or last name alone",
    "values split over several texts, or with others between their parts",
    "values that were not planted, unless a checksum or a grammar proves them",
    "what can be inferred from several texts together",
)


class Canary(NamedTuple):
    """A planted value. `line` is its place in the file, from 0.

    A *plumbing* canary lay in a field that must never persist: one find is a leak. A *detector* canary is realistic
    data in a text: how many are left says how good the detectors are.
    """

    line: int
    kind: Kind
    text: str


class Hit(NamedTuple):
    """A canary that is there: in `n` cells, the first in `row` (of a text file: line), both from 0.

    `column` is None where it was found in the bytes of the file. `whole_word` marks a canary so short that only whole
    words count.
    """

    artefact: str
    form: Form
    canary_index: int
    kind: Kind
    column: str | None
    row: int | None
    n: int
    whole_word: bool


class CertainFind(NamedTuple):
    """Proven identifiers of one type in one column: in `n` cells, the first in `row`."""

    artefact: str
    entity_type: str
    column: str | None
    row: int | None
    n: int


class HashedIdFind(NamedTuple):
    """A hash, made without the key, of the known id in line `id_index`: in `n` cells, the first in `row`."""

    artefact: str
    algorithm: str
    id_index: int
    column: str | None
    row: int | None
    n: int


class Quasi(NamedTuple):
    """How many conversations tell a quasi-identifier of each kind, and at least three kinds; a warning, not a leak."""

    conversations: int
    kinds: dict[str, int]
    three_or_more: int

    @property
    def share(self) -> float | None:
        """Of conversations with at least three kinds, in [0, 1]; None without conversations."""
        return self.three_or_more / self.conversations if self.conversations else None


class Undecoded(NamedTuple):
    """A file of which only the bytes could be searched."""

    artefact: str
    reason: str


class Vouched(NamedTuple):
    """How many of the study's parts are as a run wrote them, by the digest in their footers."""

    verified: int = 0
    older: int = 0  # of earlier versions, which gave none
    unverified: int = 0  # for want of the pseudonym key
    altered: tuple[Undecoded, ...] = ()


class Audit(NamedTuple):
    """What was found, and what was looked at."""

    hits: tuple[Hit, ...]
    certain_finds: tuple[CertainFind, ...]
    hashed_ids: tuple[HashedIdFind, ...]
    quasi_identifiers: Quasi
    undecoded: tuple[Undecoded, ...]
    canaries: tuple[Canary, ...]
    whole_words: int  # canaries that were sought as whole words only
    files: int
    bytes: int
    texts: int
    parts: Vouched = Vouched()

    def of(self, kind: Kind) -> list[Hit]:
        """The hits of one kind of canary."""
        return [hit for hit in self.hits if hit.kind == kind]

    @property
    def leaked(self) -> int:
        """Detector canaries found at least once."""
        return len({hit.canary_index for hit in self.of("detector")})

    @property
    def leak_rate(self) -> tuple[float, float, float] | None:
        """Share of the detector canaries that are left, in [0, 1], and the ends of Wilson's 95 % interval."""
        n = sum(canary.kind == "detector" for canary in self.canaries)
        return (self.leaked / n, *_wilson(self.leaked, n)) if n else None

    @property
    def clean(self) -> bool:
        """No plumbing canary, no proven identifier, no hash of a known id; everything was decoded, no part was altered."""
        proven = {
            (c.kind, c.line)
            for c in self.canaries
            if any(s.end - s.start == len(c.text) for s in find_all(c.text))
        }
        bad = any(h.kind == "plumbing" or (h.kind, h.canary_index) in proven for h in self.hits)
        unread = self.undecoded or self.parts.altered
        return not (bad or self.certain_finds or self.hashed_ids or unread)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready; `plumbing_hits` and `detector_hits` count the entries of `hits`."""
        rate = self.leak_rate
        kinds = Counter(canary.kind for canary in self.canaries)
        return {
            "clean": self.clean,
            "hits": [hit._asdict() for hit in self.hits],
            "plumbing_hits": len(self.of("plumbing")),
            "detector_hits": len(self.of("detector")),
            "plumbing_canaries": kinds["plumbing"],
            "detector_canaries": kinds["detector"],
            "detector_canaries_left": self.leaked,
            "leak_rate": rate and dict(zip(("estimate", "low", "high"), rate, strict=True)),
            "whole_word_canaries": self.whole_words,
            "certain_finds": [find._asdict() for find in self.certain_finds],
            "hashed_ids": [find._asdict() for find in self.hashed_ids],
            "quasi_identifiers": {
                **self.quasi_identifiers._asdict(),
                "share": self.quasi_identifiers.share,
            },
            "not_proved": list(NOT_PROVED),
            "undecoded": [u._asdict() for u in self.undecoded],
            "parts": {
                **self.parts._asdict(),
                "altered": [part._asdict() for part in self.parts.altered],
            },
            "files": self.files,
            "bytes": self.bytes,
            "texts": self.texts,
        }


def _wilson(k: int, n: int) -> tuple[float, float]:
    """Ends of the 95 % score interval of k of n (Wilson 1927)."""
    p, z2 = k / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
