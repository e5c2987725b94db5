"""What a study can be exported to: a file and a line each."""

from __future__ import annotations

import importlib

from logminer.errors import require_known
from logminer.exports.base import Target

__all__ = ["TARGETS", "load_target"]

TARGETS = {
    "inspect-scores": "inspect_scores:TARGET",
    "scout-validation": "scout_validation:TARGET",
    "scout-transcripts": "scout_transcripts:TARGET",
    "hf": "hf:TARGET",
    "csv": "csv:TARGET",
}


def load_target(name: str) -> Target:
    """The one of that name.

    Raises:
        ConfigError: there is none.
    """
    require_known(name, TARGETS, "--to: nothing is exported to")
    module, _, attribute = TARGETS[name].partition(":")
    target: Target = getattr(importlib.import_module(f"{__package__}.{module}"), attribute)
    return target
