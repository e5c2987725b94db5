"""Tables of prompts, and attributes that are made of what such a table says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logminer.errors import ConfigError, SourceError
from logminer.sources.promptsets import PROMPT_SETS
from logminer.sources.spec import SourceSpec
from logminer.spec import parse
from tests.kit.dumps import dialogue, lines, raw, said, write

SETS = [one for one in PROMPT_SETS if one.format == "prompts"]


def source(path: Path, **options: Any) -> SourceSpec:
    return parse(SourceSpec, {"path": str(path), "format": "prompts", **options}, "source")


def kept(path: Path, **options: Any) -> list[dict[str, str] | None]:
    rows = [row for piece in source(path, **options).slices() for row in piece.read().to_pylist()]
    return [dict(row["attributes"]) for row in rows]


def derived(**how: Any) -> dict[str, Any]:
    return {"keep": ["prompt_is_safe"], "derive": {"prompt_is_safe": how}}


@pytest.mark.parametrize("known", SETS, ids=lambda one: f"{one.name}:{','.join(one.columns)}")
def test_a_known_set_of_prompts_is_read_by_its_columns(tmp_path: Path, known: Any) -> None:
    path = tmp_path / "set.csv"
    cells = [f"{column}-x" for column in known.columns]
    path.write_text(",".join(known.columns) + "\n" + ",".join(cells) + "\n")
    answered = "completion" in known.columns  # a dialogue to whom no suite says otherwise
    spec = SourceSpec(path=str(path), format="prompts" if answered else "auto")
    ((row,),) = [piece.read().to_pylist() for piece in spec.slices()]
    prompts = ("prompt", "prompt_text", "forbidden_prompt", "Goal", "Behavior")
    asked = next(column for column in prompts if column in known.columns)
    assert (spec.check().format, spec.has_answers()) == ("prompts", False)
    assert said(row) == [("user", f"{asked}-x")]


def test_other_tables_with_prompts_are_not_taken_for_sets_of_them(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"prompt": ["a"], "category": ["b"], "note": ["c"]})
    with pytest.raises(SourceError, match=r"no known format.*say format: prompts"):
        SourceSpec(path=str(path)).check()
    path = write(tmp_path / "y.parquet", {"question": ["a"], "dept": ["b"]})
    called = SourceSpec(path=str(path), columns={"prompt": "question"})
    with pytest.raises(SourceError, match=r"it has dept, question\. .*say format: prompts"):
        called.check()
    assert called.model_copy(update={"format": "prompts"}).check().rows == 1


def test_prompts_are_read_once_each_with_context_and_system(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "x.jsonl",
        {"id": 1, "prompt": "Why?", "context": "A text.", "system_prompt": "Be kind.", "user_id": "u"},
        {"id": 2, "prompt": dialogue("a", "b", "c")},
        {"id": 1, "prompt": "Why?", "context": "A text.", "system_prompt": "Be kind.", "user_id": "u"},
        {"id": 3, "prompt": "Why?", "context": "Another.", "locale": "fr_FR"},
        {"id": 4, "prompt": " "},
    )  # fmt: skip
    rows = raw(path, format="prompts")
    assert [row["prompt_id"] for row in rows] == ["1", "2", "3", "4"]
    assert said(rows[0]) == [("system", "Be kind."), ("user", "A text.\n\n---\n\nWhy?")]
    assert said(rows[1]) == [("user", "a"), ("assistant", "b"), ("user", "c")]
    assert (rows[0]["user_id"], rows[2]["language"]) == ("u", "fr_FR")
    assert [row["problem"] for row in rows] == [None, None, None, "null_messages"]


def test_without_ids_equal_words_are_one_prompt_unless_their_context_differs(
    tmp_path: Path,
) -> None:
    path = write(
        tmp_path / "x.parquet", {"prompt": ["a", "a", "a", "b"], "context": ["x", "y", "x", None]}
    )
    assert source(path).check().rows == 3
    assert [said(row)[0][1] for row in raw(path, format="prompts")] == [
        "x\n\n---\n\na",
        "y\n\n---\n\na",
        "b",
    ]


def test_an_attribute_is_made_of_a_columns_values(tmp_path: Path) -> None:
    labels = ["Benign", "harm_a", "1.0", "other", None]
    path = write(tmp_path / "x.parquet", {"prompt": list("abcde"), "label": labels})
    values = {"benign": True, "harm_*": False, "1": True}
    none: dict[str, str] = {}
    safe, harmful = {"prompt_is_safe": "true"}, {"prompt_is_safe": "false"}
    some = derived(column="label", values=values)
    assert kept(path, **some) == [safe, harmful, safe, none, none]
    assert source(path, **some).check().notes == (
        "source.derive.prompt_is_safe: 2 of 5 prompts have none: no declared value fits what stands there;"
        " they count among all prompts, and in no stratum of it",
    )
    every = derived(column="label", values={"benign": True}, otherwise=False)
    assert kept(path, **every) == [safe, harmful, harmful, harmful, none]


def test_an_attribute_is_made_of_the_files_names(tmp_path: Path) -> None:
    for name in ("or-bench-toxic", "or-bench-hard-1k", "notes"):
        write(tmp_path / "x" / f"{name}.parquet", {"prompt": [f"in {name}"], "category": ["c"]})
    by_name = derived(values={"*toxic*": False, "*hard*": True})
    found = kept(tmp_path / "x", **by_name)
    assert found == [{}, {"prompt_is_safe": "true"}, {"prompt_is_safe": "false"}]
    # What a name says is part of what the parts are known by.
    parts = [piece.part for piece in source(tmp_path / "x", **by_name).slices()]
    (tmp_path / "x" / "or-bench-toxic.parquet").rename(tmp_path / "x" / "or-bench-hard-2k.parquet")
    assert [piece.part for piece in source(tmp_path / "x", **by_name).slices()] != parts
    assert source(tmp_path / "x").options() == source(tmp_path / "x", keep=[]).options()
    assert "derive" not in source(tmp_path / "x").options()


def test_what_is_true_of_all_prompts_or_of_none_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"prompt": ["a", "b"], "label": ["no", "no"]})
    (note,) = source(path, **derived(otherwise=False)).check().notes
    assert note == "source.derive.prompt_is_safe: false of 2 of 2 prompts, true of none"
    assert kept(path, **derived(otherwise=False)) == [{"prompt_is_safe": "false"}] * 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (derived(column="labels", values={"a": True}), "prompt_is_safe: no column 'labels'; did you mean 'label'"),
        ({"derive": {"safe": {"otherwise": True}}}, "name it under `keep` too"),
        (derived(colum="label"), "unknown key; did you mean 'column'"),
    ],
)  # fmt: skip
def test_what_cannot_be_derived_is_refused(tmp_path: Path, options: Any, said: str) -> None:
    path = write(tmp_path / "x.parquet", {"prompt": ["a"], "label": ["a"]})
    with pytest.raises((ConfigError, SourceError), match=said):
        source(path, **options).check()


def test_one_prompt_under_two_labels_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"prompt": ["a", "a"], "label": ["safe", "unsafe"]})
    with pytest.raises(
        SourceError,
        match=r"derive\.prompt_is_safe: .* several values of it by what column 'label' says",
    ):
        source(path, **derived(column="label", values={"safe": True}, otherwise=False)).check()
