"""Files of labels are read, whatever their kind and the names of their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.labels.reading import read_labels
from tests.kit.labelled import Row, write


class TestReading:
    ROWS = (
        {"response_id": "007", "category": "bad", "label": "Yes", "weight": 2.5},
        {"response_id": "12", "category": "bad", "label": "no", "weight": 1},
        {"response_id": "13", "category": "bad", "label": " UNSURE ", "weight": 1},
    )

    @pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.jsonl", "A.CSV"])
    def test_any_kind_of_file_says_the_same(self, name: str, tmp_path: Path) -> None:
        sheet = read_labels(write(tmp_path / name, list(self.ROWS)))
        assert [(r.response_id, r.label, r.weight) for r in sheet.rows] == [
            ("007", "yes", 2.5),
            ("12", "no", 1.0),
            ("13", "unsure", 1.0),
        ]
        assert {(r.category_id, r.channel, r.sample_index) for r in sheet.rows} == {
            ("bad", "response", 0)
        }

    @pytest.mark.parametrize(
        ("values", "labels"),
        [
            ([True, False], ["yes", "no"]),
            ([1, 0], ["yes", "no"]),
            ([1.0, 0.0], ["yes", "no"]),
            (["TRUE", "0"], ["yes", "no"]),
            (["1.0", "unsure"], ["yes", "unsure"]),
        ],
    )
    def test_what_means_yes(self, values: list[object], labels: list[str], tmp_path: Path) -> None:
        rows = [{"response_id": "r", "category": "bad", "label": value} for value in values]
        for name in ("a.parquet", "a.jsonl", "a.csv"):
            sheet = read_labels(write(tmp_path / name, rows))
            assert [row.label for row in sheet.rows] == labels

    @pytest.mark.parametrize("label", ["label", "human", "human_label"])
    @pytest.mark.parametrize("second", ["second_label", "label_2", "second"])
    def test_other_names_of_columns(self, label: str, second: str, tmp_path: Path) -> None:
        row = {"response_id": "r", "category_id": "bad", label: "yes", second: "no"}
        (read,) = read_labels(write(tmp_path / "a.csv", [row])).rows
        assert (read.label, read.second_label, read.category_id) == ("yes", "no", "bad")

    def test_values_and_column_that_are_named(self, tmp_path: Path) -> None:
        grades = ["2_Full", "3_partial", "1_none", "yes", None, 5]
        file = write(
            tmp_path / "a.jsonl",
            [{"response_id": "r", "category": "other", "grade": grade} for grade in grades],
        )
        sheet = read_labels(
            file,
            category="bad",
            column="grade",
            yes=["2_full", "3_partial", "5.0"],
            no=["1_NONE"],
        )
        assert [row.label for row in sheet.rows] == ["yes", "yes", "no", "yes"]
        assert {row.category_id for row in sheet.rows} == {"bad"}
        assert (sheet.unusable, sheet.unlabelled) == ({"label": 1}, 1)

    def test_what_cannot_be_used_is_counted_by_its_reason(self, tmp_path: Path) -> None:
        good = {"response_id": "r", "category": "bad", "label": "yes", "weight": 1}
        good |= {"channel": "thoughts", "sample_index": 2, "second_label": "maybe"}
        bad: list[Row] = [{"label": "maybe"}, {"label": None}, {"category": None}]
        bad += [{"weight": weight} for weight in (0, -1, "heavy", None, "nan")]
        bad += [{"channel": "mind"}, {"sample_index": 0.5}]
        sheet = read_labels(write(tmp_path / "a.jsonl", [good, *(good | b for b in bad)]))
        assert sheet.unlabelled == 1
        assert sheet.unusable == {
            "label": 1,
            "category": 1,
            "weight": 5,
            "channel": 1,
            "sample_index": 1,
        }
        (row,) = sheet.rows
        assert (row.channel, row.sample_index, row.second_label) == ("thoughts", 2, None)

    def test_text_of_any_length_and_shape_may_stand_beside_the_labels(self, tmp_path: Path) -> None:
        row = {"text": 'a "quoted", long\n' * 90_000, "response_id": "r", "category": "bad"}
        sheet = read_labels(write(tmp_path / "a.csv", [row | {"label": "no"}] * 3))
        assert [row.label for row in sheet.rows] == ["no"] * 3
