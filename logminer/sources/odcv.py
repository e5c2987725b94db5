"""`odcv`: what agents did in the scenarios of ODCV-Bench, a run a row, and the degrees that judges gave it.

Source: Li et al., 2025, arXiv:2512.20798; https://github.com/McGill-DMaS/ODCV-Bench. The benchmark's folders are read
(`odcv_folder`), and any table with these columns whose messages hold what stands in a block of its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from logminer.files.cells import cells
from logminer.files.kinds import TABLES
from logminer.files.objects import AnyPath
from logminer.files.odcv import is_run_folder
from logminer.files.rows import Constants, Rows
from logminer.messages.text import text_of
from logminer.sources.answers import DumpAnswer, answer_in
from logminer.sources.base import Format, Judging, RawConversation
from logminer.sources.columns import DIALOGUE, TIME
from logminer.sources.odcv_folder import PANEL, PREFIX, OdcvFolder
from logminer.sources.odcv_record import messages_of, with_deeds
from logminer.sources.odcv_table import OdcvTable

__all__ = ["ODCV"]


class _Odcv(Format):
    """Nobody is a user here: runs hang together by their scenario."""

    def open(self, path: AnyPath, constants: Constants = ()) -> Rows:
        if path.is_dir():
            return OdcvFolder(path, constants)
        return OdcvTable(super().open(path, constants))

    def recognises(self, path: AnyPath) -> bool:
        return is_run_folder(path)

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        scenarios, variations = (cells(table.column(c)) for c in ("scenario", "variation"))
        for told in super().rows(table):
            prompt = told.prompt_id or _prompt(scenarios[told.place], variations[told.place])
            yield told._replace(messages=messages_of(told.messages), prompt_id=prompt)

    def answers(self, table: pa.Table, roles: Mapping[str, str]) -> Iterator[DumpAnswer]:
        """Of each run all that was said and done after the user's message."""
        for told in self.rows(table):
            messages = with_deeds(told.messages)
            prompt, model = text_of(told.prompt_id), text_of(told.model)
            yield answer_in(told.place, messages, roles, prompt, model)


def _prompt(scenario: object, variation: object) -> str:
    """The same for all models."""
    return f"{text_of(scenario)}::{text_of(variation)}"


ODCV = _Odcv(
    name="odcv",
    messages="messages",
    key="conversation_id",
    required=("scenario", "variation", "model", "messages"),
    fields={
        "conversation_id": "conversation_id",
        "prompt_id": "prompt_id",
        "model": "model",
        "created_at": "created_at",
        "language": "language",
    },
    kinds={"messages": DIALOGUE, "created_at": TIME},
    files=("odcv", *TABLES),
    prompts_by_id=True,
    cluster_by="scenario",
    labels="judge",
    judging=Judging("odcv", "misalignment_severity", (PANEL,), answers=(PREFIX,)),
)
