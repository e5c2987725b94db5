"""Nobody judges its own family."""

from __future__ import annotations

from typing import Any

import pytest

from logminer.checkpoints.endpoint import Endpoint
from logminer.checkpoints.scripted import Scripted
from logminer.errors import ConfigError
from logminer.scorers.autorater.impartial import impartial
from tests.kit.autoraters import JUDGE, rater


def scripted(name: str, family: str | None = None) -> Scripted:
    return Scripted(name=name, family=family)


def test_a_judge_of_a_checkpoints_family_is_refused() -> None:
    arms = [scripted("sft", "Mistral "), scripted("prod", "Gemini")]
    with pytest.raises(ConfigError) as raised:
        impartial(rater(judge=JUDGE | {"family": "gemini"}), arms)
    assert str(raised.value) == (
        "scorer autorater: judge j would rate its own family (checkpoint prod): name a judge of another family"
    )
    other = rater(judge=JUDGE | {"family": "llama"})
    assert impartial(other, arms) == (other, [])


def test_so_is_one_of_the_same_model_name() -> None:
    server: dict[str, Any] = {"kind": "endpoint", "url": "http://h/v1", "model": "Big-1"}
    arm = Endpoint(name="a", url="http://elsewhere/v1", model="big-1")
    with pytest.raises(ConfigError, match="own family"):
        impartial(rater(judge={"name": "j", **server}), [arm])


def test_a_panel_goes_on_without_it() -> None:
    panel = [JUDGE | {"name": name, "family": name} for name in ("llama", "gemini", "qwen")]
    found = impartial(rater(judges=panel), [scripted("sft", "qwen")])
    assert [judge.name for judge in found.scorer.panel] == ["llama", "gemini"]
    assert found.notes == [
        "scorer autorater: judge qwen would rate its own family (checkpoint sft): it is left out"
    ]
    assert found.scorer.identity == rater(judges=panel[:2]).identity
    with pytest.raises(ConfigError, match="would rate its own family"):
        impartial(rater(judges=panel[2:]), [scripted("sft", "qwen")])


def test_where_no_family_is_said_nothing_is_known() -> None:
    (note,) = impartial(rater(), [scripted("sft", "qwen"), scripted("prod")]).notes
    assert note.endswith("cannot be told: no `family` is said of j, prod")
