"""What a library would load of transformers as it is imported itself, loaded when it is used."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

__all__ = ["pipelines_later"]


@contextlib.contextmanager
def pipelines_later() -> Iterator[None]:
    """For importing a library that takes `transformers.pipeline` in case it is asked for one.

    That name costs two seconds in every process, for all architectures are behind it. What is taken here does the same, and
    pays when it is called. Nothing is missing meanwhile, for other threads either.
    """
    import transformers

    if "pipeline" in vars(transformers):  # paid for already
        yield
        return
    vars(transformers)["pipeline"] = _pipeline
    try:
        yield
    finally:
        vars(transformers).pop("pipeline", None)


def _pipeline(*args: Any, **options: Any) -> Any:
    from transformers.pipelines import pipeline

    return pipeline(*args, **options)
