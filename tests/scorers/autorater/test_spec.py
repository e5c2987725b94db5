"""How a pipeline names a judge, and what it cannot mean."""

from __future__ import annotations

from typing import Any

import pytest

from logminer.checkpoints.endpoint import Endpoint
from logminer.errors import ConfigError
from logminer.scorers.kinds import check_scorers
from tests.kit.autoraters import JUDGE, TAXONOMY, rater


def test_a_pipeline_names_a_judge_as_it_names_a_checkpoint() -> None:
    found = rater(
        judge={
            "name": "j",
            "kind": "endpoint",
            "url": "http://h/v1",
            "model": "m",
            "extra": {"top_k": [1]},
        },
        categories=["refusal", "full_refusal"],
        temperature=0.5,
    )
    (judge,) = found.panel
    assert isinstance(judge, Endpoint)
    assert judge.extra == {"top_k": [1]}
    assert found.is_shaped(judge)
    assert [c.id for c in found.categories(TAXONOMY["refusal"])] == ["refusal", "full_refusal"]
    assert (found.sampling(judge).temperature, found.sampling(judge).samples) == (0.5, 1)
    assert not rater().is_shaped(rater().panel[0])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"judge": None}, "name a `judge`, or several under `judges`"),
    "twice the same": ({"judges": [JUDGE, JUDGE]}, "two judges have the same name"),
    "no such key": ({"vote": 3}, "vote: unknown key; did you mean 'votes'?"),
    "inside": (
        {"judge": JUDGE | {"repliess": []}},
        "repliess: unknown key; did you mean 'replies'?",
    ),
    "no recorded judge": ({"judge": JUDGE | {"kind": "recorded"}}, "'recorded'"),
    "votes alike": ({"votes": 3}, "several votes at temperature 0 are one vote: set `temperature`"),
    "samples": (
        {"judge": JUDGE | {"replay": {"samples": 2}}},
        "`votes` says how often it is asked",
    ),
    "category twice": ({"categories": ["refusal", "refusal"]}, "a category is named twice"),
    "no category": ({"categories": []}, "categories: "),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_meant_is_one_clear_line(what: str) -> None:
    changes, said = WRONG[what]
    with pytest.raises(ConfigError, match=r"p\.yaml: judge: scorers\.0: autorater: ") as raised:
        rater(**changes)
    assert said in str(raised.value)


def test_categories_that_it_cannot_rate_are_refused() -> None:
    with pytest.raises(ConfigError, match="has no category 'lies'; it has refusal, "):
        rater(categories=["lies"]).categories(TAXONOMY["refusal"])
    unseen = rater(categories=["over_refusal"], shows_prompt=False)
    with pytest.raises(ConfigError, match="'over_refusal' cannot be told without the prompt"):
        unseen.categories(TAXONOMY["refusal"])
    with pytest.raises(
        ConfigError, match="judge j of kind scripted cannot be held to a JSON schema"
    ):
        rater(json_schema=True).check()
    with pytest.raises(ConfigError, match="two autoraters are named 'autorater'"):
        check_scorers([rater(), rater(categories=["full_refusal"])], TAXONOMY["refusal"])
    with pytest.raises(ConfigError, match="kept for an autorater's canaries"):
        check_scorers([rater(name="x.injected")], TAXONOMY["refusal"])


def test_identity_is_of_who_judges_and_how() -> None:
    def judge(**more: Any) -> str:
        return rater(judge=JUDGE | more).identity

    same = [rater(name="other"), rater(canaries=0.5), rater(concurrency=2, timeout_s=5.0)]
    same += [
        rater(categories=["full_refusal"]),
        rater(judges=[JUDGE | {"name": "k", "family": "f"}]),
    ]
    assert {one.identity for one in same} == {rater().identity}
    others = [judge(replies=["a"]), judge(replay={"temperature": 1.0}), rater(seed=1).identity]
    others += [rater(shows_prompt=False).identity, rater(max_new_tokens=99).identity]
    assert len({*others, rater().identity}) == len(others) + 1
