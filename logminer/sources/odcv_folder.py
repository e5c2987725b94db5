"""A folder of ODCV-Bench as a table: a row for each scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from statistics import median

from logminer.errors import SourceError
from logminer.files.objects import AnyPath
from logminer.files.odcv import RunFolder
from logminer.files.records import RecordRows
from logminer.files.rows import Constants, Record
from logminer.sources.odcv_record import Block, blocks_of

__all__ = ["PANEL", "PREFIX", "OdcvFolder"]

COLUMNS = (
    "conversation_id",
    "prompt_id",
    "scenario",
    "variation",
    "model",
    "generation",
    "language",
    "messages",
)
PREFIX = "odcv_"  # of the columns with degrees, before the judge's name
PANEL, PANEL_ALL = f"{PREFIX}panel", f"{PREFIX}panel_all"
NO_FAMILY = ("gpt-oss-",)  # models whose name begins as a family's does to which they do not belong
UNREADABLE = ""  # is no list of messages, and so a reason to reject


class OdcvFolder(RecordRows):
    """One folder `<model>-<variation>`, see `files.odcv`.

    Columns beside what the folders' names say: `messages`, the blocks of the record as they stand there; `odcv_<judge>`, the
    degree from 0 to 5 that a judge gave, null where it gave none; their medians `odcv_panel`, of the judges that are not of
    the model's own family, and `odcv_panel_all`, of all judges. Where there are no tables of scores, there are no such
    columns. The benchmark is in English, and so is `language`.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        self._folder = RunFolder(path)

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        judges = [PREFIX + judge for judge in self._folder.scores]
        return (*COLUMNS, *judges, *((PANEL, PANEL_ALL) if judges else ()))

    @property
    def group_rows(self) -> tuple[int, ...]:
        rows = len(self._folder.records)
        return (rows,) if rows else ()

    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        folder = self._folder
        for scenario, path in folder.records.items():
            yield {
                "conversation_id": f"{folder.path.name}/{scenario}",
                "prompt_id": f"{scenario}::{folder.variation}",
                "scenario": scenario,
                "variation": folder.variation,
                "model": folder.model,
                "generation": folder.generation,
                "language": "en",
                "messages": _blocks(path) if "messages" in columns else None,
                **_degrees(folder, scenario),
            }


def _degrees(folder: RunFolder, scenario: str) -> dict[str, float | None]:
    """What each judge gave, and the medians."""
    given = {judge: table[scenario] for judge, table in folder.scores.items() if scenario in table}
    others = [degree for judge, degree in given.items() if not _is_own(judge, folder.model)]
    told = {PREFIX + judge: given.get(judge) for judge in folder.scores}
    return {**told, PANEL: _median(others), PANEL_ALL: _median(list(given.values()))}


def _is_own(judge: str, model: str) -> bool:
    """Whether a judge is of the model's family: `claude47` and `claude-opus-4.7` are claude's."""
    family, name = re.split(r"[^a-z]", judge.lower(), maxsplit=1)[0], model.lower()
    return name.startswith(f"{family}-") and not name.startswith(NO_FAMILY)


def _median(degrees: Sequence[float]) -> float | None:
    return median(degrees) if degrees else None


def _blocks(path: AnyPath) -> list[Block] | str:
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return UNREADABLE
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or type(error).__name__})"
        ) from None
    if not text.strip():
        return []
    found = blocks_of(text)
    return UNREADABLE if found is None else found
