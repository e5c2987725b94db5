"""A study whose dump and parts lie in an object store is the one that lies on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from logminer.api import load_pipeline, peek
from logminer.audit.auditor import audit
from logminer.errors import ObjectStoreError, StoreError
from logminer.files.places import all_below, located
from logminer.ids import Pseudonyms, load_key
from logminer.run.erasing import Eraser
from logminer.store.forgotten import Forgotten
from logminer.store.layout import StudyFolder
from logminer.store.parts import PartFile
from logminer.store.partslock import lock_parts
from logminer.store.session import Session, open_session
from tests.conftest import PIPELINE, Demo
from tests.kit.folders import Folders
from tests.kit.s3 import Bucket, Fault, bucket

OF_THE_RUN = ("runs", "part_digests", "published_state", "vector_parts")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket(monkeypatch) as served:
        yield served


def tables(study: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is published, but for what is of the run."""
    with open_session(study) as session:
        names = session.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")
        wanted = [name for (name,) in names if name not in OF_THE_RUN]
        return {name: session.rows(f"FROM {name} ORDER BY ALL") for name in wanted}


def test_cut_off_and_resumed_it_is_equal(store: Bucket, demo: Demo, tmp_path: Path) -> None:
    store.put("dump/2026/a.parquet", demo.folder / "dump.parquet")
    said = PIPELINE.replace("dump.parquet", "s3://dumps/dump/**/*.parquet")
    (tmp_path / "p.yaml").write_text(f"{said}parts: s3://dumps/kept/parts\n")
    pipeline, parts = load_pipeline(tmp_path / "p.yaml"), store.root / "kept/parts"
    assert peek("s3://dumps/dump", most=None)[0].rows == 60

    store.fail(Fault("PUT", ".parquet", "ok", 3), Fault("GET", "a.parquet", "cut", 2))
    store.fail(Fault("PUT", ".parquet", 403))
    with pytest.raises(ObjectStoreError, match="answered 403 Forbidden"):
        pipeline.run()
    cut_off = {one.key for one in parts.below()}
    assert 0 < len(cut_off) < 14
    with lock_parts(parts, Path("other")), pytest.raises(StoreError, match="study other"):
        pipeline.run()

    store.asked.clear()
    pipeline.run()
    assert tables(tmp_path / "study") == tables(demo.study)
    assert not cut_off.intersection(name for method, name in store.asked if method == "PUT")
    assert not (tmp_path / "study/parts").exists()
    assert StudyFolder(tmp_path / "study").parts == parts
    raw = [value.encode() for values in demo.planted.values() for value in values]
    kept = [one.read_bytes() for one in (*all_below(parts), *all_below(tmp_path / "study"))]
    assert not any(value in data for value in raw for data in kept)

    looked = audit(tmp_path / "study", Session)
    assert (looked.parts.verified, looked.parts.altered) == (14, ())
    store.put("kept/parts/judge.old-0123456789ab/x.parquet", b"of options before")
    store.put("kept/parts/notes/of-somebody.parquet", b"no part")
    [told] = pipeline.prune(remove=True).found
    assert (told.where, told.files) == ("parts/judge.old-0123456789ab", 1)
    assert len([*parts.rglob("*.parquet")]) == 14 + 1


def test_who_is_forgotten_goes_from_a_store_too(store: Bucket) -> None:
    own, place = Pseudonyms(load_key(), "kept"), located("s3://dumps/kept")
    names = [own.conversation(name) for name in "abc"]
    made = Folders(place, "0" * 12)  # type: ignore[arg-type]
    made.write("0-0", names)
    people = Forgotten(frozenset([own.forgotten(names[0])]))
    eraser = Eraser(place / "parts", people, [own], [])
    assert eraser.find().rows["responses"] == 2
    eraser.erase({}, None)
    assert not any(names[0].encode() in one.read_bytes() for one in all_below(place))
    left = {one.folder.label: PartFile(one.folder.file("0-0")).verified()[1] for one in made.all}
    assert (left["anonymise"].rejected, left["anonymise"].rows_out) == (1, 3)
    assert {left[name].rows_out for name in left if name != "anonymise"} == {2}
    people.keep(place / "forgotten.parquet")
    people.keep(place / "forgotten.parquet")
    assert Forgotten.read(place / "forgotten.parquet") == people
    assert not Forgotten.read(place / "nobody.parquet")
