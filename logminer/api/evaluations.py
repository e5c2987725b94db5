"""Suites: what is shipped, what one asks, and prompts made for one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logminer.api.pipelines import Pipeline
    from logminer.suites.freezing import Frozen
    from logminer.suites.listing import ShownSuite, SuiteState

__all__ = ["freeze", "show_suite", "suites"]


def suites() -> list[SuiteState]:
    """The suites that are shipped; `Pipeline.suites` has one's own and the declared ones too."""
    from logminer.suites.listing import list_suites

    return list_suites()


def show_suite(name: str, pipeline: Pipeline | None = None) -> ShownSuite:
    """What a suite asks, what it needs, and what to write into a pipeline file.

    Args:
        name: a suite's name, or the path of its file.
        pipeline: for those that it declares or that lie beside it; its checkpoints are named in what is to be written.

    Raises:
        ConfigError: there is none, or its file is wrong.
    """
    from logminer.pipeline.suitefile import find_suite, suite_called
    from logminer.suites.listing import describe

    if pipeline is None:
        return describe(find_suite(name))
    suite = suite_called(name, pipeline.file, pipeline.base)
    return describe(suite, pipeline.file, pipeline.base)


def freeze(
    logs: Sequence[str | Path], to: str | Path, *, score: str | None = None, at_least: float = 5.0
) -> Frozen:
    """Make prompts of Inspect's audits: each sample up to the target's first turn; see `suites.freezing.freeze`."""
    from logminer.suites.freezing import freeze as freeze_logs

    return freeze_logs(logs, Path(to), score=score, at_least=at_least)
