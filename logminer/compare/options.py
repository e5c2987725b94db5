"""What is compared with what, and which changes were declared negligible."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from logminer.spec import Spec

__all__ = ["CompareOptions", "Margin"]


class Margin(Spec):
    """The largest change declared to be negligible, before judging. With `ratio`, both must hold."""

    absolute: float = Field(gt=0, lt=1)
    ratio: float | None = Field(None, gt=1)


def _spelt_out(margin: Any) -> Any:
    """`refusal: 0.03` is short for `refusal: {absolute: 0.03}`."""
    return {"absolute": margin} if isinstance(margin, int | float) else margin


class CompareOptions(Spec):
    """What is compared with what, by which unit, and which changes are declared negligible."""

    pairs: tuple[tuple[str, str], ...] = ()
    margins: dict[str, Annotated[Margin, BeforeValidator(_spelt_out)]] = {}
    strata: tuple[str, ...] = ()
    cluster_by: str = "user"
    alpha: float = Field(0.05, gt=0, lt=0.5)
    noise_floor: bool = False  # draw the base's answers twice, and show what chance alone does
