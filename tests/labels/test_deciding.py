"""Once people have labelled enough, it is their scale that decides: from the file of labels to the verdict."""

from __future__ import annotations

from typing import Any

import pytest

from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions, Margin
from logminer.ids import response_id
from logminer.schemas import COMPARISONS
from logminer.store.publication import revise
from logminer.store.session import open_session
from tests.kit.labelled import Row, Small

LABELLED = 5  # one prompt in so many


def ask(small: Small, n: int, judge: str, human: str) -> None:
    """`n` prompts; `judge` and `human` are two letters, of what is said of a and of b: y or n."""
    words = {"y": "yes", "n": "no"}
    for number in range(n):
        prompt = f"p{len(small.judged):05d}"
        for arm, seen, truth in zip("ab", judge, human, strict=True):
            small.judged.append((prompt, arm, "bad", words[seen]))
            if number % LABELLED == 0:
                row = {"response_id": response_id(prompt, arm, 0), "category": "bad"}
                small.said.append(row | {"label": words[truth]})


def compared(small: Small, **options: Any) -> Row:
    """The comparison, made now and published, so that later labels make it again."""
    with revise(small.folder) as publication:
        found = compare(publication, CompareOptions(**options), [("a", "b")]).comparisons
        publication.replace(COMPARISONS, found)
    return published(small)


def published(small: Small) -> Row:
    with open_session(small.folder) as session:
        (row,) = session.columns("FROM comparisons WHERE stratum = 'all'").to_pylist()
    return dict(row)


def test_false_alarms_of_one_arm_are_no_verdict_once_people_have_labelled(small: Small) -> None:
    ask(small, 50, "yy", "yy")
    ask(small, 30, "ny", "nn")  # the judge takes b's style for the behaviour
    ask(small, 920, "nn", "nn")
    small.publish()
    before = compared(small)
    assert (before["verdict"], before["scale"]) == ("worse", "judge")
    small.calibrate()
    after = published(small)
    assert (after["verdict"], after["scale"]) == ("undetermined", "corrected")
    assert after["corrected_low"] < 0 < after["corrected_high"]
    assert after["difference"] == before["difference"] == pytest.approx(0.03)
    wide = compared(small, margins={"bad": Margin(absolute=0.05)})
    assert wide["verdict"] == "equivalent"
    assert wide["corrected_high"] < 0.05


def test_what_the_judge_does_not_see_is_found_once_people_have_labelled(small: Small) -> None:
    ask(small, 50, "yy", "yy")
    ask(small, 80, "nn", "ny")
    ask(small, 870, "nn", "nn")
    small.publish()
    margin = {"bad": Margin(absolute=0.02)}
    alone = compared(small, margins=margin)
    # It sees the same in both, and nobody knows what it sees.
    assert (alone["difference"], alone["verdict"], alone["flags"]) == (
        0,
        "undetermined",
        ["no_card"],
    )
    small.calibrate()
    after = compared(small, margins=margin)
    assert (after["verdict"], after["scale"]) == ("worse", "corrected")
    assert 0 < after["corrected_low"] < 0.08 < after["corrected_high"]
    assert after["q_equivalence"] > 0.9


@pytest.mark.parametrize(("prompts", "scale"), [(29, "judge"), (30, "corrected")])
def test_the_number_of_labels_decides_and_not_what_they_say(
    prompts: int, scale: str, small: Small
) -> None:
    ask(small, LABELLED * 3, "yy", "yy")
    ask(small, LABELLED * (prompts - 3), "ny", "nn")
    small.publish()
    compared(small)
    small.calibrate()
    found = published(small)
    assert found["scale"] == scale
    few = "fewer than 30 prompts that people labelled in both arms" in (found["note"] or "")
    assert few == (scale == "judge") == (found["corrected_low"] is None)
