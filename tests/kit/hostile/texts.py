"""The hostile texts: every template of `dev.txt` drawn once, and some again, from a seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from logminer.privacy.evaluate import Document, Gold
from logminer.privacy.options import Profile
from tests.kit.hostile.drawing import WIDE, Text, render

__all__ = ["documents", "drawn", "hostile", "rows"]

_DEV = Path(__file__).parent / "dev.txt"


def drawn(templates: str, seed: int, texts: int) -> list[Text]:
    """So many texts from a file's templates: each once, in order, then some again. Fewer: every so many-th.

    The file: `=== category` or `=== category | json`, then templates between lines of `---`.
    """
    found: list[tuple[str, str, str]] = []
    for group in re.split(r"^=== ", templates, flags=re.MULTILINE)[1:]:
        head, _, body = group.partition("\n")
        category, _, wrap = (part.strip() for part in head.partition("|"))
        found += [
            (piece.strip("\n"), category, wrap)
            for piece in re.split(r"^---\n", body, flags=re.MULTILINE)
        ]
    if texts < len(found):
        found = [found[i * len(found) // texts] for i in range(texts)]
    else:
        found += random.Random(seed).sample(found, texts - len(found))
    return [
        render(template, category, random.Random(f"{seed}/{number}"), wrap)
        for number, (template, category, wrap) in enumerate(found)
    ]


def hostile(seed: int = 1, texts: int = 400) -> list[Text]:
    """The texts that are kept with the tests: 281 templates; 400 texts hold 866 values of 86 kinds."""
    return drawn(_DEV.read_text(encoding="utf-8"), seed, texts)


def documents(texts: Sequence[Text], profile: Profile) -> list[Document]:
    """As the report card reads them; what this profile may take as well as what it must, the former outside recall."""
    return [
        Document(
            text.text,
            tuple(Gold(*label) for label in text.gold),
            "en",
            text.category,
            tuple(Gold(*label) for label in text.soft if profile == "strict" or label.kind != WIDE),
        )
        for text in texts
    ]


def rows(texts: Sequence[Text]) -> list[dict[str, Any]]:
    """The same as rows of a labelled set. What may go quotes no text, so that it counts for precision alone."""
    return [
        {
            "doc_id": f"h{number:04d}",
            "text": text.text,
            "spans": [
                {"start": s, "end": e, "entity_type": kind, "text": text.text[s:e] if must else ""}
                for labels, must in ((text.gold, True), (text.soft, False))
                for s, e, kind in labels
            ],
            "language": "en",
            "dataset": text.category,
        }
        for number, text in enumerate(texts)
    ]
