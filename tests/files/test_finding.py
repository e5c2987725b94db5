"""What a path names is found, whatever leads there; what is not read is told."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from logminer.errors import SourceError
from logminer.files.finding import find_files, survey
from logminer.files.opening import open_table


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def found(path: Path | str, *kinds: str) -> list[str]:
    return [file.relative for file in find_files(str(path), kinds or ("parquet",))]


def skipped(path: Path | str) -> dict[str, str]:
    return {Path(one.path).name: one.reason for one in survey(str(path)).skipped}


def same_in_each_form(folder: Path) -> list[str]:
    files = found(folder)
    assert found(folder / "**") == found(folder / "**/*.parquet") == files
    return files


def test_linked_folders_are_gone_into_in_each_form(tmp_path: Path) -> None:
    put(tmp_path, "d/a.parquet", "d/z/c.parquet", "other/b.parquet", "other/deep/e.parquet")
    link(tmp_path / "d/linked", "../other")
    link(tmp_path / "d/f.parquet", "../other/deep/../../d/z/c.parquet")
    link(tmp_path / "d/gone.parquet", "nowhere")
    assert same_in_each_form(tmp_path / "d") == [
        "a.parquet",
        "f.parquet",
        "linked/b.parquet",
        "linked/deep/e.parquet",
    ]
    assert found(tmp_path / "d/*/*.parquet") == ["linked/b.parquet", "z/c.parquet"]
    assert found(tmp_path / "d/l*") == ["linked/b.parquet", "linked/deep/e.parquet"]
    told = skipped(tmp_path / "d")
    assert told["gone.parquet"] == "a link to nothing"
    assert told["c.parquet"] == "the same file as f.parquet, which is read"


def test_circles_of_links_end(tmp_path: Path) -> None:
    put(tmp_path, "d/a/x.parquet", "d/b/y.parquet")
    link(tmp_path / "d/a/up", "..")
    link(tmp_path / "d/b/other", "../a")
    link(tmp_path / "d/a/other", "../b")
    link(tmp_path / "d/self", "self")
    assert same_in_each_form(tmp_path / "d") == ["a/other/y.parquet", "a/x.parquet"]
    told = skipped(tmp_path / "d")
    assert told["up"] == "a link to the folder ., which is read"
    assert told["b"] == "a link to the folder a/other, which is read"
    assert told["self"].startswith("cannot be read (Too many levels")


def test_a_link_out_of_the_dump_into_what_holds_it_is_no_way_to_what_lies_beside(
    tmp_path: Path,
) -> None:
    put(tmp_path, "d/a.parquet", "d/e/b.parquet", "beside.parquet")
    link(tmp_path / "d/up", "..")
    link(tmp_path / "d/e/top", str(tmp_path.parent))
    assert same_in_each_form(tmp_path / "d") == ["a.parquet", "e/b.parquet"]
    assert skipped(tmp_path / "d") == dict.fromkeys(
        ("up", "top"), "a link to a folder in which it lies itself"
    )


def test_a_folder_that_is_read_only_in_part_is_read_again_elsewhere(tmp_path: Path) -> None:
    put(tmp_path, "d/a/x/1.parquet", "d/a/2.parquet")
    link(tmp_path / "d/b", "a/x")
    assert found(tmp_path / "d/*/*.parquet") == ["a/2.parquet", "b/1.parquet"]


def test_every_name_of_parquet_is_one(tmp_path: Path) -> None:
    names = ["a.parquet", "b.parq", "c.pq", "d.parquet.snappy", "e.PARQUET", "f.parquet.gzip"]
    put(tmp_path, *names, "g.snappy.parquet", "parquet", "h.parquet.txt", "i.npq")
    assert found(tmp_path) == found(tmp_path / "*") == [*names, "g.snappy.parquet"]
    assert found(tmp_path / "*.parquet") == ["a.parquet", "g.snappy.parquet"]
    assert skipped(tmp_path / "*.parquet") == {"e.PARQUET": "matches in other letters only"}
    put(tmp_path, "j.jsonl")
    assert "j.jsonl" not in found(tmp_path, "parquet", "jsonl")
    found_too = find_files(str(tmp_path), ("parquet", "jsonl"), mixed=True)
    assert found_too[-1].relative == "j.jsonl"


def test_a_file_without_a_suffix_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    put(tmp_path, "b.parquet", "Makefile")
    (tmp_path / "000000000000").write_bytes(b"PAR1 and more")
    (tmp_path / "c.bak").write_bytes(b"PAR1 and more")
    for form in ("", "*", "**"):
        assert found(tmp_path / form) == ["000000000000", "b.parquet"]
    assert found(tmp_path / "0*") == ["000000000000"]


def test_folders_of_columns_and_of_systems(tmp_path: Path) -> None:
    put(tmp_path, "_day=3/a.parquet", "_temporary/b.parquet", "_delta_log/1.json")
    (tmp_path / "lost+found").mkdir()
    assert same_in_each_form(tmp_path) == ["_day=3/a.parquet"]
    looks = {Path(s.path).name: s.looks_like_data for s in survey(str(tmp_path)).skipped}
    assert looks == {"_temporary": False, "_delta_log": True, "lost+found": False}


@pytest.mark.parametrize("form", ["{}", "{}/*.parquet", "{}/x/**/*.parquet"])
def test_a_path_that_cannot_be_one_is_an_error_like_any(form: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        find_files(form.format(tmp_path / ("n" * 300)))
    os.mkfifo(tmp_path / "f.parquet")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        find_files(str(tmp_path / "f.parquet"))


def test_what_is_not_read_is_told_and_whether_it_looks_like_data(tmp_path: Path) -> None:
    put(tmp_path, "a.parquet", "b.csv", "c.JSONL", "d.txt", ".e.parquet", "_f/g.parquet")
    put(tmp_path, "_SUCCESS", ".a.parquet.crc", "h.parquet.tmp", "k.jsonl.gz")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(tmp_path / "i.parquet"))
    looks = {Path(s.path).name: s.looks_like_data for s in survey(str(tmp_path)).skipped}
    assert looks == {
        "b.csv": True,
        "c.JSONL": True,
        "d.txt": False,
        ".e.parquet": True,
        "_f": False,
        "_SUCCESS": False,
        ".a.parquet.crc": False,
        "h.parquet.tmp": True,
        "k.jsonl.gz": True,
        "i.parquet": False,
    }
    assert skipped(tmp_path)["i.parquet"] == "no regular file"
    assert skipped(tmp_path)["d.txt"] == "not named .parquet"


def test_nothing_found_names_what_lies_there(tmp_path: Path) -> None:
    put(tmp_path, "d.jsonl")
    (tmp_path / "d.jsonl").write_text('{"messages": []}\n')
    with pytest.raises(SourceError, match=r'd\.jsonl was skipped: JSON lines.*duckdb -c "COPY'):
        find_files(str(tmp_path))
    link(tmp_path / "gone", "nowhere")
    with pytest.raises(SourceError, match="a link to nothing"):
        find_files(str(tmp_path / "gone"))


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder, and for the test no more rights than anybody has."""
    with tempfile.TemporaryDirectory() as name:
        folder, user = Path(name), os.geteuid()
        folder.chmod(0o755)
        put(folder, "a.parquet", "b/c.parquet", "e.parquet")
        (folder / "b").chmod(0)
        (folder / "e.parquet").chmod(0)
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)
            (folder / "b").chmod(0o700)


