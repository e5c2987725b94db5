"""What transformers would load for nobody is not loaded."""

from __future__ import annotations

import subprocess
import sys


def ran(code: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.returncode, done.stderr


def test_anonymising_loads_no_pipelines_of_transformers_and_leaves_them_as_they_are() -> None:
    code = """
import sys
import logminer.privacy.engine.engine
import transformers
assert "transformers.pipelines" not in sys.modules
assert "pipeline" not in vars(transformers)
"""
    assert ran(code) == (0, "")


def test_embedding_loads_no_distances_of_sklearn_and_leaves_them_as_they_are() -> None:
    code = """
import sys
from logminer.models.encoder import Encoder
Encoder("all-MiniLM-L6-v2")
assert not {"sklearn", "sklearn.metrics", "pandas"} & set(sys.modules)
from sentence_transformers.util import similarity
assert similarity.pairwise_distances([[1.0, 1.0]], [[0.0, 0.0]], metric="manhattan") == 2
assert sys.modules["sklearn.metrics"].__file__
"""
    assert ran(code) == (0, "")
