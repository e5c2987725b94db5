"""What is planted is found in every form and place of a study, and a clean study is clean."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.audit.auditor import audit, read_canaries
from logminer.audit.findings import Audit, Canary
from logminer.audit.studyfiles import CHUNK
from logminer.schemas import CLUSTERS
from logminer.store.publication import revise
from logminer.store.session import Session
from tests.conftest import Demo
from tests.kit.auditing import planted, run, search
from tests.kit.planting import plant

NAME = "Zoë Quillfeather <zq>"  # letters, white space, no ASCII, and what URLs and HTML escape
NUMBER = "+48 601 234 567"
FORMS: dict[str, tuple[str, Callable[[str], str]]] = {
    "as_is": (NAME, lambda c: c),
    "case_folded": (NAME, str.upper),
    "no_spaces": (NAME, lambda c: c.replace(" ", "")),
    "digits_only": (NUMBER, lambda c: "48601234567"),
    "url_encoded": (NAME, quote_plus),
    "base64": (NAME, lambda c: base64.b64encode(b"q" + c.encode() + b"x").decode()),
    "reversed": (NAME, lambda c: c[::-1]),
    "json_escaped": (NAME, lambda c: json.dumps(json.dumps(c))[1:-1]),
    "html_escaped": (NAME, lambda c: c.replace("<", "&lt;").replace(">", "&gt;")),
    "hex": (NAME, lambda c: c.encode().hex()),
}


def forms(found: Audit) -> set[tuple[str, str]]:
    return {(hit.artefact, hit.form) for hit in found.hits}


# ---- a study that is clean


def test_a_clean_study_is_clean(demo: Demo, tmp_path: Path) -> None:
    gone = [v for kind in ("email", "card", "iban", "ip") for v in demo.planted[kind]]
    dump = pq.read_table(demo.folder / "dump.parquet")
    gone += dump["conversation_id"].to_pylist() + sorted(set(dump["user_id"].to_pylist()))
    lines = [*gone, "", *(f"detector\t{v}" for v in demo.planted["person"])]
    (tmp_path / "canaries.txt").write_text("\n".join(lines))
    (tmp_path / "ids.txt").write_text("\n".join(dump["conversation_id"].to_pylist()))
    arguments = (demo.study, "--canaries", tmp_path / "canaries.txt", "--ids", tmp_path / "ids.txt")
    result = run(*arguments, "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["clean"]) == (0, True), found
    assert found["plumbing_hits"] == 0
    assert (found["certain_finds"], found["hashed_ids"], found["undecoded"]) == ([], [], [])
    assert found["plumbing_canaries"] == len(gone)
    assert found["detector_canaries"] == len(demo.planted["person"])
    left = {hit["canary_index"] for hit in found["hits"]}
    assert left <= set(range(len(gone) + 1, len(lines)))  # the blank line counts
    rate = found["leak_rate"]
    assert (
        rate["low"] <= rate["estimate"] == len(left) / len(demo.planted["person"]) <= rate["high"]
    )
    quasi = found["quasi_identifiers"]
    assert quasi["conversations"] == demo.summary.conversations
    assert 0 <= quasi["three_or_more"] <= min(quasi["conversations"], sum(quasi["kinds"].values()))
    assert "clean" in run(*arguments).stdout
    assert run(demo.study).exit_code == 0


def test_a_database_alone_is_as_clean(demo: Demo, tmp_path: Path) -> None:
    """What a model repeats of its prompt's surrogates is told from a leak without the parts, too."""
    shutil.copy(demo.study / "study.duckdb", tmp_path)
    gone = [v for kind in ("email", "card", "iban", "ip") for v in demo.planted[kind]]
    for study in (tmp_path, tmp_path / "study.duckdb"):
        found = audit(study, Session, canaries=planted(*gone))
        assert found.clean
        assert found.quasi_identifiers.conversations == demo.summary.conversations
    with_parts = audit(demo.study, Session)
    assert with_parts.quasi_identifiers == found.quasi_identifiers
    shutil.copytree(demo.study / "parts", tmp_path / "parts")
    (tmp_path / "study.duckdb").unlink()
    assert audit(tmp_path, Session).clean
    assert audit(tmp_path, Session).quasi_identifiers == found.quasi_identifiers


