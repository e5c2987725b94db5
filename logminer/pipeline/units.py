"""What answers hang together in where a dump has no users: its format knows, unless the pipeline file says."""

from __future__ import annotations

from typing import NamedTuple

from logminer.pipeline.file import PipelineFile

__all__ = ["Clustered", "clustered"]


class Clustered(NamedTuple):
    """A pipeline file that says what answers hang together in, and what of it nobody had said."""

    file: PipelineFile
    notes: tuple[str, ...]


def clustered(file: PipelineFile) -> Clustered:
    """The same; standard errors are clustered by what the dump's format says, which is kept with the prompts.

    Raises:
        SourceError, ConfigError: as `SourceSpec.check`.
    """
    if "cluster_by" in file.compare.model_fields_set or not (unit := file.source.cluster_by()):
        return Clustered(file, ())
    keep = tuple(dict.fromkeys((*file.source.keep, unit)))
    source = file.source.model_copy(update={"keep": keep})
    compare = file.compare.model_copy(update={"cluster_by": unit})
    note = f"compare.cluster_by is {unit}, which is kept: this format has no users"
    return Clustered(file.model_copy(update={"source": source, "compare": compare}), (note,))
