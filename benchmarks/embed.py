"""Texts per second of embedding: sentence-transformers' own `encode` (baseline) and ours, same model, same vectors."""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.harness import Row, rate, report, texts
from logminer.models.encoder import Encoder, find_model
from logminer.models.precision import resolved

COUNT = 200
MODEL = "all-MiniLM-L6-v2"


def main() -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)  # as stages do: workers share the cores
    origin, found = texts(COUNT)
    theirs = SentenceTransformer(str(find_model(MODEL)), device="cpu")
    ours = {
        "logminer": Encoder(MODEL),
        "float32": Encoder(MODEL, precision="float32"),
    }
    expected = theirs.encode(found, normalize_embeddings=True, show_progress_bar=False)
    tokens = theirs.tokenizer(found, truncation=False)["input_ids"]
    short = np.array([len(t) <= theirs.max_seq_length for t in tokens])  # theirs reads no more
    for name, encoder in ours.items():
        least = float((expected * encoder.encode(found)).sum(axis=1)[short].min())
        sys.stdout.write(f"{name}: {encoder.precision}, least cosine to theirs {least:.5f}\n")
        if not least >= 0.999:
            raise SystemExit("the vectors differ")
    cut = [
        text[: len(text) * theirs.max_seq_length // max(len(t), theirs.max_seq_length)]
        for text, t in zip(found, tokens, strict=True)
    ]  # about the same work
    speeds = {
        "sentence_transformers": rate(
            lambda: theirs.encode(cut, show_progress_bar=False), len(found), 2
        ),
        **{
            name: rate(lambda encoder=encoder: encoder.encode(cut), len(found), 2)  # type: ignore[misc]
            for name, encoder in ours.items()
        },
    }
    baseline = speeds["sentence_transformers"]
    unit = f"texts/s, {origin}"
    rows = [Row(name, float(np.round(v, 2)), unit, v / baseline) for name, v in speeds.items()]
    report("embed", rows, 2.5 if resolved("auto") == "bfloat16" else 1.2, "logminer")
