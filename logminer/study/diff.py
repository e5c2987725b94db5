"""Two studies side by side: rates, verdicts and clusters, and what keeps them from being compared. Nothing is tested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import pyarrow.compute as pc

from logminer.store.session import Session
from logminer.study.verdicts import comparisons

__all__ = [
    "ClusterBeside",
    "ClusterSeen",
    "OnlyIn",
    "PromptsBeside",
    "RateBeside",
    "RateSeen",
    "StudyDiff",
    "VerdictBeside",
    "VerdictSeen",
    "diff_studies",
]

Row = tuple[Any, ...]
Seen = TypeVar("Seen")

RATES = """
SELECT r.checkpoint, r.category_id, r.channel, r.scorer, k.title, r.n, r.rate, r.low, r.high
FROM rates_by_stratum AS r LEFT JOIN categories AS k USING (category_id) WHERE r.stratum = 'all' ORDER BY ALL
"""
CLUSTERS = "SELECT checkpoint, cluster_id, name, n_responses, share FROM cluster_shares ORDER BY cluster_id, checkpoint"
# What stands behind a name, in the last column.
IDENTITIES = "SELECT checkpoint, identity FROM checkpoints"
SCORERS = "SELECT category_id, scorer, list(DISTINCT scorer_identity ORDER BY scorer_identity) FROM judgements GROUP BY ALL"
RUBRICS = "SELECT category_id, list(DISTINCT rubric_hash ORDER BY rubric_hash) FROM judgements GROUP BY ALL"
# On which the verdict rests, by its scale.
EFFECTS = defaultdict(
    lambda: ("difference", "low", "high"),
    corrected=("difference_corrected", "corrected_low", "corrected_high"),
)
NAMES = {
    "checkpoint": "SELECT checkpoint FROM checkpoints ORDER BY 1",
    "category": "SELECT category_id FROM categories ORDER BY 1",
    "scorer": "SELECT DISTINCT scorer FROM judgements ORDER BY 1",
}


class RateSeen(NamedTuple):
    """How often a checkpoint shows a behaviour, as `rates_by_stratum` has it; shares in [0, 1]."""

    n: int
    rate: float
    low: float
    high: float


class RateBeside(NamedTuple):
    """The same in both studies; None where one does not have it.

    `changed` says what another one judged or was judged: `checkpoint` (model, weights or sampling), `scorer`, `rubric`. Then
    the rates are of different things.
    """

    checkpoint: str
    category_id: str
    title: str | None
    channel: str
    scorer: str
    a: RateSeen | None
    b: RateSeen | None
    changed: tuple[str, ...]


class VerdictSeen(NamedTuple):
    """What a study concluded; the difference is candidate minus base, as a share, corrected where the verdict rests on that."""

    scorer: str
    verdict: str | None
    difference: float
    low: float
    high: float


class VerdictBeside(NamedTuple):
    """The same in both studies; None where one did not compare it. `changed` as of rates, of either arm."""

    base: str
    candidate: str
    category_id: str
    title: str | None
    channel: str
    stratum: str
    a: VerdictSeen | None
    b: VerdictSeen | None
    changed: tuple[str, ...]

    @property
    def is_determined(self) -> bool:
        """Whether one of the studies found something."""
        return any(side and side.verdict != "undetermined" for side in (self.a, self.b))


class ClusterSeen(NamedTuple):
    """What of a checkpoint's responses lies in a cluster, in [0, 1]."""

    cluster_id: int
    n_responses: int
    share: float


class ClusterBeside(NamedTuple):
    """The same in both studies; None where one has no such cluster."""

    checkpoint: str
    name: str | None
    a: ClusterSeen | None
    b: ClusterSeen | None


class PromptsBeside(NamedTuple):
    """How many prompts A has, B has, and both have."""

    a: int
    b: int
    both: int


class OnlyIn(NamedTuple):
    """Names that one study alone has."""

    a: list[str]
    b: list[str]


class StudyDiff(NamedTuple):
    """Study A beside study B.

    Attributes:
        n_prompts: by study.
        only: of checkpoint, category and scorer those that one study alone has.
        changed: those that have one name and are not the same: checkpoints, scorers, and categories of another rubric.
        same_map: whether a cluster's number means the same in both; else clusters are matched by name.
        verdicts: those of primary scorers; what neither study determined comes last.
        rates: those that are furthest apart first.
        clusters: the same.
    """

    n_prompts: PromptsBeside
    only: Mapping[str, OnlyIn]
    changed: Mapping[str, list[str]]
    same_map: bool
    verdicts: list[VerdictBeside]
    rates: list[RateBeside]
    clusters: list[ClusterBeside]


