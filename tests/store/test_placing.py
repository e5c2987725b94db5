"""A place of parts that lies away from its study is that study's alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.errors import ConfigError, LogminerError, StoreError
from logminer.files.objects import AnyPath
from logminer.store.lock import lock_study
from tests.kit.s3 import bucket


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[AnyPath]]:
    with bucket(monkeypatch) as served:
        served.put("full/photo.jpg", b"x")
        (tmp_path / "full").mkdir(mode=0o755)
        (tmp_path / "full/photo.jpg").write_text("x")
        yield [tmp_path, served.root]


def test_another_study_and_other_things_are_refused(places: list[AnyPath], tmp_path: Path) -> None:
    for n, place in enumerate(places):
        with lock_study(tmp_path / f"{n}/one", place / "parts"):
            pass
        told = r"the parts of another study \(one\); name another"
        with pytest.raises(StoreError, match=told), lock_study(tmp_path / "two", place / "parts"):
            pass
        told, one = "holds photo\\.jpg, which no run wrote", tmp_path / f"{n}/one"
        with pytest.raises(StoreError, match=told), lock_study(one, place / "full"):
            pass
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["photo.jpg"]
    assert (tmp_path / "full").stat().st_mode & 0o777 == 0o755


def test_parts_may_be_copied_with_their_mark_or_without(tmp_path: Path) -> None:
    study = tmp_path / "study"
    with lock_study(study, study / "parts"):
        (study / "parts/judge.a-0123456789ab").mkdir(parents=True)
    shutil.copytree(study / "parts", tmp_path / "copied")
    shutil.copytree(study / "parts", tmp_path / "unmarked", ignore=lambda *_: [".study"])
    for name in ("copied", "unmarked"):
        with lock_study(study, tmp_path / name):
            pass
        other = lock_study(tmp_path / "other", tmp_path / name)
        with pytest.raises(StoreError, match="another study"), other:
            pass


@pytest.mark.parametrize(
    ("dump", "parts", "told"),
    [
        ("d", "d/parts", "contains what `source.path` reads, or lies in it"),
        ("d/*.parquet", "d", "contains what `source.path` reads"),
        ("d/*/x.parquet", "d/parts", "contains what `source.path` reads"),
        ("d/*.parquet", "study", "is the study's folder"),
        ("d/*.parquet", "p.yaml", "is a file"),
        ("d/*.parquet", "d/parts", None),
        ("d/*.parquet", "study/parts", None),
    ],
)
def test_a_pipeline_file_that_mixes_them_up(
    dump: str, parts: str, told: str | None, tmp_path: Path
) -> None:
    from logminer.pipeline.holding import check_parts

    (tmp_path / "d").mkdir()
    (tmp_path / "p.yaml").write_text(f"study: study\nparts: {parts}\nsource: {{path: {dump}}}\n")
    file = load_pipeline(tmp_path / "p.yaml").file
    if told is None:
        return check_parts(file)
    with pytest.raises(LogminerError, match=told):
        check_parts(file)
    return None


def test_a_study_is_in_no_store(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("study: s3://bucket/study\nsource: {path: d}\n")
    with pytest.raises(ConfigError, match="study: a URL; a study lies in a folder of this machine"):
        load_pipeline(tmp_path / "p.yaml")