def test_an_identifier_outside_the_redactions_is_found(demo: Demo, tmp_path: Path) -> None:
    shutil.copytree(demo.study / "parts", tmp_path / "parts")
    (file,) = (tmp_path / "parts").glob("anonymise-*/*.parquet")
    data = pq.read_table(file)
    rows = data.to_pylist(maps_as_pydicts="strict")
    number = next(i for i, row in enumerate(rows) if row["redactions"])
    told, covered = dict(rows[number]), dict(rows[number])
    told["messages"] = [
        *told["messages"],
        {"role": "user", "content": "so write to zq@mail.example"},
    ]
    message = {"role": "user", "content": "4111 1111 1111 1111 it was"}
    redaction = {
        "message_index": 0,
        "field": "content",
        "entity_type": "CREDIT_CARD",
        "start": 0,
        "end": 19,
    }
    covered |= {"messages": [message], "redactions": [redaction]}
    table_ = pa.Table.from_pylist([*rows[:number], told, covered], data.schema)
    pq.write_table(table_, file)
    found = audit(tmp_path, Session)
    artefact = file.relative_to(tmp_path).as_posix()
    assert [f._asdict() for f in found.certain_finds] == [
        {"artefact": artefact, "entity_type": "EMAIL_ADDRESS", "column": "messages.content", "row": number, "n": 1}
    ]  # fmt: skip


SURROGATE = "5 Elm Street, maria.keller@example.org"
MENTIONS = {"message_index": 0, "field": "content", "entity_type": "ADDRESS", "start": 4, "end": 42}


def test_a_response_may_repeat_what_its_prompt_replaced(tmp_path: Path) -> None:
    """In parts and in a database; the same words in answer to another prompt are a find."""
    message = {"role": "user", "content": f"Hi, {SURROGATE}!"}
    prompts = [
        {
            "prompt_id": p,
            "conversation_id": p,
            "messages": [message],
            "redactions": [MENTIONS] * (p == "a"),
        }
        for p in "ab"
    ]
    prompts[1]["messages"] = [{"role": "user", "content": "Hi!"}]
    responses = [
        {"prompt_id": p, "response": f"You are at {SURROGATE}?", "redactions": None} for p in "ab"
    ]
    schema = pa.Table.from_pylist(prompts).schema
    for table_, rows in (("prompts", prompts), ("responses", responses)):
        file = tmp_path / "parts" / f"{table_}-0123456789ab" / "abcdefabcdef-000000000.parquet"
        file.parent.mkdir(parents=True)
        kind = schema if table_ == "prompts" else pa.schema([("prompt_id", pa.string()), ("response", pa.string()), ("redactions", schema.field("redactions").type)])  # fmt: skip
        made = pa.Table.from_pylist(rows, kind.with_metadata({"table": table_}))
        pq.write_table(made, file)
        with duckdb.connect(str(tmp_path / "study.duckdb")) as c:
            if table_ == "prompts":
                c.execute(
                    "CREATE TABLE conversations AS SELECT conversation_id, messages, redactions FROM made"
                )
                made = made.drop_columns("redactions")
            c.execute(f"CREATE TABLE {table_} AS FROM made")
    found = audit(tmp_path, Session)
    assert {(f.artefact, f.entity_type, f.row, f.n) for f in found.certain_finds} == {
        (artefact, "EMAIL_ADDRESS", 1, 1)
        for artefact in ("study.duckdb:responses", file.relative_to(tmp_path).as_posix())
    }
    canary = [Canary(0, "detector", "Elm Street")]
    hits = audit(tmp_path, Session, canaries=canary).hits
    assert {(hit.column, hit.row, hit.n) for hit in hits} == {("response", 1, 1)}


# ---- every form in every kind of artefact


def part(folder: Path, text: str) -> str:
    inner = pa.map_(pa.string(), pa.list_(pa.struct([("x", pa.string())])))
    rows = [{"a": [("k", [{"x": None}])]}] * 50 + [
        {"a": [("k", [{"x": "?"}, {"x": f"so {text}."}])]}
    ]
    file = folder / "parts" / "judge.sft-0123456789ab" / "abcdefabcdef-000000000.parquet"
    file.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, pa.schema([("a", inner)])), file, compression="zstd")
    return file.relative_to(folder).as_posix()


