"""The demo's language models: one, rounded two ways. A CPU computes blocks without offsets up to twice as fast."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from logminer.errors import ModelError
from logminer.files.atomic import replacing
from logminer.models.packaged import find_packaged

__all__ = ["NAME", "write_demo_models"]

NAME = "SmolLM2-135M-Instruct"
EMBEDDING = "token_embd.weight"  # 8 bits already: rounded further, the model loses its tongue

Bits = Literal[4, 8]


def write_demo_models(folder: Path, bits: Sequence[Bits] = (8, 4)) -> None:
    """Write the packaged model as `model-8bit.gguf` (145 MB) and `model-4bit.gguf` (92 MB); none that is there already.

    Raises:
        ModelError: the extra `[demo]` is not installed.
    """
    source = find_packaged(NAME)
    if source is None or not importlib.util.find_spec("gguf"):
        raise ModelError(
            f"the demo needs the packaged model {NAME}: run it as `make demo` in a checkout of logminer"
        )
    targets = {n: target for n in bits if not (target := folder / f"model-{n}bit.gguf").exists()}
    with ExitStack() as stack:
        written = {n: stack.enter_context(replacing(target)) for n, target in targets.items()}
        if written:
            _requantise(source, written)


def _requantise(source: Path, targets: dict[Bits, Path]) -> None:
    """All of them at once: reading is the longest."""
    import gguf

    kinds = {4: gguf.GGMLQuantizationType.Q4_0, 8: gguf.GGMLQuantizationType.Q8_0}
    types = {4: gguf.LlamaFileType.MOSTLY_Q4_0, 8: gguf.LlamaFileType.MOSTLY_Q8_0}
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writers: dict[Bits, Any] = {
        n: gguf.GGUFWriter(path, architecture) for n, path in targets.items()
    }
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue  # the writer's own
        item = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        value = field.contents()
        for n, writer in writers.items():
            said = int(types[n]) if field.name == "general.file_type" else value
            writer.add_key_value(field.name, said, field.types[0], sub_type=item)
    for tensor in reader.tensors:
        kept = len(tensor.shape) == 1 or tensor.name == EMBEDDING  # norms stay as they are too
        values = None if kept else gguf.dequantize(tensor.data, tensor.tensor_type)
        for n, writer in writers.items():
            if values is None:
                writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            else:
                writer.add_tensor(tensor.name, gguf.quantize(values, kinds[n]), raw_dtype=kinds[n])
    for writer in writers.values():
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
