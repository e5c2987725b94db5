"""The spine: errors, ids, options, parts, runners."""

from __future__ import annotations

import contextlib
import inspect
import os
import pickle
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer import errors, ids, schemas
from logminer.errors import (
    CheckpointLost,
    ConfigError,
    SecretError,
    StageFailed,
    Stopped,
    StoreError,
)
from logminer.process import stopping
from logminer.runners.flow import flow
from logminer.runners.local import PoolRunner, SerialRunner
from logminer.runners.part import run_part
from logminer.schemas import LABELS, Column, Table
from logminer.spec import Spec, incidental, load_yaml, parse
from logminer.stages.base import Stage, Task, Transform
from logminer.stages.step import Step
from logminer.store import parts
from logminer.store.parts import PartFile, PartFolder
from tests.kit.places import ROOT

NUMBERS = Table("numbers", "numbers", (Column("n", pa.int64(), "a number"),))


class Rows:
    """A readable slice of numbers."""

    def __init__(self, part: str, numbers: list[int]) -> None:
        self.part, self.numbers = part, numbers

    def read(self) -> pa.Table:
        return pa.table({"n": self.numbers}, schema=NUMBERS.schema)


class Add(Stage):
    """Adds `by`, and the sum of a side input if there is one."""

    name: ClassVar[str] = "add"
    input: ClassVar[Table] = NUMBERS
    output: ClassVar[Table] = NUMBERS
    sides: ClassVar[dict[str, Table]] = {"more": NUMBERS}
    by: int
    label_: str = incidental("add")
    fail: str = ""

    @property
    def label(self) -> str:
        return self.label_

    def open(self) -> Transform:
        def transform(batch: pa.RecordBatch, **sides: pa.Table) -> pa.RecordBatch:
            if self.fail:
                raise ValueError(f"the text of a conversation: {self.fail}")
            extra = sum(n for side in sides.values() for n in side["n"].to_pylist())
            numbers = [n + self.by + extra for n in batch["n"].to_pylist()]
            return pa.RecordBatch.from_pydict({"n": numbers}, schema=NUMBERS.schema)

        return transform


class Costly(Add):
    """The same, two rows at a time, each lot kept; `calls` notes how many rows were computed, backwards."""

    def open(self) -> Transform:
        return CostlyTransform(self.by)


