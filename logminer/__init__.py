"""Do two model checkpoints behave differently on what real users ask? Paired, tested, and without leaking a person.

>>> import logminer as lm
>>> study = lm.open_study("studies/quarterly")            # doctest: +SKIP
>>> study.sql("from category_shifts").df()                # doctest: +SKIP
>>> lm.load_pipeline("pipelines/quarterly.yaml").run()    # doctest: +SKIP
"""

from __future__ import annotations

from logminer.api import (
    Pipeline,
    Study,
    export_study,
    load_pipeline,
    open_study,
    peek,
    write_release,
    write_report,
)
from logminer.errors import LogminerError

__all__ = [
    "LogminerError",
    "Pipeline",
    "Study",
    "__version__",
    "export_study",
    "load_pipeline",
    "open_study",
    "peek",
    "write_release",
    "write_report",
]

__version__ = "0.1.0"
