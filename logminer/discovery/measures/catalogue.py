"""All measures, in the order in which they are listed."""

from __future__ import annotations

from logminer.discovery.measures.form import FORM
from logminer.discovery.measures.manner import MANNER
from logminer.discovery.measures.markup import MARKUP
from logminer.discovery.measures.tongue import TONGUE

__all__ = ["MEASURES"]

MEASURES = (*FORM, *MARKUP, *TONGUE, *MANNER)
