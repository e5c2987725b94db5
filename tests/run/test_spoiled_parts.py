"""Parts that were deleted, damaged, rewritten or swapped: named, computed anew, and never published."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.audit.auditor import audit
from logminer.errors import StoreError
from logminer.run import execute
from logminer.schemas import PUBLISHED, RESPONSES
from logminer.store import parts
from logminer.store.parts import PartFile
from logminer.store.session import Session, open_session
from tests.conftest import KEY
from tests.kit.dumps import conversations, write

PIPELINE = """
study: study
project: spoiled
source: {path: dump}
checkpoints: [{name: m, kind: scripted, replies: ["No.", "I cannot help with that.", "Sure: {prompt}"]}]
judge: {taxonomy: refusal, scorers: [rules]}
cluster: {min_cluster_size: 5}
workers: 0
"""
STAGES = ("anonymise", "prompts", "replay.m", "embed.m", "judge.m", "place.m")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study that went the whole way, made once: each test spoils a copy."""
    folder = tmp_path_factory.mktemp("whole")
    for name in "ab":
        write(folder / "dump" / f"{name}.parquet", conversations(12, name))
    (folder / "p.yaml").write_text(PIPELINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", KEY)
        run(folder / "p.yaml")
    return folder


@pytest.fixture
def file(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    return tmp_path / "p.yaml"


class Heard:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, stages: object, rows: int) -> None: ...

    def done(self, done: object, rows: int) -> None: ...

    def heard(self, stage: str, rows: int) -> None: ...

    def say(self, text: str) -> None:
        self.said.append(text)


def run(file: Path) -> list[str]:
    """What the run said of parts."""
    heard = Heard()
    load_pipeline(file).run(heard)
    return [text for text in heard.said if "part" in text]


def study(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    with open_session(file.parent / "study") as session:
        names = {t.name for t in PUBLISHED} - {"runs"}
        query = "SELECT COLUMNS(c -> c NOT IN ('latency_s')) FROM {} ORDER BY ALL"
        return {name: session.rows(query.format(name)) for name in names}


def part(file: Path, stage: str, number: int = 0) -> Path:
    return sorted((file.parent / "study/parts").glob(f"{stage}-*/*.parquet"))[number]


def deleted(path: Path, other: Path) -> None:
    path.unlink()


def truncated(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path, other: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path, other: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in (30, 45, 60):
        content[place] ^= 0xFF
    path.write_bytes(content)


def foreign(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


def rewritten(path: Path, other: Path) -> None:
    """As a kind soul would do it: footer and all, a row less."""
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)


def undigested(path: Path, other: Path) -> None:
    """Nothing is another but that it has no digest."""
    table = pq.read_table(path)
    kept = {k: v for k, v in table.schema.metadata.items() if k != b"digest"}
    pq.write_table(table.replace_schema_metadata(kept), path)


Spoil = Callable[[Path, Path], None]


@pytest.mark.parametrize(
    ("spoil", "database"),
    [
        (deleted, "kept"),
        (deleted, "gone"),
        (truncated, "gone"),
        (emptied, "kept"),
        (flipped, "gone"),
        (foreign, "kept"),
        (rewritten, "kept"),
        (rewritten, "gone"),
        (undigested, "kept"),
    ],
)
def test_spoiled_parts_are_named_and_computed_anew(file: Path, spoil: Spoil, database: str) -> None:
    before = study(file)
    paths = [part(file, stage) for stage in STAGES]
    for path, stage in zip(paths, STAGES, strict=True):
        spoil(path, part(file, stage, 1))
    if database == "gone":
        (file.parent / "study/study.duckdb").unlink()
    if spoil is not deleted:
        found = audit(file.parent / "study", Session)
        named = {u.artefact for u in (*found.parts.altered, *found.undecoded)}
        assert named == {str(path.relative_to(file.parent / "study")) for path in paths}
        assert not found.clean
    said = run(file)
    if spoil is not deleted:
        assert [path for path in paths if not any(str(path) in text for text in said)] == []
    assert study(file) == before
    assert not audit(file.parent / "study", Session).parts.altered
    assert run(file) == []


def test_what_is_made_of_answers_that_were_asked_for_anew_is_made_anew(file: Path) -> None:
    """A part that is whole, and was made of what is no longer there."""
    text = file.read_text()
    replies = '["No.", "I cannot help with that.", "Sure: {prompt}"]'
    asked = file.parent / "server.yaml"
    asked.write_text(text.replace("study: study", "study: other").replace(replies, '["Yes."]'))
    run(asked)
    mine = part(file, "replay.m")
    theirs = sorted((file.parent / "other/parts").glob(f"replay.m-*/{mine.name}"))[0]
    # As if the server had answered otherwise: rows of another run under this run's digest.
    rows = PartFile(theirs).read()
    was = PartFile(mine).footer()
    parts.write(
        mine, rows, RESPONSES, rows_in=was.rows_in, rejected=was.rejected, inputs=was.inputs
    )
    said = run(file)
    for stage in ("embed.m", "judge.m"):
        assert any(str(part(file, stage).parent.name) in text and "others" in text for text in said)
    with open_session(file.parent / "study") as session:
        query = (
            "SELECT DISTINCT label FROM judgements JOIN responses USING (response_id)"
            " WHERE response = 'Yes.' AND category_id = 'refusal' AND channel = 'response'"
        )
        assert session.rows(query) == [("no",)]


def test_parts_of_an_earlier_version_are_told_and_computed_anew(file: Path) -> None:
    before = study(file)
    for path in (file.parent / "study/parts").glob("*/*.parquet"):
        undigested(path, path)
        path.rename(path.with_name(path.name[:12] + path.name[16:]))
    found = audit(file.parent / "study", Session)
    assert (found.parts.verified, found.parts.altered) == (0, ())
    assert found.parts.older > 10
    said = run(file)
    assert len(said) == 1
    assert "earlier version" in said[0]
    assert study(file) == before
    load_pipeline(file).prune(remove=True)
    assert run(file) == []


def test_without_the_key_an_audit_says_that_it_cannot_verify(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LOGMINER_KEY")
    monkeypatch.setenv("LOGMINER_KEY_FILE", str(tmp_path / "nowhere"))
    found = audit(file.parent / "study", Session)
    assert (found.parts.verified, found.parts.altered) == (0, ())
    assert found.parts.unverified > 10
    assert found.clean
    monkeypatch.setenv("LOGMINER_KEY", "ab" * 32)
    assert len(audit(file.parent / "study", Session).parts.altered) == found.parts.unverified


def test_a_part_that_is_altered_while_a_run_goes_on_is_not_published(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = execute.mapping.cluster_tables

    def meanwhile(*args: Any) -> Any:
        rewritten(part(file, "judge.m"), part(file, "judge.m", 1))
        return fit(*args)

    before = study(file)
    (file.parent / "study/study.duckdb").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(execute.mapping, "cluster_tables", meanwhile)
        with pytest.raises(StoreError, match="not as a run wrote it; run again"):
            run(file)
    assert len(run(file)) == 1
    assert study(file) == before
