"""Dumps that grow from day to day: only what is new is computed, and the study equals one that is made in one go."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.cli.watched import tell
from logminer.errors import SourceError, StoreError
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.reporter import Quiet
from logminer.run.summary import Summary
from logminer.run.watching import Round, watch
from logminer.schemas import PUBLISHED
from logminer.store.lock import lock_study
from logminer.store.session import open_session
from tests.kit.openai_server import openai_server

PIPELINE = """
study: study
project: growing
source: {path: dump, keep: [mood]}
anonymise: {unsupported_language: patterns_only}
checkpoints: [CHECKPOINT]
judge: {taxonomy: refusal, scorers: [rules]}
cluster: {min_cluster_size: 5}
compare: {strata: [mood]}
workers: 0
"""
RECORDED = "{name: old, kind: recorded, path: answers}"
DAY_S = 86400.0

Row = dict[str, Any]


def rows(day: int, n: int = 10, version: str = "") -> list[Row]:
    """What was said on a day."""
    return [
        {
            "conversation_id": f"{day}-{i}",
            "user_id": f"u{(day * n + i) % 23}",
            "language": "sv",
            "mood": "glad" if i % 2 else "arg",
            "messages": [
                {"role": "user", "content": f"Hur kokar jag {i} ägg i stad {day}?"},
                {"role": "assistant", "content": f"Vänta {i} minuter{version}."},
            ],
        }
        for i in range(n)
    ]


def write(path: Path, said: list[Row], group: int = 100) -> None:
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(said), path, group)


def answer(path: Path, said: list[Row]) -> None:
    """What the recorded checkpoint answers."""
    path.parent.mkdir(exist_ok=True)
    ids = [row["conversation_id"] for row in said]
    records = [{"prompt_id": name, "response": f"Tyvärr, inte {name}."} for name in ids]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def pipeline(folder: Path, checkpoint: str = RECORDED) -> Path:
    (folder / "p.yaml").write_text(PIPELINE.replace("CHECKPOINT", checkpoint))
    return folder / "p.yaml"


def computed(one: Round) -> dict[str, int]:
    """Stage → rows that the run of a round computed; none where there was no run."""
    return {s.stage: s.rows for s in one.summary.stages} if one.summary else {}


def tables(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but the record of runs."""
    with open_session(folder / "study") as session:
        names = [table.name for table in PUBLISHED if table.name != "runs"]
        return {name: session.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in names}


