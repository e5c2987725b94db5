"""New behaviour: what a map found earlier has no place for, and what is alike in it.

The buffer is every response that came after the map was found and lies in no cluster. Where enough people's responses
in it are alike they are announced, found on discovery users; whether one arm shows them more is tested on the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import logminer.stats as stats
from logminer.clusters.finding import find_dense
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.naming import NO_NAME, keyphrase_name
from logminer.clusters.options import ClusterOptions
from logminer.clusters.sample import FitBlock, draw_sample, matrix
from logminer.clusters.terms import profiles
from logminer.clusters.texts import TextBlock
from logminer.pipeline.journey import Arm, Journey
from logminer.run.answers import AskedBy, answers, read_part
from logminer.schemas import EMERGING
from logminer.stages.step import Step

__all__ = ["emerging", "seen"]

ALPHA = 0.05


class _Buffered(NamedTuple):
    """The responses of one arm in one part that lie in no cluster; columns of equal length."""

    arm: Arm
    new: bool  # they came after the map was found
    response_ids: list[str]
    prompt_ids: list[str]
    people: list[str]  # the user, or the conversation where the user is unknown
    discovery: NDArray[np.bool_]
    vectors: NDArray[np.float32]
    answered: list[str]  # ids of all prompts that the arm answered in this part, in clusters or not
    part: str
    asked_by: Mapping[str, AskedBy]  # of all prompts of the part

    def take(self, rows: NDArray[np.bool_]) -> FitBlock:
        at = np.flatnonzero(rows).tolist()
        return FitBlock(
            [self.response_ids[i] for i in at],
            [self.arm.name] * len(at),
            [self.people[i] for i in at],
            self.vectors[at],
        )


def seen(journey: Journey, parts: Sequence[str]) -> list[str]:
    """Names of what a map is found on: each arm's part."""
    return [_name(arm, part) for arm in journey.arms if not arm.repeat for part in parts]


def _name(arm: Arm, part: str) -> str:
    return f"{arm.embed.folder.fingerprint}/{part}"


def emerging(
    journey: Journey,
    found: ClusterMap,
    places: Sequence[Step],
    parts: Sequence[str],
) -> pa.Table:
    """The rows of table `emerging`, none where nothing came after the map."""
    if set(found.seen).issuperset(seen(journey, parts)):
        return EMERGING.schema.empty_table()
    options = journey.file.cluster
    each = _OneEach()
    # Drawing a sample goes through all blocks, and so notes every prompt.
    groups = _groups(options, each.noting(_buffer(found, journey, places, parts)))
    if not groups.size:
        return EMERGING.schema.empty_table()
    counts = _Counts(groups, each.prompts())
    texts = [counts.add(block) for block in _buffer(found, journey, places, parts)]
    said = profiles(texts, count=options.terms, min_people=options.min_people)
    terms = {number: profile.terms for number, profile in said.items()}
    names = {number: keyphrase_name(profile) for number, profile in said.items()}
    rows = [
        row
        | {"name": names.get(number, NO_NAME).text or f"emerging {number}"}
        | {"terms": terms.get(number, ())}
        for number in range(groups.size)
        for row in counts.rows(number, found, journey.pairs)
    ]
    return pa.Table.from_pylist(rows, EMERGING.schema)


def _groups(options: ClusterOptions, blocks: Iterator[_Buffered]) -> ClusterMap:
    """What is alike among the new responses of the buffer, of discovery users, and of enough of them."""
    fresh = (block.take(block.discovery) for block in blocks if block.new)
    sample = draw_sample(fresh, seed=options.seed, limit=options.max_fit_rows)
    groups = find_dense(options, sample, "emerging")
    enough = [
        i for i, users in enumerate(groups.fit_users[:-1]) if (users or 0) >= options.min_people
    ]
    kept = groups.only(np.array(enough, np.int64))
    return kept._replace(
        ids=np.arange(len(enough), dtype=np.int32),
        fit_sizes=(*(groups.fit_sizes[i] for i in enough), 0),
        fit_users=(*(groups.fit_users[i] for i in enough), None),
    )


