"""How many tokens prompts are, from how long they are: fitted to prompts that were counted, or a rule of thumb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize

from logminer.sampling.census import PromptSize

__all__ = ["THUMB", "TokenModel", "fit_tokens"]

LEAST = 8  # counted prompts that a fit needs


class TokenModel(NamedTuple):
    """Tokens = `prompt` + `message` × messages + `ascii` × characters + `other` × characters; all ≥ 0."""

    prompt: float
    message: float
    ascii: float
    other: float

    def tokens(self, prompts: int, total: PromptSize) -> float:
        """Of `prompts` prompts with these sums."""
        return (
            self.prompt * prompts
            + self.message * total.messages
            + self.ascii * total.ascii
            + self.other * total.other
        )


# English at four characters a token, other scripts at a bit more than one, four tokens of template a message.
THUMB = TokenModel(0.0, 4.0, 0.25, 0.8)


def fit_tokens(sizes: Sequence[PromptSize], tokens: Sequence[int]) -> TokenModel | None:
    """The model that fits counted prompts best, with their sum kept; None where too few were counted.

    Least squares with coefficients that are not negative, on prompts weighted by the inverse of their length, so that
    the long ones do not decide alone.
    """
    if len(sizes) < LEAST:
        return None
    features: npt.NDArray[np.float64] = np.array([[1.0, *size] for size in sizes])
    counted = np.asarray(tokens, np.float64)
    weight = 1.0 / np.sqrt(1.0 + counted)
    found, _ = optimize.nnls(features * weight[:, None], counted * weight)
    total = float((features @ found).sum())
    if total <= 0:
        return TokenModel(float(counted.mean()), 0.0, 0.0, 0.0)
    return TokenModel(*(float(c) for c in found * counted.sum() / total))
