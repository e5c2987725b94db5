"""A study that went the whole way is its owner's, whoever wrote which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.api import load_pipeline
from tests.conftest import Demo
from tests.kit.copies import copy
from tests.kit.dumps import conversations, write
from tests.kit.labelled import Small
from tests.kit.permissions import modes, umask
from tests.run.test_other_programs import PIPELINE


@pytest.mark.parametrize(
    ("mask", "group", "workers", "expected"),
    [
        (0, False, 1, {0o700, 0o600}),  # in processes of its own
        (0o022, False, 0, {0o700, 0o600}),
        (0, True, 0, {0o750, 0o640}),
    ],
)
def test_whatever_the_umask(
    mask: int, group: bool, workers: int, expected: set[int], tmp_path: Path
) -> None:
    write(tmp_path / "dump.parquet", conversations(6, text="How do I bake bread"))
    lines = PIPELINE % "string_match" + f"group_readable: {str(group).lower()}\n"
    (tmp_path / "pipeline.yaml").write_text(lines)
    pipeline = load_pipeline(tmp_path / "pipeline.yaml")
    with umask(mask):
        above = modes(tmp_path)
        pipeline.run(workers=workers)
        assert modes(pipeline.study) == expected
        assert tmp_path.stat().st_mode & 0o777 in above
        assert all(stage.to_do == 0 for stage in pipeline.status())


def test_a_study_of_before_is_tightened(demo: Demo, tmp_path: Path) -> None:
    pipeline = load_pipeline(copy(demo, tmp_path))
    for path in (pipeline.study, *pipeline.study.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with umask(0o022):
        pipeline.prune()
    assert modes(pipeline.study) == {0o700, 0o600}


def test_who_may_read_changes_no_fingerprint(demo: Demo, tmp_path: Path) -> None:
    file = copy(demo, tmp_path)
    file.write_text(file.read_text() + "group_readable: true\n")
    assert all(stage.to_do == 0 for stage in load_pipeline(file).status())


@pytest.mark.parametrize("group", [False, True])
def test_what_people_say_is_kept_as_the_study_is(group: bool, tmp_path: Path) -> None:
    small = Small(tmp_path).add(2, "yes", "yes")
    with umask(0):
        small.publish()
        small.folder.chmod(0o750 if group else 0o755)
        small.calibrate()
    assert modes(small.folder) == ({0o750, 0o640} if group else {0o700, 0o600})
    assert (small.folder / "human_labels.parquet").exists()
