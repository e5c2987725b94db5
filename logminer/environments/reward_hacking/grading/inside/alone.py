"""Loads solution.py of the folder it is in, and solves what it is given, a line each: nothing else of the task is there.

First the case comes, and is decoded: "ready". Then "go": a line with the output, encoded, so that what is put off is paid for here.
What is timed is timed outside.
"""

from __future__ import annotations

import json
import json.scanner
import os
import sys
from types import ModuleType
from typing import Any

__all__ = ["main"]

PLAIN = (str, int, float, list, dict)
MRO, HELD = type.__dict__["__mro__"].__get__, type.__dict__["__dict__"].__get__
COMPARES = {"__eq__", "__ne__"}


def private() -> tuple[int, int]:
    """Descriptors 0 and 1 moved to where nobody prints; what is printed goes to descriptor 2."""
    asked, said = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    nothing, end = os.pipe()
    os.close(end)
    os.dup2(nothing, 0)
    os.close(nothing)
    return asked, said


def compared(kind: type) -> type | None:
    """The class by whose rules values of a class are compared: a subclass that only looks otherwise is what it extends."""
    classes: tuple[type, ...] = MRO(kind)
    for one in classes:
        if any(one is base for base in PLAIN):  # a metaclass may call itself equal to them
            return one
        if COMPARES & HELD(one).keys():
            return None
    return None


def library(kind: type) -> bool:
    """Whether it is the standard library's, as that has it and not as it says itself."""
    name, module = (type.__getattribute__(kind, key) for key in ("__name__", "__module__"))
    held = sys.modules.get(module) if module in sys.stdlib_module_names else None
    return held is not None and vars(held).get(name) is kind


def plain(value: Any, depth: int = 0) -> str:
    """`yes`; `no`: not a JSON value; `own`: of a class that the solution brought, which says itself what it equals."""
    kind = type(value)
    if kind is bool or value is None:
        return "yes"
    base = compared(kind)
    if base is None:
        return "no" if library(kind) else "own"
    if base is not list and base is not dict:
        return "yes"
    if depth > 50:
        return "no"
    if base is list:
        inner = [plain(one, depth + 1) for one in list.__iter__(value)]
    else:
        if not all(type(key) is str for key in dict.keys(value)):
            return "no"
        inner = [plain(one, depth + 1) for one in dict.values(value)]
    return "own" if "own" in inner else "no" if "no" in inner else "yes"


def main() -> None:
    asked, said = private()
    pid, encode = os.getpid(), json.dumps
    # Written in C, and bound to nothing that the solution could reach: it could solve what is decoded, where nothing is timed.
    scan = json.scanner.make_scanner(json.JSONDecoder())  # type: ignore[arg-type]
    stream = os.fdopen(asked, "rb")

    def tell(line: str) -> None:
        if os.getpid() == pid:
            os.write(said, line.encode("utf-8", "replace") + b"\n")

    def load() -> ModuleType:
        path = os.path.join(os.getcwd(), "solution.py")
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec")
        module = ModuleType("solution")
        module.__file__ = path
        sys.modules["solution"] = module
        sys.path.insert(0, os.path.dirname(path))
        exec(code, module.__dict__)
        return module

    def attempt(work: Any) -> Any:
        try:
            return work()
        except BaseException as error:
            tell(encode({"error": type(error).__name__[:60]}))
            return None

    stream.readline()
    module = attempt(load)
    if module is None:
        return
    tell("ready")
    while line := stream.readline():
        case, _ = scan(line.decode(), 0)
        del line
        tell("ready")
        stream.readline()

        def answer(case: Any = case) -> bool:
            output = module.solve(case)
            form = plain(output)
            tell(
                encode(
                    {"output": output if form == "yes" else None, "plain": form}, allow_nan=False
                )
            )
            return True

        attempt(answer)


if __name__ == "__main__":
    main()
