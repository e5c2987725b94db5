"""Trains `refusal_probe` and measures it out of fold: does a response decline (any), and if so only in part (partial)?

    python -m benchmarks.probes.train_refusal DATA logminer/scorers/probes/refusal_probe.npz

Nothing of a test prompt is in training; with `models` nothing of the test's models either. Only files whose licence
allows it train (MIT, MIT-0, Apache-2.0, CC-BY-4.0); AlpacaEval (non-commercial) measures.
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
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    precision_score,
    recall_score,
)

from benchmarks.probes.training import (
    Features,
    Fitted,
    Floats,
    Mask,
    area,
    as_probe,
    bootstrap,
    calibration_error,
    everyday,
    featurise,
    fit,
    load_rows,
    numerous,
    out_of_fold,
    paired,
    platt,
    share,
    wilson,
)
from logminer.scorers.probes.linear import Probe, load_probe

STRENGTH, LEAST = 10.0, 20
# What a row weighs: most where two people judged it, little where there are thousands or a language model judged.
WEIGHTS = {
    "people": 2.0,
    "read": 1.0,
    "templates": 0.2,
    "judged": 0.15,
    "everyday": 0.15,
    "everyday_large": 0.07,
}
PARTIAL_WEIGHTS = {"people": 1.0, "read": 0.5, "templates": 0.1, "judged": 0.15}
PARTIAL_TIMES = 6.0  # there are six full refusals to one partial: as many are called partial as are
LARGE = ("gsm8k", "mmlu")
XSTEST, SPEECHMAP, ABLATION, DERTA = (
    "paired_xstest_human",
    "paired_speechmap_compliance",
    "paired_refusal_ablation",
    "paired_derta_vanilla_dpo",
)


def label(rows: pd.DataFrame) -> pd.DataFrame:
    """For each row: `any` and `partial` (0, 1 or NaN) and `source`, a key of `WEIGHTS`, '' where it does not train."""
    found = pd.DataFrame({"any": np.nan, "partial": np.nan, "source": ""}, index=rows.index)

    def say(where: Any, value: float, source: str, partial: float = np.nan) -> None:
        found.loc[np.asarray(where), ["any", "partial", "source"]] = [value, partial, source]

    everyday_rows = everyday(rows) & ~rows["rule"]  # where the patterns fire, someone has to look
    large = numerous(rows, LARGE)
    say(everyday_rows & ~large, 0, "everyday")
    say(everyday_rows & large, 0, "everyday_large")
    judged = rows["judge_compliance"]
    say(judged == "COMPLETE", 0, "judged")
    say(judged == "EVASIVE", 1, "judged")
    say(judged == "DENIAL", 1, "judged", 0)
    matched = rows["is_jailbreak_substring_matching"]  # 1: no set phrase of a refusal
    harmless, harmful = rows["prompt_set"] == "harmless", rows["prompt_set"] == "jailbreakbench"
    say(harmless & (rows["intervention"] == "baseline"), 0, "judged")
    say(harmless & (rows["intervention"] == "actadd") & (matched == 0), 1, "judged", 0)
    say(harmful & (rows["is_jailbreak_llamaguard2"] == 1) & (matched == 1), 0, "judged")
    say(harmful & (rows["is_jailbreak_llamaguard2"] == 0) & (matched == 0), 1, "judged", 0)
    say(rows["made_refusal"].eq(False), 0, "templates")
    say(rows["made_refusal"].eq(True) & rows["made_partial"].eq(False), 1, "templates", 0)
    say(rows["made_partial"].eq(True), 1, "templates", 1)
    say(rows["read_refusal"] == 0, 0, "read")
    say(rows["read_refusal"] == 1, 1, "read", 0)
    say(rows["read_refusal"] == 2, 1, "read", 1)
    final = rows["human_final"].fillna("")
    say(final == "1_full_compliance", 0, "people")
    say(final == "2_full_refusal", 1, "people", 0)
    say(final == "3_partial_refusal", 1, "people", 1)
    empty = ~rows["response"].str.contains(r"\w")
    found.loc[empty, "source"] = ""
    return found


class Recipe:
    """Fits both heads on given rows."""

    def __init__(self, features: Features, labels: pd.DataFrame) -> None:
        self.features = features
        self.any = labels["any"].to_numpy(float)
        self.partial = labels["partial"].to_numpy(float)
        source = labels["source"]
        self.weight = source.map(WEIGHTS).fillna(0).to_numpy(float)
        self.partial_weight = source.map(PARTIAL_WEIGHTS).fillna(0).to_numpy(float) * np.where(
            self.partial == 1, PARTIAL_TIMES, 1
        )

    def fit_any(self, rows: npt.NDArray[np.int64]) -> Fitted:
        rows = rows[self.weight[rows] > 0]
        return fit(
            self.features, rows, self.any[rows], self.weight[rows], strength=STRENGTH, least=LEAST
        )

    def fit_partial(self, rows: npt.NDArray[np.int64]) -> Fitted:
        rows = rows[self.weight[rows] > 0]
        refusals = rows[
            (self.any[rows] == 1) & ~np.isnan(self.partial[rows]) & (self.partial_weight[rows] > 0)
        ]
        return fit(
            self.features,
            refusals,
            self.partial[refusals],
            self.partial_weight[refusals],
            strength=STRENGTH,
            least=LEAST,
            vocabulary=rows,
        )

    def out_of_fold(
        self,
        rows: pd.DataFrame,
        wanted: Mask,
        models: npt.NDArray[np.int64] | None = None,
        head: str = "any",
    ) -> Floats:
        own = self.fit_any if head == "any" else self.fit_partial

        def train(rows: npt.NDArray[np.int64]) -> Callable[[npt.NDArray[np.int64]], Floats]:
            fitted = own(rows)
            return lambda test: fitted.logits(self.features, test)

        return out_of_fold(rows, wanted, train, models)


def groups_of_models(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Five groups: each leaves out one model of XSTest and a fifth of SpeechMap's; -1 elsewhere."""
    group = np.full(len(rows), -1)
    for file in (XSTEST, SPEECHMAP):
        here = (rows["file"] == file).to_numpy()
        codes, _ = pd.factorize(rows.loc[here, "model"], sort=True)
        group[here] = codes % 5
    return group


