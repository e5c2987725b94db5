"""One part of one stage: whole or not at all, kept in lots, resumed."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from logminer.errors import StageFailed
from logminer.runners.part import run_part
from logminer.stages.base import Task
from logminer.store.parts import PartFile
from tests.kit.numbers import Add, Costly, CostlyTransform, Rows


class TestRunPart:
    def task(self, tmp_path: Path, numbers: list[int]) -> Task:
        return Task("p-0", tmp_path / "add-f" / "p-0.parquet", Rows("p-0", numbers))

    @pytest.mark.parametrize("numbers", [[], [1], [1, 2, 3, 4, 5]])
    def test_keeping_lots_changes_nothing(self, numbers: list[int], tmp_path: Path) -> None:
        found = []
        for stage in (Add(by=1), Costly(by=1)):
            task = self.task(tmp_path / type(stage).__name__, numbers)
            done = run_part(stage, stage.open(), task)
            assert (done.rows_in, done.rows_out, done.reused) == (len(numbers), len(numbers), False)
            found.append(PartFile(task.output).read())
            leftovers = [p for p in task.output.parent.rglob("*.parquet") if p != task.output]
            assert leftovers == []
        assert found[0].equals(found[1])

    def test_a_part_that_exists_is_done(self, tmp_path: Path) -> None:
        task = self.task(tmp_path, [1, 2])
        run_part(Add(by=1), Add(by=1).open(), task)
        again = run_part(Add(by=1), Add(by=1, fail="x").open(), task)
        assert again.reused
        assert again.rows_in == 2

    def test_lots_survive_a_crash(self, tmp_path: Path) -> None:
        task = self.task(tmp_path, [1, 2, 3, 4, 5])
        heard: list[int] = []
        broken = CostlyTransform(1, fail_at=4)
        with pytest.raises(StageFailed):
            run_part(Costly(by=1), broken, task, heard.append)
        assert broken.computed == [5, 4, 3, 2]
        whole = CostlyTransform(1)
        run_part(Costly(by=1), whole, task, heard.append)
        assert whole.computed == [1]
        assert heard == [0, 2, 2, 4, 1]
        assert PartFile(task.output).read()["n"].to_pylist() == [2, 3, 4, 5, 6]
        assert [p for p in tmp_path.rglob("*.parquet") if p != task.output] == []

    def test_rows_of_another_fingerprint_are_taken_over_where_the_kin_is_the_same(
        self, tmp_path: Path
    ) -> None:
        def task(fingerprint: str, numbers: list[int], kin: str | None) -> Task:
            file = tmp_path / f"add-{fingerprint}" / "p-0.parquet"
            return Task("p-0", file, Rows("p-0", numbers), kin=kin)

        def computed(task: Task, fail_at: int | None = None) -> list[int]:
            transform = CostlyTransform(1, fail_at)
            with contextlib.suppress(StageFailed):
                run_part(Costly(by=1), transform, task)
            return transform.computed

        assert computed(task("f1", [1, 2, 3], "k")) == [3, 2, 1]
        assert computed(task("f2", [2, 3, 4, 5, 6], "k"), fail_at=2) == [6, 5]
        wanted = task("f3", [1, 2, 5, 7], "k")
        assert computed(wanted) == [7]  # out of a part and out of an unfinished one
        assert PartFile(wanted.output).read()["n"].to_pylist() == [2, 3, 6, 8]
        assert computed(task("f4", [1, 2], "another")) == [2, 1]
        assert computed(task("f5", [1, 2], None)) == [2, 1]

    def test_no_text_in_what_a_bug_says(self, tmp_path: Path) -> None:
        stage = Add(by=1, fail="MY SECRET")
        with pytest.raises(StageFailed) as error:
            run_part(stage, stage.open(), self.task(tmp_path, [1]))
        assert "SECRET" not in str(error.value)
        assert "ValueError at numbers.py" in str(error.value)
