"""People's labels against a judge's: counts, shares, weights, two annotators; and what cannot be used."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.errors import ConfigError, SourceError, StoreError
from logminer.labels.calibrating import Calibrated, calibrate
from logminer.labels.reading import read_labels
from logminer.labels.trust import more_labels
from logminer.store.layout import DATABASE
from tests.kit.labelled import SECRET, Small, of, write


class TestErrors:
    GOOD = {"prompt_id": "p00000", "checkpoint": "a", "category": "bad", "label": "yes"}

    @pytest.mark.parametrize(
        ("lacking", "message"),
        [
            (
                "label",
                "no column 'label'; it has category, checkpoint, prompt_id, text; .*--column",
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
        # Kish, where both arms' answers to a prompt tell the same.
        assert row["sensitivity_n"] == pytest.approx(100**2 / (10 * 2**2 + 10 * 8**2))
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
