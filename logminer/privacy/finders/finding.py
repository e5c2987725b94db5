"""All finders on one text."""

from __future__ import annotations

from collections.abc import Collection

from logminer.privacy.finders.accounts import find_accounts
from logminer.privacy.finders.addresses import find_addresses
from logminer.privacy.finders.calls import find_calls
from logminer.privacy.finders.chats import find_chats
from logminer.privacy.finders.emails import find_emails
from logminer.privacy.finders.fields import find_fields
from logminer.privacy.finders.handles import find_handles
from logminer.privacy.finders.keyed import find_keyed
from logminer.privacy.finders.links import find_links
from logminer.privacy.finders.numbers import find_numbers
from logminer.privacy.finders.paths import find_paths
from logminer.privacy.finders.people import find_people
from logminer.privacy.finders.proper import find_proper
from logminer.privacy.finders.slots import find_slots
from logminer.privacy.finders.tables import find_tables
from logminer.privacy.finders.tokens import tokenise
from logminer.privacy.spans import Span

__all__ = ["find_more"]


def find_more(text: str, language: str, ignored: Collection[str] = ()) -> list[Span]:
    """Spans that no checksum proves, sorted; they may overlap. Their scores stay under `patterns.CERTAIN`.

    Args:
        language: ISO 639-1 code of the text.
        ignored: types that need not be found.
    """
    tokens = tokenise(text)
    return sorted(
        {
            *find_people(tokens, language),
            *find_handles(tokens),
            *find_addresses(tokens),
            *find_fields(tokens),
            *find_numbers(tokens),
            *find_calls(tokens),
            *find_chats(tokens),
            *find_keyed(tokens),
            *find_slots(tokens),
            *find_tables(tokens),
            *find_emails(tokens),
            *find_accounts(tokens),
            *find_paths(tokens),
            *find_links(tokens),
            *find_proper(tokens, language, ignored),
        }
    )
