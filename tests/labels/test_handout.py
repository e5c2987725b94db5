"""Texts are drawn for people, laid out blind, labelled in the terminal, and read back by `calibrate`."""

from __future__ import annotations

import csv
import json
import random
import stat
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.errors import ConfigError, LogminerError, SourceError
from logminer.labels.annotation import AnnotationSheet, guarded, unguarded
from logminer.labels.calibrating import calibrate
from logminer.labels.drawing import allocate, draw_prompts
from logminer.labels.handout import draw_sheet
from logminer.store.session import open_session
from tests.conftest import Demo
from tests.kit.world import World

Row = dict[str, Any]


def call(*arguments: object, keys: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=keys)


def cells(path: Path) -> list[Row]:
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Judged:
    """A study of 600 prompts whose truth is known; the judge errs, and it errs differently on the arms."""

    PROMPTS = 600

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth: dict[str, str] = {}
        rng, world = random.Random(5), World(folder)
        for i in range(self.PROMPTS):
            hard = rng.random() < 0.2
            says = []
            for miss, invent in ((0.2, 0.02), (0.35, 0.06)):
                true = rng.random() < (0.45 if hard else 0.03)
                says.append((true, rng.random() > miss if true else rng.random() < invent))
            world.add(*((("yes" if seen else "no"),) for _, seen in says))
            world.tables["prompts"][-1]["messages"] = [{"role": "user", "content": f"=ask {i}"}]
            for row, (true, _) in zip(world.tables["responses"][-2:], says, strict=True):
                row["response"] = f"answer {i} of nobody"
                self.truth[row["response_id"]] = "yes" if true else "no"
        world.compared()

    def draw(self, n: int, seed: int = 0) -> tuple[tuple[Any, float], ...]:
        with open_session(self.folder) as session:
            return draw_prompts(
                session,
                category="bad",
                channel="response",
                scorer="judge",
                arms=("a", "b"),
                n=n,
                seed=seed,
            ).units

    def fill(self, path: Path) -> None:
        sheet = AnnotationSheet(path)
        for place in sheet.open_rows("label"):
            sheet.rows[place]["label"] = self.truth[sheet.rows[place]["response_id"]]
        first = sheet.open_rows("label") or [0]
        sheet.set(first[0], "label", self.truth[sheet.rows[first[0]]["response_id"]])


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return Judged(tmp_path_factory.mktemp("judged"))


@pytest.fixture
def own(tmp_path: Path) -> Judged:
    return Judged(tmp_path / "study")


class TestDraw:
    def test_half_of_it_is_flagged_and_weights_add_up_to_the_study(self, judged: Judged) -> None:
        units = judged.draw(60)
        strata = Counter(unit.stratum for unit, _ in units)
        assert strata == {"neither": 30, "discordant": 15, "both": 15}
        assert sum(weight for _, weight in units) == pytest.approx(judged.PROMPTS)
        assert len({unit.prompt_id for unit, _ in units}) == 60
        assert all(len(unit.responses) == 2 for unit, _ in units)

    def test_a_larger_draw_holds_the_smaller_and_another_seed_is_another(
        self, judged: Judged
    ) -> None:
        draws = [{unit for unit, _ in judged.draw(n)} for n in (4, 50, 51, 300, 10**6)]
        assert all(small < large for small, large in pairwise(draws))
        assert len(draws[-1]) == judged.PROMPTS
        assert judged.draw(50) == judged.draw(50)
        assert judged.draw(50) != judged.draw(50, seed=1)
        assert {weight for _, weight in judged.draw(judged.PROMPTS)} == {1.0}

    def test_weighted_estimates_are_unbiased(self, judged: Judged) -> None:
        """Of 400 draws: the difference of the arms, both rates, and the scorer's, within Monte Carlo error."""
        estimates = []
        for seed in range(400):
            units = judged.draw(60, seed)
            said = np.array([[judged.truth[r] == "yes" for r in u.responses] for u, _ in units])
            weights = np.array([weight for _, weight in units])
            rates = weights @ said / judged.PROMPTS
            estimates.append([*rates, rates[1] - rates[0]])
        every = judged.draw(judged.PROMPTS)
        true = np.mean([[judged.truth[r] == "yes" for r in u.responses] for u, _ in every], axis=0)
        found, error = np.mean(estimates, axis=0), np.std(estimates, axis=0) / 20
        assert np.all(np.abs(found - [*true, true[1] - true[0]]) < 3 * error)

    def test_seats(self) -> None:
        assert allocate({"neither": 9, "discordant": 0, "both": 1}, 6) == {
            "neither": 5,
            "discordant": 0,
            "both": 1,
        }
        sizes, before = {"neither": 30, "discordant": 2, "both": 11}, Counter[str]()
        for n in range(50):
            after = allocate(sizes, n)
            assert sum(after.values()) == min(n, 43)
            assert all(before[name] <= taken <= sizes[name] for name, taken in after.items())
            assert n < 4 or all(after.values())
            before = Counter(after)


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
        """The whole way, 40 draws: a third of what is flagged is drawn, which a careless correction would miss."""
        truth = dict.fromkeys("ab", 0.0)
        with open_session(own.folder) as session:
            for response, arm in session.rows("SELECT response_id, checkpoint FROM responses"):
                truth[arm] += (own.truth[response] == "yes") / own.PROMPTS
        found = []
        for seed in range(40):
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
        assert covered >= 36


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
