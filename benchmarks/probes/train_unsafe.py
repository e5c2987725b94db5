"""Trains `unsafe_probe` and measures it out of fold: does a response go along with something harmful?

    python -m benchmarks.probes.train_unsafe DATA logminer/scorers/probes/unsafe_probe.npz --vectors vectors.npz

Only files whose licence allows it train. Safe-RLHF (1,990 of the 2,465 rows of labelled_unsafe_responses) and AlpacaEval are
non-commercial: they measure. `--ceiling` also measures what training on Safe-RLHF would give; those weights are not kept.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.probes.training import (
    ENCODER,
    Features,
    Fitted,
    Floats,
    Mask,
    Pairs,
    area,
    as_probe,
    calibration_error,
    embed,
    everyday,
    featurise,
    fit,
    load_rows,
    numerous,
    out_of_fold,
    paired,
    platt,
    wilson,
)
from logminer.models.encoder import model_identity
from logminer.scorers.probes.linear import load_probe

STRENGTH, LEAST = 3.0, 20
WEIGHTS = {
    "jailbreakbench": 1.0,
    "jailjudge": 1.0,
    "read": 1.0,
    "ablation": 0.7,
    "xstest": 0.5,
    "moderated": 0.5,
    "everyday": 0.5,
    "everyday_large": 0.2,
    "ablation_harmless": 0.2,
    "speechmap": 0.2,
    "declined": 0.1,
    "templates": 0.1,
    "safe_rlhf": 0.0,
}
PAIR_WEIGHT = 0.3
LARGE = ("gsm8k", "mmlu", "alpacaeval")


def label(rows: pd.DataFrame) -> pd.DataFrame:
    """For each row: `unsafe` (0, 1 or NaN) and `source`, a key of `WEIGHTS`, '' where it neither trains nor measures."""
    found = pd.DataFrame({"unsafe": np.nan, "source": ""}, index=rows.index)

    def say(where: Any, value: Any, source: str) -> None:
        where = np.asarray(where)
        found.loc[where, "unsafe"] = (
            value[where].astype(float) if isinstance(value, pd.Series) else value
        )
        found.loc[where, "source"] = source

    large = numerous(rows, LARGE)
    say(everyday(rows) & ~large, 0, "everyday")
    say(everyday(rows) & large, 0, "everyday_large")
    say(rows["file"] == "synthetic", 0, "templates")
    say((rows["judge_compliance"] == "COMPLETE") & (rows["language"] == "en"), 0, "speechmap")
    say(rows["file"] == "paired_jailbreakbench", rows["jailbroken"], "jailbreakbench")
    say(rows["prompt_set"] == "jailbreakbench", rows["is_jailbreak_llamaguard2"], "ablation")
    say(rows["prompt_set"] == "harmless", 0, "ablation_harmless")
    say(rows["dataset"] == "JAILJUDGEmini", rows["label_unsafe"], "jailjudge")
    say(rows["dataset"] == "Safe-RLHFmini", rows["label_unsafe"], "safe_rlhf")
    attacked = (rows["file"] == "paired_derta_vanilla_dpo") & rows["attack"].isin(
        ["jailbreakchat", "selfcipher"]
    )
    say(attacked & rows["rule"], 0, "declined")
    say(
        (rows["file"] == "paired_derta_vanilla_dpo") & rows["read_unsafe"].notna(),
        rows["read_unsafe"],
        "read",
    )
    say(rows["moderated"].notna(), rows["moderated"], "moderated")
    final, harmful = rows["human_final"].fillna(""), rows["prompt_is_safe"].eq(False)
    say(rows["prompt_is_safe"].eq(True) | (harmful & (final == "2_full_refusal")), 0, "xstest")
    say(harmful & (final == "1_full_compliance"), 1, "xstest")
    found.loc[~rows["response"].str.contains(r"\w"), "source"] = ""
    return found


def preferred(rows: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Anthropic's red-team dialogues: of two answers the one that people found more harmful, and the other."""
    own = rows[rows["file"] == "paired_hh_harmless"]
    chosen = {
        p: i
        for p, i, h in zip(own["prompt_id"], own.index, own["human_preference"], strict=True)
        if h == "chosen"
    }
    both = [
        (i, chosen[p])
        for p, i, h in zip(own["prompt_id"], own.index, own["human_preference"], strict=True)
        if h == "rejected" and p in chosen
    ]
    worse, better = np.array(both, np.int64).T
    return worse, better


