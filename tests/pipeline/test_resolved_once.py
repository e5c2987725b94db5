"""A pipeline file is resolved once: what is edited while a run goes on changes nothing of it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.demo.dump import write_demo_dump
from logminer.errors import ConfigError, ModelError, SecretError, SourceError
from logminer.pipeline.reporter import Quiet
from logminer.spec import content_hash
from logminer.stages.base import Done
from logminer.store.session import open_session
from logminer.taxonomy.tree import load_taxonomy, rubrics, shipped_taxonomies

PIPELINE = """
study: study
source: {path: dump.parquet}
checkpoints:
  - {name: told, kind: recorded, path: answers.parquet}
  - {name: said, kind: scripted, replies: ["Sorry, I can't help with that."]}
judge: {taxonomy: ./own.yaml, scorers: [refusal_probe]}
workers: 0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_demo_dump(tmp_path / "dump.parquet", conversations=20)
    _answers(tmp_path, "Of course.")
    (tmp_path / "own.yaml").write_text(shipped_taxonomies()["refusal"].read_text("utf-8"), "utf-8")
    (tmp_path / "p.yaml").write_text(PIPELINE)
    return tmp_path / "p.yaml"


def _answers(folder: Path, response: str) -> None:
    ids = pq.read_table(folder / "dump.parquet", columns=["conversation_id"])["conversation_id"]
    rows = [{"prompt_id": text, "response": response} for text in ids.unique().to_pylist() if text]
    pq.write_table(pa.Table.from_pylist(rows), folder / "answers.parquet")


class Editor(Quiet):
    """Rewrites the taxonomy and a recorded answer as soon as something is judged."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.edited = folder, False

    def done(self, done: Done, rows: int) -> None:
        if done.stage.startswith("judge") and not self.edited:
            own = self.folder / "own.yaml"
            text = own.read_text("utf-8")
            new = text.replace("title: Refusal (any)", "title: Edited")
            new = new.replace('version: "1.1"', 'version: "9.9"')
            assert new.count("Edited") == 1 == new.count("9.9")
            own.write_text(new, "utf-8")
            _answers(self.folder, "Never.")
            self.edited = True


def test_what_is_edited_during_a_run_is_not_published_beside_what_was_judged(file: Path) -> None:
    folder = file.parent
    before = load_taxonomy("./own.yaml", folder)
    answers = load_pipeline(file).journey().arms[1].checkpoint
    assert answers is not None
    identity = answers.options()["path"]
    editor = Editor(folder)
    load_pipeline(file).run(editor)
    assert editor.edited
    assert load_taxonomy("./own.yaml", folder) != before
    assert answers.options()["path"] != identity
    with open_session(folder / "study") as session:
        described = session.rows(
            "SELECT title, taxonomy_version FROM categories WHERE category_id = 'refusal'"
        )
        judged = session.rows(
            "SELECT DISTINCT rubric_hash FROM judgements WHERE category_id = 'refusal'"
        )
        ran = session.rows("SELECT taxonomy_hash FROM runs")
        told = session.rows(
            "SELECT json_extract_string(options, '$.path') FROM checkpoints WHERE checkpoint = 'told'"
        )
    assert described == [("Refusal (any)", "1.1")]
    assert judged == [(rubrics(before)["refusal"],)]
    assert ran == [(content_hash(before.options()),)]
    assert told == [(identity,)]


def test_the_next_call_sees_what_was_edited(file: Path) -> None:
    pipeline = load_pipeline(file)
    first = pipeline.journey()
    own = file.with_name("own.yaml")
    own.write_text(own.read_text("utf-8").replace('version: "1.1"', 'version: "9.9"'), "utf-8")
    assert (first.taxonomy.version, pipeline.journey().taxonomy.version) == ("1.1", "9.9")


def test_the_folder_of_a_pipeline_is_no_key_of_it(file: Path) -> None:
    file.write_text(file.read_text() + "folder: elsewhere\n")
    with pytest.raises(ConfigError, match=r"p\.yaml: folder: unknown key"):
        load_pipeline(file)


@pytest.mark.parametrize("key", ["run", "journey", "taxonomy", "pseudonyms", "base"])
def test_nor_is_anything_else_that_the_file_does_not_say(file: Path, key: str) -> None:
    file.write_text(file.read_text() + f"{key}: x\n")
    with pytest.raises(ConfigError, match=rf"p\.yaml: {key}: unknown key"):
        load_pipeline(file)


def test_a_name_that_is_nearly_right_is_offered(file: Path) -> None:
    file.write_text(file.read_text() + "compare: {pairs: [[tld, said]]}\n")
    with pytest.raises(ConfigError, match=r"compare\.pairs\.0: .*'tld'; did you mean 'told'\?"):
        load_pipeline(file)


def test_a_name_that_is_like_none_is_told_those_that_there_are(file: Path) -> None:
    file.write_text(file.read_text() + "compare: {pairs: [[quite, said]], strata: [quite]}\n")
    with pytest.raises(ConfigError, match=r"named 'quite' \(there are: logged, told, said\)$"):
        load_pipeline(file)


def test_what_is_wrong_is_told_before_a_key_is_made(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = file.parent / "keys" / "key"
    monkeypatch.delenv("LOGMINER_KEY")
    monkeypatch.setenv("LOGMINER_KEY_FILE", str(key))
    file.with_name("own.yaml").unlink()
    with pytest.raises(ConfigError, match=r"own\.yaml: no such file"):
        load_pipeline(file).check()
    assert not key.exists()
    monkeypatch.setenv("LOGMINER_KEY_FILE", str(file.parent / "study" / "key"))
    file.with_name("own.yaml").write_text(shipped_taxonomies()["refusal"].read_text("utf-8"))
    with pytest.raises(SecretError, match="must not lie in the study"):
        load_pipeline(file).run()
    assert not (file.parent / "study").exists()


def test_a_dump_is_checked_before_it_is_drawn_from(file: Path) -> None:
    text = file.read_text().replace("{path: dump.parquet}", "{path: dump.parquet, keep: [mood]}")
    file.write_text(text + "replay: {sample: 3}\n")
    with pytest.raises(SourceError, match=r"source\.keep: no column 'mood'"):
        load_pipeline(file).check()


def test_status_needs_no_model_of_a_language(file: Path) -> None:
    file.write_text(file.read_text() + "anonymise: {languages: [fi]}\n")
    assert load_pipeline(file).status()[0].stage == "anonymise"
    with pytest.raises(ModelError, match="no spaCy model for fi"):
        load_pipeline(file).check()
