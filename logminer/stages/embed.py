"""Responses → embeddings: one vector for what the model said, one for what it thought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa
from pydantic import Field

from logminer.messages.states import JUDGED
from logminer.models.device import Device, placed, require_device, wanted
from logminer.models.encoder import MAX_CHUNKS, Encoder, encoder, model_identity
from logminer.models.precision import Number, Precision, require_number, resolved
from logminer.schemas import EMBEDDINGS, RESPONSES, Table
from logminer.spec import Spec, content_hash, incidental
from logminer.stages.base import OfCheckpoint, Rows

__all__ = ["Embed", "EmbedOptions"]


class EmbedOptions(Spec):
    """How responses become vectors.

    Attributes:
        model: a folder, a packaged name, or a name in the local model cache.
        precision: auto: bfloat16 on a GPU and where the CPU has it in hardware, else float32.
        max_chunks: windows that are read of a response longer than the model reads at once; 1: it is cut.
        device: cpu, cuda, or auto: a GPU where the machine from which the run begins has one that torch can use, else
            the CPU.
    """

    model: str = "all-MiniLM-L6-v2"
    precision: Precision = "auto"
    max_chunks: int = Field(default=MAX_CHUNKS, ge=1)
    device: Device = incidental("auto")


class Embed(OfCheckpoint):
    """Vectors of one checkpoint's responses. Its name gives the output folder a name and touches no vector.

    An answer that came, whole or cut off, gives a row for channel 'response' and one for 'thoughts', where it has them.

    Attributes:
        number: what `precision: auto` came to where the run began; None: it is what it comes to here.
    """

    name: ClassVar[str] = "embed"
    version: ClassVar[int] = 3
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = RESPONSES
    output: ClassVar[Table] = EMBEDDINGS

    embed: EmbedOptions = EmbedOptions()
    number: Number | None = incidental(None)

    @classmethod
    def of(cls, options: EmbedOptions, checkpoint: str) -> Self:
        """Settled: what `auto` means on this machine holds wherever it is opened."""
        device = placed(options.device)
        return cls(
            embed=options.model_copy(update={"device": device}),
            checkpoint=checkpoint,
            number=resolved(options.precision, device),
        )

    @property
    def resources(self) -> Mapping[str, float]:
        return wanted(self.embed.device)

    def open(self) -> Embedder:
        """With `encoder`."""
        return Embedder(self.encoder())

    def encoder(self) -> Encoder:
        """Load the model, or take the one that this process has already.

        Raises:
            ModelError: it is not on this machine or cannot be loaded, there is no such device, or this machine would
                compute with other numbers than the one from which the run began.
        """
        options = self.embed
        require_device(options.device, "embed.device")
        precision = options.precision
        if precision == "auto" and self.number:
            require_number(self.number, placed(options.device), "embed.precision")
            if self.number == "float32":  # also where bfloat16 could be had
                precision = self.number
        return encoder(options.model, precision, options.max_chunks, options.device)

    def fingerprint(self, *upstream: str) -> str:
        """Names the model by its files and the numbers that are meant, so that no other vectors are ever mixed in.

        Raises:
            ModelError: the model is not on this machine.
        """
        options = self.embed
        number = self.number or resolved(options.precision, placed(options.device))
        model = model_identity(options.model)
        named = [self.name, self.version, model, number, options.max_chunks]
        return content_hash([*named, list(upstream)])


class Embedder:
    """Opened `Embed`."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        ids: list[str] = []
        channels: list[str] = []
        texts: list[str] = []
        columns = (batch.column(n) for n in ("response_id", "response", "thoughts", "state"))
        for row in zip(*(column.to_pylist() for column in columns), strict=True):
            response_id, response, thoughts, state = row
            for channel, text in (("response", response), ("thoughts", thoughts)):
                if text is not None and state in JUDGED:
                    ids.append(response_id)
                    channels.append(channel)
                    texts.append(text)
        vectors = self._encoder.encode(texts)
        width = self._encoder.dimensions
        offsets = pa.array(np.arange(len(texts) + 1, dtype=np.int32) * np.int32(width))
        nested = pa.ListArray.from_arrays(offsets, pa.array(vectors.reshape(-1)))
        return pa.RecordBatch.from_arrays(
            [pa.array(ids, pa.string()), pa.array(channels, pa.string()), nested],
            schema=EMBEDDINGS.schema,
        )