def test_ten_days_watched_equal_one_run(tmp_path: Path) -> None:
    dump, answers, file = tmp_path / "dump", tmp_path / "answers", pipeline(tmp_path)

    def day(number: int, name: str, said: list[Row]) -> None:
        write(dump / f"{name}.parquet", said)
        answer(answers / f"{name}.jsonl", said)

    def late_and_more() -> None:
        day(1, "1", rows(1))  # first in order
        day(4, "4", rows(4)[:6])

    def grown_and_rewritten() -> None:
        day(4, "4", rows(4))  # four rows more, in the one row group
        write(dump / "3.parquet", rows(3, version=" till"))
        day(6, "6", rows(6))
        whole = (dump / "6.parquet").read_bytes()
        (dump / "7.parquet").write_bytes(whole[: len(whole) // 2])  # being written

    def gone_and_renamed() -> None:
        (dump / "1.parquet").unlink()
        (dump / "3.parquet").rename(dump / "9.parquet")
        day(7, "7", rows(7) + rows(6)[:1])  # 6-0 goes on in it

    quiet = (lambda: None, None)
    days: list[tuple[Callable[[], object], int | None]] = [  # what happens, and rows computed
        (lambda: day(3, "3", rows(3)), 10),
        (late_and_more, 16),
        quiet,
        quiet,
        (grown_and_rewritten, 10 + 10 + 10),
        quiet,
        quiet,
        (gone_and_renamed, 11 + 10),
        quiet,
        quiet,
    ]
    coming = iter(days)
    next(coming)[0]()

    def sleep(seconds: float) -> None:
        if seconds > 60:  # else it waits whether a file stays as it is
            next(coming)[0]()

    found = list(load_pipeline(file).watch(DAY_S, rounds=len(days), sleep=sleep))
    for one, (_, n) in zip(found, days, strict=True):
        assert one.state == ("unchanged" if n is None else "published")
        assert computed(one).get("anonymise") == n
        assert computed(one).get("embed.old", 0) <= (n or 0)
    cut = (str(dump / "7.parquet"), "truncated Parquet file (no footer)")
    assert [*map(tuple, found[6].left)] == [cut]
    assert [one.next_s is None for one in found] == [False] * 9 + [True]

    fresh = tmp_path / "fresh"
    shutil.copytree(dump, fresh / "dump")
    shutil.copytree(answers, fresh / "answers")
    text = pipeline(fresh).read_text()
    handed = text.replace("min_cluster_size: 5", f"min_cluster_size: 5, map: {tmp_path / 'study'}")
    (fresh / "p.yaml").write_text(handed)
    load_pipeline(fresh / "p.yaml").run()
    watched, once = tables(tmp_path), tables(fresh)
    assert [name for name in watched if watched[name] != once[name]] == []


class Writing(Quiet):
    """Appends to a log and to recorded answers, also whenever a run that is told to it is under way."""

    def __init__(self, folder: Path) -> None:
        said, answered = rows(1, 60), "Nej."
        self.files = {
            folder / "answers" / "a.jsonl": [
                {"prompt_id": row["conversation_id"], "response": answered} for row in said
            ],
            folder / "dump" / "a.jsonl": said,
        }
        self._lines = 0

    def write(self, lines: int, *, cut: bool = True) -> None:
        """So many lines more, and half of the next one."""
        self._lines += lines
        for file, records in self.files.items():
            file.parent.mkdir(exist_ok=True)
            *whole, last = [json.dumps(row) for row in records[: self._lines + 1]]
            text = "".join(f"{line}\n" for line in whole) + (last[: len(last) // 2] if cut else "")
            with file.open("a") as stream:
                stream.write(text[file.stat().st_size :])

    def start(self, stages: list[str], rows: int) -> None:
        self.write(1)


def test_logs_that_never_rest_are_read_up_to_their_last_whole_line(tmp_path: Path) -> None:
    file, writing, slept = pipeline(tmp_path), Writing(tmp_path), list[float]()
    writing.write(10)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        writing.write(5)

    def reporter() -> nullcontext[Writing]:
        return nullcontext(writing)

    found = list(load_pipeline(file).watch(DAY_S, reporter=reporter, rounds=3, sleep=sleep))
    # In each run two lines come, and are those of the next.
    assert [one.summary and one.summary.rows_in for one in found] == [10, 17, 24]
    assert len(slept) == 2  # nothing is waited for
    with CliRunner().isolation() as (out, *_):
        tell(found[1], found[0].summary, as_json=False)
        said = out.getvalue().decode()
    assert "published · 17 rows (+7, 17 computed) · " in said
    assert said.count("\n") == 1
    assert [*map(tuple, found[2].left)] == [(str(f), "its last line is cut") for f in writing.files]
    assert json.loads((tmp_path / "study" / "matched.json").read_text())

    fresh, again = tmp_path / "fresh", Writing(tmp_path / "fresh")
    fresh.mkdir()
    again.write(24, cut=False)
    text = pipeline(fresh).read_text()
    handed = text.replace("min_cluster_size: 5", f"min_cluster_size: 5, map: {tmp_path / 'study'}")
    (fresh / "p.yaml").write_text(handed)
    load_pipeline(fresh / "p.yaml").run(again)
    watched, once = tables(tmp_path), tables(fresh)
    assert [name for name in watched if watched[name] != once[name]] == []

    log = [*writing.files][1]
    with log.open("r+") as stream:
        stream.truncate(400)  # and it is no log of these rows any longer
    with pytest.raises(SourceError, match=r"line 2 is not JSON"):
        load_pipeline(file).run()


def test_a_log_that_begins_anew_is_read_when_it_has_grown_again(tmp_path: Path) -> None:
    file, writing = load_pipeline(pipeline(tmp_path)).file, Writing(tmp_path)
    log, found, anew = [*writing.files][1], list[int](), list[str]()
    writing.write(10)

    def run(file: PipelineFile) -> Summary:
        found.append(file.source.check().rows)
        raise StoreError("as on a full disk")

    def sleep(seconds: float) -> None:
        if not anew:
            os.truncate(log, 0)
        anew.append(json.dumps(rows(2)[len(anew)]) + "\n")
        with log.open("a") as stream:  # its writer never rests, and the last line is cut
            stream.write(("".join(anew) + '{"conv')[log.stat().st_size :])

    states = [one.state for one in watch(file, run, DAY_S, rounds=3, sleep=sleep)]
    assert (states, found) == (["failed", "waiting", "failed"], [10, 3])


def test_answers_stay_where_prompts_come_to_lie_in_other_parts(tmp_path: Path) -> None:
    with openai_server() as server:
        file = pipeline(
            tmp_path, f"{{name: m, kind: endpoint, url: '{server.url}', model: m, attempts: 1}}"
        )
        write(tmp_path / "dump" / "a.parquet", rows(1))
        write(tmp_path / "dump" / "b.parquet", rows(2))
        load_pipeline(file).run()
        assert len(server.texts()) == 20
        # One row is taken out, one asks otherwise, one goes on in a new file; and all are put together anew.
        kept = rows(1)[1:] + rows(2)
        kept[0]["messages"][0]["content"] = "Hur steker jag ägg?"
        shutil.rmtree(tmp_path / "dump")
        write(tmp_path / "dump" / "all.parquet", kept, group=7)
        write(tmp_path / "dump" / "new.parquet", [*rows(3, 2), rows(2, version=" till")[4]])
        server.bodies.clear()
        load_pipeline(file).run()
        assert sorted(server.texts()) == [
            "Hur kokar jag 0 ägg i stad 3?",
            "Hur kokar jag 1 ägg i stad 3?",
            "Hur steker jag ägg?",
        ]
    with open_session(tmp_path / "study") as session:
        counted = session.rows(
            "SELECT count(*), count(response) FROM responses WHERE checkpoint = 'm'"
        )
    assert counted == [(21, 21)]


def test_what_goes_wrong_is_told_and_tried_again_and_a_signal_ends_it(tmp_path: Path) -> None:
    file = pipeline(tmp_path)
    said, slept = rows(1), list[float]()
    write(tmp_path / "dump" / "a.parquet", said)
    answer(tmp_path / "answers" / "a.jsonl", said)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len([s for s in slept if s > 60]) == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    rounds = load_pipeline(file).watch(900, sleep=sleep)
    with lock_study(tmp_path / "study"):
        held = [next(rounds), next(rounds)]
    assert [one.state for one in held] == ["failed", "failed"]
    assert [round((one.next_s or 0) / 900) for one in held] == [1, 2]
    assert "another run" in str(held[0].error)
    assert next(rounds).state == "published"
    # A file that the study has must not go while it is being written.
    whole = (tmp_path / "answers" / "a.jsonl").read_text()
    (tmp_path / "answers" / "a.jsonl").write_text(whole[:-20])
    waiting = next(rounds)
    assert (waiting.state, waiting.summary) == ("waiting", None)
    assert "is not JSON" in waiting.as_json()["error"]["message"]
    with pytest.raises(KeyboardInterrupt):
        next(rounds)
    assert signal.getsignal(signal.SIGTERM) == before

    # Begun anew, it knows which files the study has, and one clock that is wrong hides no file that is being written.
    new, tomorrow = tmp_path / "dump" / "b.parquet", time.time() + DAY_S
    write(new, rows(2))
    os.utime(tmp_path / "dump" / "a.parquet", (tomorrow, tomorrow))
    again = load_pipeline(file).watch(900, rounds=2, sleep=lambda _: write(new, rows(2)))
    assert "a.jsonl: line" in str(next(again).error)
    answer(tmp_path / "answers" / "a.jsonl", said)
    taken = next(again)
    assert (taken.state, [*map(tuple, taken.left)]) == (
        "published",
        [(str(new), "is being written")],
    )


def test_the_terminal_prints_a_document_a_line(tmp_path: Path) -> None:
    file = pipeline(tmp_path)
    (tmp_path / "dump").mkdir()
    call = ["run", str(file), "--watch", "--every", "1s", "--rounds", "2"]
    (line, _) = CliRunner().invoke(main, call).stdout.splitlines()
    assert re.match(r"[\d-]{10} [\d:]{8} waiting · .* · next look at [\d:]{8}$", line)
    call.append("--json")
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 0, done.output
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["state"], first["round"], first["summary"]) == ("waiting", 1, None)
    assert first["error"]["kind"] == "SourceError"
    assert second["next_s"] is None
    for wrong in (["--every", "1s"], ["--watch", "--every", "soon"], ["--watch", "--every", "0s"]):
        assert CliRunner().invoke(main, ["run", str(file), *wrong]).exit_code == 2
