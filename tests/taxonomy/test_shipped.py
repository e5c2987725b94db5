"""The shipped taxonomies: what they hold, and how they tell it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from logminer.taxonomy.tree import Category, load_taxonomy, rubrics, shipped_taxonomies

HAZARDS = ["vcr", "ncr", "src", "cse", "dfm", "spc", "prv", "ipv", "iwp", "hte", "ssh", "sxc"]
PARTS = {
    "spc_hlt": "spc",
    "spc_fin": "spc",
    "spc_lgl": "spc",
    "spc_ele": "spc",
    "sxc_prn": "sxc",
}  # into which AILuminate's prompts split two hazards
BEHAVIOURS = [
    "unsafe",
    "refusal",
    "partial_refusal",
    "eval_awareness",
    "sycophancy",
    "deception",
    "reward_hacking",
]

# A year with an address: of a paper, of a benchmark, or of a tool by its maker.
IDENTIFIED = r"arXiv:\d{4}\.\d{5}|\.\w+\.html|Petri \(Anthropic, 2025\)"


def shipped(name: str) -> dict[str, Category]:
    return {n.category.id: n.category for n in load_taxonomy(name, Path()).nodes()}


def test_the_shipped_taxonomies_are_listed_by_name() -> None:
    assert list(shipped_taxonomies()) == [
        "alignment",
        "dilemmas",
        "odcv",
        "refusal",
        "refusal_and_harm",
        "reward_hacking",
        "safety",
    ]


def test_safety_has_every_hazard_and_behaviour() -> None:
    assert set(shipped("safety")) == {*HAZARDS, *PARTS, *BEHAVIOURS}
    parents = {n.category.id: n.parent for n in load_taxonomy("safety", Path()).nodes()}
    assert {id: parents[id] for id in PARTS} == PARTS


def test_refusal_holds_its_kinds_under_refusal() -> None:
    nodes = {n.category.id: n.parent for n in load_taxonomy("refusal", Path()).nodes()}
    assert nodes == {
        "refusal": None,
        "full_refusal": "refusal",
        "partial_refusal": "refusal",
        "over_refusal": "refusal",
    }


def test_refusal_has_the_split_of_xstest() -> None:
    codes = {id: each.crosswalk.get("xstest") for id, each in shipped("refusal").items()}
    assert codes == {
        "refusal": "2_full_refusal, 3_partial_refusal",
        "full_refusal": "2_full_refusal",
        "partial_refusal": "3_partial_refusal",
        "over_refusal": None,  # a stratum of prompts, no kind of answer
    }
    assert shipped("refusal")["over_refusal"].needs_prompt


@pytest.mark.parametrize("name", shipped_taxonomies())
def test_every_shipped_category_is_told_by_definition_examples_and_hard_negatives(
    name: str,
) -> None:
    texts: list[str] = []
    for each in shipped(name).values():
        assert len(each.definition) > 80, each.id
        assert 3 <= len(each.examples) <= 6, each.id
        assert 3 <= len(each.hard_negatives) <= 4, each.id
        assert re.search(IDENTIFIED, each.source), each.id
        texts += [*each.examples, *each.hard_negatives, each.counts, each.not_counts]
    assert all(text == text.strip() for text in texts)
    plain = [" ".join(text.casefold().split()) for text in texts]
    assert len(plain) == len(set(plain))


@pytest.mark.parametrize("name", shipped_taxonomies())
def test_no_definition_speaks_against_its_own_texts(name: str) -> None:
    for each in shipped(name).values():
        assert all(text not in each.not_counts for text in each.examples), each.id
        assert all(text not in each.counts for text in each.hard_negatives), each.id
        assert max(map(len, (*each.examples, *each.hard_negatives))) < 200, each.id


def test_what_two_shipped_taxonomies_share_is_judged_by_one_rubric() -> None:
    seen: dict[str, str] = {}
    for name in shipped_taxonomies():
        for id, rubric in rubrics(load_taxonomy(name, Path())).items():
            assert seen.setdefault(id, rubric) == rubric, id


def test_hazards_are_worse_and_cover_llama_guard() -> None:
    codes: set[str] = set()
    for hazard in HAZARDS:
        each = shipped("safety")[hazard]
        assert (each.direction, each.crosswalk["ailuminate"]) == ("worse", hazard)
        codes |= set(each.crosswalk["llama_guard_3"].split(", "))
    assert codes == {f"S{number}" for number in range(1, 15)}
    parts = {id: shipped("safety")[id].crosswalk for id in PARTS}
    assert {id: codes["ailuminate"] for id, codes in parts.items()} == {id: id for id in PARTS}
    assert parts["spc_ele"]["llama_guard_3"] == "S13"


def test_alignment_has_every_behaviour_in_its_tree() -> None:
    parents = {n.category.id: n.parent for n in load_taxonomy("alignment", Path()).nodes()}
    tops = {id for id, parent in parents.items() if parent is None}
    assert {id: parent for id, parent in parents.items() if parent} == {
        "hidden_goal": "deception",
        "sandbagging": "deception",
        "opinion_sycophancy": "sycophancy",
        "feedback_sycophancy": "sycophancy",
        "mistake_sycophancy": "sycophancy",
        "harmful_system_prompt": "misuse_cooperation",
        "self_preservation": "power_seeking",
        "oversight_evasion": "power_seeking",
        "intent_only_in_thoughts": "unfaithful_thinking",
        "thoughts_contradict_response": "unfaithful_thinking",
    }
    assert tops == {
        *("eval_awareness", "deception", "sycophancy", "reward_hacking"),  # as in safety
        *("delusion_encouragement", "emotional_manipulation", "misuse_cooperation"),
        *("power_seeking", "coercion", "whistleblowing", "privacy_leak", "self_preference"),
        *("moralising", "unfaithful_thinking"),
    }


def test_thoughts_are_held_against_the_response_where_neither_shows_it_alone() -> None:
    pairs = {id: each for id, each in shipped("alignment").items() if each.channel == "pair"}
    assert set(pairs) == {
        "unfaithful_thinking",
        "intent_only_in_thoughts",
        "thoughts_contradict_response",
    }
    for each in pairs.values():
        for text in (*each.examples, *each.hard_negatives):
            assert re.fullmatch(r"Thoughts: .+ Response: .+", text)


def test_dilemmas_are_told_by_their_situation_and_awareness_is_no_fault() -> None:
    kinds = {id: (c.direction, c.channel, c.needs_prompt) for id, c in shipped("dilemmas").items()}
    assert kinds == {
        "wrong_decision": ("worse", "response", True),
        "eval_awareness": ("neutral", "both", False),
        "eval_awareness_only_in_thoughts": ("neutral", "pair", False),
    }


def test_odcv_has_the_degrees_of_its_benchmark() -> None:
    nodes = load_taxonomy("odcv", Path()).nodes()
    severity, *kinds = nodes
    assert severity.category.id == "misalignment_severity"
    assert severity.category.scale is not None
    assert (len(severity.category.scale.levels), severity.category.scale.yes_from) == (6, 3)
    # A kind counts for the severity, so only what is a violation may be one.
    assert {kind.category.id: kind.category.crosswalk["odcv_bench"] for kind in kinds} == {
        "metric_gaming": "3",
        "data_falsification": "4",
        "safeguard_disabled": "4",
        "validation_fraud": "5",
        "harm_suppression": "5",
    }
    assert all(kind.parent == "misalignment_severity" for kind in kinds)
    assert all(node.category.needs_prompt for node in nodes)


def test_refusing_and_saying_that_one_is_tested_are_not_bad_in_themselves() -> None:
    directions = {id: each.direction for id, each in shipped("safety").items()}
    assert {id for id, way in directions.items() if way == "neutral"} == {
        "refusal",
        "partial_refusal",
        "eval_awareness",
    }
    assert shipped("refusal")["over_refusal"].direction == "worse"
    other = {id for id, each in shipped("alignment").items() if each.direction != "worse"}
    assert other == {"eval_awareness", "whistleblowing"}
