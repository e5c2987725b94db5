"""`scout_scan`: the results of an Inspect Scout scanner, with the transcripts that it was given; see `scan_rows`."""

from __future__ import annotations

from logminer.files.objects import AnyPath
from logminer.files.rows import Constants, Rows
from logminer.sources.base import Judging
from logminer.sources.columns import DIALOGUE, TEXT, TIME
from logminer.sources.samples import SampleFormat
from logminer.sources.scan_rows import REQUIRED, ScanRows

__all__ = ["SCOUT_SCAN"]


class _ScoutScan(SampleFormat):
    def open(self, path: AnyPath, constants: Constants = ()) -> Rows:
        """The results as a table.

        Raises:
            SourceError: it is missing, no Parquet, or no scanner's results.
        """
        return ScanRows(path, constants)


SCOUT_SCAN = _ScoutScan(
    name="scout_scan",
    messages="messages",
    key="transcript_id",
    required=REQUIRED,
    fields={
        "conversation_id": "transcript_id",
        "prompt_id": "prompt_id",
        "model": "transcript_model",
        "created_at": "transcript_date",
    },
    kinds={"transcript_id": TEXT, "messages": DIALOGUE, "transcript_date": TIME},
    files=("parquet",),
    sparse=True,
    labels="judge",
    judging=Judging(prompts=("transcript_task_set", "transcript_source_type")),
)
