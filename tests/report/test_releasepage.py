"""The page of a release says what its file says, and needs nothing else."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from logminer.api import write_report
from logminer.cli.main import main
from logminer.errors import ConfigError, StoreError
from logminer.report import writing
from logminer.report.writing import write_release_page
from logminer.store.session import Session
from tests.kit.pages import false_figures, hashed, policy_of, read_page
from tests.kit.permissions import modes, umask
from tests.kit.released import written_release

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }}"


@pytest.mark.parametrize("noisy", [False, True])
def test_every_figure_is_the_file_s(tmp_path: Path, noisy: bool) -> None:
    release = written_release(tmp_path / "release.duckdb", noisy=noisy)
    with umask(0):
        made = write_release_page(release, tmp_path / "page.html")
    assert (made.kind, made.run_id, made.cut) == ("release", None, {})
    assert modes(tmp_path / "page.html") == {0o600}
    page = read_page(tmp_path / "page.html")
    with Session(release) as session:
        assert not false_figures(page, session)
        (sentence,) = session.rows("SELECT sentence FROM headlines")[0]
    told = {one.of for one in page.figures}
    assert {"verdicts.difference", "rates.rate_per_100k", "release.n_people"} <= told
    mapped = {"cluster_shares.share_per_100k", "cluster_shifts.difference", "missingness.responses"}
    assert (mapped <= told) is not noisy
    for said in (sentence, "Released", "not told", "Who was asked", "0123456789abcdef"):
        assert said in page.text
    assert ("ε = 1, δ = 0.000001" in page.text) is noisy
    assert ("at least 50 people" in page.text) is not noisy
    assert ("0 · capital cities in 1000000 · places" in page.text) is not noisy
    assert ("Not told of any checkpoint: length." in page.text) is not noisy
    assert "Not released" not in page.html
    allowed = policy_of(page)
    assert allowed["default-src"] == ["'none'"]
    assert {hashed(text) for text in page.scripts} <= {*allowed["script-src"]}
    tags = [tag for tag, _ in page.tags]
    levels = [int(tag[1]) for tag in tags if tag in ("h1", "h2", "h3", "h4")]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_what_weakens_a_release_is_said_at_its_head(tmp_path: Path) -> None:
    weak = {"accept_unknown_users": True, "attack": "not run", "attacked_at": None}
    release = written_release(tmp_path / "release.duckdb", project=EVIL, **weak)
    write_release_page(release, tmp_path / "page.html")
    page = read_page(tmp_path / "page.html")
    head = page.text.partition("Skip to the content")[2].partition("Written 20")[0]
    assert "one person may be behind all of them" in head
    assert "Nobody attacked this policy" in head
    assert EVIL in page.text
    assert not [tag for tag, _ in page.tags if tag == "img"]


def test_what_finds_no_room_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = written_release(tmp_path / "release.duckdb")
    monkeypatch.setattr(writing, "MOST_BYTES", writing.SPARE_BYTES + 30_000)
    made = write_release_page(release, tmp_path / "page.html")
    assert made.size < writing.MOST_BYTES
    assert made.cut["rows"] > 0
    text = read_page(tmp_path / "page.html").text
    assert "Rows that this page has no room for" in text
    assert "0123456789abcdef" in text


def test_it_is_written_where_a_report_is_and_by_the_same_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    release = written_release(tmp_path / "any name.duckdb")
    done = CliRunner().invoke(main, ["report", str(release), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["kind"], told["out"], told["min_people"]) == ("release", "report.html", 50)
    done = CliRunner().invoke(main, ["report", str(release)])
    assert "report.html: released" in done.stdout
    with pytest.raises(ConfigError, match="a release holds no texts"):
        write_report(release, with_text=True)
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(StoreError, match="no report"):
        write_report(release)
    (tmp_path / "no.duckdb").write_bytes(b"no database")
    with pytest.raises(StoreError):
        write_release_page(tmp_path / "no.duckdb", tmp_path / "page.html")
