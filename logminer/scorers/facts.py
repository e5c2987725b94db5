"""What the makers of prompts know of each, for those who judge the answers: which act is wrong there, and why.

Facts lie in a table of their own or in that of the prompts, a row a prompt. A prompt is known by the keyed hash of the id
that it has in its dump, so nothing of a fact or an id is written anywhere. The scorer sees the facts of the prompt, and
never whose answer it is. They are read as they stand and are not anonymised: who writes them names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field

from logminer.errors import ConfigError, did_you_mean, listed
from logminer.files.finding import rooted
from logminer.files.identity import Stamp, stamp
from logminer.files.opening import open_table
from logminer.ids import Pseudonyms
from logminer.messages.text import text_of
from logminer.spec import Spec, content_hash, incidental

__all__ = ["Facts", "KnownFacts", "told"]

Fact = Mapping[str, str]  # field → text


class Facts(Spec):
    """Where facts lie, and which a scorer is told.

    Attributes:
        path: a table (JSON lines, CSV, Parquet …), relative to the file that names it.
        id: its column with the prompts' ids in their dump.
        told: category → the columns that who judges it reads, in this order.
    """

    path: str = incidental()  # facts are known by what they say
    id: str = "id"
    told: dict[str, tuple[str, ...]] = Field(min_length=1)

    def options(self) -> dict[str, Any]:
        return super().options() | {"content": content_hash(self._rows())}

    def rooted(self, base: Path) -> Facts:
        """The same with `path` taken from `base` where it is relative."""
        return self.model_copy(update={"path": rooted(self.path, base)})

    def read(self) -> dict[str, dict[str, Fact]]:
        """Id of a prompt → category → what is told of it.

        Raises:
            ConfigError: the file is missing or no table, a column is missing, an id is there twice, or a cell is empty.
        """
        return {
            str(row[self.id]): {
                category: {name: str(row[name]) for name in names}
                for category, names in self.told.items()
            }
            for row in self._rows()
        }

    def _rows(self) -> Sequence[dict[str, str | None]]:
        path = Path(self.path)
        if not path.is_file():
            raise ConfigError(f"facts.path: {path}: no such file")
        columns = dict.fromkeys((self.id, *(n for names in self.told.values() for n in names)))
        return _read(path, stamp(path), tuple(columns))


@lru_cache(maxsize=8)
def _read(path: Path, _: Stamp, columns: tuple[str, ...]) -> Sequence[dict[str, str | None]]:
    """The rows of a file as it was at a time; the first column is the id."""
    rows = open_table(path)
    for column in columns:
        if column not in rows.names:
            hint = did_you_mean(column, rows.names, f"it has {listed(rows.names)}")
            raise ConfigError(f"{path}: facts: no column '{column}'; {hint}")
    found = [
        {name: text_of(record[name]) for name in columns}
        for batch in rows.scan(columns)
        for record in batch
    ]
    seen: set[str | None] = set()
    for number, row in enumerate(found, start=1):
        if row[columns[0]] in seen:
            raise ConfigError(
                f"{path}: facts: row {number} has the id of an earlier row: keep one a prompt"
            )
        seen.add(row[columns[0]])
        for name, text in row.items():
            if not (text or "").strip():
                raise ConfigError(f"{path}: facts: row {number} says nothing under '{name}'")
    return found


class KnownFacts:
    """Facts by the keys of a project's prompts.

    Args:
        facts: where they lie.
        pseudonyms: of the project.

    Raises:
        ConfigError: see `Facts.read`.
    """

    def __init__(self, facts: Facts, pseudonyms: Pseudonyms) -> None:
        self._path, self._categories = facts.path, tuple(facts.told)
        self._of = {pseudonyms.source_key(id): known for id, known in facts.read().items()}

    def of(self, keys: Iterable[str | None]) -> dict[str, list[Fact]]:
        """Category → what is told of each prompt, by the keys of their ids (`prompts.source_key`).

        Raises:
            ConfigError: nothing is known of a prompt; says of how many.
        """
        known = [self._of.get(key or "") for key in keys]
        if missing := sum(one is None for one in known):
            raise ConfigError(
                f"{self._path}: facts: no row for {missing:,} of {len(known):,} prompts: add one each, under the id that the"
                " prompt has in its dump (only the last turn of a conversation has one)"
            )
        return {
            category: [one[category] for one in known if one is not None]
            for category in self._categories
        }


def told(fact: Fact) -> str:
    """A fact as a judge reads it, a line a column."""
    return "\n".join(f"{name}: {' '.join(text.split())}" for name, text in fact.items())
