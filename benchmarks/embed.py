"""Texts per second of embedding: sentence-transformers' own `encode` (baseline) and ours, same model, same vectors."""

from __future__ import annotations

import numpy as np

from benchmarks.harness import Row, rate, report, texts
from logminer.encoder import Encoder, find_model

COUNT = 200
MODEL = "all-MiniLM-L6-v2"


def main() -> None:
    from sentence_transformers import SentenceTransformer

    origin, found = texts(COUNT)
    theirs = SentenceTransformer(str(find_model(MODEL)), device="cpu")
    ours = Encoder(MODEL)
    expected = theirs.encode(found, normalize_embeddings=True, show_progress_bar=False)
    least = float((expected * ours.encode(found)).sum(axis=1).min())
    if not least >= 0.999:
        raise SystemExit(f"the vectors differ: least cosine {least:.4f}")
    speeds = {
        "sentence_transformers": rate(
            lambda: theirs.encode(found, show_progress_bar=False), len(found), 2
        ),
        "logminer": rate(lambda: ours.encode(found), len(found), 2),
    }
    baseline = speeds["sentence_transformers"]
    unit = f"texts/s, {origin}"
    rows = [Row(name, float(np.round(v, 2)), unit, v / baseline) for name, v in speeds.items()]
    report("embed", rows, 2.0, "logminer")
