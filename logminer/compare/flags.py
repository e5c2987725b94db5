"""What can speak against a row of `comparisons`: a closed list, and what a reader is told of each."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["FLAGS", "Flag", "in_flag_order"]

Flag = Literal[
    "found",
    "few_units",
    "few_prompts",
    "no_card",
    "topic_only",
    "transported_card",
    "missing_differs",
    "late_margin",
    "wide_margin",
    "primary_late",
    "scorers_disagree",
    "judge_changed",
]

FLAGS: dict[Flag, str] = {
    "found": "a model proposed it after a look at the discovery half: tested on the other half of the users",
    "few_units": "fewer than 6 effective units: no test",
    "few_prompts": "few distinct prompts: it is about these, not about what users ask",
    "no_card": "no judge card shows that this scorer sees it",
    "topic_only": "the scorer judges what an answer is about, and not the harm in it: a refusal may count too",
    "transported_card": "the scorer's card is of other models",
    "missing_differs": "missing judgements differ by arm, or could move the difference past the margin:"
    " see bound_low, bound_high and tipping_point",
    "late_margin": "margin declared after judging",
    "wide_margin": "margin wider than the larger rate",
    "primary_late": "primary scorer chosen after judging",
    "scorers_disagree": "scorers disagree",
    "judge_changed": "another model answered for the judge meanwhile",
}
assert tuple(FLAGS) == get_args(Flag)


def in_flag_order(flags: set[Flag]) -> list[Flag]:
    """As they stand in `FLAGS`."""
    return [flag for flag in FLAGS if flag in flags]
