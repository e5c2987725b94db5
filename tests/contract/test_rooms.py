"""The plan of the house: what lies at the root, who may import whom, and that faces only hand names on."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import logminer
from logminer import api

ROOT = Path(logminer.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
FACES = [file for file in FILES if file.name == "__init__.py"]
MOST_LINES = 500
MOST_AT_ROOT = 8


def name_of(file: Path) -> str:
    parts = ["logminer", *file.relative_to(ROOT).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in FILES}


def imported(file: Path) -> Iterator[str]:
    """Our modules that a file imports: at its top, inside functions, for type checkers only, and by a list of kinds."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            listed = f"{name_of(file).rsplit('.', 1)[0]}.{node.value.partition(':')[0]}"
            if ":" in node.value and listed in MODULES:
                yield listed
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in MODULES:
                    yield inner
                elif node.module in MODULES:
                    yield node.module


ARROWS = {name: set(imported(file)) - {name} for name, file in MODULES.items()}


def circle_through(start: str) -> list[str] | None:
    """A way from a module back to itself."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for target in ARROWS[way[-1]]:
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return None


def test_no_file_is_part_of_a_circle() -> None:
    circles = {name: way for name in MODULES if (way := circle_through(name))}
    assert not circles


def test_the_search_for_circles_sees_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "logminer.spec" in ARROWS["logminer.pipeline.file"]
    assert "logminer.scorers.rules" in ARROWS["logminer.scorers.kinds"]
    assert "logminer.sources.paired" in ARROWS["logminer.sources.formats"]
    monkeypatch.setitem(ARROWS, "logminer.spec", {"logminer.pipeline.file"})
    assert circle_through("logminer.spec") == [
        "logminer.spec",
        "logminer.pipeline.file",
        "logminer.spec",
    ]


def test_few_modules_lie_at_the_root() -> None:
    assert len(list(ROOT.glob("*.py"))) <= MOST_AT_ROOT


@pytest.mark.parametrize("file", FACES, ids=name_of)
def test_a_face_hands_names_on_and_defines_nothing(file: Path) -> None:
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    assert not [node for node in nodes if isinstance(node, kinds)]


def test_no_file_of_the_api_is_called_as_what_it_hands_on() -> None:
    """Else it would depend on what was imported first which of the two the name means."""
    assert not {*api.__all__} & {file.stem for file in (ROOT / "api").iterdir()}


def test_no_file_needs_a_scroll_bar_to_explain_itself() -> None:
    lines = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in FILES}
    assert not {name: n for name, n in lines.items() if n > MOST_LINES}


def test_stages_do_not_import_each_other() -> None:
    shared = {"logminer.stages.base", "logminer.stages.step"}
    stages = {name for name in MODULES if name.startswith("logminer.stages.")} - shared
    assert stages
    assert {name: found for name in stages if (found := ARROWS[name] & (stages - {name}))} == {}


def test_each_class_name_means_one_thing() -> None:
    where: dict[str, list[str]] = {}
    for name, file in MODULES.items():
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(name)
    assert {name: homes for name, homes in where.items() if len(homes) > 1} == {}


def test_kinds_are_asked_and_not_looked_through() -> None:
    """Nobody outside a kind's own folder asks `isinstance` of a checkpoint's or scorer's kind."""
    kinds = {
        node.name: name
        for name, file in MODULES.items()
        if name.startswith(("logminer.checkpoints.", "logminer.scorers."))
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
        and any(
            isinstance(item, ast.AnnAssign) and ast.unparse(item.target) == "kind" and item.value
            for item in node.body
        )
    }
    assert {"Recorded", "Endpoint", "UnsafeProbe", "Autorater"} <= kinds.keys()
    lists = {"logminer.checkpoints.kinds", "logminer.scorers.kinds"}
    for name, file in MODULES.items():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"):
                continue
            for asked in {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}:
                home = kinds.get(asked)
                own = home and name.rsplit(".", 1)[0] == home.rsplit(".", 1)[0]
                assert home is None or own or name in lists, f"{name} asks for {asked}"


def test_the_floors_are_exhaustive_and_nothing_is_exempt_but_each_library_s_door() -> None:
    contracts = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    floors, doors = contracts
    assert (floors["type"], floors["exhaustive"]) == ("layers", True)
    assert "ignore_imports" not in floors
    rooms = {room.strip() for layer in floors["layers"] for room in layer.split("|")}
    there = {name.split(".")[1] for name in MODULES if "." in name}
    assert rooms == there
    assert doors["type"] == "forbidden"
    for line in doors["ignore_imports"]:
        home, library = line.split(" -> ")
        assert home.startswith("logminer.")
        assert library in doors["forbidden_modules"]
