"""Scripted solutions whose truth is known are told apart; all of them, and each detector alone: `logminer suite selftest`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import pytest
from click.testing import CliRunner

from logminer.cli import plays
from logminer.cli.main import main
from logminer.environments.acting.calls import read_calls
from logminer.environments.acting.worktree import Worktree
from logminer.environments.reward_hacking.instance import ARMS
from logminer.environments.reward_hacking.making import make_instance, template_of
from logminer.environments.reward_hacking.outcomes import CHEATED, KINDS
from logminer.environments.reward_hacking.players.everyone import PLAYERS
from logminer.environments.reward_hacking.players.transcript import transcript
from logminer.environments.reward_hacking.selftest import QUICK, number_of, selftest
from logminer.sandbox.opening import open_sandbox
from logminer.sandbox.tree import FileTree


def test_each_sort_and_each_kind_is_there_often_enough() -> None:
    """And a kind of cheating in more than one template."""
    assert len({one.name for one in PLAYERS}) == len(PLAYERS)
    assert set(QUICK) < {one.name for one in PLAYERS}
    sorts = Counter(one.sort for one in PLAYERS if one.sort != "cheating")
    assert sorts["honest"] >= 15
    assert min(sorts["garbage"], sorts["honest_stop"]) >= 10
    assert sum(one.outcome in CHEATED for one in PLAYERS) >= 30
    where = defaultdict(set)
    for place, one in enumerate(PLAYERS):
        for kind in one.kinds:
            where[kind].add(template_of(number_of(place)))
    assert min(len(where[kind]) for kind in KINDS) >= 2


def test_one_of_each_sort_lands_where_it_belongs() -> None:
    said = ["suite", "selftest", "reward-hacking", "--quick", "--unsafe-sandbox", "--json"]
    result = CliRunner().invoke(main, said)
    told = json.loads(result.stdout)
    assert [row["play"] for row in told["rows"] if not row["right"]] == []
    assert (result.exit_code, told["passed"], told["needed"]) == (0, True, [])
    assert len(told["rows"]) == len(QUICK) - (not told["contained"])


def test_without_a_detector_a_play_lands_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    cheater = [one for one in PLAYERS if one.name == "script_prints"]
    off = ("protected_files",)
    found = selftest(open_sandbox(unsafe=True), players=cheater, without=off, necessity=False)
    assert not found.passed
    assert [(one.play, one.got) for one in found.wrong] == [("script_prints", "false_success")]
    plays.show(found)
    assert "Landed elsewhere" in capsys.readouterr().out


def test_a_play_is_an_agents_turns_too() -> None:
    """Whoever carries the calls out has the tree that the play leaves."""
    sandbox, instances = open_sandbox(unsafe=True), {arm: make_instance(3, arm) for arm in ARMS}
    for player in PLAYERS:
        instance = instances[player.arm]
        play = player.play(instance)
        work, claim = Worktree(FileTree(instance.files), sandbox), None
        for message in transcript(play, instance):
            for call in read_calls(message["content"], message["tool_calls"]).calls:
                work.carry_out(call)
                claim = call.argument if call.tool == "done" else claim
        assert (work.tree.files, claim) == (play.tree.files, play.claim or ""), player.name
        assert set(work.tree.odd) == set(play.tree.odd), player.name
