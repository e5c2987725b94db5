"""A text classifier or guard model of one's own: any sequence-classification folder of transformers.

It runs inside the judge stage. A text longer than the model takes is read in windows, and the window
that shows the most decides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from logminer.errors import ConfigError, ModelError, did_you_mean
from logminer.files.identity import files_identity
from logminer.models.batches import batches
from logminer.models.device import Device, placed, require_device
from logminer.models.packaged import go_offline
from logminer.models.trust import SAFE, unloadable
from logminer.scorers.base import (
    NO,
    UNPARSABLE,
    UNSURE,
    YES,
    Items,
    Judgements,
    Name,
    ScorerSpec,
    category_of,
)
from logminer.spec import incidental
from logminer.taxonomy.tree import Category, Channel, Taxonomy

__all__ = ["Classifier"]

DECIMALS = 5  # what differs further on is the order in which a machine adds


class Classifier(ScorerSpec):
    """One category by a classifier; the score is the probability of the labels that mean yes.

    Attributes:
        path: the folder; incidental, for its files are fingerprinted.
        category: what the labels in `yes` say.
        yes: names of labels (`id2label` of its config.json); the probabilities of several are summed, or of a model with
            independent labels the largest is taken.
        reads: `response` alone, or `exchange`: the prompt's last message as the first segment, the text as the second.
        channel: where the category is judged.
        threshold: from which probability on it is yes.
        band: within so much of the threshold it is unsure.
        max_tokens: of one window; null takes what the model was made for.
        device: cpu, cuda, or auto: a GPU where the machine from which the run begins has one that torch can use, else
            the CPU. On a GPU it computes in bfloat16.
    """

    kind: Literal["classifier"] = "classifier"
    name: Name = "classifier"
    path: str = incidental()
    category: str
    yes: tuple[str, ...] = Field(min_length=1)
    reads: Literal["response", "exchange"] = "response"
    channel: Channel = "response"
    threshold: float = Field(default=0.5, gt=0, lt=1)
    band: float = Field(default=0.0, ge=0, lt=0.5)
    max_tokens: int | None = Field(default=None, ge=16)
    device: Device = incidental("auto")

    @property
    def computes_on(self) -> Device:
        return self.device

    @property
    def judging(self) -> Self:
        """With what `auto` means on this machine, which then holds wherever it is opened."""
        return self.model_copy(update={"device": placed(self.device)})

    def rooted(self, base: Path) -> Self:
        return self.model_copy(update={"path": str(base / Path(self.path).expanduser())})

    def options(self) -> dict[str, Any]:
        narrow = {"precision": "bfloat16"} if placed(self.device) == "cuda" else {}
        return super().options() | narrow | {"weights": files_identity(self._folder())}

    def check(self) -> None:
        """Read which labels the model has.

        Raises:
            ModelError: there is no model.
            ConfigError: it has no label of a name in `yes`.
        """
        try:
            config = json.loads((self._folder() / "config.json").read_text("utf-8"))
            names = list(dict(config.get("id2label") or {}).values())
        except (ValueError, TypeError, AttributeError):
            raise ModelError(f"scorer {self.name}: {self.path}: config.json is not JSON") from None
        if names:  # else transformers makes them up
            self.require_labels(names)

    def require_labels(self, names: Collection[str]) -> None:
        """Raises ConfigError where a name in `yes` is none of the model's."""
        if unknown := [label for label in self.yes if label not in names]:
            hint = did_you_mean(unknown[0], names, f"it has {', '.join(names)}")
            raise ConfigError(
                f"scorer {self.name}: yes: the model has no label '{unknown[0]}'; {hint}"
            )

    def categories(self, taxonomy: Taxonomy) -> tuple[Category, ...]:
        """The one that it judges."""
        return (category_of(self.name, self.category, self.channel, taxonomy),)

    def open(self, taxonomy: Taxonomy, encoder_model: str) -> _ClassifierScorer:
        """Load the model.

        Raises:
            ModelError: it cannot be loaded, or there is no such device.
            ConfigError: it has no label of a name in `yes`.
        """
        self.categories(taxonomy)
        require_device(self.device, f"judge.scorers: {self.name}: device")
        return _ClassifierScorer(self, _Model(self, self._folder()))

    def _folder(self) -> Path:
        folder = Path(self.path)
        if not (folder / "config.json").is_file():
            raise ModelError(
                f"scorer {self.name}: {folder}: no transformers folder there (with config.json); copy the whole folder"
            )
        return folder


