"""What formats have in common whose rows are samples of Inspect: a prompt's id is the task's name and the sample's id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from logminer.sources.answers import DumpAnswer
from logminer.sources.base import Format
from logminer.sources.inspect_messages import is_given

__all__ = ["SampleFormat"]


class SampleFormat(Format):
    """A sample is asked of every model alike, so answers are found by its id.

    Where the last user's message is of the data set, an id that stands for several prompts (in logs of one task over other
    data) is told apart by their words. Where it came later, from an auditor or a simulated user, words differ from model to
    model and say nothing.
    """

    def answers(self, table: pa.Table, roles: Mapping[str, str]) -> Iterator[DumpAnswer]:
        """As ever, the prompt's words left out where they differ."""
        for told, given in zip(self.rows(table), super().answers(table, roles), strict=True):
            yield given if is_given(told.messages) else given._replace(prompt=None)
