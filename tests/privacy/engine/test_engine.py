"""The engine gives the spans that Presidio gives in the same configuration."""

import random
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.demo.dump import write_demo_dump
from logminer.privacy.engine.engine import Engine, plain
from logminer.privacy.engine.recognisers import Recognition
from logminer.privacy.languages.language import locate
from logminer.privacy.options import COUNTRIES
from tests.kit.places import ROOT

MODEL = locate("en_core_web_sm")
REAL = ROOT.parent / "shared" / "data" / "convlog_50k.parquet"
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


@pytest.fixture(scope="module")
def ours() -> Engine:
    return Engine("en", MODEL, EVERYWHERE)


@pytest.fixture(scope="module")
def presidio() -> Any:
    return plain("en", MODEL, EVERYWHERE)


def spans(results: Any) -> set[tuple[int, int, str, float]]:
    return {(r.start, r.end, r.entity_type, round(r.score, 6)) for r in results}


def assert_same(
    engine: Engine, reference: Any, texts: list[str], asked: Recognition = EVERYWHERE
) -> None:
    """The same spans, of those that are asked for."""

    def told(text: str, results: Any) -> set[tuple[int, int, str, float]]:
        return {
            span
            for span in spans(results)
            if span[2] not in asked.ignored
            and (
                span[2] not in asked.needed or asked.needed[span[2]].search(text[span[0] : span[1]])
            )
        }

    for text, found in zip(texts, engine.analyse(texts), strict=True):
        assert found is not None
        assert told(text, found) == told(text, reference.analyze(text, "en")), repr(text[:200])


# ---- the same spans


def test_spans_are_presidios_on_the_demo_dump(ours: Engine, presidio: Any, tmp_path: Path) -> None:
    dump = write_demo_dump(tmp_path / "dump.parquet", conversations=60)
    rows = pq.read_table(dump.path, columns=["messages"]).to_pylist()
    texts = sorted({m["content"] for row in rows for m in row["messages"] or () if m["content"]})
    assert len(texts) > 100
    assert_same(ours, presidio, texts[:60])


def test_spans_are_presidios_on_generated_texts(ours: Engine, presidio: Any) -> None:
    dice = random.Random(7)
    texts = [
        dice.choice(["", " ", "\n"]).join(dice.choices(PARTS, k=dice.randint(1, 40)))
        if dice.random() < 0.2
        else " ".join(dice.choices(PARTS, k=dice.randint(1, 40)))
        for _ in range(60)
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
    (batch, *_) = pq.ParquetFile(REAL).iter_batches(4_000, columns=["messages", "language"])
    rows = [row for row in batch.to_pylist() if row["language"] == "en"]
    contents = sorted({m["content"] for row in rows for m in row["messages"]})
    texts = [text[:500] for text in contents[:: len(contents) // 305] if text.strip()]
    assert len(texts) >= 300
    engine, reference = Engine("en", MODEL, Recognition()), plain("en", MODEL, Recognition())
    assert_same(engine, reference, texts)


def test_a_batch_changes_nothing(ours: Engine) -> None:
    texts = [" ".join(random.Random(i).choices(PARTS, k=3 + 5 * i)) for i in range(14)]
    together = ours.analyse(texts)
    assert together == [ours.analyse([text])[0] for text in texts]
    assert together[::-1] == ours.analyse(texts[::-1])


def with_vectors(nlp: spacy.language.Language) -> None:
    """Add an embedding with a vocabulary's vectors, in which some words have one."""
    import numpy as np

    for i, word in enumerate(["Anna", "York", "in", "driver"]):
        nlp.vocab.set_vector(word, np.random.default_rng(i).normal(0, 1, 24).astype("float32"))
    embed = {"@architectures": "spacy.MultiHashEmbed.v2", "width": 96, "attrs": ["NORM", "SHAPE"], "rows": [500, 500], "include_static_vectors": True}  # fmt: skip
    encode = {"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 96, "depth": 3, "window_size": 1, "maxout_pieces": 2}  # fmt: skip
    model = {"@architectures": "spacy.Tok2Vec.v2", "embed": embed, "encode": encode}
    nlp.add_pipe("tok2vec", config={"model": model})


def random_pipeline(kind: str, seed: int) -> spacy.language.Language:
    """An untrained pipeline whose components do something at random: many entities, many sentences."""
    import numpy as np
    from spacy.training import Example

    nlp = spacy.blank("en")
    nlp.vocab.strings.add("x")
    shared = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    state = {"extra_state_tokens": False, "hidden_width": 16, "maxout_pieces": 2, "use_upper": True}
    listens = {"model": {"@architectures": "spacy.TransitionBasedParser.v2", **state, "tok2vec": shared}}  # fmt: skip
    if kind == "vectors":
        with_vectors(nlp)
    elif kind != "alone":
        nlp.add_pipe("tok2vec")
    if kind in ("parser", "everything listens", "beam", "vectors"):
        nlp.add_pipe("parser", config={"model": {**listens["model"], "state_type": "parser"}})
    if kind == "own parser":
        nlp.add_pipe("parser")
    if kind == "senter":
        nlp.add_pipe("senter")
    if kind == "sentencizer":
        nlp.add_pipe("sentencizer")
    ner: dict[str, Any] = {"model": {**listens["model"], "state_type": "ner"}} if kind in ("everything listens", "vectors") else {}  # fmt: skip
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
    ["alone", "parser", "own parser", "late parser", "senter", "sentencizer", "everything listens", "beam", "vectors"],
)  # fmt: skip
def test_spans_are_presidios_whatever_the_pipeline_is_made_of(kind: str, tmp_path: Path) -> None:
    dice = random.Random(1)
    texts = [" ".join(dice.choices(PARTS, k=dice.randint(1, 40))) for _ in range(12)]
    random_pipeline(kind, seed=3).to_disk(tmp_path)
    model = str(tmp_path)
    reference = plain("en", model, Recognition())
    assert_same(Engine("en", model, Recognition()), reference, texts)
    if "parser" in kind:  # which is asked about fewer texts
        needed = {"ORGANIZATION": re.compile(r"\d")}
        asked = Recognition(ignored=frozenset(("LOCATION",)), needed=needed)
        assert_same(Engine("en", model, asked), reference, texts, asked)
