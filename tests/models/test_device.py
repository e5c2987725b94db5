"""Which processor a model computes on, said before anything is computed."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.errors import ModelError
from logminer.models.device import DRIVER, placed
from logminer.models.precision import Number, resolved
from logminer.stages.base import CPU, GPU
from logminer.stages.embed import Embed, EmbedOptions
from tests.kit.dumps import conversations, write

NO_GPU = pytest.mark.skipif(DRIVER.exists(), reason="there is a GPU")


def embed(**options: str) -> Embed:
    return Embed(embed=EmbedOptions.model_validate(options), checkpoint="c")


def test_a_gpu_computes_in_bfloat16_on_a_lane_of_its_own() -> None:
    on_gpu = embed(device="cuda")
    assert (on_gpu.lane, on_gpu.resources) == (GPU, {"gpu": 1.0})
    assert resolved("auto", "cuda") == "bfloat16"
    assert on_gpu.fingerprint("x") == embed(device="cpu", precision="bfloat16").fingerprint("x")
    assert embed(device="cpu").lane == CPU


def test_what_auto_comes_to_is_settled_where_the_run_begins() -> None:
    here = Embed.of(EmbedOptions(), "c")
    assert here.fingerprint("x") == embed().fingerprint("x")
    assert here.embed.device == placed("auto")
    # As it arrives from a machine that computes with other numbers.
    other: Number = "float32" if here.number == "bfloat16" else "bfloat16"
    arrived = pickle.loads(pickle.dumps(here.model_copy(update={"number": other})))
    assert arrived.fingerprint("x") == embed(precision=other).fingerprint("x")
    if other == "bfloat16":
        with pytest.raises(ModelError, match=r"has no bfloat16.*set embed\.precision: float32"):
            arrived.open()


@NO_GPU
def test_where_there_is_no_gpu_auto_is_the_cpu() -> None:
    assert placed("auto") == "cpu"
    assert embed().resources == {}


@NO_GPU
def test_a_gpu_that_is_not_there_is_said_by_check_with_the_key_and_what_to_do(
    tmp_path: Path,
) -> None:
    write(tmp_path / "dump.parquet", conversations(3))
    study = "study: s\nsource: {path: dump.parquet}\nembed: {device: cuda}\n"
    (tmp_path / "p.yaml").write_text(study)
    with pytest.raises(ModelError, match=r"embed\.device: cuda: .* set embed\.device to cpu"):
        load_pipeline(tmp_path / "p.yaml").check()
    (tmp_path / "p.yaml").write_text(study + "runner: ray\n")  # the cluster's GPUs are elsewhere
    load_pipeline(tmp_path / "p.yaml").check()
