"""What is run on a grown dump: patterns only, recorded answers, and a small encoder."""

from __future__ import annotations

from pathlib import Path

__all__ = ["LANGUAGE", "grown_pipeline"]

LANGUAGE = "sw"  # known, and without a model
COMMON = """
source: {path: asked}
anonymise: {languages: [en], unsupported_language: patterns_only}
checkpoints: [{name: candidate, kind: recorded, path: answered}]
judge: {taxonomy: refusal, scorers: [rules, string_match]}
embed: {model: ENCODER, max_chunks: 1}
"""


def grown_pipeline(encoder: Path, more: str) -> str:
    """A pipeline file.

    Args:
        encoder: folder of the encoder.
        more: the lines that are not the same for all: `study`, `project` and so on.
    """
    return more + COMMON.replace("ENCODER", str(encoder))
