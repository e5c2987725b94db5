"""Presets: which suites a board shows, and what of each, in which order.

A preset's name is that of its file. Those of the package lie in `pipelines/boards/`; one's own goes by its path.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from pydantic import Field

from logminer.errors import ConfigError, did_you_mean
from logminer.pipeline.suitefile import BoardRow
from logminer.spec import Spec, load_yaml, parse

__all__ = ["BoardPreset", "PresetSuite", "find_preset", "presets_there"]

SUFFIX = ".yaml"


class PresetSuite(Spec):
    """A suite of a preset.

    Attributes:
        suite: the name of a suite's file, or the one that the pipeline gives it.
        title: what it is called where there is no such file.
        shows: what the board shows of it; none: what the suite's file says.
    """

    suite: str
    title: str | None = None
    shows: tuple[BoardRow, ...] = ()


class BoardPreset(Spec):
    """A board: its suites in their order. One that is not there is shown as missing; of one named twice both is shown."""

    title: str
    about: str = ""
    suites: tuple[PresetSuite, ...] = Field(min_length=1)


def presets_there() -> dict[str, Path]:
    """Name → file of the presets that go by name."""
    package = Path(str(files("logminer")))
    installed = package / "pipelines" / "boards"
    folder = installed if installed.is_dir() else package.parent / "pipelines" / "boards"
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


def find_preset(name_or_path: str) -> BoardPreset:
    """The preset of a name, or in a file (where it holds a `/` or ends in .yaml), relative to the working folder.

    Raises:
        ConfigError: there is none, or its file is wrong; names file and path inside it.
    """
    if "/" in name_or_path or name_or_path.endswith((SUFFIX, ".yml")):
        path = Path(name_or_path).expanduser()
    else:
        there = presets_there()
        if name_or_path not in there:
            hint = did_you_mean(name_or_path, there, f"there are {', '.join(there)}")
            raise ConfigError(
                f"no preset is called '{name_or_path}'; {hint} (or give the path of a {SUFFIX} file)"
            )
        path = there[name_or_path]
    return parse(BoardPreset, load_yaml(path), str(path))
