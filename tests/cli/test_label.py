"""`logminer label`: a sitting, key by key."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.errors import SourceError
from logminer.labels.annotation import AnnotationSheet
from tests.kit.sheets import Judged, Keys, cells
from tests.kit.world import World


def call(*arguments: object, keys: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=Keys(keys))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return Judged(tmp_path_factory.mktemp("judged"))


class TestSession:
    @pytest.fixture(params=["sheet.csv", "sheet.parquet"])
    def sheet(self, request: pytest.FixtureRequest, judged: Judged, tmp_path: Path) -> Path:
        file = tmp_path / str(request.param)
        call("label", judged.folder, "--category", "bad", "--n", 4, "--out", file)
        return file

    def labels(self, sheet: Path, column: str = "label") -> list[str]:
        return [row[column] or "" for row in cells(sheet)]

    def test_each_key_is_kept_and_the_next_sitting_goes_on(
        self, judged: Judged, sheet: Path
    ) -> None:
        texts = [(row["prompt"], row["response"]) for row in cells(sheet)]
        first = call("label", judged.folder, sheet, keys="yxn\nsuq")
        assert first.exit_code == 0, first.output
        assert self.labels(sheet) == ["yes", "no", "", "unsure", "", "", "", ""]
        assert "1 of 8" in first.output
        assert "Counts d" in first.output  # the rubric
        assert "=ask" in first.output
        assert "'=ask" not in first.output
        assert "3 of 8 labelled" in first.output
        second = call("label", judged.folder, sheet, keys="y")  # and the input ends
        assert "1 of 5" in second.output
        assert self.labels(sheet)[:4] == ["yes", "no", "yes", "unsure"]
        assert [(row["prompt"], row["response"]) for row in cells(sheet)] == texts
        assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
        state = json.loads(call("label", judged.folder, sheet, "--json").stdout)
        assert state["label"] == {"yes": 2, "no": 1, "unsure": 1, "none": 4}

    @pytest.mark.parametrize("typed", ["", "y"])
    def test_without_a_terminal_no_text_is_shown(
        self, judged: Judged, sheet: Path, typed: str
    ) -> None:
        command = [sys.executable, "-m", "logminer.cli", "label", judged.folder, sheet]
        ran = subprocess.run(command, input=typed, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "needs a terminal" in ran.stderr
        assert f"logminer calibrate {judged.folder} {sheet}" in ran.stderr
        assert self.labels(sheet) == [""] * 8

    def test_back(self, judged: Judged, sheet: Path) -> None:
        result = call("label", judged.folder, sheet, keys="bybn?y" + "q")
        assert "now yes" in result.output
        assert self.labels(sheet)[:3] == ["no", "yes", ""]

    def test_the_second_annotator_is_blind(self, judged: Judged, sheet: Path) -> None:
        call("label", judged.folder, sheet, keys="yn" * 4)
        result = call("label", judged.folder, sheet, "--second", keys="n" * 8)
        assert "now" not in result.output
        assert self.labels(sheet) == ["yes", "no"] * 4
        assert self.labels(sheet, "second_label") == ["no"] * 8

    def test_a_file_that_changed_meanwhile_is_left_alone(self, sheet: Path) -> None:
        open_sheet = AnnotationSheet(sheet)
        AnnotationSheet(sheet).set(1, "label", "no")
        with pytest.raises(SourceError, match="changed by another program"):
            open_sheet.set(0, "label", "yes")
        assert self.labels(sheet)[:2] == ["", "no"]

    def test_no_text_moves_the_cursor(self, tmp_path: Path) -> None:
        world = World(tmp_path / "study").counts(2, 2, 2, 2)
        for row in world.tables["prompts"]:
            row["messages"] = [
                {"role": "user", "content": "ask"},
                {"role": "assistant", "content": "\x1b[2Jgone\r\n\x9b[bold]"},
            ]
        world.compared()
        sheet = tmp_path / "s.csv"
        call("label", world.folder, "--category", "bad", "--n", 4, "--out", sheet)
        result = call("label", world.folder, sheet, keys="q")
        assert "\x1b" not in result.output
        assert "\x9b" not in result.output
        assert "␛[2Jgone\n�[bold]" in result.output
        assert "[user]\nask" in result.output
