"""What looks at texts: Presidio's recognisers as configured, recognisers of one's own, a second model."""

import json
from pathlib import Path

import pytest

from logminer.errors import ConfigError, ModelError
from logminer.privacy.detect import Detector
from logminer.privacy.engine.engine import Engine, plain
from logminer.privacy.engine.recognisers import Recognition
from logminer.privacy.languages.language import locate
from logminer.privacy.options import COUNTRIES, AnonymiseOptions
from logminer.privacy.spans import Span
from logminer.spec import parse

MODEL = locate("en_core_web_sm")


@pytest.fixture(scope="module")
def ours() -> Engine:
    return Engine("en", MODEL, Recognition())


# ---- what is known to be wrong


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
    (ours,) = Engine("en", MODEL, recognition).analyse([text])
    reference = plain("en", MODEL, recognition).analyze(text, "en")
    assert {s[:3] for s in ours or ()} == {(r.start, r.end, r.entity_type) for r in reference}


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
