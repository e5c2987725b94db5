"""What scripts, notebooks and the terminal call: a pipeline file taken through its journey, a study opened to be read.

What is heavy is imported when it is called for, so that `import logminer` costs nothing. No file here is called as a function
is: which of the two a name means would depend on what was imported first.
"""

from __future__ import annotations

from logminer.api.dumps import export_study, peek, write_release, write_report
from logminer.api.evaluations import freeze, show_suite, suites
from logminer.api.pipelines import Pipeline, load_pipeline
from logminer.api.worlds import grade, instance, selftest
from logminer.study.opened import Study, open_study

__all__ = [
    "Pipeline",
    "Study",
    "export_study",
    "freeze",
    "grade",
    "instance",
    "load_pipeline",
    "open_study",
    "peek",
    "selftest",
    "show_suite",
    "suites",
    "write_release",
    "write_report",
]