def measure(
    rows: pd.DataFrame, labels: pd.DataFrame, any_: Floats, strict: Floats, partial: Floats
) -> dict[str, Any]:
    """All figures, from out-of-fold logits: prompt-disjoint, prompt-and-model-disjoint, and of the second head."""
    report: dict[str, Any] = {}
    people = (rows["file"] == XSTEST).to_numpy()
    truth = labels["any"].to_numpy(float) == 1
    yes = any_ > 0
    group = rows["group"].to_numpy()
    for name, logits in (("prompt_disjoint", any_), ("model_and_prompt_disjoint", strict)):
        right = (logits > 0) == truth
        own: dict[str, Any] = {
            "accuracy": wilson(int(right[people].sum()), int(people.sum())),
            "accuracy_by_prompt": share(group[people], right[people]),
            "auc": area(group[people], truth[people], logits[people]),
        }
        own["by_model"] = {
            m: right[people & (rows["model"] == m)].mean()
            for m in sorted(set(rows["model"][people]))
        }
        report[f"xstest_{name}"] = own
    report["xstest_calibration_error"] = calibration_error(
        1 / (1 + np.exp(-any_[people])), truth[people].astype(float)
    )
    report["xstest_sensitivity"], report["xstest_specificity"] = (
        yes[people & truth].mean(),
        (~yes)[people & ~truth].mean(),
    )
    for low, high in ((0.35, 0.65), (0.25, 0.75)):
        sure = people & ((any_ < np.log(low / (1 - low))) | (any_ > np.log(high / (1 - high))))
        report[f"xstest_outside_{low}_{high}"] = {
            "share": sure.sum() / people.sum(),
            "accuracy": (yes == truth)[sure].mean(),
        }
    agreed = people & (rows["human_agreement"].astype(str).str.upper() == "TRUE").to_numpy()
    report["xstest_accuracy_where_people_agree"] = wilson(
        int((yes == truth)[agreed].sum()), int(agreed.sum())
    )
    in_part, called = labels["partial"].to_numpy(float)[people] == 1, (yes & (partial > 0))[people]
    score = 1 / (1 + np.exp(-any_[people])) / (1 + np.exp(-partial[people]))
    kinds = (
        np.where(truth[people], np.where(in_part, 2, 1), 0),
        np.where(yes[people], np.where(called, 2, 1), 0),
    )
    report["xstest_partial"] = {
        "f1": bootstrap(group[people], lambda i: f1_score(in_part[i], called[i])),
        "precision": precision_score(in_part, called),
        "recall": recall_score(in_part, called),
        "average_precision": average_precision_score(in_part, score),
        "three_way_accuracy": wilson(int((kinds[0] == kinds[1]).sum()), len(in_part)),
    }
    judged = rows["judge_compliance"].isin(["COMPLETE", "EVASIVE", "DENIAL"]).to_numpy()
    declined = rows["judge_compliance"].isin(["EVASIVE", "DENIAL"]).to_numpy()
    denied, broken = (
        (rows["judge_compliance"] == "DENIAL").to_numpy(),
        rows["model"].str.startswith("moonshotai").to_numpy(),
    )
    for language in ("en", "fi", "zh"):
        here = judged & (rows["language"] == language).to_numpy()
        own = {}
        for name, chosen in (
            ("all", here),
            ("denial_only", here & (denied | ~declined)),
            ("without_kimi_vl", here & ~broken),
        ):
            for kind, logits in (("", any_), ("_model_disjoint", strict)):
                own[name + kind] = area(group[chosen], declined[chosen], logits[chosen], 200)
        complete = here & ~declined
        own["flagged_complete"], own["flagged_evasive"], own["flagged_denial"] = (
            yes[complete].mean(),
            yes[here & declined & ~denied].mean(),
            yes[here & denied].mean(),
        )
        report[f"speechmap_{language}"] = own
    helpful = (rows["suite"] == "helpfulness").to_numpy()
    for name, chosen in (
        ("alpacaeval", (rows["file"] == "paired_alpacaeval").to_numpy()),
        ("derta_helpfulness", helpful),
        ("derta_alpacaeval_prompts", helpful & (rows["attack"] == "alpacaeval").to_numpy()),
        ("arena_hard", (rows["file"] == "paired_arena_hard").to_numpy()),
        ("japanese", (rows["file"] == "paired_shaberi_ja").to_numpy()),
    ):
        report[f"flagged_{name}"] = (
            *wilson(int(yes[chosen].sum()), int(chosen.sum())),
            int(yes[chosen].sum()),
        )
    attacks = rows["attack"].isin(["jailbreakchat", "selfcipher"]).to_numpy()
    report["flagged_derta_safety"] = {
        "where_patterns_fire": yes[attacks & rows["rule"].to_numpy()].mean(),
        "read_as_refusal": yes[attacks & (rows["read_refusal"] >= 1).to_numpy()].mean(),
        "read_as_compliance": yes[attacks & (rows["read_refusal"] == 0).to_numpy()].mean(),
    }
    broken_in = (rows["file"] == "paired_jailbreakbench").to_numpy()
    report["jailbreakbench_flagged"] = {
        str(state): yes[broken_in & (rows["jailbroken"] == state).to_numpy()].mean()
        for state in (True, False)
    }
    report["pairs"] = differences(rows, yes)
    return report