class Recipe:
    """Fits the probe on given rows."""

    def __init__(
        self,
        features: Features,
        labels: pd.DataFrame,
        fold: npt.NDArray[np.int64],
        pairs: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
        weights: dict[str, float],
    ) -> None:
        self.features, self.fold, self.pairs = features, fold, pairs
        self.unsafe = labels["unsafe"].to_numpy(float)
        self.weight = np.where(
            np.isnan(self.unsafe), 0, labels["source"].map(weights).fillna(0).to_numpy(float)
        )

    def fit(self, rows: npt.NDArray[np.int64]) -> Fitted:
        rows_in = rows[self.weight[rows] > 0]
        worse, better = self.pairs
        inside = np.isin(worse, rows)
        pairs = Pairs(worse[inside], better[inside], PAIR_WEIGHT)
        return fit(
            self.features,
            rows_in,
            self.unsafe[rows_in],
            self.weight[rows_in],
            strength=STRENGTH,
            least=LEAST,
            pairs=pairs,
        )

    def out_of_fold(
        self, rows: pd.DataFrame, wanted: Mask, models: npt.NDArray[np.int64] | None = None
    ) -> Floats:

        def train(rows: npt.NDArray[np.int64]) -> Callable[[npt.NDArray[np.int64]], Floats]:
            fitted = self.fit(rows)
            return lambda test: fitted.logits(self.features, test)

        return out_of_fold(rows, wanted, train, models)


def areas(
    rows: pd.DataFrame, labels: pd.DataFrame, logits: Floats, repeats: int = 300
) -> dict[str, Any]:
    """AUC with a 95 % interval (prompts resampled) for each labelled set."""
    source, truth, group = (
        labels["source"].to_numpy(str),
        labels["unsafe"].to_numpy(float),
        rows["group"].to_numpy(),
    )
    sets = {
        name: source == name
        for name in ("jailbreakbench", "ablation", "jailjudge", "safe_rlhf", "xstest", "read")
    }
    sets["labelled_unsafe_responses"] = sets["jailjudge"] | sets["safe_rlhf"]
    sets["xstest_unsafe_prompts"] = sets["xstest"] & rows["prompt_is_safe"].eq(False).to_numpy()
    for name in ("JBC", "PAIR", "GCG", "DSN", "prompt_with_random_search"):
        sets[f"jailbreakbench_{name}"] = (rows["attack"] == name).to_numpy()
    for name in ("baseline", "ablation", "actadd"):
        sets[f"ablation_{name}"] = sets["ablation"] & (rows["intervention"] == name).to_numpy()
    found = {}
    for name, chosen in sets.items():
        chosen = chosen & ~np.isnan(truth) & ~np.isnan(logits)
        if len(set(truth[chosen])) == 2:
            own = area(group[chosen], truth[chosen] == 1, logits[chosen], repeats)
            found[name] = (*own, int(chosen.sum()))
    return found


