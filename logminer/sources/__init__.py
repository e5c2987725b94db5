"""One file per dump format; each says how rows of a dump are raw conversations."""

from logminer.sources.base import DumpSlice, Format
from logminer.sources.formats import FORMATS
from logminer.sources.spec import SourceInfo, SourceSpec

__all__ = ["FORMATS", "DumpSlice", "Format", "SourceInfo", "SourceSpec"]
