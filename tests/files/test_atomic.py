"""Files that are there whole or not at all, and leave nothing beside them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from logminer.files.atomic import TEMPORARY, replacing, write_private, write_text


def test_what_fails_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "a.txt"
    write_text("old", file)

    def fail() -> None:
        with replacing(file) as temporary:
            temporary.write_text("half")
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert file.read_text() == "old"
    assert [path.name for path in file.parent.iterdir()] == ["a.txt"]


def test_what_is_private_is_the_owners_alone_and_sweeps_up_after_one_that_was_killed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "sheet.csv"
    left, other = tmp_path / f".sheet.123{TEMPORARY}", tmp_path / f".another.123{TEMPORARY}"
    left.write_text("half")
    other.write_text("somebody else's")
    write_private(b"whole", file)
    assert file.read_bytes() == b"whole"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (left.exists(), other.exists()) == (False, True)
