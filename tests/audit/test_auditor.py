"""`logminer audit`: what is planted is found in every form and place, and a clean study is clean."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logminer.api import load_pipeline
from logminer.audit.auditor import audit, read_canaries
from logminer.audit.canaries import Seeker
from logminer.audit.findings import Audit, Canary
from logminer.audit.leftovers import blanked, certain, quasi_identifiers
from logminer.audit.needles import Search
from logminer.cli.main import main
from logminer.ids import Pseudonyms
from logminer.schemas import CLUSTERS
from logminer.store.publication import revise
from logminer.store.session import Session
from tests.conftest import KEY, Demo
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


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def planted(*texts: str) -> list[Canary]:
    return [Canary(i, "plumbing", text) for i, text in enumerate(texts)]


def search(study: Path, *texts: str) -> Audit:
    return audit(study, Session, canaries=planted(*texts))


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


def spill(folder: Path, text: str) -> str:
    (folder / ".study.duckdb.spill").mkdir()
    raw = b"\x00\x01\xff" * 3_000_000 + text.encode() + b"\x00\xfe" * 100
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
        found = search(folder, "absent canary", canary)
        assert (artefact, form) in forms(found), form
        assert {hit.canary_index for hit in found.hits} == {1}
        assert not found.clean
        assert canary not in json.dumps(found.as_json(), ensure_ascii=False)
        nothing = search(folder, "absent canary", "Zoë Quillfetcher", "48601234568")
        assert not nothing.hits
        assert nothing.undecoded == () or write is spill


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


# ---- what is printed


def test_names_that_give_something_away_are_withheld(tmp_path: Path) -> None:
    study = tmp_path / "study"
    (study / "Quillfeather").mkdir(parents=True)
    (study / "Quillfeather" / "anna@mail.example.log").write_text("Quillfeather was here")
    pq.write_table(pa.table({"Quillfeather": ["x quillfeather"], "y": ["z"]}), study / "a.parquet")
    (study / "b.json").write_text(json.dumps({"Quillfeather": {"k": "QUILLFEATHER"}}))
    (tmp_path / "c.txt").write_text("Quillfeather\r\n")
    for arguments in (("--json",), ()):
        result = run(study, "--canaries", tmp_path / "c.txt", *arguments)
        assert result.exit_code == 3
        assert "uillfeather" not in result.output.casefold()
        assert "anna" not in result.output
        assert "(name withheld)" in result.output


def test_kinds_are_kept_apart_and_decide_the_exit_code(tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.mkdir()
    (study / "run.log").write_text("Quillfeather wrote to me, 4111 1111 1111 1111.\n")

    def code(text: str, *more: object) -> tuple[int, dict[str, Any]]:
        (tmp_path / "c.txt").write_text(text)
        result = run(study, "--canaries", tmp_path / "c.txt", "--json", *more)
        return result.exit_code, json.loads(result.stdout)

    assert code("Quillfeather")[1]["plumbing_hits"] == 1
    (study / "run.log").write_text("Quillfeather wrote to me.\n")
    exit_code, found = code("detector\tQuillfeather\ndetector\tnobody at all\nabsent one")
    assert exit_code == 0
    assert (found["plumbing_hits"], found["detector_hits"]) == (0, 1)
    assert found["leak_rate"]["estimate"] == 0.5
    assert 0.09 < found["leak_rate"]["low"] < found["leak_rate"]["high"] < 0.91  # Wilson, 1 of 2
    assert code("plumbing\tQuillfeather")[0] == 3
    (tmp_path / "d.txt").write_text("\nQuillfeather\n")
    exit_code, found = code("absent one", "--detector-canaries", tmp_path / "d.txt")
    assert exit_code == 0
    assert [(h["kind"], h["canary_index"]) for h in found["hits"]] == [("detector", 1)]
    # One that is an identifier by itself was to be found for certain.
    (study / "run.log").write_text("cGF5IDQxMTExMTExMTExMTExMTEx\n")
    assert code("detector\t4111111111111111")[0] == 3


def test_short_canaries_are_whole_words_and_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("Annabel has 123456 and 41-77, joanna 1234567\nanna!\n")
    found = search(tmp_path, "Anna", "Bob", "23456", "123456", "41-77", "9123456", "abel h")
    hits = sorted((h.canary_index, h.form, h.row, h.whole_word) for h in found.hits)
    assert hits == [
        (0, "case_folded", 1, True),
        (3, "as_is", 0, True),
        (4, "as_is", 0, True),
    ]
    assert found.whole_words == 6


def test_damaged_and_unknown_files_are_no_clean_bill(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\x15" * 40 + b"PAR1")
    (tmp_path / "study.duckdb").write_bytes(b"\0" * 8 + b"DUCK" + b"\x07" * 400)
    (tmp_path / "b.bin").write_bytes(b"\xff\x00" * 300)
    (tmp_path / ".lock").write_bytes(b"")
    found = search(tmp_path)
    assert [u.artefact for u in found.undecoded] == ["study.duckdb", "a.parquet", "b.bin"]
    assert not found.clean
    assert run(tmp_path).exit_code == 3
    assert run(tmp_path / "nowhere").exit_code == 1
    assert run(tmp_path, "--canaries", tmp_path / "none.txt").exit_code == 2
    assert search(tmp_path / ".lock").clean


# ---- the search itself


@given(
    st.lists(st.binary(min_size=6, max_size=14), min_size=1, max_size=8),
    st.lists(st.integers(0, 7), max_size=6),
    st.binary(max_size=30),
)
@settings(max_examples=200, deadline=None)
@example([b"aaaaaa", b"aaaaaaaa"], [0, 1, 1], b"aaaaaaaaaaaa")
def test_the_search_for_many_finds_what_a_plain_one_finds(
    needles: list[bytes], order: list[int], filler: bytes
) -> None:
    data = filler + b"".join(needles[i % len(needles)] + filler[:i] for i in order)
    there = {
        (number, at)
        for number, needle in enumerate(needles)
        for at in range(len(data))
        if data.startswith(needle, at)
    }
    assert set(Search(needles).find(data)) == there


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=8, max_size=20),
    st.integers(0, 2),
)
@settings(max_examples=100, deadline=None)
@example("straße 12 ß", 1)
@example("İstanbul ok", 0)
def test_any_canary_is_found_in_any_form(canary: str, lead: int) -> None:
    seeker = Seeker([canary])
    if seeker.whole_words or len("".join(canary.split())) < 8:
        return
    raw = b"-" * lead + canary.encode() + b"-"
    written = (canary, canary.upper().lower().upper(), canary[::-1], quote(canary), raw.hex())
    for text in (*written, base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        if text == canary.upper().lower().upper() and text.casefold() != canary.casefold():
            continue  # there is no way back from these capitals
        assert {m.canary for m in seeker.in_texts(["nothing", f"so: {text}, yes"])} == {0}, text
    assert seeker.in_bytes(b"\x00\xff" + canary.encode() + b"\xff")
    assert not seeker.in_texts(["nothing is here", ""])


def test_numbers_are_found_however_grouped_and_not_inside_longer_ones() -> None:
    seeker = Seeker(["601 234 567", "4111111111111111"])

    def found(text: str) -> set[int]:
        return {m.canary for m in seeker.in_texts([text])}

    for text in (
        "601234567",
        "601-234-567",
        "(601) 234.567",
        "tel 601\u00a0234\u00a0567, 12:30",
        "12 601234567",
    ):
        assert found(text) == {0}, text
    for text in ("16012345670", "1601234567", "601 2345 678", "60.1234.568"):
        assert found(text) == set(), text
    for text in (
        "4111-1111-1111-1111",
        "4111 1111 1111 1111",
        "no. 41111111 11111111",
        "94111111111111111",
    ):
        assert found(text) == {1}, text


# ---- identifiers and quasi-identifiers that are left


def test_what_was_replaced_is_no_leftover() -> None:
    text = "Write to maria.keller@example.org or call +1 212 555 0147."
    assert [s.entity_type for s in certain(text)] == ["EMAIL_ADDRESS", "PHONE_NUMBER"]
    at = text.index("maria"), text.index(" or")
    assert [s.entity_type for s in certain(text, [at])] == ["PHONE_NUMBER"]
    # The rest of an identifier that was replaced in part counts where it is one by itself.
    assert certain("x.y@mail.example,z@mail.example", [(0, 16)])
    assert not certain("12maria.keller@example.org", [(2, 26)])
    assert blanked("abcdef", [(1, 3), (2, 4)]) == "a\x01\x01\x01ef"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I'm 34 and I live in Leeds; he works as a nurse at Mercy. Since May 3rd, 1987.", {"age", "place", "employer", "date"}),
        ("She's from Ohio. My employer is Acme. Due 2021-05-03.", {"place", "employer", "date"}),
        ("a 34-year-old; born in 1987", {"age"}),
        ("I am 5 minutes late and live in here, working with lists at 3/4", set()),
    ],
)  # fmt: skip
def test_quasi_identifiers(text: str, kinds: set[str]) -> None:
    assert quasi_identifiers(text) == kinds
    assert quasi_identifiers(text, [(0, len(text))]) == set()


# ---- ids


def test_no_known_id_is_found_by_hashing_it_without_the_key(tmp_path: Path) -> None:
    ids = [f"user-{i:06d}" for i in range(100_000)]
    here = Pseudonyms(bytes.fromhex(KEY), "here")
    mine = [here.user(i) for i in ids]
    study = tmp_path / "study"
    study.mkdir()
    pq.write_table(pa.table({"user_id": mine}), study / "a.parquet")
    found = audit(study, Session, ids=ids)
    assert found.clean
    assert not found.hashed_ids

    plain = {
        3: hashlib.sha256(b"user-000003").hexdigest()[:32],
        70: hashlib.md5(b"user-000070").hexdigest()[:12],
        500: "id " + base64.b64encode(hashlib.sha1(b"user-000500").digest()).decode(),
        900: hashlib.blake2b(b"user-000900", digest_size=16).hexdigest().upper(),
        999: Pseudonyms(b"", "").user(ids[999]),
    }
    pq.write_table(pa.table({"user_id": [*mine[:9], *plain.values()]}), study / "a.parquet")
    (tmp_path / "ids.txt").write_text("\n".join(ids[:1000]))
    result = run(study, "--ids", tmp_path / "ids.txt", "--json")
    assert result.exit_code == 3
    hashed = json.loads(result.stdout)["hashed_ids"]
    assert {f["id_index"] for f in hashed} == set(plain)
    assert {f["row"] for f in hashed} == set(range(9, 14))


def test_key_project_and_purpose_keep_pseudonyms_apart() -> None:
    ids = [f"user-{i:06d}" for i in range(20_000)]
    key, other = bytes.fromhex(KEY), bytes.fromhex("6a" * 32)
    here = Pseudonyms(key, "here")
    mine = [here.user(i) for i in ids]
    assert mine == [Pseudonyms(key, "here").user(i) for i in ids]  # another study of the project
    others = [Pseudonyms(key, "there").user, Pseudonyms(other, "here").user, here.conversation]
    everyone = [*mine, *(make(i) for make in others for i in ids)]
    assert len(set(everyone)) == len(everyone)


# ---- a whole run


def test_canaries_over_every_field_and_shape_are_gone_after_a_run(tmp_path: Path) -> None:
    """3,000 and more plumbing canaries: ids, columns not declared, names, calls, bad UTF-8, rejected rows, 2 MB of text."""
    there = plant(tmp_path, big=2_000_000)
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
