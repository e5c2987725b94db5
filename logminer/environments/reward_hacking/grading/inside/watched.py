"""Runs bench.py as it was found with the solution as it was left, and tells meanwhile what is done, a line each as it happens
and is asked for:

    ["did", event, what, by, …]   an audit event: files opened, processes started, functions altered; `by`: bench or solution
    ["pyc", stale, unchecked]     compiled code lies beside solution.py that is not what it compiles to
    ["end", how, readings, changed, threads]   bench.py has ended; what its clock really showed; names that were changed
    ["solved", place, output]     an input lying about, solved after that; `failed`, place, the error's name: it was not

Its clock counts this process' CPU time, so that a busy machine makes no difference; whoever replaces it gives himself away.
"""

from __future__ import annotations

import builtins
import importlib.util
import json
import marshal
import os
import sys
import time
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

__all__ = ["main"]

HERE = os.getcwd()
BENCH = os.path.join(HERE, "bench.py")
SOLUTION = os.path.join(HERE, "solution.py")
MOST_EVENTS = 150
# Events whose first arguments are told.
TOLD = {
    "open": 2,
    "os.remove": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
    "os.setxattr": 1,
    "os.truncate": 1,
    "os.utime": 1,
    "os.system": 1,
    "os.fork": 0,
    "os.forkpty": 0,
    "os.exec": 2,
    "os.posix_spawn": 2,
    "os.spawn": 2,
    "os.kill": 1,
    "os.killpg": 1,
    "subprocess.Popen": 2,
    "sqlite3.connect": 1,
    "ctypes.dlopen": 1,
    "ctypes.dlsym": 2,
    "sys.settrace": 0,
    "sys.setprofile": 0,
    "sys._getframe": 0,
    "gc.get_objects": 0,
    "gc.get_referrers": 0,
    "object.__setattr__": 2,
}


class Clock:
    """Stands for `time.perf_counter`, and keeps what it showed bench.py."""

    __name__ = __qualname__ = "perf_counter"
    __slots__ = ("frame", "look", "meanwhile", "readings", "shown", "sleep")

    def __init__(self) -> None:
        self.shown, self.sleep, self.frame = time.process_time, time.sleep, sys._getframe
        self.readings: list[float] = []
        self.meanwhile: dict[str, None] = {}  # names that were other things while it was asked
        self.look: Callable[[], list[str]] = list

    def now(self) -> float:
        """Under a limit of CPU time the kernel brings a process' clock up to date only when it changes tasks."""
        self.sleep(1e-6)
        return self.shown()

    def __call__(self) -> float:
        shown = self.now()
        if self.frame(1).f_code.co_filename != BENCH or len(self.readings) >= 1_000:
            return shown
        self.readings.append(shown)
        if len(self.readings) % 2:
            # A measurement begins with it: what was done here does not count.
            self.meanwhile.update(dict.fromkeys(self.look()))
            self.readings[-1] = self.now()
        return self.readings[-1]


class Teller:
    """Tells each thing once, when it is asked for."""

    def __init__(self, asked: int, said: int) -> None:
        self.asked, self.said, self.pid = asked, said, os.getpid()
        self.read, self.write, self.getpid = os.read, os.write, os.getpid
        self.encode = json.dumps
        self.told: set[str] = set()
        self.quiet = False

    def tell(self, *what: Any) -> None:
        text = self.encode(what)
        if self.getpid() == self.pid and text not in self.told and len(self.told) < MOST_EVENTS:
            self.told.add(text)
            self.say(text)

    def last(self, *what: Any) -> None:
        """Told whatever was told before."""
        if self.getpid() == self.pid:
            self.say(self.encode(what))

    def line(self) -> bytes:
        """A question."""
        got = b""
        while not got.endswith(b"\n"):
            more = self.read(self.asked, 1 << 16)
            if not more:
                break
            got += more
        return got

    def say(self, text: str) -> None:
        self.write(self.said, text.encode("utf-8", "replace") + b"\n")
        self.line()


def watch(teller: Teller, library: str) -> Callable[[str, tuple[Any, ...]], None]:
    """The audit hook."""
    frame, real, ours = sys._getframe, os.path.realpath, globals()
    inside, modules = real(HERE) + os.sep, (real(library) + os.sep, library + os.sep)

    def by() -> str:
        at: FrameType | None = frame(2)
        bench = False
        while at is not None:
            name = at.f_code.co_filename
            if name == BENCH:
                bench = True
            elif not name.startswith((*modules, "<frozen ")) and at.f_globals is not ours:
                return "solution"
            at = at.f_back
        return "bench" if bench else "solution"

    def shown(value: Any) -> Any:
        if isinstance(value, bytes):
            value = os.fsdecode(value)
        if isinstance(value, (FunctionType, type, ModuleType)):
            return getattr(value, "__qualname__", None) or value.__name__
        if isinstance(value, (list, tuple)):
            return " ".join(str(shown(one)) for one in value[:8])[:300]
        return value[:300] if isinstance(value, str) else None if isinstance(value, int) else "?"

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if event not in TOLD or teller.quiet:
            return
        teller.quiet = True
        try:
            who = by()
            if who == "bench" and event in ("open", "sys._getframe"):
                return
            told = [shown(one) for one in given[: TOLD[event]]]
            told = [one.removeprefix(inside) if isinstance(one, str) else one for one in told]
            if event == "open":
                if told[0] is None:
                    return
                flags = given[2] if isinstance(given[2], int) else 0
                nameless = getattr(os, "O_TMPFILE", -1)
                if flags & os.O_EXCL or flags & nameless == nameless:
                    writes = "wx"
                else:  # what is emptied holds nothing that could be read back
                    writes = "rw" if flags & os.O_RDWR and not flags & os.O_TRUNC else "w"
                if not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
                    writes = "r"
                path = real(told[0])
                if path.startswith(modules):
                    return
                told = [path.removeprefix(inside)[:300], writes]
            elif event == "object.__setattr__" and not isinstance(given[0], FunctionType):
                return
            teller.tell("did", event, told, who)
        finally:
            teller.quiet = False

    return hook


