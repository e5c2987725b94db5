"""A linear probe: weights for the n-grams that training kept, the facts, and perhaps the embedding.

N-grams are looked up by hash in a sorted table of those kept. There are no buckets, so a strange n-gram is nobody's
namesake but by one chance in 10^5.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from logminer.scorers.probes.features import (
    FACTS,
    TAIL_SCALE,
    facts,
    features_hash,
    ngrams,
    plain,
)

__all__ = ["Probe", "load_probe", "shipped_probe"]

Floats = npt.NDArray[np.float64]


class Probe(NamedTuple):
    """A trained probe of one or several heads.

    `features` names what it was trained to see (`features_hash`), `encoder` the model whose vectors it knows ('' where
    it needs none; see `encoder.model_identity`).
    """

    heads: tuple[str, ...]
    keys: npt.NDArray[np.uint32]  # [k] sorted
    idf: npt.NDArray[np.float32]  # [k]
    weights: npt.NDArray[np.float32]  # [k, h], times idf
    fact_weights: Floats  # [4, h]
    vector_weights: npt.NDArray[np.float32]  # [d, h]; d = 0 where the embedding is not used
    bias: Floats  # [h]
    encoder: str
    features: str

    def logits(
        self, texts: Sequence[str], vectors: npt.NDArray[np.float32] | None = None
    ) -> Floats:
        """`[n, h]`; NaN where a text has no letter or figure, or lacks the vector that the probe needs.

        Args:
            texts: n responses.
            vectors: `[n, d]`, unit length; None where there are none. A probe without vector weights ignores them.
        """
        said = [plain(text) for text in texts]
        told = np.array([facts(text) for text in said]).reshape(len(said), len(FACTS))
        logits = self._of_ngrams(said) + told @ self.fact_weights + self.bias
        missing = np.array([re.search(r"\w", text) is None for text in said], bool)
        if width := len(self.vector_weights):
            if vectors is None or vectors.shape[1] != width:
                vectors = np.zeros((len(said), width), np.float32)
            logits += vectors @ self.vector_weights
            missing |= ~vectors.any(axis=1)
        logits[missing] = np.nan
        return logits

    def _of_ngrams(self, said: list[str]) -> Floats:
        own, n = ngrams(said), len(said)
        place = np.searchsorted(self.keys, own.key)
        place[place == len(self.keys)] = 0
        known = self.keys[place] == own.key
        row, place, block = own.row[known], place[known], own.tail[known]
        group, idf = row * 2 + block, self.idf[place]
        length = np.sqrt(np.bincount(group, idf * idf, minlength=2 * n))
        value = np.where(block, TAIL_SCALE, 1.0) / np.maximum(length, 1e-9)[group]
        heads = [
            np.bincount(row, self.weights[place, head] * value, minlength=n)
            for head in range(len(self.heads))
        ]
        return np.stack(heads, axis=1)

    def scores(
        self, texts: Sequence[str], vectors: npt.NDArray[np.float32] | None = None
    ) -> Floats:
        """Probabilities `[n, h]`, NaN as in `logits`."""
        scores: Floats = 1 / (1 + np.exp(-self.logits(texts, vectors)))
        return scores

    def save(self, path: Path) -> None:
        """Half precision: about 10 bytes an n-gram before compression."""
        np.savez_compressed(
            path,
            heads=np.array(self.heads),
            keys=self.keys,
            idf=self.idf.astype(np.float16),
            weights=self.weights.astype(np.float16),
            fact_weights=self.fact_weights.astype(np.float32),
            vector_weights=self.vector_weights.astype(np.float16),
            bias=self.bias.astype(np.float32),
            encoder=np.array(self.encoder),
            features=np.array(self.features),
        )


def load_probe(path: Path) -> Probe:
    """A probe as `Probe.save` wrote it."""
    with np.load(path, allow_pickle=False) as file:
        return Probe(
            tuple(str(head) for head in file["heads"]),
            file["keys"],
            file["idf"].astype(np.float32),
            file["weights"].astype(np.float32),
            file["fact_weights"].astype(np.float64),
            file["vector_weights"].astype(np.float32),
            file["bias"].astype(np.float64),
            str(file["encoder"]),
            str(file["features"]),
        )


class Shipped(NamedTuple):
    """A probe that comes with the package, and what names its weights."""

    probe: Probe
    identity: str  # 12 hex characters of the file


@functools.cache
def shipped_probe(name: str) -> Shipped:
    """The probe of this name, loaded once for each process."""
    with as_file(files("logminer") / "scorers" / "probes" / f"{name}.npz") as path:
        found = load_probe(path)
        identity = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    if found.features != features_hash():
        raise AssertionError(
            f"{name}: trained on other features than this version's; train it again"
        )
    return Shipped(found, identity)
