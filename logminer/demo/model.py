"""The demo's language model, requantised: 4-bit blocks without offsets, which a CPU computes twice as fast."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from logminer.errors import ModelError
from logminer.files.atomic import replacing
from logminer.models.packaged import find_packaged

__all__ = ["NAME", "write_demo_model"]

NAME = "SmolLM2-135M-Instruct"


def write_demo_model(target: Path) -> None:
    """Write the packaged model to `target` as Q4_0, about 80 MB; nothing where it is already.

    Raises:
        ModelError: the extra `[demo]` is not installed.
    """
    source = find_packaged(NAME)
    if source is None or not importlib.util.find_spec("gguf"):
        raise ModelError(
            f"the demo needs the packaged model {NAME}: run it as `make demo` in a checkout of logminer"
        )
    if target.exists():
        return
    with replacing(target) as temporary:
        _requantise(source, temporary)


def _requantise(source: Path, target: Path) -> None:
    import gguf

    kind = gguf.GGMLQuantizationType.Q4_0
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, architecture)
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue  # the writer's own
        item = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        value = field.contents()
        if field.name == "general.file_type":
            value = int(gguf.LlamaFileType.MOSTLY_Q4_0)
        writer.add_key_value(field.name, value, field.types[0], sub_type=item)
    for tensor in reader.tensors:
        if len(tensor.shape) == 1:  # norms stay as they are
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, gguf.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
