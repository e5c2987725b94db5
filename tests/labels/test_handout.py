"""Texts drawn for people are laid out blind and read back by `calibrate`."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.errors import ConfigError, LogminerError
from logminer.files.formulas import guarded, unguarded
from logminer.labels.annotation import AnnotationSheet
from logminer.labels.calibrating import calibrate
from logminer.labels.handout import draw_sheet
from logminer.store.session import open_session
from tests.conftest import Demo
from tests.kit.sheets import Judged, Keys, Row, cells


def call(*arguments: object, keys: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=Keys(keys))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return Judged(tmp_path_factory.mktemp("judged"))


@pytest.fixture
def own(tmp_path: Path) -> Judged:
    return Judged(tmp_path / "study")


class TestSheet:
    @pytest.mark.parametrize("name", ["sheet.csv", "sheet.parquet"])
    def test_blind_private_and_safe_for_spreadsheets(
        self, name: str, judged: Judged, tmp_path: Path
    ) -> None:
        file = tmp_path / name
        result = call("label", judged.folder, "--category", "bad", "-n", 40, "--out", file)
        assert result.exit_code == 0, result.output
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        rows = cells(file)
        names = "response_id category channel prompt response label second_label weight note"
        assert list(rows[0]) == names.split()
        assert len(rows) == 80
        assert all(not row["label"] and not row["second_label"] for row in rows)
        guard = "'" if name.endswith("csv") else ""
        assert all(row["prompt"].startswith(f"{guard}=ask ") for row in rows)
        with open_session(judged.folder) as session:
            arms = dict(session.rows("SELECT response_id, checkpoint FROM responses"))
        order = [arms[row["response_id"]] for row in rows]
        assert order.count("a") == 40
        # Shuffled: neither arm after arm, nor prompt after prompt.
        assert {tuple(order[i : i + 2]) for i in range(0, 80, 2)} == {
            (x, y) for x in "ab" for y in "ab"
        }
        again = tmp_path / f"again-{name}"
        call("label", judged.folder, "--category", "bad", "-n", 40, "--out", again)
        assert cells(again) == rows

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1"])
    def test_formulas(self, text: str) -> None:
        assert guarded(text) == f"'{text}"
        assert unguarded(guarded(text)) == text
        assert guarded(f" {text}") == f" {text}"
        assert unguarded("'quoted'") == "'quoted'"

    def test_nothing_filled_or_foreign_is_overwritten(self, judged: Judged, tmp_path: Path) -> None:
        file, foreign = tmp_path / "sheet.csv", tmp_path / "dump.csv"
        draw = ("label", judged.folder, "--category", "bad", "--n", 10, "--out")
        assert call(*draw, file).exit_code == 0
        assert call(*draw, file, "--seed", 1).exit_code == 0  # nobody has worked on it yet
        assert call("label", judged.folder, file, keys="yq").exit_code == 0
        before = file.read_bytes()
        result = call(*draw, file)
        assert (result.exit_code, file.read_bytes()) == (1, before)
        assert "1 rows of it are labelled" in result.stderr
        foreign.write_text("a,b\n1,2\n")
        assert "no sheet" in call(*draw, foreign).stderr
        assert "name it so" in call(*draw, tmp_path / "sheet.xlsx").stderr

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"category": "bda"}, "did you mean 'bad'"),
            ({"scorer": "nobody"}, "judge did"),
            ({"channel": "thoughts"}, "but in response"),
            ({"arms": ("a", "c")}, "it has a, b"),
        ],
    )
    def test_what_is_not_there(
        self, options: Row, message: str, judged: Judged, tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigError, match=message):
            draw_sheet(judged.folder, tmp_path / "s.csv", **{"category": "bad", "n": 9} | options)

    def test_usage(self, judged: Judged, tmp_path: Path) -> None:
        assert call("label", judged.folder).exit_code == 2
        assert call("label", judged.folder, "--category", "bad", "--second").exit_code == 2
        assert call("label", judged.folder, "s.csv", "--n", 9).exit_code == 2
        assert call("label", judged.folder, "--category", "bad", "--pair", "a").exit_code == 2
        missing = call("label", judged.folder, tmp_path / "s.csv")
        assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)


class TestCalibrate:
    def test_a_sheet_is_read_straight_back(self, own: Judged, tmp_path: Path) -> None:
        sheet = tmp_path / "sheet.csv"
        call("label", own.folder, "--category", "bad", "--n", 60, "--out", sheet)
        call("label", own.folder, sheet, keys="yn")
        found = calibrate(own.folder, sheet)
        assert (found.rows, found.matched, found.unlabelled, found.unusable) == (120, 2, 118, 0)
        larger = tmp_path / "larger.parquet"
        drawn = draw_sheet(own.folder, larger, category="bad", n=90)
        assert (drawn.rows, drawn.filled, drawn.elsewhere) == (180, 2, 0)
        assert draw_sheet(
            own.folder, tmp_path / "o.csv", category="bad", n=4, seed=3
        ).elsewhere in (1, 2)
        AnnotationSheet(larger).set(0, "note", "seen")
        assert calibrate(own.folder, larger).unlabelled == 178

    def test_corrected_differences_are_unbiased(self, own: Judged, tmp_path: Path) -> None:
        """The whole way, 16 draws: a third of what is flagged is drawn, which a careless correction would miss."""
        truth = dict.fromkeys("ab", 0.0)
        with open_session(own.folder) as session:
            for response, arm in session.rows("SELECT response_id, checkpoint FROM responses"):
                truth[arm] += (own.truth[response] == "yes") / own.PROMPTS
        found = []
        for seed in range(16):
            sheet = tmp_path / f"{seed}.parquet"
            (own.folder / "human_labels.parquet").unlink(missing_ok=True)
            draw_sheet(own.folder, sheet, category="bad", n=80, seed=seed)
            own.fill(sheet)
            calibrate(own.folder, sheet)
            with open_session(own.folder) as session:
                found += session.rows(
                    "SELECT base_corrected, candidate_corrected, corrected_low, corrected_high, correction"
                    " FROM comparisons WHERE stratum = 'all'"
                )
        assert {row[4] for row in found} == {"ppi"}
        rates = np.array([row[:2] for row in found])
        for column, arm in zip(rates.T, "ab", strict=True):
            assert abs(column.mean() - truth[arm]) < 3 * column.std() / np.sqrt(len(found))
        difference = truth["b"] - truth["a"]
        covered = sum(low <= difference <= high for _, _, low, high, _ in found)
        assert covered >= 14


def test_on_a_study_that_went_the_whole_way(demo: Demo, tmp_path: Path) -> None:
    sheet = tmp_path / "refusal.csv"
    result = call("label", demo.study, "--category", "refusal", "--n", 8, "--out", sheet)
    assert result.exit_code == 0, result.output
    text = sheet.read_text("utf-8")
    assert not any(value in text for values in demo.planted.values() for value in values)
    page = call("label", demo.study, sheet, keys="ynq").output
    assert "Does not count" in page
    assert "2 of 16 labelled" in page
    with pytest.raises(LogminerError, match="no such study"):
        draw_sheet(tmp_path / "none", tmp_path / "x.csv", category="refusal", n=8)
