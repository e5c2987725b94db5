"""A model is data: code that its folder brings is never run, and nobody is asked whether it may be."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from logminer.errors import ModelError

__all__ = ["SAFE", "nobody_asked", "unloadable"]

SAFE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}

PLACES = ("*.json", "[0-9]*_*/*.json")
MOST_BYTES = 10_000_000  # of a file that says what code it wants; tokenizers are larger
LIBRARY = "sentence_transformers."


def unloadable(who: str, folder: Path | str, otherwise: str) -> ModelError:
    """What to say of a model that could not be loaded: that it wants its own code where it does, else `otherwise`."""
    if wanted := _own_code(Path(folder)):
        return ModelError(
            f"{who}: {folder} brings code of its own ({wanted}), and logminer runs no code of a model:"
            " name one that transformers itself knows"
        )
    return ModelError(f"{who}: {otherwise}")


@contextlib.contextmanager
def nobody_asked() -> Iterator[None]:
    """For loading by a library that does not hand `SAFE` on: else transformers asks on the terminal."""
    from transformers import dynamic_module_utils

    before = dynamic_module_utils.TIME_OUT_REMOTE_CODE
    dynamic_module_utils.TIME_OUT_REMOTE_CODE = 0  # as if nobody had answered
    try:
        yield
    finally:
        dynamic_module_utils.TIME_OUT_REMOTE_CODE = before


def _own_code(folder: Path) -> str | None:
    """The file that names it; None where none does."""
    for path in sorted(path for place in PLACES for path in folder.glob(place)):
        with contextlib.suppress(OSError, ValueError, RecursionError):
            said = json.loads(path.read_text("utf-8")) if path.stat().st_size < MOST_BYTES else None
            kinds = said if isinstance(said, list) and path.name == "modules.json" else []
            types = [str(kind.get("type")) for kind in kinds if isinstance(kind, dict)]
            if isinstance(said, dict) and said.get("auto_map"):
                return f"`auto_map` in {path.relative_to(folder)}"
            if any(not kind.startswith(LIBRARY) for kind in types):
                return f"`type` in {path.relative_to(folder)}"
    return None
