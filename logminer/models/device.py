"""Which processor a model computes on: this machine's CPU, or a GPU that torch can use."""

from __future__ import annotations

import functools
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from logminer.errors import ModelError

__all__ = ["Device", "Processor", "placed", "require_device", "wanted"]

Device = Literal["auto", "cpu", "cuda"]
Processor = Literal["cpu", "cuda"]

DRIVER = Path("/proc/driver/nvidia")


def placed(device: Device) -> Processor:
    """The processor that is meant: `auto` is a GPU where there is one that torch can use, elsewhere the CPU.

    Loads torch only where a GPU's driver is, so a stage can name its output by it.
    """
    if device == "auto":
        return "cuda" if DRIVER.exists() and _torch_sees() else "cpu"
    return device


def wanted(device: Device) -> Mapping[str, float]:
    """What a process that computes there needs beside a core, as `Stage.resources`."""
    return {"gpu": 1.0} if placed(device) == "cuda" else {}


def require_device(device: Device, key: str) -> None:
    """For a device that is named by the option `key` of a pipeline.

    Raises:
        ModelError: it is a GPU, and torch can use none here.
    """
    if device == "cuda" and not _torch_sees():
        raise ModelError(
            f"{key}: cuda: torch can use no GPU on {platform.node()}; set {key} to cpu, or install a torch that was built for"
            " its GPU"
        )


@functools.cache
def _torch_sees() -> bool:
    import torch

    return bool(torch.cuda.is_available())
