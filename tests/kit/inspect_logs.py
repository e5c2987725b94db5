"""Logs of Inspect, written byte by byte as its recorders do, for machines without it."""

from __future__ import annotations

import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["LAYOUTS", "header", "sample", "write_archive", "write_log"]

Record = dict[str, Any]

ZSTD, DEFLATE = 93, 8
LAYOUTS = ("zstd", "deflate", "chunked", "json")
HEX = "0123456789abcdef" * 2  # of an attachment's name


def header(**spec: Any) -> Record:
    """Of a log that ended well; `spec` are fields of its `eval`."""
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": "E1",
            "run_id": "R1",
            "created": "2026-03-01T10:00:00+00:00",
            "task": "probe",
            "task_id": "T1",
            "dataset": {"samples": 1},
            "model": "lab/model",
            "config": {"epochs": 1},
            "packages": {"inspect_ai": "0.3.285"},
            **spec,
        },
        "plan": {"name": "plan", "steps": []},
        "results": {"scores": [{"name": "judge", "scorer": "judge", "metrics": {}}]},
        "stats": {"started_at": "2026-03-01T10:00:00+00:00"},
    }


def sample(
    sample_id: str | int, *messages: Record, epoch: int = 1, stop: str = "stop", **fields: Any
) -> Record:
    """One that was answered; `stop` is the reason of its output, whose message is the last of an assistant."""
    answers = [message for message in messages if message["role"] == "assistant"]
    choices = [{"message": answers[-1], "stop_reason": stop}] if answers else []
    return {
        "id": sample_id,
        "epoch": epoch,
        "input": "asked",
        "target": "x",
        "messages": list(messages),
        "output": {"model": "lab/model", "choices": choices},
        "scores": {},
        "metadata": {},
        "store": {},
        "events": [],
        "model_usage": {},
        "started_at": "2026-03-01T10:00:05+00:00",
        "uuid": f"U-{sample_id}-{epoch}",
        "attachments": {},
        **fields,
    }


def write_log(
    path: Path,
    samples: Sequence[Record],
    layout: str = "zstd",
    *,
    finished: bool = True,
    **spec: Any,
) -> Path:
    """A log at `path`, which gets the suffix of the layout, one of LAYOUTS."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if layout == "json":
        path = path.with_suffix(".json")
        path.write_text(json.dumps({**header(**spec), "samples": list(samples)}, indent=2))
        return path
    members: dict[str, Any] = {
        "_journal/start.json": {key: header(**spec)[key] for key in ("version", "eval", "plan")}
    }
    for one in samples:
        name = f"samples/{one['id']}_epoch_{one['epoch']}"
        members |= _chunks(name, one) if layout == "chunked" else {f"{name}.json": one}
    summaries = [_summary(one) for one in samples]
    members["_journal/summaries/1.json"] = summaries[:1]
    members["_journal/summaries/2.json"] = summaries[1:]
    if finished:
        members |= {"summaries.json": summaries, "header.json": header(**spec)}
    path = path.with_suffix(".eval")
    write_archive(path, members, DEFLATE if layout == "deflate" else ZSTD)
    return path


def write_archive(
    path: Path, members: Mapping[str, Any], method: int = ZSTD, frames: int = 2
) -> None:
    """A zip archive of JSON; what zstd packs is cut into frames."""
    if method == DEFLATE:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, value in members.items():
                archive.writestr(name, json.dumps(value))
        return
    body, directory = bytearray(), bytearray()
    for name, value in members.items():
        raw, encoded = json.dumps(value).encode(), name.encode()
        cut = [raw[len(raw) * i // frames : len(raw) * (i + 1) // frames] for i in range(frames)]
        packed = b"".join(zstd.compress(piece) for piece in cut)
        common = struct.pack(
            "<5H3I2H", 20, 0, method, 0, 33, zlib.crc32(raw), len(packed), len(raw), len(encoded), 0
        )
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common
        directory += struct.pack("<3H2I", 0, 0, 0, 0, len(body)) + encoded
        body += b"PK\x03\x04" + common + encoded + packed
    count = len(members)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(bytes(body + directory + end))


def _summary(told: Record) -> Record:
    """What Inspect keeps of a sample in `summaries.json`; texts of metadata are cut at 1,024 characters."""
    limit, error = told.get("limit"), told.get("error")
    kept = ("id", "epoch", "input", "target", "metadata", "scores", "started_at", "uuid")
    return {
        **{key: told[key] for key in kept if key in told},
        "metadata": {
            key: "Key removed from summary (> 1k)" if isinstance(value, list) else value
            for key, value in told["metadata"].items()
        },
        "limit": limit and limit["type"],
        "error": error and error["message"],
        "completed": True,
    }


def _chunks(name: str, told: Record) -> dict[str, Any]:
    """A sample in pieces of two messages and one attachment; references are to the attachments' numbers."""
    numbers = {key: str(i) for i, key in enumerate(told["attachments"])}
    text = json.dumps([told["messages"], told["events"]])
    for key, number in numbers.items():
        text = text.replace(f"attachment://{key}", f"attachment://{number}")
    # Another message stands between, as one does that was rolled back.
    messages, events = json.loads(text)
    pool = (
        [messages[0], {"role": "user", "content": "taken back"}, *messages[1:]] if messages else []
    )
    apart = ("messages", "events", "attachments", "events_data", "metadata")
    shell = {key: value for key, value in told.items() if key not in apart}
    found: dict[str, Any] = {
        f"{name}/sample.json": {
            **shell,
            "message_refs": [[0, 1], [2, len(pool)]] if messages else [],
        },
        f"{name}/skeleton.json": {"version": 1},
        f"{name}/events/stats.json": {"version": 1},
        f"{name}/events/uuids.json": [],
    }
    if told["metadata"]:
        found[f"{name}/metadata.json"] = told["metadata"]
    for start in range(0, len(pool), 2):
        found[f"{name}/messages/{start}.json"] = pool[start : start + 2]
    if events:
        found[f"{name}/events/0.json"] = events
    for number, attached in enumerate(told["attachments"].values()):
        found[f"{name}/attachments/{number}.json"] = [attached]
    return found
