"""What formats have in common whose rows are samples of Inspect: a prompt's id is the task's name and the sample's id."""

from __future__ import annotations

from logminer.sources.base import Format, RawConversation
from logminer.sources.inspect_messages import is_given

__all__ = ["SampleFormat"]


class SampleFormat(Format):
    """A sample is asked of every model alike, so answers are found by its id.

    Where the last user's message is of the data set, an id that stands for several prompts (in logs of one task over other
    data) is told apart by their words. Where it came later, from an auditor or a simulated user, words differ from model to
    model and say nothing.
    """

    def words_count(self, told: RawConversation) -> bool:
        """Not where they differ."""
        return is_given(told.messages)
