"""What training either probe shares: the labelled rows, their features, folds without a common prompt, intervals."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.probes.synthetic import rows as synthetic_rows
from logminer.messages.thoughts import split_thoughts
from logminer.models.encoder import Encoder
from logminer.scorers.probes.features import (
    FACT_SCALE,
    FACTS,
    TAIL_SCALE,
    VECTOR_SCALE,
    NGrams,
    facts,
    features_hash,
    ngrams,
    plain,
)
from logminer.scorers.probes.linear import Probe
from logminer.scorers.rules import Rules
from logminer.taxonomy.tree import load_taxonomy

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

FOLDS = 5
ENCODER = "all-MiniLM-L6-v2"
LABELS = Path(__file__).with_name("labels.json")
_ASKS_FOR_HARM = re.compile(
    r"ethical hacking|explosives|bomba|burn", re.IGNORECASE
)  # among OASST's everyday prompts
# file → share of its prompts that is used, as 1 in n: what is there only to be harmless need not be there whole
SAMPLED = {
    "paired_oasst_model_eval": 4,
    "paired_alpacaeval": 4,
    "paired_syco_bench": 4,
    "paired_shaberi_ja": 24,
}
FILES = (
    "paired_xstest_human",
    "paired_speechmap_compliance",
    "paired_refusal_ablation",
    "paired_jailbreakbench",
    "paired_derta_vanilla_dpo",
    "labelled_unsafe_responses",
    "paired_alpacaeval",
    "paired_oasst_model_eval",
    "paired_arena_hard",
    "paired_hh_harmless",
    "paired_syco_bench",
    "paired_shaberi_ja",
    "paired_selfinstruct_gpt3",
)
NON_COMMERCIAL = {"paired_alpacaeval", "Safe-RLHFmini"}  # files and data sets that only measure


def digest(text: str) -> str:
    """16 hex characters that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def spoken(text: str | None) -> str:
    """What was said without what was thought."""
    return split_thoughts(text or "").response


def load_rows(data: Path) -> pd.DataFrame:
    """Every row that trains or measures, one a response.

    Columns: file, dataset, model, prompt, response, language, group (equal for one prompt, whichever the file), fold,
    rule (the patterns' refusal), read_refusal and read_unsafe (labels of `labels.json`, NaN where not read), and the files' own.
    """
    frames = [*(_load(data, file) for file in FILES), _load_moderated(data)]
    made = pd.DataFrame(
        {
            "file": "synthetic",
            "dataset": "synthetic",
            "model": "",
            "prompt": "",
            "response": row.text,
            "language": row.language,
            "group": f"synthetic:{digest(row.text)}",
            "made_refusal": row.refusal,
            "made_partial": row.partial,
        }
        for row in synthetic_rows()
    )
    rows = pd.concat([*frames, made], ignore_index=True)
    rows["language"] = rows["language"].fillna("en")
    rows["fold"] = [int(digest(group), 16) % FOLDS for group in rows["group"]]
    rows["rule"] = _declines(rows["response"].tolist())
    read = json.loads(LABELS.read_text("utf-8"))
    keys = [digest(text) for text in rows["response"]]
    judged = rows["judge_compliance"].notna() | rows["human_final"].notna()
    mine = ~judged & ~rows["file"].isin({"synthetic", *NON_COMMERCIAL})
    for name in ("refusal", "unsafe"):
        labels = read[name]
        rows[f"read_{name}"] = [
            labels.get(k, math.nan) if m else math.nan for k, m in zip(keys, mine, strict=True)
        ]
    return rows


def _load(data: Path, file: str) -> pd.DataFrame:
    rows = pd.read_parquet(data / f"{file}.parquet")
    rows["file"] = file
    messages = rows.pop("prompt_messages")
    rows["prompt"] = [
        next((m["content"] for m in reversed(own) if m["role"] == "user"), "") or ""
        for own in messages
    ]
    if (share := SAMPLED.get(file)) is not None:
        unit = (
            rows["prompt_id"]
            if file == "paired_oasst_model_eval"
            else rows["prompt_id"] + rows["model"]
        )
        rows = rows[[int(digest(key), 16) % share == 0 for key in unit]].copy()
    rows["response"] = [spoken(text) for text in rows["response"]]
    asked = rows["prompt"]
    if file == "paired_xstest_human":
        rows["group"] = "xstest:" + rows["prompt_id"]
    elif file == "paired_speechmap_compliance":  # the languages of one question belong together
        rows["group"] = "speechmap:" + rows["parallel_id"].fillna(rows["prompt_id"])
    else:  # JailbreakBench and the ablation share their goals
        asked = rows.get("goal", asked)
        rows["group"] = [digest(text.strip().lower()) for text in asked]
    rows["model"] = rows["model"].fillna("")
    return rows.drop(columns=[c for c in ("created_at",) if c in rows])


