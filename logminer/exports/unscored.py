"""Why an answer has no score, in Inspect's words where it has one.

Source: `inspect_ai.scorer.ScoreReason` (0.3.285); any other word is allowed there too.
"""

from __future__ import annotations

from logminer.messages.states import JUDGED

__all__ = ["LABEL_REASONS", "unscored_reason"]

LABEL_REASONS = {"unparsable": "grader_failed", "unsure": "unsure"}  # of a judgement
STATE_REASONS = {
    "empty": "no_response",
    "content_filter": "refusal",
    "refused_by_server": "refusal",
}


def unscored_reason(state: str, channel: str, thoughts_state: str) -> str:
    """Of an answer that was not judged in a channel.

    Args:
        state: of the answer, one of `messages.states.STATES`.
        channel: response, thoughts or pair.
        thoughts_state: one of `messages.states.THOUGHTS_STATES`.
    """
    if state not in JUDGED:
        return STATE_REASONS.get(state, state)
    if channel != "response" and thoughts_state != "present":
        return f"thoughts_{thoughts_state}"
    return "not_judged"
