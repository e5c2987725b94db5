"""A dump of any size out of real conversations, none twice: a word from elsewhere stands in every line of every copy.

So no text, and no paragraph of one, is the same in two conversations, and nothing that remembers what it read gains
by the resampling. Users are copied with their conversations. A smaller dump is the beginning of a larger one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import DUMP
from logminer.demo.dump import write_demo_dump

__all__ = ["FILE_ROWS", "Grown", "write_grown"]

FILE_ROWS = 50_000
GROUP_ROWS = 1_024
WORDS = 20_000
REFUSAL = "I'm sorry, but I can't help with that."
REFUSED, ELSEWHERE = 0.02, 0.05  # shares of the candidate's answers

_MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])
_ASKED = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("user_id", pa.string()),
        ("messages", pa.list_(_MESSAGE)),
        ("language", pa.string()),
    ]
)
_ANSWERED = pa.schema([("prompt_id", pa.string()), ("response", pa.string())])

Message = dict[str, str]


class Grown(NamedTuple):
    """What was written: folders of files of FILE_ROWS rows, in row groups of 1,024."""

    asked: Path  # conversations with the log's answers
    answered: Path  # another arm's answers, by the conversation's id
    characters: int  # in the conversations
    origin: str


class _Real(NamedTuple):
    """The conversations that copies are made of; columns of equal length."""

    users: list[str | None]
    dialogues: list[list[Message]]


def write_grown(folder: Path, rows: int, language: str, characters: int | None = None) -> Grown:
    """Write a dump and the answers of another arm to it, the same for each call.

    Of the other arm's answers, 2 in 100 are refusals, 5 in 100 another conversation's answer, and the rest the log's,
    with a word more in every line.

    Args:
        folder: where to; it is made.
        rows: conversations.
        language: what the dump says that they are written in.
        characters: of each message so many are taken; None: all.
    """
    origin, real = _real(characters)
    vocabulary = _vocabulary(real, random.Random(0))
    grown = Grown(folder / "asked", folder / "answered", 0, origin)
    written = 0
    for path in (grown.asked, grown.answered):
        path.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, rows, FILE_ROWS)):
        stop, name = min(rows, start + FILE_ROWS), f"{number:05d}.parquet"
        with (
            pq.ParquetWriter(grown.asked / name, _ASKED) as asked,
            pq.ParquetWriter(grown.answered / name, _ANSWERED) as answered,
        ):
            for first in range(start, stop, GROUP_ROWS):
                numbers = range(first, min(stop, first + GROUP_ROWS))
                copies = [_copy(real, number, vocabulary, language) for number in numbers]
                told, said = zip(*copies, strict=True)
                written += sum(len(m["content"]) for row in told for m in row["messages"])
                asked.write_table(pa.Table.from_pylist(told, _ASKED))
                answered.write_table(pa.Table.from_pylist(said, _ANSWERED))
    return grown._replace(characters=written)


def _real(characters: int | None) -> tuple[str, _Real]:
    """English ones from beside the checkout, else the demo's."""
    if DUMP.exists():
        return "real conversations", _read(DUMP, characters)
    with TemporaryDirectory() as folder:
        dump = write_demo_dump(Path(folder) / "dump.parquet")
        return "generated conversations", _read(dump.path, characters)


def _read(path: Path, characters: int | None) -> _Real:
    users, dialogues = list[str | None](), list[list[Message]]()
    columns = ["user_id", "messages", "language"]
    for batch in pq.ParquetFile(path).iter_batches(columns=columns):
        for row in batch.to_pylist():
            messages = row["messages"] or []
            if row["language"] == "en" and messages and all(m["content"] for m in messages):
                users.append(row["user_id"])
                dialogues.append(
                    [{"role": m["role"], "content": m["content"][:characters]} for m in messages]
                )
    return _Real(users, dialogues)


def _vocabulary(real: _Real, rng: random.Random) -> Sequence[str]:
    """Plain words of the conversations, so that what is put in looks like nobody's name or number."""
    found: dict[str, None] = {}
    for place in rng.sample(range(len(real.dialogues)), min(5_000, len(real.dialogues))):
        for message in real.dialogues[place]:
            words = message["content"].split()
            found |= dict.fromkeys(w for w in words if w.isascii() and w.isalpha() and w.islower())
        if len(found) > WORDS:
            break
    return sorted(found)


def _copy(
    real: _Real, number: int, vocabulary: Sequence[str], language: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A conversation, and the other arm's answer to it."""
    rng = random.Random(number)
    copy, place = divmod(number, len(real.dialogues))
    messages = [
        {"role": m["role"], "content": _edited(m["content"], vocabulary, rng)}
        for m in real.dialogues[place]
    ]
    conversation = f"c{number:08d}"
    asked = {
        "conversation_id": conversation,
        "user_id": f"{real.users[place]}.{copy}",
        "messages": messages,
        "language": language,
    }
    said, chance = messages[-1]["content"], rng.random()
    if chance < REFUSED:
        said = REFUSAL
    elif chance < REFUSED + ELSEWHERE:
        said = real.dialogues[rng.randrange(len(real.dialogues))][-1]["content"]
    return asked, {"prompt_id": conversation, "response": _edited(said, vocabulary, rng)}


def _edited(text: str, vocabulary: Sequence[str], rng: random.Random) -> str:
    """A word more in every line that says something."""
    return "\n".join(_longer(line, vocabulary, rng) for line in text.split("\n"))


def _longer(line: str, vocabulary: Sequence[str], rng: random.Random) -> str:
    if not line.strip():
        return line
    word = vocabulary[int(rng.random() * len(vocabulary))]
    at = line.find(" ", int(rng.random() * len(line)))
    return f"{line} {word}" if at < 0 else f"{line[:at]} {word}{line[at:]}"
