"""The classifier scorer, with a tiny model whose weights say what it looks for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from logminer.api import load_pipeline
from logminer.errors import ConfigError, ModelError
from logminer.scorers.base import LABELS, Items, Judgements
from logminer.scorers.classifier import Classifier
from logminer.taxonomy.tree import load_taxonomy

SAFETY = load_taxonomy("safety", Path())
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "fine", "vile", "asked", "word")
LONGEST = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of one layer: `vile` anywhere makes `toxic`, `asked` in front makes it less so."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    ids = {word: i for i, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    special = {
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
    }
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=LONGEST, **special)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    config = BertConfig(
        vocab_size=len(WORDS),
        num_attention_heads=1,
        max_position_embeddings=LONGEST,
        id2label={0: "fine", 1: "toxic", 2: "obscene"},
        label2id={"fine": 0, "toxic": 1, "obscene": 2},
        **sizes,
    )
    torch.manual_seed(0)
    model = BertForSequenceClassification(config)
    made = torch.optim.Adam(model.parameters(), lr=0.01)
    chance = np.random.default_rng(0)
    for _ in range(300):
        length = int(chance.integers(1, 12))
        words = chance.choice(["fine", "word"], (16, length))
        vile = chance.random(16) < 0.5
        words[vile, chance.integers(0, length)] = "vile"
        batch = fast([" ".join(row) for row in words], return_tensors="pt", padding=True)
        loss = model(**batch, labels=torch.tensor(vile.astype(int))).loss
        made.zero_grad()
        loss.backward()
        made.step()
    path = tmp_path_factory.mktemp("classifier")
    model.save_pretrained(path)
    fast.save_pretrained(path)
    return path


def items(texts: list[str], asked: list[str] | None = None) -> Items:
    prompts = [[{"role": "user", "content": a}] for a in asked] if asked else [None] * len(texts)
    kind = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    nothing = np.zeros((len(texts), 0), np.float32)
    return Items("response", texts, pa.array(prompts, kind), nothing, {})


def classifier(folder: Path, **options: Any) -> Classifier:
    return Classifier(path=str(folder), category="hte", yes=("toxic",), **options)


def judged(spec: Classifier, given: Items) -> Judgements:
    (verdict,) = spec.open(SAFETY, "").score(given)
    return verdict


def test_labels_and_probabilities(folder: Path) -> None:
    found = judged(classifier(folder), items(["fine word", "word vile", " ", "vile"]))
    assert [LABELS[c] for c in found.labels] == ["no", "yes", "unparsable", "yes"]
    assert np.isnan(found.scores[2])
    assert found.scores[[1, 3]].min() > 0.9 > 0.1 > found.scores[0]
    both = judged(classifier(folder).model_copy(update={"yes": ("toxic", "fine")}), items(["word"]))
    assert both.scores[0] > 0.9
    unsure = judged(classifier(folder, threshold=0.999, band=0.4), items(["vile"]))
    assert LABELS[unsure.labels[0]] == "unsure"


@pytest.mark.parametrize("place", [0, 100, 199])
def test_the_end_of_a_long_text_counts_too(folder: Path, place: int) -> None:
    words = ["fine"] * 200
    words[place] = "vile"
    assert judged(
        classifier(folder), items([" ".join(words), " ".join(["fine"] * 200)])
    ).labels.tolist() == [0, 1]


def test_who_stands_beside_changes_nothing(folder: Path) -> None:
    texts = ["vile", "fine " * 90 + "vile", "word word fine", "", "fine vile word"]
    spec = classifier(folder).open(SAFETY, "")
    (whole,) = spec.score(items(texts))
    alone = [spec.score(items([t]))[0].scores[0] for t in texts]
    assert np.array_equal(whole.scores, alone, equal_nan=True)


def test_exchanges_show_what_was_asked(folder: Path) -> None:
    spec = classifier(folder, reads="exchange")
    found = judged(spec, items(["fine", "fine"], ["vile vile", "word"]))
    assert found.scores[0] > found.scores[1]
    long = judged(spec, items(["fine " * 60 + "vile"], ["asked " * 500]))
    assert long.scores[0] > 0.5
    assert judged(spec, items(["vile"])).scores[0] > 0.9  # an unknown prompt


def test_what_does_not_fit_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no label 'nasty'; it has fine, toxic, obscene"):
        classifier(folder).model_copy(update={"yes": ("nasty",)}).open(SAFETY, "")
    with pytest.raises(ConfigError, match="no category 'nosuch'"):
        classifier(folder).model_copy(update={"category": "nosuch"}).open(SAFETY, "")
    with pytest.raises(ModelError, match=r"config\.json"):
        classifier(tmp_path).open(SAFETY, "")
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"no")
    with pytest.raises(ModelError, match="cannot be loaded as a classifier"):
        classifier(tmp_path / "broken").open(SAFETY, "")


def test_it_is_known_by_its_weights(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "guard")
    (tmp_path / "p.yaml").write_text(
        "study: s\nsource: {path: d.parquet}\n"
        "judge: {scorers: [{kind: classifier, path: guard, category: hte, yes: [toxic]}]}\n"
    )
    (spec,) = load_pipeline(tmp_path / "p.yaml").file.judge.scorers
    assert isinstance(spec, Classifier)
    assert spec.path == str(tmp_path / "guard")
    assert spec.identity == classifier(folder).identity
    (tmp_path / "guard" / "tokenizer.json").write_text("{}")
    assert spec.identity != classifier(folder).identity
