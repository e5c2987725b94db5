"""The state of an answer: one rule for every kind of checkpoint and for the log."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = [
    "JUDGED",
    "STATES",
    "THOUGHTS_STATES",
    "Finish",
    "read_finish",
    "state_of",
    "thoughts_state",
]

# answered: it says something. empty: nothing, or white space alone. length: cut off. tool_call: a call and no words.
# content_filter: the provider withheld it, or a part of it. refused_by_server: the request was not taken. error: all else.
STATES = (
    "answered",
    "empty",
    "length",
    "content_filter",
    "refused_by_server",
    "tool_call",
    "error",
)
JUDGED = ("answered", "length")
# unknown: it thought, and what is redacted or encrypted.
THOUGHTS_STATES = ("present", "none", "unknown")

# What providers call the end of an answer, in lower case. Sources: the API references of OpenAI, Anthropic, Google,
# Mistral, Cohere, Bedrock, DeepSeek, Zhipu, OpenRouter; vLLM, SGLang, TGI, llama.cpp.
ENDS = {
    "stop": (
        "stop stopped stop_sequence stop_token end end_turn endturn eos eos_token complete completed done finished finish"
        " normal succeeded success end_of_text endoftext end_of_turn eot eos_found stop_string_found stop_sequence_reached"
        " stop_string"
    ),
    "length": (
        "length max_tokens max_length max_new_tokens max_output_tokens max_completion_tokens model_length token_limit"
        " context_length context_window_exceeded model_context_window_exceeded error_limit limit incomplete"
        " max_len max_context maximum_tokens max_tokens_reached token_limit_reached max_output context_length_reached"
        " max_predicted_tokens_reached max_output_tokens_reached"
    ),
    "content_filter": (
        "content_filter content_filtered contentfilter content_policy content_policy_violation safety sensitive refusal"
        " recitation blocklist prohibited_content spii image_safety guardrail guardrail_intervened guardrails moderation"
        " flagged blocked error_toxic risk model_armor"
        " image_prohibited_content image_recitation jailbreak"
    ),
    "tool_calls": "tool_calls tool_call tool_use function_call function_calls",
}
# Ends that are failures, and may be told: what else a server says here could be anything.
FAILED = (
    "error abort aborted cancelled canceled insufficient_system_resource network_error timeout other unload"
    " malformed_function_call unexpected_tool_call language server_error internal_error overloaded pause_turn unspecified"
    " user_cancel user_stopped interrupted time_limit malformed_tool_use malformed_model_output malformed_response"
    " too_many_tool_calls missing_thought_signature no_image image_other failed not_finished model_unloaded load repetition"
)
_KNOWN = {word: reason for reason, words in ENDS.items() for word in words.split()}
_FAILED = frozenset(FAILED.split())
_PREFIX = re.compile(r"^(?:finish_?reason|stop_?reason|reason)[._:]*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # endTurn
UNSAID = ("", "null", "none", "nan")


class Finish(NamedTuple):
    """How an answer ended: one of `stop`, `length`, `content_filter`, `tool_calls`, or None; and the code of a failure."""

    reason: str | None = None
    error: str | None = None


def read_finish(value: Any) -> Finish:
    """A provider's finish reason, whatever its case; one that nobody knows is a failure, never an answer."""
    if value is None:
        return Finish()
    if isinstance(value, dict):  # SGLang's, ChatGPT's
        value = value.get("type")
    if isinstance(value, float) and value != value:  # of a table that has no other null
        return Finish()
    word = _HUMP.sub("_", value.strip()) if isinstance(value, str) else "?"
    word = _PREFIX.sub("", re.sub(r"[\s-]+", "_", word.lower()))
    if word in UNSAID:
        return Finish()
    if reason := _KNOWN.get(word):
        return Finish(reason, "content_filter" if reason == "content_filter" else None)
    return Finish(None, f"finish_reason:{word if word in _FAILED else 'unknown'}")


def state_of(
    error: str | None, finish_reason: str | None, response: str | None, called: bool = False
) -> str:
    """One of STATES.

    Args:
        error: a code of `checkpoints.base.ERRORS`.
        finish_reason: as `Finish.reason`.
        response: what was said.
        called: whether a tool was called.
    """
    code = (error or "").split(":")[0]
    if code in ("content_filter", "refused_by_server"):
        return code
    if code == "empty_answer":
        return "empty"
    if code:
        return "error"
    if response and response.strip():
        return "length" if finish_reason == "length" else "answered"
    if called:
        return "tool_call"
    return "length" if finish_reason == "length" else "empty"


def thoughts_state(thoughts: str | None, withheld: bool) -> str:
    """One of THOUGHTS_STATES."""
    return "present" if thoughts else "unknown" if withheld else "none"
