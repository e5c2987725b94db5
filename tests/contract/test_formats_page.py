"""docs/formats.md names every format, and its pipelines read dumps."""

from __future__ import annotations

import re

import yaml

from logminer.pipeline.file import PipelineFile
from logminer.sources.formats import FORMATS
from logminer.sources.spec import SourceSpec
from logminer.spec import parse
from tests.kit.places import ROOT

PAGE = (ROOT / "docs/formats.md").read_text("utf-8")


def test_the_page_names_every_format_and_no_other() -> None:
    named = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert {name for cell in named for name in re.findall(r"`(\w+)`", cell)} == {*FORMATS}


def test_the_pipelines_of_the_page_are_accepted() -> None:
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    assert len(blocks) > 4
    for block in blocks:
        whole = {"study": "s", "source": {"path": "d"}} | block
        assert isinstance(parse(PipelineFile, whole, "page").source, SourceSpec)
