"""Prompts as arrays: what hangs together with what."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from logminer.compare.options import CompareOptions
from logminer.compare.prompts import read_prompts
from logminer.schemas import PROMPTS
from logminer.store.publication import publish
from tests.kit.world import World


def test_units_are_who_asks_and_groups_what_is_asked(tmp_path: Path) -> None:
    world = World(tmp_path)
    for user, group in (("u", "p00000"), ("v", "p00000"), ("u", None), (None, None), (None, None)):
        world.add(("no",), ("no",), user=user, group=group)
    world.tables[PROMPTS.name][4]["prompt_group"] = None  # of which nobody has said it
    with publish(tmp_path, []) as publication:
        world.publish(publication)
        prompts = read_prompts(publication, CompareOptions())
    same_unit = np.equal.outer(prompts.units, prompts.units)
    same_group = np.equal.outer(prompts.groups, prompts.groups)
    assert np.argwhere(np.triu(same_unit, 1)).tolist() == [[0, 2]]
    assert np.argwhere(np.triu(same_group, 1)).tolist() == [[0, 1]]
    assert prompts.unit_unknown
