"""Texts → unit vectors: the only door to sentence-transformers and torch's encoders.

A model is a folder, a name that an installed package carries, or a name in the local model cache; nothing is ever
downloaded. A text longer than the model reads at once is read in windows, and its vector is their mean.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.errors import ModelError
from logminer.models import PACKAGED, find_packaged, go_offline
from logminer.precision import Precision, resolved

__all__ = ["MAX_CHUNKS", "Encoder", "encoder", "find_model", "model_identity"]

BATCH = 8  # on CPUs a batch that stays in cache is faster than a large one
STEP = 16  # tokens by which the lengths of batches differ
MAX_CHUNKS = 4
ORGANISATION = "sentence-transformers"
# What a vector depends on: module list, weights, tokenizer, and `max_seq_length` in sentence_bert_config.json.
IDENTITY_FILES = (
    "modules.json",
    "sentence_bert_config.json",
    "config.json",
    "*/config.json",
    "tokenizer.json",
    "vocab.txt",
)
WEIGHTS = (
    ("*.safetensors", "[0-9]*_*/*.safetensors"),
    ("pytorch_model*.bin", "[0-9]*_*/pytorch_model.bin"),
)


def find_model(model: str) -> Path:
    """The folder that holds `model`: a folder itself, a packaged model, or a snapshot in the local cache.

    Raises:
        ModelError: it is none of these, or the packaged one is not the reviewed one.
    """
    if (folder := Path(model)).is_dir():
        return folder
    name = model.removeprefix(f"{ORGANISATION}/")
    if (packaged := find_packaged(name)) is not None:
        return packaged
    if (cached := _cached(model)) is not None:
        return cached
    mend = (
        "pip install 'logminer[demo]'"
        if name in PACKAGED
        else "copy it to this machine's model cache"
    )
    raise ModelError(
        f"embedding model '{model}' is not on this machine and nothing is downloaded: {mend} or name a model folder"
    )


def _cached(model: str) -> Path | None:
    go_offline()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    for repository in (model,) if "/" in model else (f"{ORGANISATION}/{model}", model):
        for folder in (os.environ.get("SENTENCE_TRANSFORMERS_HOME"), None):
            with contextlib.suppress(HFValidationError, LocalEntryNotFoundError):
                return Path(snapshot_download(repository, cache_dir=folder, local_files_only=True))
    return None


@functools.cache
def model_identity(model: str) -> str:
    """12 hex characters that change when the model's vectors may: weights, tokenizer, pooling, `max_seq_length`.

    Reads files only (no torch), so a stage can name its output by it. The same files under another name give the
    same identity.

    Raises:
        ModelError: no such model, or a folder without weights.
    """
    folder = find_model(model)
    weights: list[Path] = next(
        (found for group in WEIGHTS if (found := _matching(folder, group))), []
    )
    if not weights:
        raise ModelError(
            f"embedding model '{model}': {folder} holds no weights (model.safetensors); copy the whole model folder"
        )
    digest = hashlib.sha256()
    for path in (*_matching(folder, IDENTITY_FILES), *weights):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()[:12]


def _matching(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


class Encoder:
    """A loaded sentence encoder on this process's CPU.

    Args:
        model: what `find_model` takes.
        threads: torch threads during `encode`. Stages take one, as workers do: another number gives, in bfloat16, other
            last bits. None leaves torch's own setting.
        precision: of the transformer's weights and layers; vectors are pooled and scaled in float32. A model that
            cannot compute in bfloat16 does so in float32.
        max_chunks: windows of a text that are read.

    Raises:
        ModelError: not on this machine, or not a model that sentence-transformers can load.
    """

    def __init__(
        self,
        model: str,
        threads: int | None = 1,
        precision: Precision = "auto",
        max_chunks: int = MAX_CHUNKS,
    ) -> None:
        self._folder, self._name = find_model(model), model
        self.identity = model_identity(model)
        self._threads, self._max_chunks = threads, max_chunks
        self._model = self._load()
        self._narrow = resolved(precision) == "bfloat16" and self._windowed
        if self._narrow and not self._narrowed():
            self._model, self._narrow = self._load(), False
        self.dimensions: int = self.encode([""]).shape[1]

    def _load(self) -> Any:
        go_offline()
        with _quiet():
            from sentence_transformers import SentenceTransformer

            try:
                return SentenceTransformer(
                    str(self._folder), device="cpu", local_files_only=True
                ).eval()
            except Exception as error:  # any of a dozen libraries may refuse; one door, one error
                raise ModelError(
                    f"embedding model '{self._name}' in {self._folder} cannot be loaded ({type(error).__name__}); "
                    "copy the whole model folder, as sentence-transformers saved it"
                ) from None

    def _narrowed(self) -> bool:
        """Turn the transformer to bfloat16; whether it still works."""
        import torch

        try:
            self._model[0].auto_model.to(torch.bfloat16)
            return bool(np.isfinite(self.encode(["one", "another, longer one"])).all())
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return False

    @property
    def _windowed(self) -> bool:
        """Whether the first module is a transformer whose tokens can be cut into windows."""
        first = self._model[0]
        return hasattr(first, "auto_model") and getattr(self._model.tokenizer, "is_fast", False)

    @property
    def max_seq_length(self) -> int | None:
        """Tokens that are read at once. None where the model sets no bound."""
        length: int | None = self._model.max_seq_length
        return length

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text, blank ones included.

        Equal texts are encoded once. A text's vector does not depend on the others: windows are computed in batches
        of one length, so on one machine it is bit-equal in whatever company it comes.

        Returns:
            float32 `[len(texts), dimensions]`, rows of unit length. Of a text in several windows the mean of their
            vectors, weighted by their tokens.
        """
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        index: dict[str, int] = {}
        rows = [index.setdefault(text, len(index)) for text in texts]
        with _torch_threads(self._threads):
            encode = self._windows if self._windowed else self._plain
            return _unit(encode(list(index)))[rows]

    def _windows(self, texts: list[str]) -> NDArray[np.float64]:
        """Vectors of texts by their windows."""
        prompt = (self._model.prompts or {}).get(self._model.default_prompt_name, "")
        tokens = self._model.tokenizer(
            [prompt + text for text in texts],
            truncation=self.max_seq_length is not None,
            max_length=self.max_seq_length,
            return_overflowing_tokens=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        owner = np.asarray(tokens["overflow_to_sample_mapping"])
        nth = np.arange(len(owner)) - np.searchsorted(owner, owner)
        kept = np.flatnonzero(nth < self._max_chunks)
        ids = [tokens["input_ids"][i] for i in kept]
        weights = np.array([len(window) for window in ids], np.float64)
        found = _unit(self._vectors(ids)) * weights[:, None]
        sums = np.zeros((len(texts), found.shape[1]))
        np.add.at(sums, owner[kept], found)
        return sums

    def _vectors(self, ids: list[list[int]]) -> NDArray[np.float64]:
        """Vectors `[n, d]` of windows, in batches of one length.

        In bfloat16 the last bits also depend on how many rows a batch has, so that it is filled with copies of one.
        """
        import torch

        lengths = -(-np.array([len(window) for window in ids]) // STEP) * STEP
        if self.max_seq_length is not None:
            lengths = np.minimum(lengths, self.max_seq_length)
        vectors: list[NDArray[np.float32]] = []
        places: list[int] = []
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length).tolist()
            for start in range(0, len(rows), BATCH):
                some = rows[start : start + BATCH]
                filled = (some + some[:1] * BATCH)[:BATCH] if self._narrow else some
                batch = self._model.tokenizer.pad(
                    {"input_ids": [ids[i] for i in filled]},
                    padding="max_length",
                    max_length=int(length),
                    return_tensors="pt",
                )
                with torch.inference_mode():
                    vectors.append(self._forward(dict(batch))[: len(some)])
                places += some
        return np.concatenate(vectors)[np.argsort(places)].astype(np.float64)

    def _forward(self, features: dict[str, Any]) -> NDArray[np.float32]:
        """The sentence vectors of a batch: the transformer in its own precision, the other modules in float32."""
        first, *others = list(self._model)
        features = first(features)
        features["token_embeddings"] = features["token_embeddings"].float()
        for module in others:
            features = module(features)
        return np.asarray(features["sentence_embedding"].float().numpy())

    def _plain(self, texts: list[str]) -> NDArray[np.float64]:
        """Vectors by the model's own `encode`, where its first module is none that windows fit."""
        raw = self._model.encode(texts, batch_size=BATCH, show_progress_bar=False)
        return np.asarray(raw, np.float64)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)


@functools.cache
def encoder(model: str, precision: Precision = "auto", max_chunks: int = MAX_CHUNKS) -> Encoder:
    """The encoder of this process for `model`, loaded once and shared by the stages that need it."""
    return Encoder(model, precision=precision, max_chunks=max_chunks)


@contextlib.contextmanager
def _torch_threads(threads: int | None) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Loading without a progress bar on the user's terminal."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