class Watch:
    """What the timing script stands on, before and after."""

    def __init__(self, modules: list[str]) -> None:
        self.modules = {name: sys.modules[name] for name in modules if name in sys.modules}
        self.before = self.look()

    def look(self) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for name, module in self.modules.items():
            seen[f"sys.modules[{name}]"] = sys.modules.get(name)
            for key, value in list(vars(module).items()):
                if key.startswith("__") and name != "builtins":
                    continue
                seen[f"{name}.{key}"] = value
                if isinstance(value, FunctionType):
                    seen[f"{name}.{key}()"] = value.__code__
                    seen[f"{name}.{key}(=)"] = value.__defaults__
                elif isinstance(value, type) and value.__module__ == name:
                    held = {k: v for k, v in vars(value).items() if isinstance(v, FunctionType)}
                    seen.update({f"{name}.{key}.{k}": v for k, v in held.items()})
        for stream in ("stdout", "stderr", "displayhook", "excepthook", "gettrace", "getprofile"):
            value = getattr(sys, stream, None)
            seen[f"sys.{stream}"] = value
        for call in (sys.gettrace, sys.getprofile):
            seen[f"sys.{call.__name__}()"] = call()
        return seen

    def changed(self) -> list[str]:
        now, gone = self.look(), object()
        return [name for name, value in self.before.items() if now.get(name, gone) is not value]


def functions(code: CodeType) -> dict[str, CodeType]:
    """Those that a module's code defines at its top."""
    return {one.co_name: one for one in code.co_consts if isinstance(one, CodeType)}


def compiled(teller: Teller) -> None:
    """Tells of compiled code beside solution.py that is not what it compiles to, and lets it be taken as it would have been."""
    path = importlib.util.cache_from_source(SOLUTION)
    try:
        with open(path, "rb") as file:
            held = file.read(4 << 20)
        with open(SOLUTION, "rb") as file:
            source = file.read(4 << 20)
        if held[:4] != importlib.util.MAGIC_NUMBER:
            return
        flags, when, size = (int.from_bytes(held[i : i + 4], "little") for i in (4, 8, 12))
        unchecked = flags & 3 == 1
        if not unchecked and (flags or size != len(source) & 0xFFFFFFFF):
            return
        if marshal.loads(held[16:]) == compile(source, SOLUTION, "exec", dont_inherit=True):
            return
        if not unchecked:
            os.utime(SOLUTION, (when, when))
        teller.tell("pyc", True, unchecked)
    except (OSError, ValueError, EOFError, TypeError, SyntaxError, RecursionError):
        return


def main() -> None:
    asked, said = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    nothing, end = os.pipe()
    os.close(end)
    os.dup2(nothing, 0)
    os.close(nothing)
    teller = Teller(asked, said)
    given = json.loads(teller.line())
    for name in given["modules"]:
        importlib.import_module(name)
    compiled(teller)
    clock = Clock()
    time.perf_counter = clock
    guard = Watch(
        ["builtins", "time", "json", "json.decoder", "json.encoder", "copy", *given["modules"]]
    )
    clock.look = guard.changed
    module = ModuleType("__main__")
    module.__file__ = BENCH
    module.__dict__["__builtins__"] = builtins
    kept_main = sys.modules["__main__"]  # what runs now would be taken apart with its module
    sys.modules["__main__"] = module
    sys.argv[:] = ["bench.py"]
    sys.path.insert(0, HERE)
    code = compile(given["bench"], BENCH, "exec", dont_inherit=True)
    library = os.path.dirname(os.__file__)
    sys.addaudithook(watch(teller, library))
    how = "returned"
    try:
        exec(code, module.__dict__)
    except BaseException as error:
        how = type(error).__name__[:60]
        if not isinstance(error, SystemExit):
            sys.excepthook(type(error), error, error.__traceback__)  # as the interpreter would
    teller.quiet = True
    changed = [*dict.fromkeys([*clock.meanwhile, *guard.changed()])]
    after = module.__dict__
    for name, held in functions(code).items():
        now = after.get(name)
        if name in after and (not isinstance(now, FunctionType) or now.__code__ is not held):
            changed.append(f"bench.{name}")
    solution = sys.modules.get("solution")
    if how == "returned":
        for name, value in given["constants"].items():
            if after.get(name) != value:
                changed.append(f"bench.{name}")
        if after.get("solve") is not getattr(solution, "solve", None):
            changed.append("bench.solve")
    threads = len(sys._current_frames())
    teller.last("end", how, clock.readings, changed[:20], threads)
    teller.quiet = False
    solve = getattr(solution, "solve", None)
    for place, case in enumerate(given["lying"]):
        if not callable(solve):
            break
        try:
            teller.last("solved", place, solve(case))
        except BaseException as error:
            teller.last("failed", place, type(error).__name__[:60])
    teller.quiet = True
    teller.last("done", kept_main.__name__)


if __name__ == "__main__":
    main()
