"""Labels find their responses: by id, by prompt and model, by the dump's own ids."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.errors import SourceError
from logminer.ids import Pseudonyms, response_id
from logminer.labels.calibrating import calibrate
from logminer.schemas import CHECKPOINTS
from logminer.store.layout import DATABASE
from logminer.store.publication import revise
from tests.conftest import KEY, Demo
from tests.kit.labelled import Row, Small, rows, write


class TestMatching:
    def test_by_id_prompt_and_model(self, small: Small) -> None:
        small.add(3, None, "yes").publish()
        prompts = sorted({prompt for prompt, *_ in small.judged})
        named: list[Row] = [
            {"response_id": response_id(prompts[0], "a", 0)},
            {"prompt_id": prompts[1], "checkpoint": "a"},
            {"prompt_id": prompts[2], "checkpoint": "m-b"},
            {"response_id": "theirs", "prompt_id": prompts[2], "checkpoint": "a"},
        ]
        found = small.calibrate([row | {"category": "bad", "label": "yes"} for row in named])
        assert (found.rows, found.matched) == (4, 4)
        assert set(rows(small.folder, "SELECT response_id FROM human_labels")) == {
            (response_id(prompt, arm, 0),)
            for prompt, arm in zip([*prompts, prompts[2]], "aaba", strict=True)
        }

    def test_a_model_of_two_checkpoints_names_neither(self, small: Small) -> None:
        with_model = [
            {"prompt_id": "p00000", "model": model, "category": "bad", "label": "yes"}
            for model in ("m-a", "m-b")
        ]
        small.add(1, None, "yes").publish()
        assert small.calibrate(with_model).matched == 2
        with revise(small.folder) as publication:
            same = [
                {
                    "checkpoint": c,
                    "kind": "recorded",
                    "model": "m-a",
                    "options": "{}",
                    "identity": c,
                }
                for c in "ab"
            ]
            publication.replace(CHECKPOINTS, pa.Table.from_pylist(same, schema=CHECKPOINTS.schema))
        assert (
            "unmatched 2: the checkpoint or model does not name just one of the study's (a, b)"
            in small.refusal(with_model)
        )

    def test_rows_left_out_are_counted_and_named(self, small: Small) -> None:
        small.add(4, "yes", "yes", arms="a").publish()
        first = small.said[0]
        others: list[Row] = [
            {"prompt_id": "p99999"},
            {"checkpoint": "c"},
            {"category": "ugly"},
            {"sample_index": 1},
            {"label": "perhaps"},
        ]
        found = small.calibrate(
            [
                *small.said[:2],
                *small.said[:1],
                *({**first, "sample_index": None, **other} for other in others),
                small.said[3],
                small.said[3] | {"label": "no"},
            ]
        )
        assert (found.matched, found.repeated, found.contradictory) == (2, 1, 2)
        assert (found.unmatched, found.unusable) == (4, 1)
        notes = " ".join(found.notes)
        assert (
            "unmatched 1: the checkpoint or model does not name just one of the study's (a)"
            in notes
        )
        assert "unmatched 1: the category is none of the study's (bad, good)" in notes
        assert "unmatched 2: no such response in the study, where they go by response_id" in notes
        assert "contradictory 2: another row says otherwise" in notes
        assert "unusable 1, by the value that cannot be read: label 1" in notes
        assert found.labels == 2

    def test_the_dumps_own_prompt_id(self, demo: Demo, tmp_path: Path) -> None:
        study = shutil.copytree(demo.study, tmp_path / "study")
        dump = pq.read_table(demo.folder / "dump.parquet", columns=["conversation_id"])
        raw = dump["conversation_id"].to_pylist()
        labels = [
            {"prompt_id": i, "checkpoint": c, "label": ("yes", "no")[place % 2]}
            for place, i in enumerate(raw)
            for c in ("sft", "prod")
        ]
        found = calibrate(study, write(tmp_path / "labels.csv", labels), category="refusal")
        assert found.matched == 2 * demo.summary.prompts
        assert found.unmatched == found.rows - found.matched
        ours = Pseudonyms(bytes.fromhex(KEY), "tests")
        said = {(ours.conversation(row["prompt_id"]), row["label"]) for row in labels}
        labelled = rows(
            study,
            "SELECT DISTINCT conversation_id, label FROM human_labels JOIN responses USING (response_id)"
            " JOIN prompts USING (prompt_id)",
        )
        assert len(labelled) == demo.summary.prompts
        assert set(labelled) <= said
        # What lies with the study now holds none of the ids.
        written = (study / "human_labels.parquet").read_bytes() + (study / DATABASE).read_bytes()
        assert not [i for i in raw if str(i).encode() in written]

    @pytest.mark.parametrize("variable", [None, "00"])
    def test_the_dumps_own_prompt_id_without_the_key(
        self, variable: str | None, demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        study = shutil.copytree(demo.study, tmp_path / "study")
        monkeypatch.setenv("LOGMINER_KEY_FILE", str(tmp_path / "none"))
        monkeypatch.delenv("LOGMINER_KEY")
        if variable:
            monkeypatch.setenv("LOGMINER_KEY", variable)
        file = write(
            tmp_path / "labels.csv", [{"prompt_id": "c-1", "model": "sft", "label": "yes"}]
        )
        with pytest.raises(SourceError, match=r"was not tried: .*LOGMINER_KEY"):
            calibrate(study, file, category="refusal")
        assert not (study / "human_labels.parquet").exists()
