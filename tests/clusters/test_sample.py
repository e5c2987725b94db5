"""What a map is fitted on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from logminer.clusters.finding import fit
from logminer.clusters.options import ClusterOptions
from logminer.clusters.sample import FitBlock, discovery_block
from tests.kit.vectors import block, embeddings, planted, same, unit


def test_a_bounded_sample_is_balanced_and_independent_of_order() -> None:
    vectors, _ = planted(900, 4, 32, spread=0.5)
    uneven = block(vectors)._replace(checkpoints=["a"] * 700 + ["b"] * 200)
    options = ClusterOptions(max_fit_rows=300)
    whole = fit(options, [uneven], upstream=[])
    assert sum(whole.fit_sizes) == 300
    pieces = [
        FitBlock(*(column[i : i + 45] for column in uneven)) for i in reversed(range(0, 900, 45))
    ]
    assert same(fit(options, pieces, upstream=[]), whole)
    assert not same(fit(options.model_copy(update={"seed": 1}), [uneven], upstream=[]), whole)


def test_discovery_block_takes_what_discovery_users_were_told() -> None:
    vectors = pa.Table.from_batches(
        [embeddings(unit(np.eye(4))), embeddings(unit(np.eye(4)), "thoughts")]
    )
    responses = pa.table(
        {
            "response_id": [f"response-{i}" for i in range(5)],
            "prompt_id": ["p0", "p1", "p2", "p3", "p0"],
            "checkpoint": ["a", "b", "a", "b", "b"],
        }
    )
    prompts = pa.table(
        {
            "prompt_id": ["p0", "p1", "p2", "p3"],
            "split": ["discovery", "inference", "discovery", "inference"],
            "user_id": ["u", "v", None, "w"],
        }
    )
    got = discovery_block(vectors, responses, prompts)
    assert (got.response_ids, got.checkpoints, got.users) == (
        ["response-0", "response-2"],
        ["a", "a"],
        ["u", None],
    )
    assert np.array_equal(got.vectors, np.eye(4, dtype=np.float32)[[0, 2]])
    nothing = discovery_block(vectors.slice(0, 0), responses, prompts)
    assert len(nothing.vectors) == 0
