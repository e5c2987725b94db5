"""Reading dumps: rows a second and memory of `wildchat` beside `conversations` (baseline) with the same 50,000 dialogues, and the
memory of reading a large JSONL file.

Each reading is a process of its own, which cuts the dump and reads every slice; memory is what it takes at its peak above what
it had when everything was imported, time is the processor's. LOGMINER_JSONL_MB sets the size of the file (2,048 is what the target is meant for).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import Row, report_met

ROWS, AT_ONCE = 50_000, 5_000
JSONL_MB = int(os.environ.get("LOGMINER_JSONL_MB", "256"))
REPEATS = 3  # the best counts: the machine is shared
MOST_MB = 300.0
NEAR = 1.1

TEXT, WHOLE, TRUTH = pa.string(), pa.int64(), pa.bool_()
PLAIN = pa.list_(pa.struct([("role", TEXT), ("content", TEXT)]))
TIME = pa.timestamp("us", "UTC")
HEADER = pa.struct([("accept-language", TEXT), ("user-agent", TEXT)])
FULL = pa.list_(
    pa.struct(
        [
            ("content", TEXT),
            ("country", TEXT),
            ("hashed_ip", TEXT),
            ("header", HEADER),
            ("language", TEXT),
            ("redacted", TRUTH),
            ("role", TEXT),
            ("state", TEXT),
            ("timestamp", TIME),
            ("toxic", TRUTH),
            ("turn_identifier", WHOLE),
        ]
    )
)
SCORES = ("harassment", "hate", "self-harm", "sexual", "violence")
MODERATION = pa.list_(
    pa.struct(
        [
            ("categories", pa.struct([(name, TRUTH) for name in SCORES])),
            ("category_scores", pa.struct([(name, pa.float64()) for name in SCORES])),
            ("flagged", TRUTH),
        ]
    )
)
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}"

READ = """
import sys, time
from logminer.sources.spec import SourceSpec
def most_mb():  # of this process alone: what getrusage tells begins with its parent's
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
path, before, began, rows = sys.argv[1], most_mb(), time.process_time(), 0
for piece in SourceSpec(path=path).slices():
    rows += piece.read().num_rows
print(rows, time.process_time() - began, most_mb() - before)
"""


class Reading(NamedTuple):
    """What one reading of a dump took."""

    rows: int
    seconds: float
    added_mb: float


def dialogues(count: int, seed: int) -> Iterator[list[tuple[str, str]]]:
    """Role and content of each message: turns as long as WildChat's, of invented words."""
    rng = random.Random(seed)
    words = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9)))
        for _ in range(4_000)
    ]
    for _ in range(count):
        turns = min(12, 1 + int(rng.expovariate(0.6)))
        yield [
            (role, " ".join(rng.choices(words, k=max(1, int(rng.expovariate(1 / mean))))))
            for _ in range(turns)
            for role, mean in (("user", 60), ("assistant", 150))
        ]


def _full(dialogue: list[tuple[str, str]], row: int) -> list[dict[str, Any]]:
    header = {"accept-language": "en-US,en;q=0.9", "user-agent": AGENT.format(row % 40)}
    beside = {
        "country": "Spain",
        "hashed_ip": f"{row % 9_000:064x}",
        "header": header,
        "language": "English",
        "redacted": False,
        "state": "Madrid",
        "timestamp": 1_700_000_000_000_000,
        "toxic": False,
        "turn_identifier": row,
    }
    return [{"role": role, "content": content, **beside} for role, content in dialogue]


def write_dumps(folder: Path) -> None:
    """The same dialogues as `conversations.parquet` and as `wildchat.parquet`."""
    writers: dict[str, pq.ParquetWriter] = {}
    for start in range(0, ROWS, AT_ONCE):
        found = list(dialogues(AT_ONCE, start))
        rows = range(start, start + AT_ONCE)
        known = {
            "model": ["gpt-4"] * AT_ONCE,
            "language": ["English"] * AT_ONCE,
        }
        users, times = (
            [f"{row % 9_000:064x}" for row in rows],
            pa.array([row * 10**6 for row in rows], TIME),
        )
        plain = [[{"role": r, "content": c} for r, c in dialogue] for dialogue in found]
        full = [_full(dialogue, row) for row, dialogue in zip(rows, found, strict=True)]
        scores = {"categories": dict.fromkeys(SCORES, False), "flagged": False}
        scored = scores | {"category_scores": dict.fromkeys(SCORES, 0.001)}
        tables = {
            "conversations": known
            | {
                "conversation_id": [f"{row:032x}" for row in rows],
                "messages": pa.array(plain, PLAIN),
                "user_id": users,
                "created_at": times,
            },
            "wildchat": known
            | {
                "conversation_hash": [f"{row:032x}" for row in rows],
                "conversation": pa.array(full, FULL),
                "hashed_ip": users,
                "timestamp": times,
                "openai_moderation": pa.array([[scored] * len(one) for one in found], MODERATION),
            },
        }
        for name, columns in tables.items():
            table = pa.table(columns)
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writers[name].write_table(table)
    for writer in writers.values():
        writer.close()


def write_lines(path: Path, megabytes: int) -> None:
    """A JSONL file of that size, as OpenAI's chat API has it."""
    records = [
        json.dumps([{"role": r, "content": c} for r, c in dialogue])
        for dialogue in dialogues(2_000, 1)
    ]
    written, row = 0, 0
    with path.open("w", encoding="utf-8") as file:
        while written < megabytes << 20:
            messages = records[row % len(records)]
            written += file.write(
                f'{{"id": "c{row}", "user": "u{row % 999}", "messages": {messages}}}\n'
            )
            row += 1


def read(path: Path) -> Reading:
    """A dump, read in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True
    )
    rows, seconds, added = done.stdout.split()
    return Reading(int(rows), float(seconds), float(added))


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_dumps(folder)
        taken: dict[str, list[Reading]] = {"conversations": [], "wildchat": []}
        for _ in range(REPEATS):
            for form, readings in taken.items():
                readings.append(read(folder / f"{form}.parquet"))
        write_lines(folder / "lines.jsonl", JSONL_MB)
        lines = read(folder / "lines.jsonl")
        size = (folder / "lines.jsonl").stat().st_size / 2**20
    speed = {form: max(r.rows / r.seconds for r in all_of) for form, all_of in taken.items()}
    memory = {form: min(r.added_mb for r in all_of) for form, all_of in taken.items()}
    rows = [
        Row(form, value, "rows/s", value / speed["conversations"]) for form, value in speed.items()
    ]
    rows += [
        Row(
            f"{form}_memory",
            value,
            "MB at the peak, above the imports",
            memory["conversations"] / value,
        )
        for form, value in memory.items()
    ]
    rows += [
        Row(
            "jsonl_memory",
            lines.added_mb,
            f"MB at the peak, {size:,.0f} MB of JSONL",
            MOST_MB / lines.added_mb,
        ),
        Row("jsonl", size / lines.seconds, "MB/s", 1.0),
    ]
    conditions = {
        "wildchat reads within 10 % of conversations": speed["wildchat"] * NEAR
        >= speed["conversations"],
        "its memory is within 10 %": memory["wildchat"] <= memory["conversations"] * NEAR,
        f"JSONL is read in at most {MOST_MB:.0f} MB": lines.added_mb <= MOST_MB,
    }
    report_met("formats", rows, conditions)
