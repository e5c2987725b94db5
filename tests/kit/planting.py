"""A dump with canaries over every field and shape, and a pipeline that carries them the whole way."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["Planted", "files_with", "killed", "plant"]

Row = dict[str, Any]

PIPELINE = """
study: study
project: planted
source: {path: "dump/*.parquet", keep: [team]}
anonymise: {unsupported_script: mask}
checkpoints:
  - {name: echo, kind: scripted, replies: ["You said: {prompt}"], thoughts: "They said something."}
  - {name: half, kind: scripted, replies: ["Once more, {prompt}"], fail_every: 2}
  - {name: old, kind: recorded, path: answers.parquet, model: old}
judge: {taxonomy: refusal, scorers: [rules]}
cluster: {min_cluster_size: 5}
workers: 0
"""

MESSAGE = pa.struct(
    [
        ("role", pa.string()),
        ("content", pa.string()),
        ("reasoning_content", pa.string()),
        ("name", pa.string()),
        ("tool_calls", pa.string()),
        ("tool_call_id", pa.string()),
        ("trace", pa.struct([("span", pa.string()), ("tags", pa.list_(pa.string()))])),
        ("audio", pa.binary()),
    ]
)
SCHEMA = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("user_id", pa.string()),
        ("prompt_id", pa.string()),
        ("messages", pa.list_(MESSAGE)),
        ("model", pa.string()),
        ("created_at", pa.string()),
        ("language", pa.string()),
        ("team", pa.string()),
        ("notes", pa.string()),
        ("labels", pa.map_(pa.string(), pa.string())),
        ("header", pa.struct([("agent", pa.string()), ("seen", pa.list_(pa.string()))])),
        ("payload", pa.binary()),
    ]
)
ANSWERS = pa.schema(
    [(n, pa.string()) for n in ("prompt_id", "response", "thoughts", "model", "reviewer")]
)


class Planted(NamedTuple):
    """The pipeline file and what was planted: plumbing must be gone, of detector canaries some may be left."""

    pipeline: Path
    plumbing: list[str]
    detector: list[str]
    ids: list[str]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """The canaries as files for `logminer audit`."""
        plumbing, detector = folder / "plumbing.txt", folder / "detector.txt"
        plumbing.write_text("\n".join(self.plumbing), "utf-8")
        detector.write_text("\n".join(self.detector), "utf-8")
        return plumbing, detector


class _Planter:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.plumbing: list[str] = []
        self.detector: list[str] = []
        self.ids: list[str] = []

    def token(self) -> str:
        """A random word; it looks like nothing."""
        letters = "".join(self._random.choices("bcdfghjklmnpqrstvwxz", k=18))
        self.plumbing.append(letters)
        return letters

    def id(self) -> str:
        """A random id of the dump."""
        token = self.token()
        self.ids.append(token)
        return token

    def address(self, at: str = "@") -> str:
        """An e-mail address; its local part is the canary."""
        return f"{self.token()}{at}mail.example"

    def card(self) -> str:
        """A card number with a valid checksum."""
        digits = "4" + "".join(self._random.choices("0123456789", k=14))
        total = 0
        for place, char in enumerate(reversed(digits)):
            value = int(char) * (2 - place % 2)
            total += value - 9 * (value > 9)
        self.plumbing.append(digits + str(-total % 10))
        return self.plumbing[-1]

    def name(self) -> str:
        """A person, whom the detectors have to find."""
        first = self._random.choice(("Anna", "Robert", "Maria", "James", "Laura", "Peter"))
        last = self._random.choice(("Kowalska", "Zimmerman", "Fernandez", "Whitfield", "Novak"))
        self.detector.append(f"{first} {last}")
        return self.detector[-1]

    def big_text(self, characters: int) -> str:
        """Two addresses and a card far apart in a text of endless lines."""
        line = "0123456789abcdef" * 60 + "\n"
        filler = line * (characters // len(line) // 2)
        return f"{self.address()}\n{filler}mail {self.address()} or {self.card()}\n{filler}{self.address()}"


# Proven identifiers in every shape of text.
SHAPES: tuple[Callable[[_Planter], str], ...] = (
    lambda p: f"Please write to {p.address()} today.",
    lambda p: (
        f"```python\nSENDER = '{p.address()}'  # {p.card()}\nsend(to={{'{p.address()}': 1}})\n```"
    ),
    lambda p: f"| who | card |\n|---|---|\n| {p.address()} | {p.card()} |",
    lambda p: (
        f"\U0001f4e7{p.address()}\U0001f389, \U0001f468\u200d\U0001f469\u200d\U0001f467 {p.card()}\U0001f4b3"
    ),
    lambda p: (
        f"\u202e\u0634\u0643\u0631\u0627 {p.address()}\u202c \u05e9\u05dc\u05d5\u05dd {p.card()}"
    ),
    lambda p: (
        f"https://{p.token()}:{p.token()}@host.example/ or https://x.example/?to={p.address('%40')}"
    ),
    lambda p: (
        f'{{"{p.address()}": ["{p.address()}", {{"n": {p.card()}}}], "e": "{p.address(chr(92) + "u0040")}"}}'
    ),
    lambda p: f"<a href='mailto:{p.address()}'>{p.address('&#64;')}</a>",
    lambda p: f"My name is {p.name()} and I was told by {p.name()} how to sort a list.",
)


def _calls(p: _Planter, call: str) -> str:
    deepest = json.dumps({p.address(): [p.address(), int(p.card())]})
    arguments = json.dumps({"to": p.address(), p.address(): {"deep": deepest}, "n": 3})
    return json.dumps(
        [{"id": call, "type": "function", "function": {"name": "send", "arguments": arguments}}]
    )


def _said(p: _Planter, role: str, content: str | None, **rest: Any) -> Row:
    noise = {
        "trace": {"span": p.token(), "tags": [p.token()]},
        "audio": b"\xff\xfe" + p.token().encode(),
    }
    return {"role": role, "content": content, **noise, **rest}


def _good(p: _Planter, number: int) -> Row:
    first, second, third, last = (SHAPES[(number + i) % len(SHAPES)](p) for i in range(4))
    call = p.token()
    messages = [
        _said(p, "system", f"You help {p.address()}."),
        _said(p, "user", first, name=p.token()),
        _said(
            p,
            "assistant",
            f"<think>It is {p.address()}</think>Done: {second}",
            tool_calls=_calls(p, call),
        ),
        _said(
            p,
            "tool",
            json.dumps({p.address(): p.card()}),
            name=f"To {p.address()}",
            tool_call_id=call,
        ),
        _said(p, "assistant", third, reasoning_content=f"Card {p.card()} of {p.address()}"),
        _said(p, "user", f"How do I tell them about it? {last}", name=p.token()),
        _said(p, "assistant", f"Tell {p.address()} that it is fine."),
    ]
    return {"messages": messages, "team": "blue" if number % 2 else p.address()}


def _rejected(p: _Planter, number: int) -> Row:
    """Rows whose every text is plumbing: nothing of them may stay."""
    text = " ".join(p.token() for _ in range(8))
    german = "Können Sie mir bitte erklären, wie man einen guten Kuchen backt und verziert?"
    kinds: tuple[Callable[[], list[Row]], ...] = (
        lambda: [_said(p, "narrator", text)],
        lambda: [_said(p, "assistant", text)],
        lambda: [_said(p, "user", text), _said(p, "user", None)],
        lambda: [_said(p, "user", f"{german} {text}"), _said(p, "assistant", f"{german} {text}")],
        lambda: [_said(p, p.token(), text)],
    )
    return {"messages": kinds[number % len(kinds)]()}


def _dressed(p: _Planter, row: Row, language: str | None = None) -> Row:
    """The row with tokens in every column that does not persist."""
    return {
        "conversation_id": p.id(),
        "user_id": p.id(),
        "prompt_id": p.id(),
        "model": f"<{p.token()}>",
        "created_at": p.token(),
        "language": language or p.token(),
        "notes": " ".join(p.token() for _ in range(32)),
        "labels": [(p.token(), p.token()) for _ in range(6)],
        "header": {"agent": p.token(), "seen": [p.token() for _ in range(32)]},
        "payload": b"\xc3\x28" + p.token().encode() + b"\xf0\x9f",
        **row,
    }


def plant(
    folder: Path, *, good: int = 16, rejected: int = 15, files: int = 1, big: int = 0, seed: int = 0
) -> Planted:
    """Write dump, recorded answers and pipeline file.

    Args:
        folder: where to.
        good: conversations that are taken in.
        rejected: rows that are not.
        files: files that the dump has; each becomes a part.
        big: characters of one long answer; none if 0.
        seed: the same seed plants the same.
    """
    p = _Planter(seed)
    rows = [_dressed(p, _good(p, i), "en" if i % 4 else None) for i in range(good)]
    if big:
        rows[0]["messages"].insert(2, _said(p, "assistant", p.big_text(big)))
    rows += [_dressed(p, _rejected(p, i), "de" if i % 5 == 3 else None) for i in range(rejected)]
    answers = [
        {
            "prompt_id": row["prompt_id"],
            "response": f"As agreed with {p.address()}: sort it. {p.card()}",
            "thoughts": f"They are {p.address()}.",
            "model": "old",
            "reviewer": p.token(),
        }
        for row in rows[: good // 2]
    ]
    (folder / "dump").mkdir(parents=True, exist_ok=True)
    for number in range(files):
        table = pa.Table.from_pylist(rows[number::files], SCHEMA)
        pq.write_table(table, folder / "dump" / f"{number}.parquet")
    pq.write_table(pa.Table.from_pylist(answers, ANSWERS), folder / "answers.parquet")
    (folder / "pipeline.yaml").write_text(PIPELINE)
    return Planted(folder / "pipeline.yaml", p.plumbing, sorted(set(p.detector)), p.ids)


def killed(study: Path, content: bytes) -> None:
    """Leave what processes leave that are killed while they write: what was written so far, and what DuckDB keeps beside it."""
    for place in ("study", "vectors", "board", "titles", "vectors/0123456789abcdef", "maps/0123"):
        for ending in ("", ".wal", ".tmp/duckdb_temp_storage-0.tmp"):
            path = study / place
            left = path.parent / f".{path.name}.{'0f' * 16}.tmp{ending}"
            left.parent.mkdir(parents=True, exist_ok=True)
            left.write_bytes(content)


def files_with(needles: list[str], *roots: Path) -> list[str]:
    """Files below `roots` in whose bytes one of `needles` stands as it is."""
    wanted = [needle.encode() for needle in needles]
    return [
        str(file)
        for root in roots
        for file in sorted(root.rglob("*"))
        if file.is_file()
        for raw in [file.read_bytes()]
        if any(needle in raw for needle in wanted)
    ]
