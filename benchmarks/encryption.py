"""What encryption of a study costs: processor time of the same run plainly and encrypted, of publishing anew from its parts, of
opening it, of a query over its texts and one over its vectors, of rekeying; and bytes on the disk.

Everything is in this process, a small run before warms it, and the less of two is told. The ratio of a row is what is plain over what is encrypted: 1
costs nothing, above 1 is cheaper.

BENCH_ROWS: conversations, 2000 unless said.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks._scale.dump import write_grown
from benchmarks._scale.encoder import write_encoder
from benchmarks._scale.pipeline import LANGUAGE, grown_pipeline
from benchmarks.harness import Row, report_met
from logminer.api import load_pipeline
from logminer.store.layout import StudyFolder
from logminer.store.session import open_session

ROWS = int(os.environ.get("BENCH_ROWS", "2000"))
VARIABLE = "BENCH_DISK_KEY"
OWN = """study: STUDY
project: encryption
compare: {pairs: [[logged, candidate]], margins: {refusal: 0.01}}
workers: 0
"""
ENCRYPTED = f"encryption: {{key_env: {VARIABLE}}}\n"
KINDS = (("plain", ""), ("encrypted", ENCRYPTED))
TEXTS = "SELECT count(*) FROM responses WHERE response LIKE '%help%'"
VECTORS = "SELECT count(*) FROM embeddings WHERE list_sum(vector) > 0"
MOST = 1.25  # times the processor time of a plain run


class Cost(NamedTuple):
    """Of one study; processor seconds, and bytes."""

    run: float
    publish: float
    open: float
    texts: float
    vectors: float
    rekey: float
    size: float


def main() -> None:
    os.environ[VARIABLE] = secrets.token_hex(32)
    with TemporaryDirectory() as name:
        warm, folder = Path(name, "warm"), Path(name, "measured")
        for where, rows in ((warm, 200), (folder, ROWS)):
            where.mkdir()
            write_encoder(where / "encoder")
            write_grown(where, rows, LANGUAGE, 300)
            plain, encrypted = _least(where)
    condition = f"a run takes at most {MOST} × a plain one"
    report_met(
        "encryption",
        list(_rows(plain, encrypted)),
        {condition: encrypted.run <= MOST * plain.run},
    )


def _least(folder: Path) -> list[Cost]:
    """Of each kind, taken twice in turn."""
    taken = [[_cost(folder, f"{name}{n}", more) for name, more in KINDS] for n in range(2)]
    return [Cost(*map(min, zip(*both, strict=True))) for both in zip(*taken, strict=True)]


def _rows(plain: Cost, encrypted: Cost) -> Iterator[Row]:
    for name in Cost._fields:
        unit = "bytes" if name == "size" else "s of processor"
        before, after = getattr(plain, name), getattr(encrypted, name)
        yield Row(f"{name}_plain", before, unit, 1.0)
        yield Row(f"{name}_encrypted", after, unit, before / after)


def _cost(folder: Path, name: str, more: str) -> Cost:
    """Of a study that is made, published anew, opened, asked, and rekeyed: a plain one encrypted, an encrypted one decrypted."""
    file = folder / f"{name}.yaml"
    own, encoder = OWN.replace("STUDY", name), folder / "encoder"
    file.write_text(grown_pipeline(encoder, own + more))
    pipeline = load_pipeline(file)
    study = StudyFolder(pipeline.study)
    run = _taken(pipeline.run)
    study.database.unlink()
    publish = _taken(pipeline.run)
    opened = _taken(lambda: open_session(study.root).close())
    with open_session(study.root) as session:
        texts, vectors = (_taken(partial(session.rows, query)) for query in (TEXTS, VECTORS))
    size = sum(path.stat().st_size for path in study.root.rglob("*") if path.is_file())
    file.write_text(grown_pipeline(encoder, own if more else own + ENCRYPTED))
    return Cost(run, publish, opened, texts, vectors, _taken(load_pipeline(file).rekey), size)


def _taken(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
