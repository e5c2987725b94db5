"""What a library would load of another as it is imported itself, loaded when it is used."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["metrics_later", "pipelines_later"]

METRICS = "sklearn.metrics"


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


@contextlib.contextmanager
def metrics_later() -> Iterator[None]:
    """For importing a library that takes functions of `sklearn.metrics` in case it is asked for a distance.

    They cost two seconds in every process, for pandas and scipy's statistics are behind them. What is taken here does the
    same, and pays when it is called.
    """
    found = None if METRICS in sys.modules else find_spec("sklearn")
    if found is None:  # paid for already, or not there
        yield
        return
    stand_in = _Metrics(METRICS)
    stand_in.__path__ = [str(Path(place, "metrics")) for place in found.submodule_search_locations]
    sys.modules[METRICS] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(METRICS) is stand_in:
            del sys.modules[METRICS]


class _Metrics(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **options: getattr(import_module(METRICS), name)(*args, **options)
