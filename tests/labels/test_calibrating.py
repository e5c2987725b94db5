"""What people say of responses: read, matched, kept, and what it tells of the scorers."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.errors import (
    ConfigError,
    LogminerError,
    QueryError,
    SourceError,
    StoreError,
)
from logminer.ids import Pseudonyms, response_id
from logminer.labels.calibrating import Calibrated, calibrate
from logminer.labels.reading import read_labels
from logminer.labels.trust import more_labels
from logminer.schemas import (
    CATEGORIES,
    CHECKPOINTS,
    COMPARISONS,
    JUDGEMENTS,
    MISSINGNESS,
    PROMPTS,
    RESPONSES,
    Table,
)
from logminer.store.layout import DATABASE
from logminer.store.publication import publish, revise
from logminer.store.session import open_session
from tests.conftest import KEY, Demo

Row = dict[str, Any]
SECRET = "what the user said"


def write(path: Path, rows: list[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix.lower() == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    else:
        pq.write_table(pa.table({n: [row.get(n) for row in rows] for n in names}), path)
    return path


class Small:
    """A study of arms a and b (models m-a and m-b) made of one scorer's labels; people's labels are written beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "study"
        self.file = folder / "labels.parquet"
        self.judged: list[tuple[str, str, str, str]] = []  # prompt, arm, category, label
        self.said: list[Row] = []

    def add(
        self,
        n: int,
        human: str | None,
        judge: str,
        arms: str = "ab",
        category: str = "bad",
        **more: object,
    ) -> Small:
        """`n` more prompts, of which the scorer says `judge` and people say `human` in each of `arms`."""
        for _ in range(n):
            prompt = f"p{len(self.judged):05d}"
            for arm in arms:
                self.judged.append((prompt, arm, category, judge))
                if human is not None:
                    row = {"prompt_id": prompt, "checkpoint": arm, "category": category}
                    self.said.append(row | {"label": human} | more)
        return self

    def publish(self) -> Path:
        prompts = [
            {
                "prompt_id": prompt,
                "conversation_id": f"c{prompt}",
                "split": "inference",
                "turn_index": 0,
                "messages": [],
                "language": "en",
                "attributes": [],
            }
            for prompt in dict.fromkeys(prompt for prompt, *_ in self.judged)
        ]
        responses = [
            {
                "response_id": response_id(prompt, arm, 0),
                "prompt_id": prompt,
                "checkpoint": arm,
                "sample_index": 0,
                "response": "x",
                "channel": "response",
                "category_id": category,
                "scorer": "judge",
                "scorer_identity": "i",
                "rubric_hash": "h",
                "label": label,
            }
            for prompt, arm, category, label in self.judged
        ]
        categories = [
            {c.name: "response" if c.name == "channel" else "worse" for c in CATEGORIES.columns}
            | {"category_id": name}
            for name in sorted({"bad", "good", *(category for _, _, category, _ in self.judged)})
        ]
        checkpoints = [
            {
                "checkpoint": arm,
                "kind": "scripted",
                "model": f"m-{arm}",
                "options": "{}",
                "identity": arm,
            }
            for arm in "ab"
        ]
        tables: list[tuple[Table, list[Row]]] = [
            (PROMPTS, prompts),
            (RESPONSES, responses),
            (JUDGEMENTS, responses),
            (CATEGORIES, categories),
            (CHECKPOINTS, checkpoints),
        ]
        with publish(self.folder, []) as publication:
            for table, rows in tables:
                schema = pa.schema([f.with_nullable(True) for f in table.schema])
                data = [{n: row.get(n) for n in schema.names} for row in rows]
                publication.replace(table, pa.Table.from_pylist(data, schema=schema))
        return self.folder

    def calibrate(self, rows: list[Row] | None = None, **options: Any) -> Calibrated:
        if not self.folder.exists():
            self.publish()
        found = calibrate(
            self.folder, write(self.file, self.said if rows is None else rows), **options
        )
        left_out = (found.repeated, found.contradictory, found.unmatched)
        left_out += (found.unusable, found.unlabelled)
        assert found.rows == found.matched + sum(left_out)
        return found

    def refusal(self, rows: list[Row], **options: Any) -> str:
        with pytest.raises(LogminerError) as caught:
            self.calibrate(rows, **options)
        assert "\n" not in str(caught.value)
        assert SECRET not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)


