"""Conversations and texts are anonymised, through the doors that the stages use."""

import json
import re
import socket
import time

import pytest

from logminer.errors import ConfigError, ModelError
from logminer.ids import Pseudonyms
from logminer.privacy.anonymiser import Anonymiser, open_anonymiser
from logminer.privacy.languages.language import normalise_language
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.requests import ConversationRequest, TextRequest, known_surrogates
from logminer.spec import parse
from tests.kit.proven import LOCALES, planted

KEY = b"k" * 32
PSEUDONYMS = Pseudonyms(KEY, "test")
TALK = (
    "My name is Anna Kowalska and I live in Warsaw. Write to anna.kowalska@mail.test or call +48 601 234 567. "
    "Anna's card is 4111 1111 1111 1111."
)


@pytest.fixture(scope="module")
def balanced() -> Anonymiser:
    return open_anonymiser(AnonymiseOptions(), PSEUDONYMS)


@pytest.fixture(scope="module")
def strict() -> Anonymiser:
    return open_anonymiser(AnonymiseOptions(profile="strict"), PSEUDONYMS)


@pytest.fixture(scope="module")
def placeholders() -> Anonymiser:
    return open_anonymiser(AnonymiseOptions(operator="placeholder"), PSEUDONYMS)


def one(
    anonymiser: Anonymiser, text: str, conversation: str = "c", known: frozenset[str] = frozenset()
):
    return anonymiser.texts([TextRequest(text, conversation, "en", known)])[0]


def talk(anonymiser: Anonymiser, *contents: str, conversation: str = "c"):
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(contents)]
    (done,) = anonymiser.conversations([ConversationRequest(messages, conversation, "en")])
    return done


# ---- proven identifiers


def test_nothing_of_them_remains(balanced: Anonymiser, strict: Anonymiser) -> None:
    values = [v for locale in LOCALES[:6] for v in planted(locale)[::9]]
    texts = [f"Please note {v}, and then go on." for v in values]
    for anonymiser in (balanced, strict):
        done = anonymiser.texts([TextRequest(t, f"c{i}", "en") for i, t in enumerate(texts)])
        for value, result in zip(values, done, strict=True):
            assert value.casefold() not in result.text.casefold()
            assert result.redactions


# ---- profiles


def test_balanced_removes_the_person_and_leaves_the_topic(balanced: Anonymiser) -> None:
    text = (
        "Anna Kowalska asked in 2019 what Google and the Chinese government said on Monday; see www.wikipedia.org, "
        "id 123e4567-e89b-12d3-a456-426614174000. She was born on March 5, 1987 in Warsaw."
    )
    done = one(balanced, text)
    for gone in ("Anna", "Kowalska", "March 5, 1987", "Warsaw"):
        assert gone not in done.text
    for kept in (
        "2019",
        "Google",
        "Chinese",
        "Monday",
        "www.wikipedia.org",
        "123e4567-e89b-12d3-a456-426614174000",
    ):
        assert kept in done.text


def test_strict_removes_all_that_presidio_finds(strict: Anonymiser) -> None:
    done = one(strict, "Microsoft opened an office in Berlin on Monday; see www.wikipedia.org")
    assert {"ORGANIZATION", "LOCATION", "DATE_TIME", "URL"} <= {
        r.entity_type for r in done.redactions
    }
    assert not any(word in done.text for word in ("Microsoft", "Berlin", "Monday", "wikipedia"))


# ---- redaction


def test_offsets_point_at_the_replacements_and_the_rest_is_untouched(balanced: Anonymiser) -> None:
    done = one(balanced, TALK)
    rest, place = [], 0
    for r in done.redactions:
        assert place <= r.start < r.end <= len(done.text)
        rest.append(done.text[place : r.start])
        place = r.end
    pattern = ".+?".join(map(re.escape, [*rest, done.text[place:]]))
    assert re.fullmatch(pattern, TALK, re.DOTALL)


def test_a_person_keeps_the_surrogate_through_the_conversation_and_after(
    balanced: Anonymiser,
) -> None:
    done = talk(balanced, TALK, "Hello Anna Kowalska!", "anna.kowalska@mail.test is mine")
    texts = [m["content"] for m in done.messages]
    by_type = {
        r["entity_type"]: texts[0][r["start"] : r["end"]]
        for r in reversed(done.redactions)
        if r["message_index"] == 0
    }
    assert by_type["PERSON"] in texts[1]
    assert by_type["EMAIL_ADDRESS"] in texts[2]
    later = open_anonymiser(AnonymiseOptions(), PSEUDONYMS)  # as in another process
    known = known_surrogates(done.messages, done.redactions)
    assert by_type["PERSON"] in one(later, "I told Anna Kowalska about it.", known=known).text


