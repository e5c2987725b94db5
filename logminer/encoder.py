"""Texts → unit vectors: the only door to sentence-transformers and torch's encoders.

A model is a folder, a name that an installed package carries, or a name in the local model cache; nothing is ever
downloaded. Texts longer than the model's `max_seq_length` are cut there: the vector stands for the beginning.
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

__all__ = ["Encoder", "encoder", "find_model", "model_identity"]

BATCH = 16  # on CPUs a batch that stays in cache is faster than a large one
TOKENS_PER_SORT_CALL = 512  # texts tokenised at once to learn their lengths
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
        threads: torch threads during `encode`; None leaves torch's own setting (OMP_NUM_THREADS).

    Raises:
        ModelError: not on this machine, or not a model that sentence-transformers can load.
    """

    def __init__(self, model: str, threads: int | None = None) -> None:
        folder = find_model(model)
        self.identity = model_identity(model)
        go_offline()
        with _quiet():
            from sentence_transformers import SentenceTransformer

            try:
                self._model: Any = SentenceTransformer(
                    str(folder), device="cpu", local_files_only=True
                )
            except Exception as error:  # any of a dozen libraries may refuse; one door, one error
                raise ModelError(
                    f"embedding model '{model}' in {folder} cannot be loaded ({type(error).__name__}); "
                    "copy the whole model folder, as sentence-transformers saved it"
                ) from None
        self._model.eval()
        self._threads = threads
        self.dimensions: int = len(self._run([""])[0])

    @property
    def max_seq_length(self) -> int | None:
        """Tokens of a text that are read; the rest is cut. None where the model sets no bound."""
        length: int | None = self._model.max_seq_length
        return length

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text, blank ones included.

        Equal texts are encoded once. Batches are formed inside the call, by length, so a rerun is bit-equal, and
        encoding the texts in several calls changes no component by more than 1e-5.

        Returns:
            float32 `[len(texts), dimensions]`, rows of unit length.
        """
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        index: dict[str, int] = {}
        rows = [index.setdefault(text, len(index)) for text in texts]
        unique = list(index)
        vectors = np.empty((len(unique), self.dimensions), np.float32)
        with _torch_threads(self._threads):
            # Padding is the waste; token counts measure it, characters do not (scripts differ).
            order = np.argsort(-np.asarray(self._lengths(unique)), kind="stable")
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                vectors[batch] = self._run([unique[i] for i in batch])
        return vectors[rows]

    def _lengths(self, texts: list[str]) -> list[int]:
        lengths: list[int] = []
        for start in range(0, len(texts), TOKENS_PER_SORT_CALL):
            tokens = self._model.tokenizer(
                texts[start : start + TOKENS_PER_SORT_CALL],
                truncation=self.max_seq_length is not None,
                max_length=self.max_seq_length,
                return_attention_mask=False,
            )
            lengths.extend(map(len, tokens["input_ids"]))
        return lengths

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        raw = self._model.encode(texts, batch_size=BATCH, show_progress_bar=False)
        vectors = np.asarray(raw, np.float64)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)


@functools.cache
def encoder(model: str) -> Encoder:
    """The encoder of this process for `model`, loaded once and shared by the stages that need it."""
    return Encoder(model)


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
