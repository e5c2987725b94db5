"""The first stop: raw conversations in, anonymised ones out. Behind it no raw text exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
from pydantic import Field

from logminer.files.places import located
from logminer.ids import Pseudonyms, person, planned_pseudonyms
from logminer.privacy.languages.language import normalise_language
from logminer.privacy.options import AnonymiseOptions, Times, truncated
from logminer.privacy.requests import AnonymisedConversation, ConversationRequest
from logminer.schemas import CONVERSATIONS, RAW_CONVERSATIONS, Table
from logminer.spec import incidental
from logminer.stages.base import Stage
from logminer.store.forgotten import REASON, Forgotten

if TYPE_CHECKING:
    from logminer.privacy.anonymiser import Anonymiser

__all__ = ["Anonymise"]

Row = Mapping[str, Any]


class Anonymise(Stage):
    """One row out for each row in, in order; a rejected row keeps its ids and loses its text.

    Of who was forgotten there is a rejected row with no id that stands anywhere else.

    Attributes:
        anonymise: what is removed, and how.
        project: domain of the pseudonyms.
        key_id: names the key, so that another key is another fingerprint.
        forgotten: file that says who was. Parts have lost their rows too, so it changes none.
    """

    name: ClassVar[str] = "anonymise"
    version: ClassVar[int] = 6
    input: ClassVar[Table] = RAW_CONVERSATIONS
    output: ClassVar[Table] = CONVERSATIONS

    anonymise: AnonymiseOptions = Field(alias="options")  # `Spec.options` is another thing
    project: str
    key_id: str
    forgotten: str = incidental("")

    def open(self) -> _Transform:
        """Load key and models.

        Raises:
            SecretError: no key, or not the one this stage was planned with.
            ModelError: no configured language has a model.
            StoreError: nobody can say who was forgotten.
        """
        from logminer.privacy.anonymiser import open_anonymiser

        pseudonyms = planned_pseudonyms(self.project, self.key_id)
        anonymiser = open_anonymiser(self.anonymise, pseudonyms)
        people = Forgotten.read(located(self.forgotten)) if self.forgotten else Forgotten()
        return _Transform(anonymiser, pseudonyms, self.anonymise.kept_times, people)


class _Transform:
    """The opened stage: holds the models and the key."""

    def __init__(
        self, anonymiser: Anonymiser, pseudonyms: Pseudonyms, times: Times, forgotten: Forgotten
    ) -> None:
        self._anonymiser = anonymiser
        self._pseudonyms = pseudonyms
        self._times = times
        self._forgotten = forgotten

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        rows: list[Row] = batch.to_pylist(maps_as_pydicts="lossy")
        if self._forgotten:
            rows = [self._nobodys(row) if self._is_forgotten(row) else row for row in rows]
        languages = [self._language(row) for row in rows]
        readable = [i for i, row in enumerate(rows) if not row["problem"]]
        outcomes = self._anonymiser.conversations(
            [
                ConversationRequest(
                    rows[i]["messages"] or (),
                    self._pseudonyms.conversation(rows[i]["conversation_id"]),
                    languages[i] or "",
                )
                for i in readable
            ]
        )
        done: dict[int, AnonymisedConversation] = dict(zip(readable, outcomes, strict=True))
        out = [
            self._row(row, language, done.get(i) or AnonymisedConversation([], [], row["problem"]))
            for i, (row, language) in enumerate(zip(rows, languages, strict=True))
        ]
        return pa.RecordBatch.from_pylist(out, schema=CONVERSATIONS.schema)

    def _is_forgotten(self, row: Row) -> bool:
        raw, user, known = row["conversation_id"], row["user_id"], self._pseudonyms
        return (
            self._forgotten.is_before(truncated(row["created_at"], self._times))
            or self._forgotten.has(known, known.conversation(raw))
            or (bool(user) and self._forgotten.has(known, known.user(user)))
        )

    def _nobodys(self, row: Row) -> Row:
        """What is left of the row of somebody who was forgotten: its place, and why it is empty."""
        kept = {"row": row["row"], "conversation_id": row["conversation_id"], "problem": REASON}
        return dict.fromkeys(row) | kept

    def _language(self, row: Row) -> str | None:
        messages = row["messages"]
        if row["problem"] or not messages:
            return normalise_language(row["language"])
        return self._anonymiser.language(row["language"], messages)

    def _row(self, row: Row, language: str | None, done: AnonymisedConversation) -> Row:
        """A row of `schemas.CONVERSATIONS`; of a rejected one only ids, split, row, language and reason."""
        conversation_id = self._pseudonyms.conversation(row["conversation_id"])
        if done.rejected == REASON:
            forgotten = self._pseudonyms.forgotten(conversation_id)
            return {"conversation_id": forgotten, "row": row["row"], "rejected": REASON}
        user_id = self._pseudonyms.user(row["user_id"]) if row["user_id"] else None
        ids = {
            "conversation_id": conversation_id,
            "user_id": user_id,
            "split": self._pseudonyms.split(person(user_id, conversation_id)),
            "language": language,
            "row": row["row"],
            "rejected": done.rejected,
        }
        if done.rejected:
            return ids
        return {
            **ids,
            "messages": done.messages,
            "redactions": done.redactions,
            "found": done.found,
            "signs": row["signs"],
            "model": self._anonymiser.values.model_name(row["model"]),
            "created_at": truncated(row["created_at"], self._times),
            "attributes": {
                name: value if value is None else self._anonymiser.values.attribute(value)
                for name, value in (row["attributes"] or {}).items()
            },
            "source_key": self._pseudonyms.source_key(row["prompt_id"] or row["conversation_id"]),
            "content_keys": self._pseudonyms.content_keys(
                (message["role"], message["content"] or "") for message in row["messages"]
            ),
        }
