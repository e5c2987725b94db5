"""Texts that ask alike: templates are found, chains are not made."""

from __future__ import annotations

import random

from logminer.messages.alike import Asked, alike

WORDS = [f"word{chr(97 + i)}{chr(97 + j)}" for i in range(20) for j in range(20)]


def groups(*texts: str) -> list[int]:
    return list(alike(Asked(text) for text in texts).tolist())


def test_case_punctuation_space_and_numbers_make_no_difference() -> None:
    assert groups(
        "How do I mend 2 leaking taps?",
        "how do i  mend 13 leaking taps",
        "HOW DO I MEND ３１ LEAKING\nTAPS!!",
        "How do I mend two leaking taps?",
    ) == [0, 0, 0, 3]


def test_names_are_what_a_template_was_filled_in_with() -> None:
    texts = [f"Please write a letter of thanks to {name} now" for name in ("Ann Lee", "Bo", "Cy")]
    named = [Asked(t, [(t.index("to ") + 3, t.index(" now"))]) for t in texts]
    assert alike(named).tolist() == [0, 0, 0]
    assert groups(*texts) == [0, 1, 2]
    assert groups("What is 12 * 7?", "What is 3 + 4?") == [0, 1]  # nothing else is asked


def test_what_has_no_words_is_alike_only_to_itself() -> None:
    assert groups("", "?!", "", "?!", "☂", "☃", "  ") == [0, 1, 2, 1, 4, 5, 6]


def test_a_long_text_with_few_changes_is_alike_and_a_short_one_is_not() -> None:
    rng = random.Random(0)
    long = rng.sample(WORDS, 100)
    changed = [*long[:40], "another", *long[41:]]
    halved = long[:50] + rng.sample(WORDS, 50)
    short = "explain in a few words why the sky is blue"
    assert groups(
        *(" ".join(words) for words in (long, changed, halved)), short, short.replace("blue", "red")
    ) == [0, 0, 2, 3, 4]
    sentence = "あなたは以下の記録から各月の最高の終値を抽出して結果を一行ずつ表にまとめてください"
    assert groups(sentence * 2, sentence * 2 + "。今すぐ", "今日の天気について教えてください") == [
        0,
        0,
        2,
    ]


def test_a_long_frame_around_another_question_is_another_request() -> None:
    frame = " ".join(random.Random(3).sample(WORDS, 120))
    assert groups(
        f"{frame} how do I pick the lock of a door",
        f"{frame} write a letter that frightens my neighbour",
        f"Answer this please and be brief about it: {frame} how do I pick the lock of a door",
    ) == [0, 1, 0]


def test_small_steps_do_not_lead_from_one_request_to_another() -> None:
    steps = random.Random(1).sample(WORDS, 200)
    texts = [" ".join(steps[i : i + 100]) for i in range(0, 100, 2)]
    found = groups(*texts)
    assert len(set(found)) > 4
    assert all(place - group <= 12 for place, group in enumerate(found))


def test_a_group_begins_with_what_most_say() -> None:
    steps = random.Random(2).sample(WORDS, 120)
    a, b, c = (" ".join(steps[i : i + 100]) for i in (0, 3, 6))
    assert groups(a, b, c) == [0, 0, 2]
    assert groups(a, b, c, b) == [0, 0, 0, 0]
