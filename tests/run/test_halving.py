"""The halves of a study from run to run: even, kept, handed over, and the same whatever came first."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa

from logminer.api import load_pipeline
from logminer.store.halves import given_halves
from logminer.store.layout import StudyFolder
from logminer.store.session import open_session
from tests.kit.dumps import MESSAGES, dialogue, write

FIRST = {"ada": 12, "ben": 5, "cleo": 4, "dan": 2, **{f"u{i}": 1 for i in range(5)}}
LATER = {"zoe": 9, **{f"v{i}": 1 for i in range(9)}}
PIPELINE = "study: study\nproject: p\nsource: {path: 'dump/*.parquet'}\njudge: {scorers: [rules]}\nworkers: 0\n"

Halves = dict[str, str | None]


def dump(folder: Path, name: str, users: dict[str, int]) -> None:
    """A file with so many conversations of each user."""
    who = [user for user, n in users.items() for _ in range(n)]
    said = [dialogue(f"How do I boil {i} eggs?", "For 7 minutes.") for i in range(len(who))]
    columns = {
        "conversation_id": [f"{name[-5:]}/{user}/{i}" for i, user in enumerate(who)],
        "user_id": who,
        "messages": pa.array(said, MESSAGES),
    }
    write(folder / "dump" / f"{name}.parquet", columns)


def run(folder: Path, more: str = "") -> tuple[Halves, Counter[str | None]]:
    """The half of each user, and the prompts of each half, as they are published."""
    (folder / "p.yaml").write_text(PIPELINE + more)
    load_pipeline(folder / "p.yaml").run()
    with open_session(folder / "study") as session:
        found = session.rows("SELECT user_id, split FROM prompts")
    halves = dict(found)
    assert set(found) == set(halves.items())  # nobody is on both
    return halves, Counter(split for _, split in found)


def test_halves_are_even_and_stay_when_the_dump_grows(tmp_path: Path) -> None:
    dump(tmp_path, "first", FIRST)
    before, prompts = run(tmp_path)
    assert sorted(prompts.values()) == [14, 14]
    dump(tmp_path, "a-later", LATER)
    after, prompts = run(tmp_path)
    assert before.items() < after.items()
    assert sorted(prompts.values()) == [23, 23]
    # A folder made from nothing has other halves, and the same ones where they are handed over.
    new = tmp_path / "new"
    shutil.copytree(tmp_path / "dump", new / "dump")
    (new / "study").mkdir()
    shutil.copy(tmp_path / "study" / "halves.parquet", new / "study")
    again, _ = run(new)
    assert again == after


def test_the_order_of_parts_and_a_run_that_was_cut_off_make_no_difference(tmp_path: Path) -> None:
    kept = []
    for names in (("1-first", "2-later"), ("2-first", "1-later")):
        folder = tmp_path / names[0]
        dump(folder, names[0], FIRST)
        if (
            kept
        ):  # a first run that never came to the barrier: its parts and an empty file are there
            run(folder)
            study = StudyFolder(folder / "study")
            study.database.unlink()
            given_halves(study).only(given_halves(study).units[:0]).keep(study)
        dump(folder, names[1], LATER)
        run(folder)
        kept.append((folder / "study" / "halves.parquet").read_bytes())
    assert kept[0] == kept[1]


def test_an_older_study_keeps_its_coins_and_another_study_s_map_its_halves(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    dump(old, "first", FIRST)
    dealt, _ = run(old)
    for kept in ("halves.parquet", "study.duckdb"):  # as they were before halves were kept
        (old / "study" / kept).unlink()
    coins, _ = run(old)
    assert coins != dealt
    dump(old, "later", LATER)
    grown, _ = run(old)
    assert coins.items() < grown.items()
    dump(new, "first", FIRST | {"new": 1})
    there, _ = run(new, f"cluster: {{map: {old / 'study'}}}\n")
    assert coins.items() < there.items()
    assert len(there) == len(coins) + 1
