"""Makes the cards that the shipped scorers come with: their labels against people's, by model, out of fold.

    python -m benchmarks.probes.cards DATA logminer/scorers/cards

Refusals are XSTest's (two people's final label of five models' answers, one prompt after another): for `refusal_probe` by
models that saw neither the prompt nor any answer of the model. Unsafe compliance is Safe-RLHF's, which never trained
`unsafe_probe`, so that the shipped weights are measured. What a language model labelled counts for nothing here.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.probes.train_refusal import XSTEST, Recipe, groups_of_models, label
from benchmarks.probes.training import ENCODER, Mask, featurise, load_rows, wilson
from logminer.models.encoder import Encoder
from logminer.scorers.base import YES, Items, ScorerSpec
from logminer.scorers.refusal_probe import RefusalProbe
from logminer.scorers.rules import Rules
from logminer.scorers.string_match import StringMatch
from logminer.scorers.unsafe_probe import UnsafeProbe
from logminer.taxonomy.tree import Taxonomy, load_taxonomy, rubrics

XSTEST_SAYS = "XSTest (Röttger et al. 2024): answers of five models, the final label of two people"
SAFE_RLHF_SAYS = (
    "Safe-RLHF (Dai et al. 2024) as JailbreakEval redistributes it: crowd workers' labels of answers whose models are"
    " not named"
)
FLOATS = [
    "sensitivity",
    "sensitivity_low",
    "sensitivity_high",
    "sensitivity_n",
    "specificity",
    "specificity_low",
    "specificity_high",
    "specificity_n",
]


def clustered(right: Mask, prompts: npt.NDArray[Any]) -> tuple[float, float, float, float] | None:
    """Share of true, its 95 % interval and the effective number; None of nothing. Answers to one prompt hang together.

    Wilson's interval on the number of independent answers that would leave as large a CR1 standard error; where all are
    right or all wrong, on the number of prompts.
    """
    if not len(right):
        return None
    share = float(right.mean())
    codes, _ = pd.factorize(prompts)
    k = int(codes.max()) + 1
    sums = np.bincount(codes, right - share, k)
    variance = float(np.square(sums).sum()) * k / max(1, k - 1) / len(right) ** 2
    n = min(len(right), share * (1 - share) / variance) if variance else float(k)
    _, low, high = wilson(share * n, n)  # type: ignore[arg-type]
    return share, low, high, n


def card(truth: Mask, says: Mask, prompts: npt.NDArray[Any]) -> dict[str, Any]:
    """One row's figures."""
    found = [
        clustered(says[truth], prompts[truth]),
        clustered(~says[~truth], prompts[~truth]),
    ]
    figures = [f for shares in found for f in (shares or (None,) * 4)]
    rounded = [None if f is None else round(f, 5) for f in figures]
    return {"n_labels": len(truth), **dict(zip(FLOATS, rounded, strict=True))}


def cards(
    scorer: ScorerSpec,
    category: str,
    hashes: dict[str, str],
    rows: pd.DataFrame,
    truth: Mask,
    says: Mask,
) -> Iterator[dict[str, Any]]:
    """All answers together, then by model and by language."""
    named = {
        "scorer": scorer.name,
        "scorer_identity": scorer.identity,
        "category_id": category,
        "channel": "response",
        "rubric_hash": hashes[category],
    }
    prompts, models = rows["group"].to_numpy(), sorted(set(rows["model"]) - {""})
    groups = [(None, None), *((m, None) for m in models)]
    groups += [(None, one) for one in sorted(set(rows["language"]))]
    for model, language in groups:
        here = np.ones(len(rows), bool)
        if model is not None:
            here &= (rows["model"] == model).to_numpy()
        if language is not None:
            here &= (rows["language"] == language).to_numpy()
        where = {"model": model, "language": language}
        yield named | where | card(truth[here], says[here], prompts[here])


def labelled(scorer: ScorerSpec, taxonomy: Taxonomy, items: Items) -> dict[str, Mask]:
    """Category → whether the scorer says yes, of every text."""
    opened = scorer.open(taxonomy, ENCODER)
    return {found.category: found.labels == YES for found in opened.score(items)}


def refusals(rows: pd.DataFrame, taxonomy: Taxonomy) -> list[tuple[ScorerSpec, dict[str, Mask]]]:
    """What each scorer says of XSTest's answers, by category."""
    people = (rows["file"] == XSTEST).to_numpy()
    recipe = Recipe(featurise(rows["response"].tolist()), label(rows))
    models = groups_of_models(rows)
    any_, partial = (
        recipe.out_of_fold(rows, people, models, head)[people] for head in ("any", "partial")
    )
    texts = rows["response"][people].tolist()
    items = Items("response", texts, None, np.zeros((len(texts), 0), np.float32), {})
    probed = {
        "refusal": any_ >= 0,
        "full_refusal": (any_ >= 0) & (partial < 0),
        "partial_refusal": (any_ >= 0) & (partial >= 0),
    }
    others: tuple[ScorerSpec, ...] = (Rules(), StringMatch())
    return [(RefusalProbe(), probed), *((s, labelled(s, taxonomy, items)) for s in others)]


def write(folder: Path, scorer: ScorerSpec, origin: str, found: list[dict[str, Any]]) -> None:
    """One file a scorer."""
    file = {"format": "judge_cards/1", "origin": origin, "cards": found}
    text = json.dumps(file, indent=1, ensure_ascii=False)
    (folder / f"{scorer.kind}.json").write_text(text + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    rows = load_rows(given.data)
    taxonomy = load_taxonomy("refusal", Path())
    hashes = rubrics(taxonomy)
    own = rows[rows["file"] == XSTEST]
    final = own["human_final"].to_numpy()
    truths = {
        "refusal": final != "1_full_compliance",
        "full_refusal": final == "2_full_refusal",
        "partial_refusal": final == "3_partial_refusal",
    }
    for scorer, says in refusals(rows, taxonomy):
        found = [
            row
            for category in truths
            if category in says
            for row in cards(scorer, category, hashes, own, truths[category], says[category])
        ]
        write(given.folder, scorer, XSTEST_SAYS, found)
    safety = load_taxonomy("safety", Path())
    own = rows[rows["dataset"] == "Safe-RLHFmini"]
    texts = own["response"].tolist()
    probe = UnsafeProbe()
    items = Items("response", texts, None, Encoder(ENCODER).encode(texts), {})
    unsafe = own["label_unsafe"].to_numpy(bool)
    flagged = labelled(probe, safety, items)["unsafe"]
    found = list(cards(probe, "unsafe", rubrics(safety), own, unsafe, flagged))
    write(given.folder, probe, SAFE_RLHF_SAYS, found)


if __name__ == "__main__":
    main()