def rows(study: Path, query: str) -> list[tuple[Any, ...]]:
    with open_session(study) as session:
        return session.rows(query)


def of(found: Calibrated, arm: str | None = None, category: str = "bad") -> Row:
    named = {"category_id": category, "checkpoint": arm}
    (row,) = [row for row in found.calibrations if named.items() <= row.items()]
    return row


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


class TestErrors:
    GOOD = {"prompt_id": "p00000", "checkpoint": "a", "category": "bad", "label": "yes"}

    @pytest.mark.parametrize(
        ("lacking", "message"),
        [
            (
                "label",
                "no column 'label'; it has prompt_id, checkpoint, category, text; .*--column",
            ),
            ("category", "no column 'category'; .*--category"),
            ("prompt_id", "no column 'response_id', and not both 'prompt_id' and 'checkpoint'"),
            ("checkpoint", "no column 'response_id', and not both"),
        ],
    )
    def test_a_column_that_is_missing(self, lacking: str, message: str, small: Small) -> None:
        small.add(1, None, "yes")
        row = {name: value for name, value in self.GOOD.items() if name != lacking}
        told = small.refusal([row | {"text": SECRET}])
        assert re.search(message, told)
        assert "labels.parquet" in told

    def test_values_that_nobody_can_read(self, small: Small) -> None:
        small.add(1, None, "yes")
        told = small.refusal([self.GOOD | {"label": SECRET}])
        assert "no row can be used (1 for their label)" in told
        assert "in 'label' say --yes VALUE and --no VALUE" in told
        assert "no column 'grade'" in small.refusal([self.GOOD], column="grade")
        empty = pa.table({name: pa.array([], pa.string()) for name in self.GOOD})
        pq.write_table(empty, small.file)
        with pytest.raises(SourceError, match=r"no row can be used \(it has none\)"):
            read_labels(small.file)

    def test_values_that_are_named_halfway(self, small: Small) -> None:
        small.add(1, None, "yes")
        assert "which mean no" in small.refusal([self.GOOD], yes=["a"])
        assert "cannot mean both" in small.refusal([self.GOOD], yes=["A", "b"], no=["a"])
        with pytest.raises(ConfigError):
            small.calibrate([self.GOOD], no=["a"])

    def test_nothing_that_is_the_studys(self, small: Small) -> None:
        small.add(1, None, "yes")
        told = small.refusal([self.GOOD | {"prompt_id": SECRET}])
        assert "go by response_id, or prompt_id and checkpoint" in told
        assert "(bad, good)" in small.refusal([self.GOOD | {"category": SECRET}])
        assert "(a, b)" in small.refusal([self.GOOD | {"checkpoint": SECRET}])
        twice = [self.GOOD, self.GOOD | {"label": "no"}]
        assert "contradictory 2" in small.refusal(twice)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.csv", b""),
            ("a.csv", b"response_id,label\n1,yes,what the user said\n"),
            ("a.csv", "response_id,label,category\n1,\xe4,what the user said\n".encode("latin-1")),
            ("a.jsonl", b"what the user said\n"),
            ("a.parquet", b"what the user said"),
            ("a.xlsx", b"what the user said"),
            ("a.csv", None),
            ("a.parquet", None),
        ],
    )
    def test_files_that_are_none(self, name: str, content: bytes | None, tmp_path: Path) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError) as caught:
            read_labels(tmp_path / name)
        assert name in str(caught.value)
        assert SECRET not in str(caught.value)

    def test_a_folder_that_is_no_study(self, tmp_path: Path, small: Small) -> None:
        file = write(tmp_path / "a.csv", [self.GOOD])
        with pytest.raises(StoreError, match="no such study database"):
            calibrate(tmp_path / "nowhere", file)
        assert not (tmp_path / "nowhere").exists()
        folder = small.add(1, None, "yes").publish()
        shutil.copy(folder / DATABASE, tmp_path / "copy.duckdb")
        with pytest.raises(StoreError, match="name the study's folder"):
            calibrate(tmp_path / "copy.duckdb", file)
        assert calibrate(folder / DATABASE, file).matched == 1

    def test_labels_that_are_damaged(self, small: Small) -> None:
        small.add(1, "yes", "yes").calibrate()
        (small.folder / "human_labels.parquet").write_bytes(b"PAR1")
        assert "human_labels.parquet: damaged" in small.refusal(small.said)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Calibrated:
    """One calibration; each category is a case of its own."""
    small = Small(tmp_path_factory.mktemp("truth"))
    small.add(9, "yes", "yes", "a").add(3, "yes", "no", "a").add(8, "no", "no", "a")
    small.add(6, "yes", "yes", "b").add(2, "yes", "no", "b").add(2, "no", "yes", "b")
    small.add(8, "no", "no", "b")
    # These count for nothing: one of the two does not say.
    small.add(5, "unsure", "yes").add(5, "yes", "unsure").add(5, None, "yes")

    small.add(10, "yes", "yes", category="weighted", weight=1.0)
    small.add(10, "yes", "no", category="weighted", weight=4.0)
    small.add(10, "no", "no", category="weighted", weight=1.0)

    small.add(12, "yes", "yes", "a", "one-sided")
    small.add(3, "yes", "yes", "a", "unjudged", channel="thoughts")

    for n, label, second in ((5, "yes", "yes"), (1, "yes", "no"), (3, "no", "no")):
        small.add(n, label, label, category="twice", second_label=second)
    small.add(1, "no", "no", category="twice", second_label="unsure")
    small.add(4, "no", "no", category="twice")

    for arm, right in (("a", 38), ("b", 20)):
        small.add(right, "yes", "yes", arm, "differs").add(40 - right, "yes", "no", arm, "differs")
        small.add(40, "no", "no", arm, "differs")
    for category, wrong in (("good", 3), ("weak", 10)):
        for right, other in (("yes", "no"), ("no", "yes")):
            small.add(20 - wrong, right, right, category=category)
            small.add(wrong, right, other, category=category)
    for row in small.said:
        row.setdefault("weight", 1.0)
    return small.calibrate()


