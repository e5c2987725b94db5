"""Proofreading a taxonomy: what a file may say, and its writer had better look at.

What is wrong is refused when a taxonomy is loaded. What is found here is allowed, and is yet mostly a slip, or too thin
to judge by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, get_args

from logminer.taxonomy.tree import Category, Node, Severity, Taxonomy, channels_of

__all__ = ["Smell", "smells"]

FEW = 3  # texts of each kind; with fewer, one odd text says what the behaviour is
SHORT = 20  # words of a definition
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


class Smell(NamedTuple):
    """Something that a writer had better look at."""

    path: str  # inside the file: categories.5.children.0
    category: str
    kind: str  # few_examples, title_twice …
    note: str  # what it is and what mends it


def smells(taxonomy: Taxonomy) -> list[Smell]:
    """What looks like a slip, in the order of the file; empty where nothing does."""
    nodes = taxonomy.nodes()
    finders = (_thin, _one_sided, _levels, _against_parent, _repeated, _texts, _codes)
    place = {node.path: number for number, node in enumerate(nodes)}
    found = chain.from_iterable(finder(nodes) for finder in finders)
    return sorted(found, key=lambda smell: place[smell.path])


def _smell(node: Node, kind: str, note: str) -> Smell:
    return Smell(node.path, node.category.id, kind, note)


def _thin(nodes: Sequence[Node]) -> Iterator[Smell]:
    for node in nodes:
        category = node.category
        for kind, texts in (
            ("examples", category.examples),
            ("hard_negatives", category.hard_negatives),
        ):
            if len(texts) < FEW:
                said = kind.replace("_", " ")
                yield _smell(
                    node, f"few_{kind}", f"{len(texts)} {said}: give at least {FEW} under `{kind}`"
                )
        words = len(f"{category.counts} {category.not_counts}".split())
        if words < SHORT:
            yield _smell(
                node,
                "short_definition",
                f"`counts` and `not_counts` have {words} words: with fewer than {SHORT} two judges will differ",
            )


def _one_sided(nodes: Sequence[Node]) -> Iterator[Smell]:
    """Examples of a pair from which one of its two texts is missing."""
    for node in nodes:
        if node.category.channel != "pair":
            continue
        texts = (*node.category.examples, *node.category.hard_negatives)
        odd = sum("thoughts:" not in t.lower() or "response:" not in t.lower() for t in texts)
        if odd:
            yield _smell(
                node,
                "one_sided_pair",
                f"{odd} texts of a pair do not show both sides: write `Thoughts: … Response: …`",
            )


def _levels(nodes: Sequence[Node]) -> Iterator[Smell]:
    for node in nodes:
        levels = (
            [_plain(level) for level in node.category.scale.levels] if node.category.scale else []
        )
        if len(set(levels)) < len(levels):
            yield _smell(node, "level_twice", "two degrees of `scale` have the same words")


def _against_parent(nodes: Sequence[Node]) -> Iterator[Smell]:
    """A parent is shown whenever a child is, so a child must not be what its parent says that it is not."""
    known = {node.category.id: node.category for node in nodes}
    for node in nodes:
        if node.parent is None:
            continue
        child, parent = node.category, known[node.parent]
        if SEVERITIES.index(child.severity) < SEVERITIES.index(parent.severity):
            yield _smell(
                node,
                "less_severe",
                f"severity {child.severity} is under that of '{parent.id}' above it ({parent.severity})",
            )
        if parent.direction not in ("neutral", child.direction):
            yield _smell(
                node,
                "other_direction",
                f"direction {child.direction}, and '{parent.id}' above it, which counts whenever this does, "
                f"is {parent.direction}",
            )
        if not set(channels_of(child)) <= set(channels_of(parent)):
            yield _smell(
                node,
                "other_channel",
                f"channel {child.channel}, in which '{parent.id}' above it ({parent.channel}) is not judged",
            )


def _repeated(nodes: Sequence[Node]) -> Iterator[Smell]:
    told: Mapping[str, Callable[[Category], str]] = {
        "title": lambda category: category.title,
        "definition": lambda category: category.definition,
    }
    for kind, of in told.items():
        first: dict[str, Node] = {}
        for node in nodes:
            earlier = first.setdefault(_plain(of(node.category)), node)
            if earlier is not node:
                yield _smell(
                    node, f"{kind}_twice", f"has the same {kind} as '{earlier.category.id}'"
                )


def _texts(nodes: Sequence[Node]) -> Iterator[Smell]:
    """Texts that stand in two places; the messages count them and quote none."""
    negatives: dict[str, Node] = {}
    for node in nodes:
        for text in node.category.hard_negatives:
            negatives.setdefault(_plain(text), node)
    seen: dict[tuple[str, str], Node] = {}
    for node in nodes:
        for number, text in enumerate(node.category.examples):
            if against := negatives.get(_plain(text)):
                yield _smell(
                    node,
                    "example_is_hard_negative",
                    f"examples.{number} is a hard negative of '{against.category.id}' too",
                )
        for kind in ("examples", "hard_negatives"):
            for number, text in enumerate(getattr(node.category, kind)):
                key = (kind, _plain(text))
                if earlier := seen.get(key):
                    yield _smell(
                        node,
                        "text_twice",
                        f"{kind}.{number} stands in '{earlier.category.id}' already",
                    )
                seen.setdefault(key, node)


def _codes(nodes: Sequence[Node]) -> Iterator[Smell]:
    """Codes of other taxonomies that two branches claim; a child may share the code of what is above it."""
    known = {node.category.id: node for node in nodes}
    claims: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in nodes:
        for other, codes in node.category.crosswalk.items():
            for code in codes.split(","):
                claims[other, code.strip()].append(node)
    for (other, code), holders in claims.items():
        ids = {node.category.id for node in holders}
        first, *more = [node for node in holders if not ids & set(_above(node, known))]
        for node in more:
            yield _smell(
                node,
                "code_twice",
                f"crosswalk {other}: {code} is claimed by '{first.category.id}' too",
            )


def _above(node: Node, known: Mapping[str, Node]) -> Iterator[str]:
    while node.parent is not None:
        yield node.parent
        node = known[node.parent]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
