"""What is compared with what, and which changes were declared negligible."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from logminer.spec import Spec

__all__ = ["CompareOptions", "Margin"]


class Margin(Spec):
    """The largest change declared to be negligible, before judging. With `ratio`, both must hold.

    Attributes:
        absolute: of a share, as in .03 for three points.
        ratio: of the risk ratio, either way; null: none.
    """

    absolute: float = Field(gt=0, lt=1)
    ratio: float | None = Field(None, gt=1)


def _spelt_out(margin: Any) -> Any:
    """`refusal: 0.03` is short for `refusal: {absolute: 0.03}`."""
    return {"absolute": margin} if isinstance(margin, int | float) else margin


class CompareOptions(Spec):
    """What is compared with what, by which unit, and which changes are declared negligible.

    Attributes:
        pairs: (base, candidate); none: the first checkpoint as base against each other one.
        margins: by category, `clusters` for all of them.
        strata: `language`, `month` (of the conversation, such as 2026-04), and attributes that the source keeps.
        only: category → the stratum of prompts on which alone there is such a thing, as in
            `{over_refusal: prompt_is_safe=true}`; on the others nothing is compared, and they count in no rate.
        secondary: categories, and names of strata, that are shown with interval and `p`, and have no verdict: nothing else pays
            for them, as it does for each that is tested.
        cluster_by: what answers hang together in: `user`, or an attribute.
        weight: what has one vote. `prompt`: rates are shares of the prompts, so a unit counts as often as it asks. `unit`:
            they are means over the units of `cluster_by`, each of which counts once: what a typical user sees, and another
            figure wherever those who ask much are answered otherwise.
        alpha: 1 − the confidence of intervals, and the share of false findings.
        chain: checkpoints in the order of training, `logged` too: what did each stage bring?
        pretraining: the first of `chain`, where it had nothing but pretraining; null: where its name begins with
            `pretrain`.
        noise_floor: draw the base's answers twice, and show what chance alone does.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    margins: dict[str, Annotated[Margin, BeforeValidator(_spelt_out)]] = {}
    strata: tuple[str, ...] = ()
    only: dict[str, str] = {}
    secondary: tuple[str, ...] = ()
    cluster_by: str = "user"
    weight: Literal["prompt", "unit"] = "prompt"
    alpha: float = Field(0.05, gt=0, lt=0.5)
    chain: tuple[str, ...] = ()
    pretraining: str | None = None
    noise_floor: bool = False

    @model_validator(mode="after")
    def _margins_are_of_what_is_tested(self) -> CompareOptions:
        if both := [name for name in self.secondary if name in self.margins]:
            raise PydanticCustomError(
                "secondary",
                "secondary: '{name}' has a margin, and what is secondary has no verdict: leave out one of the two",
                {"name": both[0]},
            )
        return self

    @model_validator(mode="after")
    def _strata_of_categories(self) -> CompareOptions:
        for category, stratum in self.only.items():
            name, equals, _ = stratum.partition("=")
            if not equals or name not in self.strata:
                raise PydanticCustomError(
                    "only",
                    "only.{category}: '{stratum}' is no stratum: write NAME=VALUE, and NAME under `strata`",
                    {"category": category, "stratum": stratum},
                )
        return self
