"""What a message says to mend what it complains of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(name: object, known: Iterable[str], otherwise: str) -> str:
    """What a message says of a name that is not known: the one that is nearest to it, or where none is, `otherwise`."""
    near = difflib.get_close_matches(str(name), list(known), 1)
    return f"did you mean '{near[0]}'?" if near else otherwise
