"""What servers say when they refuse, in their own words: read to act on, and taken no further.

There is no list of codes that all of them keep to. What is matched here was collected from the sources and the issue
trackers of vLLM, TGI, SGLang, llama.cpp, Ollama, LM Studio, exllama, OpenAI, Anthropic, Gemini, Bedrock, Mistral,
Cohere, Groq, Together, Fireworks, DeepInfra, OpenRouter, xAI, DashScope, DeepSeek, MiniMax and Moonshot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["MOST_CHARACTERS", "Said", "Wish", "read_error"]

# Where a server speaks; what else lies in its body may be the prompt, sent back.
SPOKEN = frozenset(
    re.findall(
        r"\w+",
        "base_resp code detail error error_code error_msg error_type errors innererror loc message metadata msg param raw"
        " reason reasons status status_code status_msg title type",
    )
)
MOST_CHARACTERS = 4000
MOST_DEPTH = 6

TOO_LONG = re.compile(
    r"context[_ ](?:length|window|size)[_ ]exceeded|exceed_context_size|model_context_window"
    r"|max(?:imum)?[_ ](?:context|prompt|model|sequence)[_ ](?:length|size)|context overflow"
    r"|(?:exceed\w*|(?:long|great|larg)er than|too (?:long|large|big) for|overflow\w*|outside|beyond|above|fit\w*(?: \w+){0,2})"
    r" (?:[\w'’-]+ ){0,5}context(?: (?:length|window|size|limit))?\b"
    r"|context (?:length|window|size)(?: \w+)? (?:has been |is |was )?(?:exceed|overflow|reached|surpass|too small|only)"
    r"|context the overflows|context length of only"
    r"|\b(?:prompt|inputs?|messages?|conversation|query|request|sequence)\b(?: [\w()]+){0,4} (?:is|are|was|length) too (?:long|large)"
    r"|\b(?:prompt|input) (?:is )?too long|input (?:is )?too long for"
    r"|(?:prompt|input|request|sequence|tokens?)\b.{0,40}\b(?:exceed\w*|greater than|longer than)(?: \w+){0,3} (?:max_seq_len|max_model_len|max_position\w*)"
    r"|\b(?:input|prompt) (?:token count|token length|length|tokens)\b.{0,60}?"
    r"(?:exceed\w*|(?:long|great|larg)er than|only supports|above) ?(?:the |model's |a )?"
    r"(?:maximum|limit|configured limit|max\b|up to|\d)"
    r"|\binputs?`? (?:must have less than|tokens ?\+ ?`?max_new_tokens)"
    r"|(?:input|prompt) length (?:and|\+) `?max_tokens`? exceed"
    r"|total number of tokens in the prompt|too many (?:input |prompt )?tokens: "
    r"|reduce (?:the length of|the number of tokens in|the size of)? ?(?:the |your )?(?:input |chat )?(?:prompt|messages?|input)\b"
    r"|exceeded model token limit|job requires \d+ pages"
    r"|range of input length should be"
    r"|string_above_max_length",
    re.IGNORECASE,
)
CONTEXT = re.compile(
    r"(?:context (?:length|window|size|limit)(?: of| is)?(?: only)?|model length of|must be <=) ?:?\(?(\d+)",
    re.IGNORECASE,
)
# How long the answer may be, as against the prompt.
OUTPUT = r"max_(?:completion_|new_|output_)?tokens|max(?:imum)? (?:output|completion) tokens"
TOO_MUCH_ASKED = re.compile(
    rf"(?:{OUTPUT})\W+(?:\(?\w+\)?:? ){{0,5}}?(?:too large|too high|exceed|must be (?:less|<|at most|between|in)|cannot (?:be|exceed)"
    rf"|greater than|larger than|should be)|at most \d+ completion tokens",
    re.IGNORECASE,
)
FILTERED = re.compile(
    r"content_?filter|content_policy_violation|responsibleaipolicy|data_inspection_failed|datainspectionfailed"
    r"|content exists risk|inappropriate content|invalid_prompt|violating our usage polic|safety system|prohibited_content",
    re.IGNORECASE,
)
MODERATED = re.compile(r"moderation|flagged|content policy|usage polic", re.IGNORECASE)
LARGER_THAN_LIMIT = re.compile(r"request too large|requested tokens? exceed", re.IGNORECASE)
NO_CREDIT = re.compile(
    r"insufficient_quota|insufficient (?:balance|credit|funds)|exceeded your current quota"
    r"|credit balance is too low|billing_(?:not_active|hard_limit)",
    re.IGNORECASE,
)
ALTERNATE = re.compile(
    r"must alternate|alternate between|alternating (?:user|roles)|consecutive (?:user|assistant|messages)"
    r"|same role (?:in a row|twice)|first message must be|expected last role user|unexpected role '?(?:user|assistant)",
    re.IGNORECASE,
)
NO_SYSTEM = re.compile(
    r"\bsystem['\"`]? ?(?:role|messages?|prompts?|instructions?)\b.{0,30}?\bnot (?:\w+ )?(?:supported|allowed|permitted|enabled)"
    r"|(?:not|n't) support\w* (?:the |a )?['\"`]?(?:system|developer)\b|developer instruction is not enabled"
    r"|(?:unexpected|unsupported|unknown|invalid) (?:message )?role:? ?['\"`]?(?:system|developer)"
    r"|only user(?:,| and) assistant\b.{0,20} roles are supported|got ['\"`]?system",
    re.IGNORECASE,
)

# What is sent of our own accord, and may be left out; `max_tokens` may have another name.
FIELDS = ("max_tokens", "temperature", "top_p", "seed", "stop")
_FIELD = rf"(?:[\w.]*\.)?(?P<field>{'|'.join(FIELDS)})"
_QUOTED = rf"['\"`]{_FIELD}['\"`]"
_NOT_TAKEN = (
    r"(?:is|are|was|does|do|has|have|been|can|could)?(?: \w+){0,2} ?"
    r"(?:not supported|unsupported|not permitted|not allowed|not available|deprecated|not support|n't support"
    r"|not accepted|not recogni[sz]ed|not enabled|removed)"
)
UNWANTED = (
    re.compile(rf"{_QUOTED}:? {_NOT_TAKEN}", re.IGNORECASE),
    re.compile(
        rf"(?:unsupported|unknown|unrecogni[sz]ed|unexpected|not supported|extra|invalid)(?: \w+){{0,5}}:? "
        rf"['\"`]?{_FIELD}\b(?!['\"`]?:? (?:must|should|cannot be|array|string|value|integer|number))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:not support|only supports?) (?:the )?(?:parameters?|arguments?)?:? ?['\"`]?{_FIELD}\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_FIELD} (?:is|are) (?:not supported|unsupported|deprecated)", re.IGNORECASE),
    re.compile(rf"\bbody\b\W+{_FIELD}\W+.{{0,40}}extra inputs are not permitted", re.IGNORECASE),
    re.compile(rf"extra inputs are not permitted\W+.{{0,40}}\bbody\b\W+{_FIELD}\b", re.IGNORECASE),
    re.compile(
        rf"\b{_FIELD}\b['\"`]?: (?:extra inputs are not permitted|unknown field)", re.IGNORECASE
    ),
)
ONE_OF_TWO = re.compile(r"temperature.{0,10}and.{0,5}top_p.{0,10}cannot both", re.IGNORECASE)
INSTEAD = re.compile(r"max_completion_tokens|max_output_tokens", re.IGNORECASE)

STATUS_WORDS = {
    "rate_limit": 429,
    "too many requests": 429,
    "resource_exhausted": 429,
    "overloaded": 529,
    "unavailable": 503,
    "timeout": 504,
    "authentication": 401,
    "invalid_api_key": 401,
    "unauthorized": 401,
    "permission": 403,
    "not_found": 404,
    "invalid_request": 400,
    "invalid_argument": 400,
    "invalidparameter": 400,
    "badrequest": 400,
    "bad_request": 400,
    "validation": 422,
    "context_length_exceeded": 400,
    "content_filter": 400,
}


class Wish(NamedTuple):
    """How a server wants to be asked, as it says.

    `fields` are those of the request that it does not take, each with the name of what takes its value, or None; `mend`
    is what to write into the pipeline file where it is no matter of fields.
    """

    why: str
    fields: tuple[tuple[str, str | None], ...] = ()
    mend: str = ""


class Said(NamedTuple):
    """What an error says. `status` is the one in its body, where there is one."""

    status: int | None
    words: str

    @property
    def too_long(self) -> bool:
        """The prompt does not fit into the model's context."""
        return bool(TOO_LONG.search(self.words))

    @property
    def context(self) -> int | None:
        """Tokens that fit into the model's context, where it says how many."""
        return int(found[1]) if self.too_long and (found := CONTEXT.search(self.words)) else None

    @property
    def filtered(self) -> bool:
        """A filter took offence."""
        return bool(FILTERED.search(self.words))

    @property
    def moderated(self) -> bool:
        """A gateway's moderation may have taken offence."""
        return bool(MODERATED.search(self.words))

    @property
    def too_large_for_limit(self) -> bool:
        """One request alone is more than the rate limit allows: it will never pass."""
        return bool(LARGER_THAN_LIMIT.search(self.words))

    @property
    def no_credit(self) -> bool:
        """Nothing is left to pay with."""
        return bool(NO_CREDIT.search(self.words))

    @property
    def wish(self) -> Wish | None:
        """How the server wants to be asked; None where it does not say."""
        if ALTERNATE.search(self.words):
            return Wish("wants the roles of a dialogue to alternate", mend="`merge_turns: true`")
        if NO_SYSTEM.search(self.words):
            return Wish("takes no system message", mend="`system_role: fold` (or `drop`)")
        if fields := dict(self._unwanted()):
            return Wish(f"takes no {' and no '.join(f'`{f}`' for f in fields)}", (*fields.items(),))
        if TOO_MUCH_ASKED.search(self.words):
            return Wish("gives no answer so long", mend="a lower `max_new_tokens` under `replay`")
        return None

    def _unwanted(self) -> Iterator[tuple[str, str | None]]:
        if ONE_OF_TWO.search(self.words):
            yield "top_p", None
        for pattern in UNWANTED:
            for found in pattern.finditer(self.words):
                field = found["field"].lower()
                if field != "max_tokens":
                    yield field, None
                elif instead := INSTEAD.search(self.words):
                    yield field, instead[0].lower()


