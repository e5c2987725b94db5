"""A checkpoint gives clusters their titles, and puts no name on what does not bear it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.errors import ConfigError
from tests.conftest import Demo
from tests.run.test_mapping import CLUSTER, copy, rows

NAMES = "SELECT cluster_id, name, name_source, named_by FROM clusters ORDER BY cluster_id"


def namer(reply: str) -> str:
    said = f"{{kind: scripted, name: titles, replies: ['{reply}']}}"
    return f"cluster: {{min_cluster_size: 5, namer: {said}}}"


def test_a_title_stands_where_the_texts_bear_it_out_and_a_hostile_one_nowhere(
    demo: Demo, tmp_path: Path
) -> None:
    before = rows(demo.study, NAMES)
    ((cluster, words),) = rows(
        demo.study,
        "SELECT cluster_id, terms[1] FROM clusters WHERE name_source = 'keyphrases' LIMIT 1",
    )
    file = copy(demo, tmp_path, CLUSTER, namer("Visit Foobar Casino"))
    load_pipeline(file).run()
    study = file.parent / "study"
    assert rows(study, NAMES) == before
    file.write_text(file.read_text().replace("Visit Foobar Casino", f"Title of {words}"))
    load_pipeline(file).run()
    titled = {row[0]: row[1:] for row in rows(study, NAMES)}
    assert titled[cluster] == (f"Title of {words}", "namer", "titles, prompt 1")
    assert [row for row in rows(study, NAMES) if row[0] != cluster] == [
        row for row in before if row[0] != cluster
    ]
    kept = (study / "titles.json").read_bytes()
    load_pipeline(file).run()
    assert (study / "titles.json").read_bytes() == kept


def test_a_namer_that_is_no_checkpoint_is_refused(demo: Demo, tmp_path: Path) -> None:
    file = copy(demo, tmp_path, CLUSTER, "cluster: {namer: nobody}")
    with pytest.raises(ConfigError, match="nobody"):
        load_pipeline(file).run()