class _Counts:
    """Who shows what is new: responses and people by arm, and for each user of the other half one prompt."""

    def __init__(self, groups: ClusterMap, tested: set[str]) -> None:
        self._groups, self._tested = groups, tested
        self._responses: Counter[tuple[int, str]] = Counter()
        self._people: dict[tuple[int, str], set[str]] = {}
        self._shown: dict[tuple[int, str], set[str]] = {}  # prompts, of those that are tested
        self._answered: dict[str, set[str]] = {}

    def add(self, block: _Buffered) -> TextBlock:
        """Count a block; what names its groups."""
        placed = self._groups.place(block.vectors).cluster
        rows = np.flatnonzero(placed != NOISE).tolist()
        answered = self._tested.intersection(block.answered)
        self._answered.setdefault(block.arm.name, set()).update(answered)
        for i in rows:
            key = int(placed[i]), block.arm.name
            self._responses[key] += 1
            self._people.setdefault(key, set()).add(block.people[i])
            if block.prompt_ids[i] in self._tested:
                self._shown.setdefault(key, set()).add(block.prompt_ids[i])
        naming = [i for i in rows if block.discovery[i] and block.new]
        wanted = {block.response_ids[i] for i in naming}
        text = _texts(block, wanted)
        return TextBlock(
            [int(placed[i]) for i in naming],
            [block.response_ids[i] for i in naming],
            [text.get(block.response_ids[i]) for i in naming],
            [block.people[i] for i in naming],
            [None] * len(naming),
        )

    def rows(
        self,
        number: int,
        found: ClusterMap,
        pairs: Sequence[tuple[str, str]],
    ) -> Iterator[dict[str, Any]]:
        """One row for each pair of arms that were compared."""
        nearest = found.place(self._groups.centres[number][None]).nearest[0]
        for base, candidate in pairs:
            both = self._answered.get(base, set()) & self._answered.get(candidate, set())
            shown = [self._shown.get((number, arm), set()) & both for arm in (base, candidate)]
            base_only, candidate_only = len(shown[0] - shown[1]), len(shown[1] - shown[0])
            value = stats.discordant_e_value(base_only, candidate_only)
            yield {
                "emerging_id": number,
                "nearest_cluster_id": int(nearest) if found.size else None,
                "fit_size": self._groups.fit_sizes[number],
                "fit_users": self._groups.fit_users[number],
                "base": base,
                "candidate": candidate,
                "base_responses": self._responses[number, base],
                "candidate_responses": self._responses[number, candidate],
                "base_people": len(self._people.get((number, base), ())),
                "candidate_people": len(self._people.get((number, candidate), ())),
                "base_only": base_only,
                "candidate_only": candidate_only,
                "e_value": value,
                "alarm": value >= self._groups.size * len(pairs) / ALPHA,
            }


class _OneEach:
    """One prompt of each person who was not used to find clusters, so that they are independent: the least id."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def noting(self, blocks: Iterable[_Buffered]) -> Iterator[_Buffered]:
        """The same blocks, their prompts noted on the way."""
        part = None
        for block in blocks:
            if block.part != part:
                part = block.part
                for prompt_id, by in block.asked_by.items():
                    if not by.discovery:
                        first = self._first.get(by.person, prompt_id)
                        self._first[by.person] = min(prompt_id, first)
            yield block

    def prompts(self) -> set[str]:
        """So far."""
        return set(self._first.values())


def _buffer(
    found: ClusterMap, journey: Journey, places: Sequence[Step], parts: Sequence[str]
) -> Iterator[_Buffered]:
    earlier = frozenset(found.seen)
    for given in answers(journey, parts, places):
        asked = given.asked_by
        outside = {id_ for id_, cluster in given.clusters().items() if cluster == NOISE}
        table = given.responses("response_id", "prompt_id")
        prompt_of = dict(zip(*(column.to_pylist() for column in table.columns), strict=True))
        said = given.embeddings()
        all_ids = said["response_id"].to_pylist()
        rows = [
            i
            for i, (id_, channel) in enumerate(
                zip(all_ids, said["channel"].to_pylist(), strict=True)
            )
            if channel == "response" and id_ in outside
        ]
        ids = [all_ids[i] for i in rows]
        about = [asked[prompt_of[id_]] for id_ in ids]
        yield _Buffered(
            given.arm,
            _name(given.arm, given.part) not in earlier,
            ids,
            [prompt_of[id_] for id_ in ids],
            [by.person for by in about],
            np.array([by.discovery for by in about], bool),
            matrix(said["vector"].combine_chunks())[rows],
            [prompt_of[id_] for id_ in set(all_ids)],
            given.part,
            asked,
        )


def _texts(block: _Buffered, wanted: set[str]) -> dict[str, str]:
    if not wanted:
        return {}
    table = read_part(block.arm.replay, block.part, "response_id", "response")
    return {
        row["response_id"]: row["response"]
        for row in table.to_pylist()
        if row["response_id"] in wanted
    }
