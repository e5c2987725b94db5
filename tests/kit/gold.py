"""Texts whose identifiers are known."""

from __future__ import annotations

__all__ = ["ROWS"]


ROWS = [
    {"text": "My name is Anna Kowalska, mail me at anna@mail.test", "dataset": "letters", "language": "en",
     "spans": [{"start": 11, "end": 24, "entity_type": "PERSON", "text": "Anna Kowalska"}, {"start": 37, "end": 51, "entity_type": "EMAIL", "text": "anna@mail.test"}]},
    {"text": "Ich heiße Jürgen Vogel.", "dataset": "briefe", "language": "German",
     "spans": [{"start": 10, "end": 22, "entity_type": "PER", "text": "Jürgen Vogel"}]},
    {"text": "The soup was cold.", "dataset": "letters_2", "language": None,
     "spans": [{"start": 0, "end": 3, "entity_type": "PERSON", "text": "Anna"}]},
]  # fmt: skip
