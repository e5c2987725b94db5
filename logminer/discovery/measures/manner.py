"""How one speaks to whom: by words in English, German, Spanish and French, and the usual phrases in these, Japanese and Chinese.

In other languages they are 0.
"""

from __future__ import annotations

from functools import partial

from logminer.discovery.measures.form import share
from logminer.discovery.measures.measure import RESPONSES, Measure
from logminer.discovery.measures.reading import ReadText
from logminer.discovery.measures.sayings import OPENINGS, Saying, find_sayings
from logminer.discovery.measures.wording import Kind

__all__ = ["MANNER"]

FIRST_WORDS = 6  # in which an opening apologises, whatever stands before it
LAST_WORDS = 40  # in which an answer takes its leave


def _words(kind: Kind, text: ReadText) -> float:
    return share(text.kinds[kind], len(text.words))


def _says(saying: Saying, text: ReadText) -> float:
    return float(saying in text.sayings)


def _opens(saying: Saying, text: ReadText) -> float:
    return float(text.joined.startswith(OPENINGS[saying]))


def _says_in(saying: Saying, start: int | None, stop: int | None, text: ReadText) -> float:
    """Whether it is among some of the words."""
    if saying not in text.sayings:
        return 0.0
    words = text.words[start:stop]
    return float(saying in find_sayings(set(words), f" {' '.join(words)} "))


def _closing_question(text: ReadText) -> float:
    # Emoji, quotation marks and markup may stand after it.
    last = next(
        (char for char in reversed(text.raw[-20:]) if char.isalnum() or char in "?？؟.。!！:…"), ""
    )
    return float(bool(last) and last in "?？؟")


def _opening_question(text: ReadText) -> float:
    if not text.sentences:
        return 0.0
    after = text.raw[len(text.sentences[0]) :].lstrip()[:1]
    return float(bool(after) and after in "?？؟")


MANNER = (
    Measure(
        "first_person", "share of words", "I, me, my, we, our …", partial(_words, Kind.FIRST_PERSON)
    ),
    Measure("second_person", "share of words", "you, your …", partial(_words, Kind.SECOND_PERSON)),
    Measure(
        "hedges",
        "share of words",
        "hedges (perhaps, might, generally …)",
        partial(_words, Kind.HEDGE),
    ),
    Measure(
        "superlatives",
        "share of words",
        "superlatives (best, very, always …)",
        partial(_words, Kind.INTENSE),
    ),
    Measure("feelings", "share of words", "words of feeling", partial(_words, Kind.FEELING)),
    Measure(
        "politeness",
        RESPONSES,
        "says please, thanks or welcome",
        lambda t: float(t.kinds[Kind.POLITE] > 0),
    ),
    Measure("apology", RESPONSES, "apologises", partial(_says, Saying.APOLOGY)),
    Measure(
        "says_ai", RESPONSES, "says that it is an AI or a language model", partial(_says, Saying.AI)
    ),
    Measure(
        "disclaimers",
        RESPONSES,
        "sends to a professional, or disclaims advice",
        partial(_says, Saying.DISCLAIMER),
    ),
    Measure(
        "warnings",
        RESPONSES,
        "warns, or says what is important to note",
        partial(_says, Saying.WARNING),
    ),
    Measure(
        "opens_with_agreement",
        RESPONSES,
        "opens with 'Sure', 'Of course' …",
        partial(_opens, Saying.AGREEMENT),
    ),
    Measure(
        "opens_with_praise",
        RESPONSES,
        "opens with praise of the question or the user",
        partial(_opens, Saying.PRAISE),
    ),
    Measure(
        "opens_with_apology",
        RESPONSES,
        "opens with an apology",
        partial(_says_in, Saying.APOLOGY, None, FIRST_WORDS),
    ),
    Measure(
        "opens_with_refusal", RESPONSES, "opens with a refusal", partial(_opens, Saying.REFUSAL)
    ),
    Measure("opens_with_question", RESPONSES, "opens with a question", _opening_question),
    Measure(
        "closes_with_offer",
        RESPONSES,
        "closes with an offer of help",
        partial(_says_in, Saying.OFFER, -LAST_WORDS, None),
    ),
    Measure(
        "closes_with_question",
        RESPONSES,
        "closes with a question back to the user",
        _closing_question,
    ),
)