def test_known_surrogates_are_left_alone(balanced: Anonymiser, strict: Anonymiser) -> None:
    for anonymiser in (balanced, strict):
        done = talk(anonymiser, TALK)
        known = known_surrogates(done.messages, done.redactions)
        text = done.messages[0]["content"]
        assert one(anonymiser, text, known=known) == (text, ())
        first, last = next(v for v in known if re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", v)).split()
        reply = f"Dear {first}, {last}'s card was sent to Robert Zimmerman."
        answered = one(anonymiser, reply, known=known)
        assert f"Dear {first}, {last}'s card" in answered.text
        assert "Zimmerman" not in answered.text


def test_placeholders_count_by_first_appearance_and_go_on_in_responses(
    placeholders: Anonymiser,
) -> None:
    done = talk(placeholders, "I am Anna Kowalska.", "Hello Anna Kowalska, meet Robert Zimmerman.")
    texts = [m["content"] for m in done.messages]
    assert texts[0] == "I am <PERSON_1>."
    assert texts[1] == "Hello <PERSON_1>, meet <PERSON_2>."
    known = known_surrogates(done.messages, done.redactions)
    reply = one(
        placeholders, "<PERSON_1> and Jennifer Miller left; <PERSON_2> stayed.", known=known
    )
    assert reply.text == "<PERSON_1> and <PERSON_3> left; <PERSON_2> stayed."


# ---- tool calls


def test_json_in_json_is_anonymised_and_stays_json(balanced: Anonymiser) -> None:
    arguments = {
        "to": "anna@firma.test",
        "note": 'Hi "Anna Kowalska"\nfrom Warsaw',
        "card": 4111111111111111,
        "n": 3,
    }
    calls = [
        {
            "id": "call_abc123DEF",
            "type": "function",
            "function": {"name": "send", "arguments": json.dumps(arguments)},
        }
    ]
    raw = json.dumps(calls)
    message = {"role": "assistant", "content": None, "tool_calls": raw}
    (done,) = balanced.conversations([ConversationRequest([message], "c", "en")])
    text = done.messages[0]["tool_calls"]
    (call,) = json.loads(text)
    inner = json.loads(call["function"]["arguments"])
    assert (call["function"]["name"], inner["n"]) == ("send", 3)
    assert re.fullmatch(r"call_[0-9a-f]{24}", call["id"])
    for gone in ("call_abc123DEF", "anna@firma.test", "Kowalska", "4111111111111111"):
        assert gone not in text
    for r in done.redactions:
        assert text[r["start"] : r["end"]].strip('"\\')
        assert r["field"] == "tool_calls"
    assert "@example.org" in {text[r["start"] : r["end"]][-12:] for r in done.redactions}


# ---- bounds, languages, options


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00\x00", "\u200b\u202eabc\u202c", "😀" * 5000, "\n" * 50_000, "a" * 300_000, "1" * 300_000,
     "@" * 20_000, "a.b" * 50_000, "\ud800 lone", json.dumps(list(range(2000)))],
)  # fmt: skip
def test_odd_texts_neither_crash_nor_hang(balanced: Anonymiser, text: str) -> None:
    began = time.monotonic()
    one(balanced, text)
    assert time.monotonic() - began < 30


def test_a_text_out_of_bounds_is_withheld_and_its_conversation_rejected(
    balanced: Anonymiser,
) -> None:
    import random

    costly = "".join(random.Random(0).choices("ab.", k=200_000))
    assert one(balanced, costly).text == "[withheld]"
    good, bad = [{"role": "user", "content": "Hello there"}], [{"role": "user", "content": costly}]
    done = balanced.conversations([ConversationRequest(m, "c", "en") for m in (good, bad, good)])
    assert [d.rejected for d in done] == [None, "analysis_timeout", None]
    assert done[1].messages == []


def test_a_long_text_is_read_to_its_end(balanced: Anonymiser) -> None:
    filler = "The weather was fine and nobody had anything to say about it. " * 1200
    done = one(
        balanced,
        f"{filler}Then Anna Kowalska wrote to a@b.example. {filler}I met Robert Zimmerman.",
    )
    assert not any(gone in done.text for gone in ("Kowalska", "a@b.example", "Zimmerman"))
    assert len(done.text) > 2 * len(filler)


