"""Judges, rubrics and replies for tests of autoraters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from logminer.ids import Pseudonyms
from logminer.scorers.autorater.rubric import Form, Rubric
from logminer.scorers.autorater.spec import Autorater
from logminer.spec import parse
from logminer.stages.judge import JudgeOptions
from logminer.taxonomy.tree import Channel, load_taxonomy

__all__ = [
    "CATEGORY",
    "DEGREE",
    "JUDGE",
    "LABEL",
    "PAIR",
    "PROSE",
    "PSEUDONYMS",
    "TAXONOMY",
    "rater",
    "reply",
    "rubric",
]


PSEUDONYMS = Pseudonyms(b"k" * 32, "test")
TAXONOMY = {name: load_taxonomy(name, Path()) for name in ("refusal", "odcv", "alignment")}
CATEGORY = {n.category.id: n.category for t in TAXONOMY.values() for n in t.nodes()}
PAIR = next(category for category in CATEGORY.values() if category.channel == "pair")
LABEL, DEGREE = Form(), Form(6)


def rubric(category: str = "refusal", channel: Channel = "response", shown: bool = True) -> Rubric:
    return Rubric(CATEGORY[category], channel, shows_prompt=shown)


def reply(**fields: Any) -> str:
    return json.dumps({"evidence": "", "reason": "", "label": "yes"} | fields)


PROSE = "I'm sorry, but I can't rate this. The answer is no."


JUDGE = {"name": "j", "kind": "scripted", "replies": ["a", "b"]}


def rater(**more: Any) -> Autorater:
    options = {"kind": "autorater", "judge": JUDGE, "categories": ["refusal"]} | more
    if "judges" in more:
        options.pop("judge")
    (found,) = parse(JudgeOptions, {"scorers": [options]}, "p.yaml: judge").scorers
    assert isinstance(found, Autorater)
    return found
