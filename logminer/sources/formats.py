"""Every format that a dump may have, one a line: the file of this folder that describes it, and its name there."""

from __future__ import annotations

from pkgutil import resolve_name

from logminer.sources.base import Format

__all__ = ["FILES_READ", "FORMATS"]

# The order is that of `auto`: the first whose columns are all there.
FILES = (
    "inspect:INSPECT",
    "scout:SCOUT",
    "scout_scan:SCOUT_SCAN",
    # Before those that need less.
    "odcv:ODCV",
    "langfuse:LANGFUSE",
    "langfuse:LANGFUSE_API",
    "langfuse:LANGFUSE_TRACES",
    "langfuse:LANGFUSE_TRACES_API",
    "phoenix:PHOENIX",
    "phoenix:OPENINFERENCE",
    "phoenix:OTLP",
    "litellm:LITELLM",
    "preference:PREFERENCE",
    "messages:MESSAGES",
    "conversations:CONVERSATIONS",
    "paired:PAIRED",
    "wildchat:WILDCHAT",
    "lmsys:LMSYS",
    "oasst:OASST",
    "oasst:OASST_TREES",
    "openai_batch:BATCH_INPUT",
    "openai_batch:BATCH_OUTPUT",
    "responses:RESPONSES",
    "responses:STORED_RESPONSES",
    "sharegpt:SHAREGPT",
    "completions:COMPLETIONS",
    "chatlines:CSV",
    "prompts:PROMPTS",
)


_LISTED: tuple[Format, ...] = tuple(resolve_name(f"logminer.sources.{file}") for file in FILES)
FORMATS = {form.name: form for form in _LISTED}

# The kinds of file in which any of them comes, in the order in which a folder is looked at.
FILES_READ = ("parquet", "arrow", "eval", "odcv", "jsonl", "csv", "json")
