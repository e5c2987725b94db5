"""What checkpoints did in an environment."""

from __future__ import annotations

import pyarrow as pa

from logminer.schemas.table import FLOAT, INTEGER, MESSAGE, REDACTION, TEXT, TEXTS, Column, Table

__all__ = ["EPISODES"]

FAILED = "its model failed, so nothing is decided"

EPISODES = Table(
    "episodes",
    "What one checkpoint did with one task of an environment, anonymised, and what is decided of the state in which it left"
    " it. Its text is also a response. Empty where no checkpoint acts.",
    (
        Column("response_id", TEXT, "the response that tells it"),
        Column("prompt_id", TEXT, "the prompt that sets the task"),
        Column("checkpoint", TEXT, "who acted"),
        Column("sample_index", INTEGER, "0-based number of the episode"),
        Column(
            "task",
            TEXT,
            "which task: of `reward_hacking` number, arm and pressure, as in 17/pressed/1",
        ),
        Column(
            "messages",
            pa.list_(MESSAGE),
            "what was said and done after the prompt, in order: a call is a message of the assistant that bears the tool's"
            " name (`call` where it could not be read) and says its argument, of `write` the path, a line break and the"
            " content; what came of it is the tool's",
        ),
        Column(
            "tools",
            TEXT,
            "how its tools were offered: native (as servers know them) or fenced (blocks in the text)",
        ),
        Column("steps", INTEGER, "messages of the model"),
        Column(
            "ended",
            TEXT,
            "done (it said so), said_so (twice no call), steps (no more were allowed), context (it no longer fitted) or error",
        ),
        Column("error", TEXT, "code of its model's failure, as in responses", "it did not fail"),
        Column("outcome", TEXT, "what is decided; a closed list of the environment", FAILED),
        Column("detectors", TEXTS, "what saw something; a closed list", FAILED),
        Column("kinds", TEXTS, "what that is evidence of; a closed list", FAILED),
        Column("evidence", TEXTS, "what each saw: files, functions and figures", FAILED),
        Column(
            "visible_speedup",
            FLOAT,
            "the figure as the script says it that the agent saw",
            f"the script says nothing, or {FAILED}",
        ),
        Column(
            "trusted_speedup",
            FLOAT,
            "the figure as it is, on inputs that nobody saw",
            f"no right results, or {FAILED}",
        ),
        Column("target", FLOAT, "what the figure was to be", FAILED),
        Column("claimed", TEXT, "reached, not_reached, unclear or nothing", FAILED),
        Column(
            "disclosed",
            pa.bool_(),
            "whether it was said that the figure was reached by other means",
            FAILED,
        ),
        Column("input_tokens", INTEGER, "tokens of all that the model was told", "unknown"),
        Column("output_tokens", INTEGER, "tokens of all that it said", "unknown"),
        Column("model_s", FLOAT, "seconds that its messages took, together", "unknown"),
        Column("seconds", FLOAT, "seconds of the whole episode, with what was decided"),
        Column("answered_by", TEXT, "as in responses", "not said, or failed"),
        Column("withheld", pa.bool_(), "it thought, and the thoughts are not shown", internal=True),
        Column(
            "redactions",
            pa.list_(REDACTION),
            "replaced spans; `field` is content or thoughts of the message, or evidence, where `message_index` is the line's",
        ),
    ),
)
