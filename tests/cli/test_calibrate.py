"""`logminer calibrate`: pages, gates, values by option."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.store.layout import DATABASE
from tests.kit.labelled import Small, write


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


class TestCommand:
    @staticmethod
    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["calibrate", *map(str, arguments)])

    def test_either_order(self, small: Small) -> None:
        small.add(4, "yes", "yes", "a").add(4, "no", "no", "a").publish()
        file = write(small.file, small.said)
        told = []
        for arguments in (
            (small.folder, file),
            (file, small.folder),
            (file, small.folder / DATABASE),
        ):
            result = self.call(*arguments, "--json")
            assert result.exit_code == 0, result.output
            told.append(json.loads(result.stdout))
        assert told[0] == told[1] == told[2]
        assert told[0]["rows"] == told[0]["matched"] == told[0]["labels"] == 8
        assert told[0]["calibrations"][0]["kappa"] == 1.0
        assert told[0]["calibrations"][0]["more_yes"] > 0

    def test_a_page_for_people(self, small: Small) -> None:
        more = {"second_label": "yes"}
        small.add(38, "yes", "yes", "a", **more).add(2, "yes", "no", "a", **more)
        small.add(40, "no", "no", "a").add(15, "yes", "yes", "b").add(25, "yes", "no", "b")
        small.add(40, "no", "no", "b").add(20, "no", "yes", "b").publish()
        small.said[0]["label"] = "perhaps"
        result = self.call(small.folder, write(small.file, small.said))
        assert result.exit_code == 0, result.output
        text = " ".join(result.output.split())
        assert "180 rows read = 179 used + 1 unusable · 179 labels in all" in text
        assert "37.5 % (24.2 to 53.0)" in text  # 15 of 40
        assert "judge on bad (response): the judge errs differently on the arms" in text
        assert "weak judge on bad (response): kappa 0.4" in text
        assert "yes and" in text
        assert "no more" in text

    def test_the_gate(self, small: Small) -> None:
        twice = {"second_label": "yes"}
        small.add(30, "yes", "yes", "a", **twice).add(30, "no", "no", "a", second_label="no")
        file = write(small.file, small.said)
        assert self.call(small.publish(), file, "--fail-on", "weak").exit_code == 0
        for row in small.said[10:40]:  # people no longer agree, scorer and people do
            row["second_label"] = "no" if row["second_label"] == "yes" else "yes"
        result = self.call(small.folder, write(small.file, small.said), "--fail-on", "weak")
        assert result.exit_code == 3
        assert "weak people on bad (response): kappa 0.00 of two annotators" in result.output
        assert "weak judge" not in result.output
        assert self.call(small.folder, file).exit_code == 0  # without the gate

    def test_what_is_not_labelled_yet_is_counted_and_more_is_asked_for(self, small: Small) -> None:
        small.add(24, "yes", "yes").add(6, "yes", "no").add(30, "no", "no")
        small.add(400, None, "no").publish()
        small.said[0]["label"] = ""
        result = self.call(small.folder, write(small.file, small.said))
        text = " ".join(result.output.split())
        assert "120 rows read = 119 used + 1 unlabelled · 119 labels in all" in text
        assert f"logminer label {small.folder} --category bad --n " in text
        assert f"logminer label {small.folder} {small.file} --second" in text
        nobody = [row | {"label": " "} for row in small.said]
        assert "none of its 120 rows is labelled yet" in small.refusal(nobody)

    def test_values_by_option(self, small: Small) -> None:
        small.add(2, "2_full", "yes", "a").add(1, "3_part", "no", "a").add(1, "1_none", "no", "a")
        options = ["--yes", "2_full", "--yes", "3_part", "--no", "1_none", "--column", "label"]
        file = write(small.file, small.said)
        result = self.call(small.publish(), file, *options, "--category", "bad", "--json")
        assert result.exit_code == 0, result.output
        row = json.loads(result.stdout)["calibrations"][0]
        assert (row["positives"], row["true_positives"], row["negatives"]) == (3, 2, 1)
        short = self.call(small.folder, file, "--yes", "2_full")
        assert (short.exit_code, short.stderr.count("\n")) == (1, 1)

    def test_neither_is_a_study(self, tmp_path: Path) -> None:
        result = self.call(tmp_path / "a", tmp_path / "b.csv")
        assert result.exit_code == 1
        assert "no such study database" in result.stderr
