"""Which numbers a model computes with on this machine."""

from __future__ import annotations

import functools
import platform
from pathlib import Path
from typing import Literal

from logminer.errors import ModelError
from logminer.models.device import Processor

__all__ = ["Number", "Precision", "require_number", "resolved"]

Number = Literal["float32", "bfloat16"]
Precision = Literal["auto", "float32", "bfloat16"]

CPU = Path("/proc/cpuinfo")
HARDWARE = {"avx512_bf16", "amx_bf16", "bf16"}  # as Linux calls it, on x86 and on ARM


def resolved(precision: Precision, processor: Processor = "cpu") -> Number:
    """The numbers that are meant: `auto` is bfloat16 on a GPU and where the CPU multiplies such itself, elsewhere float32.

    Reads a file of the kernel (no torch), so a stage can name its output by it. Where there is none, `auto` is float32.
    """
    if precision == "auto":
        return "bfloat16" if processor == "cuda" or _has_bfloat16() else "float32"
    return precision


def require_number(number: Number, processor: Processor, key: str) -> None:
    """For numbers that `auto` came to on the machine where a run began; `key` is the option of the pipeline.

    Raises:
        ModelError: they are bfloat16, and the CPU here does not multiply such itself.
    """
    if number == "bfloat16" and processor == "cpu" and not _has_bfloat16():
        raise ModelError(
            f"node {platform.node()}: its CPU has no bfloat16, in which this study is computed since the machine where the"
            f" run began has it ({key}: auto): set {key}: float32, or leave the node out"
        )


@functools.cache
def _has_bfloat16() -> bool:
    try:
        lines = CPU.read_text("utf-8").splitlines()
    except OSError:
        return False
    flags = (
        line.partition(":")[2].split() for line in lines if line.startswith(("flags", "Features"))
    )
    return bool(HARDWARE.intersection(next(flags, ())))