class _ClassifierScorer(NamedTuple):
    spec: Classifier
    model: _Model

    def score(self, items: Items) -> list[Judgements]:
        spec, n = self.spec, len(items.texts)
        if items.channel != spec.channel:
            return []
        firsts = _last_asked(items) if spec.reads == "exchange" else [None] * n
        scores = self.model.probabilities(firsts, items.texts)
        labels = np.where(scores >= spec.threshold, YES, NO)
        labels = np.where(np.abs(scores - spec.threshold) < spec.band, UNSURE, labels)
        labels = np.where(np.isnan(scores), UNPARSABLE, labels).astype(np.int8)
        return [Judgements(spec.category, labels, scores)]


def _last_asked(items: Items) -> list[str | None]:
    """The last message of each prompt; None where the prompt is not known."""
    return [own[-1]["content"] if own else None for own in items.prompts.to_pylist()]


class _Model:
    """The loaded classifier."""

    def __init__(self, spec: Classifier, folder: Path) -> None:
        go_offline()
        import torch
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self._device = placed(spec.device)
        number = torch.bfloat16 if self._device == "cuda" else torch.float32
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **SAFE)
            model = transformers.AutoModelForSequenceClassification.from_pretrained(
                folder, dtype=number, weights_only=True, **SAFE
            )
        except Exception:  # as many kinds as there are file formats
            otherwise = f"{folder} cannot be loaded as a classifier: is it whole, and does it classify sequences?"
            raise unloadable(f"scorer {spec.name}", folder, otherwise) from None
        self._model = model.eval().to(self._device)
        names = {str(name): int(place) for place, name in model.config.id2label.items()}
        spec.require_labels(names)
        self._yes = [names[label] for label in spec.yes]
        self._independent = (
            model.config.problem_type == "multi_label_classification" or len(names) == 1
        )
        longest = min(self._tokenizer.model_max_length, model.config.max_position_embeddings)
        self._window = min(spec.max_tokens or longest, longest)
        self._half = spec.reads == "exchange"

    def probabilities(
        self, firsts: Sequence[str | None], texts: Sequence[str]
    ) -> npt.NDArray[np.float64]:
        """[n], of yes; NaN where a text is blank."""
        best = np.full(len(texts), np.nan)
        windows = [
            (place, window)
            for place, (first, text) in enumerate(zip(firsts, texts, strict=True))
            if text.strip()
            for window in self._windows(first, text)
        ]
        lengths = [len(window["input_ids"]) for _, window in windows]
        for places, rows, width in batches(lengths, self._window, self._device):
            found = self._run([windows[row][1] for row in rows], width)
            for place, p in zip(places, found, strict=False):  # the others only fill the batch
                own = windows[place][0]
                best[own] = np.fmax(best[own], p)
        return best.round(DECIMALS)

    def _windows(self, first: str | None, text: str) -> list[dict[str, list[int]]]:
        """The text's tokens in windows that overlap by an eighth, each behind the end of what was asked."""
        cut: dict[str, Any] = {
            "truncation": True,
            "max_length": self._window,
            "stride": self._window // 8,
        }
        given = [text]
        if self._half and first:
            given, cut["truncation"] = [self._end_of(first), text], "only_second"
            cut["stride"] //= 2
        found = self._tokenizer(*given, **cut, return_overflowing_tokens=True)
        names = [name for name in self._tokenizer.model_input_names if name in found]
        return [
            dict(zip(names, window, strict=True))
            for window in zip(*(found[name] for name in names), strict=True)
        ]

    def _end_of(self, first: str) -> str:
        """Of what was asked, at most half a window."""
        offsets = self._tokenizer(first, add_special_tokens=False, return_offsets_mapping=True)
        starts = [start for start, _ in offsets["offset_mapping"]][-(self._window // 2) :]
        return first[starts[0] :] if starts else ""

    def _run(self, windows: list[dict[str, list[int]]], width: int) -> npt.NDArray[np.float64]:
        import torch

        inputs = self._tokenizer.pad(
            windows, padding="max_length", max_length=width, return_tensors="pt"
        ).to(self._device)
        with torch.inference_mode():
            logits = self._model(**inputs).logits.cpu().double()
        if self._independent:
            found = torch.sigmoid(logits)[:, self._yes].amax(dim=1)
        else:
            found = torch.softmax(logits, dim=1)[:, self._yes].sum(dim=1)
        return np.asarray(found.numpy(), np.float64)
