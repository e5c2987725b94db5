"""Names, addresses and numbers that prove nothing by themselves are found, and ordinary text is left alone."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.privacy.finders.finding import find_more
from logminer.privacy.policy.profiles import is_removed
from logminer.privacy.spans import CERTAIN


def found(text: str, language: str = "en", profile: str = "strict") -> set[tuple[str, str]]:
    spans = [s for s in find_more(text, language) if is_removed(profile, s, text)]  # type: ignore[arg-type]
    return {(s.entity_type, text[s.start : s.end]) for s in spans}


def covered(text: str, value: str, language: str = "en", profile: str = "balanced") -> bool:
    """Whether every letter and digit of `value` lies in what the profile removes."""
    spans = [s for s in find_more(text, language) if is_removed(profile, s, text)]  # type: ignore[arg-type]
    start = text.index(value)
    return all(
        any(s.start <= i < s.end for s in spans)
        for i in range(start, start + len(value))
        if text[i].isalnum()
    )


# ---- names
NAMES = [
    ("hi, i'm anna k.", "anna", "en"),
    ("my name is tom", "tom", "en"),
    ("My name's Quionia", "Quionia", "en"),
    ("Best regards,\nTom Zulu", "Tom Zulu", "en"),
    ("Hello Jordany, how are you?", "Jordany", "en"),
    ("I met Dr. Ruoho there", "Dr. Ruoho", "en"),
    ("Name:    Patricia Sleutjes\nAge: 5", "Patricia Sleutjes", "en"),
    ("Patient: Iñigo de la Vega", "Iñigo de la Vega", "en"),
    ("we should add christine fiorentino as guardian", "christine fiorentino", "en"),
    ("so ANNA KOWALSKI signed it", "ANNA KOWALSKI", "en"),
    ("as Kowalska Anna wrote", "Kowalska Anna", "en"),
    ("I would like to remove my kid Marie from it", "Marie", "en"),
    ("Jill: I'm Jane's daughter", "Jane", "en"),
    ("His Excellency Vladimir Nabokov spoke", "Vladimir Nabokov", "en"),
    ("then Verda lives there", "Verda", "en"),
    ("we saw Daenerys Targaryen there", "Daenerys Targaryen", "en"),
    ("Ich heiße Jürgen Vogel.", "Jürgen Vogel", "de"),
    ("Me llamo Iñigo Montoya", "Iñigo Montoya", "es"),
    ("Médico: Félix Sánchez Ugena NºCol: 06 06 51241.", "Félix Sánchez Ugena", "es"),
    ("je m'appelle Élodie Durand", "Élodie Durand", "fr"),
    ("mi chiamo Giulia Rossi", "Giulia Rossi", "it"),
    ("meu nome é João Silva", "João Silva", "pt"),
    ("nazywam się Zofia Nowak", "Zofia Nowak", "pl"),
    ("ik heet Sanne de Vries", "Sanne de Vries", "nl"),
    ("thanks @anna_k92, see you", "@anna_k92", "en"),
    ("my discord is zed.k44 btw", "zed.k44", "en"),
    ("username: quux77", "quux77", "en"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "language"), NAMES)
def test_names(text: str, name: str, language: str) -> None:
    assert covered(text, name, language)


@pytest.mark.parametrize(
    "text",
    [
        "May I ask? Will it work? I hope so. In May or June we may go; Rose petals and a Sage dressing.",
        "Preheat the oven. Add 2 cups of flour, 1 tbsp basil and 3 eggs. Mix well and bake for 20 minutes at 180 C.",
        "I am Sorry. This is Great. Dear all, hello everyone. Thanks, Best regards, Your Team",
        "the effects of Parkinson's disease and Down syndrome; Newton's law; Bayes theorem; Dijkstra's algorithm",
        "@property\ndef name(self):\n    return self._name",
        "import { Component } from '@angular/core';\n@Component({selector: 'app'})\nclass App {}",
        "@media (max-width: 600px) { .a { color: red } } /* @param x the value */",
        "    mov r0, #1   @ Save the address\n    bl loop      @ Call it",
        "class UserName(BaseModel):\n    first_name: str = Field(...)\n    last_name: str",
        "Use Python, Java or Ruby with Docker on Linux; GitHub Actions runs pytest.",
        "| Alabama | 48 |\n| Alaska | 17 |\n| Arizona | 68 |",
        "## Introduction To Machine Learning\n### Key Concepts And Main Ideas",
        "The French and the Germans met in Europe; China, Russia and the United States of America did not.",
        "version 10.4.2, build 20240315, id 550e8400-e29b-41d4-a716-446655440000, port 8080, 1 234 567 rows",
        "x = [374, 780, 163]; total = 12 345 678; y = 3.14159; range(100, 2000)",
        "What happened in June 1989 in the main square?",
        "Step 1: Open the file. Step 2: Read 100 lines. Step 3: Close it.",
        "in 2019 there were 1,500 cases; in the 1990s 300 a year, 5 of 12 in March",
    ],
)  # fmt: skip
def test_balanced_leaves_ordinary_text_alone(text: str) -> None:
    assert found(text, profile="balanced") == set()


def test_common_words_are_names_only_in_company() -> None:
    assert found("Will Paris win? Grace and Hope", profile="balanced") == set()
    for name in ("Grace Kowalski", "Mark Zimmerman", "Rose Fernandez"):
        assert covered(f"I asked {name} about it", name)


def test_strict_guesses_from_a_capital_inside_a_sentence() -> None:
    text = "Unlike the Takuda novel, it told of the Golden Helix Orchestra in Kwaxuma."
    values = {value for _, value in found(text)}
    assert {"Takuda", "Kwaxuma", "Golden Helix Orchestra"} <= values
    assert found(text, profile="balanced") == set()
    assert ("LOCATION", "edewecht") in found("celebrating its 10th year in edewecht, they came")
    assert {("NRP", "cambodian"), ("LOCATION", "United Kingdom")} <= found(
        "I am cambodian but I live in United Kingdom."
    )


# ---- addresses
ADDRESSES = [
    ("I live at 12 Main Street, Springfield, IL 62704 with my dog.", "12 Main Street, Springfield, IL 62704", "en"),
    ("Ship it to 1600 N. Elm Ave Apt. 5B, Portland, OR 97201 please", "1600 N. Elm Ave Apt. 5B, Portland, OR 97201", "en"),
    ("Write to P.O. Box 149 today", "P.O. Box 149", "en"),
    ("we meet at the corner of Oak Street and Pine Road at noon", "the corner of Oak Street and Pine Road", "en"),
    ("My address:\n353 Buerlia 227\n Apt. 391\n Sandefjord\n Norway 66455\nThanks", "353 Buerlia 227\n Apt. 391\n Sandefjord\n Norway 66455", "en"),
    ("36 folkestone road\nsuite 482\nwincle\nspain 63488", "36 folkestone road\nsuite 482\nwincle\nspain 63488", "en"),
    ("PSC 2581, Box 0041\nAPO AP 32376", "PSC 2581, Box 0041\nAPO AP 32376", "en"),
    ("they moved to 10 Downing Street, London SW1A 2AA last year", "10 Downing Street, London SW1A 2AA", "en"),
    ("Ich wohne in der Hauptstraße 5, 10115 Berlin.", "Hauptstraße 5, 10115 Berlin", "de"),
    ("j'habite 5 rue de la Paix, 75002 Paris", "5 rue de la Paix, 75002 Paris", "fr"),
    ("Domicilio: C/ Molineros, 28, 6, A.", "C/ Molineros, 28, 6, A", "es"),
    ("vivo en Calle Mayor 12, Madrid", "Calle Mayor 12, Madrid", "es"),
    ("abito in Via Roma 131", "Via Roma 131", "it"),
    ("mieszkam przy ul. Cicha 86", "ul. Cicha 86", "pl"),
    ("woont op Prinsengracht 263", "Prinsengracht 263", "nl"),
    ("my zip code is 76400", "76400", "en"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "address", "language"), ADDRESSES)
def test_addresses(text: str, address: str, language: str) -> None:
    assert covered(text, address, language)
    spans = [s for s in find_more(text, language) if s.entity_type in ("ADDRESS", "LOCATION")]
    outside = text.replace(address, "")
    assert not any(text[s.start : s.end] in outside for s in spans if s.score > 0.5)


def test_an_address_ends_where_the_sentence_does() -> None:
    text = "I moved to 12 Main Street. My dog likes it.\nPlease call me."
    assert ("ADDRESS", "12 Main Street") in found(text, profile="balanced")
    assert ("ADDRESS", "412 Oak Ave") in found("see 412 Oak Ave. Call today", profile="balanced")
    assert ("ADDRESS", "12 Oak Ave. Apt. 5") in found(
        "at 12 Oak Ave. Apt. 5 now", profile="balanced"
    )
    assert not any(
        kind == "ADDRESS"
        for kind, _ in found("in 2000, Al Gore won; June 4, 1989 in Tiananmen Square")
    )


# ---- numbers
NUMBERS = [
    ("They're not answering at 374 780 163", "374 780 163"),
    ("50-98-28-96-Office, (227)664-8546x506-Fax", "50-98-28-96"),
    ("50-98-28-96-Office, (227)664-8546x506-Fax", "(227)664-8546x506"),
    ("text me: 0489 25 37 29", "0489 25 37 29"),
    ("born on 3.4.1990 in a hurry", "3.4.1990"),
    ("on March 3rd, 1987 it rained", "March 3rd, 1987"),
    ("When: 1992-02-20 22:50:54", "1992-02-20 22:50:54"),
    ("she is 93 years old", "93 years old"),
    ("my MRN is 0047-1123", "0047-1123"),
    ("Passport no. X1234567 expires", "X1234567"),
    ("account number: 99887766 at the bank", "99887766"),
    ("SSN 536-90-4399", "536-90-4399"),
    ("licence plate: KA-51-4471", "KA-51-4471"),
]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers(text: str, number: str) -> None:
    assert covered(text, number)


def test_dates_and_ages_by_profile() -> None:
    for text, value in (("on Oct 5 we met", "Oct 5"), ("el 17 de mayo de 2006", "17 de mayo de 2006"), ("am 3. April", "3. April"), ("he turned 60", "60"), ("a 28 year old woman", "28 year old")):  # fmt: skip
        assert covered(text, value, profile="strict"), value
    assert found("on Oct 5 he turned 60", profile="balanced") == set()


# ---- any text
ANYTHING = st.text(
    alphabet=st.sampled_from("aAnN Züß19@.,:;-/'’\"()\n\\#_=łЖ中ß%")
    | st.characters(exclude_categories=("Cs",)),
    max_size=200,
)
PIECES = st.lists(
    st.sampled_from(["Anna ", "Kowalska", " 12 Main Street", "Apt. 5\n", "my name is ", "in ", "May ", "3.4.1990 ", "@tom ", "Name: ", "rue de ", "C/ ", ", ", ". ", "\n", "s/n ", "x", "O'Neil's ", "the corner of ", " and ", "United ", "States ", "MRN: ", "47 years old "]),
    max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(ANYTHING | PIECES, st.sampled_from(["en", "de", "es", "ja", "sw"]))
def test_spans_lie_in_the_text_and_hold_something(text: str, language: str) -> None:
    spans = find_more(text, language)
    assert spans == find_more(text, language)
    assert all(a <= b for a, b in pairwise(spans))
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        assert 0 < span.score < CERTAIN
        assert any(c.isalnum() for c in text[span.start : span.end])


HOSTILE = [
    "a", "A", "1", " ", "\n", "@", ".", "'", "a'", "A ", "Aa ", "1 ", "1-", "1. ", "(1) ", "Mr. ", "de ", "A de ", "Apt. 5, ", "12 Main ", "12 Main Street\n",
    "in ", "from A", "name: ", "name:A ", "Name: Anna\n", "the corner of ", "corner of A and ", "rue ", "C/", "@a ", "@a\n", "id 1234 ", "id: ", "MRN-1", "1/1/", "3 May ", "May 3, ",
    "+1 ", "+1(", "2020-01-01 ", "address is ", "address: 1 ", "Aa-", "AA AA ", "United ", "zip ", "A1 1AA ", "username is ", "é ", "Ж ", "{", "\\n ", "a,\n", "1,", "x:", "Hospital de A ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_no_text_takes_more_than_its_length(unit: str) -> None:
    find_more(unit * 10, "en")

    def cost(count: int) -> float:
        text = unit * (count // len(unit))
        began = time.process_time()
        find_more(text, "en")
        return time.process_time() - began

    short = max(min(cost(3_000) for _ in range(2)), 0.005)
    assert min(cost(24_000) for _ in range(2)) < 8 * 3 * short
