"""`inspect`: logs of Inspect, a sample and epoch a row; see `inspect_log` for how a log is a table.

What scorers say stands in columns of its own (`SCORER`, `SCORER.KEY`), and is a label only where a recorded scorer maps it.
"""

from __future__ import annotations

from logminer.files.kinds import kind_of
from logminer.files.objects import AnyPath
from logminer.files.rows import Constants, Rows
from logminer.sources.base import Judging
from logminer.sources.columns import DIALOGUE, TIME
from logminer.sources.inspect_log import is_json_log, open_log
from logminer.sources.samples import SampleFormat

__all__ = ["INSPECT"]


class _Inspect(SampleFormat):
    def open(self, path: AnyPath, constants: Constants = ()) -> Rows:
        """A log as a table.

        Raises:
            SourceError: it is missing, cut off, or no log of Inspect.
        """
        return open_log(path, constants)

    def recognises(self, path: AnyPath) -> bool:
        """By its name, and a file of JSON by how it begins."""
        kind = kind_of(path.name)
        return kind == "eval" or (kind == "json" and is_json_log(path))


INSPECT = _Inspect(
    name="inspect",
    messages="messages",
    key="conversation_id",
    required=("messages", "sample_id", "epoch", "eval_id", "log_status"),
    fields={
        "conversation_id": "conversation_id",
        "prompt_id": "prompt_id",
        "model": "model",
        "created_at": "created_at",
    },
    kinds={"messages": DIALOGUE, "created_at": TIME},
    files=("eval", "json"),
    sparse=True,
    labels="judge",
    judging=Judging(prompts=("metadata.", "task")),
    repeat="epoch",
)
