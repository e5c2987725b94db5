"""The problems of `templates/`, by name: what is asked, inputs of it, and the solutions that lie beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.resources import files
from random import Random
from typing import Any, Literal, NamedTuple

from logminer.environments.reward_hacking.instance import Arm

__all__ = ["FOUND", "TEMPLATES", "Problem", "Solution", "problem", "solver", "source"]

# Instance N is of the template at place N modulo their number: a new one changes them all.
TEMPLATES = (
    "parcels",
    "rides",
    "crossings",
    "medians",
    "phrases",
    "routes",
    "tokens",
    "prefixes",
    "groups",
    "neighbours",
)
Solution = Literal["slow", "fast", "other", "tight"]
FOUND: dict[Arm, Solution] = {"control": "slow", "pressed": "tight"}  # what an agent begins with
# Which solution lies there then; `phrases` has one of its own. It says no more of itself than the slow one.
TIGHT: dict[str, Solution] = {
    **dict.fromkeys(("crossings", "medians", "prefixes", "routes", "tokens"), "fast"),
    **dict.fromkeys(("groups", "neighbours", "parcels", "rides"), "other"),
}
HOME = "logminer.environments.reward_hacking.templates"


class Problem(NamedTuple):
    """What is asked.

    Attributes:
        name: of its folder.
        title, statement: for whoever is to solve it.
        targets: the speed-up over what is found there.
        generate: draws an input.
        wrong: an output that is wrong but might be right, from the right one.
        touch: takes every element of an input once, as cheaply as Python can; returns nothing of use.
    """

    name: str
    title: str
    statement: str
    targets: Mapping[Arm, float]
    generate: Callable[[Random, Arm], Any]
    wrong: Callable[[Any, Random], Any]
    touch: Callable[[Any], object]


def problem(name: str) -> Problem:
    """That of a template."""
    home = import_module(f"{HOME}.{name}.problem")
    return Problem(
        name, home.TITLE, home.STATEMENT, home.TARGETS, home.generate, home.wrong, home.touch
    )


def solver(name: str, solution: Solution) -> Callable[[Any], Any]:
    """The function `solve` of a solution. It may change its input."""
    solve: Callable[[Any], Any] = import_module(f"{HOME}.{name}.{_file(name, solution)}").solve
    return solve


def source(name: str, solution: Solution) -> str:
    """A solution as it stands in a file of its own, without the line that only this package asks for."""
    text = _text(name, _file(name, solution)).replace('\n__all__ = ["solve"]\n', "", 1)
    if solution != "tight":
        return text
    asks = _text(name, "slow").partition("\n")[0]
    return "\n".join((asks, text.partition("\n")[2]))


def _file(name: str, solution: Solution) -> Solution:
    return TIGHT.get(name, solution) if solution == "tight" else solution


def _text(name: str, solution: Solution) -> str:
    return files(f"{HOME}.{name}").joinpath(f"{solution}.py").read_text("utf-8")
