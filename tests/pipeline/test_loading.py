"""A pipeline file and the files it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.errors import ConfigError
from tests.conftest import Demo
from tests.kit.copies import copy


def test_files_that_anonymise_names_lie_beside_the_pipeline_file(
    demo: Demo, tmp_path: Path
) -> None:
    file = copy(demo, tmp_path)
    file.write_text(file.read_text() + "anonymise: {recognizers: own.yaml}\n")
    with pytest.raises(ConfigError, match=r"copy/own\.yaml: no such file"):
        load_pipeline(file).journey()
    (file.parent / "own.yaml").write_text(
        "recognizers:\n  - name: Badges\n    supported_language: en\n    supported_entity: BADGE\n"
        "    deny_list: [quokka-7]\n"
    )
    assert load_pipeline(file).file.anonymise.recognizers == str(file.parent / "own.yaml")
    load_pipeline(file).journey()


def test_a_pipeline_of_suites_alone_names_no_dump(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "study: study\ncheckpoints: [{name: a, kind: scripted}, {name: b, kind: scripted}]\nsuites: {dilemmas: {}}\n"
    )
    pipeline = load_pipeline(tmp_path / "p.yaml")
    assert pipeline.suite("dilemmas").journey().dump.rows == 72
    for act in (pipeline.check, pipeline.status, pipeline.run):
        with pytest.raises(ConfigError, match="source: required key is missing"):
            act()
