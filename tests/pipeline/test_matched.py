"""Recorded answers beside the prompts of a dump: how many belong together, and why not more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.pipeline import matched
from tests.kit.dumps import write

N = 20
PIPELINE = """
study: study
source: {path: dump.parquet}
checkpoints:
  - {name: old, kind: recorded, path: answers.parquet}
judge: {scorers: [string_match]}
workers: 0
"""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def asked(number: int) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": f"What is {number} times {number}?"},
    ]


def put(folder: Path, answers: dict[str, list[Any]], ids: bool = True) -> Path:
    dump: dict[str, Any] = {
        "conversation_id": [f"Q-{i:03d}" for i in range(N)],
        "messages": [asked(i) for i in range(N)],
        "language": ["en"] * N,
    }
    if not ids:
        del dump["conversation_id"]
    write(folder / "dump.parquet", dump)
    write(folder / "answers.parquet", answers | {"response": ["As you like."] * N})
    (folder / "p.yaml").write_text(PIPELINE)
    return folder / "p.yaml"


def dialogues(change: Any) -> dict[str, list[Any]]:
    return {"prompt_messages": [change(asked(i)) for i in range(N)]}


def shouted(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    return [m | {"content": f" {m['content'].upper()}\n"} for m in messages]


def continued(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    before = {"role": "user", "content": "Hello."}
    return [messages[0], before, {"role": "assistant", "content": "Hi."}, messages[1]]


KINDS: list[tuple[str, dict[str, list[Any]]]] = [
    ("id_form", {"prompt_id": [f"q{i}" for i in range(N)]}),
    ("id_form", {"prompt_id": [f" q_{i:02d} " for i in range(N)]}),
    ("text_form", dialogues(shouted)),
    ("system_message", dialogues(lambda messages: messages[1:])),
    ("system_message", {"prompt": [f"What is {i} times {i}?" for i in range(N)]}),
    ("history", dialogues(continued)),
    ("unlike", {"prompt_id": [f"other {i}" for i in range(N)]}),
    ("unlike", {"prompt": ["Who are you?"] * N, "prompt_id": [str(i) for i in range(N)]}),
]


@pytest.mark.parametrize(("kind", "answers"), KINDS)
def test_answers_to_nothing_are_refused_before_anything_is_done(
    kind: str, answers: dict[str, list[Any]], tmp_path: Path
) -> None:
    file = put(tmp_path, answers)
    for verb in ("check", "run"):
        result = call(verb, file)
        assert result.exit_code == 1
        assert f"checkpoint old: matched 0 of {N} prompts" in result.stderr
        assert f"{N} {matched.KINDS[kind]}" in result.stderr
        assert "times" not in result.stderr
        assert result.stdout == ""
    assert not (tmp_path / "study").exists()


def test_an_id_of_several_prompts_is_told(tmp_path: Path) -> None:
    ids = [f"Q-{i // 2:03d}" for i in range(N)]
    others = [[{"role": "user", "content": f"And {i}?"}] for i in range(N)]
    result = call("check", put(tmp_path, {"prompt_id": ids, "prompt_messages": others}))
    assert f"matched 0 of {N} prompts" in result.stderr
    assert f"{N // 2} {matched.KINDS['ambiguous_id']}" in result.stderr


def test_one_answer_to_prompts_in_other_words_is_told(tmp_path: Path) -> None:
    """The dump gives two prompts one id, and the answers have nothing else to be told apart by."""
    ids = [f"Q-{i // 2:03d}" if i < 4 else f"Q-{i:03d}" for i in range(N)]
    file = put(tmp_path, {"prompt_id": [f"Q-{i:03d}" for i in range(N)]})
    dump: dict[str, list[Any]] = {
        "prompt_id": ids,
        "messages": [asked(i) for i in range(N)],
        "language": ["en"] * N,
    }
    write(tmp_path / "dump.parquet", dump)
    told = "checkpoint old: 4 prompts share an id with others in other words"
    assert told in call("check", file).stdout
    assert told in call("run", file).stderr
    dump["messages"] = [asked(i // 2 if i < 4 else i) for i in range(N)]  # the same, asked twice
    write(tmp_path / "dump.parquet", dump)
    assert "share an id" not in call("check", file).stdout
    # Answers that say what they are to are told apart by it.
    file = put(tmp_path, {"prompt_id": ids, **dialogues(lambda messages: messages)})
    write(tmp_path / "dump.parquet", dump | {"messages": [asked(i) for i in range(N)]})
    assert "share an id" not in call("check", file).stdout


def test_ids_are_of_last_turns(tmp_path: Path) -> None:
    file = put(tmp_path, {"prompt_id": [f"Q-{i:03d}" for i in range(N)]})
    dump = {
        "conversation_id": [f"Q-{i:03d}" for i in range(N)],
        "messages": [continued(asked(i)) for i in range(N)],
    }
    write(tmp_path / "dump.parquet", dump)
    file.write_text(file.read_text() + "prompts: {turns: all}\n")
    said = call("check", file).stdout
    assert (
        f"matched {N} of {2 * N} prompts; of the others {N} {matched.KINDS['earlier_turn']}" in said
    )


@pytest.mark.parametrize("missing", [0, 1, 3])
def test_check_and_run_say_how_many(missing: int, tmp_path: Path) -> None:
    ids = [f"Q-{i:03d}" if i >= missing else f"q{i}" for i in range(N)]
    file = put(tmp_path, {"prompt_id": ids})
    words = f"matched {N - missing} of {N} prompts"
    few = f"of the others {missing} {matched.KINDS['id_form']}"
    checked, ran = call("check", file), call("run", file)
    assert (checked.exit_code, ran.exit_code) == (0, 0), ran.output
    assert f"old: {words}" in checked.stdout
    assert words in ran.stdout
    for said in (checked.stdout, ran.stderr):
        assert (few in said) == (missing > 0.1 * N)
    (found,) = json.loads(call("check", file, "--json").stdout)["matched"]
    assert (found["matched"], found["prompts"], found["whole"]) == (N - missing, N, True)
    assert found["unmatched"] == ({"id_form": missing} if missing > 0.1 * N else {})
    again = json.loads(call("run", file, "--json").stdout)
    assert again["matched"] == [{"checkpoint": "old", "matched": N - missing, "prompts": N}]


def test_answers_that_only_rejected_rows_had_are_no_result(tmp_path: Path) -> None:
    """What is in no language that is taken in has answers; what is taken in has none."""
    file = put(tmp_path, {"prompt_id": ["Q-000"] * N})
    languages = ["de"] + ["en"] * (N - 1)
    dump = {
        "conversation_id": [f"Q-{i:03d}" for i in range(N)],
        "messages": [asked(i) for i in range(N)],
    }
    write(tmp_path / "dump.parquet", dump | {"language": languages})
    result = call("run", file)
    assert result.exit_code == 1
    assert f"checkpoint old: matched 0 of {N - 1} prompts" in result.stderr
    assert call("run", file).exit_code == 1  # and again, from the parts that are there


def test_of_a_huge_dump_the_first_rows_are_looked_at_and_more_until_one_is_matched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matched, "ROWS", 512)
    rows = 2000
    dump = {
        "conversation_id": [f"c{i}" for i in range(rows)],
        "messages": [[{"role": "user", "content": "Hello"}]] * rows,
    }
    write(tmp_path / "dump.parquet", dump)
    (tmp_path / "p.yaml").write_text(PIPELINE)
    for first, looked_at in ((0, 512), (1999, rows)):
        answers = {"prompt_id": [f"c{i}" for i in range(first, rows)]}
        write(tmp_path / "answers.parquet", answers | {"response": ["no"] * (rows - first)})
        (found,) = json.loads(call("check", tmp_path / "p.yaml", "--json").stdout)["matched"]
        assert found["rows"] == looked_at
        assert found["whole"] == (looked_at == rows)
        assert found["matched"] == (1 if first else 512)
    write(
        tmp_path / "answers.parquet",
        {"prompt_id": [f"c{i}" for i in range(rows)], "response": ["no"] * rows},
    )
    assert "(of the first 512 rows)" in call("check", tmp_path / "p.yaml").stdout


def test_a_labelled_column_that_is_not_there_is_told_by_check(tmp_path: Path) -> None:
    file = put(tmp_path, {"prompt_id": [f"Q-{i:03d}" for i in range(N)], "refused": ["yes"] * N})
    scorer = "{kind: recorded, category: refusal, column: refusd, yes: ['yes'], no: ['no']}"
    file.write_text(file.read_text().replace("string_match", scorer))
    result = call("check", file)
    assert result.exit_code == 1
    assert "no column 'refusd'; did you mean 'refused'?" in result.stderr
