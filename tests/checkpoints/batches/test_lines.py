"""No line of a batch's results does any harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.checkpoints.batches import files as batch_files
from logminer.checkpoints.batches.lines import read_result
from tests.kit.batches import answered

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 999) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["body", "choices", "error", "status_code"]), inner)
    ),
    max_leaves=8,
)
SHAPES: dict[str, Callable[[Any], Any]] = {
    "whole": lambda part: part,
    "response": lambda part: {"custom_id": "i", "response": part},
    "body": lambda part: {"custom_id": "i", "response": {"status_code": 200, "body": part}},
    "refusal": lambda part: {"custom_id": "i", "response": {"status_code": 400, "body": part}},
    "error": lambda part: {"custom_id": "i", "response": None, "error": part},
}


@given(st.sampled_from(sorted(SHAPES)), JSON)
def test_no_shape_of_line_raises(shape: str, part: Any) -> None:
    result = read_result(json.dumps(SHAPES[shape](part)).encode())
    if result:
        assert (result.answer.error is None) == (result.outcome == "answered")


def test_a_line_that_never_ends_is_malformed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_files, "LONGEST_LINE", 1000)
    line = json.dumps(answered({"custom_id": "a", "body": {"messages": [{"content": "x"}]}}))
    file = tmp_path / "results.jsonl"
    file.write_text(f"{line}\n{'x' * 5000}\n{line}\n{'x' * 999}\n\n{line}")
    with batch_files.ResultFiles([file]) as results:
        assert (results.results, results.malformed) == (3, 2)
        places = results.find("a")
        assert [place.outcome for place in places] == ["answered"] * 3
        read = [results.read(place) for place in places]
    assert [result and result.answer.response for result in read] == ["re: x"] * 3
