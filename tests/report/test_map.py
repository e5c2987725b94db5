"""The map of a report: what its marks add up to, and that each is of many people."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from logminer.report.cells import cells
from logminer.report.map import map_section
from logminer.report.material import read_material
from logminer.report.people import People
from logminer.store.session import open_session
from tests.conftest import Demo

LEAST = 3


class Marks(NamedTuple):
    """What the script of the page reads."""

    data: dict[str, Any]
    x: np.ndarray
    cluster: np.ndarray
    n: np.ndarray  # [marks, arms]
    yes: np.ndarray  # [marks, behaviours, arms]


def read_marks(study: Path, *, with_text: bool) -> Marks:
    with open_session(study) as session:
        people = People.of(session, LEAST, with_text=with_text)
        section = map_section(read_material(session, people))
    assert section
    data = json.loads(section.extra.data["map-data"])
    marks, arms, behaviours = data["marks"], len(data["arms"]), len(data["behaviours"])
    raw = zlib.decompress(base64.b64decode(data["packed"]), -15)
    x, _, cluster = np.frombuffer(raw, "<u2", 3 * marks).reshape(3, marks)
    rest = raw[6 * marks :]
    if data["cells"]:
        n = np.frombuffer(rest, "<u4", marks * arms).reshape(marks, arms)
        yes = np.frombuffer(rest[4 * marks * arms :], "<u4").reshape(marks, behaviours, arms)
    else:
        n = np.eye(arms, dtype=int)[np.frombuffer(rest, "u1", marks)]
        flags = np.frombuffer(rest[marks:], "<u4")
        yes = (flags[:, None] >> np.arange(behaviours) & 1)[:, :, None] * n[:, None]
    return Marks(data, x, cluster, n, yes)


@pytest.fixture(scope="module")
def both(demo: Demo) -> dict[bool, Marks]:
    """With texts and without."""
    return {with_text: read_marks(demo.study, with_text=with_text) for with_text in (True, False)}


def test_marks_add_up_to_what_the_database_has(demo: Demo, both: dict[bool, Marks]) -> None:
    with open_session(demo.study) as session:
        shares = session.rows("SELECT cluster_id, checkpoint, n_responses FROM cluster_shares")
        yes = dict(
            session.rows(
                "SELECT checkpoint, yes FROM category_rates WHERE category_id = 'refusal'"
                " AND scorer = 'rules' AND channel = 'response'"
            )
        )
    for marks in both.values():
        arms, refusal = marks.data["arms"], marks.data["behaviours"].index("Refusal (any)")
        whole = [sum(n for _, arm, n in shares if arm == one) for one in arms]
        assert marks.n.sum(axis=0).tolist() == whole == marks.data["groups"][0]["n"]
        shown = [yes.get(arm, 0) for arm in arms]
        assert marks.yes[:, refusal].sum(axis=0).tolist() == shown
        assert marks.data["groups"][0]["yes"][refusal] == shown
    single = both[True]
    for place, cluster in enumerate(single.data["clusters"]):
        mine = single.n[single.cluster == place].sum(axis=0)
        expected = {arm: n for id_, arm, n in shares if id_ == cluster["id"]}
        assert dict(zip(single.data["arms"], mine.tolist(), strict=True)) == {
            arm: expected.get(arm, 0) for arm in single.data["arms"]
        }


def test_without_texts_no_answer_has_a_place_of_its_own(both: dict[bool, Marks]) -> None:
    single, shared = both[True], both[False]
    assert shared.data["cells"]
    assert 1 < shared.data["marks"] < single.data["marks"] / LEAST
    assert ((shared.n == 0) | (shared.n >= LEAST)).all()
    told = [n for group in shared.data["groups"] for n in group["n"]]
    assert None in told
    assert all(n is None or n == 0 or n >= LEAST for n in told)


def test_each_cell_has_many_people_of_each_arm() -> None:
    rng = np.random.default_rng(0)
    places, arms = rng.normal(size=(600, 2)), rng.integers(0, 3, 600)
    arms[0] = 3  # alone of its arm
    people = rng.integers(-1, 40, 600)
    found = cells(places, arms, people, 4)
    assert len(found) > 10
    assert np.array_equal(np.sort(np.concatenate(found)), np.arange(1, 600))
    for cell in found:
        for arm in np.unique(arms[cell]):
            mine = people[cell][arms[cell] == arm]
            assert len({*mine.tolist()} - {-1}) >= 4
    assert cells(places[:3], arms[:3], people[:3], 4) == []


def test_what_others_wrote_is_what_it_is_said_to_be() -> None:
    vendor = resources.files("logminer.report") / "assets" / "vendor"
    lines = (vendor / "HASHES").read_text("utf-8").splitlines()[1:]
    said = {name: digest for name, digest, *_ in (line.split(" ", 2) for line in lines)}
    there = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in vendor.iterdir()}
    there.pop("HASHES")
    assert said == there
    assert {name.replace(".js", ".LICENSE") for name in there} <= there.keys()


def test_an_arm_of_few_people_is_no_number_and_no_mark(demo: Demo) -> None:
    with open_session(demo.study) as session:
        people = People.of(session, 10_000, with_text=False)
        section = map_section(read_material(session, people))
    assert section
    assert not section.extra.scripts
    assert not section.section.content["drawn"]
    told = {cell for line in section.section.content["lines"] for cell in line["cells"]}
    assert told <= {people.few, "none"}
