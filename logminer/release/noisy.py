"""The tables of a differentially private release: noisy counts, and what follows of them and of public things alone.

It has neither strata nor clusters nor states of responses: each would take its share of the people that are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

import logminer.stats as stats
from logminer.pipeline.releasing import PrivacyOptions
from logminer.release.cube import ALL
from logminer.release.drawn import JudgedAs
from logminer.release.figures import PER, Shift, Tested, ToldRate, decide, p_class
from logminer.release.noise import noisy_counts, threshold
from logminer.release.questions import PrivateQuestion, people_counted, questions
from logminer.release.tables import (
    NEUTRAL,
    DrawnStudy,
    Row,
    headline_rows,
    measured_columns,
    rate_columns,
    table_of,
)
from logminer.schemas.release import (
    CLUSTER_SHARES,
    CLUSTER_SHIFTS,
    CLUSTERS,
    HEADLINES,
    MISSING,
    RATES,
    VERDICTS,
)

__all__ = ["noisy_tables"]

LEFT_OUT = (CLUSTERS, CLUSTER_SHARES, CLUSTER_SHIFTS, MISSING)


def noisy_tables(studies: Sequence[DrawnStudy], privacy: PrivacyOptions) -> dict[str, pa.Table]:
    """By name; those that a private release does not have are empty. The noise is drawn anew whenever this is called: the ledger comes first.

    A row is told where the largest of its counts reaches the threshold. Counts are told as they are, negative ones too: so they
    are right on average, and every figure can be made again of those beside it.
    """
    telling = _Noisy(studies, privacy)
    verdicts = telling.verdicts()
    headlines = [
        row | {"sentence": f"{row['sentence']} By noisy counts."} for row in headline_rows(verdicts)
    ]
    rows = {VERDICTS: verdicts, HEADLINES: headlines, RATES: list(telling.rates())}
    return {table.name: table_of(table, rows.get(table, ())) for table in (*rows, *LEFT_OUT)}


class _Noisy:
    def __init__(self, studies: Sequence[DrawnStudy], privacy: PrivacyOptions) -> None:
        drawn = [one.drawn for one in studies]
        self._facts = [one.facts for one in studies]
        asked = questions(drawn)
        most = min(privacy.contribution, max(len(asked), 1))
        exact = people_counted(drawn, asked, most)
        self._epsilon = privacy.epsilon / most
        counts = noisy_counts(
            np.concatenate([np.zeros(0, np.int64), *exact]), privacy.epsilon, most
        )
        ends = np.cumsum([question.cells for question in asked])
        self._told: dict[PrivateQuestion, tuple[int, ...]] = {}
        for question, cells in zip(asked, np.split(counts, ends)[:-1], strict=True):
            least = threshold(privacy.epsilon, privacy.delta / question.cells, most)
            if cells.max() >= least and cells.sum() > 0:
                self._told[question] = tuple(cells.tolist())
        self._asked = asked

    def verdicts(self) -> list[Row]:
        pairs = [question for question in self._asked if len(question.arms) == 2]
        rows = [self._counts(question) for question in pairs]
        able = [
            (row, self._tested(question, self._told[question]))
            for question, row in zip(pairs, rows, strict=True)
            if question in self._told
        ]
        for (row, tested), decision in zip(able, decide([t for _, t in able]), strict=True):
            row |= tested.shift._asdict() | {
                "p": p_class(tested.shift.p),
                "q": p_class(decision.q),
                "verdict": decision.verdict,
            }
        return rows

    def _counts(self, question: PrivateQuestion) -> Row:
        facts = self._facts[question.study]
        row = measured_columns(question.suite, question.judged, ALL, facts)
        row |= dict(zip(("base", "candidate"), question.arms, strict=True))
        if margin := facts.margins.get(question.judged.category_id):
            row["margin"] = margin.absolute
        if told := self._told.get(question):
            both, base_only, candidate_only, neither = told
            row |= {
                "n": sum(told),
                "both": both,
                "base_only": base_only,
                "candidate_only": candidate_only,
                "neither": neither,
                "base_yes": both + base_only,
                "candidate_yes": both + candidate_only,
            }
        return row

    def _tested(self, question: PrivateQuestion, told: Sequence[int]) -> Tested:
        facts = self._facts[question.study]
        margin = facts.testable(question.judged)
        found = stats.noisy_difference(
            *told,
            epsilon=self._epsilon,
            margin=margin.absolute if margin and margin.ratio is None else None,
        )
        shift = Shift(found.difference, *found.interval, "noisy", found.p, found.p_equivalence)
        behaviour = facts.behaviours.get(question.judged.category_id)
        direction = behaviour.direction if behaviour else NEUTRAL
        return Tested(shift, direction)

    def rates(self) -> Iterator[Row]:
        """Of each arm, by the first question that it is in."""
        first: dict[tuple[int, str, JudgedAs], PrivateQuestion] = {}
        for question in self._asked:
            for arm in question.arms:
                first.setdefault((question.study, arm, question.judged), question)
        for (study, arm, judged), question in first.items():
            row = measured_columns(question.suite, judged, ALL, self._facts[study])
            row["checkpoint"] = arm
            if told := self._told.get(question):
                row |= self._rate(told, question.arms.index(arm))
            yield row

    def _rate(self, told: Sequence[int], arm: int) -> Row:
        """Of arm 0 or 1 of a question."""
        arms = int(np.log2(len(told)))
        yes = np.reshape(told, (2,) * arms).take(0, axis=arm)
        n = sum(told)
        found = stats.noisy_rate(
            int(yes.sum()), n, epsilon=self._epsilon, counts_yes=yes.size, counts_no=yes.size
        )
        rate = ToldRate(*(PER * share for share in (found.rate, *found.interval)))
        return {"n": n, "yes": int(yes.sum())} | rate_columns("rate", rate)
