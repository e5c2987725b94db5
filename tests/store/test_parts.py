"""Files of parts: written whole or not at all, swept, and told when damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from logminer.errors import StoreError
from logminer.schemas import LABELS
from logminer.store import parts
from logminer.store.parts import PartFile, PartFolder
from tests.kit.numbers import NUMBERS
from tests.kit.s3 import bucket


class TestParts:
    def test_written_whole_or_not_at_all(self, tmp_path: Path) -> None:
        folder = PartFolder(tmp_path, "labels", "f00")
        bad = pa.table({"response_id": [1]})
        with pytest.raises((pa.ArrowException, ValueError, KeyError)):
            parts.write(folder.file("a-0"), bad, LABELS, rows_in=1, rejected=0)
        assert folder.parts() == []
        assert not list(tmp_path.rglob("*.*"))

    def test_sweep_removes_what_a_killed_run_left(self, tmp_path: Path) -> None:
        folder = PartFolder(tmp_path, "add", "f00")
        data = pa.table({"n": [1]}, schema=NUMBERS.schema)
        parts.write(folder.file("a-0"), data, NUMBERS, rows_in=1, rejected=0)
        (folder.path / f".a-1.123{parts.TEMPORARY}").write_bytes(b"half")
        assert parts.sweep(tmp_path) == 1
        assert folder.parts() == ["a-0"]

    def test_in_a_store_one_that_took_other_answers_is_put_anew(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with bucket(monkeypatch) as store:
            file = PartFolder(store.root, "add", "f00").file("a-0")
            for n, taken in ((1, "old"), (2, "new"), (3, "new")):
                data = pa.table({"n": [n]}, schema=NUMBERS.schema)
                extra = ((parts.TAKEN, taken),)
                parts.write(file, data, NUMBERS, rows_in=1, rejected=0, extra=extra)
            assert PartFile(file).read().to_pylist() == [{"n": 2}]

    def test_damaged_part_names_the_file_and_the_mend(self, tmp_path: Path) -> None:
        file = tmp_path / "x.parquet"
        file.write_bytes(b"PAR1 nothing")
        with pytest.raises(StoreError, match=r"x\.parquet: damaged part; delete"):
            PartFile(file).read()

    @pytest.mark.skipif(sys.platform == "darwin", reason="no limit on the address space there")
    @pytest.mark.parametrize("spare", [0, 2_000_000])  # nothing at all; no stack for a thread
    def test_a_part_that_no_memory_is_left_to_read_is_not_called_damaged(
        self, spare: int, tmp_path: Path
    ) -> None:
        file = PartFolder(tmp_path, "add", "f00").file("a-0")
        data = pa.table({"n": range(300_000)}, schema=NUMBERS.schema)
        parts.write(file, data, NUMBERS, rows_in=1, rejected=0)
        starved = "\n".join(
            [
                "import resource, sys",
                "from pathlib import Path",
                "import psutil",
                "from logminer.store.parts import PartFile",
                f"most = psutil.Process().memory_info().vms + {spare}",
                "resource.setrlimit(resource.RLIMIT_AS, (most, most))",
                "PartFile(Path(sys.argv[1])).examined()",
            ]
        )
        found = subprocess.run(
            [sys.executable, "-c", starved, str(file)], capture_output=True, text=True, check=False
        )
        assert "StoreError" in found.stderr
        assert "no memory was left to read it" in found.stderr
        assert "damaged" not in found.stderr
