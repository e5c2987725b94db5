"""What is asked of a study is asked of those of its suites, too: audit, prune, status, permissions."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.errors import SecretError, SourceError
from logminer.store.forgotten import Forgotten
from logminer.store.layout import StudyFolder
from tests.kit.auditing import search
from tests.kit.dumps import conversations, write
from tests.kit.permissions import modes, umask
from tests.suites.conftest import WORD, Beside


def test_an_audit_finds_what_is_in_a_suites_study_by_its_place(ran: Beside, tmp_path: Path) -> None:
    copied = ran.copied(tmp_path / "x")
    suite = copied.study / "suites" / "manners"
    found = search(copied.study, WORD, "nothing of the kind")
    artefacts = {hit.artefact for hit in found.hits}
    assert {hit.canary_index for hit in found.hits} == {0}
    assert "suites/manners/study.duckdb:prompts" in artefacts
    assert any(name.startswith("suites/manners/parts/anonymise-") for name in artefacts)
    parts = len(list((suite / "parts").rglob("*.parquet")))
    assert (found.parts.verified, found.parts.altered, found.undecoded) == (parts, (), ())
    assert found.quasi_identifiers.conversations == ran.asked
    assert search(copied.study).clean
    part = next((suite / "parts").glob("prompts-*/*.parquet"))
    pq.write_table(pq.read_table(part).slice(1), part)
    found = search(copied.study)
    assert [one.artefact for one in found.parts.altered] == [
        part.relative_to(copied.study).as_posix()
    ]
    assert not found.clean


def test_prune_takes_from_suites_what_no_run_would_use(ran: Beside, tmp_path: Path) -> None:
    copied = ran.copied(tmp_path / "x")
    pipeline = load_pipeline(copied.pipeline)
    assert pipeline.prune().found == ()
    assert {s.suite for s in pipeline.status()} == {None, "manners"}
    assert not any(s.to_do for s in pipeline.status() if s.suite)
    changed = load_pipeline(copied.say(prompts={"turns": "all"}, anonymise={"profile": "strict"}))
    places = {one.where for one in changed.prune().found}
    assert "suites/manners/study.duckdb" in places
    assert any(place.startswith("suites/manners/parts/anonymise-") for place in places)
    folder = StudyFolder(copied.study / "suites" / "manners")
    forsaken = load_pipeline(copied.say(suites={}))
    (one,) = forsaken.prune().found
    assert (one.where, one.why) == (
        "suites/manners",
        "of a suite that the pipeline does not declare",
    )
    assert one.files > 10
    folder.human_labels.write_bytes(b"what people said")
    forsaken.prune(remove=True)
    assert set(folder.root.iterdir()) == {folder.human_labels, folder.lock}
    assert forsaken.prune().found == ()
    folder.human_labels.unlink()
    forsaken.prune(remove=True)
    assert not folder.root.exists()


def test_who_is_forgotten_is_forgotten_by_suites_too(
    ran: Beside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = ran.copied(tmp_path / "x")
    told = load_pipeline(copied.say(suites={})).forget("somebody")
    assert [Path(one.where).name for one in told.studies] == ["study", "manners"]
    assert (told.users, told.found, told.rows) == (1, 0, 0)
    suite = StudyFolder(copied.study / "suites" / "manners")
    assert suite.forgotten == copied.study / "forgotten.parquet"
    assert len(Forgotten.read(suite.forgotten).marks) == 2  # under the project of each
    before = {p: p.read_bytes() for p in suite.root.rglob("*.parquet")}
    monkeypatch.setenv("LOGMINER_KEY", "7a" * 32)
    with pytest.raises(SecretError, match="not the one that this study was made with"):
        load_pipeline(copied.pipeline).forget("somebody")
    assert {p: p.read_bytes() for p in suite.root.rglob("*.parquet")} == before


def test_nothing_is_pruned_where_a_suites_data_is_gone(ran: Beside, tmp_path: Path) -> None:
    copied = ran.copied(tmp_path / "x")
    (copied.folder / "asked.parquet").unlink()
    changed = load_pipeline(copied.say(anonymise={"profile": "strict"}))
    for act in (lambda: changed.prune(remove=True), changed.status):
        with pytest.raises(SourceError, match=r"suites.manners: .*asked.parquet"):
            act()
    assert (copied.study / "suites" / "manners" / "study.duckdb").exists()


@pytest.mark.parametrize("group", [False, True])
def test_a_suites_study_is_read_by_whom_the_pipelines_is(group: bool, tmp_path: Path) -> None:
    from logminer.store.lock import lock_study

    study = tmp_path / "deep" / "study"
    folder = StudyFolder(study).suites / "manners"
    expected = {0o750, 0o640} if group else {0o700, 0o600}
    with umask(0o022):
        with lock_study(folder, group_readable=group):
            write(folder / "parts" / "x.parquet", conversations(1))
        assert modes(study) == expected
        folder.chmod(0o755)
        with lock_study(study, group_readable=group):
            pass
        assert modes(study) == expected
