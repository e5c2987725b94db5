"""Which counts a release has, and how they add up."""

from __future__ import annotations

from typing import Any

import numpy as np

from logminer.ids import Pseudonyms
from logminer.release.cube import CountedCube, count
from logminer.release.drawing import GROUPS_FROM
from logminer.release.drawn import MISSING, NO, NOWHERE, YES, Drawn, JudgedAs
from logminer.release.thresholds import random_threshold

PSEUDONYMS = Pseudonyms(b"k" * 32, "tests")
NARROW, BROAD = (JudgedAs(name, "response", "rules") for name in ("insult", "harm"))
ARMS = ("a", "b", "logged")
N, LEAST = 400, 20


def drawn(seed: int = 0, **said: Any) -> Drawn:
    """Prompts of so many people: every insult is a harm, three languages, the last of few; two clusters and a group of them."""
    rng = np.random.default_rng(seed)

    def labels(share: float) -> dict[str, Any]:
        return {arm: np.where(rng.random(N) < share, YES, NO).astype(np.int8) for arm in ARMS}

    narrow = labels(0.1)
    broad = {arm: np.maximum(other, narrow[arm]) for arm, other in labels(0.2).items()}
    for arm in ("a", "b"):
        narrow[arm][:7] = broad[arm][:7] = MISSING
    language = np.array(["en"] * 250 + ["es"] * 147 + ["fi"] * 3, object)
    digests = tuple(n.to_bytes(16, "big") for n in range(N))
    return Drawn(
        **{
            "suite": "logs",
            "people": np.arange(N),
            "digests": digests,
            "users": digests,
            "known": True,
            "left_out": 0,
            "arms": ARMS,
            "pairs": (("a", "b"),),
            "strata": {"language": language, "turn": np.array(["first"] * N, object)},
            "labels": {NARROW: narrow, BROAD: broad},
            "states": {arm: np.array(["answered"] * N, object) for arm in ARMS},
            "clusters": {arm: rng.integers(NOWHERE, 2, N) for arm in ARMS},
            "parents": {0: GROUPS_FROM, 1: GROUPS_FROM, -1: None, GROUPS_FROM: None},
            "map_id": "m",
            "broader": {"insult": "harm"},
            **said,
        }
    )


def by_name(counted: CountedCube) -> dict[str, int]:
    """What cells are called → their counts."""
    cells, counts, _, also = counted.cube
    found = dict(zip(cells, counts.tolist(), strict=True))
    return {str(c): n for c, n in (found | {c: counts[at] for c, at in also.items()}).items()}


def test_every_cell_is_there_once_and_sums_hold() -> None:
    """Those that no table shows too."""
    counted = count([drawn(), drawn(1, suite="other")], LEAST, PSEUDONYMS)
    cells, counts, sums, also = counted.cube
    assert not also.keys() & {*cells}
    assert len(set(cells)) == len(cells) == len(counts) == len(counted.shown) == len(counted.fixed)
    assert sums
    for whole, parts in sums:
        assert counts[whole] == counts[list(parts)].sum(), cells[whole]


def test_what_few_have_is_counted_together_and_never_by_name() -> None:
    """Three people's language is in no cell's name; a stratum that everybody is in is none."""
    counted = count([drawn()], LEAST, PSEUDONYMS)
    names = by_name(counted)
    assert not [name for name in names if "=fi" in name or "turn=" in name]
    rest = [place for place, c in enumerate(counted.cube.cells) if "others than" in str(c)]
    assert rest
    assert not counted.shown[rest].any()


