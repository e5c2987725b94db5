"""Surrogates: replacements that read like what they stand for.

A surrogate is drawn by a keyed hash of (conversation, type, value). No map is kept, but for names how often was drawn
until nobody else had the name (`found`): the same person has the same surrogate in every turn, in every rerun and in
what a model says back, in whatever process that is anonymised; and another one in every other conversation. Without
the key nobody can test a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from logminer.ids import Pseudonyms
from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.surrogates import dates, numbers, people, phones, places, secrets
from logminer.privacy.surrogates.cells import cells, kind_in
from logminer.privacy.surrogates.drawing import Drawing, scrambled
from logminer.privacy.surrogates.escapes import through

__all__ = ["Surrogates"]

Maker = Callable[[Drawing, str], str]

_WHOLE = frozenset(("URL", "SECRET", "UUID", "CRYPTO"))  # in which a comma borders nothing


class Surrogates:
    """Surrogates of one conversation; see `Drawing` for the arguments."""

    def __init__(
        self, pseudonyms: Pseudonyms, conversation_id: str, found: FoundValues | None = None
    ) -> None:
        self._drawing = Drawing(pseudonyms, conversation_id, found)

    def __call__(self, entity_type: str, value: str) -> str:
        made = through(value, partial(self._by_cells, entity_type))
        if made and made.casefold() != value.casefold() and "<" not in made:
            return made
        return self._drawing.drawn(entity_type, value, partial(scrambled, value=value))

    def _by_cells(self, entity_type: str, value: str) -> str:
        parts = [value] if entity_type in _WHOLE else cells(value)
        if len(parts) == 1:
            return self._made(entity_type, value)
        return "".join(
            part if place % 2 or not part else self._made(kind_in(part, entity_type), part)
            for place, part in enumerate(parts)
        )

    def _made(self, entity_type: str, value: str) -> str:
        make = _MAKERS.get(entity_type) or partial(numbers.identifier, kind=entity_type)
        return make(self._drawing, value)


def _card(drawing: Drawing, value: str) -> str:
    return numbers.unproven(drawing, "CREDIT_CARD", value)


def _iban(drawing: Drawing, value: str) -> str:
    return numbers.unproven(drawing, "IBAN_CODE", value)


_MAKERS: dict[str, Maker] = {
    "PERSON": people.person,
    "USERNAME": people.person,
    "LOCATION": places.location,
    "ADDRESS": places.address,
    "COORDINATES": places.coordinates,
    "AGE": people.age,
    "ORGANIZATION": people.organization,
    "NRP": people.nrp,
    "EMAIL_ADDRESS": people.email,
    "PHONE_NUMBER": phones.phone,
    "CREDIT_CARD": _card,
    "IBAN_CODE": _iban,
    "US_SSN": numbers.ssn,
    "IP_ADDRESS": numbers.ip,
    "MAC_ADDRESS": numbers.mac,
    "URL": people.url,
    "DATE_TIME": dates.date,
    "SECRET": secrets.secret,
}
