"""What stands beside conversations in a study: times as exactly as they are asked for, months as strata, ids of a domain of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.errors import ConfigError
from logminer.store.layout import StudyFolder
from logminer.store.session import open_session
from tests.kit.dumps import conversations, write

PIPELINE = """
study: study
source: {path: dump.parquet}
anonymise: {ANONYMISE}
checkpoints:
  - {name: a, kind: scripted, replies: ["No."]}
  - {name: b, kind: scripted, replies: ["No.", "Sure: {prompt}"]}
judge: {taxonomy: refusal, scorers: [rules]}
cluster: {min_cluster_size: 5}
compare: {strata: [STRATA]}
workers: 0
"""


def pipeline(folder: Path, anonymise: str = "", strata: str = "", *, prefix: str = "c") -> Path:
    times = [datetime(2026, 3 + i % 2, 10 + i, 11, 22, 33, 4444, UTC) for i in range(12)]
    write(folder / "dump.parquet", conversations(12, prefix) | {"created_at": times})
    text = PIPELINE.replace("ANONYMISE", anonymise).replace("STRATA", strata)
    (folder / "p.yaml").write_text(text)
    return folder / "p.yaml"


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with open_session(StudyFolder(folder / "study").database) as session:
        return session.rows(query)


@pytest.mark.parametrize(
    ("anonymise", "kept"),
    [
        ("", datetime(2026, 3, 10)),
        ("profile: strict", datetime(2026, 1, 1)),
        ("profile: strict, times: month", datetime(2026, 3, 1)),
        ("times: exact", datetime(2026, 3, 10, 11, 22, 33, 4444)),
    ],
)
def test_times_are_kept_as_exactly_as_is_asked_for(
    anonymise: str, kept: datetime, tmp_path: Path
) -> None:
    load_pipeline(
        pipeline(tmp_path, anonymise, "month" if anonymise != "profile: strict" else "")
    ).run()
    assert rows(tmp_path, "SELECT min(created_at) FROM conversations") == [(kept,)]
    strata = {s for (s,) in rows(tmp_path, "SELECT DISTINCT stratum FROM comparisons")}
    months = {"month=2026-03", "month=2026-04"}
    assert strata & months == (set() if anonymise == "profile: strict" else months)


def test_months_need_their_months(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"compare\.strata\.0: .* set anonymise\.times to month"):
        load_pipeline(pipeline(tmp_path, "times: year", "month"))


def identities(file: Path) -> set[str]:
    load_pipeline(file).run()
    return {str(one) for (one,) in rows(file.parent, "SELECT conversation_id FROM conversations")}


def test_two_dumps_with_the_same_ids_share_no_pseudonym_and_a_study_keeps_its_own(
    tmp_path: Path,
) -> None:
    one = pipeline(tmp_path / "one")
    same = pipeline(tmp_path / "same")
    other = pipeline(tmp_path / "other")
    more = conversations(13)
    write(tmp_path / "other/dump.parquet", more)
    first = identities(one)
    assert identities(same) == first
    assert identities(other).isdisjoint(first)
    # the dump grows, and loses its place
    write(tmp_path / "one/grown.parquet", more)
    one.write_text(one.read_text().replace("dump.parquet", "grown.parquet"))
    assert first < identities(one)


def test_a_study_of_old_keeps_the_name_of_its_folder(tmp_path: Path) -> None:
    file = pipeline(tmp_path)
    named = file.read_text()
    file.write_text(named.replace("study: study", "study: study\nproject: study"))
    before = identities(file)
    for record in (tmp_path / "study/runs").glob("*.json"):
        record.write_text(
            record.read_text().replace('\\"project\\": \\"study\\"', '\\"project\\": null')
        )
    file.write_text(named)
    assert identities(file) == before
    for record in (tmp_path / "study/runs").glob("*.json"):
        record.unlink()
    assert identities(file) == before
