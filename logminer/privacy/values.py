"""Single values that stand beside a conversation: attributes, and the model of the log."""

from __future__ import annotations

import re

from logminer.errors import LogminerError
from logminer.privacy import names
from logminer.privacy.detect import Detector
from logminer.privacy.patterns import find_all
from logminer.privacy.redact import as_utf8

__all__ = ["REDACTED_VALUE", "Values"]

REDACTED_VALUE = "redacted"  # stands for an attribute's value that holds personal data
_MODEL_NAME = re.compile(r"[\w./:+@ ()-]{1,120}")
_TOPICAL = ("LOCATION", "ORGANIZATION", "NRP", "DATE_TIME")


class Values:
    """Looks at values, each once.

    Args:
        detector: what finds personal data.
        first: the language that values count as.
    """

    def __init__(self, detector: Detector, first: str) -> None:
        self._detector, self._first = detector, first
        self._values: dict[str, str] = {}

    def attribute(self, value: str) -> str:
        """An attribute's value, or `redacted` where it names or reaches a person. Looked at once each."""
        if value not in self._values:
            self._values[value] = REDACTED_VALUE if self._is_personal(value) else value
        return self._values[value]

    def _is_personal(self, value: str) -> bool:
        words = re.findall(r"[^\W\d_]+", value.casefold())
        if len(words) > 1 and names.first_names().pool(words[0]) and names.is_listed(words[-1]):
            return True  # attributes are in small letters, in which the model finds no names
        try:
            (spans,) = self._detector.detect([(as_utf8(value), self._first)])
        except LogminerError:  # the first language has no model
            return bool(find_all(value))
        except Exception:
            return True
        named = any(
            names.is_listed(word) for word in words
        )  # else the model guesses at a bare word
        return any(
            s.entity_type not in _TOPICAL and (s.entity_type != "PERSON" or named) for s in spans
        )

    def model_name(self, value: str | None) -> str | None:
        """The model of the log where it looks like a model's name, else null."""
        return value if value and _MODEL_NAME.fullmatch(value) and not find_all(value) else None
