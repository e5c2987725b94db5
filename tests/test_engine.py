"""The engine gives what Presidio gives in the same configuration; what is configured is what looks."""

import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.demo import write_demo_dump
from logminer.errors import ConfigError, ModelError
from logminer.models import go_offline
from logminer.privacy.anonymiser import AnonymiseOptions
from logminer.privacy.detect import COUNTRIES, Detector, Unanalysable, locate
from logminer.privacy.engine import Engine, Recognition, plain
from logminer.privacy.patterns import Span
from logminer.spec import parse

MODEL = locate("en_core_web_sm")
REAL = Path(__file__).parents[2] / "shared" / "data" / "convlog_50k.parquet"
EVERYWHERE = Recognition(countries=COUNTRIES)
PARTS = [
    "Anna Kowalska", "ANNA KOWALSKA", "the United\nStates of America.", "Dr. Smith", "John O'Neil's", "Acme Corp.", "New York", "3 May 2021",
    "5/12/1999", "2024-02-03T10:30:00Z", "10:30 AM", "v3.8.0rc1", "0x1F", "A1", "B1234567", "123-45-6789", "987654321", "4111 1111 1111 1111",
    "GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "192.168.0.1", "::1", "2001:db8::ff00:42:8329", "a::b", "00:1A:2B:3C:4D:5E",
    "123e4567-e89b-42d3-a456-426614174000", "https://a.example.com/x?y=1", "www.test.co.uk", "see docs.python.org,", "np.array", "end.Next", "e.g.",
    "'http://b.io/q'", "+1 (212) 555-0199", "020 7946 0958", "030 123456", "601 234 567", "12.5.2021", "1BoatSLRHtKNngkdXEopR4QZ4QUyq",
    "my driver license is", "licence", "public", "phone number", "calls", "called", "bank account", "cards", "passport", "taxes", "social security",
    "birthday", "dates", "websites", "links", "url:", "IP", "national health service", "DEA", "medical certificates", "HAWK123456", "943 476 5919",
    "(", ")", "{", "}", '"name":', "\n", "\n\n", "\t", "  ", ".", "!", "?", "…", "—", "é", "Zażółć", "東京", "🙂", "-", "/", "#1", "$5,000", "50%", "x = f(y)", "__init__",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def offline() -> None:
    go_offline()


@pytest.fixture(scope="module")
def ours() -> Engine:
    return Engine("en", MODEL, EVERYWHERE)


@pytest.fixture(scope="module")
def presidio() -> Any:
    return plain("en", MODEL, EVERYWHERE)


def spans(results: Any) -> set[tuple[int, int, str, float]]:
    return {(r.start, r.end, r.entity_type, round(r.score, 6)) for r in results}


def assert_same(engine: Engine, reference: Any, texts: list[str], language: str = "en") -> None:
    for text, found in zip(texts, engine.analyse(texts), strict=True):
        assert found is not None
        assert spans(found) == spans(reference.analyze(text, language)), repr(text[:200])


# ---- the same spans


def test_spans_are_presidios_on_the_demo_dump(ours: Engine, presidio: Any, tmp_path: Path) -> None:
    dump = write_demo_dump(tmp_path / "dump.parquet", conversations=60)
    rows = pq.read_table(dump.path, columns=["messages"]).to_pylist()
    texts = sorted({m["content"] for row in rows for m in row["messages"] or () if m["content"]})
    assert len(texts) > 100
    assert_same(ours, presidio, texts[:120])


def test_spans_are_presidios_on_generated_texts(ours: Engine, presidio: Any) -> None:
    dice = random.Random(7)
    texts = [
        dice.choice(["", " ", "\n"]).join(dice.choices(PARTS, k=dice.randint(1, 40)))
        if dice.random() < 0.2
        else " ".join(dice.choices(PARTS, k=dice.randint(1, 40)))
        for _ in range(120)
    ]
    assert_same(ours, presidio, [text for text in texts if text.strip()])


@given(st.text(alphabet=st.sampled_from("0123456789 -./:()+xXABCabcz@#'\"\n\té東.,_"), min_size=1, max_size=80))  # fmt: skip
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_spans_are_presidios_on_noise(ours: Engine, presidio: Any, text: str) -> None:
    assert_same(ours, presidio, [text])


@pytest.mark.skipif(not REAL.exists(), reason="no real conversations beside the checkout")
def test_spans_are_presidios_on_real_texts() -> None:
    rows = pq.read_table(REAL, columns=["messages", "language"]).to_pylist()
    contents = sorted({m["content"] for r in rows if r["language"] == "en" for m in r["messages"]})
    texts = [text[:3_000] for text in contents[:: len(contents) // 330] if text.strip()]
    assert len(texts) >= 300
    engine, reference = Engine("en", MODEL, Recognition()), plain("en", MODEL, Recognition())
    assert_same(engine, reference, texts)


def test_a_batch_changes_nothing(ours: Engine) -> None:
    texts = [" ".join(random.Random(i).choices(PARTS, k=3 + 5 * i)) for i in range(20)]
    together = ours.analyse(texts)
    assert together == [ours.analyse([text])[0] for text in texts]
    assert together[::-1] == ours.analyse(texts[::-1])


def random_pipeline(kind: str, seed: int) -> spacy.language.Language:
    """An untrained pipeline whose components do something at random: many entities, many sentences."""
    import numpy as np
    from spacy.training import Example

    nlp = spacy.blank("en")
    nlp.vocab.strings.add("x")
    shared = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    state = {"extra_state_tokens": False, "hidden_width": 16, "maxout_pieces": 2, "use_upper": True}
    listens = {"model": {"@architectures": "spacy.TransitionBasedParser.v2", **state, "tok2vec": shared}}  # fmt: skip
    if kind != "alone":
        nlp.add_pipe("tok2vec")
    if kind in ("parser", "everything listens", "beam"):
        nlp.add_pipe("parser", config={"model": {**listens["model"], "state_type": "parser"}})
    if kind == "own parser":
        nlp.add_pipe("parser")
    if kind == "senter":
        nlp.add_pipe("senter")
    if kind == "sentencizer":
        nlp.add_pipe("sentencizer")
    ner: dict[str, Any] = {"model": {**listens["model"], "state_type": "ner"}} if kind == "everything listens" else {}  # fmt: skip
    if kind == "beam":
        nlp.add_pipe("beam_ner", name="ner")
    else:
        nlp.add_pipe("ner", config=ner)
    if kind == "late parser":
        nlp.add_pipe("parser")
    annotation = {
        "entities": [(0, 4, "PERSON"), (14, 22, "GPE"), (23, 31, "ORG")],
        "heads": [1, 1, 1, 1, 5, 5, 5],
        "deps": ["nsubj", "ROOT", "prep", "pobj", "nsubj", "ROOT", "dobj"],
    }
    doc = nlp.make_doc("Anna lives in New York Acme Inc")
    examples = [Example.from_dict(doc, annotation)]
    nlp.initialize(lambda: examples)
    dice = np.random.default_rng(seed)
    for name in nlp.pipe_names:
        for node in getattr(getattr(nlp.get_pipe(name), "model", None), "walk", list)():
            for parameter in node.param_names:
                if parameter != "E" and node.name != "layernorm" and node.has_param(parameter):
                    shape = node.get_param(parameter).shape
                    node.set_param(parameter, dice.normal(0, 0.6, shape).astype("float32"))
    return nlp


@pytest.mark.parametrize(
    "kind",
    ["alone", "parser", "own parser", "late parser", "senter", "sentencizer", "everything listens", "beam"],
)  # fmt: skip
def test_spans_are_presidios_whatever_the_pipeline_is_made_of(kind: str, tmp_path: Path) -> None:
    dice = random.Random(1)
    texts = [" ".join(dice.choices(PARTS, k=dice.randint(1, 50))) for _ in range(30)]
    for seed in range(2):
        random_pipeline(kind, seed).to_disk(tmp_path / str(seed))
        model = str(tmp_path / str(seed))
        assert_same(Engine("en", model, Recognition()), plain("en", model, Recognition()), texts)


# ---- what is known to be wrong


@pytest.fixture(scope="module")
def looking() -> Callable[[str], list[Span]]:
    detector = Detector("strict", ("en",), {})
    return lambda text: detector.detect([(text, "en")])[0]


def types(found: list[Span] | None) -> set[str]:
    return {span.entity_type for span in found or ()}


def test_a_driving_licence_needs_a_word_that_says_so(ours: Engine) -> None:
    parts, licence = ours.analyse(
        ["Use bolt A12 and part B1234567.", "My driver license is B1234567."]
    )
    assert "US_DRIVER_LICENSE" not in types(parts)
    assert "US_DRIVER_LICENSE" in types(licence)


def test_context_words_are_whole_words(ours: Engine) -> None:
    inside, whole = ours.analyse(["It is a publication B1234567.", "His lic B1234567."])
    assert "US_DRIVER_LICENSE" not in types(inside)
    assert "US_DRIVER_LICENSE" in types(whole)


def test_numbers_times_versions_and_code_are_no_names() -> None:
    from logminer.privacy.engine.recognisers import _is_no_name

    for text in ("12345", "10:30", "2pm", "v1.2.3", "3.8.0rc1", "0x1F", "x", "x =>", "std::vector", "__init__", "getUserName()", "№ 5", "5th", "a = 1"):  # fmt: skip
        assert _is_no_name(text), text
    for text in ("Anna", "J. Smith", "anna k", "<Anna>", "McDonald", "Li", "Ng 2", "李", "X Æ A-12", "name=Anna", "O'Neil"):  # fmt: skip
        assert not _is_no_name(text), text


# ---- configuration


def test_countries_switch_recognisers_on_and_off() -> None:
    text = "NHS 943 476 5919, Steuer-ID 65929970489, SSN 856-45-6789, PAN BNZPM2501F, PESEL 44051401359"
    found = {
        countries: types(Engine("en", MODEL, Recognition(countries=countries)).analyse([text])[0])
        for countries in (None, (), ("de",), ("uk", "pl", "in"))
    }
    assert {"UK_NHS", "US_SSN"} <= found[None]
    assert not {t for t in found[()] if t.startswith(("UK_", "US_", "DE_", "PL_", "IN_"))}
    assert "DE_TAX_ID" in found[("de",)]
    assert {"UK_NHS", "PL_PESEL", "IN_PAN"} <= found[("uk", "pl", "in")]
    assert "US_SSN" not in found[("de",)]


def test_countries_are_those_that_presidio_has() -> None:
    from presidio_analyzer.recognizer_registry.recognizers_loader_utils import (
        RecognizerConfigurationLoader,
    )

    entries = RecognizerConfigurationLoader.get()["recognizers"]
    assert {e["country_code"] for e in entries if "country_code" in e} == set(COUNTRIES)
    with pytest.raises(ConfigError, match=r"countries: no recogniser for 'gb'; there are: au ca"):
        parse(AnonymiseOptions, {"countries": ["us", "gb"]}, "p.yaml")


OWN = """
recognizers:
  - name: Staff numbers
    supported_entity: STAFF_NUMBER
    patterns:
      - {name: staff, regex: '\\bST-\\d{5}\\b', score: 0.7}
    context: [staff]
  - name: Project names
    type: custom
    supported_entity: PROJECT
    supported_languages: [en, de]
    deny_list: [Bluebird, Red Kite]
  - name: Spanish only
    supported_entity: OTHER
    supported_language: es
    deny_list: [Bluebird]
"""


def test_recognisers_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    options = parse(AnonymiseOptions, {"recognizers": "own.yaml"}, "p").rooted(tmp_path)
    detector = Detector("balanced", ("en",), {}, recognizers=options.recognizers)
    text = "Ask ST-12345 about Red Kite, not about the bluebird feeder."
    found = {text[s.start : s.end]: s.entity_type for s in detector.detect([(text, "en")])[0]}
    assert found == {"ST-12345": "STAFF_NUMBER", "Red Kite": "PROJECT", "bluebird": "PROJECT"}
    recognition = Recognition(recognizers=options.recognizers)
    assert_same(Engine("en", MODEL, recognition), plain("en", MODEL, recognition), [text, *PARTS])


def test_what_is_in_the_file_counts_in_the_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    here, there = tmp_path / "a" / "own.yaml", tmp_path / "b" / "mine.yaml"
    here.write_text(OWN, "utf-8")
    there.write_text(OWN, "utf-8")
    first = AnonymiseOptions(recognizers=str(here)).options()
    assert first == AnonymiseOptions(recognizers=str(there)).options()
    there.write_text(OWN.replace("Bluebird", "Goshawk"), "utf-8")
    assert first != AnonymiseOptions(recognizers=str(there)).options()
    assert first != AnonymiseOptions().options()
    assert "Bluebird" not in json.dumps(first)
    with pytest.raises(ConfigError, match=r"recognizers: .*nothing\.yaml: no such file"):
        AnonymiseOptions(recognizers=str(tmp_path / "nothing.yaml")).options()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("words: [a]", "a list of recognisers"),
        ("recognizers: [{name: EmailRecognizer, type: predefined}]", r"recognizers\.0: only .*anonymise\.countries"),
        ("recognizers: [{name: n, supported_entity: E}]", r"recognizers\.0: Presidio does not take it"),
        ("recognizers: [{name: n, supported_entity: E, patterns: [{name: p, regex: '(', score: 0.5}]}]", r"recognizers\.0: Presidio"),
        ("recognizers: [{name: n, deny_list: [Secret Name]}]", r"recognizers\.0: Presidio"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_says_where(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=says) as caught:
        Engine("en", MODEL, Recognition(recognizers=str(tmp_path / "own.yaml")))
    assert "Secret" not in str(caught.value)


def test_allowed_names_stay() -> None:
    detector = Detector("strict", ("en",), {}, allow=("Barack Obama", "Ada  Lovelace"))
    texts = [
        "Barack Obama met Anna Kowalska.",
        "BARACK OBAMA'S speech, and Michelle Obama's too.",
        "Write about ada lovelace and Barack\nObama!",
        "Barack Obama's mail is barack@mail.test.",
    ]
    gone = [
        [text[s.start : s.end] for s in spans]
        for text, spans in zip(texts, detector.detect([(t, "en") for t in texts]), strict=True)
    ]
    assert gone[0] == ["Anna Kowalska"]
    assert not any("BARACK" in value for value in gone[1])
    assert any("Michelle" in value for value in gone[1])
    assert gone[2] == []
    assert gone[3] == ["barack@mail.test"]


# ---- a second model


def classifier(folder: Path) -> str:
    """A token classifier without training that calls every word a person."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    words = {"[PAD]": 0, "[UNK]": 1, "zorblax": 2}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", model_max_length=512
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=3, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        id2label={0: "O", 1: "B-PER"}, label2id={"O": 0, "B-PER": 1},
    )  # fmt: skip
    model = BertForTokenClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor([0.0, 9.0]))
    model.save_pretrained(folder)
    return str(folder)


def test_a_second_model_looks_too(tmp_path: Path) -> None:
    folder = classifier(tmp_path / "second")
    (found,) = Engine("en", MODEL, Recognition(ner=folder)).analyse(["zorblax went home"])
    assert "PERSON" in types(found)
    (alone,) = Engine("en", MODEL, Recognition()).analyse(["zorblax went home"])
    assert types(alone) == set()
    options = AnonymiseOptions(ner="second").rooted(tmp_path)
    assert options.ner == folder
    assert options.options() != AnonymiseOptions().options()
    assert AnonymiseOptions(ner="some/model").rooted(tmp_path).ner == "some/model"


@pytest.mark.parametrize("name", ["no/such-model", "no/gliner-model"])
def test_a_second_model_that_is_not_there(name: str) -> None:
    with pytest.raises(
        ModelError, match=r"anonymise\.ner: no/.*(nothing is downloaded|logminer\[ner\])"
    ):
        Engine("en", MODEL, Recognition(ner=name))


# ---- texts of any length and form


def test_a_text_that_comes_again_is_looked_at_once(looking: Callable[[str], list[Span]]) -> None:
    text = "Anna Kowalska lives in Warsaw and writes to bob@mail.test. " * 20
    detector = Detector("strict", ("en",), {})
    together = detector.detect([(text, "en"), ("Hello Jan Nowak", "en"), (text, "en")])
    assert together[0] == together[2] == looking(text)
    assert detector.detect([(text, "en")]) == [together[0]]


def test_names_that_are_hidden_are_found(looking: Callable[[str], list[Span]]) -> None:
    for text, value in [
        ("I met Anna\u200b Kow\u00adalska in May.", "Anna\u200b Kow\u00adalska"),
        ("I met Аnna Kоwalska in May.", "Аnna Kоwalska"),
        ("Write to ａｎｎａ＠mail.test now", "ａｎｎａ＠mail.test"),
        (r'{"text": "Dear Mrs.\n\u0041nna Kowalska, hello"}', r"\u0041nna Kowalska"),
        (r'{"a": "{\"card\": \"4111\\u00201111 1111 1111\"}"}', r"4111\\u00201111 1111 1111"),
    ]:
        start = text.index(value)
        found = looking(text)
        assert any(s.start <= start and s.end >= start + len(value) for s in found), text
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_long_texts_are_looked_at_to_their_end(looking: Callable[[str], list[Span]]) -> None:
    filler = "The weather was fine and nothing happened at all. "
    text = "Anna Kowalska came. " + filler * 3_000 + "At last Jan Nowak wrote to jan@mail.test."
    found = looking(text)
    values = {text[s.start : s.end] for s in found}
    assert {"Anna Kowalska", "Jan Nowak", "jan@mail.test"} <= values
    with pytest.raises(Unanalysable, match="text_too_long"):
        looking("a " * 10_000_001)
