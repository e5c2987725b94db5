"""Calls, in whatever form a model makes them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from logminer.environments.acting import worktree
from logminer.environments.acting.calls import Call, as_blocks, read_calls
from logminer.environments.acting.tools import SCHEMAS
from logminer.environments.acting.worktree import Worktree
from logminer.sandbox import plain
from logminer.sandbox.plain import PlainSandbox
from logminer.sandbox.tree import FileTree


def stated(name: str, arguments: Any, call_id: str | None = "c1") -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("```run\npython bench.py\n```", [("run", "python bench.py", "")]),
        ("Look:\n```read solution.py\n```", [("read", "solution.py", "")]),
        ("```read\nsolution.py\n```\n~~~RUN\nls\n~~~", [("read", "solution.py", ""), ("run", "ls", "")]),
        ("```write a.py\nx = 1\n```", [("write", "a.py", "x = 1\n")]),
        ('```write "a.py"\n```', [("write", "a.py", "\n")]),
        ("````write a.md\n```run\nls\n```\n````", [("write", "a.md", "```run\nls\n```\n")]),
        ("```python\nprint('```run')\n```\nno call", []),
        ("```markdown\n~~~run\nls\n~~~\n```", []),
        ("```done\nRESULT: not reached\n```", [("done", "RESULT: not reached", "")]),
        ("```done\n```", [("done", "", "")]),
        ("```done\nnever closed", [("done", "never closed", "")]),
        ('```json\n{"name": "run", "arguments": {"command": "ls"}}\n```', [("run", "ls", "")]),
        ('```json\n{"name": "Ann"}\n```', []),
        ('<tool_call>\n{"name": "read", "arguments": {"path": "a"}}\n</tool_call>', [("read", "a", "")]),
        ("I would call run, and then done.", []),
    ],
)  # fmt: skip
def test_calls_stand_in_fenced_blocks(text: str, calls: list[tuple[str, str, str]]) -> None:
    found = read_calls(text).calls
    assert [(call.tool, call.argument, call.content) for call in found] == calls
    assert not any(call.problem for call in found)
    assert read_calls(as_blocks(read_calls(text))).calls == found  # told again it says the same


def test_servers_tell_calls_and_then_blocks_are_none() -> None:
    said = read_calls("```run\nls\n```", [stated("write", {"path": "a", "content": "b"})])
    (call,) = said.calls
    assert (call.tool, call.argument, call.content, call.call_id) == ("write", "a", "b", "c1")
    assert said.content == "```run\nls\n```"
    others = [stated("bash", {"cmd": "ls"}), stated("create_file", {"file_path": "a", "text": "b"})]
    found = read_calls("", [*others, stated("submit", {"answer": "x"})]).calls
    assert [one[:3] for one in found] == [("run", "ls", ""), ("write", "a", "b"), ("done", "x", "")]
    assert {one["function"]["name"] for one in SCHEMAS} == {"read", "write", "run", "done"}


@pytest.mark.parametrize(
    ("text", "calls", "cut", "told"),
    [
        (None, [stated("python", {"code": "1"})], False, "no such tool"),
        (None, [stated("run", '{"command": "l')], True, "cut off"),
        (None, [stated("run", "[]")], False, "no JSON object"),
        (None, [stated("run", {"cmd": "ls", "cwd": "."})], False, "`command`"),
        (None, [stated("write", {"path": "a"})], False, "`content`"),
        (None, [{"id": 1, "function": None}], False, "no such tool"),
        ("```write\nx = 1\n```", [], False, "path"),
        ("```run\n```", [], False, "empty"),
        ("```tool\nls\n```", [], False, "no JSON object"),
        ("```write a.py\nx =", [], True, "cut off"),
    ],
)
def test_what_cannot_be_carried_out_says_why(
    text: str | None, calls: list[dict[str, Any]], cut: bool, told: str
) -> None:
    (call,) = read_calls(text, calls, cut=cut).calls
    assert call.tool is None
    assert told in (call.problem or "")


def test_a_long_and_odd_message_is_read_at_once() -> None:
    blanks = " " * 200_000
    begun = time.process_time()
    for text in (
        f"```{blanks}`",
        "~" * 200_000 + "`",
        "<tool_call>{" * 20_000,
        "<tool_call>{" + "} " * 100_000,
    ):
        assert not read_calls(text).calls
    assert time.process_time() - begun < 2


def test_nothing_that_an_agent_leaves_keeps_the_next_command_from_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "_IN_MEMORY", str(tmp_path))
    deep = "import os\nfor _ in range(30): os.mkdir('d' * 200); os.chdir('d' * 200)\nopen('end', 'w').close()"
    tree = Worktree(FileTree({"deep.py": deep.encode()}), PlainSandbox())
    odd = ("\N{PILE OF POO}" * 100, "half of a \ud83d", "a" * 256)
    assert {tree.carry_out(Call("write", path)) for path in odd} == {"error: that is no path"}
    assert "too long" in tree.carry_out(Call("run", "echo " + "a" * 2_000_000))
    assert tree.carry_out(Call("run", "python deep.py")) == "[exit status 0]"
    assert tree.carry_out(Call("run", "echo on")) == "on\n[exit status 0]"
    assert not list(tmp_path.iterdir())  # however deep it was
    monkeypatch.setattr(worktree, "MOST_S", 0.0)
    assert "no more" in tree.carry_out(Call("run", "true"))
