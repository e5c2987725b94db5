"""Do two model checkpoints behave differently on what real users ask? Paired, tested, and without leaking a person.

>>> import logminer as lm
>>> study = lm.open_study("studies/quarterly")            # doctest: +SKIP
>>> study.sql("from category_shifts").df()                # doctest: +SKIP
>>> lm.load_pipeline("pipelines/quarterly.yaml").run()    # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from logminer.pipeline import Pipeline
    from logminer.study import Study

__all__ = ["__version__", "load_pipeline", "open_study"]

__version__ = "0.1.0"


def load_pipeline(path: str | Path) -> Pipeline:
    """Read a pipeline file; `.run()` executes it and resumes by itself.

    Raises:
        ConfigError: the file is wrong; says where in it.
    """
    from logminer import pipeline

    return pipeline.load_pipeline(path)


def open_study(path: str | Path) -> Study:
    """Open a published study for reading; nothing outside it can be reached from its SQL.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    from logminer import study

    return study.open_study(path)
