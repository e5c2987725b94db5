"""The calls in what a model says: as its server tells them, else as blocks in its text.

Blocks are fenced and bear a tool's name (see `tools.PROTOCOL`); one that is called `tool`, `tool_call` or `json`, or stands
between tags `<tool_call>`, may hold the call as JSON, `{"name": …, "arguments": {…}}`, as many models write it unasked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.environments.acting.tools import ALSO_CALLED, ALSO_GIVEN, PARAMETERS, TOOL_NAMES, Tool
from logminer.messages.calls import parsed
from logminer.messages.text import text_of

__all__ = ["NO_TOOL", "Call", "Utterance", "as_blocks", "as_stated", "read_calls"]

# Each of these is read in one go, however long and odd a message is: no pattern has two ways to match the same blanks.
_FENCE = re.compile(r"[ ]{0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_BEGIN, _END = "<tool_call>", "</tool_call>"
_AS_JSON = ("tool", "tool_call", "tool_code", "json")
NO_TOOL = "there is no such tool"
MOST_CALLS = 20  # in one message; what follows is not carried out


class Call(NamedTuple):
    """One call.

    Attributes:
        tool: None: there is no such tool, or it cannot be told which is meant.
        argument: the path, command or claim; of a call that cannot be read all that it says.
        content: of a file to write.
        problem: why it cannot be carried out, for whoever made it.
        call_id: where a server gave it one.
        stated: whether a server told it; else it stood in the text.
    """

    tool: Tool | None
    argument: str
    content: str = ""
    problem: str | None = None
    call_id: str | None = None
    stated: bool = False


class Utterance(NamedTuple):
    """What a message says beside its calls, and these."""

    content: str
    calls: tuple[Call, ...]


def read_calls(
    content: str | None, stated: Sequence[Mapping[str, Any]] = (), *, cut: bool = False
) -> Utterance:
    """The calls in a message, in order.

    Args:
        content: its text.
        stated: its calls as a server tells them, in OpenAI's form; where there are any, blocks in the text are none.
        cut: whether it was cut off at its limit, so that its last block may not be whole.
    """
    content = content or ""
    if stated:
        calls = [_stated(call, cut=cut) for call in stated]
        return Utterance(content, tuple(calls[:MOST_CALLS]))
    rest, found = _blocks(content, cut=cut)
    if not found:
        rest, found = _tagged(content)
    return Utterance(rest.strip(), tuple(found[:MOST_CALLS]))


def _stated(call: Mapping[str, Any], *, cut: bool) -> Call:
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    made = _named(function.get("name"), function.get("arguments"), cut=cut)
    return made._replace(call_id=text_of(call.get("id")), stated=True)


def _named(name: Any, arguments: Any, *, cut: bool = False) -> Call:
    """A call as name and arguments, of which nothing is known."""
    told = parsed(arguments)
    raw = f"{text_of(name) or ''} {text_of(arguments) or ''}".strip()
    said = str(name).strip().lower()
    tool = ALSO_CALLED.get(said, said)
    if tool not in TOOL_NAMES:
        return Call(None, raw, problem=f"{NO_TOOL}; there are {', '.join(TOOL_NAMES)}")
    if not isinstance(told, dict):
        end = ": your message was cut off at its limit" if cut else ""
        return Call(None, raw, problem=f"the arguments of {tool} are no JSON object{end}")
    wanted = PARAMETERS[tool]
    told = _called_as_here(told, wanted)
    if lacking := [one for one in wanted if not isinstance(told.get(one), str | int | float)]:
        named = ", ".join(f"`{one}`" for one in wanted)
        return Call(None, raw, problem=f"{tool} takes {named}; no text was given as `{lacking[0]}`")
    texts = [str(told[one]) for one in wanted]
    return Call(tool, texts[0], texts[1] if len(texts) > 1 else "")


def _called_as_here(told: Mapping[str, Any], wanted: Sequence[str]) -> Mapping[str, Any]:
    """Arguments by our names: those of other harnesses are taken, and the only one, whatever its name."""
    if len(wanted) == 1 and len(told) == 1:
        return {wanted[0]: next(iter(told.values()))}
    names = {one: (one, *ALSO_GIVEN.get(one, ())) for one in wanted}
    return {one: next((told[n] for n in names[one] if n in told), None) for one in wanted}


def _as_json(text: str) -> Call:
    told = parsed(text.strip())
    if not isinstance(told, dict):
        return Call(None, text, problem="it is no JSON object: {name, arguments}")
    return _named(told.get("name"), told.get("arguments", told.get("parameters")))


def _tagged(content: str) -> tuple[str, list[Call]]:
    """The text without the calls that stand between tags, and these."""
    rest: list[str] = []
    calls: list[Call] = []
    done = at = 0
    while (begin := content.find(_BEGIN, at)) >= 0 and (end := content.find(_END, begin)) >= 0:
        inside = content[begin + len(_BEGIN) : end].strip()
        at = end + len(_END)
        if inside[:1] == "{" and inside[-1:] == "}":
            calls.append(_as_json(inside))
            rest.append(content[done:begin])
            done = at
    return "".join([*rest, content[done:]]), calls


class _Block(NamedTuple):
    """A fenced block: what stands behind its fence, its lines, and whether it is closed."""

    info: str
    text: str
    closed: bool


def _blocks(content: str, *, cut: bool) -> tuple[str, list[Call]]:
    """The text without the blocks that are calls, and these."""
    rest: list[str] = []
    calls: list[Call] = []
    for piece in _pieces(content):
        if isinstance(piece, str):
            rest.append(piece)
            continue
        call = _of_block(piece, cut=cut)
        if call is not None:
            calls.append(call)
        else:
            rest.append(f"```{piece.info}\n{piece.text}\n```")
    return "\n".join(rest), calls


def _pieces(content: str) -> Iterator[str | _Block]:
    """Lines, and blocks as a whole. A fence is closed by one of its kind that is no shorter and has nothing behind it."""
    fence, info, inside = "", "", list[str]()
    for line in content.split("\n"):
        mark = _FENCE.match(line)
        if mark and "`" in mark["info"]:
            mark = None
        if not fence:
            if mark:
                fence, info, inside = mark["fence"], mark["info"].strip(), []
            else:
                yield line
        elif mark and not mark["info"].strip() and mark["fence"].startswith(fence):
            yield _Block(info, "\n".join(inside), True)
            fence = ""
        else:
            inside.append(line)
    if fence:
        yield _Block(info, "\n".join(inside), False)


def _of_block(block: _Block, *, cut: bool) -> Call | None:
    """The call that a block is; None where it is none."""
    word, _, behind = block.info.partition(" ")
    word, behind = word.lower(), behind.strip().strip("`'\"")
    if word in _AS_JSON:
        told = parsed(block.text.strip())
        meant = word.startswith("tool") or (
            isinstance(told, dict) and told.get("name") in TOOL_NAMES
        )
        return _as_json(block.text) if meant else None
    if word not in TOOL_NAMES:
        return None
    tool = word
    if cut and not block.closed:
        problem = "the block is not whole: your message was cut off at its limit"
        return Call(None, f"{block.info}\n{block.text}", problem=problem)
    if tool == "write":
        if not behind:
            problem = "say the file's path behind `write`, in the line of the fence: ```write PATH"
            return Call(None, f"{block.info}\n{block.text}", problem=problem)
        return Call(tool, behind.removeprefix("path=").strip("`'\""), f"{block.text}\n")
    argument = "\n".join(filter(None, (behind, block.text.strip("\n"))))
    argument = argument.strip() if tool == "read" else argument
    if not argument.strip() and tool != "done":
        return Call(
            None, block.info, problem=f"{tool} takes `{PARAMETERS[tool][0]}`; the block is empty"
        )
    return Call(tool, argument)


def as_stated(call: Call) -> dict[str, Any]:
    """A call in OpenAI's form, so that whoever reads the dialogue can read it, whatever was wrong with it."""
    if call.tool is None:
        name, arguments = "unknown", {"said": call.argument}
    else:
        name = call.tool
        arguments = dict(zip(PARAMETERS[call.tool], (call.argument, call.content), strict=False))
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    return {"id": call.call_id, "type": "function", "function": function}


def as_blocks(said: Utterance) -> str:
    """What a message said, its calls as blocks."""
    told = [said.content] if said.content else []
    for call in said.calls:
        if call.tool is None:
            told.append(call.argument)
        elif call.tool == "write":
            told.append(f"````write {call.argument}\n{call.content.removesuffix(chr(10))}\n````")
        else:
            told.append(f"```{call.tool}\n{call.argument}\n```")
    return "\n\n".join(told)
