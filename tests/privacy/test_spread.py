"""Names that are found once are found everywhere in their conversation."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.privacy.spans import Span
from logminer.privacy.spread import spread

NAMES = ("Anna Kowalska", "Anna", "(Anna Kowalska)", "Anna-Maria Nowak", "Nowak", "Maria Nowak")
GLUE = ("", " ", "-", "x", "(", ")", " met ", "_")


class Counted(str):
    """A text that counts how often a piece is cut out of it."""

    cuts = 0

    def __getitem__(self, key: Any) -> str:
        Counted.cuts += 1
        return super().__getitem__(key)


def at(text: str, name: str, entity_type: str = "PERSON") -> Span:
    start = text.index(name)
    return Span(start, start + len(name), entity_type, 0.85)


@settings(deadline=None)  # the first call reads the lists of names
@given(st.lists(st.tuples(st.sampled_from(GLUE), st.sampled_from(NAMES)), max_size=8))
def test_the_longest_whole_words_are_taken(pieces: list[tuple[str, str]]) -> None:
    told = "I am (Anna Kowalska), and she Anna-Maria Nowak"
    names = [at(told, "(Anna Kowalska)"), at(told, "Anna-Maria Nowak")]
    text = "".join(glue + name for glue, name in pieces)
    values = ["(Anna Kowalska)", "Anna-Maria Nowak", "Kowalska", "Maria", "Nowak", "Anna"]
    plain = "|".join(re.escape(value) for value in values)
    expected = [m.span() for m in re.finditer(rf"(?<!\w)(?:{plain})(?!\w)", text)]
    found = spread([told, text], [names, []])[1]
    assert [(span.start, span.end) for span in found] == expected


def test_what_was_found_stays_and_no_name_is_laid_over_it() -> None:
    told, text = "Anna Kowalska", "anna@x.org wrote to Anna-Kowalska, Anna"
    mail = Span(0, 10, "EMAIL_ADDRESS", 1.0)
    both = Span(20, 33, "ORGANIZATION", 0.85)
    found = spread([told, text], [[at(told, told)], [mail, both]])[1]
    assert found == [mail, both, Span(35, 39, "PERSON", 0.5)]


def test_a_text_costs_by_its_length_however_many_people_are_named() -> None:
    letters = "abcdefghij"
    people = [f"Anna {a.upper()}{b}{c}ska" for a in letters for b in letters for c in letters]
    texts = [Counted(f"{name} and then Anna again") for name in people]
    found = [[Span(0, len(str(text).split(" and")[0]), "PERSON", 0.85)] for text in texts]
    Counted.cuts = 0
    assert all(len(spans) == 2 for spans in spread(texts, found))
    assert Counted.cuts < 10 * len(texts)