def key_of_a_map(folder: Path, text: str) -> str:
    rows = [{"a": [(text, b"\xff")]}]
    pq.write_table(pa.Table.from_pylist(rows, pa.schema([("a", pa.map_(pa.string(), pa.binary()))])), folder / "m.parquet", compression="gzip")  # fmt: skip
    return "m.parquet"


def table(folder: Path, text: str) -> str:
    with duckdb.connect(str(folder / "study.duckdb")) as c:
        c.execute("CREATE TABLE people(n INT, who STRUCT(name VARCHAR[]))")
        rows = "SELECT i, {'name': ['nobody', CASE WHEN i % 100 = 7 THEN ? ELSE 'no' END]} FROM range(5000) r(i)"
        c.execute(f"INSERT INTO people {rows}", [text])
    return "study.duckdb:people"


def log_ahead(folder: Path, text: str) -> str:
    """As a kill leaves it: the row is in the write-ahead log of the copy that was being made."""
    with duckdb.connect(str(folder / "made.duckdb")) as c:
        c.execute("CREATE TABLE people(name VARCHAR)")
        c.execute("CHECKPOINT")
        c.execute("INSERT INTO people VALUES (?)", [text])
        shutil.copy(folder / "made.duckdb", folder / ".study.duckdb.next")
        shutil.copy(folder / "made.duckdb.wal", folder / ".study.duckdb.next.wal")
    (folder / "made.duckdb").unlink()
    return ".study.duckdb.next:people"


def record(folder: Path, text: str) -> str:
    (folder / "runs").mkdir()
    row = {"run_id": "r", "summary": json.dumps({"note": [text]})}
    (folder / "runs" / "r.json").write_text(json.dumps(row))
    return "runs/r.json"


def cluster_map(folder: Path, text: str) -> str:
    (folder / "maps").mkdir()
    pq.write_table(
        pa.table({"name": pa.array([text]).dictionary_encode()}), folder / "maps" / "m.parquet"
    )
    return "maps/m.parquet"


def report(folder: Path, text: str) -> str:
    (folder / "report.html").write_text(
        f"<html><script>var x</script>\n<p>{text}</p></html>", "utf-8"
    )
    return "report.html"


def log(folder: Path, text: str) -> str:
    (folder / "run.log").write_text(f"level=info\nlevel=info what={text} n=3\n", "utf-8")
    return "run.log"


def cut_off(folder: Path, text: str) -> str:
    """As a kill leaves it: a part without its footer."""
    whole = folder / part(folder, text)
    raw = whole.read_bytes()
    whole.unlink()
    name = ".abcdefabcdef-000000000.0f0f.tmp"
    (whole.parent / name).write_bytes(raw[: -int.from_bytes(raw[-8:-4], "little") - 8])
    return f"parts/judge.sft-0123456789ab/{name}"


