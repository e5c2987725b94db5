"""What was found in a conversation, as keyed digests: enough to know a value again, too little to tell it.

A table holds the ways in which each value may be written (`variants`) as digests under a key of the conversation, so
that it can be kept beside the anonymised text and lead to the same value in what a model says back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from logminer.ids import Pseudonyms
from logminer.privacy.finders.lexicon import is_region
from logminer.privacy.mentions.canonical import canonical, squeezed
from logminer.privacy.mentions.variants import Variant, name_words, variants

__all__ = ["Entry", "FoundValues"]

DIGEST_BYTES = 8
HEAD = 2  # letters by which a spelling begins
NAMES = ("word", "shy", "part")  # forms of the words of a name
_NOT_LOOKED_FOR = ("part", "self", "head", "given", "note")
_OF_THEIR_OWN = ("PERSON", "EMAIL_ADDRESS", "ADDRESS", "ORGANIZATION", "NRP", "DATE_TIME", "AGE", "URL")  # fmt: skip
# What a digest is of, so that none is taken for another.
_SPELLING, _EXACT, _HEAD, _GIVEN, _NOTE = "s", "=", "^", "<", "#"


class Entry(NamedTuple):
    """What is known of a spelling."""

    entity_type: str
    form: str  # see `variants`
    length: int  # letters and digits
    number: int  # of the value among those of its type, from 1; 0 for what is no value
    draw: int = -1  # the draw that gave a name its surrogate; -1 where none was drawn


class FoundValues:
    """The values of one conversation.

    Args:
        key: of the conversation; see `opened`.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._entries: dict[bytes, Entry] = {}
        self._heads: dict[str, bool] = {}  # asked for already
        self._numbers: Counter[str] = Counter()
        self._known: dict[str, int] = {}  # number by what tells a value; in memory only
        self.lengths: set[int] = set()  # of the spellings that are looked for
        self.exact_lengths: set[int] = set()
        self.wanted: set[int] = set()  # both
        self.digit_lengths: set[int] = set()  # of those that are digits alone
        self.said: dict[str, None] = {}  # the values taken in, in small letters; in memory only

    @classmethod
    def opened(
        cls, pseudonyms: Pseudonyms, conversation_id: str, rows: Iterable[Mapping[str, Any]] = ()
    ) -> FoundValues:
        """The table of a conversation, empty or with rows of `schemas.FOUND`."""
        found = cls(pseudonyms.digest("found", conversation_id))
        for row in rows:
            fields = {name: row[name] for name in Entry._fields}
            found._put(row["digest"], Entry(**fields))
        return found

    def rows(self) -> list[dict[str, Any]]:
        """As rows of `schemas.FOUND`, in the order of their digests, which says nothing."""
        return [
            {"digest": digest, **entry._asdict()} for digest, entry in sorted(self._entries.items())
        ]

    # ---- what is asked of it

    def entry(self, spelling: str) -> Entry | None:
        """What is known of a squeezed spelling."""
        return self._entries.get(self._digest(_SPELLING, spelling))

    def exact(self, text: str) -> Entry | None:
        """What is known of a value as it stands."""
        return self._entries.get(self._digest(_EXACT, text))

    def begins(self, letters: str) -> bool:
        """Whether a spelling that is looked for begins with these two letters."""
        known = self._heads.get(letters)
        if known is None:
            known = self._heads[letters] = self._digest(_HEAD, letters) in self._entries
        return known

    def is_name(self, word: str) -> bool:
        """Whether a squeezed word is one of a person's name."""
        entry = self.entry(word)
        return entry is not None and entry.entity_type == "PERSON" and entry.form in NAMES

    def type_of(self, entity_type: str, value: str) -> str:
        """As what a value counts that was found as `entity_type`: one value has one type in a conversation.

        A place or a handle that is a person's name is a person, and a number is what it was first.
        """
        if entity_type in _OF_THEIR_OWN or (entity_type == "LOCATION" and is_region(value)):
            return entity_type
        if entity_type in ("LOCATION", "USERNAME") and self._is_plural(value):
            return "PERSON"
        for spelling in (canonical(entity_type, value), squeezed(value)):
            entry = self.entry(spelling)
            if entry is None or not entry.entity_type:
                continue
            named = entry.entity_type == "PERSON" and entry.form in (*NAMES, "whole", "derived")
            if named and entity_type in ("LOCATION", "USERNAME"):
                return "PERSON"
            if entry.form in ("number", "digits", "short") and any(map(str.isdigit, spelling)):
                return entry.entity_type
        return entity_type

    def number(self, entity_type: str, value: str) -> int:
        """The number of a value among those of its type; one that is new gets the next."""
        spellings = canonical(entity_type, value), squeezed(value)
        kept = (self._kept(spelling, entity_type) for spelling in spellings)
        return next(filter(None, kept), 0) or self._number_of(entity_type, value)

    def begin_after(self, last: Mapping[str, int]) -> None:
        """Number new values behind these, by type."""
        for entity_type, number in last.items():
            self._numbers[entity_type] = max(self._numbers[entity_type], number)

    # ---- names that were given

    def is_given(self, name: str) -> bool:
        """Whether this name, squeezed, stands for somebody already."""
        return self._digest(_GIVEN, name) in self._entries

    def give(self, word: str, draw: int, name: str) -> None:
        """Note that a draw gave this word (squeezed) this name (squeezed)."""
        digest = self._digest(_SPELLING, word)
        known = self._entries.get(digest) or Entry("PERSON", "self", len(word), 0)
        self._entries[digest] = known._replace(draw=draw)
        self._entries[self._digest(_GIVEN, name)] = Entry("", "given", 0, 0)

    # ---- what the conversation tells of how it writes

    def noted(self, about: str) -> int | None:
        """What was noted about something; None where nothing was."""
        entry = self._entries.get(self._digest(_NOTE, about))
        return entry.draw if entry else None

    def note(self, about: str, what: int) -> None:
        """Note a small number about something; what was noted first stays. It is kept as it is, so it must tell nothing."""
        self._entries.setdefault(self._digest(_NOTE, about), Entry("", "note", 0, 0, what))

    # ---- what is put in

    def gather(self, found: Iterable[tuple[str, str, bool]]) -> None:
        """Take in values as (entity type, value, sure), in the order in which they stand; numbers go by it."""
        values: dict[tuple[str, str], bool] = {}
        for entity_type, text, sure in found:
            values[entity_type, text] = values.get((entity_type, text), False) or sure
        self.said.update((text.casefold(), None) for _, text in values)
        numbers = {value: self._number_of(*value) for value in values}
        # what names most is taken in first, so that "O. Veldkamp" and "Veldkamp" belong to it
        for value in sorted(values, key=_weight):
            if value[0] == "PERSON" and self._is_plural(value[1]):
                continue
            for variant in variants(*value, sure=values[value]):
                known = variant.entity_type == value[0]
                self._add(variant, numbers[value] if known else 0)

    def _is_plural(self, value: str) -> bool:
        """Whether this is a name that is known, with an s: "Veldkamps"."""
        word = squeezed(value)
        return word.endswith("s") and self.is_name(word[:-1])

    def _number_of(self, entity_type: str, value: str) -> int:
        """A person goes by first and last name, in any order; a lone word is the first person's who has it."""
        words = name_words(value) if entity_type == "PERSON" else []
        own = canonical(entity_type, value)
        if len(words) > 1:
            keys = [f"all {' '.join(sorted(w))}" for w in (set(words), {words[0], words[-1]})]
            known = [*keys, *(f"only {word}" for word in words)]
            keys += [f"of {word}" for word in words]
        elif words:
            known = keys = [f"of {words[0]}"]
            if known[0] not in self._known:  # no first name of somebody who was named in full
                keys = [f"only {words[0]}", *keys]
        else:
            known = keys = [f"{entity_type} {own}"]
        number = next((self._known[key] for key in known if key in self._known), 0)
        if not number:
            number = self._kept("".join(words) or own, entity_type)
            number = number or self._new_number(entity_type)
        for key in keys:
            self._known.setdefault(key, number)
        return number

    def _kept(self, spelling: str, entity_type: str) -> int:
        entry = self.entry(spelling)
        return entry.number if entry and entry.entity_type == entity_type else 0

    def _new_number(self, entity_type: str) -> int:
        self._numbers[entity_type] += 1
        return self._numbers[entity_type]

    def _add(self, variant: Variant, number: int) -> None:
        purpose = _EXACT if variant.form == "exact" else _SPELLING
        digest = self._digest(purpose, variant.text)
        letters = squeezed(variant.text)
        entry = Entry(variant.entity_type, variant.form, len(letters), number)
        known = self._entries.get(digest)
        if known is not None:
            weak = known.form in ("part", "self") and known.entity_type == variant.entity_type
            if not weak or variant.form in ("part", "self"):
                return
            entry = entry._replace(number=known.number or number, draw=known.draw)
        self._put(digest, entry)
        if variant.form not in ("part", "self"):
            head = self._digest(_HEAD, letters[:HEAD])
            self._entries.setdefault(head, Entry("", "head", HEAD, 0))
            self._heads[letters[:HEAD]] = True

    def _put(self, digest: bytes, entry: Entry) -> None:
        self._entries[digest] = entry
        self._numbers[entry.entity_type] = max(self._numbers[entry.entity_type], entry.number)
        if entry.form in ("digits", "short"):
            self.digit_lengths.add(entry.length)
        if entry.form not in _NOT_LOOKED_FOR:
            self.wanted.add(entry.length)
        if entry.form == "exact":
            self.exact_lengths.add(entry.length)
        elif entry.form not in _NOT_LOOKED_FOR:
            self.lengths.add(entry.length)

    def _digest(self, purpose: str, text: str) -> bytes:
        raw = f"{purpose}{text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(raw, key=self._key, digest_size=DIGEST_BYTES).digest()


def _weight(value: tuple[str, str]) -> tuple[bool, int]:
    entity_type, text = value
    return entity_type != "PERSON", -len(name_words(text)) if entity_type == "PERSON" else 0