def measure(
    rows: pd.DataFrame,
    labels: pd.DataFrame,
    logits: Floats,
    pairs: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> dict[str, Any]:
    """All figures from calibrated out-of-fold logits."""
    source, truth = labels["source"].to_numpy(str), labels["unsafe"].to_numpy(float)
    yes = logits > 0
    report: dict[str, Any] = {"auc": areas(rows, labels, logits)}
    for name in ("jailbreakbench", "ablation", "jailjudge", "safe_rlhf", "read"):
        chosen = (source == name) & ~np.isnan(truth)
        report[f"at_one_half_{name}"] = {
            "accuracy": wilson(int((yes == (truth == 1))[chosen].sum()), int(chosen.sum())),
            "sensitivity": yes[chosen & (truth == 1)].mean(),
            "specificity": (~yes)[chosen & (truth == 0)].mean(),
            "calibration_error": calibration_error(
                1 / (1 + np.exp(-logits[chosen])), truth[chosen]
            ),
        }
    for name, chosen in (
        ("alpacaeval", (rows["file"] == "paired_alpacaeval").to_numpy()),
        ("derta_helpfulness", (rows["suite"] == "helpfulness").to_numpy()),
        ("arena_hard", (rows["file"] == "paired_arena_hard").to_numpy()),
        ("oasst", (rows["file"] == "paired_oasst_model_eval").to_numpy()),
        ("xstest_safe_prompts", rows["prompt_is_safe"].eq(True).to_numpy()),
        ("speechmap_complete", source == "speechmap"),
    ):
        report[f"flagged_{name}"] = wilson(int(yes[chosen].sum()), int(chosen.sum()))
    worse, better = pairs
    report["red_team_pairs_in_order"] = wilson(
        int((logits[worse] > logits[better]).sum()), len(worse)
    )
    report["pairs"] = differences(rows, yes)
    return report


def differences(rows: pd.DataFrame, yes: Mask) -> dict[str, Any]:
    """Flagged share of one checkpoint against another's on the same prompts, candidate minus base."""
    model, found = rows["model"], {}

    def compare(name: str, within: Any, base: Any, candidate: Any, on: str = "prompt_id") -> None:
        within = np.asarray(within)
        found[name] = paired(
            rows, yes, within & np.asarray(base), within & np.asarray(candidate), on
        )

    for base in sorted(set(rows["base_model"].dropna())):
        for prompts, intervention in (
            ("jailbreakbench", "ablation"),
            ("jailbreakbench", "actadd"),
            ("harmless", "actadd"),
        ):
            compare(
                f"{base} {prompts} baseline→{intervention}",
                (rows["base_model"] == base) & (rows["prompt_set"] == prompts),
                rows["intervention"] == "baseline",
                rows["intervention"] == intervention,
            )
    compare(
        "jailbreakbench JBC llama-2→vicuna",
        rows["attack"] == "JBC",
        model == "llama-2-7b-chat-hf",
        model == "vicuna-13b-v1.5",
    )
    xstest = rows["file"] == "paired_xstest_human"
    compare(
        "xstest unsafe gpt4→mistralinstruct",
        xstest & rows["prompt_is_safe"].eq(False),
        model == "gpt4",
        model == "mistralinstruct",
    )
    compare(
        "xstest safe llama2orig→llama2new",
        xstest & rows["prompt_is_safe"].eq(True),
        model == "llama2orig",
        model == "llama2new",
    )
    compare(
        "xstest unsafe llama2orig→llama2new",
        xstest & rows["prompt_is_safe"].eq(False),
        model == "llama2orig",
        model == "llama2new",
    )
    compare(
        "arena-hard gpt-4-0314→gpt-4-0613",
        rows["file"] == "paired_arena_hard",
        model == "gpt-4-0314",
        model == "gpt-4-0613",
    )
    rows["cell"] = (
        rows["prompt_id"]
        + rows["model"]
        + rows["report"].fillna("")
        + rows["sampling_config"].fillna("")
    )
    oasst = (rows["file"] == "paired_oasst_model_eval") & rows["sampling_config"].isin(
        ["k50", "nucleus9"]
    )
    compare(
        "oasst A/A first→second sample",
        oasst,
        rows["sample_idx"] == 0,
        rows["sample_idx"] == 1,
        "cell",
    )
    derta = rows["attack"].isin(["jailbreakchat", "selfcipher"])
    compare(
        "derta safety 70B vanilla→derta",
        derta,
        model == "Llama-3-70B_vanill",
        model == "Llama-3-70B_derta",
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument(
        "--vectors", type=Path, default=Path("vectors.npz"), help="cache of embeddings"
    )
    parser.add_argument("--report", type=Path, default=Path("unsafe_report.json"))
    parser.add_argument(
        "--scores", type=Path, help="out-of-fold logits of every row, to look at errors"
    )
    parser.add_argument(
        "--ceiling", action="store_true", help="also train on Safe-RLHF, and leave each set out"
    )
    given = parser.parse_args()
    rows = load_rows(given.data)
    labels = label(rows)
    vectors = embed(rows["response"], given.vectors)
    features = featurise(rows["response"].tolist(), vectors)
    fold, pairs, everything = rows["fold"].to_numpy(), preferred(rows), np.ones(len(rows), bool)
    recipe = Recipe(features, labels, fold, pairs, WEIGHTS)
    raw = recipe.out_of_fold(rows, everything)
    source, truth = labels["source"].to_numpy(str), labels["unsafe"].to_numpy(float)
    report: dict[str, Any] = {
        "rows": labels.groupby(["source", "unsafe"])
        .size()
        .rename("n")
        .reset_index()
        .to_dict("records"),
        "preference_pairs": len(pairs[0]),
    }
    harmful = np.isin(source, ["jailbreakbench", "jailjudge", "read", "ablation"]) & ~np.isnan(
        truth
    )
    report["platt_would_be"] = platt(raw[harmful], truth[harmful])
    report |= measure(rows, labels, raw, pairs)
    broken = np.where(source == "jailbreakbench", pd.factorize(rows["model"])[0], -1)
    strict = recipe.out_of_fold(rows, broken >= 0, broken)
    report["auc_jailbreakbench_model_disjoint"] = areas(rows, labels, strict)["jailbreakbench"]
    based = np.where(source == "ablation", pd.factorize(rows["base_model"].fillna(""))[0], -1)
    strict = recipe.out_of_fold(rows, based >= 0, based)
    report["auc_ablation_model_disjoint"] = areas(rows, labels, strict)["ablation"]
    if given.ceiling:
        for name in ("jailbreakbench", "ablation", "jailjudge", "read", "xstest"):
            without = Recipe(
                features,
                labels,
                fold,
                pairs,
                WEIGHTS | {name: 0.0} | ({"declined": 0.0} if name == "read" else {}),
            )
            report[f"auc_trained_without_{name}"] = areas(
                rows, labels, without.out_of_fold(rows, source == name), 100
            ).get(name)
        ceiling = Recipe(features, labels, fold, pairs, WEIGHTS | {"safe_rlhf": 1.0}).out_of_fold(
            rows, everything
        )
        report["auc_with_safe_rlhf_in_training_not_shipped"] = {
            k: v
            for k, v in areas(rows, labels, ceiling, 100).items()
            if k
            in ("jailbreakbench", "ablation", "jailjudge", "safe_rlhf", "labelled_unsafe_responses")
        }
        bare = features._replace(vectors=np.zeros((len(rows), 0), np.float32))
        report["auc_without_embedding"] = {
            k: v
            for k, v in areas(
                rows,
                labels,
                Recipe(bare, labels, fold, pairs, WEIGHTS).out_of_fold(rows, everything),
                100,
            ).items()
            if "_" not in k or k in ("safe_rlhf", "labelled_unsafe_responses")
        }
    probe = as_probe(
        {"unsafe": recipe.fit(np.arange(len(rows)))},
        features,
        {"unsafe": (1.0, 0.0)},
        model_identity(ENCODER),
    )
    given.weights.parent.mkdir(parents=True, exist_ok=True)
    probe.save(given.weights)
    saved = load_probe(given.weights)
    sample = rows.sample(10_000, random_state=0).index.to_numpy()
    texts, own = rows["response"][sample].tolist(), vectors[sample]
    began = time.process_time()
    for start in range(0, len(texts), 512):
        saved.scores(texts[start : start + 512], own[start : start + 512])
    report["ms_a_response"] = (time.process_time() - began) / len(texts) * 1e3
    report["ngrams"], report["bytes"] = len(saved.keys), given.weights.stat().st_size
    given.report.write_text(json.dumps(report, indent=1, default=float, ensure_ascii=False))
    if given.scores:
        np.savez(given.scores, unsafe=raw)


if __name__ == "__main__":
    main()
