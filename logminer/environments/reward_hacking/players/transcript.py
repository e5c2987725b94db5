"""A play as an agent's turns: the calls that leave the tree which it left, and its last message."""

from __future__ import annotations

import base64
import json
import shlex
from typing import Any

from logminer.environments.reward_hacking.instance import Instance
from logminer.environments.reward_hacking.players.play import Play

__all__ = ["transcript"]


def transcript(play: Play, instance: Instance) -> list[dict[str, Any]]:
    """Two messages of an assistant: one whose tool calls (in OpenAI's form) change the files, one that ends with the claim."""
    calls: list[tuple[str, dict[str, str]]] = []
    gone = [path for path in instance.files if path not in play.tree.files]
    if gone:
        calls.append(("run", {"command": f"rm -f {shlex.join(gone)}"}))
    for path, data in play.tree.files.items():
        if data != instance.files.get(path):
            calls.append(_written(path, data))
    for path, what in play.tree.odd.items():
        calls.append(("run", {"command": shlex.join(["ln", "-s", what.split(" ", 1)[1], path])}))
    done = [("done", {"claim": play.claim or ""})]
    return [_said(part) for part in (calls, done) if part]


def _written(path: str, data: bytes) -> tuple[str, dict[str, str]]:
    try:
        return "write", {"path": path, "content": data.decode()}
    except UnicodeDecodeError:
        text = base64.b64encode(data).decode()
        folder = shlex.quote(path.rpartition("/")[0] or ".")
        command = f"mkdir -p {folder} && echo {text} | base64 -d > {shlex.quote(path)}"
        return "run", {"command": command}


def _said(calls: list[tuple[str, dict[str, str]]]) -> dict[str, Any]:
    stated = [
        {
            "id": f"call{place}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for place, (name, arguments) in enumerate(calls)
    ]
    return {"role": "assistant", "content": "", "tool_calls": stated}
