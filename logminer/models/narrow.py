"""Transformers in bfloat16, computed on CPUs as these do it fastest.

What torch does for any model costs most where the products themselves are cheap: it lays weights out anew for each
product, and takes attention apart into blocks that are small for heads of 32 numbers.
"""

from __future__ import annotations

import contextlib
import functools
import platform
from typing import Any

__all__ = ["narrow"]

PLAIN = ("bert", "roberta", "xlm-roberta")  # what these attend to depends on the padding alone
ATTENTION = "logminer"
SCORES = 1 << 20  # of tokens to tokens, computed at once: 2 MB


def narrow(transformer: Any, tokens: int) -> None:
    """Turn a model of transformers to bfloat16, in place.

    Args:
        transformer: as transformers loaded it; only to be computed with from now on.
        tokens: of a batch, as a rule.

    Raises:
        RuntimeError, TypeError, ValueError: it cannot be.
    """
    import torch

    transformer.to(torch.bfloat16)
    if transformer.device.type == "cpu" and platform.machine() in ("x86_64", "AMD64"):
        config = transformer.config
        if config.model_type in PLAIN and not config.is_decoder:
            _attend_whole(transformer)
        _pack(transformer, tokens)


def _attend_whole(transformer: Any) -> None:
    with contextlib.suppress(ImportError):  # an older transformers has no such door
        from transformers import AttentionInterface
        from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

        AttentionInterface.register(ATTENTION, _attention)
        AttentionMaskInterface.register(ATTENTION, sdpa_mask)
        transformer.set_attn_implementation(ATTENTION)


def _attention(
    module: Any, query: Any, key: Any, value: Any, mask: Any, scaling: float, **_: Any
) -> tuple[Any, None]:
    """`[n, w, h, d]` of `[n, h, w, d]` each, with as many rows at once as stay in cache.

    `mask` is `[n, 1, w, w]`, true where a token is looked at, the same for each that looks; None: all are.
    """
    import torch

    n, h, w, d = query.shape
    attended, query = torch.empty((n, w, h, d), dtype=query.dtype), query * scaling
    unseen = None
    if mask is not None:
        unseen = torch.zeros((n, 1, 1, w), dtype=query.dtype)
        unseen.masked_fill_(~mask[:, :, :1], torch.finfo(query.dtype).min)
    step = max(1, SCORES // (h * w * w))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        q, k, v = (x[rows].reshape(-1, w, d) for x in (query, key, value))
        scores = torch.bmm(q, k.transpose(1, 2))
        if unseen is not None:
            scores.view(-1, h, w, w).add_(unseen[rows])
        found = torch.bmm(torch.softmax(scores, dim=-1), v)
        attended[rows] = found.view(-1, h, w, d).transpose(1, 2)
    return attended, None


def _pack(transformer: Any, tokens: int) -> None:
    """Lay the weights of linear layers out once, as the CPU's kernels want them; who asks for them finds them as they were."""
    import torch

    if not (
        torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    ):
        return
    for layer in transformer.modules():
        if type(layer) is torch.nn.Linear:
            laid_out = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), tokens)
            layer.forward = functools.partial(_linear, laid_out, layer.bias)


def _linear(weight: Any, bias: Any, x: Any) -> Any:
    import torch

    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
