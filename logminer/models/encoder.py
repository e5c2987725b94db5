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
from logminer.models.batches import BATCH_TOKENS, batches
from logminer.models.device import Device, placed
from logminer.models.later import metrics_later
from logminer.models.narrow import narrow
from logminer.models.packaged import PACKAGED, find_packaged, go_offline, sha256
from logminer.models.precision import Number, Precision, resolved
from logminer.models.trust import SAFE, unloadable

__all__ = ["MAX_CHUNKS", "Encoder", "encoder", "find_model", "model_identity"]

MAX_CHUNKS = 4
TEXTS_AT_ONCE = 512  # tokenised together; bounds the memory of long texts
ALIKE = 0.99  # least cosine of a sample's vectors in bfloat16 to those in float32
SAMPLE = ("one", "A second, somewhat longer text: it asks for help, and is told no.")
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
        digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256(path)}\n".encode())
    return digest.hexdigest()[:12]


def _matching(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.glob(pattern))


class Encoder:
    """A loaded sentence encoder.

    Args:
        model: what `find_model` takes.
        threads: torch threads during `encode`; another number may change a vector's last bits. None leaves torch's own
            setting (OMP_NUM_THREADS).
        precision: of the transformer; pooling and what follows it are float32.
        max_chunks: windows of a text that are read.
        device: where it computes.

    Attributes:
        identity: see `model_identity`.
        precision: the numbers it computes with. A model that cannot do so in bfloat16 does it in float32 under `auto`.
        dimensions: of a vector.

    Raises:
        ModelError: not on this machine, not a model that sentence-transformers can load, or bfloat16 was asked for by
            name and the model cannot.
    """

    def __init__(
        self,
        model: str,
        threads: int | None = 1,
        precision: Precision = "auto",
        max_chunks: int = MAX_CHUNKS,
        device: Device = "cpu",
    ) -> None:
        self._folder, self._name = find_model(model), model
        self._device = placed(device)
        self.identity = model_identity(model)
        self._threads, self._max_chunks = threads, max_chunks
        self._model = self._load()
        self.precision: Number = "float32"
        self.dimensions: int = self._plain([""]).shape[1]
        if resolved(precision, self._device) == "bfloat16":
            if self._narrow():
                self.precision = "bfloat16"
            elif precision == "auto":
                self._model = self._load()
            else:
                raise ModelError(
                    f"embedding model '{model}' does not compute in bfloat16; set embed.precision to float32 or auto"
                )

    def _load(self) -> Any:
        go_offline()
        with _quiet():
            with metrics_later():
                from sentence_transformers import SentenceTransformer

            try:
                safe = {"trust_remote_code": False, "weights_only": True}
                return SentenceTransformer(
                    str(self._folder), device=self._device, model_kwargs=safe, **SAFE
                ).eval()
            except Exception as error:  # any of a dozen libraries may refuse; one door, one error
                otherwise = (
                    f"{self._folder} cannot be loaded ({type(error).__name__}); "
                    "copy the whole model folder, as sentence-transformers saved it"
                )
                raise unloadable(
                    f"embedding model '{self._name}'", self._folder, otherwise
                ) from None

    def _narrow(self) -> bool:
        """Turn the transformer to bfloat16; whether it still says the same."""
        if not self._windowed:
            return False
        wide = self.encode(SAMPLE)
        try:
            narrow(self._model[0].auto_model, BATCH_TOKENS[self._device])
            cosines = (self.encode(SAMPLE) * wide).sum(axis=1)
        except (RuntimeError, TypeError, ValueError):
            return False
        return bool((cosines >= ALIKE).all())

    @property
    def _windowed(self) -> bool:
        """Whether texts can be cut into windows here: a transformer comes first, and no prompt before a text."""
        return (
            hasattr(self._model[0], "auto_model")
            and getattr(self._model.tokenizer, "is_fast", False)
            and not self._model.default_prompt_name
            and self._model.truncate_dim is None
        )

    @property
    def max_seq_length(self) -> int | None:
        """Tokens that are read at once: a window's width. None where the model sets no bound."""
        length: int | None = self._model.max_seq_length
        return length

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text, blank ones included. Equal texts are encoded once.

        A text's vector does not depend on the others, to the last bit; see `models.batches`.

        A text of more than `max_seq_length` tokens is read in windows of that many, which do not overlap. Of more than
        `max_chunks` windows that many are read, evenly spaced, the first and the last among them (of one, the first).
        Models that put a prompt before a text, and those without a transformer, cut it as sentence-transformers does.

        Returns:
            float32 `[len(texts), dimensions]`, rows of unit length. Of several windows the mean of their unit vectors,
            weighted by their tokens.
        """
        index: dict[str, int] = {}
        rows = [index.setdefault(text, len(index)) for text in texts]
        if not rows:
            return np.zeros((0, self.dimensions), np.float32)
        encode = self._by_windows if self._windowed else self._plain
        with _torch_threads(self._threads):
            return _unit(encode(list(index))).astype(np.float32)[rows]

    def _plain(self, texts: list[str]) -> NDArray[np.float64]:
        """Vectors by the model's own `encode`, one text at a time: neighbours would change them."""
        raw = self._model.encode(texts, batch_size=1, show_progress_bar=False)
        return np.asarray(raw, np.float64)

    def _by_windows(self, texts: list[str]) -> NDArray[np.float64]:
        """Sums of the vectors of each text's windows, weighted by tokens."""
        owners: list[int] = []
        windows: list[list[int]] = []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            for i, found in enumerate(self._cut(texts[start : start + TEXTS_AT_ONCE]), start):
                windows += (kept := _spread(found, self._max_chunks))
                owners += [i] * len(kept)
        frame = self._model.tokenizer.num_special_tokens_to_add()
        weights = np.array([max(1, len(window) - frame) for window in windows], np.float64)
        vectors = _unit(self._vectors(windows))
        sums = np.zeros((len(texts), vectors.shape[1]))
        np.add.at(sums, owners, vectors * weights[:, None])
        return sums

    def _cut(self, texts: list[str]) -> list[list[list[int]]]:
        """For each text its windows, as token ids with the model's special tokens around each."""
        tokens = self._model.tokenizer(
            texts,
            truncation=self.max_seq_length is not None,
            max_length=self.max_seq_length,
            return_overflowing_tokens=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        found: list[list[list[int]]] = [[] for _ in texts]
        owners = tokens["overflow_to_sample_mapping"]
        for i, window in zip(owners, tokens["input_ids"], strict=True):
            found[i].append(window)
        return found

    def _vectors(self, windows: list[list[int]]) -> NDArray[np.float64]:
        """`[n, d]`."""
        vectors = np.zeros((len(windows), self.dimensions))
        lengths = [len(window) for window in windows]
        for places, rows, width in batches(lengths, self.max_seq_length, self._device):
            found = self._run([windows[row] for row in rows], width)
            vectors[places] = found[: len(places)]
        return vectors

    def _run(self, windows: list[list[int]], width: int) -> NDArray[np.float32]:
        """The sentence vectors of a batch: the transformer in its own precision, the other modules in float32."""
        import torch

        features: Any = self._model.tokenizer.pad(
            {"input_ids": windows}, padding="max_length", max_length=width, return_tensors="pt"
        ).to(self._device)
        first, *others = self._model
        with torch.inference_mode():
            features = {
                name: value.float() if getattr(value, "dtype", None) == torch.bfloat16 else value
                for name, value in first(dict(features)).items()
            }
            for module in others:
                features = module(features)
            return np.asarray(features["sentence_embedding"].cpu(), np.float32)


def _spread(windows: list[list[int]], most: int) -> list[list[int]]:
    """All, or `most` of them evenly spaced from the first to the last."""
    if len(windows) <= most:
        return windows
    places = np.linspace(0, len(windows) - 1, most) if most > 1 else np.zeros(1)
    return [windows[i] for i in places.round().astype(int)]


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), np.float64)


@functools.cache
def encoder(
    model: str,
    precision: Precision = "auto",
    max_chunks: int = MAX_CHUNKS,
    device: Device = "cpu",
) -> Encoder:
    """The encoder of this process, loaded once and shared by the stages that need it."""
    return Encoder(model, precision=precision, max_chunks=max_chunks, device=device)


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
