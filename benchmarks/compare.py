"""How long it takes to compare two checkpoints: 50,000 prompts of 948 users × 20 categories × 6 strata.

Users have as many prompts as in a real dump, and prompts ask alike as there. The baseline is that the database reads
the judgements, which does not depend on how they are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks._people import real_sizes
from benchmarks._simulated import Codes, filled, seeded
from benchmarks.harness import Row, report_met, texts
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions, Margin
from logminer.messages.alike import Asked, alike
from logminer.schemas import CATEGORIES, JUDGEMENTS, PROMPTS, RESPONSES, Table
from logminer.store.publication import Publication, publish

CATEGORIES_N, ARMS, REPEATS = 20, ("a", "b"), 3
GROUPS = 7_454
BEFORE = 2.6  # compare over read_judgements, in CPU time
READ = (
    "SELECT r.checkpoint, j.category_id, p.prompt_id, avg(CAST(j.label = 'yes' AS DOUBLE)) AS rate"
    " FROM judgements AS j JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)"
    " GROUP BY ALL ORDER BY ALL"
)


def main() -> None:
    """The target is twice what it took, over the baseline, when units were clustered in one way and by normal theory."""
    with TemporaryDirectory() as folder, publish(Path(folder), []) as publication:
        for table, rows in _study():
            publication.replace(table, rows)
        read, _ = _seconds(lambda: publication.columns(READ))
        compared, waited = _seconds(lambda: _compare(publication))
    where, said = texts(50_000)
    grouped, _ = _seconds(lambda: alike(map(Asked, said)))
    rows = [
        Row("read_judgements", read, "CPU s", 1.0),
        Row("compare", compared, "CPU s", read / compared),
        Row("compare", waited, "s by the clock", read / waited),
        Row("prompt_groups", grouped, f"CPU s, {len(said):,} {where}", read / grouped),
    ]
    limit = 2 * BEFORE
    report_met(
        "compare", rows, {f"compare ≤ {limit:g} × read_judgements": compared <= limit * read}
    )


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Of the processors, which hang less on what else the machine does, and by the clock; the least of some runs each."""
    seconds = []
    for _ in range(REPEATS):
        clock, used = time.perf_counter(), time.process_time()
        work()
        seconds.append((time.process_time() - used, time.perf_counter() - clock))
    used, clock = map(min, zip(*seconds, strict=True))
    return used, clock


def _compare(publication: Publication) -> None:
    margins = {str(number): Margin(absolute=0.02) for number in range(CATEGORIES_N)}
    options = CompareOptions(strata=("kind",), margins=margins)
    found = compare(publication, options, [ARMS]).comparisons
    assert found.num_rows == CATEGORIES_N * 6  # all, two of turns, three of attribute `kind`


def _study() -> list[tuple[Table, pa.Table]]:
    """Tables of one study; candidates of every fourth category show it in half as many prompts again."""
    rng = seeded("compare")
    users = np.repeat(np.arange(len(real_sizes())), real_sizes())
    n = len(users)
    prompts = [f"p{number:05d}" for number in rng.permutation(n)]
    kinds = rng.integers(3, size=n)
    groups = (GROUPS * rng.random(n) ** 2).astype(np.int64)  # the largest has some 600
    responses = [f"{arm}-{prompt}" for arm in ARMS for prompt in prompts]
    labels = np.concatenate([_labels(rng, users, candidate) for candidate in (False, True)])
    columns: dict[Table, dict[str, Any]] = {
        PROMPTS: {
            "prompt_id": prompts,
            "conversation_id": np.char.add("c", np.arange(n).astype(str)),
            "user_id": np.char.add("u", users.astype(str)),
            "split": "inference",
            "turn_index": rng.integers(2, size=n),
            "prompt_group": np.char.add("g", groups.astype(str)),
            "messages": [[]] * n,
            "language": "en",
            "attributes": [[("kind", str(kind))] for kind in kinds],
            "n_redacted": 0,
        },
        CATEGORIES: dict.fromkeys(CATEGORIES.schema.names, "-")
        | {"category_id": np.arange(CATEGORIES_N).astype(str), "direction": "worse"},
        RESPONSES: {
            "response_id": responses,
            "prompt_id": [*prompts, *prompts],
            "checkpoint": np.repeat(ARMS, n),
            "sample_index": 0,
            "response": "-",
            "state": "answered",
            "thoughts_state": "none",
        },
        JUDGEMENTS: {
            "response_id": np.repeat(responses, CATEGORIES_N),
            "category_id": np.tile(np.arange(CATEGORIES_N).astype(str), len(responses)),
            "channel": "response",
            "scorer": "judge",
            "label": np.where(labels.ravel(), "yes", "no"),
            "scorer_identity": "-",
            "rubric_hash": "-",
        },
    }
    return [(table, filled(table, given)) for table, given in columns.items()]


def _labels(rng: np.random.Generator, users: Codes, candidate: bool) -> np.ndarray[Any, Any]:
    """[prompts, categories] answers of one arm, those of a user alike."""
    rates = np.linspace(0.005, 0.3, CATEGORIES_N)
    if candidate:
        rates = rates * np.where(np.arange(CATEGORIES_N) % 4, 1.0, 1.5)
    own = rng.beta(rates * 19, (1 - rates) * 19, (users.max() + 1, CATEGORIES_N))
    return rng.random((len(users), CATEGORIES_N)) < own[users]
