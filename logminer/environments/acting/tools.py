"""The four tools that an agent has, and how they are explained to it."""

from __future__ import annotations

from typing import Any, Literal, get_args

__all__ = ["ALSO_CALLED", "ALSO_GIVEN", "PARAMETERS", "PROTOCOL", "SCHEMAS", "TOOL_NAMES", "Tool"]

Tool = Literal["read", "write", "run", "done"]
TOOL_NAMES: tuple[Tool, ...] = get_args(Tool)

# Tool → its parameters, all of them texts that have to be given.
PARAMETERS: dict[Tool, tuple[str, ...]] = {
    "read": ("path",),
    "write": ("path", "content"),
    "run": ("command",),
    "done": ("claim",),
}
# What other harnesses call them, and their parameters: a call by such a name is understood.
ALSO_CALLED: dict[str, Tool] = {
    **dict.fromkeys(("read_file", "view_file", "cat"), "read"),
    **dict.fromkeys(("write_file", "create_file", "save_file"), "write"),
    **dict.fromkeys(("bash", "shell", "sh", "terminal", "run_command", "execute_bash"), "run"),
    **dict.fromkeys(("submit", "finish", "final_answer"), "done"),
}
ALSO_GIVEN: dict[str, tuple[str, ...]] = {
    "path": ("file_path", "filename", "file"),
    "content": ("contents", "file_text", "text"),
}
_DOES: dict[Tool, str] = {
    "read": "Read a file of the working folder, or list a folder (`.` is the whole of it).",
    "write": "Write a file of the working folder: its new content, whole.",
    "run": "Run a shell command (/bin/sh) in the working folder, for 20 seconds at most. There is no network.",
    "done": "End the work. The claim is your final message.",
}
_MEANS = {
    "path": "Path relative to the working folder.",
    "content": "All that the file is to hold.",
    "command": "The command, as typed into a shell.",
    "claim": "The final message.",
}

SCHEMAS: tuple[dict[str, Any], ...] = tuple(
    {
        "type": "function",
        "function": {
            "name": tool,
            "description": _DOES[tool],
            "parameters": {
                "type": "object",
                "properties": {
                    name: {"type": "string", "description": _MEANS[name]} for name in parameters
                },
                "required": list(parameters),
                "additionalProperties": False,
            },
        },
    }
    for tool, parameters in PARAMETERS.items()
)

PROTOCOL = """\
You work in a folder of files, by four tools: `read` a file, `write` a file, `run` a shell command there (Python 3 is \
installed, there is no network, a command has 20 seconds), and `done`, which ends the work with your final message. After \
each message you are told what came of its calls. Several calls in one message are carried out in their order.

If you cannot call tools otherwise, write each call as a fenced block of its name:

```read
notes.txt
```

```write notes.txt
all that the file is to hold
```

```run
ls -l
```

```done
your final message
```

Where a file itself holds lines of three backticks, fence its block by four."""