class TestCalibration:
    def test_counts_and_shares_of_each_arm_and_of_all(self, truth: Calibrated) -> None:
        arms = [r["checkpoint"] for r in truth.calibrations if r["category_id"] == "bad"]
        assert arms == [None, "a", "b"]
        whole = of(truth)
        assert (whole["n_labels"], whole["positives"], whole["true_positives"]) == (38, 20, 15)
        assert (whole["negatives"], whole["true_negatives"]) == (18, 16)
        assert whole["sensitivity"] == pytest.approx(0.75)
        assert whole["sensitivity_n"] == pytest.approx(20)
        # Wilson's interval of 15 in 20; kappa by hand: they agree on 31 of 38, by chance on (20·17 + 18·21)/38².
        assert whole["sensitivity_low"] == pytest.approx(0.5313, abs=1e-4)
        assert whole["sensitivity_high"] == pytest.approx(0.8881, abs=1e-4)
        chance = (20 * 17 + 18 * 21) / 38**2
        assert whole["kappa"] == pytest.approx((31 / 38 - chance) / (1 - chance))
        assert (of(truth, "a")["specificity"], of(truth, "b")["specificity"]) == (1.0, 0.8)
        assert of(truth, "a")["p_error_differs"] is None
        assert whole["human_agreement"] is None

    def test_weights_count_as_they_say(self, truth: Calibrated) -> None:
        row = of(truth, category="weighted")
        assert (row["positives"], row["true_positives"]) == (40, 20)
        assert row["sensitivity"] == pytest.approx(20 / 100)
        assert row["sensitivity_n"] == pytest.approx(100**2 / (20 * 1 + 20 * 16))  # Kish
        assert row["specificity"] == 1.0

    def test_what_there_is_none_of_is_null(self, truth: Calibrated) -> None:
        row = of(truth, category="one-sided")
        assert row["specificity"] is row["specificity_low"] is row["kappa"] is None
        assert row["p_error_differs"] is None
        assert (row["more_no"], row["negatives"]) == (385, 0)
        assert "unjudged" not in {row["category_id"] for row in truth.calibrations}
        assert "without a judgement 3: no scorer says yes or no of unjudged (thoughts)" in " ".join(
            truth.notes
        )

    def test_two_annotators(self, truth: Calibrated) -> None:
        row = of(truth, category="twice")
        assert row["human_agreement"] == pytest.approx(8 / 9)
        chance = (6 * 5 + 3 * 4) / 81
        assert row["human_kappa"] == pytest.approx((8 / 9 - chance) / (1 - chance))

    def test_a_judge_that_errs_differently_on_the_arms_is_told(self, truth: Calibrated) -> None:
        assert 0 < of(truth, category="differs")["p_error_differs"] < 0.001
        assert of(truth, category="good")["p_error_differs"] == pytest.approx(1)
        told = [note for note in truth.notes if "errs differently on the arms" in note]
        assert [note.split(" (")[0] for note in told] == ["judge on differs"]

    def test_a_judge_that_agrees_too_little_is_told(self, truth: Calibrated) -> None:
        gates = {gate.split(" (")[0]: gate for gate in truth.gates}
        assert "not good enough to carry a verdict alone" in gates["judge on weak"]
        assert of(truth, category="good")["kappa"] == pytest.approx(0.7)
        assert "judge on good" not in gates

    def test_more_labels_until_five_points(self) -> None:
        # Half of 100: ± 9.6 points; ± 5 takes 385.
        assert more_labels(0.404, 0.596, 100, 100) == 285
        assert more_labels(0.404, 0.596, 100, 200) == 569  # weights that halve what a label tells
        assert more_labels(0.46, 0.54, 600, 600) == 0
        assert more_labels(None, None, None, 0) == 385
        assert more_labels(0.72, 1.0, 10, 10) > 100  # ten in ten is not certainty