def differences(rows: pd.DataFrame, yes: Mask) -> dict[str, Any]:
    """Refusals of one checkpoint against another's on the same prompts, candidate minus base."""
    file, model = rows["file"], rows["model"]
    safe = rows["prompt_is_safe"]
    found: dict[str, Any] = {}

    def compare(name: str, within: Any, base: Any, candidate: Any, on: str = "prompt_id") -> None:
        within = np.asarray(within)
        found[name] = paired(
            rows, yes, within & np.asarray(base), within & np.asarray(candidate), on
        )

    for base in sorted(set(rows["base_model"].dropna())):
        own = (file == ABLATION) & (rows["base_model"] == base)
        for prompts, intervention in (
            ("jailbreakbench", "ablation"),
            ("jailbreakbench", "actadd"),
            ("harmless", "actadd"),
        ):
            compare(
                f"{base} {prompts} baseline→{intervention}",
                own & (rows["prompt_set"] == prompts),
                rows["intervention"] == "baseline",
                rows["intervention"] == intervention,
            )
    xstest = file == XSTEST
    compare(
        "xstest safe llama2orig→llama2new",
        xstest & safe.eq(True),
        model == "llama2orig",
        model == "llama2new",
    )
    compare(
        "xstest unsafe llama2orig→llama2new",
        xstest & safe.eq(False),
        model == "llama2orig",
        model == "llama2new",
    )
    compare(
        "jailbreakbench JBC llama-2→vicuna",
        (rows["attack"] == "JBC"),
        model == "llama-2-7b-chat-hf",
        model == "vicuna-13b-v1.5",
    )
    compare(
        "arena-hard gpt-4-0314→gpt-4-0613",
        file == "paired_arena_hard",
        model == "gpt-4-0314",
        model == "gpt-4-0613",
    )
    oasst = file == "paired_oasst_model_eval"
    rows["cell"] = (
        rows["prompt_id"]
        + rows["model"]
        + rows["report"].fillna("")
        + rows["sampling_config"].fillna("")
    )
    compare(
        "oasst A/A first→second sample",
        oasst & rows["sampling_config"].isin(["k50", "nucleus9"]),
        rows["sample_idx"] == 0,
        rows["sample_idx"] == 1,
        "cell",
    )
    derta = (file == DERTA) & rows["attack"].isin(["jailbreakchat", "selfcipher"])
    compare(
        "derta safety 70B vanilla→derta",
        derta,
        model == "Llama-3-70B_vanill",
        model == "Llama-3-70B_derta",
    )
    return found


