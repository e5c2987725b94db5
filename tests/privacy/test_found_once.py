"""What is found in a conversation is gone from all of it and from every answer, and stands for one and the same."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from faker import Faker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.ids import Pseudonyms
from logminer.privacy import names
from logminer.privacy.anonymiser import Anonymised, Anonymiser, open_anonymiser
from logminer.privacy.foreign import pool_in_script
from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.requests import (
    AnonymisedConversation,
    ConversationRequest,
    TextRequest,
    known_surrogates,
)
from logminer.privacy.surrogates.surrogates import Surrogates

PSEUDONYMS = Pseudonyms(b"k" * 32, "once")
TOLD = "My name is Oksana Veldkamp. Call me at +48 601 234 567, MRN 00482917."
SLOW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def balanced() -> Anonymiser:
    return open_anonymiser(AnonymiseOptions(), PSEUDONYMS)


@pytest.fixture(scope="module")
def placeholders() -> Anonymiser:
    return open_anonymiser(AnonymiseOptions(operator="placeholder"), PSEUDONYMS)


def talk(anonymiser: Anonymiser, *messages: str | dict[str, Any]) -> AnonymisedConversation:
    whole = [m if isinstance(m, dict) else {"role": "user", "content": m} for m in messages]
    (done,) = anonymiser.conversations([ConversationRequest(whole, "c", "en")])
    assert done.rejected is None
    return done


def answer(anonymiser: Anonymiser, done: AnonymisedConversation, *texts: str) -> list[Anonymised]:
    """The parts of one answer."""
    known = known_surrogates(done.messages, done.redactions)
    return anonymiser.texts(
        [TextRequest(text, "c", "en", known, done.found, answer="a") for text in texts]
    )


def spellings(first: str, last: str) -> Sequence[str]:
    return (
        f"{first} {last}",
        f"{last}, {first}",
        f"{first}_{last}".lower(),
        f"{first}.{last}".lower(),
        f"{first}-{last}".upper(),
        f"{first}{last}",
        f"{first}{last}".lower(),
        first.lower(),
        f"{last}'s",
        f"{first[0]}. {last}",
        f"{first[0]}{last}".lower(),
        " ".join(last.upper()),
        last[::-1],
    )


# ---- gone


PEOPLE = [("Oksana", "Veldkamp"), ("Thandiwe", "Mokoena"), ("Wojciech", "Brzezinski")]
NUMBERS = ["601234567", "+48601234567", "601-234-567", "6 0 1 2 3 4 5 6 7", "0048 601 234 567"]


@given(
    st.sampled_from(PEOPLE),
    st.lists(st.integers(0, 12), min_size=1, max_size=4),
    st.sampled_from(NUMBERS),
)
@SLOW
def test_no_spelling_is_left_in_the_conversation_or_in_an_answer(
    balanced: Anonymiser, person: tuple[str, str], which: list[int], number: str
) -> None:
    first, last = person
    told = f"My name is {first} {last}. Call me at +48 601 234 567."
    written = [spellings(first, last)[place] for place in which]
    text = "; ".join([*written, f"phone {number}", "a question"])
    done = talk(balanced, text, told)
    alone = talk(balanced, told)
    replayed, thought = answer(balanced, alone, text, f"({text})")
    for made in (done.messages[0]["content"], replayed.text, thought.text):
        bare = re.sub(r"[\W_]+", "", made).casefold()
        for gone in (first, last, last[::-1], "601234567"):
            assert gone.casefold() not in bare
    # as in the log, so in the answer
    assert replayed.text == done.messages[0]["content"]
    assert thought.text == f"({replayed.text})"


def test_it_goes_from_names_thoughts_and_tool_calls(balanced: Anonymiser) -> None:
    call = [{"id": "call_a1b2c3", "function": {"arguments": json.dumps({"oksana_veldkamp": "0048 2917"})}}]  # fmt: skip
    done = talk(
        balanced,
        {"role": "user", "content": TOLD, "name": "oveldkamp"},
        {"role": "assistant", "content": "hi oksana", "thoughts": "VELDKAMP again", "tool_calls": json.dumps(call)},
        {"role": "tool", "content": "00482917.pdf", "name": "veldkamp_files"},
    )  # fmt: skip
    left = json.dumps(done.messages).casefold()
    assert not any(gone in left for gone in ("oksana", "veldkamp", "2917"))


def test_what_one_part_of_an_answer_finds_is_gone_from_the_other(balanced: Anonymiser) -> None:
    nothing = talk(balanced, "How do I bake bread?")
    thoughts, response = answer(balanced, nothing, "My name is Oksana Veldkamp.", "ask oksana")
    assert "oksana" not in response.text
    assert response.text.split()[1] == thoughts.text.split()[3].lower()


def test_answers_are_told_what_later_turns_said(balanced: Anonymiser) -> None:
    done = talk(balanced, "Who bakes bread?", TOLD)
    prompt = AnonymisedConversation(done.messages[:1], [], None, done.found)
    assert "veldkamp" not in answer(balanced, prompt, "veldkamp does")[0].text


# ---- one and the same


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("Server=db;User ID=sa;Password=violetlantern;Encrypt=True", "violetlantern"), ("my password is v!oL?t7qq", "v!oL?t7qq"), ("my card pin is 4839", "4839"),
        ("Your verification code is 300 572.", "300 572"), ("the door code is 4471#", "4471"), ("my passphrase is 'seven Copper 4 kettles'", "seven Copper 4 kettles"),
        ("https://x.test/a?sv=2022-11-02&sig=VqNEeQ%2F1WIob%2FqnUzCexIu%2FayG%3D", "VqNEeQ%2F1WIob%2FqnUzCexIu%2FayG%3D"),
    ],
)  # fmt: skip
def test_a_secret_goes_from_every_answer_also_spaced(
    balanced: Anonymiser, said: str, secret: str
) -> None:
    done = talk(balanced, said)
    spaced = " ".join(secret) if len(secret) < 24 else secret
    same, apart = answer(balanced, done, f"You said {secret}.", f"So it is {spaced} then.")
    assert secret not in done.messages[0]["content"]
    assert secret not in same.text
    assert spaced not in apart.text


@pytest.mark.parametrize("profile", ["balanced", "strict"])
def test_the_words_that_announce_an_id_stay(profile: str) -> None:
    anonymiser = open_anonymiser(AnonymiseOptions(profile=profile), PSEUDONYMS)
    for label, value in (
        ("Steuerliche Identifikationsnummer", "23972561480"),
        ("Número de Seguridad Social", "281234567840"),
        ("Numer Dowodu", "ABC 123456"),
    ):
        made = talk(anonymiser, f"{label}: {value}").messages[0]["content"]
        assert made.startswith(f"{label}: ")
        assert value not in made


def test_a_person_has_one_surrogate_across_types_and_spellings(balanced: Anonymiser) -> None:
    text = "My boss Veldkamp is rude.\nVeldkamp shouted. Then Mr Veldkamp left. VELDKAMP! said I. Veldkamp's car."
    done = talk(balanced, "I am Oksana Veldkamp, oksana.veldkamp@acme.test", text, "@oksana_veldkamp")  # fmt: skip
    mine, other, handle = (m["content"] for m in done.messages)
    first, last = re.findall(r"[A-Z][a-z]+", mine)[:2]
    assert other == text.replace("Veldkamp", last).replace("VELDKAMP", last.upper())
    assert f"{first}.{last}".lower() in mine
    assert handle == f"@{first}_{last}".lower()


def test_a_number_has_one_surrogate_in_its_spellings(balanced: Anonymiser) -> None:
    done = talk(balanced, "My SSN is 531-64-2919, call me at +48 601 234 567.", "531642919, 5 3 1 6 4 2 9 1 9; 601-234-567")  # fmt: skip
    said, again = (re.findall(r"[\d +-]{9,}", m["content"]) for m in done.messages)
    digits = [re.sub(r"\D", "", number) for number in (*said, *again)]
    assert digits[0] == digits[2] == digits[3]
    assert digits[1] == f"48{digits[4]}"
    assert re.fullmatch(r" ?(\d ){8}\d", again[1])


def test_placeholders_tell_who_is_who(placeholders: Anonymiser) -> None:
    done = talk(placeholders, TOLD, "hi oksana, oveldkamp, V E L D K A M P; Oksana Nowak, Ms Nowak, 601-234-567")  # fmt: skip
    assert done.messages[1]["content"] == "hi <PERSON_1>, <PERSON_1>, <PERSON_1>; <PERSON_2>, <PERSON_2>, <PHONE_NUMBER_1>"  # fmt: skip
    (reply,) = answer(placeholders, done, "Nowak and veldkamp and Robert Zimmerman, 0601 234 567")
    assert reply.text == "<PERSON_2> and <PERSON_1> and <PERSON_3>, <PHONE_NUMBER_1>"


def test_two_people_of_a_conversation_never_share_a_name() -> None:
    fake = Faker(["en_US", "pl_PL", "ru_RU", "ja_JP"])
    fake.seed_instance(5)
    for conversation in range(30):
        people = list(dict.fromkeys(fake.name() for _ in range(60)))
        found = FoundValues.opened(PSEUDONYMS, f"c{conversation}")
        found.gather([("PERSON", person, True) for person in people])
        make = Surrogates(PSEUDONYMS, f"c{conversation}", found)
        words = {w.casefold() for p in people for w in re.findall(r"[^\W\d_]{2,}", p)}
        made = {word: make("PERSON", word).casefold() for word in sorted(words)}
        assert len(set(made.values())) == len(made)
        assert not words & set(made.values())
        # an answer that knows the table gives the same names, and new ones to new people
        kept = FoundValues.opened(PSEUDONYMS, f"c{conversation}", found.rows())
        again = Surrogates(PSEUDONYMS, f"c{conversation}", kept)
        assert {word: again("PERSON", word).casefold() for word in reversed(made)} == made
        new = {fake.last_name().casefold() for _ in range(20)} - words
        given = [again("PERSON", name) for name in sorted(new) if " " not in name]
        assert len({*given, *made.values()}) == len(given) + len(made)


def test_gender_and_script_are_kept() -> None:
    make = Surrogates(PSEUDONYMS, "c")
    known = names.first_names()
    assert make("PERSON", "Jennifer") in known.female
    assert make("PERSON", "ROBERT").title() in known.male
    for name in ("Татьяна", "Смирнова", "王芳", "김민수", "サトウ", "Ελένη", "אביגיל", "प्रिया"):
        pool = pool_in_script(name)
        assert pool
        assert make("PERSON", name) in pool
    assert make("PERSON", "Смирнова")[-1] in "ая"
    assert len(make("PERSON", "王芳")) == 2
    assert pool_in_script("Müller") is None


# ---- no more than that


def test_a_surrogate_comes_back_in_any_spelling_and_stays(balanced: Anonymiser) -> None:
    done = talk(balanced, TOLD, "oksana.veldkamp@acme.test")
    first, last = re.findall(r"[A-Z][a-z]+", done.messages[0]["content"])[1:3]
    assert first not in TOLD
    told = "; ".join([*spellings(first, last)[:-2], f"the {last}s", f"{first}.{last}@example.org"])
    (reply,) = answer(balanced, done, told)
    assert reply.text == told
    assert "Zimmerman" not in answer(balanced, done, f"{first} {last} and Robert Zimmerman")[0].text


def test_a_function_has_one_name_where_it_is_called_and_where_it_answers(
    balanced: Anonymiser,
) -> None:
    call = [{"id": "call_a1b2c3", "function": {"name": "get_veldkamp", "arguments": "{}"}}]
    done = talk(
        balanced,
        TOLD,
        {"role": "assistant", "content": None, "tool_calls": json.dumps(call)},
        {"role": "tool", "content": "done", "name": "get_veldkamp"},
    )
    (called,) = json.loads(done.messages[1]["tool_calls"])
    assert called["function"]["name"] == done.messages[2]["name"]
    assert done.messages[2]["name"].startswith("get_")
    assert "veldkamp" not in done.messages[2]["name"]


@pytest.mark.parametrize(
    ("told", "text", "gone", "kept"),
    [
        ("My bank PIN is 4711.", "So 4711 it is.", "4711", ""),
        ("Passport X1234567, please.", "number 1234567", "1234567", ""),
        ("I live in Springfield 62704, my ZIP is 62704.", "62704, then", "62704", ""),
        ("My account number is 10000.", "It holds $10000.", "", "$10000"),
        ("My friend Will called.", "Will you go? Ask Will again.", "Ask Will", "Will you go?"),
        ("My name is Anna\x00 Kowalska.", "kowalska", "kowalska", ""),
    ],
)
def test_what_is_looked_for_elsewhere(
    balanced: Anonymiser, told: str, text: str, gone: str, kept: str
) -> None:
    first, second = (m["content"] for m in talk(balanced, told, text).messages)
    assert kept in second
    if gone:
        assert gone not in second
        assert gone not in first


def test_accents_make_no_other_person() -> None:
    found = FoundValues.opened(PSEUDONYMS, "c")
    found.gather([("PERSON", "Se\u00e1n Nowak", True)])
    make = Surrogates(PSEUDONYMS, "c", found)
    assert make("PERSON", "Se\u00e1n") == make("PERSON", "Sean")


def test_the_token_of_a_link_goes_without_its_link() -> None:
    strict = open_anonymiser(AnonymiseOptions(profile="strict"), PSEUDONYMS)
    token = "2GlgCmPvRXN4" + "Q1v6P08EK6"
    done = talk(strict, f"I got https://accounts.example.com/reset-password?token={token} today.", f"The token {token} is void.")  # fmt: skip
    assert all(token not in m["content"] for m in done.messages)
