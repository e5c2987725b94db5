"""Models that packages carry: every file of them is the one that was reviewed, and there is no other."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logminer.errors import ModelError
from logminer.models.packaged import PACKAGED, REVIEWED, find_packaged

BERT, SPACY = "all-MiniLM-L6-v2", "en_core_web_sm"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """The package of a model where this process finds it first, and where it may be changed."""

    def copy(name: str) -> Path:
        found = find_packaged(name)
        assert found
        known = PACKAGED[name]
        shutil.copytree(found, tmp_path / known.package / known.path)
        (tmp_path / known.package / "__init__.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        importlib.invalidate_caches()
        find_packaged.cache_clear()
        return tmp_path / known.package / known.path

    yield copy
    find_packaged.cache_clear()


def test_every_file_is_listed() -> None:
    listed = {line.split("  ")[1] for line in REVIEWED.read_text("utf-8").splitlines()}
    for name, known in PACKAGED.items():
        found = find_packaged(name)
        assert found
        root = found.parents[len(Path(known.path).parts)]
        files = [found] if found.is_file() else [p for p in found.rglob("*") if p.is_file()]
        assert {p.relative_to(root).as_posix() for p in files} <= listed


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (BERT, "modules.json"),
        (BERT, "1_Pooling/config.json"),
        (BERT, "vocab.txt"),
        (SPACY, "config.cfg"),
        (SPACY, "tokenizer"),
        (SPACY, "vocab/strings.json"),
    ],
)
def test_a_file_that_was_changed(name: str, file: str, copied: Callable[[str], Path]) -> None:
    folder = copied(name)
    assert find_packaged(name) == folder
    find_packaged.cache_clear()
    importlib.import_module("logminer.models.packaged").sha256.cache_clear()
    with (folder / file).open("ab") as opened:
        opened.write(b"\n")
    with pytest.raises(ModelError, match=f"{file} is not the file that was reviewed"):
        find_packaged(name)


@pytest.mark.parametrize("file", ["adapter_config.json", "1_Pooling/evil.py"])
def test_a_file_that_was_added(file: str, copied: Callable[[str], Path]) -> None:
    (copied(BERT) / file).touch()
    with pytest.raises(ModelError, match=f"{file} was not among the files that were reviewed"):
        find_packaged(BERT)


def test_a_file_that_was_taken_away(copied: Callable[[str], Path]) -> None:
    (copied(SPACY) / "parser" / "moves").unlink()
    with pytest.raises(ModelError, match="parser/moves is not the file that was reviewed"):
        find_packaged(SPACY)