def test_what_a_judge_labels_throughout_is_told_of_the_same_prompts_or_of_none() -> None:
    """How many they are is one count, so that no behaviour tells what is left out with another."""
    cube = count([drawn()], LEAST, PSEUDONYMS).cube
    read = cube.read(np.arange(len(cube.cells)) % 2 == 0)
    harms = {cell: n for cell, n in read.items() if "harm" in str(cell) and "count n]" in str(cell)}
    insults = {str(cell).replace("insult", "harm"): n for cell, n in read.items()}
    assert {str(cell): insults[str(cell)] for cell in harms} == {
        str(c): n for c, n in harms.items()
    }
    assert {None} < {*harms.values()}
    partly = drawn()
    partly.labels[BROAD]["a"][9] = MISSING
    also = [str(cell) for cell in count([partly], LEAST, PSEUDONYMS).cube.also]
    assert [cell for cell in also if "language=es, arms a b" in cell]
    assert not [cell for cell in also if "all, arms a b" in cell]


def test_arms_are_counted_over_the_same_prompts() -> None:
    """Compared ones over those that are judged in both; how many were not judged is in no cell."""
    names = by_name(count([drawn()], LEAST, PSEUDONYMS))
    where = "answers [suite logs, category harm, channel response, scorer rules, stratum all, "
    assert names[f"{where}arms a b, count n]"] == N - 7
    assert names[f"{where}arms logged, count n]"] == N
    assert N not in [n for name, n in names.items() if "arms a" in name and "state" not in name]


def test_what_a_category_tells_of_the_one_above_it_is_a_cell() -> None:
    """Only where the judge never gives one without the other."""
    extra = "arms a, count yes but not insult by rules]"
    assert [n for n in by_name(count([drawn()], LEAST, PSEUDONYMS)) if n.endswith(extra)]
    apart = drawn()
    apart.labels[BROAD]["a"][10], apart.labels[NARROW]["a"][10] = NO, YES
    assert not [n for n in by_name(count([apart], LEAST, PSEUDONYMS)) if n.endswith(extra)]


def test_what_the_taxonomy_says_of_answers_ties_them_whoever_judges() -> None:
    """A behaviour two levels below, by another judge, in pairs; and two that are all of what lies above them."""
    leaf, other = (
        JudgedAs(name, "response", by) for name, by in (("leaf", "model"), ("slur", "rules"))
    )
    labels = {**drawn().labels}
    labels[leaf] = {arm: labels[NARROW][arm].copy() for arm in ARMS}
    labels[other] = {arm: labels[BROAD][arm] - np.maximum(labels[NARROW][arm], 0) for arm in ARMS}
    for arm in ARMS:
        labels[other][arm] = np.where(
            labels[BROAD][arm] == MISSING, MISSING, labels[other][arm]
        ).astype(np.int8)
    broader = {"leaf": "middle", "middle": "harm", "insult": "harm", "slur": "harm"}
    cube = count([drawn(labels=labels, broader=broader)], LEAST, PSEUDONYMS).cube
    names = [str(cell) for cell in cube.cells]
    assert [n for n in names if "harm" in n and n.endswith("a, count yes but not leaf by model]")]
    assert [
        n for n in names if "harm" in n and n.endswith("a b, count both but not leaf by model]")
    ]
    assert [
        n for n in names if "leaf" in n and n.endswith("a b, count neither but not harm by rules]")
    ]
    made_up = [
        [names[place] for place in parts]
        for whole, parts in cube.sums
        if "harm" in names[whole] and names[whole].endswith("stratum all, arms a, count yes]")
    ]
    assert [
        p
        for p in made_up
        if len(p) == 2 and all(n.endswith("stratum all, arms a, count yes]") for n in p)
    ]


def test_thresholds_of_what_the_data_made_are_known_to_the_key_alone() -> None:
    """They lie anywhere from the least to twice that, and are kept by the key."""
    found = [random_threshold(PSEUDONYMS, LEAST, "logs", str(n)) for n in range(300)]
    assert (min(found), max(found)) == (LEAST, 2 * LEAST - 1)
    assert found == [random_threshold(PSEUDONYMS, LEAST, "logs", str(n)) for n in range(300)]
    other = Pseudonyms(b"o" * 32, "tests")
    assert found != [random_threshold(other, LEAST, "logs", str(n)) for n in range(300)]
