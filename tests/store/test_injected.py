"""What judges said of texts with an order in them stands in a table of its own, also where it did not before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logminer.errors import StoreError
from logminer.ids import response_id
from logminer.schemas import INJECTED_JUDGEMENTS, JUDGEMENTS
from logminer.store.publication import publish, revise
from logminer.store.session import open_session
from tests.kit.folders import Folders

JUDGED = "SELECT response_id, scorer, scorer_identity FROM {} ORDER BY ALL"


def judged(study: Path) -> list[list[tuple[Any, ...]]]:
    with open_session(study) as session:
        return [session.rows(JUDGED.format(t.name)) for t in (JUDGEMENTS, INJECTED_JUDGEMENTS)]


def expected(*names: str) -> list[list[tuple[Any, ...]]]:
    """What `judged` finds where each response was rated twice."""
    ids = sorted(response_id(f"p-{n}", c, 0) for n in names for c in "ab")
    return [[(id, "j", f"hash of {scorer}") for id in ids] for scorer in ("j", "j.injected")]


def test_canaries_go_into_a_table_of_their_own(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.write("a-0", ["x", "y"])
    loadables = folders.rated("a-0", ["x", "y"])
    for _ in range(2):
        with publish(tmp_path, loadables):
            pass
        assert judged(tmp_path) == expected("x", "y")
    with open_session(tmp_path) as session:
        query = "SELECT part, rows FROM loaded_parts WHERE stage = 'rate.j.a'"
        assert session.rows(query) == [("a-0", 4)]
        query = "SELECT * FROM injection_canaries ORDER BY ALL"
        assert session.rows(query) == [(c, "refusal", "response", "j", 2, 0) for c in "ab"]
    assert [c._replace(doc="") for c in INJECTED_JUDGEMENTS.columns] == [
        c._replace(doc="") for c in JUDGEMENTS.columns
    ]


@pytest.mark.parametrize("order", [("a-0", "b-0"), ("b-0", "a-0")])
def test_canaries_of_a_conversation_in_two_parts_are_kept_once(
    order: tuple[str, str], tmp_path: Path
) -> None:
    folders = Folders(tmp_path)
    names = {"a-0": ["x", "same"], "b-0": ["same", "y"]}
    for part in order:
        folders.write(part, names[part])
        with publish(tmp_path, folders.rated(part, names[part])):
            pass
    assert judged(tmp_path) == expected("x", "same", "y")


CANARIES = "SELECT * REPLACE (scorer || '.injected' AS scorer) FROM injected_judgements"


def test_a_database_that_holds_canaries_as_judgements_is_built_anew(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.write("a-0", ["x", "y"])
    loadables = folders.rated("a-0", ["x", "y"])

    def old() -> None:
        with publish(tmp_path, loadables):
            pass
        with revise(tmp_path) as publication:
            publication.rows(f"INSERT INTO judgements {CANARIES}")
            publication.rows("DROP VIEW injection_canaries")
            publication.rows("DROP TABLE injected_judgements")

    old()
    assert judged(tmp_path) == expected("x", "y")  # as it is read, until it is built anew
    with open_session(tmp_path) as session:
        query = "SELECT checkpoint, n_canaries FROM injection_canaries ORDER BY ALL"
        assert session.rows(query) == [("a", 2), ("b", 2)]
        assert session.rows("SELECT DISTINCT scorer FROM category_rates") == [("j",)]
    with pytest.raises(StoreError, match="another version"), revise(tmp_path):
        pass
    with publish(tmp_path, loadables):
        pass
    assert judged(tmp_path) == expected("x", "y")
    old()
    with publish(tmp_path, loadables):
        pass
    assert judged(tmp_path) == expected("x", "y")