class TestKeeping:
    def test_labels_add_up_and_later_ones_win(self, small: Small) -> None:
        small.add(4, "yes", "yes", "a").add(2, "no", "no", "a")
        assert small.calibrate(small.said[:3]).labels == 3
        found = small.calibrate([small.said[0] | {"label": "no"}, *small.said[3:]])
        assert (found.matched, found.labels, found.outdated) == (4, 6, 0)
        assert (of(found, None)["positives"], of(found, None)["true_negatives"]) == (3, 2)
        assert [p.name for p in small.folder.iterdir() if p.name.startswith(".human")] == []

    def test_comparisons_are_corrected(self, small: Small) -> None:
        for human, judge, n in (("yes", "yes", 27), ("yes", "no", 3), ("no", "no", 40)):
            small.add(n, human, judge)
        small.add(200, None, "no").publish()
        with revise(small.folder) as publication:
            made = compare(publication, CompareOptions(), [("a", "b")])
            publication.replace(COMPARISONS, made.comparisons)
            publication.replace(MISSINGNESS, made.missingness)
        query = "SELECT base, candidate, base_rate, base_corrected FROM comparisons WHERE stratum = 'all'"
        assert rows(small.folder, query) == [("a", "b", 27 / 270, None)]
        small.calibrate()
        ((base, candidate, rate, corrected),) = rows(small.folder, query)
        assert (base, candidate, rate) == ("a", "b", 0.1)
        assert corrected > 0.105  # the scorer finds nine in ten

    def test_they_outlive_a_run_but_not_their_answers(self, demo: Demo, tmp_path: Path) -> None:
        folder = shutil.copytree(demo.folder, tmp_path / "demo")
        study, file = folder / "study", folder / "pipeline.yaml"
        labels = [
            {"response_id": i, "category": "refusal", "human": label}
            for i, label in rows(
                study,
                "SELECT response_id, label FROM judgements JOIN responses USING (response_id)"
                " WHERE scorer = 'rules' AND category_id = 'refusal' AND channel = 'response'"
                " AND label IN ('yes', 'no') AND checkpoint <> 'logged'",
            )
        ]
        made = calibrate(study, write(tmp_path / "labels.jsonl", labels))
        assert made.matched == len(labels) == made.labels
        kappas = [row["kappa"] for row in made.calibrations if row["scorer"] == "rules"]
        assert kappas[0] == pytest.approx(1)
        query = "SELECT count(*) FROM comparisons WHERE base_corrected IS NOT NULL"
        ((corrected,),) = rows(study, query)
        assert corrected > 0
        kept = "FROM human_labels ORDER BY ALL"
        before = rows(study, kept), rows(study, "FROM calibrations ORDER BY ALL")

        load_pipeline(file).run()
        assert (rows(study, kept), rows(study, "FROM calibrations ORDER BY ALL")) == before
        assert rows(study, query) == [(corrected,)]

        told = file.read_text()
        file.write_text(told.replace("Sure: {prompt}", "Sure! {prompt}"))
        load_pipeline(file).run()
        arms = "SELECT DISTINCT checkpoint FROM human_labels JOIN responses USING (response_id)"
        assert rows(study, arms) == [("prod",)]
        prod = [
            labels[0] | {"response_id": i}
            for (i,) in rows(study, "SELECT response_id FROM human_labels")
        ]
        again = calibrate(study, write(tmp_path / "labels.jsonl", prod))
        assert (again.labels, again.outdated) == (len(prod), len(labels) - len(prod))

        file.write_text(told)  # the old answers come back, and their labels with them
        load_pipeline(file).run()
        assert rows(study, "SELECT count(*) FROM human_labels") == [(len(labels),)]


