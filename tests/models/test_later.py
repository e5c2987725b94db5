"""What transformers would load for nobody is not loaded."""

from __future__ import annotations

import subprocess
import sys


def test_anonymising_loads_no_pipelines_of_transformers_and_leaves_them_as_they_are() -> None:
    code = """
import sys
import logminer.privacy.engine.engine
import transformers
assert "transformers.pipelines" not in sys.modules
assert "pipeline" not in vars(transformers)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
