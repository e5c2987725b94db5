"""JSON lines that were made, or cut off, by somebody who did not mean us well: an error that names the line, or a text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logminer.checkpoints.batches.lines import read_result
from logminer.errors import SourceError
from logminer.files.csv import open_labels
from logminer.files.jsonread import read_json
from logminer.files.jsonrows import JsonLinesRows

GOOD = b'{"x": "good"}'
BAD = {
    "deep lists": (b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested more than 200 deep"),
    "deep objects": (
        b'{"x": ' + b'{"y": ' * 500 + b"1" + b"}" * 500 + b"}",
        "nested more than 200",
    ),
    "a huge number": (b'{"x": ' + b"9" * 5000 + b"}", "is not JSON"),
    "a NUL": (b'{"x": "a\0b"}', "is not JSON"),
    "zeros": (b"\0" * 40, "is not JSON"),
    "Latin-1": (b'{"x": "caf\xe9"}', "is not JSON"),
    "UTF-16": ('{"x": 1}'.encode("utf-16-le"), "is not JSON"),
    "a list": (b"[1]", "is not a JSON object"),
    "cut off": (b'{"x": "so', "is not JSON"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("line", [1, 2])
def test_a_line_that_cannot_be_read_is_named(name: str, line: int, tmp_path: Path) -> None:
    raw, told = BAD[name]
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"\n".join([GOOD] * (line - 1) + [raw, GOOD]) + b"\n")
    with pytest.raises(SourceError, match=f"line {line} {told}|line {line} is {told}") as error:
        _ = JsonLinesRows(file).names
    assert "\n" not in str(error.value)
    with pytest.raises(SourceError, match=f"line {line} "):
        _ = open_labels(file).names
    assert read_result(raw) is None  # of a batch's results it is counted


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"x": "cut \\ud83d"}', "cut \ufffd"),
        (b'{"x": "\\ud83d\\ude00"}', "😀"),
        (b'{"x": ["\\udc00 cut"]}', ["\ufffd cut"]),
        (b'\xef\xbb\xbf{"x": "mark"}', "mark"),
        (b'{"x": "\\u0000"}', "\0"),
        (b'{"x": ' + b"[" * 150 + b"]" * 150 + b"}", json.loads("[" * 150 + "]" * 150)),
    ],
)
def test_what_is_a_text_is_read_and_can_be_written(
    raw: bytes, value: object, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(raw + b"\n")
    rows = JsonLinesRows(file)
    (batch,) = rows.scan(["x"])
    assert batch == rows.take([0], ["x"]) == [{"x": value}]
    assert json.dumps(batch, ensure_ascii=False).encode()


def test_many_brackets_are_not_deep() -> None:
    assert read_json(json.dumps([[]] * 5000)) == [[]] * 5000
    assert read_json(json.dumps("[" * 5000)) == "[" * 5000
