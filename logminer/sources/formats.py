"""Every format that a dump may have, one file each."""

from __future__ import annotations

from logminer.sources.conversations import CONVERSATIONS
from logminer.sources.paired import PAIRED

__all__ = ["FORMATS"]

# The order is that of `auto`: the first whose columns are all there.
FORMATS = {form.name: form for form in (CONVERSATIONS, PAIRED)}


NOT_YET = ("wildchat", "lmsys", "messages", "sharegpt", "inspect")
