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
import torch
from sentence_transformers.util import manhattan_sim
assert manhattan_sim(torch.ones(1, 2), torch.zeros(1, 2)).item() == -2
assert sys.modules["sklearn.metrics"].__file__
"""
    assert ran(code) == (0, "")
