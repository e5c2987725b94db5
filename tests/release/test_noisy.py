"""Differentially private tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from logminer.compare.options import Margin
from logminer.pipeline.releasing import PrivacyOptions
from logminer.release.cells import Counts
from logminer.release.drawn import MISSING, Drawn, JudgedAs
from logminer.release.facts import DeclaredBehaviour, StudyFacts
from logminer.release.noisy import noisy_tables
from logminer.release.questions import people_counted, questions
from logminer.release.tables import DrawnStudy
from logminer.schemas.release import RELEASE_TABLES

ARMS = ("old", "new", "logged")
PAIRS = (("old", "new"),)
Rng = np.random.Generator


def measures(count: int) -> list[JudgedAs]:
    return [JudgedAs(f"category_{number}", "response", "people") for number in range(count)]


def drawn(suite: str, users: list[bytes], rng: Rng, behaviours: int = 4) -> Drawn:
    """Users with one to three prompts each; labels at random, some missing."""
    people = np.repeat(np.arange(len(users)), rng.integers(1, 4, len(users)))
    people = people[rng.permutation(len(people))] if len(people) else people
    labels = {
        measure: {arm: rng.choice([0, 1, MISSING], len(people), p=(0.6, 0.3, 0.1)).astype(np.int8) for arm in ARMS}
        for measure in measures(behaviours)
    }  # fmt: skip
    return of(suite, users, people, labels)


def of(suite: str, users: list[bytes], people: Counts, labels: Any) -> Drawn:
    return Drawn(
        suite=suite,
        people=people,
        digests=tuple(users),
        users=tuple(users),
        known=True,
        left_out=0,
        arms=ARMS,
        pairs=PAIRS,
        strata={},
        labels=labels,
        states={},
        clusters={},
        parents={},
    )


def without(study: Drawn, user: bytes) -> Drawn:
    """As if the user had never asked anything."""
    if user not in study.users:
        return study
    place = study.users.index(user)
    left = study.people != place
    people = study.people[left]
    people = np.where(people > place, people - 1, people)
    labels = {
        measure: {arm: codes[left] for arm, codes in arms.items()}
        for measure, arms in study.labels.items()
    }
    return of(study.suite, [u for u in study.users if u != user], people, labels)


def facts(behaviours: int, margin: Margin | None = None, true: Any = ()) -> StudyFacts:
    found = {
        m.category_id: DeclaredBehaviour(m.category_id, None, m.category_id, None, None, "worse")
        for m in measures(behaviours)
    }
    margins = dict.fromkeys(found, margin) if margin else {}
    return StudyFacts(found, margins, (), dict.fromkeys(true, 1.0), (), {})


@pytest.mark.parametrize("contribution", [1, 2, 5, 100])
def test_one_person_changes_as_many_counts_as_stated_over_all_studies(contribution: int) -> None:
    rng = np.random.default_rng(contribution)
    users = [bytes([number, 7]) for number in range(40)]
    studies = [drawn("logs", users[:30], rng), drawn("suite", users[20:], rng)]
    asked = questions(studies)
    assert len(asked) == 2 * 4 * 2  # the log is in no pair, and is asked of alone
    before = people_counted(studies, asked, contribution)
    changes = []
    for user in users:
        after = people_counted([without(study, user) for study in studies], asked, contribution)
        changes.append([int(np.abs(a - b).sum()) for a, b in zip(after, before, strict=True)])
    each = np.array(changes)
    assert each.max() == 1
    assert each.sum(1).max() <= min(contribution, len(asked))
    assert each.sum() > 0.5 * len(users) * min(contribution, 8)  # and the budget is made use of


def planted(n: int, behaviours: int, rates: tuple[float, float], rng: Rng) -> Drawn:
    """One prompt a person; a third of what the base does the candidate does too, whatever its rate."""
    users = [number.to_bytes(4, "big") for number in range(n)]
    labels = {}
    for measure in measures(behaviours):
        base = rng.random(n) < rates[0]
        candidate = np.where(rng.random(n) < 0.3, base, rng.random(n) < rates[1])
        labels[measure] = {
            "old": base.astype(np.int8),
            "new": candidate.astype(np.int8),
            "logged": base.astype(np.int8),
        }
    return of("logs", users, np.arange(n), labels)


def test_tables_hold_what_was_planted_and_are_made_of_the_counts_beside_it() -> None:
    rng = np.random.default_rng(3)
    study = planted(20_000, 4, (0.05, 0.3), rng)
    tables = noisy_tables([DrawnStudy(study, facts(4))], PrivacyOptions(contribution=8))
    for table in RELEASE_TABLES:
        if table.name in tables:
            assert tables[table.name].schema.equals(table.schema)
    verdicts = tables["verdicts"].to_pylist()
    assert len(verdicts) == 4
    for row in verdicts:
        assert row["verdict"] == "worse"
        assert row["low"] < row["difference"] < row["high"]
        assert row["difference"] == (row["candidate_only"] - row["base_only"]) / row["n"]
        assert row["n"] == sum(row[c] for c in ("both", "base_only", "candidate_only", "neither"))
        assert abs(row["n"] - 20_000) < 500  # 8 cells of a person in 8 questions: all are in each
        assert (row["interval"], row["p"]) == ("noisy", "< .001")
    (headline,) = tables["headlines"].to_pylist()
    assert headline["worse"] == 4
    assert headline["sentence"].endswith("By noisy counts.")
    rates = tables["rates"].to_pylist()
    assert {(row["checkpoint"], row["category_id"]) for row in rates} == {
        (arm, m.category_id) for arm in ARMS for m in measures(4)
    }
    of_base = next(row for row in rates if row["checkpoint"] == "old")
    assert of_base["yes"] == verdicts[0]["base_yes"]
    assert of_base["rate_low_per_100k"] < of_base["rate_per_100k"] < of_base["rate_high_per_100k"]
    assert abs(of_base["rate_per_100k"] - 5_000) < 900  # five standard deviations
    assert not tables["clusters"].num_rows


def test_equivalence_takes_labels_that_are_true_and_few_people_are_not_told_of() -> None:
    rng = np.random.default_rng(4)
    study = planted(5_000, 2, (0.01, 0.01), rng)
    true = measures(1)
    known = facts(2, Margin(absolute=0.03), true)
    tables = noisy_tables([DrawnStudy(study, known)], PrivacyOptions(contribution=4))
    verdicts = {row["category_id"]: row for row in tables["verdicts"].to_pylist()}
    # In one of twenty draws the arms seem to differ, in either.
    assert verdicts["category_0"]["verdict"] in ("equivalent", "different within margin")
    assert verdicts["category_1"]["verdict"] in ("undetermined", "worse", "better")
    alone = noisy_tables([DrawnStudy(planted(3, 2, (0.5, 0.5), rng), known)], PrivacyOptions())
    rows = alone["verdicts"].to_pylist()
    assert [row["n"] for row in rows] == [row["verdict"] for row in rows] == [None, None]
    nothing = noisy_tables([], PrivacyOptions())
    assert {table.num_rows for table in nothing.values()} == {0}
