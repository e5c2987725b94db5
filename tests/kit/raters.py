"""A server that judges by the words of a text, and runs that ask it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.store.session import open_session
from tests.kit.openai_server import Fault, Server, completion

__all__ = ["PROSE", "RATED", "Judging", "by_words", "dump", "pipeline_file", "reply", "rows"]


BLOCK = re.compile(
    r"<<<BEGIN (?:TEXT|THOUGHTS) (\w{16})>>>\n(.*)\n<<<END (?:TEXT|THOUGHTS) \1>>>", re.DOTALL
)
TITLE = re.compile(r"# The behaviour: (.*)")
PROSE = "I'm sorry, but I can't rate this. No."


def reply(**fields: Any) -> dict[str, Any]:
    return completion(content=json.dumps({"evidence": "", "reason": "secret-reason"} | fields))


def by_words(text: str, asked: list[dict[str, Any]]) -> Any:
    """What the judge does, by a word of the text that it rates."""
    again = len(asked) > 1
    words = {
        "clearly": reply(label="yes", evidence="so clearly"),
        "harmless": reply(label="no", evidence="made up"),
        "doubtful": reply(label="unsure"),
        "gibberish": completion(content='{"label": "no"'),
        "prosaic": completion(content=PROSE),
        "endless": completion(content='{"evidence": "no no', finish_reason="length"),
        "filtered": completion(content="", finish_reason="content_filter"),
        "mended": reply(label="yes") if again else completion(content="Label: no"),
        "slow": Fault.HANG,
    }
    return next(answer for word, answer in words.items() if word in text)


class Judging(dict[str, list[Any]]):
    """A server's plan: what a judge says of the text between the fences."""

    def __init__(self, server: Server, judge: Callable[[str, list[dict[str, Any]]], Any]) -> None:
        super().__init__()
        self.server, self.judge = server, judge
        self.rated: list[tuple[str, str, str]] = []  # model, behaviour, text

    def get(self, text: str, default: Any = None) -> Any:
        body = self.server.bodies[-1]
        message = body["messages"][0]["content"]
        found, title = BLOCK.search(message), TITLE.search(message)
        assert found
        assert title
        self.rated.append((body["model"], title[1], found[2]))
        return [self.judge(found[2], body["messages"])]


def dump(folder: Path, *answers: str, ask: str = "What is known of item{}?") -> None:
    rows = [
        {
            "conversation_id": f"c{i}",
            "user_id": f"u{i}",
            "messages": [
                {"role": "user", "content": ask.format(i)},
                {"role": "assistant", "content": answer},
            ],
            "language": "en",
        }
        for i, answer in enumerate(answers)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "dump.parquet")


def pipeline_file(
    folder: Path, url: str, checkpoints: str = "[]", more: str = "", **options: Any
) -> Path:
    judge = {"name": "j", "kind": "endpoint", "url": url, "model": "judge", "family": "j"}
    judge |= {"attempts": 2, "pause_s": 0.01, "patience_s": 0.2}
    scorer = {"kind": "autorater", "judge": judge, "categories": ["refusal"], "canaries": 0}
    scorer |= {"timeout_s": 0.5} | options
    if "judges" in options:
        scorer["judges"] = [judge | one for one in options["judges"]]
        scorer.pop("judge")
    file = folder / "p.yaml"
    taxonomy = scorer.pop("taxonomy", "refusal")
    file.write_text(
        "study: study\nproject: p\nsource: {path: dump.parquet}\nworkers: 0\n"
        f"checkpoints: {checkpoints}\n{more}"
        f"judge: {{taxonomy: {taxonomy}, scorers: [rules, {json.dumps(scorer)}]}}\n"
    )
    return file


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with open_session(folder / "study") as session:
        return session.rows(query)


RATED = (
    "SELECT split_part(response, ' ', 1), label, judge_error, evidence_start, evidence_end, score FROM judgements AS j"
    " JOIN responses USING (response_id) WHERE scorer = 'autorater' ORDER BY ALL"
)