class CostlyTransform:
    def __init__(self, by: int, fail_at: int | None = None) -> None:
        self.by, self.fail_at = by, fail_at
        self.computed: list[int] = []

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        raise AssertionError("a runner takes its rows gradually")

    def gradually(
        self, batch: pa.RecordBatch, kept: pa.Table, /, **sides: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        there = set(kept["n"].to_pylist())
        missing = [n for n in batch["n"].to_pylist() if n + self.by not in there][::-1]
        for start in range(0, len(missing), 2):
            if len(self.computed) == self.fail_at:
                raise MemoryError
            lot = missing[start : start + 2]
            self.computed += lot
            yield pa.RecordBatch.from_pydict(
                {"n": [n + self.by for n in lot]}, schema=NUMBERS.schema
            )

    def arranged(self, batch: pa.RecordBatch, rows: pa.Table, /) -> pa.RecordBatch:
        wanted = {n + self.by for n in batch["n"].to_pylist()}
        numbers = sorted(n for n in rows["n"].to_pylist() if n in wanted)
        return pa.RecordBatch.from_pydict({"n": numbers}, schema=NUMBERS.schema)


def test_errors_survive_pickling() -> None:
    classes = [
        c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__
    ]
    assert {c.__name__ for c in classes} == set(errors.__all__) - {"did_you_mean"}
    for cls in classes:
        error = cls("a", "b", "c", "d") if cls is StageFailed else cls("what is wrong")
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is cls
        assert str(again) == str(error)


def test_every_table_documents_every_column_and_marks_its_privacy() -> None:
    tables = [t for t in vars(schemas).values() if isinstance(t, Table)]
    assert len(tables) > 12
    for table in tables:
        assert table.doc
        assert all(c.doc for c in table.columns)
        assert table.schema.metadata[b"privacy"] == (
            b"raw" if table.name.startswith("raw") else b"pseudonymised"
        )


class TestIds:
    def test_pseudonyms_separate_keys_projects_and_purposes(self) -> None:
        one = ids.Pseudonyms(b"k" * 32, "a")
        others = [ids.Pseudonyms(b"k" * 32, "b"), ids.Pseudonyms(b"x" * 32, "a")]
        assert one.user("u1") == ids.Pseudonyms(b"k" * 32, "a").user("u1")
        assert all(one.user("u1") != other.user("u1") for other in others)
        assert one.user("u1") != one.conversation("u1")

    @given(st.text(), st.text(), st.text(), st.text())
    def test_values_cannot_run_into_each_other(self, a: str, b: str, c: str, d: str) -> None:
        pseudonyms = ids.Pseudonyms(b"k" * 32, "p")
        same = pseudonyms.digest("x", a, b) == pseudonyms.digest("x", c, d)
        assert same == ((a, b) == (c, d))

    def test_split_halves_the_users(self) -> None:
        pseudonyms = ids.Pseudonyms(b"k" * 32, "p")
        share = sum(pseudonyms.split(f"u{i}") == "discovery" for i in range(4000)) / 4000
        assert 0.46 < share < 0.54

    def test_key_file_is_created_once_and_private(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(ids.KEY_VARIABLE)
        file = tmp_path / "new" / "key"
        monkeypatch.setenv(ids.KEY_FILE_VARIABLE, str(file))
        with pytest.raises(SecretError, match="no pseudonym key"):
            ids.load_key()
        key = ids.load_key(create=True)
        assert len(key) >= 32
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert ids.load_key(create=True) == key
        file.chmod(0o644)
        with pytest.raises(SecretError, match="chmod 600"):
            ids.load_key()

    @pytest.mark.parametrize("text", ["abc", "z" * 64, "5f" * 31])
    def test_malformed_key_says_how_to_make_one(
        self, text: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(ids.KEY_VARIABLE, text)
        with pytest.raises(SecretError, match="token_hex") as error:
            ids.load_key()
        assert text not in str(error.value)


class Inner(Spec):
    depth: int = 0


class Outer(Spec):
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    fast: int = incidental(1)


class TestSpec:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ({"iner": {}}, "iner: unknown key; did you mean 'inner'"),
            ({"inner": {"dept": 1}}, "inner.dept: unknown key; did you mean 'depth'"),
            ({"many": [{}, {"dept": 1}]}, "many.1.dept: unknown key; did you mean 'depth'"),
            ({"inner": {"depth": "1"}}, "inner.depth: input should be a valid integer"),
        ],
    )
    def test_errors_name_the_path_in_the_file(self, data: dict[str, object], message: str) -> None:
        with pytest.raises(ConfigError) as error:
            parse(Outer, data, "p.yaml")
        assert str(error.value).startswith(f"p.yaml: {message}")
        assert "\n" not in str(error.value)

    def test_incidental_options_stay_out(self) -> None:
        assert (
            Outer(fast=2).options()
            == Outer(fast=3).options()
            == {"inner": {"depth": 0}, "many": []}
        )

    @pytest.mark.parametrize("text", ["a: [", "- 1", "\x00"])
    def test_yaml_that_is_none(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "p.yaml"
        file.write_text(text)
        with pytest.raises(ConfigError, match=r"p\.yaml"):
            load_yaml(file)


class TestParts:
    def test_written_whole_or_not_at_all(self, tmp_path: Path) -> None:
        folder = PartFolder(tmp_path, "labels", "f00")
        bad = pa.table({"response_id": [1]})
        with pytest.raises((pa.ArrowException, ValueError, KeyError)):
            parts.write(folder.file("a-0"), bad, LABELS, rows_in=1, rejected=0)
        assert folder.parts() == []
        assert not list(folder.path.iterdir())

    def test_sweep_removes_what_a_killed_run_left(self, tmp_path: Path) -> None:
        folder = PartFolder(tmp_path, "add", "f00")
        data = pa.table({"n": [1]}, schema=NUMBERS.schema)
        parts.write(folder.file("a-0"), data, NUMBERS, rows_in=1, rejected=0)
        (folder.path / f".a-1.123{parts.TEMPORARY}").write_bytes(b"half")
        assert parts.sweep(tmp_path) == 1
        assert folder.parts() == ["a-0"]

    def test_damaged_part_names_the_file_and_the_mend(self, tmp_path: Path) -> None:
        file = tmp_path / "x.parquet"
        file.write_bytes(b"PAR1 nothing")
        with pytest.raises(StoreError, match=r"x\.parquet: damaged part; delete"):
            PartFile(file).read()


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
        assert "ValueError at test_part.py" in str(error.value)


class TestFlow:
    def steps(self, root: Path) -> list[Step]:
        def step(stage: Stage, primary: Step | None, *more: Step) -> Step:
            upstream = [s.folder.fingerprint for s in (primary, *more) if s]
            folder = PartFolder(root, stage.label, stage.fingerprint(*upstream))
            return Step(stage, folder, primary, (("more", more),) if more else ())

        first = step(Add(by=1, label_="first"), None)
        second = step(Add(by=10, label_="second"), first)
        third = step(Add(by=100, label_="third"), second, first)
        return [first, second, third]

    def test_carries_every_slice_to_the_end_and_resumes(self, tmp_path: Path) -> None:
        steps, slices = self.steps(tmp_path), [Rows(f"s-{i}", [i]) for i in range(5)]
        done = list(flow(steps, slices, SerialRunner()))
        assert len(done) == 15
        for i in range(5):
            out = PartFile(steps[2].folder.file(f"s-{i}")).read()["n"].to_pylist()
            assert out == [(i + 1) + 10 + 100 + (i + 1)]
        steps[1].folder.file("s-2").unlink()
        again = list(flow(steps, slices, SerialRunner()))
        assert [(d.stage, d.part) for d in again if not d.reused] == [("second", "s-2")]

    def test_earlier_parts_go_to_the_end_first(self, tmp_path: Path) -> None:
        taken: list[str] = []

        def slices() -> list[Rows]:
            for i in range(4):
                taken.append(f"taken {i}")
                yield Rows(f"s-{i}", [i])

        for done in flow(self.steps(tmp_path), slices(), SerialRunner()):
            taken.append(f"{done.stage} {done.part}")
        assert taken.index("third s-0") < taken.index("taken 3")

    def test_changed_option_reruns_that_stage_and_those_after(self, tmp_path: Path) -> None:
        one = self.steps(tmp_path)
        changed = Add(by=11, label_="second").fingerprint(one[0].folder.fingerprint)
        assert changed != one[1].folder.fingerprint
        relabelled = Add(by=10, label_="other").fingerprint(one[0].folder.fingerprint)
        assert relabelled == one[1].folder.fingerprint


class Serving(Add):
    """Computed in a process of its own, two parts at once; it waits for as many parts before it goes on."""

    meet: str  # a folder where parts tell that they have begun

    @property
    def lane(self) -> str:
        return self.label

    @property
    def parts_at_once(self) -> int:
        return 2

    def open(self) -> Transform:
        def transform(batch: pa.RecordBatch, **sides: pa.Table) -> pa.RecordBatch:
            (Path(self.meet) / str(batch["n"][0])).touch()
            deadline = time.monotonic() + 30
            while len(list(Path(self.meet).iterdir())) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            if self.fail == "lost":
                raise CheckpointLost("gone")
            if self.fail == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            while self.fail == "stop" and not stopping.requested():
                time.sleep(0.01)
            if self.fail == "stop":
                raise Stopped
            return batch

        return transform


class TestLane:
    def flow(
        self, tmp_path: Path, fail: str, *others: Stage, say: Any = lambda text: None
    ) -> list[str]:
        meet = tmp_path / "meet"
        meet.mkdir()
        stages = [Serving(by=0, label_="serving", meet=str(meet), fail=fail), *others]
        steps = [Step(s, PartFolder(tmp_path / "parts", s.label, "f"), None) for s in stages]
        runner, slices = PoolRunner(1), [Rows(f"s-{i}", [i]) for i in range(4)]
        found = []
        try:
            for done in flow(steps, slices, runner, say):
                found.append(f"{done.stage} {done.part}")
        finally:
            runner.close()
            self.found = sorted(found)
        return self.found

    def test_one_process_works_on_several_parts_at_once(self, tmp_path: Path) -> None:
        started = time.monotonic()
        assert self.flow(tmp_path, "") == [f"serving s-{i}" for i in range(4)]
        assert time.monotonic() - started < 25

    def test_a_lost_checkpoint_stops_the_flow(self, tmp_path: Path) -> None:
        with pytest.raises(CheckpointLost, match="gone"):
            self.flow(tmp_path, "lost")

    def test_others_go_on_when_one_checkpoint_is_lost(self, tmp_path: Path) -> None:
        (tmp_path / "there").mkdir()
        for name in "ab":
            (tmp_path / "there" / name).touch()
        other = Serving(by=0, label_="other", meet=str(tmp_path / "there"))
        said: list[str] = []
        with pytest.raises(CheckpointLost, match="gone"):
            self.flow(tmp_path, "lost", other, say=said.append)
        assert self.found == [f"other s-{i}" for i in range(4)]
        assert said == ["gone; the other checkpoints go on"]

    def test_a_killed_process_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(StageFailed, match="a worker process was killed"):
            self.flow(tmp_path, "killed")

    def test_the_wish_to_stop_reaches_it(self, tmp_path: Path) -> None:
        timer = threading.Timer(3.0, stopping.request)
        timer.start()
        try:
            with pytest.raises(Stopped):
                self.flow(tmp_path, "stop")
        finally:
            timer.cancel()
            stopping.reset()
        assert self.found == []


POOL_SCRIPT = """
import sys
from pathlib import Path
from logminer.store.parts import PartFolder
from logminer.runners.flow import flow
from logminer.runners.local import PoolRunner
from logminer.stages.step import Step
sys.path.insert(0, sys.argv[2])
from tests.runners.test_part import Add, Rows
stage = Add(by=1, fail=sys.argv[3])
step = Step(stage, PartFolder(Path(sys.argv[1]), "add", "f"), None)
runner = PoolRunner(2)
try:
    print(sorted(done.part for done in flow([step], [Rows(f"s-{i}", [i]) for i in range(4)], runner)))
finally:
    runner.close()
"""


@pytest.mark.parametrize("fail", ["", "SECRET"])
def test_pool_needs_no_main_guard_and_passes_errors_on(fail: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(POOL_SCRIPT)
    here = str(ROOT)
    environment = os.environ | {"PYTHONPATH": here}
    ran = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "parts"), here, fail],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )
    if fail:
        assert "StageFailed" in ran.stderr
        assert "SECRET" not in ran.stderr
    else:
        assert ran.stdout.strip() == "['s-0', 's-1', 's-2', 's-3']", ran.stderr
