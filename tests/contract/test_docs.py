"""What the README and the pages of docs/ show works: Python and SQL run on a study, pipeline files load, every call of the
command line is one that it takes, and links lead somewhere."""

from __future__ import annotations

import functools
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml
from click.testing import CliRunner

from docs.making.pages import FOLDER, pages
from logminer.api import load_pipeline
from logminer.board.presets import BoardPreset
from logminer.cli.main import VERBS, main
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.suitefile import SuiteFile
from logminer.privacy.policy.profiles import PROFILES
from logminer.scorers.autorater.impartial import impartial_raters
from logminer.scorers.kinds import check_scorers
from logminer.spec import Spec, parse
from logminer.store.session import open_session
from logminer.taxonomy.tree import load_taxonomy, shipped_taxonomies
from tests.conftest import Demo
from tests.kit.places import ROOT

README = ROOT / "README.md"
GUIDES = [README, ROOT / "data/README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [*GUIDES, ROOT / "CONTRIBUTING.md", *sorted(FOLDER.glob("*.md"))]
LANGUAGES = {"sh", "bash", "python", "sql", "yaml", "json", "text", "diff"}

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
MADE_UP = r"…|\d+|\bN\b|'[^']*'|: |\(|\bprod\b|\bes\b"  # what a message that is told has of its own
INLINE = re.compile(r"`logminer ([a-z][^`]*)`")


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    language: str
    text: str


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@functools.cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def blocks(*languages: str, pages: list[Path] = GUIDES) -> list[Block]:
    found = (Block(page, *block) for page in pages for block in FENCED.findall(text_of(page)))
    return [block for block in found if block.language in languages]


def calls(block: Block) -> Iterator[list[str]]:
    """The calls of logminer in a block of shell, without what the shell does with their output."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if found := re.match(r"\s*(?:\.venv/bin/)?logminer ([a-z].*)", line):
            words = shlex.split(re.sub(r"\$\w+", "0", found[1]), comments=True)
            yield words[: words.index(">")] if ">" in words else words


def taken(words: list[str]) -> tuple[click.Command, click.Context]:
    """The command that `words` call, and what it makes of them.

    Raises:
        click.ClickException: it does not take them.
    """
    command: click.Command = main
    context = click.Context(main, info_name="logminer", **main.context_settings)
    rest = list(words)
    while isinstance(command, click.Group):
        found = command.get_command(context, rest[0])
        assert found, f"there is no {context.command_path} {rest[0]}"
        command, name = found, rest.pop(0)
        if isinstance(command, click.Group):
            context = click.Context(command, parent=context, info_name=name)
    return command, command.make_context(words[0], rest, parent=context)


def test_every_block_says_what_it_is() -> None:
    for page in PAGES:
        for language, text in FENCED.findall(text_of(page)):
            assert language in LANGUAGES, f"{named(page)}: {text[:60]}"


def test_python_blocks_run(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(demo.study, tmp_path / "studies" / "quarterly")
    monkeypatch.chdir(tmp_path)
    for block in blocks("python"):
        exec(compile(block.text, named(block.page), "exec"), {})


def test_sql_blocks_run(demo: Demo) -> None:
    with open_session(demo.study) as session:
        for block in blocks("sql"):
            for statement in filter(str.strip, block.text.split(";")):
                session.columns(statement)


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: named(block.page))
def test_yaml_blocks_are_accepted(block: Block) -> None:
    said = yaml.safe_load(block.text)
    if said.keys() <= PipelineFile.model_fields.keys():
        parse(PipelineFile, {"study": "s", "source": {"path": "d"}} | said, named(block.page))
        return
    kind: type[Spec] = SuiteFile if said.keys() <= SuiteFile.model_fields.keys() else BoardPreset
    parse(kind, {"title": "One's own"} | said, named(block.page))


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_calls_are_such_as_the_command_line_takes(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks("sh", "bash", pages=[page]):
        for words in calls(block):
            for file in (word for word in words if re.fullmatch(r"[\w/-]+\.txt", word)):
                Path(file).parent.mkdir(parents=True, exist_ok=True)
                Path(file).touch()  # some are opened before anything is done
            taken(words)
    for said in INLINE.findall(text_of(page)):
        verb, *rest = said.split()
        assert verb in VERBS, said
        for option in re.findall(r"(?<!\S)--?[a-z][\w-]*", " ".join(rest)):
            assert option in options(verb), said


@functools.cache
def options(verb: str) -> frozenset[str]:
    """Those of a verb and of all below it."""

    def of(command: click.Command) -> Iterator[str]:
        for parameter in command.params:
            yield from (*parameter.opts, *parameter.secondary_opts)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                if below := command.get_command(context, name):
                    yield from of(below)

    context = click.Context(main, **main.context_settings)
    command = main.get_command(context, verb)
    assert command
    return frozenset({*of(command), "--help"})


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", text_of(page))):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        at = (page.parent / file).resolve() if file else page
        assert at.exists(), target
        if anchor:
            assert anchor in anchors(at), target


@functools.cache
def anchors(page: Path) -> frozenset[str]:
    """Of the headings, as they are usually made."""
    heads = re.findall(r"^#+ (.*)$", FENCED.sub("", text_of(page)), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in GUIDES:
        called = re.findall(r"(?:`|^)make (?!PYTHON)(\w+)", text_of(page), re.MULTILINE)
        assert set(called) <= targets, named(page)


def test_every_page_is_found_from_the_first_one() -> None:
    index = text_of(ROOT / "docs/index.md")
    for page in [*(ROOT / "docs").glob("*.md"), *FOLDER.glob("*.md")]:
        name = str(page.relative_to(ROOT / "docs"))
        assert name == "index.md" or f"]({name})" in index, name


def test_errors_that_are_told_are_raised() -> None:
    code = "".join(file.read_text("utf-8") for file in (ROOT / "logminer").rglob("*.py"))
    code = re.sub(r'"\s*\n\s*f?"', "", code + (ROOT / "Makefile").read_text("utf-8"))
    for line in text_of(ROOT / "docs/errors-and-faq.md").splitlines():
        for said in re.findall(r"`([^`]+)`", line.split("|")[1]) if line.startswith("| ") else ():
            assert max(re.split(MADE_UP, said), key=len).strip() in code, said


def test_shipped_taxonomies_are_told_with_their_size() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", text_of(ROOT / "docs/judging.md"), re.M))
    sizes = {name: len(load_taxonomy(name, ROOT).nodes()) for name in shipped_taxonomies()}
    assert {name: int(told[name]) for name in sizes} == sizes


def test_profiles_are_told_type_by_type() -> None:
    page = text_of(ROOT / "docs/privacy.md")
    for entity_type in {*PROFILES["strict"], *PROFILES["balanced"]} - {None}:
        cells = [
            PROFILES[name][entity_type].why if entity_type in PROFILES[name] else "as all others"
            for name in ("balanced", "strict")
        ]
        assert f"| `{entity_type}` | {' | '.join(cells)} |" in page


def test_the_whole_pipeline_file_and_the_autorater_beside_it_load(tmp_path: Path) -> None:
    (whole,) = blocks("yaml", pages=[ROOT / "docs/your-own-dump.md"])
    (autoraters,) = blocks("yaml", pages=[ROOT / "docs/judging.md"])
    (tmp_path / "p.yaml").write_text(whole.text)
    file = load_pipeline(tmp_path / "p.yaml").file
    assert [c.kind for c in file.checkpoints] == ["endpoint", "local", "recorded"]
    assert file.compare.pairs == (("sft", "prod"),)
    assert file.compare.margins["prv"].ratio == 1.5
    (tmp_path / "rated.yaml").write_text(
        f"study: s\nsource: {{path: d.parquet}}\n{autoraters.text}"
    )
    rated = load_pipeline(tmp_path / "rated.yaml").file
    check_scorers(rated.judge.scorers, load_taxonomy(rated.judge.taxonomy, tmp_path))
    assert [found.scorer.votes for found in impartial_raters(rated.judge.scorers, ())] == [3]


@pytest.mark.parametrize("file", sorted((ROOT / "pipelines").glob("*.yaml")), ids=named)
def test_shipped_pipelines_are_accepted(file: Path) -> None:
    load_pipeline(file)


@pytest.mark.parametrize("name", ["pipeline.md", "cli.md", "schema.md", "sizing.md"])
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert text_of(FOLDER / name) == pages()[name], "it is out of date: make docs"


def test_help_is_printed_for_every_verb() -> None:
    for verb in VERBS:
        assert CliRunner().invoke(main, [verb, "--help"]).exit_code == 0
