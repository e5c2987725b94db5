"""What is measured of a text, by the texts that show it."""

from __future__ import annotations

import pytest

from logminer.discovery.measures.catalogue import MEASURES
from logminer.discovery.measures.reading import read_text

OF = {measure.name: measure for measure in MEASURES}


def value(name: str, text: str, language: str = "en") -> float:
    return OF[name].of(read_text(text, language))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("words", "It's a well-known fact.", 5),
        ("words", "日本語です", 5),
        ("words", "สวัสดี", 4),  # letters; their vowel signs are no words
        ("words", "नमस्ते दुनिया", 2),
        ("paragraphs", "One.\n\nTwo.\n \nThree.", 3),
        ("sentence_length", "One two. Three four five six? At 3.5 it is.", 11 / 3),
        ("upper_case", "ABcd 12", 0.5),
        ("upper_case", "ПРивет ΑΒγδ", 4 / 10),
        ("upper_case", "日本語", 0),
        ("non_latin", "ab вг", 0.5),
        ("digits", "a1b2", 0.5),
        ("questions", "Really??? Is it?", 2),
        ("questions", "本当ですか？", 1),
        ("exclamations", "Wow!! Yes!", 2),
        ("dashes", "one — two – three - four", 2),
        ("quotes", '“one” and «two» and "three" and 「四」', 4),
        ("distinct_words", "the cat the dog", 3 / 4),
        ("repetition", "a b c d a b c d", 1 / 5),
    ],
)
def test_numbers(name: str, text: str, expected: float) -> None:
    assert value(name, text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "shows", "does_not"),
    [
        ("emoji", "Done 🎉", "Done :)"),
        ("lists", "Take:\n- one\n- two", "Take - one\n- or two"),
        ("numbered_lists", "1. one\n2. two", "In 1984. It was\n2 years"),
        ("headings", "## Title\ntext", "issue #1 and #2"),
        ("bold", "a **word** here", "2 ** 3 ** 4"),
        ("tables", "| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n-- c"),
        ("code", "```\nx = 1\n```", "`x`"),
        ("formulas", r"thus \(x^2\)", r"C:\temp and $5"),
        ("links", "see https://example.org", "see the page"),
        ("citations", "as shown (Smith & Doe, 2019)", "in 2019 (or later)"),
        ("citations", "as shown [3, 4].", "x = a[3]"),
        ("ends_open", "and so the next step is", "and so it ends.**"),
        ("apology", "Well, I’m sorry.", "A sorrysome thing"),
        ("apology", "大変申し訳ございません。", "大変ありがとう"),
        ("says_ai", "As an AI, I have no body.", "As an aide I have."),
        ("opens_with_agreement", "**Sure!** Here it is", "It is sure"),
        ("opens_with_apology", "I'm so sorry, but no.", "No. One should not do that. Sorry."),
        ("opens_with_refusal", "I'm sorry, but I can't help.", "I'm sorry that it rains"),
        ("opens_with_question", "What do you mean? I ask.", "I ask. What do you mean?"),
        ("closes_with_offer", "Yes. Let me know if it works!", "Let me know. " + "x " * 60),
        ("closes_with_question", "Done. Would you like *more?* 😊", "Would you? Done."),
    ],
)
def test_what_a_response_does_or_not(name: str, shows: str, does_not: str) -> None:
    assert (value(name, shows), value(name, does_not)) == (1, 0)


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("en", "El perro come la carne en la cocina y el gato duerme toda la tarde al sol.", 1),
        ("en", "The dog eats the meat in the kitchen and the cat sleeps in the sun.", 0),
        ("es", "The dog eats the meat in the kitchen and the cat sleeps in the sun.", 1),
        ("en", "Paris.", 0),
        ("ja", "犬は台所で肉を食べて、猫は日なたで午後いっぱい眠ります。", 0),
        ("ja", "The dog eats the meat in the kitchen and the cat sleeps in the sun.", 1),
    ],
)
def test_the_language_is_held_against_the_prompts(asked: str, text: str, expected: int) -> None:
    assert value("other_language", text, asked) == expected


@pytest.mark.parametrize(
    "text", ["", " \n ", "?", "😊", "\ud800", "<PERSON>", "a" * 5000, "\n" * 99]
)
def test_every_text_has_every_number(text: str) -> None:
    for measure in MEASURES:
        found = measure.of(read_text(text, None))
        assert found >= 0
        assert found <= 1 or not measure.is_share
    assert len(OF) == len(MEASURES)
