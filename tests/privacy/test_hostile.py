"""Texts made to be hard: what must go goes, what must stay stays, and an answer does not keep what a user said."""

from collections.abc import Callable, Sequence

import pytest

from logminer.ids import Pseudonyms
from logminer.privacy.anonymiser import open_anonymiser
from logminer.privacy.detect import Detector
from logminer.privacy.evaluate import evaluate
from logminer.privacy.options import AnonymiseOptions, Profile
from logminer.privacy.requests import ConversationRequest, TextRequest, known_surrogates
from tests.kit.hostile.drawing import Text
from tests.kit.hostile.pairs import Pair, pairs
from tests.kit.hostile.stays import must_stay
from tests.kit.hostile.texts import documents, hostile

PROFILES: tuple[Profile, ...] = ("balanced", "strict")


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    """Each template once: 281 texts, 611 values."""
    return hostile(seed=1, texts=281)


def test_the_suite_is_large_and_the_same_every_time(texts: list[Text]) -> None:
    labels = [label for text in texts for label in text.gold]
    assert len(labels) >= 600
    assert len({label.kind for label in labels}) >= 60
    assert hostile(seed=1, texts=281) == texts != hostile(seed=2, texts=281)
    assert all(text.text[label.start : label.end].strip() for text in texts for label in text.gold)


@pytest.mark.parametrize(
    ("profile", "recall", "precision"), [("balanced", 0.90, 0.92), ("strict", 0.95, 0.78)]
)
def test_what_must_go_goes_and_little_else(
    texts: list[Text], profile: Profile, recall: float, precision: float
) -> None:
    report = evaluate(documents(texts, profile), profile=profile)
    assert report.ours.documents >= 0.95 * len(texts)  # the rest may be refused, never taken in
    overall = report.ours.overall
    missed = {kind: s.recall for kind, s in report.ours.by_entity.items() if s.recall != 1}
    assert (overall.recall or 0) >= recall, missed
    assert (overall.precision or 0) >= precision


@pytest.mark.parametrize(("profile", "most"), [("balanced", 12 / 164), ("strict", 0.60)])
def test_words_that_look_personal_stay(profile: Profile, most: float) -> None:
    stays = must_stay()
    sentences = list(dict.fromkeys(stay.text for stay in stays))
    found = Detector(profile, ["en"], {}).detect([(text, "en") for text in sentences])
    spans = dict(zip(sentences, found, strict=True))
    taken = [
        (stay.group, stay.word)
        for stay in stays
        if any(s.start < stay.end and stay.start < s.end for s in spans[stay.text])
    ]
    assert len(taken) <= most * len(stays), taken


# ---- pairs


def logged(profile: Profile, talks: Sequence[Pair]) -> list[str]:
    """The answers as they are kept when the log holds them."""
    anonymiser = open_anonymiser(
        AnonymiseOptions(profile=profile), Pseudonyms(b"k" * 32, "hostile")
    )
    done = anonymiser.conversations(
        [ConversationRequest(talk.messages, f"c{n}", "en") for n, talk in enumerate(talks)]
    )
    return [
        "" if conversation.rejected else str(conversation.messages[1]["content"])
        for conversation in done
    ]


def replayed(profile: Profile, talks: Sequence[Pair]) -> list[str]:
    """The answers as they are kept when a checkpoint gives them to what the anonymised prompt asks."""
    anonymiser = open_anonymiser(
        AnonymiseOptions(profile=profile), Pseudonyms(b"k" * 32, "hostile")
    )
    asked = anonymiser.conversations(
        [ConversationRequest(talk.messages[:1], f"c{n}", "en") for n, talk in enumerate(talks)]
    )
    kept = anonymiser.texts(
        [
            TextRequest(
                talk.answer,
                f"c{n}",
                "en",
                known_surrogates(prompt.messages, prompt.redactions),
                prompt.found,
            )
            for n, (talk, prompt) in enumerate(zip(talks, asked, strict=True))
        ]
    )
    return [
        "" if prompt.rejected else answer.text for prompt, answer in zip(asked, kept, strict=True)
    ]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("answers", [logged, replayed])
def test_an_answer_keeps_nothing_that_the_user_said(
    profile: Profile, answers: Callable[[Profile, Sequence[Pair]], list[str]]
) -> None:
    talks = pairs()
    written = answers(profile, talks)
    kept = [
        (talk.group, value)
        for talk, answer in zip(talks, written, strict=True)
        for value in talk.gone
        if value in answer
    ]
    assert written.count("") <= 2  # refused: a script without a model
    assert len({value for _, value in kept}) <= (3 if profile == "balanced" else 1), kept
