"""A vector for each channel that speaks."""

from __future__ import annotations

import pickle

import numpy as np
import pyarrow as pa

from logminer.models.encoder import find_model
from logminer.schemas import EMBEDDINGS, RESPONSES
from logminer.stages.embed import Embed, EmbedOptions
from tests.kit.responses import stated

MODEL = "all-MiniLM-L6-v2"


def responses(rows: list[dict[str, object]]) -> pa.RecordBatch:
    full = [
        dict.fromkeys(RESPONSES.schema.names)
        | {"prompt_id": "p", "checkpoint": "c", "sample_index": 0, "redactions": []}
        | stated(row)
        for row in rows
    ]
    return pa.RecordBatch.from_pylist(full, schema=RESPONSES.schema)


BATCH = responses(
    [
        {"response_id": "a", "response": "Yes.", "thoughts": "They ask for a yes."},
        {"response_id": "b", "error": "timeout"},
        {"response_id": "c", "thoughts": "I say nothing.", "error": "empty_answer"},
        {"response_id": "d", "response": "Yes."},
        {"response_id": "e", "response": "A cake needs eggs. " * 30},
    ]
)


def as_matrix(batch: pa.RecordBatch) -> np.ndarray:
    return np.array(batch.column("vector").to_pylist(), np.float32)


def test_embed_gives_a_row_for_each_channel_that_speaks() -> None:
    out = Embed(checkpoint="c").open()(BATCH)
    assert out.schema.equals(EMBEDDINGS.schema)
    assert list(zip(out["response_id"].to_pylist(), out["channel"].to_pylist(), strict=True)) == [
        ("a", "response"),
        ("a", "thoughts"),
        ("d", "response"),
        ("e", "response"),
    ]
    assert np.array_equal(as_matrix(out)[0], as_matrix(out)[2])


def test_embed_keeps_the_laws_of_a_stage() -> None:
    stage = pickle.loads(pickle.dumps(Embed(embed=EmbedOptions(model=MODEL), checkpoint="c")))
    work = stage.open()
    whole = work(BATCH)
    assert work(BATCH).equals(whole)
    assert work(BATCH.slice(0, 0)).num_rows == 0
    assert work(BATCH.slice(0, 0)).schema.equals(EMBEDDINGS.schema)
    parts = pa.Table.from_batches([work(BATCH.slice(i, 1)) for i in range(BATCH.num_rows)])
    assert parts.drop_columns("vector").equals(
        pa.Table.from_batches([whole]).drop_columns("vector")
    )
    assert np.array_equal(np.array(parts["vector"].to_pylist(), np.float32), as_matrix(whole))


def test_the_checkpoint_names_the_folder_and_nothing_else() -> None:
    one, other = Embed(checkpoint="one"), Embed(checkpoint="other")
    assert (one.label, other.label) == ("embed.one", "embed.other")
    assert one.fingerprint("x") == other.fingerprint("x") != one.fingerprint("y")
    path = EmbedOptions(model=str(find_model(MODEL)))
    assert Embed(embed=path, checkpoint="one").fingerprint("x") == one.fingerprint("x")
