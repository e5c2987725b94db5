"""Did it come as predicted? Rates of an earlier study's candidates against those observed in a newer dump.

The practice of deployment simulation: replay real prompts through a checkpoint before it is deployed, predict how
often each behaviour will be seen, and compare with what is seen once it is. Answers count as independent: where
users ask many questions, chance alone does more than the intervals here allow for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

import logminer.stats as stats
from logminer.errors import QueryError, did_you_mean
from logminer.schemas.reserved import LOGGED
from logminer.store.session import Session
from logminer.study.last_run import last_run
from logminer.study.shared_clusters import shared_clusters

__all__ = ["Backtest", "Prediction", "backtest"]

ALPHA = 0.05
SUMMARY = (
    "n",
    "n_seen",
    "median_multiplicative_error",
    "n_direction",
    "direction_right",
    "n_beyond_chance",
    "direction_right_beyond_chance",
    "within_interval",
)

Behaviour = tuple[str, str, str]  # category, channel, scorer
Counts = tuple[int, int]  # yes, yes + no


class Prediction(NamedTuple):
    """One behaviour of one pair: what was seen before, what was predicted, what came. Rates in [0, 1]."""

    base: str
    candidate: str
    observed_arm: str
    category_id: str
    channel: str
    scorer: str
    base_rate: float
    base_n: int
    predicted: float
    predicted_n: int
    observed: float
    observed_n: int
    multiplicative_error: float
    predicted_change: float | None
    observed_change: float
    direction_right: bool | None
    change_p: float
    within_interval: bool

    @property
    def seen(self) -> bool:
        """Whether it was predicted or observed at all."""
        return self.predicted > 0 or self.observed > 0


class Backtest(NamedTuple):
    """Predictions beside what was observed; see `backtest`. Shares are None where there is nothing to share."""

    rows: tuple[Prediction, ...]
    warnings: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Behaviours judged in both studies."""
        return len(self.rows)

    @property
    def n_seen(self) -> int:
        """Of these, seen at least once in either."""
        return sum(row.seen for row in self.rows)

    @property
    def median_multiplicative_error(self) -> float | None:
        """Over behaviours seen in either; 1 is a perfect prediction, 2 one that is twice or half of what came."""
        errors = [row.multiplicative_error for row in self.rows if row.seen]
        return median(errors) if errors else None

    @property
    def n_direction(self) -> int:
        """Behaviours for which both a change was predicted and one was observed."""
        return len(self._directions())

    @property
    def direction_right(self) -> float | None:
        """Share of these on which the observed change went the predicted way."""
        return _share(self._directions())

    @property
    def n_beyond_chance(self) -> int:
        """Of these, the ones whose observed change is beyond chance (p < .05)."""
        return len(self._directions(ALPHA))

    @property
    def direction_right_beyond_chance(self) -> float | None:
        """Share of those on which the observed change went the predicted way."""
        return _share(self._directions(ALPHA))

    @property
    def within_interval(self) -> float | None:
        """Share of observed rates inside the 95 % prediction interval of what was predicted."""
        return _share([row.within_interval for row in self.rows])

    def pairs(self) -> list[Backtest]:
        """The same for each base → candidate by itself, without warnings."""
        names = dict.fromkeys((row.base, row.candidate) for row in self.rows)
        return [
            Backtest(tuple(row for row in self.rows if (row.base, row.candidate) == pair))
            for pair in names
        ]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready: the summary over all pairs, for each pair, and the rows."""
        pairs = [
            {name: getattr(pair.rows[0], name) for name in ("base", "candidate", "observed_arm")}
            | pair._summary()
            for pair in self.pairs()
        ]
        rows = [row._asdict() for row in self.rows]
        return self._summary() | {"warnings": list(self.warnings), "pairs": pairs, "rows": rows}

    def _summary(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in SUMMARY}

    def _directions(self, below: float = math.inf) -> list[bool]:
        return [
            row.direction_right
            for row in self.rows
            if row.direction_right is not None and row.change_p < below
        ]


def backtest(study: Session, later: Session, *, observed: str | None = None) -> Backtest:
    """Compare the rates that `study` predicts for its candidates with those seen in `later`.

    Args:
        study: the earlier study. Its candidates' rates are the predictions, its bases' what was in use before.
        later: a study of a newer dump, judged by scorers of the same names.
        observed: the arm of `later` that shows what came; by default the one with the candidate's name, else `logged`,
            the traffic of the newer dump.

    Returns:
        One row for each base → candidate × category × channel × scorer (all prompts) that both studies judged, and for
        each cluster that they have in common (scorer `clusters`; a share of all responses), the least accurate first,
        what was never seen last. `multiplicative_error` ≥ 1 is observed over predicted or the reverse, whichever is
        greater, with (yes + ½) / (answers + 1) for a rate, so that it is finite where nothing was seen.
        `predicted_change` is candidate minus base on the prompts that both answered, `observed_change` the observed
        rate minus the base's earlier one. `direction_right`: whether they have the same sign; None where either is
        zero. `change_p`: two-sided p of no observed change. `within_interval`: whether 0 lies in the 95 % interval of
        observed minus predicted, both with their sampling error.

    Raises:
        QueryError: `later` judged no arm `observed`, or neither the candidate nor `logged`; names those that it did.

    Source: the rates are the means of Jeffreys' Beta(½, ½) prior (Brown, Cai & DasGupta 2001, Stat. Sci. 16:101); the
    interval and `change_p` are Agresti & Caffo's (2000, Am. Stat. 54:280).
    """
    clusters = shared_clusters(study, later)
    before, after = _rates(study, clusters), _rates(later, clusters)
    rows: list[Prediction] = []
    warnings = [*_taxonomies(study, later)]
    for base, candidate, behaviours in _compared(study, clusters):
        arm = _arm(after, candidate, observed)
        common = [behaviour for behaviour in behaviours if behaviour in after[arm]]
        if len(common) < len(behaviours):
            warnings.append(
                f"{base} → {candidate}: {len(behaviours) - len(common)} of {len(behaviours)} behaviours left out:"
                f" the later study did not judge them on {arm}"
            )
        rows += sorted(
            (
                _prediction(
                    (base, candidate, arm),
                    behaviour,
                    behaviours[behaviour],
                    before[base][behaviour],
                    before[candidate][behaviour],
                    after[arm][behaviour],
                )
                for behaviour in common
            ),
            key=lambda row: (not row.seen, -row.multiplicative_error),
        )
    return Backtest(tuple(rows), tuple(warnings))


def _prediction(
    arms: tuple[str, str, str],
    behaviour: Behaviour,
    expected: float | None,
    base: Counts,
    predicted: Counts,
    came: Counts,
) -> Prediction:
    rates = [yes / n for yes, n in (base, predicted, came)]
    ratio = _shrunk(came) / _shrunk(predicted)
    change = rates[2] - rates[0]
    return Prediction(
        *arms,
        *behaviour,
        base_rate=rates[0],
        base_n=base[1],
        predicted=rates[1],
        predicted_n=predicted[1],
        observed=rates[2],
        observed_n=came[1],
        multiplicative_error=max(ratio, 1 / ratio),
        predicted_change=expected,
        observed_change=change,
        direction_right=(expected > 0) == (change > 0) if expected and change else None,
        change_p=stats.shares_differ(rates[0], base[1], rates[2], came[1]),
        within_interval=stats.shares_differ(rates[1], predicted[1], rates[2], came[1]) >= ALPHA,
    )


def _shrunk(counts: Counts) -> float:
    """Jeffreys' estimate of a rate: never 0, never 1."""
    yes, n = counts
    return (yes + 0.5) / (n + 1)