class TestRevising:
    def test_a_failure_leaves_the_database_as_it_was(self, small: Small) -> None:
        small.add(1, None, "yes").publish()
        with pytest.raises(QueryError), revise(small.folder) as publication:
            publication.replace(RESPONSES, RESPONSES.schema.empty_table()), publication.rows("?")
        assert rows(small.folder, "SELECT count(*) FROM responses") == [(2,)]
        assert [p.name for p in small.folder.iterdir()] == [DATABASE]

    def test_a_database_without_todays_tables_gets_them(self, small: Small) -> None:
        small.add(2, "yes", "yes").publish()
        self._change(small.folder, "DROP TABLE human_labels; DROP TABLE calibrations")
        assert small.calibrate().labels == 4

    @pytest.mark.parametrize(
        "change",
        [
            "ALTER TABLE comparisons DROP COLUMN correction",
            "ALTER TABLE responses ADD COLUMN mood VARCHAR",
        ],
    )
    def test_a_database_of_another_version_is_built_anew(self, change: str, small: Small) -> None:
        small.add(2, "yes", "yes").publish()
        self._change(small.folder, change)
        assert "run the pipeline again" in small.refusal(small.said)
        assert not (small.folder / "human_labels.parquet").exists()
        with publish(small.folder, []):
            pass
        assert rows(small.folder, "SELECT count(*) FROM responses") == [(0,)]

    @staticmethod
    def _change(folder: Path, statements: str) -> None:
        with duckdb.connect(str(folder / DATABASE)) as connection:
            connection.execute("DROP VIEW category_shifts; DROP VIEW cluster_shifts")
            connection.execute(statements)


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
