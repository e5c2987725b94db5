"""The ways in which a planted value may have been written, by name."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["FORMS", "Form"]

Form = Literal[
    "as_is",
    "case_folded",
    "no_spaces",  # with others, or with none
    "separated",  # with other characters between its words, or between all its letters: snake_case, k-e-b-a-b
    "lookalike",  # accents left out, other alphabets' letters, full-width, figures of another script
    "reversed",
    "swapped",  # last name first
    "initials",  # first name as a letter: jdoe, doe-j
    "inserted",  # an initial or a particle between the names
    "digits_only",  # however grouped
    "national",  # a telephone number without its country's code, or with a zero or two in its place
    "spelled",  # figures as English words; at and dot of an e-mail address
    "url_encoded",
    "json_escaped",
    "html_escaped",
    "base64",
    "base32",
    "hex",
    "character_codes",  # decimal
    "rot13",
    "leet",
    "acrostic",  # the first letters of lines
    "hashed",  # without a key, in the usual ways
]
FORMS: tuple[Form, ...] = get_args(Form)
