"""A sample of an Inspect log that is kept in pieces: a small record, and sequences of which each piece is read when wanted.

Source: log/_recorders/chunked/format.py and convert.py of inspect_ai 0.3.285: pieces are named by the number of their first
item; `message_refs` are half-open ranges of the messages; attachments are told by their number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from logminer.errors import SourceError
from logminer.files.zipped import Zipped
from logminer.sources.inspect_samples import LoggedSample

__all__ = ["Chunks"]


class Chunks:
    """The pieces of one sample.

    Args:
        archive: the log, open as long as the sample is read.
        folder: where in it the sample's pieces are.
        read: gives a member as what its JSON holds.
    """

    def __init__(self, archive: Zipped, folder: str, read: Callable[[Zipped, str], Any]) -> None:
        self._archive, self._folder, self._read = archive, folder, read
        self._starts: dict[str, list[int]] = {}
        self._held: dict[str, tuple[int, list[Any]]] = {}  # of each sequence the piece read last

    def sample(self) -> LoggedSample:
        """The sample, its dialogue whole.

        Raises:
            SourceError: a piece is missing, or is not what it ought to be.
        """
        told = self._read(self._archive, f"{self._folder}/sample.json")
        refs = told.get("message_refs") if isinstance(told, dict) else None
        if not isinstance(refs, list):
            raise self._wrong("sample.json")
        metadata = f"{self._folder}/metadata.json"
        held = self._read(self._archive, metadata) if metadata in self._archive else {}
        return LoggedSample(
            told={**told, "metadata": held},
            messages=[one for start, stop in refs for one in self._items("messages", start, stop)],
            attachment=self._attachment,
            called=self._called,
            pool=lambda start, stop: self._items("messages", start, stop),
        )

    def _attachment(self, number: str) -> str | None:
        if not (number.isascii() and number.isdigit()):
            return None
        found = self._items("attachments", int(number), int(number) + 1)
        return found[0] if isinstance(found[0], str) else None

    def _called(self) -> Iterator[Mapping[str, Any]]:
        for start in reversed(self._pieces("events")):
            for event in reversed(self._piece("events", start)):
                if isinstance(event, dict) and event.get("event") == "model":
                    yield event

    def _items(self, sequence: str, first: int, stop: int) -> list[Any]:
        """Items of a sequence, by their numbers."""
        starts = self._pieces(sequence)
        found: list[Any] = []
        while len(found) < stop - first:
            number = first + len(found)
            at = bisect_right(starts, number) - 1
            held = self._piece(sequence, starts[at]) if at >= 0 else []
            more = held[number - starts[at] : stop - starts[at]] if at >= 0 else []
            if not more:
                raise self._wrong(f"{sequence}/")
            found += more
        return found

    def _pieces(self, sequence: str) -> list[int]:
        """The numbers by which a sequence's pieces are named, ascending."""
        if sequence not in self._starts:
            folder = f"{self._folder}/{sequence}/"
            named = [
                name[len(folder) :].removesuffix(".json")
                for name in self._archive.names
                if name.startswith(folder)
            ]
            self._starts[sequence] = sorted(int(name) for name in named if name.isdigit())
        return self._starts[sequence]

    def _piece(self, sequence: str, start: int) -> list[Any]:
        held = self._held.get(sequence)
        if held is None or held[0] != start:
            items = self._read(self._archive, f"{self._folder}/{sequence}/{start}.json")
            if not isinstance(items, list):
                raise self._wrong(f"{sequence}/{start}.json")
            held = self._held[sequence] = (start, items)
        return held[1]

    def _wrong(self, member: str) -> SourceError:
        return SourceError(
            f"{self._archive.path}: '{self._folder}/{member}' is not as a sample in pieces has it; copy the file again"
        )