def cost(probe: Probe, texts: list[str]) -> float:
    """Milliseconds a response, in batches of 512."""
    began = time.process_time()
    for start in range(0, len(texts), 512):
        probe.scores(texts[start : start + 512])
    return (time.process_time() - began) / len(texts) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--report", type=Path, default=Path("refusal_report.json"))
    parser.add_argument(
        "--scores", type=Path, help="out-of-fold logits of every row, to look at errors"
    )
    given = parser.parse_args()
    rows = load_rows(given.data)
    labels = label(rows)
    recipe = Recipe(featurise(rows["response"].tolist()), labels)
    everything = np.ones(len(rows), bool)
    raw = recipe.out_of_fold(rows, everything)
    partial = recipe.out_of_fold(rows, everything, head="partial")
    models = groups_of_models(rows)
    strict = recipe.out_of_fold(rows, models >= 0, models)
    people = (rows["file"] == XSTEST).to_numpy()
    truth = labels["any"].to_numpy(float)
    report: dict[str, Any] = {
        "rows": labels.groupby(["source", "any"])
        .size()
        .rename("n")
        .reset_index()
        .to_dict("records"),
        "platt_would_be": platt(
            raw[people], truth[people]
        ),  # slope 1 and offset 0 would leave nothing to do
    }
    calibration = {"any": (1.0, 0.0), "partial": (1.0, 0.0)}
    report |= measure(rows, labels, raw, strict, partial)
    train = np.arange(len(rows))
    probe = as_probe(
        {"any": recipe.fit_any(train), "partial": recipe.fit_partial(train)},
        recipe.features,
        calibration,
    )
    given.weights.parent.mkdir(parents=True, exist_ok=True)
    probe.save(given.weights)
    saved = load_probe(given.weights)
    sample = rows["response"].sample(10_000, random_state=0).tolist()
    report["ngrams"], report["bytes"], report["ms_a_response"] = (
        len(saved.keys),
        given.weights.stat().st_size,
        cost(saved, sample),
    )
    given.report.write_text(json.dumps(report, indent=1, default=float, ensure_ascii=False))
    if given.scores:
        np.savez(given.scores, any=raw, strict=strict, partial=partial)


if __name__ == "__main__":
    main()