def _compared(
    study: Session, clusters: Mapping[int, str]
) -> Iterable[tuple[str, str, dict[Behaviour, float | None]]]:
    """The pairs with the differences of the behaviours that both arms were judged for, in the study's order."""
    rows = study.rows(
        "SELECT base, candidate, category_id, channel, scorer, difference FROM comparisons"
        " WHERE kind = 'category' AND stratum = 'all' ORDER BY rowid"
    )
    rows += [
        (base, candidate, *_cluster(id_, clusters), difference)
        for base, candidate, id_, difference in study.rows(
            "SELECT base, candidate, cluster_id, difference FROM comparisons"
            " WHERE kind = 'cluster' AND stratum = 'all' ORDER BY rowid"
        )
        if id_ in clusters
    ]
    for base, candidate in dict.fromkeys(row[:2] for row in rows):
        mine = (row[2:] for row in rows if row[:2] == (base, candidate))
        yield base, candidate, {(category, channel, by): d for category, channel, by, d in mine}


def _cluster(cluster_id: int, clusters: Mapping[int, str]) -> Behaviour:
    """A cluster as a behaviour."""
    return f"cluster {cluster_id}: {clusters[cluster_id]}", "response", "clusters"


def _rates(session: Session, clusters: Mapping[int, str]) -> dict[str, dict[Behaviour, Counts]]:
    """Arm → behaviour → answers labelled yes, and those labelled yes or no; of clusters those in it, and all."""
    found: dict[str, dict[Behaviour, Counts]] = {}
    for arm, *behaviour, yes, n in session.rows(
        "SELECT checkpoint, category_id, channel, scorer, yes, yes + no FROM category_rates"
        " WHERE yes + no > 0 ORDER BY ALL"
    ):
        category, channel, scorer = behaviour
        found.setdefault(arm, {})[category, channel, scorer] = (yes, n)
    placed: dict[str, dict[int, int]] = {}
    query = "SELECT checkpoint, cluster_id, n_responses FROM cluster_shares"
    for arm, cluster_id, n in session.rows(query) if clusters else ():
        placed.setdefault(arm, {})[cluster_id] = n
    for arm, counts in placed.items():
        total = sum(counts.values())
        for id_ in clusters:
            found.setdefault(arm, {})[_cluster(id_, clusters)] = (counts.get(id_, 0), total)
    return found


def _arm(after: dict[str, Any], candidate: str, observed: str | None) -> str:
    wanted = [candidate, LOGGED] if observed is None else [observed]
    for arm in wanted:
        if arm in after:
            return arm
    hint = did_you_mean(observed, after, "") if observed is not None else ""
    mend = hint or "name the one that shows what came as `observed`"
    raise QueryError(
        f"the later study judged no arm {' or '.join(wanted)} (judged: {', '.join(after) or 'none'}); {mend}"
    )


def _taxonomies(*studies: Session) -> Iterable[str]:
    last = [last_run(study) for study in studies]
    hashes = {run.taxonomy_hash for run in last if run and run.taxonomy_hash}
    if len(hashes) > 1:
        yield "the studies were judged by different taxonomies: the same name may mean different things"


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
