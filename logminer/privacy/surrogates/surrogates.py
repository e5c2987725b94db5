"""Surrogates: replacements that read like what they stand for.

A surrogate is drawn by a keyed hash of (conversation, type, value). No map is kept: the same person has the same
surrogate in every turn, in every rerun and in what a model says back, in whatever process that is anonymised; and
another one in every other conversation. Without the key nobody can test a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from logminer.ids import Pseudonyms
from logminer.privacy.surrogates import dates, numbers, people, places, secrets
from logminer.privacy.surrogates.drawing import Drawing, scrambled

__all__ = ["Surrogates"]

Maker = Callable[[Drawing, str], str]


class Surrogates:
    """Surrogates of one conversation; see `Drawing` for the arguments."""

    def __init__(
        self, pseudonyms: Pseudonyms, conversation_id: str, raw: Iterable[str] = ()
    ) -> None:
        self._drawing = Drawing(pseudonyms, conversation_id, raw)

    def __call__(self, entity_type: str, value: str) -> str:
        make = _MAKERS.get(entity_type)
        if make is not None:
            return make(self._drawing, value)
        return self._drawing.drawn(entity_type, value, partial(scrambled, value=value))


def _card(drawing: Drawing, value: str) -> str:
    return numbers.unproven(drawing, "CREDIT_CARD", value)


def _iban(drawing: Drawing, value: str) -> str:
    return numbers.unproven(drawing, "IBAN_CODE", value)


_MAKERS: dict[str, Maker] = {
    "PERSON": people.person,
    "USERNAME": people.person,
    "LOCATION": places.location,
    "ADDRESS": places.address,
    "AGE": people.age,
    "ORGANIZATION": people.organization,
    "NRP": people.nrp,
    "EMAIL_ADDRESS": people.email,
    "PHONE_NUMBER": numbers.phone,
    "CREDIT_CARD": _card,
    "IBAN_CODE": _iban,
    "IP_ADDRESS": numbers.ip,
    "URL": people.url,
    "DATE_TIME": dates.date,
    "SECRET": secrets.secret,
}