def test_what_may_not_be_read_is_told(anybodys: Path) -> None:
    assert found(anybodys) == ["a.parquet", "e.parquet"]
    assert "Permission denied" in skipped(anybodys)["b"]
    for path in ("b", "b/c.parquet", "b/*.parquet", "b/d/*.parquet"):
        with pytest.raises(SourceError, match=r"cannot be read \(Permission denied\)"):
            find_files(str(anybodys / path))
    with pytest.raises(SourceError, match=r"e\.parquet: cannot be read \(Permission denied\)"):
        open_table(anybodys / "e.parquet")


class TestStudies:
    def test_are_skipped_wherever_they_lie_in_a_dump(self, tmp_path: Path) -> None:
        put(tmp_path, "d/a.parquet", "d/s/study.duckdb", "d/s/parts/x.parquet", "d/s/b.parquet")
        put(tmp_path, "d/t/parts/anonymise-0123/x.parquet", "d/parts/c.parquet")
        assert same_in_each_form(tmp_path / "d") == ["a.parquet", "parts/c.parquet"]
        told = skipped(tmp_path / "d")
        assert told == dict.fromkeys(("s", "t"), "the folder of a study")
        assert found(tmp_path / "d/*/*.parquet") == ["parts/c.parquet"]

    def test_that_are_the_dumps_own_folder_leave_the_dump(self, tmp_path: Path) -> None:
        put(tmp_path, "a.parquet", "study.duckdb", "parts/x/b.parquet", "maps/c.parquet")
        assert same_in_each_form(tmp_path) == ["a.parquet"]
        assert found(tmp_path / "parts") == ["x/b.parquet"]  # named, so meant
