"""Paired data whose truth is known: yes/no answers, a judge of them, and whole studies."""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logminer import stats
from logminer.schemas import CATEGORIES, JUDGEMENTS, PROMPTS, RESPONSES, Table
from logminer.schemas.table import TEXT

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


def seeded(name: str) -> np.random.Generator:
    """Random numbers of a row's own, so that another row more or less does not change it."""
    return np.random.default_rng(zlib.crc32(name.encode()))


class Design(NamedTuple):
    """Answers of two checkpoints to the same prompts of users; rates and `agree` are shares in [0, 1].

    Each user has a rate for each checkpoint, drawn for each from a beta distribution about the checkpoint's own
    (beta-binomial answers). With chance `agree` a prompt is one that both answer alike, by the user's rate for the
    base; else each answers by its own. `icc` is the correlation of a user's differences in an A/A, at most 1 − agree;
    0 gives all users the same rates, so that prompts are independent.
    """

    users: int
    prompts: int  # of each user
    base: float
    candidate: float
    agree: float = 0.5
    icc: float = 0.0

    @property
    def difference(self) -> float:
        """The true one."""
        return self.candidate - self.base

    @property
    def rates(self) -> str:
        """For names of rows: '30pct', or '30pct_to_40pct'."""
        names = [f"{100 * rate:g}pct" for rate in (self.base, self.candidate)]
        return "_to_".join(dict.fromkeys(names))

    @property
    def codes(self) -> Codes:
        """The user of each prompt."""
        return np.repeat(np.arange(self.users), self.prompts)

    def draw(self, rng: np.random.Generator, repeats: int) -> tuple[Mask, Mask]:
        """Answers of base and candidate, each [repeats, users × prompts]."""
        shape = repeats, self.users, self.prompts
        rates = [self._of_users(rng, rate, repeats) for rate in (self.base, self._apart)]
        base, own = (rng.random(shape) < rate for rate in rates)
        candidate = np.where(rng.random(shape) < self.agree, base, own)
        return base.reshape(repeats, -1), candidate.reshape(repeats, -1)

    def counts(self, rng: np.random.Generator, repeats: int) -> Codes:
        """[repeats, 4] both, base only, candidate only, neither, of independent prompts."""
        base, own, apart = self.base, self._apart, 1 - self.agree
        both = self.agree * base + apart * base * own
        base_only, candidate_only = apart * base * (1 - own), apart * own * (1 - base)
        cells = [both, base_only, candidate_only, 1 - both - base_only - candidate_only]
        return rng.multinomial(self.users * self.prompts, cells, size=repeats)

    @property
    def _apart(self) -> float:
        """The candidate's rate on prompts that are not answered alike, which makes its rate on all as declared."""
        return self.base + self.difference / (1 - self.agree)

    def _of_users(self, rng: np.random.Generator, mean: float, repeats: int) -> Floats:
        shape = repeats, self.users, 1
        if self.icc == 0:
            return np.full(shape, mean)
        size = (1 - self.agree) / self.icc - 1
        return rng.beta(mean * size, (1 - mean) * size, shape)


class Judge(NamedTuple):
    """Sees each answer by itself, and errs."""

    sensitivity: float
    specificity: float

    def see(self, rng: np.random.Generator, truth: Mask) -> Mask:
        """What it says of answers, of the same shape."""
        return rng.random(truth.shape) < np.where(truth, self.sensitivity, 1 - self.specificity)

    def estimate(
        self, rng: np.random.Generator, positives: int = 200, negatives: int = 500
    ) -> stats.JudgeError:
        """Its error as found on so many labels of people."""
        found = rng.binomial(positives, self.sensitivity) / positives
        missed = rng.binomial(negatives, self.specificity) / negatives
        return stats.JudgeError(found, positives, missed, negatives)


def study_tables(
    design: Design, base: Mask, candidate: Mask, studies: int
) -> list[tuple[Table, pa.Table]]:
    """Tables of one database with `studies` pairs of checkpoints, a0 and b0, a1 and b1, …

    Args:
        base: [studies × categories, prompts].
        candidate: the same.
    """
    n = base.shape[1]
    prompts, categories = np.arange(n), np.arange(len(base) // studies).astype(str)
    answers = [
        (f"{arm}{study}-{prompt}", f"p{prompt}", f"{arm}{study}")
        for arm in "ab"
        for study in range(studies)
        for prompt in range(n)
    ]
    response_ids, prompt_ids, checkpoints = (np.array(c) for c in zip(*answers, strict=True))
    # From studies × categories × prompts to a row for each response.
    labels = np.concatenate(
        [arm.reshape(studies, -1, n).swapaxes(1, 2).reshape(-1) for arm in (base, candidate)]
    )
    columns: dict[Table, dict[str, Any]] = {
        PROMPTS: {
            "prompt_id": np.char.add("p", prompts.astype(str)),
            "conversation_id": np.char.add("c", prompts.astype(str)),
            "user_id": np.char.add("u", design.codes.astype(str)),
            "split": "inference",
            "turn_index": 0,
            "messages": [[]] * n,
            "language": "en",
            "attributes": [[("stratum", str(prompt // 2 % 4))] for prompt in prompts.tolist()],
            "n_redacted": 0,
        },
        CATEGORIES: {column.name: "-" for column in CATEGORIES.columns if column.type == TEXT}
        | {"category_id": categories, "direction": "worse", "found": False},
        RESPONSES: {
            "response_id": response_ids,
            "prompt_id": prompt_ids,
            "checkpoint": checkpoints,
            "sample_index": 0,
            "response": "-",
            "state": "answered",
            "thoughts_state": "none",
        },
        JUDGEMENTS: {
            "response_id": np.repeat(response_ids, len(categories)),
            "category_id": np.tile(categories, len(answers)),
            "scorer_identity": "-",
            "rubric_hash": "-",
            "channel": "response",
            "scorer": "judge",
            "label": np.where(labels, "yes", "no"),
        },
    }
    return [(table, filled(table, given)) for table, given in columns.items()]


def filled(table: Table, columns: dict[str, Any]) -> pa.Table:
    """Columns as arrays, the first of them, or as the one value of all rows; the others are null."""
    schema = pa.schema([pa.field(c.name, c.type) for c in table.columns])
    length = len(columns[schema.names[0]])

    def column(field: pa.Field) -> pa.Array:
        given = columns.get(field.name)
        if given is None or isinstance(given, str | int):
            return pa.repeat(pa.scalar(given, field.type), length)
        return pa.array(given, field.type)

    return pa.table([column(field) for field in schema], schema=schema)
