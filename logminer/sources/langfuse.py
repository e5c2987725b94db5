"""`langfuse`: observations and traces of Langfuse, as its exports write them.

Observations: of calls of models (GENERATION) each with its input and output, beside spans, tools, retrievers and others.
The export to blob storage names columns as in `trace_id` (`langfuse`), the export from the UI and the API as in `traceId`
(`langfuse_api`). Traces are what whole requests to an application took in and gave out, one dialogue each, as its maker
chose to log it (`langfuse_traces`, `langfuse_traces_api`).

Source: Langfuse's "Blob storage export field reference"; types `Trace`, `ObservationsView` and `ObservationV2` of its API;
`convertObservation`, `BatchExportEventsRow` of its exports.
"""

from __future__ import annotations

from dataclasses import dataclass

from logminer.messages.text import text_of
from logminer.sources.base import RawConversation
from logminer.sources.calllog import CallLog, Columns
from logminer.sources.columns import TIME
from logminer.sources.exchanges import ERROR, dialogue_of

__all__ = ["LANGFUSE", "LANGFUSE_API", "LANGFUSE_TRACES", "LANGFUSE_TRACES_API"]

GENERATION = "GENERATION"


@dataclass(frozen=True, kw_only=True)
class _Langfuse(CallLog):
    models: tuple[str, ...] = ()  # columns of which one has the model's name

    def calls(self, columns: Columns) -> list[RawConversation | None]:
        names = self.fields
        rows = zip(
            self._kinds(columns),
            columns["input"],
            columns["output"],
            columns["level"],
            columns[names["conversation_id"]],
            columns[names["user_id"]],
            columns.first(*self.models) if self.models else columns[""],
            columns[names["created_at"]],
            strict=True,
        )
        return [
            RawConversation(
                place,
                dialogue_of(sent, got, ERROR if text_of(level) == "ERROR" else None),
                conversation_id=own,
                user_id=user or None,  # '' where there is none
                model=model,
                created_at=time,
            )
            if kind == GENERATION
            else None
            for place, (kind, sent, got, level, own, user, model, time) in enumerate(rows)
        ]

    def _kinds(self, columns: Columns) -> list[str | None]:
        if "type" not in self.required:
            return [GENERATION] * len(columns["id"])
        return [(text_of(kind) or "").strip().upper() for kind in columns["type"]]


def _observations(
    name: str, trace: str, session: str, user: str, start: str, *models: str
) -> CallLog:
    return _Langfuse(
        name=name,
        messages="input",
        key="id",
        together=(session, trace),
        required=("id", trace, "type", start, "input", "output"),
        fields={"conversation_id": "id", "user_id": user, "created_at": start, "model": models[0]},
        others=("output", "level", session, *models),
        models=models,
        kinds={start: TIME},
        row="piece",
    )


def _traces(name: str, session: str, user: str) -> CallLog:
    return _Langfuse(
        name=name,
        messages="input",
        key="id",
        together=(session,),
        required=("id", "timestamp", user, session, "input", "output"),
        fields={"conversation_id": "id", "user_id": user, "created_at": "timestamp"},
        others=("output", "level"),
        kinds={"timestamp": TIME},
        row="piece",
    )


LANGFUSE = _observations(
    "langfuse", "trace_id", "session_id", "user_id", "start_time", "provided_model_name"
)
LANGFUSE_API = _observations(
    "langfuse_api", "traceId", "sessionId", "userId", "startTime", "model", "providedModelName"
)
LANGFUSE_TRACES = _traces("langfuse_traces", "session_id", "user_id")
LANGFUSE_TRACES_API = _traces("langfuse_traces_api", "sessionId", "userId")
