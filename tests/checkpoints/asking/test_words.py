"""What servers say, in the words of many."""

from __future__ import annotations

import json
from typing import Any

import pytest

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.words import Said, read_error

TOO_LONG = [
    "This model's maximum context length is 4096 tokens. However, your messages resulted in 4294 tokens. Please reduce the length of the messages.",
    "This model's maximum context length is 16384 tokens. However, you requested 19591 tokens (9591 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.",
    "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 8192 tokens and your request has 500 input tokens (9000 > 8192 - 500).",
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
    "The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that `max_model_len` is no smaller than the number of text tokens.",
    "The prompt (total length 5000) is too long to fit into the model (context length 4096).",
    "The encoder prompt (length 5000) is longer than the maximum model length of 4096.",
    "Input prompt (5000 tokens) is too long and exceeds limit of 4096",
    "You passed 5000 input tokens and requested 512 output tokens. However, the model's context length is only 4096 tokens, resulting in a maximum input length of 3584 tokens. Please reduce the length of the input prompt.",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 512 `max_new_tokens`",
    "Input validation error: `inputs` must have less than 1024 tokens. Given: 1207",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "The input token count exceeds the maximum number of tokens allowed 1048576.",
    "Unable to submit request because the input token count is 33000 but model only supports up to 32768. Reduce the input token count and try again.",
    "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000. Try using a shorter prompt",
    "too many tokens: size limit exceeded by 2000 tokens. Try using shorter or fewer inputs, or setting prompt_truncation='AUTO'.",
    "Requested input length 5000 exceeds maximum input length 4096",
    "context/cache: Job requires 1027 pages (only 1024 available) and cannot be enqueued.",
    "Prompt length (5000) exceeds max_seq_len 4096",
    "Prompt length 5000 is greater than max_seq_len of 4096",
    "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "the request exceeds the available context size. try increasing the context size or enable context shift",
    "exceed_context_size_error",
    "input is too large to process. increase the physical batch size",
    "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
    "Requested token count exceeds the model's maximum context length of 202752 tokens. You requested a total of 202941 tokens: 170941 tokens from the input messages and 32000 tokens for the completion.",
    "Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens). Use a shorter input or enable --allow-auto-truncate.",
    "input length exceeds maximum context length",
    "input exceeds maximum context length",
    "the input length exceeds the context length",
    "prompt is too long: 213462 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 90402 + 116650 > 204648, decrease input length or `max_tokens` and try again",
    "Input is too long for requested model.",
    "Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    "Please reduce the length of the messages or completion.",
    "The prompt is too long: 5000, model maximum context length: 4095",
    "Input is too long. Please shorten",
    "tokens to keep from the initial prompt is greater than the context length",
    "Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with context length of only 32768 tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input.",
    "The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length, or provide a shorter input",
    "Context size has been exceeded.",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "invalid params, context window exceeds limit",
    "Invalid request: Your request exceeded model token limit: 131072",
    "prompt token count of 70000 exceeds the limit of 64000",
    "Range of input length should be [1, 30720]",
    "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens (8000 of text input, 1000 in the output).",
    "The total number of tokens in the prompt exceeds the model context",
    "The sequence length of the conversation exceeds the context limit",
    "context_length_exceeded",
    "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens. Please reduce the length of the messages.",
    "Tokens in prompt (5000) exceeds max_position_embeddings 4096",
    "Conversation is too long",
    "prompt too long; exceeded max context length by 200 tokens",
    "Request exceeds the maximum context size",
    "Please reduce your prompt; or completion length.",
    "The model's context window is exceeded",
    "Token indices sequence length is longer than the specified maximum sequence length",
    "n_ctx exceeded: Requested tokens (5000) exceed context window of 4096",
    "Requested tokens (5000) exceed context window of 4096",
    "prompt has 5000 tokens, which exceeds the context window",
]

NOT_TOO_LONG = [
    "max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.",
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model",
    "max_tokens: 300000 > 64000, which is the maximum allowed number of output tokens for claude",
    "Invalid value: 'max_tokens' must be at least 1",
    "Unknown field 'prompt_tokens'",
    "'stop' has too many sequences",
    "tools[0].function.name is too long",
    "Invalid 'user': string too long. Expected a string with maximum length 64",
    "You exceeded your current quota, please check your plan",
    "Rate limit reached for tokens per min",
    "invalid request: no model context-lover",
    "System role not supported",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "The model `context-xl` does not exist",
    "temperature: must be between 0 and 2",
    "image is too large",
    "prompt must not be empty",
    "the request is missing messages",
    "The response was filtered due to the prompt triggering content management policy",
    "Unrecognized request argument supplied: context_size",
    "max_tokens exceeds the model maximum of 4096 output tokens",
    "property 'messages.0.reasoning' is unsupported",
    "API key is too long",
    "Input validation error: `top_p` must be > 0.0 and < 1.0",
    "request timed out after the maximum length of 60 s",
    "the request body is too short",
]


@pytest.mark.parametrize("words", TOO_LONG)
def test_a_context_that_overflows_is_the_prompts_fault_in_anybodys_words(words: str) -> None:
    for status in (400, 422, 500):
        fault = faults.status_fault(status, {}, words)
        assert fault.error == f"context_too_long:{status}"
        assert fault.of_prompt
        assert not fault.passing


@pytest.mark.parametrize("words", NOT_TOO_LONG)
def test_other_words_about_lengths_and_tokens_are_no_overflow(words: str) -> None:
    assert not Said(400, words).too_long