def spill(folder: Path, text: str, before: int = 3_000) -> str:
    (folder / ".study.duckdb.spill").mkdir()
    raw = b"\x00\x01\xff" * (before // 3) + text.encode() + b"\x00\xfe" * 100
    (folder / ".study.duckdb.spill" / "duckdb_temp_storage-0.tmp").write_bytes(raw)
    return ".study.duckdb.spill/duckdb_temp_storage-0.tmp"


ARTEFACTS = (part, key_of_a_map, table, log_ahead, record, cluster_map, report, log, cut_off, spill)


@pytest.mark.parametrize("write", ARTEFACTS, ids=lambda f: f.__name__)
def test_every_form_is_found_in_every_artefact(
    write: Callable[[Path, str], str], tmp_path: Path
) -> None:
    for number, (form, (canary, written)) in enumerate(FORMS.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        artefact = write(folder, written(canary))
        absent = ("absent canary", "Zoë Quillfetcher", "48601234568")
        found = search(folder, absent[0], canary, *absent[1:])
        assert (artefact, form) in forms(found), form
        assert {hit.canary_index for hit in found.hits} == {1}
        assert not found.clean
        assert found.undecoded == () or write is spill
        assert canary not in json.dumps(found.as_json(), ensure_ascii=False)


def test_what_lies_across_two_looks_at_a_large_file_is_found(tmp_path: Path) -> None:
    for before in (CHUNK - 5, CHUNK + 1_000_000):
        folder = tmp_path / str(before)
        folder.mkdir()
        artefact = spill(folder, NAME, before)
        assert (artefact, "as_is") in forms(search(folder, NAME))


def test_rows_and_columns_are_named(tmp_path: Path) -> None:
    part(tmp_path, NAME)
    (hit,) = (h for h in search(tmp_path, NAME).hits if h.column)
    assert (hit.column, hit.row, hit.n, hit.whole_word) == ("a.value.x", 50, 1, False)
    table(tmp_path, NAME)
    (hit,) = (h for h in search(tmp_path, NAME).hits if h.artefact.endswith(":people"))
    assert (hit.column, hit.row, hit.n) == ("who.name", 7, 50)


def test_what_compression_hides_from_a_byte_search_is_found(tmp_path: Path) -> None:
    canaries = [f"{hashlib.sha1(b'%d' % i).hexdigest()[:9]} hidden {i}" for i in range(40)]
    with duckdb.connect(str(tmp_path / "study.duckdb")) as c:
        c.execute("CREATE TABLE t(text VARCHAR)")
        c.execute(
            "INSERT INTO t SELECT 'The answer to question ' || i || ' is, as ever, ' || CASE WHEN i % 750 = 9"
            " THEN (?::VARCHAR[])[1 + i // 750] ELSE 'that it depends on what is asked' END FROM range(30000) r(i)",
            [canaries],
        )
    raw = (tmp_path / "study.duckdb").read_bytes()
    assert not any(canary.encode() in raw for canary in canaries)
    found = search(tmp_path, *canaries)
    assert {hit.canary_index for hit in found.hits if hit.artefact == "study.duckdb:t"} == set(
        range(40)
    )


def test_a_row_in_the_published_database_is_found(demo: Demo, tmp_path: Path) -> None:
    shutil.copytree(demo.study, tmp_path / "study")
    with revise(tmp_path / "study") as publication:
        rows = publication.columns("SELECT * FROM clusters").to_pylist()
        rows[-1]["terms"] = ["fine", "quillfeather@mail.example"]
        publication.replace(CLUSTERS, pa.Table.from_pylist(rows, CLUSTERS.schema))
    (tmp_path / "c.txt").write_text("nothing\nQuillfeather\n")
    result = run(tmp_path / "study", "--canaries", tmp_path / "c.txt", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 3
    at = {"artefact": "study.duckdb:clusters", "column": "terms", "row": len(rows) - 1, "n": 1}
    assert {
        "form": "case_folded",
        "canary_index": 1,
        "kind": "plumbing",
        "whole_word": False,
        **at,
    } in found["hits"]
    assert found["certain_finds"] == [{"entity_type": "EMAIL_ADDRESS", **at}]
    assert found["plumbing_hits"] == len(found["hits"])
    assert "uillfeather" not in result.stdout


# ---- a whole run


def test_canaries_over_every_field_and_shape_are_gone_after_a_run(tmp_path: Path) -> None:
    """3,000 and more plumbing canaries: ids, columns not declared, names, calls, bad UTF-8, rejected rows, 600 kB of text."""
    there = plant(tmp_path, big=600_000)
    plumbing, detector = there.write(tmp_path)
    assert len(there.plumbing) > 3_000
    # Each of them can be found: it is, in the dump and in the recorded answers.
    canaries = read_canaries(plumbing)
    raw = [audit(tmp_path / f, Session, canaries=canaries) for f in ("dump", "answers.parquet")]
    assert {hit.canary_index for found in raw for hit in found.hits} == set(range(len(canaries)))

    summary = load_pipeline(there.pipeline).run()
    assert (summary.rows_in, summary.conversations) == (31, 16)
    (tmp_path / "ids.txt").write_text("\n".join(there.ids))
    arguments = (
        "--canaries",
        plumbing,
        "--detector-canaries",
        detector,
        "--ids",
        tmp_path / "ids.txt",
    )
    result = run(tmp_path / "study", *arguments, "--json")
    found = json.loads(result.stdout)
    assert [hit for hit in found["hits"] if hit["kind"] == "plumbing"] == []
    assert (result.exit_code, found["plumbing_hits"], found["clean"]) == (0, 0, True), found
    assert found["leak_rate"]["estimate"] <= 0.5
