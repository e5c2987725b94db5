"""Vectors of texts: the same in any company, under one identity, without a network."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logminer.errors import ModelError
from logminer.models.encoder import Encoder, encoder, find_model, model_identity
from logminer.models.precision import Precision, resolved
from logminer.stages.embed import Embed, EmbedOptions

MODEL = "all-MiniLM-L6-v2"
TEXTS = [
    "I am sorry, but I can't help with that.",
    "",
    "Mix the flour with two eggs and a little milk, then bake for half an hour. " * 20,
    "   ",
    "こんにちは。今日はいい天気ですね。",
    "I am sorry, but I can't help with that.",
    "Sure!",
    "The derivative of x squared is two x.",
    "Emoji 🎉 and a zero \x00 byte",
] + [f"Item {i} " * (1 + i) for i in range(0, 40, 2)]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return encoder(MODEL).encode(TEXTS)


def test_vectors_are_unit_float32_also_for_blank_texts(vectors: np.ndarray) -> None:
    assert vectors.shape == (len(TEXTS), encoder(MODEL).dimensions) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_vectors_keep_order_and_meaning(vectors: np.ndarray) -> None:
    refusal, recipe, maths = encoder(MODEL).encode(
        ["Sorry, I cannot assist you.", "How to bake a cake", "calculus"]
    )
    assert (vectors[[0, 2, 7]] @ np.stack([refusal, recipe, maths]).T).argmax(axis=1).tolist() == [
        0,
        1,
        2,
    ]


def test_equal_texts_get_equal_vectors_and_a_rerun_is_bit_equal(vectors: np.ndarray) -> None:
    assert np.array_equal(vectors[0], vectors[5])
    assert np.array_equal(encoder(MODEL).encode(TEXTS), vectors)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_texts_vector_does_not_depend_on_its_company(precision: Precision) -> None:
    model, draw = Encoder(MODEL, precision=precision), np.random.default_rng(0)
    texts = TEXTS[::2] + [" ".join(["word"] * int(n)) for n in draw.integers(1, 400, 3)]
    whole = model.encode(texts)
    for _ in range(2):
        order = draw.permutation(len(texts))
        parts = np.split(order, np.sort(draw.integers(0, len(texts), 5)))
        found = np.concatenate([model.encode([texts[i] for i in part]) for part in parts])
        assert np.array_equal(found, whole[order])
    assert np.array_equal(np.concatenate([model.encode([text]) for text in texts[:5]]), whole[:5])


def test_vectors_are_those_of_sentence_transformers() -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(find_model(MODEL)), device="cpu")
    texts = [*TEXTS, "Cut. " * 400]
    expected = plain.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    wide = Encoder(MODEL, precision="float32", max_chunks=1).encode(texts)
    np.testing.assert_allclose(wide, expected, atol=1e-5)
    narrow = Encoder(MODEL, precision="bfloat16", max_chunks=1).encode(texts)
    assert (narrow * expected).sum(axis=1).min() >= 0.999


FLOUR, ENGINE = "flour " * 254, "engine " * 254  # a window each: 254 tokens and two of the model's


@pytest.mark.parametrize(
    ("text", "most", "windows", "tokens"),
    [
        (FLOUR, 4, [FLOUR], [254]),
        (FLOUR + ENGINE + "car " * 100, 4, [FLOUR, ENGINE, "car " * 100], [254, 254, 100]),
        (FLOUR + ENGINE * 2, 1, [FLOUR], [254]),
        (FLOUR + ENGINE * 2 + "car " * 10, 2, [FLOUR, "car " * 10], [254, 10]),  # first and last
        (FLOUR + ENGINE + FLOUR * 2 + ENGINE * 3, 3, [FLOUR, FLOUR, ENGINE], [254, 254, 254]),
    ],
)
def test_a_long_text_is_the_mean_of_its_windows(
    text: str, most: int, windows: list[str], tokens: list[int]
) -> None:
    model = Encoder(MODEL, precision="float32", max_chunks=most)
    assert model.max_seq_length == 256
    mean = np.average(model.encode(windows), axis=0, weights=tokens)
    np.testing.assert_allclose(model.encode([text])[0], mean / np.linalg.norm(mean), atol=1e-6)


def folder_of(tmp_path: Path, *modules: object, **options: object) -> str:
    """A model that sentence-transformers saved: the packaged transformer, then other modules."""
    from sentence_transformers import SentenceTransformer

    first = SentenceTransformer(str(find_model(MODEL)), device="cpu")[0]
    SentenceTransformer(modules=[first, *modules], device="cpu", **options).save(str(tmp_path))
    return str(tmp_path)


@pytest.mark.parametrize("pooling", ["cls", "max"])
def test_any_chain_of_modules_keeps_its_vectors(tmp_path: Path, pooling: str) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Dense, Pooling

    torch.manual_seed(0)
    folder = folder_of(tmp_path, Pooling(384, pooling_mode=pooling), Dense(384, 32))
    plain = SentenceTransformer(folder, device="cpu")
    expected = plain.encode(TEXTS[:9], normalize_embeddings=True, show_progress_bar=False)
    for precision, least in (("float32", 0.999999), ("bfloat16", 0.999)):
        model = Encoder(folder, precision=precision, max_chunks=1)
        assert (model.precision, model.dimensions) == (precision, 32)
        assert (model.encode(TEXTS[:9]) * expected).sum(axis=1).min() >= least


def test_a_model_that_cannot_compute_in_bfloat16_says_so(tmp_path: Path) -> None:
    from sentence_transformers.models import Pooling

    folder = folder_of(
        tmp_path, Pooling(384), prompts={"x": "Say: "}, default_prompt_name="x"
    )  # its texts are read as the library reads them
    with pytest.raises(ModelError, match="does not compute in bfloat16"):
        Encoder(folder, precision="bfloat16")
    model = Encoder(folder)
    assert model.precision == "float32"
    whole = model.encode(TEXTS[:9])
    assert np.array_equal(model.encode(TEXTS[8::-1])[::-1], whole)


def test_precision_and_windows_name_the_vectors() -> None:
    def named(**options: Any) -> str:
        return Embed(embed=EmbedOptions(**options), checkpoint="c").fingerprint("x")

    numbers = ("float32", "bfloat16")
    assert len({named(precision=p, max_chunks=n) for p in numbers for n in (1, 4)}) == 4
    assert named() == named(precision=resolved("auto")) == named(max_chunks=4)
    assert Encoder(MODEL).precision == resolved("auto")


def test_no_texts_give_no_rows() -> None:
    assert encoder(MODEL).encode([]).shape == (0, 384)


def test_threads_are_set_for_the_call_only(vectors: np.ndarray) -> None:
    import torch

    before = torch.get_num_threads()
    twice = Encoder(MODEL, threads=2).encode(TEXTS[6:9])  # few: two threads wait for each other
    np.testing.assert_allclose(twice, vectors[6:9], atol=5e-3)
    assert torch.get_num_threads() == before


def test_one_model_has_one_identity_under_all_its_names() -> None:
    names = (MODEL, f"sentence-transformers/{MODEL}", str(find_model(MODEL)))
    assert len({model_identity(name) for name in names}) == 1
    assert encoder(MODEL).identity == model_identity(MODEL)


def test_identity_follows_the_files(tmp_path: Path) -> None:
    weights, lengths = tmp_path / "model.safetensors", tmp_path / "sentence_bert_config.json"
    seen = set()
    for content, length in (("a", 256), ("b", 256), ("b", 128)):
        folder = tmp_path / f"{content}{length}"
        folder.mkdir()
        (folder / weights.name).write_text(content)
        (folder / lengths.name).write_text(f'{{"max_seq_length": {length}}}')
        seen.add(model_identity(str(folder)))
    assert len(seen) == 3


@pytest.mark.parametrize("name", ["no-such-model", "someone/no-such-model", "../nowhere", "a b"])
def test_a_missing_model_is_one_clear_line(name: str) -> None:
    with pytest.raises(ModelError, match="nothing is downloaded") as caught:
        encoder(name)
    assert "\n" not in str(caught.value)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), ModelError)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no weights"):
        encoder(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Encoder(str(tmp_path))


def test_nothing_touches_the_network_and_nothing_is_printed() -> None:
    code = """
import sys
def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise SystemExit(f"network: {event}")
sys.addaudithook(refuse)
import logminer.models.encoder, logminer.stages.embed, logminer.stages.place
assert not {"torch", "hdbscan", "sklearn", "sentence_transformers"} & set(sys.modules)
assert logminer.models.encoder.encoder("all-MiniLM-L6-v2").encode(["a", "b"]).shape == (2, 384)
try:
    logminer.models.encoder.encoder("someone/absent")
except logminer.errors.ModelError:
    pass
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