def test_no_connection_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    anonymiser = open_anonymiser(AnonymiseOptions(), PSEUDONYMS)
    assert "anna" not in one(anonymiser, "Mail anna@foo.co.uk, see www.example.com").text


def test_languages(balanced: Anonymiser) -> None:
    for said in ("en", "EN", "en-US", "en_GB", "eng", "English", "english (US)"):
        assert normalise_language(said) == "en"
    assert normalise_language("Chinese") == normalise_language("zh-Hans") == "zh"
    assert (
        normalise_language(None) is normalise_language("unknown") is normalise_language("") is None
    )
    language = lambda text, column=None: balanced.language(column, [{"content": text}])  # noqa: E731
    assert language("Können Sie mir bitte erklären, wie man einen guten Kuchen backt?") == "de"
    assert language("请告诉我怎么写一个程序来处理这些数据，谢谢你的帮助。") == "zh"
    assert language("ok") == language("¿Qué?") == "en"
    assert language("ok", "Spanish") == "es"
    # Data is in no language; it counts as the first one, and is not turned away.
    rows = [{"id": i, "v": i / 7, "name": "Qxz"} for i in range(400)]
    assert language(json.dumps(rows)) == "en"


def test_a_language_without_a_model_is_rejected_or_left_to_patterns(balanced: Anonymiser) -> None:
    assert balanced.supports("en")
    assert not balanced.supports("de")
    assert AnonymiseOptions().model_name("de") == "de_core_news_sm"
    assert AnonymiseOptions().model_name("zh") == "zh_core_web_sm"
    message = {
        "role": "user",
        "content": "Schreib mir an anna@firma.test oder ruf an: +49 151 23456789",
    }
    request = ConversationRequest([message], "c", "de")
    assert balanced.conversations([request])[0].rejected == "unsupported_language"
    patterns = open_anonymiser(
        AnonymiseOptions(languages=("en", "de"), unsupported_language="patterns_only"), PSEUDONYMS
    )
    text = patterns.conversations([request])[0].messages[0]["content"]
    assert text.startswith("Schreib mir an ")
    assert not any(gone in text for gone in ("anna@firma.test", "23456789"))


def test_no_model_at_all_is_a_clear_error() -> None:
    with pytest.raises(ModelError, match=r"spacy download de_core_news_sm"):
        open_anonymiser(AnonymiseOptions(languages=("de",)), PSEUDONYMS)
    with pytest.raises(ModelError, match=r"download no_such_model"):
        open_anonymiser(AnonymiseOptions(models={"en": "no_such_model"}), PSEUDONYMS)


def test_wrong_options_name_their_path() -> None:
    with pytest.raises(ConfigError, match=r"languages.*'klingon' is not an ISO 639-1 code"):
        parse(AnonymiseOptions, {"languages": ["klingon"]}, "pipeline.yaml")


def test_single_values(balanced: Anonymiser) -> None:
    kept = ("true", "unsafe", "homonyms", "mistral", "united states", "creative writing")
    assert [balanced.values.attribute(v) for v in kept] == list(kept)
    assert {
        balanced.values.attribute(v) for v in ("anna keller", "a@b.com", "4111111111111111")
    } == {"redacted"}
    assert balanced.values.model_name("meta-llama/Llama-3 (8B)") == "meta-llama/Llama-3 (8B)"
    assert [
        balanced.values.model_name(v) for v in ("a@b.com", "x" * 200, "<script>", "", None)
    ] == [None] * 5


def test_names_and_ids_of_messages(balanced: Anonymiser) -> None:
    messages = [
        {"role": "user", "content": "hi", "name": "anna_k"},
        {"role": "tool", "content": "done", "name": "send_mail", "tool_call_id": "call_abc123DEF"},
        {
            "role": "tool",
            "content": "done",
            "name": "Anna Kowalska",
            "tool_call_id": "anna@firma.test",
        },
    ]
    (done,) = balanced.conversations([ConversationRequest(messages, "c", "en")])
    names = [m["name"] for m in done.messages]
    assert names[0] not in ("anna_k", None)
    assert names[1] == "send_mail"
    assert "Kowalska" not in names[2]
    ids = [m["tool_call_id"] for m in done.messages]
    assert ids[0] is None
    assert ids[1] != ids[2]
    assert all(re.fullmatch(r"call_[0-9a-f]{24}", value) for value in ids[1:])
