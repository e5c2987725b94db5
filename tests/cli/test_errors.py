"""What a verb says when something is wrong: to people in one line, to machines in one object."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from tests.conftest import PIPELINE, Demo


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def commands(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every verb, and what stands below it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, *path, name)


@pytest.mark.parametrize("path", [path for path, _ in commands(main) if path], ids=" ".join)
def test_every_help_has_an_example_of_itself(path: tuple[str, ...]) -> None:
    said = call(*path, "--help").output
    _, _, after = said.partition("Examples:\n")
    assert after.splitlines()[0].strip().startswith(" ".join(("logminer", *path)))


def test_help_tells_of_exit_codes_and_completion() -> None:
    said = call("--help").output
    assert "130" in said
    assert "_LOGMINER_COMPLETE=bash_source" in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_verbs_and_options(shell: str) -> None:
    script = "from logminer.cli.main import main\nmain(prog_name='logminer')"

    def complete(instruction: str, **variables: str) -> str:
        given = os.environ | {"_LOGMINER_COMPLETE": f"{shell}_{instruction}"} | variables
        ran = subprocess.run(
            [sys.executable, "-c", script], env=given, capture_output=True, text=True, check=False
        )
        return ran.stdout

    if shell != "bash":  # click asks bash itself for its version, which may be too old or absent
        assert "_LOGMINER_COMPLETE" in complete("source")
    last = {"COMP_CWORD": "1"} if shell != "fish" else {"COMP_CWORD": "sc"}
    assert "schema" in complete("complete", COMP_WORDS="logminer sc", **last)


WRONG = [
    (("sql", "STUDY", "from nope"), 1, "QueryError"),
    (("compare", "nowhere"), 1, "StoreError"),
    (("show", "STUDY", "--category", "refusl"), 1, "QueryError"),
    (("run", "missing.yaml"), 1, "ConfigError"),
    (("check", "missing.yaml"), 1, "ConfigError"),
    (("taxonomy", "show", "saftey"), 1, "ConfigError"),
    (("calibrate", "STUDY", "missing.csv"), 1, "SourceError"),
    (("schema", "respones"), 2, "UsageError"),
    (("show", "STUDY", "--catgory", "x"), 2, "UsageError"),
    (("compare", "STUDY", "--kind", "x"), 2, "UsageError"),
    (("run",), 2, "UsageError"),
    (("label", "STUDY"), 2, "UsageError"),
    (("judges", "agre"), 2, "UsageError"),
    (("chekc", "p.yaml"), 2, "UsageError"),
]


@pytest.mark.parametrize(("arguments", "code", "kind"), WRONG, ids=[" ".join(w[0]) for w in WRONG])
def test_an_error_is_one_object_with_json(
    arguments: tuple[str, ...], code: int, kind: str, demo: Demo
) -> None:
    named = [str(demo.study) if a == "STUDY" else a for a in arguments]
    result = call(*named, "--json")
    assert result.exit_code == code
    told = json.loads(result.stdout)
    assert set(told) == {"error"}
    assert (told["error"]["kind"], told["error"]["exit"]) == (kind, code)
    assert told["error"]["message"] in result.stderr
    plain = call(*named)
    assert (plain.exit_code, plain.stdout) == (code, "")


def test_options_before_the_verb_are_told_too() -> None:
    result = call("--bogus", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["kind"] == "UsageError"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "--category", "refusl"), "no category 'refusl'; did you mean 'refusal'?"),
        (("show", "--checkpoint", "plane"), "no checkpoint 'plane'; there are: logged, prod, sft"),
        (("show", "--scorer", "rulez"), "no scorer 'rulez'; did you mean 'rules'?"),
        (("show", "--cluster", "77"), "no cluster '77'; there are: -1"),
        (("compare", "--stratum", "ask=harmfull"), "did you mean 'ask=harmful'?"),
        (("label", "--category", "refusl"), "did you mean 'refusal'?"),
        (("label", "--category", "refusal", "--scorer", "rulez"), "did you mean 'rules'?"),
        (("label", "--category", "refusal", "--pair", "sft,prd"), "did you mean 'prod'?"),
        (("judges", "--category", "refusl"), "did you mean 'refusal'?"),
        (("calibrate", "--category", "refusl"), "did you mean 'refusal'?"),
    ],
)
def test_what_a_study_does_not_have_is_named(
    arguments: tuple[str, ...], said: str, demo: Demo
) -> None:
    verb, *options = arguments
    path = {"judges": ["judges", "agree", demo.study], "calibrate": [verb, demo.study, "x.csv"]}
    result = call(*path.get(verb, [verb, demo.study]), *options)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


def test_what_a_study_has_and_nobody_showed_is_no_error(demo: Demo) -> None:
    result = call("show", demo.study, "--category", "cse")
    assert result.exit_code == 0
    assert result.output.startswith("nobody did: 'cse' was looked for in ")
    unjudged = call(
        "show",
        demo.study,
        "--category",
        "reward_hacking",
        "--checkpoint",
        "logged",
        "--scorer",
        "hazard_prototypes",
    )
    assert unjudged.output.startswith("nothing judged: ")
    examples = json.loads(call("show", demo.study, "--scorer", "rules", "--json").stdout)
    assert examples


REFERENCES = [
    ("margins: {refusal: 0.05}", "margins: {refusals: 0.05}", "did you mean 'refusal'?"),
    ("margins: {refusal: 0.05}", "margins: {cluster: 0.05}", "did you mean 'clusters'?"),
    ("margins: {refusal: 0.05}", "margins: {zzz: 0.05}", "it has vcr, ncr"),
    ("compare: {", "compare: {pairs: [[sft, prd]], ", "did you mean 'prod'?"),
    ("compare: {", "compare: {pairs: [[sft, sft]], ", "compared with itself"),
    ("strata: [ask,", "strata: [askk,", "did you mean 'ask'?"),
    ("compare: {", "compare: {cluster_by: usr, ", "did you mean 'user'?"),
    ("[rules, hazard_prototypes]", "[rulez]", "did you mean 'rules'?"),
    (
        "[rules, hazard_prototypes]",
        "[{kind: recorded, category: refusl, column: c, yes: [a], no: [b]}]",
        "did you mean 'refusal'?",
    ),
    ("taxonomy: safety", "taxonomy: saftey", "did you mean 'safety'?"),
    ("workers: 0", "workers: 0\ngates: {max_rejectd: 0.1}", "did you mean 'max_rejected'?"),
    ("keep: [ask]", "keep: [askk, ask]", "no column 'askk'; did you mean 'ask'?"),
    ("keep: [ask]", "keep: [ask], columns: {mesages: x}", "did you mean 'messages'?"),
    ("keep: [ask]", "keep: [ask], columns: {messages: mesages}", "did you mean 'messages'?"),
    ("keep: [ask]", "keep: [ask], format: conversation", "did you mean 'conversations'?"),
    ("kind: scripted, thoughts", "kind: scriptd, thoughts", "did you mean 'scripted'?"),
    ("workers: 0", "workers: 0\nplan: {prices: {stf: {input: 1}}}", "did you mean 'sft'?"),
]


@pytest.mark.parametrize(("there", "instead", "said"), REFERENCES, ids=[r[1] for r in REFERENCES])
def test_a_name_in_a_pipeline_that_names_nothing_is_refused(
    there: str, instead: str, said: str, demo: Demo, tmp_path: Path
) -> None:
    (tmp_path / "dump.parquet").symlink_to(demo.folder / "dump.parquet")
    assert PIPELINE.count(there) == 1
    (tmp_path / "p.yaml").write_text(PIPELINE.replace(there, instead))
    for verb in ("check", "run", "status"):
        result = call(verb, tmp_path / "p.yaml")
        assert result.exit_code == 1
        assert said in result.stderr
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        ("refusal: 0.05", "unsafe: 0.05", "no scorer of this pipeline judges that category"),
        ("workers: 0", "gates: {max_injected_moved: 0.1}", "no autorater has canaries"),
    ],
)
def test_what_can_never_be_tested_is_noted(
    there: str, instead: str, said: str, demo: Demo, tmp_path: Path
) -> None:
    (tmp_path / "dump.parquet").symlink_to(demo.folder / "dump.parquet")
    (tmp_path / "p.yaml").write_text(PIPELINE.replace(there, instead))
    found = json.loads(call("check", tmp_path / "p.yaml", "--json").stdout)
    assert any(said in warning for warning in found["warnings"])


@pytest.mark.parametrize(
    ("compare", "said"),
    [
        ("{pairs: [[logged, one]]}", "compare.pairs.0: the dump has no answers of its own"),
        ("{chain: [logged, one]}", "compare.chain: the dump has no answers of its own"),
        ("{chain: [one]}", "compare.chain: name two or more checkpoints, each once"),
        ("{chain: [one, other]}", "compare.chain.1: no checkpoint is named 'other'"),
        (
            "{chain: [logged, one], pretraining: one}",
            "compare.pretraining: 'one' has nothing but pretraining, so compare.chain begins with it",
        ),
    ],
)
def test_a_pair_or_chain_of_answers_that_are_not_there(
    compare: str, said: str, tmp_path: Path
) -> None:
    from tests.kit.dumps import write

    messages = [[{"role": "user", "content": "Hello"}]]
    columns = {"prompt_id": ["a"], "prompt_messages": messages, "model": ["m"], "response": ["x"]}
    write(tmp_path / "d.parquet", columns)
    (tmp_path / "p.yaml").write_text(
        "study: study\nsource: {path: d.parquet}\njudge: {scorers: [rules]}\n"
        f"checkpoints: [{{name: one, kind: scripted}}]\ncompare: {compare}\n"
    )
    result = call("check", tmp_path / "p.yaml")
    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_key_that_is_made_is_said(
    verb: str, demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "keys" / "key"
    monkeypatch.delenv("LOGMINER_KEY")
    monkeypatch.setenv("LOGMINER_KEY_FILE", str(key))
    (tmp_path / "dump.parquet").symlink_to(demo.folder / "dump.parquet")
    (tmp_path / "p.yaml").write_text(PIPELINE)
    first = call(verb, tmp_path / "p.yaml").output
    assert f"{key} is new: the key of all pseudonyms. Keep it" in " ".join(first.split())
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    again = call("check", tmp_path / "p.yaml").output
    assert f"pseudonym key: {key}" in again
    assert "is new" not in again
    assert key.read_text().strip() not in first + again