def _load_moderated(data: Path) -> pd.DataFrame:
    """Texts that people sorted by what is harmful in them (OpenAI's moderation set, MIT): what was asked, not answered."""
    rows = pd.read_parquet(data / "prompts_safety_multilingual.parquet")
    rows = rows[rows["dataset"] == "openai_moderation_eval"]
    texts = [
        next(m["content"] for m in reversed(own) if m["role"] == "user")
        for own in rows["prompt_messages"]
    ]
    return pd.DataFrame(
        {
            "file": "openai_moderation_eval",
            "dataset": "openai_moderation_eval",
            "model": "",
            "prompt": "",
            "response": texts,
            "language": "en",
            "group": [digest(text) for text in texts],
            "moderated": [float(bool(category)) for category in rows["category"]],
        }
    )


def _declines(texts: list[str]) -> Mask:
    from logminer.scorers.base import YES, Items

    opened = Rules().open(load_taxonomy("refusal", Path()), ENCODER)
    verdicts = opened.score(
        Items("response", texts, None, np.zeros((len(texts), 0), np.float32), {})
    )
    found: Mask = next(v.labels for v in verdicts if v.category == "refusal") == YES
    return found


def everyday(rows: pd.DataFrame) -> Mask:
    """Answers to prompts that ask for nothing harmful."""
    helpful = (rows["file"] == "paired_derta_vanilla_dpo") & (rows["suite"] == "helpfulness")
    plainly = rows["file"].isin(
        ["paired_arena_hard", "paired_selfinstruct_gpt3", "paired_shaberi_ja"]
    )
    asked = (rows["file"] == "paired_oasst_model_eval") & ~rows["prompt"].str.contains(
        _ASKS_FOR_HARM
    )
    opinion = (rows["file"] == "paired_syco_bench") & (rows["test"] != "delusion")
    return np.asarray(helpful | plainly | asked | opinion)


class Features(NamedTuple):
    """Of n rows: every n-gram of head and tail as columns, before training decides which are kept."""

    head: sp.csr_matrix  # [n, all], ones
    tail: sp.csr_matrix  # [n, all], ones
    head_keys: npt.NDArray[np.uint32]
    tail_keys: npt.NDArray[np.uint32]
    facts: npt.NDArray[np.float32]  # [n, 4]
    vectors: npt.NDArray[np.float32]  # [n, d]; d = 0 where not asked for


def numerous(rows: pd.DataFrame, attacks: Sequence[str]) -> Mask:
    """Rows of which there are thousands alike: of the large files, and of these suites."""
    large = rows["file"].isin(["paired_oasst_model_eval", "paired_selfinstruct_gpt3"])
    found: Mask = (large | rows["attack"].isin(attacks)).to_numpy()
    return found


def featurise(texts: list[str], vectors: npt.NDArray[np.float32] | None = None) -> Features:
    """Features of responses."""
    said = [plain(text) for text in texts]
    found = ngrams(said)
    head, head_keys = _columns(found, ~found.tail, len(said))
    tail, tail_keys = _columns(found, found.tail, len(said))
    own = np.array([facts(text) for text in said], np.float32)
    return Features(
        head,
        tail,
        head_keys,
        tail_keys,
        own,
        np.zeros((len(said), 0), np.float32) if vectors is None else vectors,
    )


def _columns(found: NGrams, chosen: Mask, n: int) -> tuple[sp.csr_matrix, npt.NDArray[np.uint32]]:
    keys, column = np.unique(found.key[chosen], return_inverse=True)
    ones = np.ones(len(column), np.float32)
    matrix = sp.csr_matrix((ones, (found.row[chosen], column)), shape=(n, len(keys)))
    often = np.asarray(matrix.getnnz(axis=0)) > 1  # no training set can keep the others
    return matrix[:, often], keys[often]


class Fitted(NamedTuple):
    """A linear model of one training set, and what it kept of the features."""

    kept: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]  # columns of head and tail
    idf: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
    coefficients: Floats  # [kept head + kept tail + 4 + d]
    bias: float

    def logits(self, features: Features, rows: npt.NDArray[np.int64]) -> Floats:
        """Of the given rows."""
        values: Floats = (
            _design(features, rows, self.kept, self.idf) @ self.coefficients + self.bias
        )
        return values


class Pairs(NamedTuple):
    """Two answers of one prompt each, of which the first was judged worse."""

    worse: npt.NDArray[np.int64]
    better: npt.NDArray[np.int64]
    weight: float


