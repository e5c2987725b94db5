"""`logminer report`: a study, or a board, as one page to look at; restricted, and recorded."""

from __future__ import annotations

import datetime
import importlib.metadata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError, StoreError
from logminer.files.atomic import replacing, writing
from logminer.process.permissions import OWNER
from logminer.report.clusters import clusters_section
from logminer.report.forest import forest_section
from logminer.report.material import read_material
from logminer.report.page import GENERATOR, Extra, Head, page
from logminer.report.people import LEAST, People
from logminer.report.provenance import provenance
from logminer.report.summary import summary
from logminer.report.unasked import unasked_section
from logminer.store.handing import handing_out
from logminer.store.layout import StudyFolder
from logminer.store.session import Session

__all__ = ["DEFAULT", "ReportWritten", "write_report"]

DEFAULT = "report.html"
HEAD_BYTES = 4096  # of a page, in which it says that it is ours


class ReportWritten(NamedTuple):
    """The page that was written.

    `kind` is study or board, `size` bytes, `cut` texts that it has no room for, by what they were of.
    """

    path: Path
    out: Path
    kind: str
    with_text: bool
    min_people: int
    size: int
    cut: dict[str, int]
    run_id: str  # of its row in `runs`

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return self._asdict() | {"path": str(self.path), "out": str(self.out)}


def write_report(
    path: Path,
    *,
    out: Path | None = None,
    with_text: bool = False,
    min_people: int | None = None,
) -> ReportWritten:
    """Write a page that needs nothing but a browser, for its owner alone, and record it in table `runs` of the study.

    Args:
        path: the folder of a study, or its `study.duckdb`.
        out: the page; None: `report.html` here. A report that is there is replaced, and nothing else.
        with_text: also anonymised texts of the study; else only what enough people are behind.
        min_people: known users, or where these are unknown distinct prompts, behind all that is shown; None: 5.

    Raises:
        ConfigError: `min_people` is below 1.
        StoreError: no study, another run holds it, or `out` cannot be written or is something else.
    """
    if min_people is not None and min_people < 1:
        raise ConfigError(f"min_people: {min_people}: at least 1")
    out = Path(DEFAULT) if out is None else out
    _refuse_others(out)
    folder = StudyFolder.of(path)
    place = {
        "out": str(out.absolute()),
        "with_text": with_text,
        "min_people": LEAST if min_people is None else min_people,
    }
    with handing_out(folder, "report", place) as handed:
        people = People.of(handed.session, min_people, with_text=with_text)
        text = _study_page(folder, handed.session, people).encode()
        with replacing(out) as temporary:
            temporary.write_bytes(text)
            temporary.chmod(OWNER.file)
            handed.done(place | {"bytes": len(text)})
    return ReportWritten(
        folder.root, out, "study", with_text, people.least, len(text), {}, handed.run_id
    )


def _refuse_others(out: Path) -> None:
    """A report that is there may be written anew; nothing else is overwritten."""
    with writing(out):
        if out.is_symlink() or out.is_dir() or (out.exists() and not _is_ours(out)):
            raise StoreError(
                f"{out}: is there already and no report; remove it or name another file with --out"
            )


def _is_ours(out: Path) -> bool:
    with out.open("rb") as file:
        return f'<meta name="generator" content="{GENERATOR}">'.encode() in file.read(HEAD_BYTES)


def _study_page(folder: StudyFolder, session: Session, people: People) -> str:
    material = read_material(session, people)
    found = (
        summary(material),
        forest_section(material),
        clusters_section(material),
        unasked_section(material),
        provenance(material),
    )
    sections = [section for section in found if section]
    head = Head(folder.root.absolute().name, "study", _made(), list(_privacy(people)))
    return page(head, sections, Extra())


def _made() -> str:
    now = datetime.datetime.now(datetime.UTC)
    version = importlib.metadata.version("logminer")
    return f"Written {now:%Y-%m-%d %H:%M} UTC by logminer {version}."


def _privacy(people: People) -> Iterable[str]:
    """What the page holds, and what it leaves out."""
    if people.with_text:
        yield (
            "It holds texts of single conversations, anonymised by detectors that no person has checked here, and figures"
            " however few people are behind them."
        )
        return
    yield (
        "It holds aggregates alone, no text of anybody: a rate is over all who were asked, and a figure that"
        f" {people.few} are behind is not told. A cluster’s name and a phrase stand only where the texts of as"
        " many hold them."
    )
    if not people.known:
        yield (
            "Users are unknown in this study, so distinct prompts are counted for people: one person may have asked many."
            " Nothing here is fit to be released on that count."
        )
