"""An encoder that costs next to nothing: one layer of random weights behind the packaged MiniLM's tokenizer."""

from __future__ import annotations

import shutil
from pathlib import Path

from logminer.models.encoder import find_model

__all__ = ["write_encoder"]

READS, WIDE, DIMENSIONS = 64, 32, 384  # tokens, its layer, and its vectors: as wide as MiniLM's


def write_encoder(folder: Path) -> None:
    """Write a model that sentence-transformers loads; the same weights for each call."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel

    source, inner = find_model("all-MiniLM-L6-v2"), folder.with_name("bert")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30_522,
        hidden_size=WIDE,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=2 * WIDE,
        max_position_embeddings=READS,
    )
    BertModel(config).save_pretrained(inner)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (source / name).exists():
            shutil.copy(source / name, inner)
    transformer = models.Transformer(str(inner), max_seq_length=READS)
    pooling = models.Pooling(WIDE)
    wider = models.Dense(WIDE, DIMENSIONS, bias=False, activation_function=torch.nn.Identity())
    SentenceTransformer(modules=[transformer, pooling, wider], device="cpu").save(str(folder))
    shutil.rmtree(inner)