def fit(
    features: Features,
    rows: npt.NDArray[np.int64],
    labels: Floats,
    weights: Floats,
    *,
    strength: float,
    least: int,
    pairs: Pairs | None = None,
    vocabulary: npt.NDArray[np.int64] | None = None,
) -> Fitted:
    """Weighted logistic regression with an L2 penalty.

    Args:
        rows: rows of `features` that train, with `labels` (0 or 1) and `weights` of the same length.
        strength: scikit-learn's C.
        least: responses in which an n-gram must stand to be kept.
        vocabulary: rows that decide which n-grams are kept, and their weights; None: those that train.
        pairs: answers of which only an order is known; their differences are rows without a bias (Bradley-Terry).
    """
    every = rows if pairs is None else np.concatenate([rows, pairs.worse, pairs.better])
    every = every if vocabulary is None else vocabulary
    kept, idf = [], []
    for block in (features.head, features.tail):
        seen = np.bincount(block[every].indices, minlength=block.shape[1])
        columns = np.flatnonzero(seen >= least)
        kept.append(columns)
        idf.append((np.log((len(every) + 1) / (seen[columns] + 1)) + 1).astype(np.float32))
    model = LogisticRegression(C=strength, max_iter=5000, tol=1e-4, fit_intercept=pairs is None)
    design = _design(features, rows, (kept[0], kept[1]), (idf[0], idf[1]))
    if pairs is None:
        model.fit(design, labels, sample_weight=weights)
        return Fitted(
            (kept[0], kept[1]), (idf[0], idf[1]), model.coef_[0], float(model.intercept_[0])
        )
    large = 5.0  # a bias that the penalty hardly feels
    design = sp.hstack([design, np.full((len(rows), 1), large, np.float32)])
    worse, better = (
        _design(features, own, (kept[0], kept[1]), (idf[0], idf[1]))
        for own in (pairs.worse, pairs.better)
    )
    difference = sp.hstack([worse - better, np.zeros((len(pairs.worse), 1), np.float32)])
    half = np.full(len(pairs.worse), pairs.weight / 2)
    model.fit(
        sp.vstack([design, difference, -difference]).tocsr(),
        np.concatenate([labels, np.ones_like(half), np.zeros_like(half)]),
        sample_weight=np.concatenate([weights, half, half]),
    )
    return Fitted(
        (kept[0], kept[1]), (idf[0], idf[1]), model.coef_[0][:-1], float(model.coef_[0][-1] * large)
    )


def _design(
    features: Features, rows: npt.NDArray[np.int64], kept: tuple[Any, Any], idf: tuple[Any, Any]
) -> sp.csr_matrix:
    blocks = []
    for block, columns, weight, scale in (
        (features.head, kept[0], idf[0], 1.0),
        (features.tail, kept[1], idf[1], TAIL_SCALE),
    ):
        weighted = block[rows][:, columns] @ sp.diags(weight)
        length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        blocks.append(sp.diags(scale / np.maximum(length, 1e-9)) @ weighted)
    dense = np.hstack([features.facts[rows] * FACT_SCALE, features.vectors[rows] * VECTOR_SCALE])
    return sp.hstack([*blocks, sp.csr_matrix(dense)]).tocsr().astype(np.float32)


def as_probe(
    heads: Mapping[str, Fitted],
    features: Features,
    calibration: Mapping[str, tuple[float, float]],
    encoder: str = "",
) -> Probe:
    """One probe of several fits; a calibrated logit is slope × logit + offset."""
    salted = np.concatenate([features.head_keys, features.tail_keys])
    size, shift = len(salted), len(features.head_keys)
    idf, weights = (
        np.zeros((len(heads), size), np.float32),
        np.zeros((len(heads), size), np.float32),
    )
    fact_weights, vector_weights, bias = [], [], []
    for h, (name, own) in enumerate(heads.items()):
        slope, offset = calibration[name]
        columns = np.concatenate([own.kept[0], own.kept[1] + shift])
        idf[h, columns] = np.concatenate(own.idf)
        weights[h, columns] = own.coefficients[: len(columns)] * slope * idf[h, columns]
        fact_weights.append(
            own.coefficients[len(columns) : len(columns) + len(FACTS)] * FACT_SCALE * slope
        )
        vector_weights.append(own.coefficients[len(columns) + len(FACTS) :] * VECTOR_SCALE * slope)
        bias.append(own.bias * slope + offset)
    used = np.flatnonzero(idf.any(axis=0))
    order = used[np.argsort(salted[used], kind="stable")]
    if len(heads) > 1 and not all((idf[0] == other).all() for other in idf):
        raise ValueError("heads of one probe must keep the same n-grams")
    return Probe(
        tuple(heads),
        salted[order],
        idf[0, order],
        weights[:, order].T.copy(),
        np.array(fact_weights).T,
        np.array(vector_weights, np.float32).T,
        np.array(bias),
        encoder,
        features_hash(),
    )


