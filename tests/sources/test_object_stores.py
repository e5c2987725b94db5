"""A dump in an object store is read as one on disk, byte for byte, and lies nowhere else meanwhile."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from logminer.checkpoints.base import Sampling
from logminer.checkpoints.recorded import Recorded
from logminer.errors import SourceError
from logminer.files.identity import identity
from logminer.ids import Pseudonyms
from logminer.sources.spec import SourceSpec
from tests.kit.s3 import Bucket, Fault, bucket

ROWS = [
    {
        "conversation_id": f"c{n}",
        "user_id": f"u{n % 3}",
        "messages": [
            {"role": "user", "content": f"canary-{n} " * 40},
            {"role": "assistant", "content": f"answer {n}"},
        ],
    }
    for n in range(700)
]
KINDS = [
    "p/*.parquet",
    "p",
    "j",
    "g/*.gz",
    "a",
    "f",
    "h",
    "h/**/*.parquet",
    "bare",
    "none",
    "j/*.csv",
]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket(monkeypatch) as served:
        yield served


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One dump in each kind of file, and what lies beside dumps."""
    root = tmp_path_factory.mktemp("dumps")
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    table = pa.Table.from_pylist(ROWS)
    for name in (
        "p",
        "j",
        "g",
        "a",
        "f",
        "h/lang=de",
        "h/_old",
        "h/study/parts/anonymise-0",
        "bare",
    ):
        (root / name).mkdir(parents=True)
    pq.write_table(table, root / "p/1.parquet", row_group_size=300)
    (root / "j/1.jsonl").write_text(lines)
    (root / "g/1.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (root / "a/1.json").write_text(json.dumps(ROWS))
    feather.write_feather(table, root / "f/1.arrow")
    for name in ("h/lang=de/1.parquet", "h/_old/1.parquet", "h/study/1.parquet", "bare/part-0"):
        pq.write_table(table.slice(0, 50), root / name)
    (root / "h/notes.txt").write_text("of no matter")
    (root / "h/study/parts/anonymise-0/x.parquet").write_text("")
    return root


def put_all(store: Bucket, dumps: Path) -> None:
    for path in sorted(dumps.rglob("*")):
        if path.is_file():
            store.put(f"d/{path.relative_to(dumps).as_posix()}", path)


def told(base: str, glob: str) -> Any:
    """All that is known of a dump, without where it lies."""
    spec = SourceSpec(path=f"{base}/{glob}")
    try:
        slices = list(spec.slices())
        skipped = [(one.path.removeprefix(base), one.reason) for one in spec.skipped()]
        files = [(piece.part, piece.file.relative, identity(piece.file)) for piece in slices]
        return spec.check(), skipped, files, [piece.read() for piece in slices]
    except SourceError as error:
        return str(error).replace(base, "")


def test_every_kind_is_read_as_from_disk(store: Bucket, dumps: Path) -> None:
    put_all(store, dumps)
    store.fail(Fault("GET", "1.parquet", 503, 3), Fault("GET", "1.jsonl", "cut"))
    for glob in KINDS:
        assert told("s3://dumps/d", glob) == told(str(dumps), glob), glob


def test_one_that_is_replaced_is_told(store: Bucket, dumps: Path) -> None:
    for name in ("p/1.parquet", "j/1.jsonl"):
        place = store.put(name, dumps / name)
        pieces = list(SourceSpec(path=str(place)).slices())
        pieces[-1].read()
        store.put(name, b"{}\n" if name.endswith("l") else (dumps / "bare/part-0"))
        with pytest.raises(SourceError, match="changed since the run began; run again"):
            pieces[0].read()


def test_recorded_answers_lie_there_too(store: Bucket, tmp_path: Path) -> None:
    answers = pa.table({"prompt_id": ["1", "2"], "response": ["yes", "no"]})
    pq.write_table(answers, tmp_path / "answers.parquet")
    place = store.put("answers.parquet", tmp_path / "answers.parquet")
    here, there = (
        Recorded(name="sft", path=str(path)) for path in (tmp_path / "answers.parquet", place)
    )
    assert here.options() == there.options()
    rows = there.open(Sampling(), Pseudonyms(b"k" * 32, "tests"))
    [found] = rows.find(Pseudonyms(b"k" * 32, "tests").source_key("2"), "0" * 32)
    assert rows.read([found], ["response"])[found]["response"] == "no"


def test_a_folder_that_is_read_as_one_is_refused(store: Bucket) -> None:
    store.put("runs/model-mandated/experiments/a/messages_record.txt", b"x")
    with pytest.raises(SourceError, match="not read from an object store; copy it to a disk"):
        list(SourceSpec(path="s3://dumps/runs").slices())
