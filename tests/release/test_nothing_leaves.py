"""What is planted in a study is nowhere in its release: no text, no id, no vector, no name that few used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from logminer.cli.main import main
from logminer.store.publication import revise
from tests.kit.auditing import search
from tests.kit.pages import read_page
from tests.kit.releasable import releasable

CANARY = "Zebulon{0} Quackenbush{0}"
# Each puts one canary where a study has texts, what a model or one person's data named, or options; and the last of its ids.
PLANTED = (
    "UPDATE responses SET response = response || ' ' || $1, thoughts = $1, answered_by = $1",
    """UPDATE prompts SET messages = [{'role': 'user', 'content': $1, 'thoughts': $1, 'name': $1, 'tool_calls': $1,
        'tool_call_id': $1}]""",
    "UPDATE prompts SET attributes = MAP {'safe': $1} WHERE user_id = 'u7'",
    "UPDATE prompts SET language = $1 WHERE user_id = 'u8'",
    "UPDATE clusters SET name = $1, terms = [$1] WHERE cluster_id = 1",
    """INSERT INTO cluster_parents BY NAME SELECT 0 AS parent_id, 1 AS level, $1 AS name, 'llm' AS name_source, [$1] AS terms,
        2 AS n_clusters, 40 AS fit_size""",
    "UPDATE clusters SET parent_id = 0, named_by = $1",
    "INSERT INTO categories SELECT * REPLACE ('found_' || $1 AS category_id, $1 AS title, true AS found) FROM categories",
    "INSERT INTO judgements SELECT * REPLACE ('found_' || $1 AS category_id) FROM judgements",
    "INSERT INTO comparisons SELECT * REPLACE ('found_' || $1 AS category_id, $1 AS note) FROM comparisons",
    "INSERT INTO comparisons SELECT * REPLACE ('safe=' || $1 AS stratum) FROM comparisons WHERE stratum = 'all'",
    "UPDATE judge_cards SET origin = $1",
    """INSERT INTO checkpoints BY NAME SELECT 'a' AS checkpoint, 'local' AS kind, $1 AS model, $1 AS options, $1 AS sampling,
        $1 AS identity""",
    "INSERT INTO rejections BY NAME SELECT $1 AS part, 0 AS row, $1 AS conversation_id, $1 AS reason",
)
IDS = """
SELECT user_id FROM prompts UNION SELECT prompt_id FROM prompts UNION SELECT conversation_id FROM prompts
UNION SELECT response_id FROM responses ORDER BY 1
"""
ANONYMISED = {"profile": "balanced", "languages": ["en"]}
TOLD_AS = {"VARCHAR", "INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP"}


@pytest.mark.parametrize("privacy", [None, {"epsilon": 20.0}])
def test_no_canary_leaves(tmp_path: Path, privacy: dict[str, Any] | None) -> None:
    study, away = releasable(tmp_path / "study", 120, privacy=privacy), tmp_path / "away"
    *canaries, in_options = [CANARY.format(i) for i in range(len(PLANTED) + 1)]
    (record,) = (study / "runs").iterdir()
    row = json.loads(record.read_text())
    options = {"anonymise": ANONYMISED | {"allow": [in_options]}, "system": in_options}
    row["pipeline"] = json.dumps(json.loads(row["pipeline"]) | options)
    record.write_text(json.dumps(row | {"summary": json.dumps({"host": in_options})}))
    with revise(study) as publication:
        for statement, canary in zip(PLANTED, canaries, strict=True):
            publication.rows(statement, [canary])
        publication.rows("UPDATE prompts SET user_id = md5(user_id)")
        ids = [id_ for (id_,) in publication.rows(IDS)][::10]
    arguments = ["release", study, "--no-attack", "--to", away / "release.duckdb"]
    arguments += ["--parquet", away / "tables", "--report", away / "page.html"]
    done = CliRunner().invoke(main, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    canaries.append(in_options)
    planted = search(study / "study.duckdb", *canaries)
    assert {hit.canary_index for hit in planted.hits} == {*range(len(canaries))}
    shutil.rmtree(study)
    found = search(away, *canaries, *ids)
    assert (found.hits, found.certain_finds, found.undecoded) == ((), (), ())
    assert not [one for one in (*canaries, *ids) if one in done.output]
    with duckdb.connect(str(away / "release.duckdb"), read_only=True) as released:
        kinds = released.execute("SELECT data_type FROM duckdb_columns() WHERE NOT internal")
        assert {kind for (kind,) in kinds.fetchall()} <= TOLD_AS
        ((told,),) = released.execute("SELECT count(difference) FROM verdicts").fetchall()
        card = released.execute("SELECT heading, said FROM data_card ORDER BY place").fetchall()
    assert told > 0
    text = read_page(away / "page.html").text
    assert all(" ".join(line.split()) in text for _, said in card for line in said.split("\n"))
    assert [heading for heading, _ in card][:2] == ["Read this first", "Who was asked"]
