"""What orders in a text do to a judge is told, and counts for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from tests.kit.openai_server import Server, openai_server
from tests.kit.raters import Judging, by_words, dump, pipeline_file, reply, rows


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        running.plan = Judging(running, by_words)
        yield running


def obedient(text: str, asked: list[dict[str, Any]]) -> Any:
    """Does what the text says, else what `by_words` does."""
    told = {"yes": ('"yes"', "as showing"), "no": ('"no"', "not showing")}
    for label, orders in told.items():
        if any(order in text for order in orders):
            return reply(label=label, evidence="clearly put")
    return by_words(text, asked)


def test_what_orders_in_a_text_do_is_told_and_counts_for_nothing_else(
    tmp_path: Path, server: Server
) -> None:
    dump(tmp_path, *["harmless put", "clearly put"] * 20)
    more = "gates: {max_injected_moved: 0.2}\n"
    file = pipeline_file(tmp_path, server.url, more=more, canaries=1.0)
    summary = load_pipeline(file).run()
    (rating,) = summary.ratings
    assert (rating.scorer, rating.judgements, rating.canaries, rating.moved) == (
        "autorater",
        40,
        40,
        0,
    )
    assert rating.moved_share == 0
    assert rating.moved_high == pytest.approx(0.0876, abs=1e-4)
    assert summary.gates == ()
    before = rows(tmp_path, "SELECT * FROM category_rates ORDER BY ALL")

    server.plan = Judging(server, obedient)
    other = {"name": "k", "kind": "endpoint", "url": server.url, "model": "weak", "family": "k"}
    file = pipeline_file(tmp_path, server.url, more=more, canaries=1.0, judge=other)
    told = CliRunner().invoke(main, ["run", str(file)])
    assert told.exit_code == 3
    (moved, n), *_ = [
        map(int, found) for found in re.findall(r"moved (\d+) of (\d+) labels", told.output)
    ]
    assert n == 40
    assert 10 <= moved <= 30  # half of the orders ask for what is right already
    assert (
        f"gate not met max_injected_moved: autorater {moved} of 40 labels, limit 0.2" in told.output
    )
    assert rows(tmp_path, "SELECT * FROM category_rates ORDER BY ALL") == before
    assert rows(tmp_path, "SELECT sum(n_canaries), sum(moved) FROM injection_canaries") == [
        (40, moved)
    ]
    assert rows(tmp_path, "SELECT DISTINCT scorer FROM labelled_responses ORDER BY 1") == [
        ("autorater",),
        ("rules",),
    ]
    spans = rows(
        tmp_path,
        "SELECT DISTINCT response[evidence_start + 1 : evidence_end] FROM injected_judgements"
        " JOIN responses USING (response_id) WHERE scorer = 'autorater' AND evidence_start IS NOT NULL",
    )
    assert spans == [("clearly put",)]  # as it stands in the text without the order


COUNTS = "SELECT scorer, count(*) FROM {} GROUP BY ALL ORDER BY ALL"
CANARIES = "SELECT * FROM injection_canaries ORDER BY ALL"
FROM_PARTS = """
    WITH j AS (FROM read_parquet('{}'))
    SELECT checkpoint, category_id, channel, a.scorer, count(*), count(*) FILTER (b.label <> a.label)
    FROM j AS a JOIN j AS b USING (response_id, category_id, channel) JOIN responses USING (response_id)
    WHERE b.scorer = a.scorer || '.injected' AND a.label <> 'unparsable'
        AND (b.judge_error IS NULL OR b.judge_error IN ('prose', 'malformed', 'cut_off'))
    GROUP BY ALL ORDER BY ALL"""


def test_judgements_hold_no_canaries_nor_does_a_study_that_had_them_there(
    tmp_path: Path, server: Server
) -> None:
    server.plan = Judging(server, obedient)
    dump(tmp_path, *["harmless put", "clearly put", "prosaic put", "doubtful put"] * 5)
    arms = "[{name: a, kind: scripted, family: s, replies: [harmless put, clearly put]}]"
    file = pipeline_file(tmp_path, server.url, arms, canaries=1.0)

    def run() -> list[Any]:
        summary = load_pipeline(file).run()
        assert [rating.judgements for rating in summary.ratings] == [40]
        tables = ("judgements", "injected_judgements")
        return [rows(tmp_path, f"SELECT * FROM {table} ORDER BY ALL") for table in tables]

    found = run()
    assert rows(tmp_path, COUNTS.format("judgements")) == [("autorater", 40), ("rules", 3 * 40)]
    assert rows(tmp_path, COUNTS.format("injected_judgements")) == [("autorater", 40)]
    (identity,), *more = rows(tmp_path, "SELECT DISTINCT scorer_identity FROM injected_judgements")
    assert not more
    assert identity not in {row[8] for row in found[0]}
    told, parts = rows(tmp_path, CANARIES), tmp_path / "study/parts"
    assert 0 < sum(moved for *_, moved in told) < sum(n for *_, n, _ in told) < 40

    with duckdb.connect(str(tmp_path / "study/study.duckdb")) as database:  # as it was before
        query = FROM_PARTS.format(parts / "rate.*/*.parquet")
        assert told == database.execute(query).fetchall()
        database.execute(
            "INSERT INTO judgements SELECT * REPLACE (scorer || '.injected' AS scorer) FROM injected_judgements"
        )
        database.execute("DROP VIEW injection_canaries")
        database.execute("DROP TABLE injected_judgements")
    asked, before = len(server.bodies), {p: p.stat().st_mtime_ns for p in parts.rglob("*")}
    assert run() == found
    assert {p: p.stat().st_mtime_ns for p in parts.rglob("*")} == before
    assert len(server.bodies) == asked
    assert rows(tmp_path, CANARIES) == told


def test_canaries_are_no_scorer_to_compare_or_calibrate(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, *["harmless put", "clearly put", "doubtful put"] * 5)
    arms = "[{name: a, kind: scripted, family: s, replies: [harmless put, clearly put]},{name: b, kind: scripted, family: s, replies: [clearly put, harmless put]}]"
    load_pipeline(pipeline_file(tmp_path, server.url, arms, canaries=1.0)).run()
    for table, known in {"comparisons": {"autorater", "rules"}, "missingness": set[str]()}.items():
        found = {
            s
            for (s,) in rows(
                tmp_path, f"SELECT DISTINCT scorer FROM {table} WHERE scorer IS NOT NULL"
            )
        }
        assert found == known
    ids = rows(tmp_path, "SELECT response_id FROM responses ORDER BY 1")
    labels = "response_id,category_id,label\n" + "".join(
        f"{id},refusal,{'yes' if n % 2 else 'no'}\n" for n, (id,) in enumerate(ids)
    )
    (tmp_path / "labels.csv").write_text(labels)
    told = CliRunner().invoke(
        main, ["calibrate", str(tmp_path / "study"), str(tmp_path / "labels.csv")]
    )
    assert told.exit_code == 0, told.output
    assert {s for (s,) in rows(tmp_path, "SELECT DISTINCT scorer FROM calibrations")} == {
        "autorater",
        "rules",
    }
