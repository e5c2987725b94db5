"""Part folders of a small study, written by hand, and published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.ids import response_id
from logminer.schemas import CONVERSATIONS, EMBEDDINGS, JUDGEMENTS, PROMPTS, RESPONSES, Table
from logminer.store import parts
from logminer.store.parts import PartFolder
from logminer.store.publication import Loadable, publish
from logminer.store.session import open_session

__all__ = ["Folders", "conversation", "counts", "put"]


def conversation(name: str, row: int, rejected: str | None = None) -> dict[str, Any]:
    message = {"role": "user", "content": f"text of {name}"}
    return {
        "conversation_id": name,
        "user_id": None,
        "split": "inference",
        "messages": None if rejected else [message],
        "redactions": None if rejected else [],
        "language": "en",
        "attributes": None if rejected else {"safe": "true"},
        "row": row,
        "rejected": rejected,
        "source_key": "k",
        "content_keys": ["k"],
    }


def prompt(name: str) -> dict[str, Any]:
    return {
        "prompt_id": f"p-{name}",
        "conversation_id": name,
        "user_id": None,
        "split": "inference",
        "turn_index": 0,
        "n_redacted": 0,
        "messages": [{"role": "user", "content": f"text of {name}"}],
        "language": "en",
        "attributes": {"safe": "true"},
        "redactions": [],
        "source_key": "k",
        "content_key": "k",
    }


def response(name: str, checkpoint: str) -> dict[str, Any]:
    return {
        "response_id": response_id(f"p-{name}", checkpoint, 0),
        "prompt_id": f"p-{name}",
        "checkpoint": checkpoint,
        "sample_index": 0,
        "response": "yes",
        "state": "answered",
        "thoughts_state": "none",
        "redactions": [],
    }


def embedding(name: str, checkpoint: str) -> dict[str, Any]:
    return {
        "response_id": response_id(f"p-{name}", checkpoint, 0),
        "channel": "response",
        "vector": [1.0, 0.0],
    }


def judgement(name: str, checkpoint: str, scorer: str) -> dict[str, Any]:
    return {
        "response_id": response_id(f"p-{name}", checkpoint, 0),
        "category_id": "refusal",
        "channel": "response",
        "scorer": scorer,
        "label": "no",
        "scorer_identity": f"hash of {scorer}",
        "rubric_hash": "r",
    }


class Folders:
    """Part folders of a small study, written by hand."""

    def __init__(self, study: Path, fingerprint: str = "f0") -> None:
        root = study / "parts"
        self.conversations = Loadable(PartFolder(root, "anonymise", fingerprint), CONVERSATIONS)
        self.prompts = Loadable(PartFolder(root, "prompts", fingerprint), PROMPTS)
        self.responses = [
            Loadable(PartFolder(root, f"replay.{c}", fingerprint), RESPONSES) for c in "ab"
        ]
        self.embeddings = [
            Loadable(PartFolder(root, f"embed.{c}", fingerprint), EMBEDDINGS) for c in "ab"
        ]

    @property
    def all(self) -> list[Loadable]:
        return [self.conversations, self.prompts, *self.responses, *self.embeddings]

    def write(self, part: str, names: list[str], rejected: dict[str, str] | None = None) -> None:
        rejected = rejected or {}
        rows = [conversation(n, i, rejected.get(f"{n}{i}")) for i, n in enumerate(names)]
        kept = [n for i, n in enumerate(names) if f"{n}{i}" not in rejected]
        self.put_rows(self.conversations, part, rows)
        self.put_rows(self.prompts, part, [prompt(n) for n in kept])
        for loadable, c in zip(self.responses, "ab", strict=True):
            self.put_rows(loadable, part, [response(n, c) for n in kept])
        for loadable, c in zip(self.embeddings, "ab", strict=True):
            self.put_rows(loadable, part, [embedding(n, c) for n in kept])

    def rated(self, part: str, names: list[str]) -> list[Loadable]:
        """All, and what an autorater made of the responses: each once more with an order in it."""
        rated = []
        for c in "ab":
            folder = PartFolder(self.prompts.folder.root, f"rate.j.{c}", "f0")
            rated.append(Loadable(folder, JUDGEMENTS))
            rows = [judgement(n, c, scorer) for n in names for scorer in ("j", "j.injected")]
            self.put_rows(rated[-1], part, rows)
        return [*self.all, *rated]

    @staticmethod
    def put_rows(loadable: Loadable, part: str, rows: list[dict[str, Any]]) -> None:
        table: Table = loadable.table
        names = table.schema.names
        data = pa.Table.from_pylist(
            [{n: r.get(n) for n in names} for r in rows], schema=table.schema
        )
        parts.write(loadable.folder.file(part), data, table, rows_in=len(rows), rejected=0)


def counts(study: Path) -> dict[str, int]:
    tables = ("conversations", "prompts", "responses", "embeddings", "rejections", "loaded_parts")
    with open_session(study) as session:
        return {t: session.rows(f"SELECT count(*) FROM {t}")[0][0] for t in tables}


def put(study: Path, folders: Folders) -> None:
    with publish(study, folders.all):
        pass