def read_error(body: object) -> Said | None:
    """What an error's body says; None where it is none.

    Whoever answers with HTTP 200 and an error says so in as many forms as there are servers: `error` or `errors` beside no
    choices, an error inside the first choice, an object that calls itself an error, or a status of its own.
    """
    if isinstance(body, list) and body and isinstance(body[0], dict) and "error" in body[0]:
        body = body[0]  # Gemini's
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    if isinstance(choices, list) and choices:
        first = choices[0]
        error = first.get("error") if isinstance(first, dict) else None
        if not error and isinstance(first, dict) and isinstance(first.get("message"), dict):
            error = first["message"].get("error")
        return _said(error) if error and not isinstance(error, bool) else None
    for name in ("error", "errors", "base_resp", "detail"):
        if (error := body.get(name)) and not isinstance(error, bool | int):
            return _said({k: v for k, v in body.items() if k in SPOKEN})
    told = body.get("message") or body.get("msg") or body.get("error_msg")
    if told and ("code" in body or "status" in body or body.get("object") == "error"):
        return _said({k: v for k, v in body.items() if k in SPOKEN})
    return None


def _said(error: object) -> Said:
    words, n = [], 0
    for word in _spoken(error, MOST_DEPTH):
        words.append(word)
        if (n := n + len(word)) > MOST_CHARACTERS:
            break
    text = " ".join(words)[:MOST_CHARACTERS]
    return Said(_status(error, 3) or _told_status(text), text)


def _spoken(value: object, depth: int) -> Iterator[str]:
    """The words in the fields where servers speak."""
    if isinstance(value, str):
        yield value
        if value.lstrip()[:1] in ("{", "["):  # an upstream's error, handed on as text
            yield value.replace('\\"', '"')
    elif isinstance(value, bool | int | float):
        yield str(value)
    elif isinstance(value, list) and depth:
        for inner in value[:20]:
            yield from _spoken(inner, depth - 1)
    elif isinstance(value, dict) and depth:
        for name, inner in list(value.items())[:50]:
            if name in SPOKEN:
                yield from _spoken(inner, depth - 1)


def _status(value: object, depth: int) -> int | None:
    """The HTTP status that an error names."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict) or not depth:
        return None
    for name in ("code", "status", "status_code", "error_code"):
        told: Any = value.get(name)
        if isinstance(told, str) and told.isdigit():
            told = int(told)
        if isinstance(told, int) and 400 <= told < 600:
            return told
    found = (_status(value.get(name), depth - 1) for name in ("error", "errors", "innererror"))
    return next(filter(None, found), None)


def _told_status(words: str) -> int | None:
    lower = words.lower()
    return next((status for word, status in STATUS_WORDS.items() if word in lower), None)
