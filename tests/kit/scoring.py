"""Texts for scorers, and what they say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from logminer.scorers.base import LABELS, Items, Judgements
from logminer.taxonomy.tree import load_taxonomy

__all__ = ["MODEL", "REFUSAL", "SAFETY", "items", "judged"]


MODEL = "all-MiniLM-L6-v2"
SAFETY = load_taxonomy("safety", Path())
REFUSAL = load_taxonomy("refusal", Path())


def items(texts: list[str], channel: Any = "response", **labels: list[str | None]) -> Items:
    nothing = pa.nulls(len(texts))
    return Items(channel, texts, nothing, np.zeros((len(texts), 0), np.float32), labels)


def judged(verdicts: list[Judgements]) -> dict[str, list[str]]:
    return {v.category: [LABELS[code] for code in v.labels] for v in verdicts}
