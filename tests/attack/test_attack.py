"""A policy attacked: the default one holds, what is not protected does not, and a release is told of it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from logminer.attack.attacking import attack
from logminer.attack.record import keep_attack
from logminer.attack.scores import MOST, SURE, WEAK, of_claims, of_views
from logminer.attack.tipping import tipping
from logminer.attack.twice import differencing
from logminer.attack.world import CHATS, make_world
from logminer.cli.main import main
from logminer.ids import Pseudonyms
from logminer.pipeline.loading import read_pipeline_file
from logminer.pipeline.policy import policy_digest
from logminer.pipeline.reporter import Quiet
from logminer.release.attacked import attacked, read_attacks
from logminer.store.encrypting import settle
from logminer.store.layout import StudyFolder
from tests.kit.planting import files_with

KEY = b"k" * 32


def test_the_default_policy_holds_where_no_protection_does_not(tmp_path: Path) -> None:
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text("study: study\nsource: {path: dump.parquet}\n")
    accounts = (50,)
    found = attack(pipeline, Quiet(), targets=2, accounts=accounts).as_json()
    assert found["why"] == ("of 2 targets nothing can be said: at least 20",)
    of = {(one["attack"], one["policy"], one["accounts"]): one for one in found["figures"]}
    assert sum(of["names", "weakened", a]["excess"] for a in accounts) >= WEAK * len(accounts)
    assert all(of["names", "default", a]["excess"] <= MOST for a in accounts)
    assert of["dictionary", "weakened", None]["excess"] > 0.9
    assert of["dictionary", "default", None]["excess"] == 0
    assert of["inversion", "vectors", None]["excess"] >= WEAK
    file = read_pipeline_file(pipeline)
    assert read_attacks(file.folder)[policy_digest(file)]["targets"] == 2
    assert stat.S_IMODE(file.folder.attacks.stat().st_mode) == 0o600
    other = file.model_copy(update={"release": file.release.model_copy(update={"min_users": 60})})
    assert attacked(file.folder, policy_digest(other)) is None


def test_few_targets_prove_nothing_and_take_back_nothing_that_more_found(tmp_path: Path) -> None:
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text("study: study\nsource: {path: dump.parquet}\n")
    file = read_pipeline_file(pipeline)
    file.folder.root.mkdir()
    policy, at = policy_digest(file), "2026-01-01T00:00:00+00:00"
    for targets, enough in ((1, False), (19, False), (20, True)):
        keep_attack(file.folder, policy, {"passed": True, "at": at, "targets": targets})
        kept = attacked(file.folder, policy)
        assert (kept is not None and kept.passed and kept.targets == targets) == enough
    keep_attack(file.folder, policy, {"passed": False, "at": at, "targets": 300})
    refused = CliRunner().invoke(main, ["attack", str(pipeline), "--targets", "599"])
    assert (refused.exit_code, "--targets 600" in refused.stderr) == (1, True)
    few = CliRunner().invoke(main, ["attack", str(pipeline), "--targets", "19"])
    assert few.exit_code == 2
    assert not attacked(file.folder, policy).passed  # type: ignore[union-attr]


def test_what_came_of_an_attack_is_encrypted_where_the_study_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISK_KEY", "a7" * 32)
    folder = StudyFolder(tmp_path / "study")
    folder.root.mkdir()
    settle(folder, "DISK_KEY")
    keep_attack(
        folder, "policy", {"passed": True, "targets": 20, "at": "2026-01-01T00:00:00+00:00"}
    )
    assert attacked(folder, "policy") is not None
    assert stat.S_IMODE(folder.attacks.stat().st_mode) == 0o600
    assert not files_with(["passed", "policy"], folder.root)


def test_nobody_tells_whether_a_person_more_is_among_as_many_accounts_as_are_asked_for() -> None:
    found = [*tipping(20, 1, 20, (19, 20), Pseudonyms(KEY, "attack"))]
    found += differencing(20, 1, 10, (19, 20), KEY)
    tried = {"cluster", "stratum", "behaviour", "left over", "suite", "differencing"}
    assert {one.attack for one in found} == tried
    assert [one for one in found if not one.held] == []


def test_what_is_found_out_counts_against_a_policy() -> None:
    """With few targets where it is beyond doubt, with many where it is above the limit."""
    secrets = [i % 8 for i in range(16)]
    assert of_claims("names", "default", 1, [None] * 16, secrets, 8).excess == 0
    assert not of_claims("names", "default", 1, secrets, secrets, 8).held
    assert of_views("stratum", "default", 49, 1, 20).held
    assert not of_views("stratum", "default", 49, 20, 20).held
    assert not of_views("stratum", "default", 49, SURE // 10, SURE).held
    assert of_views("stratum", "default", 49, SURE // 50, SURE).held


def test_each_target_has_chats_beside_it_from_so_many_accounts() -> None:
    assert len({one.complaint for one in make_world(600).targets}) == 1800
    world = make_world(2, accounts=(1, 50))
    assert len({one.user_id for one in world.targets}) == 4
    for target in world.targets:
        planted = [
            chat["user_id"]
            for chat in world.chats
            if f"says that {target.complaint} was told" in chat["messages"][0]["content"]
        ]
        assert len(planted) == CHATS
        assert len({*planted}) == target.accounts
        assert target.user_id not in planted
