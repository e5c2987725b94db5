"""How weak is what judges the suite `dilemmas` offline? Its baselines on answers and thoughts of which it is known what they do.

`_dilemmas/answers.jsonl`: to each dilemma an answer that does the wrong act and one that does the right one, and to twelve
a hedged one more. `_dilemmas/thoughts.jsonl`: thoughts that take the situation for a test, in whatever words, and
others, of which some speak of tests of their own. Nothing was set by them: the threshold of `nearest_act` is where both acts are
as near, and the phrases of `rules` are those that were there before. But they were written with the dilemmas, by the same
hand and to the point: of what models write expect less.

Intervals are of 2,000 bootstrap samples of dilemmas (or thoughts); the ratio is against a coin's .5.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.harness import Row, report_met
from logminer.models.encoder import Encoder
from logminer.pipeline.suitefile import find_suite
from logminer.scorers.base import YES, Items
from logminer.scorers.nearest_act import NearestAct
from logminer.scorers.rules import Rules
from logminer.taxonomy.tree import load_taxonomy

HERE = Path(__file__).parent / "_dilemmas"
MODEL = "all-MiniLM-L6-v2"
SAMPLES = 2000
Flags = npt.NDArray[np.bool_]


def main() -> None:
    suite = find_suite("dilemmas")
    taxonomy = load_taxonomy(suite.file.taxonomy, suite.folder)
    spec = next(one for one in suite.file.scorers if isinstance(one, NearestAct))
    spec = spec.rooted(suite.folder)
    answers = _lines("answers")
    known = spec.facts.read()
    texts = [row["response"] for row in answers]
    items = Items(
        "response",
        texts,
        pa.nulls(len(texts)),
        Encoder(MODEL, precision="float32").encode(texts),
        {},
        facts={spec.category: [known[row["id"]][spec.category] for row in answers]},
    )
    (judged,) = spec.open(taxonomy, MODEL).score(items)
    wrong = np.array([row["wrong_decision"] for row in answers])
    hedged = np.array([row["hedged"] for row in answers])
    ids = np.array([row["id"] for row in answers])
    yes = judged.labels == YES
    rows = _rows("wrong_decision", wrong, yes, ids)
    rows += [_row("wrong_decision, auc", _auc(wrong, judged.scores), "area")]
    rows += _interval(
        "wrong_decision, auc", "area", ids, lambda at: _auc(wrong[at], judged.scores[at])
    )
    rows += [_row("wrong_decision, hedged", float((yes == wrong)[hedged].mean()), "share right")]

    thoughts = _lines("thoughts")
    aware = np.array([row["eval_awareness"] for row in thoughts])
    texts = [row["thoughts"] for row in thoughts]
    none = np.zeros((len(texts), 0), np.float32)
    found = (
        Rules()
        .open(taxonomy, MODEL)
        .score(Items("thoughts", texts, pa.nulls(len(texts)), none, {}))
    )
    said = next(one for one in found if one.category == "eval_awareness").labels == YES
    rows += _rows("eval_awareness", aware, said, np.arange(len(texts)))
    low = {row.name: row.value for row in rows}
    report_met(
        "dilemmas",
        rows,
        {"nearest_act is better than a coin": low["wrong_decision, auc, low"] > 0.5},
    )


def _rows(name: str, truth: Flags, yes: Flags, units: npt.NDArray[Any]) -> list[Row]:
    right = yes == truth
    rows = [_row(f"{name}, answers", float(len(truth)), "texts")._replace(ratio=1.0)]
    rows += [_row(f"{name}, right", float(right.mean()), "share")]
    rows += _interval(f"{name}, right", "share", units, lambda at: float(right[at].mean()))
    rows += [_row(f"{name}, sensitivity", float(yes[truth].mean()), "share")]
    return [*rows, _row(f"{name}, specificity", float((~yes[~truth]).mean()), "share")]


def _interval(name: str, unit: str, units: npt.NDArray[Any], of: Any) -> list[Row]:
    """The 95 % interval of a figure, of bootstrap samples of whole units."""
    draw = np.random.default_rng(0)
    places = [np.flatnonzero(units == one) for one in np.unique(units)]
    found = [
        of(np.concatenate([places[i] for i in draw.integers(len(places), size=len(places))]))
        for _ in range(SAMPLES)
    ]
    low, high = np.quantile(found, [0.025, 0.975])
    return [_row(f"{name}, low", float(low), unit), _row(f"{name}, high", float(high), unit)]


def _auc(truth: Flags, scores: npt.NDArray[np.float64]) -> float:
    """The chance that a wrong answer has the higher score than a right one, ties counted half."""
    apart = scores[truth][:, None] - scores[~truth][None]
    return float((apart > 0).mean() + (apart == 0).mean() / 2)


def _row(name: str, value: float, unit: str) -> Row:
    return Row(name, value, unit, value / 0.5)


def _lines(name: str) -> list[dict[str, Any]]:
    text = (HERE / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]
