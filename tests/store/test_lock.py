"""One writer at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from logminer.errors import StoreError
from logminer.store.lock import lock_study


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        lock_study(tmp_path),
        pytest.raises(StoreError, match=f"another run \\(process {os.getpid()}\\)"),
        lock_study(tmp_path),
    ):
        pass
    with lock_study(tmp_path):
        pass


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_what_the_lock_leads_to_is_not_touched(
    link: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    study = tmp_path / "study"
    study.mkdir()
    link(victim, study / ".lock")
    with pytest.raises(StoreError, match=r"\.lock: .* remove it and run again"), lock_study(study):
        pass
    assert victim.read_text() == "precious"
    (study / ".lock").unlink()
    with lock_study(study):
        pass


def test_a_link_to_nothing_makes_no_file(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to(tmp_path / "nothing")
    with pytest.raises(StoreError, match="remove it"), lock_study(tmp_path):
        pass
    assert not (tmp_path / "nothing").exists()


def test_no_regular_file_is_a_lock(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".lock")
    with pytest.raises(StoreError, match="no file of its own"), lock_study(tmp_path):
        pass
    (tmp_path / "folder" / ".lock").mkdir(parents=True)
    with pytest.raises(StoreError, match="Is a directory"), lock_study(tmp_path / "folder"):
        pass


def test_a_study_is_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    for study in (file, file / "study"):
        with pytest.raises(StoreError, match="file: is a file, and a study is"), lock_study(study):
            pass
    with pytest.raises(StoreError, match="cannot be written"), lock_study(file / "in" / "study"):
        pass
    assert file.read_text() == "precious"
