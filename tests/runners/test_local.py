"""A pool of processes, from a script as people write them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.places import ROOT

POOL_SCRIPT = """
import sys
from pathlib import Path
from logminer.store.parts import PartFolder
from logminer.runners.flow import flow
from logminer.runners.local import PoolRunner
from logminer.stages.step import Step
sys.path.insert(0, sys.argv[2])
from tests.kit.numbers import Add, Rows
stage = Add(by=1, fail=sys.argv[3])
step = Step(stage, PartFolder(Path(sys.argv[1]), "add", "f"), None)
runner = PoolRunner(2)
slices = [Rows(f"s-{i}", [i]) for i in range(4)]
try:
    done = list(flow([step], slices[:3], runner))
    runner.rest()
    done += flow([step], slices[3:], runner)
    print(sorted(one.part for one in done))
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
