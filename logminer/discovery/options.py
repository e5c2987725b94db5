"""What is looked for unasked."""

from __future__ import annotations

from pydantic import Field

from logminer.spec import Spec, incidental

__all__ = ["DiscoverOptions"]


class DiscoverOptions(Spec):
    """What is looked for unasked.

    Attributes:
        phrases: for each pair, channel and position, so many are tested at most; 0: none.
        features: whether measures of form are compared.
        min_people: who must have been told a phrase before it is shown.
    """

    phrases: int = Field(40, ge=0, le=1000)
    features: bool = True
    min_people: int = incidental(3, ge=2)
