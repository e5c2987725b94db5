"""A copy of the small study that went the whole way, to change."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import Demo

__all__ = ["copy"]


def copy(demo: Demo, to: Path) -> Path:
    """A copy of the demo to work in; its pipeline file."""
    shutil.copytree(demo.folder, to / "copy")
    return to / "copy" / "pipeline.yaml"
