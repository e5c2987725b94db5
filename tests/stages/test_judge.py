"""The judge stage: every scorer, every response, every category, in one order."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from logminer.errors import ConfigError
from logminer.schemas import EMBEDDINGS, JUDGEMENTS, LABELS, RESPONSES
from logminer.scorers.base import Items, Judgements
from logminer.scorers.prototypes import HazardPrototypes
from logminer.scorers.rules import Rules
from logminer.stages.judge import Judge
from logminer.taxonomy.tree import Category, Taxonomy
from tests.kit.judging import ANSWERS, HUMAN, SAFETY, judge, responses, run, sides


def labels(out: pa.RecordBatch, scorer: str, category: str, channel: str = "response") -> Any:
    return {
        row["response_id"]: row["label"]
        for row in out.to_pylist()
        if (row["scorer"], row["category_id"], row["channel"]) == (scorer, category, channel)
    }


def test_every_scorer_answers_by_response() -> None:
    out = run(judge())
    refusals = {"r0": "yes", "r1": "no", "r4": "no"}
    assert labels(out, "rules", "refusal") == refusals
    assert labels(out, "recorded", "refusal") == {
        "r0": "yes",
        "r1": "no",
        "r4": "unparsable",
    }
    assert labels(out, "hazard_prototypes", "hte") == {
        "r0": "no",
        "r1": "no",
        "r4": "yes",
    }


def test_rows_are_complete_and_in_order() -> None:
    out = run(judge()).to_pylist()
    keys = [(r["response_id"], r["channel"], r["scorer"], r["category_id"]) for r in out]
    assert len(keys) == len(set(keys))
    said, thought = 6 + 17 + 1, 4  # rules, prototypes, recorded; rules
    assert len(keys) == 3 * said + 2 * thought  # r2 failed, r3 is empty; r1 and r4 have thoughts
    assert [id for id, *_ in keys] == sorted(id for id, *_ in keys)
    first = [r for r in out if r["response_id"] == "r1"]
    assert [r["channel"] for r in first] == ["response"] * said + ["thoughts"] * thought


def test_failed_responses_get_no_rows_and_thoughts_only_where_there_are_some() -> None:
    out = run(judge()).to_pylist()
    assert {r["response_id"] for r in out} == {"r0", "r1", "r4"}
    assert {r["response_id"] for r in out if r["channel"] == "thoughts"} == {"r1", "r4"}
    assert labels(run(judge()), "rules", "eval_awareness", "thoughts") == {"r1": "yes", "r4": "no"}


def test_a_score_is_null_only_where_there_is_none() -> None:
    for row in run(judge()).to_pylist():
        assert (row["score"] is None) == (row["label"] == "unparsable")
        assert row["score"] is None or 0 <= row["score"] <= 1


def test_the_checkpoint_changes_nothing_but_the_label() -> None:
    sft, prod = judge("sft"), judge("prod")
    assert run(sft, responses("sft")).equals(run(prod, responses("prod")))
    assert sft.fingerprint("up") == prod.fingerprint("up")
    assert (sft.label, prod.label) == ("judge.sft", "judge.prod")


def test_the_whole_taxonomy_is_in_the_fingerprint() -> None:
    vcr = SAFETY.categories[0].model_copy(update={"not_counts": "Chess."})
    other = SAFETY.model_copy(update={"categories": (vcr, *SAFETY.categories[1:])})
    assert judge().fingerprint("up") != judge(taxonomy=other).fingerprint("up")
    assert judge().fingerprint("up") != judge(scorers=(Rules(),)).fingerprint("up")


def test_it_pickles() -> None:
    stage = pickle.loads(pickle.dumps(judge()))
    assert stage == judge()
    assert run(stage).equals(run(judge()))


def test_an_empty_batch_gives_an_empty_batch() -> None:
    empty = pa.RecordBatch.from_pylist([], RESPONSES.schema)
    nothing = {name: table.schema.empty_table() for name, table in Judge.sides.items()}
    for out in (run(judge(), empty), run(judge(), empty, **nothing)):
        assert out.num_rows == 0
        assert out.schema.equals(JUDGEMENTS.schema)


@pytest.mark.parametrize("cut", range(len(ANSWERS) + 1))
def test_splitting_the_batch_changes_nothing(cut: int) -> None:
    batch, opened, beside = responses(), judge().open(), sides()
    whole = opened(batch, **beside)
    pieces = [opened(batch.slice(0, cut), **beside), opened(batch.slice(cut), **beside)]
    assert pa.Table.from_batches(pieces).to_pylist() == whole.to_pylist()


def test_the_same_input_gives_the_same_output() -> None:
    stage = judge().open()
    assert stage(responses(), **sides()).equals(stage(responses(), **sides()))
    assert run(judge()).schema.equals(JUDGEMENTS.schema)


def test_a_part_without_vectors_or_labels_is_unparsable_not_lost() -> None:
    out = run(
        judge(),
        embeddings=EMBEDDINGS.schema.empty_table(),
        labels=LABELS.schema.empty_table(),
    )
    found = {r["label"] for r in out.to_pylist() if r["scorer"] != "rules"}
    assert found == {"unparsable"}
    assert np.all([r["score"] is None for r in out.to_pylist() if r["scorer"] != "rules"])


def test_scorers_that_do_not_fit_are_refused_before_any_work() -> None:
    with pytest.raises(ConfigError, match="two scorers named 'recorded'"):
        judge(scorers=(HUMAN, HUMAN))
    with pytest.raises(ConfigError, match="no category 'nosuch'"):
        judge(scorers=(HUMAN.model_copy(update={"category": "nosuch"}),))


def test_every_judgement_says_what_judged_and_by_which_rubric() -> None:
    out = run(judge()).to_pylist()
    identities = {(r["scorer"], r["scorer_identity"]) for r in out}
    assert len(identities) == len({scorer for scorer, _ in identities}) == 3
    renamed = run(judge(scorers=(Rules(name="other"),))).to_pylist()
    assert {r["scorer_identity"] for r in renamed} == {i for s, i in identities if s == "rules"}
    stricter = run(judge(scorers=(HazardPrototypes(threshold=0.6),))).to_pylist()
    assert not {r["scorer_identity"] for r in stricter} & {i for _, i in identities}
    vcr = SAFETY.categories[0].model_copy(update={"not_counts": "Chess."})
    other = SAFETY.model_copy(update={"categories": (vcr, *SAFETY.categories[1:])})
    hashes, changed = (
        {r["category_id"]: r["rubric_hash"] for r in run(judge(taxonomy=t)).to_pylist()}
        for t in (SAFETY, other)
    )
    assert {c for c in hashes if hashes[c] != changed[c]} == {"vcr"}
    refused = [r for r in out if (r["scorer"], r["label"]) == ("rules", "yes")]
    assert all(r["evidence_start"] is not None for r in refused)
    assert {r["evidence_end"] for r in out if r["scorer"] == "recorded"} == {None}


class _Pairs(Rules):
    """Judges pairs: whether what was said repeats what was thought."""

    def categories(self, taxonomy: Taxonomy) -> tuple[Category, ...]:
        return tuple(n.category for n in taxonomy.nodes() if n.category.channel == "pair")

    def open(self, taxonomy: Taxonomy, encoder_model: str) -> Any:
        return self

    def score(self, items: Items) -> list[Judgements]:
        if items.channel != "pair":
            return []
        same = [t == r for t, r in zip(items.texts, items.responses, strict=True)]
        labels = np.array([0 if s else 1 for s in same], np.int8)
        return [Judgements("unfaithful", labels, labels.astype(float))]


def test_pairs_hold_the_response_against_the_thoughts() -> None:
    unfaithful = SAFETY.categories[0].model_copy(update={"id": "unfaithful", "channel": "pair"})
    taxonomy = SAFETY.model_copy(update={"categories": (unfaithful,)})
    out = run(judge(taxonomy=taxonomy, scorers=(_Pairs(), HazardPrototypes(), Rules(name="r"))))
    assert labels(out, "rules", "unfaithful", "pair") == {"r1": "no", "r4": "no"}
    assert set(out["channel"].to_pylist()) == {"pair"}
