"""Naming what is on a map: by what the discovery half said in its clusters, asked for, and was judged to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from logminer.clusters.hierarchy import Parent, parents, siblings
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.naming import Name, Tally, cluster_name
from logminer.clusters.terms import profiles
from logminer.clusters.texts import TextBlock
from logminer.pipeline.journey import Journey
from logminer.run.answers import ArmAnswers, answers, read_part
from logminer.run.namer import titled
from logminer.stages.step import Step

__all__ = ["Named", "name_clusters", "unmarked"]

FEWEST_TERMS = 16  # of which names are made, however few are shown
JUDGED = ("response_id", "category_id", "channel", "scorer", "label")


class Named(NamedTuple):
    """What stands beside the clusters of a map."""

    terms: Mapping[int, tuple[str, ...]]  # leading ones of each cluster
    names: Mapping[int, Name]
    above: Sequence[Parent]


def name_clusters(
    journey: Journey,
    found: ClusterMap,
    places: Sequence[Step],
    parts: Sequence[str],
    say: Callable[[str], None],
) -> Named:
    """Terms and names of a map's clusters, and the parents above them. Responses in no cluster are what they are told from."""
    options = journey.file.cluster
    said = profiles(
        _texts(journey, places, parts),
        siblings=siblings(found),
        count=max(options.terms, FEWEST_TERMS),
        min_people=options.min_people,
    )
    said.pop(NOISE, None)
    shown = _shown(journey, places, parts)
    names = {
        cluster: cluster_name(profile, shown.by_cluster.get(cluster, {}), shown.overall)
        for cluster, profile in said.items()
    }
    names = titled(journey, found, said, names, say)
    above = parents(found, said, names, count=options.terms)
    terms = {cluster: profile.terms[: options.terms] for cluster, profile in said.items()}
    return Named(terms, names, above)


def _texts(journey: Journey, places: Sequence[Step], parts: Sequence[str]) -> Iterator[TextBlock]:
    """What the discovery half was told, and had asked, without what an anonymiser put in."""
    for part, arms in groupby(answers(journey, parts, places), key=lambda given: given.part):
        asked = _asked(journey, part)
        for given in arms:
            yield _block(given, asked)


def _asked(journey: Journey, part: str) -> dict[str, str]:
    """Prompt → its last message."""
    table = read_part(journey.prompts, part, "prompt_id", "messages", "redactions")
    found = {}
    for row in table.to_pylist():
        last = len(row["messages"]) - 1
        spans = [r for r in row["redactions"] or () if r["message_index"] == last]
        found[row["prompt_id"]] = unmarked(row["messages"][last]["content"], spans, "content")
    return found


def _block(given: ArmAnswers, asked: Mapping[str, str]) -> TextBlock:
    by, cluster = given.asked_by, given.clusters()
    chosen = [
        row
        for row in given.responses("response_id", "prompt_id", "response", "redactions").to_pylist()
        if by[row["prompt_id"]].discovery and row["response_id"] in cluster
    ]
    return TextBlock(
        [cluster[row["response_id"]] for row in chosen],
        [row["response_id"] for row in chosen],
        [unmarked(row["response"], row["redactions"] or (), "response") for row in chosen],
        [by[row["prompt_id"]].person for row in chosen],
        [asked[row["prompt_id"]] for row in chosen],
    )


def unmarked(text: str | None, redactions: Sequence[Mapping[str, Any]], field: str) -> str:
    """A text with a gap wherever something was replaced: surrogates are no one's words.

    Args:
        text: anonymised; null is empty.
        redactions: rows of `schemas.REDACTION`, of one message.
        field: theirs that the text is.
    """
    kept, after = [], 0
    for start, end in sorted((r["start"], r["end"]) for r in redactions if r["field"] == field):
        kept.append((text or "")[after:start])
        after = max(after, end)
    return "\n".join([*kept, (text or "")[after:]])


class _Shown(NamedTuple):
    """How the discovery half was judged, by the scorer that has each category's verdict."""

    by_cluster: Mapping[int, Mapping[str, Tally]]  # of each by the title of the category
    overall: Mapping[str, Tally]  # of all, those in no cluster too


def _shown(journey: Journey, places: Sequence[Step], parts: Sequence[str]) -> _Shown:
    titles = {node.category.id: node.category.title for node in journey.taxonomy.nodes()}
    counts: dict[int, dict[str, Tally]] = {}
    overall: dict[str, Tally] = {}
    for given in answers(journey, parts, places):
        for step in (given.arm.judge, *given.arm.ratings):
            for row in _judged(given, step, journey.primary):
                title = titles[row["category_id"]]
                tally = Tally(row["yes_sum"], row["yes_count"])
                mine = counts.setdefault(row["cluster"], {})
                mine[title] = tally.plus(mine.get(title))
                overall[title] = tally.plus(overall.get(title))
    return _Shown(counts, overall)


def _judged(
    given: ArmAnswers, step: Step, primary: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """`cluster, category_id, yes_sum, yes_count` of a part's responses of the discovery half."""
    table = read_part(step, given.part, *JUDGED)
    wanted = pc.and_(
        pc.equal(table["channel"], "response"),
        pc.is_in(table["label"], value_set=pa.array(["yes", "no"])),
    )
    first = pa.array([f"{category} {scorers[0]}" for category, scorers in primary.items()])
    by = pc.binary_join_element_wise(table["category_id"], table["scorer"], " ")
    table = table.filter(pc.and_(wanted, pc.is_in(by, value_set=first)))
    cluster, asked = given.clusters(), given.responses("response_id", "prompt_id")
    of = {
        id_: cluster[id_]
        for id_, prompt in zip(*(c.to_pylist() for c in asked.columns), strict=True)
        if given.asked_by[prompt].discovery and id_ in cluster
    }
    place = pc.index_in(table["response_id"], value_set=pa.array(list(of), pa.string()))
    known = table.filter(pc.is_valid(place))
    clusters = pa.array(list(of.values()), pa.int32()).take(pc.drop_null(place))
    counted = pa.table(
        {
            "cluster": clusters,
            "category_id": known["category_id"],
            "yes": pc.cast(pc.equal(known["label"], "yes"), pa.int64()),
        }
    )
    sums = counted.group_by(["cluster", "category_id"]).aggregate(
        [("yes", "sum"), ("yes", "count")]
    )
    rows: list[dict[str, Any]] = sums.to_pylist()
    return rows