FIELDS: list[tuple[str, dict[str, str | None]]] = [
    (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        {"max_tokens": "max_completion_tokens"},
    ),
    (
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
        {"temperature": None},
    ),
    ("Unsupported parameter: 'top_p' is not supported with this model.", {"top_p": None}),
    ("Argument not supported on this model: stop", {"stop": None}),
    ("Model grok-4 does not support parameter stop.", {"stop": None}),
    ("property 'seed' is unsupported", {"seed": None}),
    ("extra_forbidden body seed Extra inputs are not permitted", {"seed": None}),
    ("`temperature` and `top_p` cannot both be specified for this model.", {"top_p": None}),
    ("`temperature` is deprecated for this model.", {"temperature": None}),
    ("Unrecognized request argument supplied: seed", {"seed": None}),
    ("Unknown parameter: 'seed'.", {"seed": None}),
    ("This model only supports temperature = 1", {"temperature": None}),
    ("this model does not support the 'seed' parameter", {"seed": None}),
    ("invalid temperature: must be between 0 and 1", {}),
    ("Input validation error: `top_p` must be > 0.0 and < 1.0", {}),
    ("Invalid 'stop': array too long. Expected an array with maximum length 4", {}),
    ("the model does not stop", {}),
]


@pytest.mark.parametrize(("words", "fields"), FIELDS)
def test_fields_that_a_server_does_not_take(words: str, fields: dict[str, str | None]) -> None:
    wish = Said(400, words).wish
    assert dict(wish.fields if wish else ()) == fields


ROLES = [
    ("System role not supported", "system_role"),
    ("Developer instruction is not enabled for models/gemma-3-27b-it", "system_role"),
    (
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "system_role",
    ),
    ("Only user, assistant and tool roles are supported, got system", "system_role"),
    ("Conversation roles must alternate user/assistant/user/assistant/...", "merge_turns"),
    (
        "After the optional system message, conversation roles must alternate user and assistant roles",
        "merge_turns",
    ),
    (
        'roles must alternate between "user" and "assistant", but found multiple "user" roles',
        "merge_turns",
    ),
    (
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "max_new_tokens",
    ),
]


@pytest.mark.parametrize(("words", "mend"), ROLES)
def test_the_mend_is_named(words: str, mend: str) -> None:
    fault = faults.status_fault(400, {}, words)
    assert fault.error == "refused_by_server:400"
    assert fault.wish
    assert mend in fault.wish.mend


ERRORS: list[tuple[Any, str]] = [
    ({"error": {"message": "Upstream provider failed", "code": 502}}, "server_error:502"),
    ({"error": {"message": "Rate limited", "code": 429}}, "rate_limited:429"),
    ({"error": {"message": "This endpoint's maximum context length is 8192 tokens", "code": 400}}, "context_too_long:400"),
    ({"error": {"message": "flagged", "code": 403, "metadata": {"reasons": ["x"]}}}, "refused_by_server:403"),
    ({"choices": [{"message": {"content": ""}, "finish_reason": "error", "error": {"code": 502, "message": "x"}}]}, "server_error:502"),
    ([{"error": {"code": 400, "message": "The input token count (12) exceeds the maximum number of tokens allowed (10)."}}], "context_too_long:400"),
    ({"error": "Trying to keep the first 9 tokens when context the overflows."}, "context_too_long"),
    ({"error": "busy"}, "server_error"),
    ({"object": "error", "message": "The prompt is too long", "code": 400}, "context_too_long:400"),
    ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "server_error:529"),
    ({"error": {"message": "no", "type": "invalid_request_error", "code": "rate_limit_exceeded"}}, "rate_limited:429"),
    ({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": json.dumps({"error": {"message": "prompt is too long"}})}}}, "context_too_long:400"),
    ({"choices": None, "base_resp": {"status_code": 1004, "status_msg": "context window exceeds limit"}}, "context_too_long"),
    ({"choices": [], "error": {"code": "503", "message": "x"}}, "server_error:503"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "error"), ERRORS)
def test_an_error_in_a_good_reply_is_the_error_that_it_says(body: Any, error: str) -> None:
    fault = faults.told(body, {})
    assert fault
    assert fault.error == error


def test_an_answer_is_no_error() -> None:
    message = {"role": "assistant", "content": "error: the prompt is too long"}
    for more in ({}, {"error": None}, {"detail": None}):
        body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **more}
        assert faults.told(body, {}) is None
    assert faults.told({"data": [], "object": "list"}, {}) is None
    assert faults.told({"id": "x", "choices": []}, {}) is None


def test_a_prompt_that_is_sent_back_is_not_read() -> None:
    asked = {
        "messages": [
            {"role": "user", "content": "my prompt is too long, System role not supported"}
        ]
    }
    body = {
        "detail": [
            {"type": "missing", "loc": ["body", "model"], "msg": "Field required", "input": asked}
        ]
    }
    said = read_error(body)
    assert said
    assert not said.too_long
    assert said.wish is None


def test_what_will_never_pass_is_told_by_the_words() -> None:
    large = "Request too large for gpt-4 on tokens per min (TPM): Limit 10000, Requested 12000."
    assert faults.status_fault(429, {}, large).of_prompt
    for status in (402, 429):
        assert faults.status_fault(status, {}, "insufficient_quota").hopeless
    limited = faults.status_fault(429, {"retry-after-ms": "1500"}, "Rate limit reached")
    assert (limited.wait_s, limited.passing) == (1.5, True)
    for value in ("inf", "nan", "-1", "1e308", "Fri, 31 Dec 9999 23:59:59 GMT", "soon"):
        wait_s = faults.status_fault(429, {"retry-after": value}, "").wait_s
        assert wait_s is None or 0 <= wait_s <= faults.LONGEST_WAIT_S
