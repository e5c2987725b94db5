"""Every response of some checkpoints with the labels of a scorer, so that labels can be looked at together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.declared import Declared, read_declared
from logminer.compare.groups import ASKED
from logminer.compare.options import CompareOptions
from logminer.compare.prompts import NUMBERED, Codes, ComparedPrompts, Floats, Mask, read_prompts
from logminer.store.session import Session

__all__ = ["LabelColumn", "LabelSource", "Labelled"]

PLACED = (
    "(SELECT r.response_id, r.checkpoint, n.number, row_number() OVER (ORDER BY r.response_id) - 1 AS place"
    f" FROM responses AS r JOIN {NUMBERED} AS n USING (prompt_id) WHERE r.checkpoint IN (SELECT unnest(?)))"
)


class LabelSource(NamedTuple):
    """Who labelled what: one scorer, one category, one channel; `judges` are its identities and rubrics."""

    category: str
    channel: str
    scorer: str
    judges: frozenset[tuple[str, str]]


class Labelled(NamedTuple):
    """A study's responses of some checkpoints, [n] in the order of their ids.

    `numbers` are those of their prompts, `arms` the checkpoints' masks; `sources` who labelled category and channel.
    """

    session: Session
    options: CompareOptions
    prompts: ComparedPrompts
    declared: Declared
    numbers: Codes
    arms: Mapping[str, Mask]
    sources: Mapping[tuple[str, str], Mapping[str, LabelSource]]

    @classmethod
    def read(cls, session: Session, options: CompareOptions, arms: Sequence[str]) -> Labelled:
        """All of it but the labels."""
        table = session.columns(
            f"SELECT checkpoint, number FROM {PLACED} ORDER BY place", [list(arms)]
        )
        checkpoints = np.array(table["checkpoint"].to_pylist(), dtype=object)
        return cls(
            session,
            options,
            read_prompts(session, options),
            read_declared(session, options),
            np.asarray(table["number"], np.int64),
            {name: np.asarray(checkpoints == name, bool) for name in arms},
            _sources(session, arms),
        )

    def primary(self, category: str) -> Iterator[LabelColumn]:
        """The labels of the category's primary scorer, channel by channel."""
        for (name, _), scorers in self.sources.items():
            if name == category:
                chosen, _ = self.declared.primary(category, scorers)
                yield self._labels(scorers[chosen])

    def again(self, labels: LabelColumn) -> LabelColumn | None:
        """What the same scorers say here of the same; None where they did not judge, or not by the same rubric."""
        found = []
        for source in labels.of:
            here = self.sources.get((source.category, source.channel), {}).get(source.scorer)
            if here is None or here.judges != source.judges:
                return None
            found.append(self._labels(here))
        first, *others = found
        return first.without(others[0], labels.channel) if others else first

    def _labels(self, source: LabelSource) -> LabelColumn:
        table = self.session.columns(
            f"SELECT p.place, j.label = 'yes' AS shown FROM judgements AS j JOIN {PLACED} AS p USING (response_id)"
            " WHERE j.category_id = ? AND j.channel = ? AND j.scorer = ? AND j.label IN ('yes', 'no')",
            [list(self.arms), source.category, source.channel, source.scorer],
        )
        values = np.full(len(self.numbers), np.nan)
        values[np.asarray(table["place"], np.int64)] = np.asarray(table["shown"], np.float64)
        return LabelColumn(self, (source,), source.channel, values)


class LabelColumn(NamedTuple):
    """Labels of all responses: [n] 1 where a response shows it, 0 where not, nan where nobody says."""

    study: Labelled
    of: tuple[LabelSource, ...]
    channel: str
    values: Floats

    @property
    def category(self) -> str:
        """Whose."""
        return self.of[0].category

    @property
    def scorer(self) -> str:
        """Who labelled; of two channels both scorers, where they are not the same."""
        return " and ".join(dict.fromkeys(source.scorer for source in self.of))

    @property
    def shown(self) -> bool:
        """Whether any response shows it."""
        return bool(np.any(self.values == 1))

    def of_arm(self, name: str) -> Mask:
        """[n] the labelled responses of a checkpoint."""
        mask: Mask = self.study.arms[name] & ~np.isnan(self.values)
        return mask

    def without(self, other: LabelColumn, channel: str) -> LabelColumn:
        """Shown here and not there, of the responses that are labelled in both."""
        values = np.where(np.isnan(other.values), np.nan, self.values * (1 - other.values))
        return LabelColumn(self.study, (*self.of, *other.of), channel, values)

    def rates(self, columns: Sequence[tuple[LabelColumn, Mask]]) -> stats.ClusteredRates:
        """The rate of each of the labels among the responses [n] of its mask.

        Each prompt has one vote, or each unit, as `weight` says, which its labelled responses of one arm share.
        """
        study = self.study
        weights = np.stack([self._votes(labels, mask) for labels, mask in columns], axis=1)
        values = np.stack([np.nan_to_num(labels.values) for labels, _ in columns], axis=1)
        some = (weights > 0).any(axis=1)
        numbers = study.numbers[some]
        return stats.clustered_rates(
            values[some],
            weights[some],
            study.prompts.units[numbers],
            groups=study.prompts.groups[numbers],
            confidence=1 - study.options.alpha,
        )

    def _votes(self, labels: LabelColumn, mask: Mask) -> Floats:
        numbers, prompts = self.study.numbers, self.study.prompts
        votes = np.zeros(len(numbers))
        for arm in self.study.arms:
            own = labels.of_arm(arm)
            samples = np.bincount(numbers[own], minlength=len(prompts))
            vote = 1 / samples[numbers[own]]
            if self.study.options.weight == "unit":
                units = prompts.units[numbers[own]]
                vote = vote / np.bincount(units, vote)[units]
            votes[own] = vote
        return np.where(mask, votes, 0.0)


def _sources(
    session: Session, arms: Sequence[str]
) -> dict[tuple[str, str], dict[str, LabelSource]]:
    found: dict[tuple[str, str], dict[str, set[tuple[str, str]]]] = {}
    for category, channel, scorer, identity, rubric in session.rows(
        "SELECT DISTINCT j.category_id, j.channel, j.scorer, j.scorer_identity, j.rubric_hash FROM judgements AS j"
        " JOIN responses AS r USING (response_id)"
        f" WHERE {ASKED} AND r.checkpoint IN (SELECT unnest(?)) ORDER BY ALL",
        [list(arms)],
    ):
        scorers = found.setdefault((category, channel), {})
        scorers.setdefault(scorer, set()).add((identity or "", rubric or ""))
    return {
        key: {
            scorer: LabelSource(*key, scorer, frozenset(judges))
            for scorer, judges in scorers.items()
        }
        for key, scorers in found.items()
    }
