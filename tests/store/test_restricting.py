"""A study is its owner's, whatever the umask, and of one that exists so is all that is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from logminer.errors import StoreError
from logminer.scorers.autorater.cache import VoteCache
from logminer.scorers.autorater.votes import Vote
from logminer.store.lock import lock_study
from tests.kit.permissions import modes, umask


@pytest.fixture(params=[0o000, 0o022, 0o077])
def _umask(request: pytest.FixtureRequest) -> Iterator[int]:
    with umask(request.param):
        yield request.param


@pytest.mark.usefixtures("_umask")
class TestWritten:
    def test_for_the_owner_alone(self, tmp_path: Path) -> None:
        before = umask_now()
        with lock_study(tmp_path / "study"):
            assert self.written(tmp_path / "study") == {0o700, 0o600}
        assert umask_now() == before

    def test_for_the_group_too(self, tmp_path: Path) -> None:
        for _ in range(2):
            with lock_study(tmp_path / "study", group_readable=True):
                assert self.written(tmp_path / "study") == {0o750, 0o640}

    @staticmethod
    def written(study: Path) -> set[int]:
        (study / "parts").mkdir(exist_ok=True)
        (study / "parts" / "a").write_text("text")
        votes = VoteCache(study / "votes.sqlite", "judge")
        votes.keep("ab", 0, Vote(1))
        assert len(list(study.glob("votes.sqlite*"))) == 3
        return modes(study)


def umask_now() -> int:
    os.umask(now := os.umask(0o077))
    return now


class TestTakenUp:
    def lax(self, tmp_path: Path) -> Path:
        study = tmp_path / "study"
        with umask(0):
            (study / "parts" / "x").mkdir(parents=True)
            for name in ("parts/x/a.parquet", "study.duckdb", "sheet.csv", ".lock"):
                (study / name).write_text("text")
        return study

    def test_what_lies_there_is_tightened(self, tmp_path: Path) -> None:
        study = self.lax(tmp_path)
        above = tmp_path.stat().st_mode
        with lock_study(study):
            pass
        assert modes(study) == {0o700, 0o600}
        assert tmp_path.stat().st_mode == above

    def test_and_opened_where_the_group_may_read_now(self, tmp_path: Path) -> None:
        study = self.lax(tmp_path)
        with lock_study(study):
            pass
        with lock_study(study, group_readable=True):
            pass
        assert modes(study / "parts") | modes(study / "study.duckdb") == {0o750, 0o640}
        assert modes(study / "sheet.csv") == {0o600}  # nobody asked for that
        with lock_study(study):  # who does not know leaves it so
            pass
        assert modes(study / "parts") == {0o750, 0o640}
        with lock_study(study, group_readable=False):
            pass
        assert modes(study) == {0o700, 0o600}

    def test_links_are_not_followed(self, tmp_path: Path) -> None:
        study, other = self.lax(tmp_path), tmp_path / "other"
        with umask(0o022):
            (other / "in").mkdir(parents=True)
            (other / "in" / "file").write_text("text")
        (study / "parts" / "file").symlink_to(other / "in" / "file")
        (study / "maps").symlink_to(other / "in")
        (study / "nothing").symlink_to(other / "nothing")
        with lock_study(study):
            pass
        assert modes(other) == {0o755, 0o644}

    def test_bits_that_say_something_else_stay(self, tmp_path: Path) -> None:
        study = self.lax(tmp_path)
        study.chmod(0o2775)
        with lock_study(study, group_readable=True):
            pass
        assert study.stat().st_mode & 0o7777 == 0o2750


def test_two_studies_at_once_leave_the_umask_as_it_was(tmp_path: Path) -> None:
    with umask(0o022):
        first, second = lock_study(tmp_path / "one"), lock_study(tmp_path / "two")
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        (tmp_path / "two/made").write_text("x")
        assert modes(tmp_path / "two") == {0o700, 0o600}
        second.__exit__(None, None, None)
        assert umask_now() == 0o022


def test_votes_are_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "votes.sqlite").symlink_to(tmp_path / "victim")
    with pytest.raises(StoreError, match=r"votes\.sqlite: is a link"):
        VoteCache(tmp_path / "votes.sqlite", "j")
    assert (tmp_path / "victim").read_text() == "precious"
