"""What is found once in a conversation is found everywhere in it, however it is written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.ids import Pseudonyms
from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.mentions.mentions import mentions
from logminer.privacy.mentions.spread import spread
from logminer.privacy.spans import Span

NAMES = ("Anna Kowalska", "Anna", "(Anna Kowalska)", "Anna-Maria Nowak", "Nowak", "Maria Nowak")
GLUE = ("", " ", "-", "x", "(", ")", " met ", "_")


class Counted(str):
    """A text that counts how often a piece is cut out of it."""

    cuts = 0

    def __getitem__(self, key: Any) -> str:
        Counted.cuts += 1
        return super().__getitem__(key)


def at(text: str, value: str, entity_type: str = "PERSON", score: float = 0.9) -> Span:
    start = text.index(value)
    return Span(start, start + len(value), entity_type, score)


def elsewhere(entity_type: str, value: str, text: str, score: float = 0.9) -> list[str]:
    """What is found in `text` where `value` was found in another one."""
    spans = spread([value, text], [[Span(0, len(value), entity_type, score)], []])[1]
    return [text[span.start : span.end] for span in spans]


# ---- what must go


@pytest.mark.parametrize(
    ("entity_type", "value", "text"),
    [
        ("PERSON", "Oksana Veldkamp", "oksana_veldkamp"),
        ("PERSON", "Oksana Veldkamp", "OKSANA-VELDKAMP"),
        ("PERSON", "Oksana Veldkamp", "oksanaVeldkamp"),
        ("PERSON", "Oksana Veldkamp", "oksana.veldkamp"),
        ("PERSON", "Oksana Veldkamp", "oksanaveldkamp"),
        ("PERSON", "Oksana Veldkamp", "Veldkamp, Oksana"),
        ("PERSON", "Oksana Veldkamp", "oksana"),
        ("PERSON", "Oksana Veldkamp", "oveldkamp"),
        ("PERSON", "Oksana Veldkamp", "O. Veldkamp"),
        ("PERSON", "Oksana Veldkamp", "oksanav"),
        ("PERSON", "Oksana Veldkamp", "V E L D K A M P"),
        ("PERSON", "Oksana Veldkamp", "O-k-s-a-n-a"),
        ("PERSON", "Oksana Veldkamp", "pmakdleV"),
        ("PERSON", "Joris van der Zwaag", "jorisvanderzwaag"),
        ("PERSON", "Joris van der Zwaag", "Van der Zwaag"),
        ("PERSON", "Siobhan O'Flannaghan", "oflannaghan"),
        ("PERSON", "Lucía Berríos", "lucia berrios"),
        ("PERSON", "王芳明", "王芳明"),
        ("LOCATION", "Upper Wexcombe", "upper_wexcombe"),
        ("ADDRESS", "17 Wexcombe Lane, Duluth 55802", "wexcombe"),
        ("ADDRESS", "48 Quernmore Mews, Lancaster LA1 3PN", "la1 3pn"),
        ("USERNAME", "@zorblax_q77", "zorblaxq77"),
        ("EMAIL_ADDRESS", "oksana.veldkamp@acme.test", "Oksana Veldkamp"),
        ("PHONE_NUMBER", "+48 601 234 567", "601-234-567"),
        ("PHONE_NUMBER", "+48 601 234 567", "0048601234567"),
        ("PHONE_NUMBER", "0601 234 567", "601234567"),
        ("US_SSN", "531-64-2919", "5 3 1 6 4 2 9 1 9"),
        ("ID", "0048-2917", "00482917"),
        ("ID", "5316", "5 3 1 6"),
        ("IBAN_CODE", "DE89370400440532013000", "0532013000"),
        ("IP_ADDRESS", "203.0.114.77", "203-0-114-77"),
        ("ORGANIZATION", "Grimsby Labs", "Grimsby Labs"),
    ],
)
def test_it_goes_in_every_spelling(entity_type: str, value: str, text: str) -> None:
    for written in (text, f"so {text}, then", f"see x/{text}/y", f"'{text}'"):
        assert elsewhere(entity_type, value, written) == [text]


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Veldkamp's and the Veldkamps", ["Veldkamp", "Veldkamp"]),
        ("#OksanaVeldkampWedding", ["OksanaVeldkamp"]),
        ("veldkampwedding", ["veldkamp"]),
        ("oksana 王 veldkamp_2", ["oksana", "veldkamp"]),
        ("我叫Veldkamp。", ["Veldkamp"]),
    ],
)
def test_a_name_goes_inside_what_is_made_with_it(text: str, gone: list[str]) -> None:
    assert elsewhere("PERSON", "Oksana Veldkamp", text) == gone


# ---- what must stay


@pytest.mark.parametrize(
    ("entity_type", "value", "text"),
    [
        ("PERSON", "Will Page", "the will page may fail"),
        ("PERSON", "Will Page", "Will you turn the Page?"),
        ("PERSON", "Will Page", "list:\n            Will you turn it?"),
        ("PERSON", "Rose Hill", "a rose on a hill"),
        ("PERSON", "Rose Hill", "pray"),
        ("PERSON", "Herman Fisher", "a fisherman"),
        ("PERSON", "Anna Stern", "a stern warning"),
        ("LOCATION", "Reading", "I like reading"),
        ("LOCATION", "France", "france"),
        ("ORGANIZATION", "Apple", "an apple"),
        ("NRP", "Polish", "polish it"),
        ("ID", "53167", "0.53167 and 1.53167e5"),
        ("ID", "12", "12 apples"),
        ("ID", "12345", "1, 2, 3, 4, 5"),
        ("AGE", "95", "95"),
        ("DATE_TIME", "3 May 1987", "may 3, 1988"),
    ],
)
def test_words_and_numbers_in_use_stay(entity_type: str, value: str, text: str) -> None:
    assert elsewhere(entity_type, value, text) == []


def test_a_guess_at_an_unknown_word_counts_as_it_stands() -> None:
    assert elsewhere("PERSON", "Zorblax", "Zorblax zorblax", score=0.85) == ["Zorblax"]
    assert elsewhere("PERSON", "Zorblax", "Zorblax zorblax", score=0.95) == ["Zorblax", "zorblax"]


def test_a_common_first_name_goes_inside_a_sentence() -> None:
    text = "Will said so. Will it rain? I asked Will; the Page is blank."
    spans = spread(["Will Page", text], [[Span(0, 9, "PERSON", 0.9)], []])[1]
    assert [span.start for span in spans] == [text.index("Will;")]


# ---- laws


@settings(deadline=None)  # the first call reads the lists of names
@given(st.lists(st.tuples(st.sampled_from(GLUE), st.sampled_from(NAMES)), max_size=8))
def test_no_name_is_left_and_spans_do_not_overlap(pieces: list[tuple[str, str]]) -> None:
    told = "I am (Anna Kowalska), and she Anna-Maria Nowak"
    names = [at(told, "(Anna Kowalska)"), at(told, "Anna-Maria Nowak")]
    text = "".join(glue + name for glue, name in pieces)
    found = spread([told, text], [names, []])
    edges = [0, *(edge for s in found[1] for edge in (s.start, s.end)), len(text)]
    assert edges == sorted(edges)
    left = "|".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
    whole = r"(?<![^\W_])(?:Anna|Kowalska|Maria|Nowak)(?![^\W_])"
    assert not re.search(whole, left)
    assert spread([told, text], found) == found


def test_what_was_found_stays_and_no_name_is_laid_over_it() -> None:
    told, text = "Anna Kowalska", "anna@x.org wrote to Anna-Kowalska, Anna"
    mail = Span(0, 10, "EMAIL_ADDRESS", 1.0)
    both = Span(20, 33, "ORGANIZATION", 0.85)
    found = spread([told, text], [[at(told, told)], [mail, both]])[1]
    assert found == [mail, both, Span(35, 39, "PERSON", 0.5)]


def test_a_value_has_one_type() -> None:
    told, text = "Oksana Veldkamp, 531642919", "in Veldkamp: 531642919"
    first = [at(told, "Oksana Veldkamp"), at(told, "531642919", "US_SSN")]
    second = [at(text, "Veldkamp", "LOCATION"), at(text, "531642919", "PHONE_NUMBER")]
    assert [s.entity_type for s in spread([told, text], [first, second])[1]] == ["PERSON", "US_SSN"]


def test_a_text_costs_by_its_length_however_many_people_are_named() -> None:
    letters = "abcdefghij"
    people = [f"Anna {a.upper()}{b}{c}ska" for a in letters for b in letters for c in letters]
    texts = [Counted(f"{name} and then Anna again") for name in people]
    found = [[Span(0, len(str(text).split(" and")[0]), "PERSON", 0.85)] for text in texts]
    Counted.cuts = 0
    assert all(len(spans) == 2 for spans in spread(texts, found))
    assert Counted.cuts < 20 * len(texts)


# ---- what travels


def test_digests_need_the_key_and_the_conversation_and_hold_no_value() -> None:
    values = [("PERSON", "Oksana Veldkamp", True), ("ID", "00482917", True)]
    tables = []
    for key, conversation in ((b"k", "c"), (b"o", "c"), (b"k", "d")):
        table = FoundValues.opened(Pseudonyms(32 * key, "p"), conversation)
        table.gather(values)
        tables.append(table.rows())
    digests = [{row["digest"] for row in rows} for rows in tables]
    assert len(digests[0]) > 10
    assert not digests[0] & digests[1]
    assert not digests[0] & digests[2]
    text = "oksana, 0048-2917"
    for other in (Pseudonyms(b"o" * 32, "p"), Pseudonyms(b"k" * 32, "q")):
        assert not list(mentions(text, FoundValues.opened(other, "c", tables[0])))
    kept = FoundValues.opened(Pseudonyms(b"k" * 32, "p"), "c", tables[0])
    assert [text[s.start : s.end] for s in mentions(text, kept)] == ["oksana", "0048-2917"]
    assert kept.rows() == tables[0]
    told = repr(tables[0]).casefold()
    assert not any(value in told for value in ("oksana", "veldkamp", "482917"))
