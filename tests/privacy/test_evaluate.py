"""Scores of redactions against gold, worked out by hand; and the files they are read from."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.errors import SourceError
from logminer.privacy.evaluate import Document, Gold, read_documents, score
from logminer.privacy.spans import Span
from tests.kit.gold import ROWS


def document(text: str, *gold: tuple[str, str], dataset: str = "") -> Document:
    spans = [(text.index(value), len(value), kind) for value, kind in gold]
    return Document(
        text, tuple(Gold(at, at + size, kind) for at, size, kind in spans), "en", dataset
    )


def found(text: str, *values: tuple[str, str]) -> list[Span]:
    return [Span(text.index(v), text.index(v) + len(v), kind) for v, kind in values]


def wilson_low(k: int, n: int) -> float:
    z, p = 1.959963984540054, k / n
    return (p + z * z / (2 * n) - z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (
        1 + z * z / n
    )


LETTER = "Mr Tom Brown lives in Oslo, call 555 0199."
NOTE = "It was in Rome."


def test_by_hand() -> None:
    documents = [
        document(LETTER, ("Mr", "TITLE"), ("Tom Brown", "PERSON"), ("Oslo", "GPE"), ("555 0199", "PHONE_NUMBER")),
        document(NOTE, ("Rome", "GPE")),
    ]  # fmt: skip
    redactions = [
        # 5 of 8 letters of the name; the place under another type; a word that is no one's
        found(LETTER, ("Brown", "PERSON"), ("Oslo", "ORGANIZATION"), ("lives", "PERSON"), ("555 0199", "PHONE_NUMBER")),
        found(NOTE, ("Rome", "LOCATION")),
    ]  # fmt: skip
    result = score(documents, redactions)
    overall = result.overall
    assert (overall.n, overall.recall) == (4, 3 / 4)  # TITLE is left out
    assert overall.recall_low == pytest.approx(wilson_low(3, 4))
    assert overall.precision == 4 / 5
    assert overall.f2 == pytest.approx(5 * 0.8 * 0.75 / (4 * 0.8 + 0.75))
    assert overall.char_precision == (5 + 4 + 7 + 4) / (5 + 4 + 5 + 7 + 4)
    letters = sum(c.isalnum() for c in LETTER + NOTE)
    assert overall.char_share_redacted == 25 / letters
    assert result.documents_fully_masked == 1 / 2
    assert (result.documents, result.documents_with_spans) == (2, 2)
    assert list(result.by_entity) == ["GPE", "PERSON", "PHONE_NUMBER", "TITLE"]
    assert result.by_entity["GPE"][:2] == (2, 1.0)
    assert (
        result.by_entity["GPE"].precision == 1.0
    )  # of the one LOCATION; ORGANIZATION is no family of it
    assert result.by_entity["PERSON"] == (1, 0.0, 0.0, 1 / 2)
    assert result.by_entity["TITLE"].recall == 0.0
    assert result.by_entity["PHONE_NUMBER"].recall_low == pytest.approx(wilson_low(1, 1))


def test_nine_tenths_of_the_letters_are_enough_whatever_else_stands_between() -> None:
    text = "x +49 (0) 151-2345 67 y"
    gold = (Gold(2, 21, "PHONE"),)  # 12 digits
    assert score([Document(text, gold)], [[Span(3, 20, "PHONE_NUMBER")]]).overall.recall == 1.0
    assert score([Document(text, gold)], [[Span(4, 20, "PHONE_NUMBER")]]).overall.recall == 0.0
    halves = [Span(2, 10, "A"), Span(10, 21, "B")]
    assert score([Document(text, gold)], [halves]).overall.recall == 1.0


def test_a_long_redaction_is_one_and_its_letters_count_once() -> None:
    text = "Anna Berg wrote"
    gold = (Gold(0, 4, "PERSON"), Gold(5, 9, "PERSON"))
    result = score([Document(text, gold)], [[Span(0, 9, "PERSON"), Span(0, 15, "LOCATION")]])
    assert result.overall.precision == 1.0
    assert result.overall.char_precision == 8 / 13


def test_nothing_to_divide_by_is_null() -> None:
    empty = score([], [])
    assert empty.overall == (0, None, None, None, None, None, None)
    assert (empty.by_entity, empty.documents_fully_masked) == ({}, None)
    quiet = score([document("Anna was here", ("Anna", "PERSON"))], [[]])
    assert (quiet.overall.recall, quiet.overall.precision, quiet.overall.f2) == (0.0, None, None)
    assert quiet.by_entity["PERSON"].precision is None
    sign = score([Document("@ now", (Gold(0, 1, "PER"),))], [[]])
    assert (sign.overall.n, sign.by_entity) == (0, {})  # holds no letter to mask
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        score([Document("a", ())], [])


@given(
    st.text(alphabet="ab .", min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6),
)
def test_agrees_with_counting_every_character(
    text: str, golds: list[tuple[int, int]], spans: list[tuple[int, int]]
) -> None:
    inside = lambda pairs: sorted({(a, min(a + n, len(text))) for a, n in pairs if a < len(text)})  # noqa: E731
    gold = tuple(Gold(a, b, "PERSON") for a, b in inside(golds))
    made = [Span(a, b, "PERSON") for a, b in inside(spans)]
    overall = score([Document(text, gold)], [made]).overall
    letters = {i for i, c in enumerate(text) if c.isalnum()}
    gone = {i for s in made for i in range(s.start, s.end)} & letters
    wanted = {i for g in gold for i in range(g.start, g.end)} & letters
    hits = [
        len(set(range(g.start, g.end)) & gone) >= 0.9 * len(set(range(g.start, g.end)) & letters)
        for g in gold
        if set(range(g.start, g.end)) & letters
    ]
    assert overall.n == len(hits)
    assert overall.recall == (sum(hits) / len(hits) if hits else None)
    assert overall.char_precision == (len(gone & wanted) / len(gone) if gone else None)
    assert overall.char_share_redacted == (len(gone) / len(letters) if letters else None)


# ---- files


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


def test_parquet_and_json_lines_are_read_alike(labelled: Path, tmp_path: Path) -> None:
    lines = tmp_path / "labelled.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    documents = read_documents(str(labelled))
    assert documents == read_documents(str(lines))
    assert [d.language for d in documents] == ["en", "de", "en"]
    assert [len(d.unplaced) for d in documents] == [0, 0, 1]
    assert [d.dataset for d in read_documents(str(lines), ["letters"])] == ["letters", "letters_2"]
    assert len(read_documents(str(lines), limit=2)) == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"words": "a"}, "no column text and spans"),
        ({"text": 1, "spans": []}, "row 1: text is not text"),
        ({"text": "Anna", "spans": [{"start": 0, "end": 5, "entity_type": "PERSON"}]}, "row 1: a span without"),
        ({"text": "Anna", "spans": [{"start": 0}]}, "row 1: a span without"),
        ({"text": "Anna", "spans": [], "dataset": "x"}, "no documents of the dataset y"),
    ],
)  # fmt: skip
def test_other_columns_are_a_clear_error_without_text(
    tmp_path: Path, row: dict[str, object], message: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row))
    with pytest.raises(SourceError, match=message) as raised:
        read_documents(str(path), ["y"] if "dataset" in row else ())
    assert "Anna" not in str(raised.value)