def diff_studies(a: Session, b: Session) -> StudyDiff:
    """Put two studies side by side: what has the same name stands in one row.

    Raises:
        QueryError: an earlier version published one of them, and it lacks what is to be shown.
    """
    was = _Was(_differing(a, b, IDENTITIES), _differing(a, b, SCORERS), _differing(a, b, RUBRICS))
    same_map = len({tuple(one.rows("SELECT map_id FROM cluster_maps")) for one in (a, b)}) == 1
    names = {what: [_first(one.rows(query)) for one in (a, b)] for what, query in NAMES.items()}
    return StudyDiff(
        _prompts(a, b),
        {what: OnlyIn(_without(x, y), _without(y, x)) for what, (x, y) in names.items()},
        {
            "checkpoint": sorted(name for (name,) in was.checkpoints),
            "scorer": sorted({scorer for _, scorer in was.scorers}),
            "rubric": sorted(name for (name,) in was.rubrics),
        },
        same_map,
        _verdicts(a, b, was),
        _rates(a, b, was),
        _clusters(a, b, same_map),
    )


class _Was(NamedTuple):
    """What is not the same in both, though it has one name."""

    checkpoints: set[Row]
    scorers: set[Row]  # category and scorer
    rubrics: set[Row]

    def of(
        self, checkpoints: Sequence[str], category: str, scorers: Sequence[str]
    ) -> tuple[str, ...]:
        found = {
            "checkpoint": any((name,) in self.checkpoints for name in checkpoints),
            "scorer": any((category, name) in self.scorers for name in scorers),
            "rubric": (category,) in self.rubrics,
        }
        return tuple(what for what, changed in found.items() if changed)


def _differing(a: Session, b: Session, query: str) -> set[Row]:
    """Names whose last column is not the same in both."""
    one, other = ({row[:-1]: row[-1] for row in session.rows(query)} for session in (a, b))
    return {name for name in one.keys() & other.keys() if one[name] != other[name]}


def _prompts(a: Session, b: Session) -> PromptsBeside:
    one, other = (s.columns("SELECT prompt_id FROM prompts")["prompt_id"] for s in (a, b))
    both = pc.sum(pc.is_in(one, value_set=other.combine_chunks())).as_py()
    return PromptsBeside(len(one), len(other), both or 0)


def _rates(a: Session, b: Session, was: _Was) -> list[RateBeside]:
    def seen(session: Session) -> dict[Row, RateSeen]:
        return {row[:5]: RateSeen(*row[5:]) for row in session.rows(RATES)}

    found = []
    for (checkpoint, category, channel, scorer, title), one, other in _beside(seen(a), seen(b), 4):
        changed = was.of([checkpoint], category, [scorer])
        found.append(RateBeside(checkpoint, category, title, channel, scorer, one, other, changed))
    return sorted(found, key=lambda row: -_apart(row.a and row.a.rate, row.b and row.b.rate))


def _verdicts(a: Session, b: Session, was: _Was) -> list[VerdictBeside]:
    def seen(session: Session) -> dict[Row, VerdictSeen]:
        names = ("base", "candidate", "category_id", "channel", "stratum", "title")
        return {
            tuple(row[name] for name in names): VerdictSeen(
                row["scorer"], row["verdict"], *(row[name] for name in EFFECTS[row["scale"]])
            )
            for row in comparisons(session, "category")
            if row["role"] == "primary"
        }

    found = []
    for (base, candidate, category, channel, stratum, title), one, other in _beside(
        seen(a), seen(b), 5
    ):
        scorers = [side.scorer for side in (one, other) if side]
        changed = was.of([base, candidate], category, scorers)
        if len(set(scorers)) == 2 and "scorer" not in changed:
            changed += ("scorer",)
        found.append(
            VerdictBeside(base, candidate, category, title, channel, stratum, one, other, changed)
        )
    return sorted(found, key=lambda row: not row.is_determined)


def _clusters(a: Session, b: Session, same_map: bool) -> list[ClusterBeside]:
    def seen(session: Session) -> dict[Row, ClusterSeen]:
        return {
            (checkpoint, cluster if same_map else name, name): ClusterSeen(cluster, n, share)
            for checkpoint, cluster, name, n, share in session.rows(CLUSTERS)
        }

    found = [
        ClusterBeside(checkpoint, name, one, other)
        for (checkpoint, _, name), one, other in _beside(seen(a), seen(b), 2)
    ]
    return sorted(found, key=lambda row: -_apart(row.a and row.a.share, row.b and row.b.share))


def _beside(
    a: Mapping[Row, Seen], b: Mapping[Row, Seen], n: int
) -> Iterator[tuple[Row, Seen | None, Seen | None]]:
    """What has the first `n` names in common, in the order of A; the rest of the names as A has them."""
    one, other = ({key[:n]: (key, seen) for key, seen in side.items()} for side in (a, b))
    for key in dict.fromkeys([*one, *other]):
        mine, theirs = one.get(key), other.get(key)
        names = (mine or theirs or ((),))[0]
        yield names, mine and mine[1], theirs and theirs[1]


def _apart(one: float | None, other: float | None) -> float:
    """How far; what is in one alone is nearer than anything."""
    return -1.0 if one is None or other is None else round(abs(one - other), 9)


def _first(rows: Sequence[Row]) -> list[str]:
    return [name for name, *_ in rows]


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if name not in others]
