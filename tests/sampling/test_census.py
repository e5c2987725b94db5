"""What there is to draw from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.ids import Pseudonyms
from logminer.privacy.options import AnonymiseOptions
from logminer.sampling.census import PromptSize, count, draw_sample
from logminer.sources.spec import SourceSpec

PSEUDONYMS = Pseudonyms(b"k" * 32, "p")


def dump(path: Path, rows: list[dict[str, Any]]) -> SourceSpec:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return SourceSpec(path=str(path), keep=("ask",))


def row(number: int, language: str | None, *said: str, **fields: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(said)]
    return {
        "conversation_id": f"c{number}",
        "user_id": f"u{number % 3}",
        "messages": messages,
        "language": language,
        "ask": "Benign",
        **fields,
    }


def test_only_what_will_be_taken_in_is_counted(tmp_path: Path) -> None:
    source = dump(
        tmp_path / "dump.parquet",
        [
            row(0, "en", "hello", "hi", "what is “this”?"),
            row(1, "ja", "こんにちは"),
            row(2, "xx", "short"),  # counts as the first configured language
            row(3, "en"),  # unreadable: nobody speaks
            row(4, None, "Guten Tag, ich hätte gern gewusst, wie spät es heute in Berlin ist."),
        ],
    )
    found = list(count(source, AnonymiseOptions(), "all", PSEUDONYMS))
    assert [one.conversation_id for one in found] == [
        PSEUDONYMS.conversation("c0"),
        PSEUDONYMS.conversation("c2"),
    ]
    first = found[0]
    assert first.user_id == PSEUDONYMS.user("u0")
    assert first.attributes == {"ask": "benign"}
    assert (first.turns, first.place) == ([0, 1], 0)
    assert first.prompts == [PromptSize(1, 5, 0), PromptSize(3, 20, 2)]
    for turns, sizes in (("last", first.prompts[1:]), ("first", first.prompts[:1])):
        assert next(count(source, AnonymiseOptions(), turns, PSEUDONYMS)).prompts == sizes
    everyone = AnonymiseOptions(unsupported_language="patterns_only")
    assert len(list(count(source, everyone, "last", PSEUDONYMS))) == 4


def test_a_drawn_prompt_is_known_by_its_pseudonyms(tmp_path: Path) -> None:
    rows = [row(i, "en", f"question {i}", user_id=f"u{i}" if i % 2 else None) for i in range(200)]
    source = dump(tmp_path / "dump.parquet", rows)
    counted = list(count(source, AnonymiseOptions(), "last", PSEUDONYMS))
    found = draw_sample(iter(counted), 50, 0, "language", PSEUDONYMS)
    prompts = [one._asdict() for one in counted]
    assert sum(found.takes(prompt, PSEUDONYMS) for prompt in prompts) == 50
    other = Pseudonyms(b"x" * 32, "p")
    assert [found.takes(p, other) for p in prompts] != [found.takes(p, PSEUDONYMS) for p in prompts]