def out_of_fold(
    rows: pd.DataFrame,
    wanted: Mask,
    train: Callable[[npt.NDArray[np.int64]], Callable[[npt.NDArray[np.int64]], Floats]],
    models: npt.NDArray[np.int64] | None = None,
) -> Floats:
    """Logits of the wanted rows by models that saw neither their prompt nor, with `models`, any row of their group of models."""
    out = np.full(len(rows), np.nan)
    fold = rows["fold"].to_numpy()
    for k in range(FOLDS):
        for g in [-1] if models is None else np.unique(models[models >= 0]):
            test = np.flatnonzero(
                wanted & (fold == k) & ((models == g) if models is not None else True)
            )
            if len(test):
                others = (fold != k) & ((models != g) if models is not None else True)
                out[test] = train(np.flatnonzero(others))(test)
    return out


def embed(texts: Iterable[str], cache: Path) -> npt.NDArray[np.float32]:
    """Vectors by the packaged encoder, kept in `cache` (half precision, keyed by text)."""
    texts = list(texts)
    known: dict[str, int] = {}
    stored = np.zeros((0, 384), np.float16)
    if cache.exists():
        with np.load(cache) as file:
            known, stored = {str(k): i for i, k in enumerate(file["keys"])}, file["vectors"]
    keys = [digest(text) for text in texts]
    missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in known}
    if missing:
        fresh = Encoder(ENCODER).encode(list(missing.values())).astype(np.float16)
        known |= {k: len(stored) + i for i, k in enumerate(missing)}
        stored = np.vstack([stored, fresh])
        np.savez(cache, keys=np.array(list(known)), vectors=stored)
    return stored[[known[k] for k in keys]].astype(np.float32)


def wilson(hits: int, n: int) -> tuple[float, float, float]:
    """Share with Wilson's 95 % interval."""
    if not n:
        return (math.nan, math.nan, math.nan)
    z, p = 1.959964, hits / n
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def bootstrap(
    groups: Iterable[str], statistic: Callable[[npt.NDArray[np.int64]], float], repeats: int = 400
) -> tuple[float, float, float]:
    """A statistic of rows with a 95 % percentile interval, prompts drawn with replacement."""
    codes, _ = pd.factorize(np.asarray(list(groups)))
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    rng = np.random.default_rng(0)
    drawn = [
        statistic(
            np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        )
        for _ in range(repeats)
    ]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return statistic(np.arange(len(codes))), float(low), float(high)


def area(
    groups: npt.NDArray[Any], truth: Mask, scores: Floats, repeats: int = 400
) -> tuple[float, float, float]:
    """AUC of scores with its interval, prompts drawn with replacement."""

    def statistic(drawn: npt.NDArray[np.int64]) -> float:
        both = len(set(truth[drawn])) == 2
        return float(roc_auc_score(truth[drawn], scores[drawn])) if both else math.nan

    return bootstrap(groups, statistic, repeats)


def share(groups: npt.NDArray[Any], right: Mask) -> tuple[float, float, float]:
    """Share of true with its interval, prompts drawn with replacement."""
    return bootstrap(groups, lambda drawn: float(right[drawn].mean()))


def paired(
    rows: pd.DataFrame, flagged: Mask, base: Mask, candidate: Mask, on: str
) -> dict[str, float]:
    """Candidate minus base over the prompts that both answered, with a 95 % interval of the mean difference (by prompt)."""
    frame = pd.DataFrame({"on": rows[on].to_numpy(), "flag": flagged.astype(float)})
    sides = [frame[side].groupby("on").flag.mean() for side in (base, candidate)]
    both = pd.concat(sides, axis=1, keys=["base", "candidate"]).dropna()
    difference = both["candidate"] - both["base"]
    half = 1.96 * difference.std(ddof=1) / math.sqrt(len(both)) if len(both) > 1 else math.nan
    return {
        "prompts": len(both),
        "base": both["base"].mean(),
        "candidate": both["candidate"].mean(),
        "difference": difference.mean(),
        "low": difference.mean() - half,
        "high": difference.mean() + half,
    }


def platt(logits: Floats, labels: Floats) -> tuple[float, float]:
    """Slope and offset that make logits calibrated on these rows."""
    model = LogisticRegression(C=1e6, max_iter=1000).fit(logits[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def calibration_error(scores: Floats, labels: Floats, bins: int = 10) -> float:
    """Expected calibration error over equally filled bins."""
    order = np.array_split(np.argsort(scores, kind="stable"), bins)
    return float(
        sum(abs(scores[b].mean() - labels[b].mean()) * len(b) for b in order) / len(scores)
    )
