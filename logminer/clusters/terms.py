"""What sets groups of texts apart: their leading words and pairs of words, by class-based TF-IDF.

Pure counting, no model. A term is named only where so many people used it in that group (three, unless said otherwise), so that no one
person's words become a group's name.
"""

from __future__ import annotations

import functools
import hashlib
import heapq
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

__all__ = ["MIN_PEOPLE", "TextBlock", "leading_terms"]

MIN_PEOPLE = 3
TEXTS_PER_GROUP = 200  # enough to name a group, and a bound on memory
CHARACTERS = 1500  # about what an encoder reads of a text
WORD = re.compile(r"<[^<>\s]{1,40}>|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]")
SHORTEST, LONGEST = 3, 30


class TextBlock(NamedTuple):
    """Some responses and their groups; four columns of equal length."""

    groups: Sequence[int]
    response_ids: Sequence[str]
    texts: Sequence[str | None]  # null texts are passed over
    people: Sequence[
        str | None
    ]  # user, or conversation where unknown; null: each response is its own


class _Text(NamedTuple):
    text: str
    person: str


def leading_terms(
    blocks: Iterable[TextBlock], *, count: int = 8, min_people: int = MIN_PEOPLE
) -> dict[int, tuple[str, ...]]:
    """The terms that mark each group off from the others, best first; no word appears in two terms of a group.

    At most 200 responses of a group are read, those with the smallest hash of their id, so neither the order of the
    blocks nor their cutting changes anything. A term counts once a response.

    Returns:
        group → up to `count` terms, lower case; empty where nothing is said by `min_people` people.

    Source: c-TF-IDF, Grootendorst 2022, arXiv:2203.05794, eq. 3: tf(t, c) · log(1 + A / f(t)).
    """
    sample = sorted(_sample(blocks).items())
    used = {group: _used(texts, min_people) for group, texts in sample}
    overall: Counter[str] = Counter()
    for frequencies in used.values():
        overall.update(frequencies)
    average = overall.total() / max(1, len(used))
    # tf is the share of the group's responses, so that a large group does not outweigh a small one.
    return {
        group: _best(
            {
                term: n / len(texts) * math.log1p(average / overall[term])
                for term, n in used[group].items()
            },
            count,
        )
        for group, texts in sample
    }


def _sample(blocks: Iterable[TextBlock]) -> dict[int, list[_Text]]:
    heaps: dict[int, list[tuple[int, str, _Text]]] = {}
    for block in blocks:
        for group, response_id, text, person in zip(*block, strict=True):
            if not text:
                continue
            key = -int.from_bytes(hashlib.sha256(response_id.encode()).digest()[:8])
            entry = (key, response_id, _Text(text[:CHARACTERS], person or f"\0{response_id}"))
            heap = heaps.setdefault(group, [])
            if len(heap) < TEXTS_PER_GROUP:
                heapq.heappush(heap, entry)
            else:
                heapq.heappushpop(heap, entry)
    return {group: [entry[2] for entry in heap] for group, heap in heaps.items()}


def _used(texts: list[_Text], min_people: int) -> dict[str, int]:
    """Responses that use each term, of terms that at least `min_people` people used."""
    responses: Counter[str] = Counter()
    people: dict[str, set[str]] = {}
    for text, person in texts:
        for term in set(_terms(text)):
            responses[term] += 1
            who = people.setdefault(term, set())
            if len(who) < min_people:
                who.add(person)
    return {term: n for term, n in responses.items() if len(people[term]) >= min_people}


def _terms(text: str) -> Iterator[str]:
    """Words, and pairs of words that stand together; placeholders and punctuation part them."""
    words = [_word(token) for token in WORD.findall(text.lower())]
    yield from (word for word in words if word)
    for first, second in itertools.pairwise(words):
        if first and second and first != second:
            yield f"{first} {second}"


def _word(token: str) -> str | None:
    fits = SHORTEST <= len(token) <= LONGEST and token.isalpha() and token not in _stop_words()
    return token if fits else None


def _best(scores: dict[str, float], count: int) -> tuple[str, ...]:
    chosen: list[str] = []
    stems: set[str] = set()
    for term in sorted(scores, key=lambda t: (-scores[t], t)):
        parts = {word.rstrip("s") for word in term.split()}
        if stems.isdisjoint(parts):
            chosen.append(term)
            stems |= parts
        if len(chosen) == count:
            break
    return tuple(chosen)


@functools.cache
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)
