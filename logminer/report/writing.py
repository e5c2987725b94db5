"""`logminer report`: a study, or a board, as one page to look at, restricted and recorded; or a release."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError, StoreError
from logminer.files.atomic import replacing, writing
from logminer.process.permissions import OWNER
from logminer.report.boardpage import (
    board_behaviours,
    board_people,
    board_sections,
    refuse_earlier,
)
from logminer.report.clusters import clusters_section
from logminer.report.drilldown import TextRoom, drilldown
from logminer.report.forest import forest_section
from logminer.report.map import map_section
from logminer.report.material import read_material
from logminer.report.page import (
    GENERATOR,
    NOT_RELEASED,
    RELEASED,
    WITH_TEXTS,
    Extra,
    Head,
    page,
)
from logminer.report.people import LEAST, People
from logminer.report.provenance import provenance
from logminer.report.releasepage import release_head, release_sections, the_release
from logminer.report.room import Room
from logminer.report.summary import summary
from logminer.report.unasked import unasked_section
from logminer.store.handing import handing_out
from logminer.store.layout import StudyFolder
from logminer.store.releasefile import is_release
from logminer.store.session import Session, open_session
from logminer.study.last_run import last_run

__all__ = [
    "DEFAULT",
    "ReportWritten",
    "refuse_others",
    "write_release_page",
    "write_report",
]

DEFAULT = "report.html"
MARKED = re.compile(rb'<meta name="logminer" content="([^"]*)">')
MOST_BYTES = 5_000_000  # of a page
SPARE_BYTES = 200_000  # for what stands around what is counted in bytes
ROWS = "rows of behaviours"
HEAD_BYTES = 4096  # of a page, in which it says that it is ours


class _Page(NamedTuple):
    html: str
    cut: dict[str, int]  # see `ReportWritten`


class ReportWritten(NamedTuple):
    """The page that was written.

    `kind` is study, board or release, `size` bytes, `cut` what it has no room for, by what that is. A release's page is
    recorded in no table: `run_id` is None.
    """

    path: Path
    out: Path
    kind: str
    with_text: bool
    min_people: int
    size: int
    cut: dict[str, int]
    run_id: str | None  # of its row in `runs`

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
        path: the folder of a study, its `study.duckdb` or its `board.duckdb`, which holds no text; or a release, of which
            see `write_release_page`.
        out: the page; None: `report.html` here. A report that is there is replaced, and nothing else; where nobody names the
            page, one with texts takes the place of one with texts alone, and one without of one without.
        with_text: also anonymised texts of the study; else only what enough people are behind.
        min_people: known users, or where these are unknown distinct prompts, behind all that is shown; None: 5.

    Raises:
        ConfigError: `min_people` is below 1, or something is asked of a release's page that was decided with the release.
        StoreError: no study or board, another run holds it, `out` cannot be written or is something else, or a name is no UTF-8.
    """
    if min_people is not None and min_people < 1:
        raise ConfigError(f"min_people: {min_people}: at least 1")
    if is_release(path):
        if with_text or min_people is not None:
            raise ConfigError(
                f"{path}: a release holds no texts, and says itself how many people are behind its figures: leave out"
                " --with-text and --min-people"
            )
        return write_release_page(path, out)
    refuse_others(out, WITH_TEXTS if with_text else NOT_RELEASED)
    out = Path(DEFAULT) if out is None else out
    _refuse_unwritable(path)
    _refuse_unwritable(out)
    is_board = path.name == StudyFolder(path.parent).board.name
    folder = StudyFolder(path.parent) if is_board else StudyFolder.of(path)
    place: dict[str, Any] = {
        "out": str(out.absolute()),
        "with_text": with_text,
        "min_people": LEAST if min_people is None else min_people,
    }
    with contextlib.ExitStack() as stack:
        handed = [
            stack.enter_context(handing_out(one, "report", place))
            for one in _recorded_in(folder, is_board=is_board)
        ]
        if is_board:
            written = _board_page(folder, min_people)
        else:
            people = People.of(handed[0].session, min_people, with_text=with_text)
            written = _study_page(folder, handed[0].session, people)
        text = written.html.encode()
        with replacing(out) as temporary:
            temporary.write_bytes(text)
            temporary.chmod(OWNER.file)
            for one in handed:
                one.done(place | {"bytes": len(text)})
    kind = "board" if is_board else "study"
    least = place["min_people"]
    return ReportWritten(
        folder.root, out, kind, with_text, least, len(text), written.cut, handed[0].run_id
    )


def write_release_page(release: Path, out: Path | None = None) -> ReportWritten:
    """Write the page of a release, which is made of that file alone; its owner's, until somebody hands it on.

    Args:
        release: a `release.duckdb`; nothing else of a study need be there.
        out: see `write_report`; where nobody names the page it takes the place of a release's alone.

    Raises:
        StoreError: it is no release of this version, or `out` cannot be written or is something else.
    """
    refuse_others(out, RELEASED)
    out = Path(DEFAULT) if out is None else out
    with Session(release) as session:
        row = the_release(session, release)
        head, room = release_head(row, _made()), Room(MOST_BYTES - SPARE_BYTES)
        html = page(head, release_sections(session, row, room))
    text = html.encode()
    with replacing(out) as temporary:
        temporary.write_bytes(text)
        temporary.chmod(OWNER.file)
    cut = {"rows": room.left_out} if room.left_out else {}
    return ReportWritten(
        release, out, "release", False, row["min_users"], len(text), cut, run_id=None
    )


def _recorded_in(folder: StudyFolder, *, is_board: bool) -> list[StudyFolder]:
    """The study; of a board whose own study was never run, those of its suites."""
    if not is_board or folder.database.is_file():
        return [folder]
    return [one for one in folder.nested if one.database.is_file()] or [folder]


def _refuse_unwritable(place: Path) -> None:
    """A name in bytes that are no UTF-8 can stand neither in the database nor on a page."""
    try:
        str(place.absolute()).encode()
    except UnicodeEncodeError:
        raise StoreError(f"{str(place)!a}: its name is no UTF-8; rename it") from None


def refuse_others(named: Path | None, mark: str) -> None:
    """A report that is there may be written anew, where nobody named it one that is marked alike; nothing else is overwritten.

    Raises:
        StoreError: something else is there.
    """
    out = Path(DEFAULT) if named is None else named
    with writing(out):
        if out.is_symlink() or out.is_dir():
            begins = b""
        elif not out.exists():
            return
        else:
            with out.open("rb") as file:
                begins = file.read(HEAD_BYTES)
    found = MARKED.search(begins)
    theirs = found[1].decode(errors="replace") if found else NOT_RELEASED
    if f'<meta name="generator" content="{GENERATOR}">'.encode() not in begins:
        why = "is there already and no report"
    elif named is None and theirs != mark:
        why = f"is a report that is marked {theirs!r}, and this one is {mark!r}"
    else:
        return
    raise StoreError(f"{out}: {why}; remove it or name another file with --out")


def _study_page(folder: StudyFolder, session: Session, people: People) -> _Page:
    """Behaviours have the room that all else leaves, or half of it where texts are to have what is left then."""
    material = read_material(session, people)
    mark = WITH_TEXTS if people.with_text else NOT_RELEASED
    head = Head(_title(folder, session), "study", _made(), list(_privacy(people)), mark)
    mapped = map_section(material)
    drawn, extra = (mapped.section, mapped.extra) if mapped else (None, Extra())
    found = (drawn, clusters_section(material), unasked_section(material))
    sections = [section for section in (summary(material), *found) if section]
    sections.append(provenance(material))
    room = Room(_left(page(head, sections, extra)) // (2 if people.with_text else 1))
    sections.insert(1, forest_section(material, room))
    cut = {ROWS: room.left_out}
    if people.with_text:
        texts = TextRoom(_left(page(head, sections, extra)))
        sections.insert(-1, drilldown(material, texts))
        cut |= {"pairs of answers": texts.left_out, "ends of texts": texts.shortened}
    return _Page(page(head, sections, extra), {what: n for what, n in cut.items() if n})


def _left(html: str) -> int:
    """Bytes that a page leaves."""
    return MOST_BYTES - len(html.encode()) - SPARE_BYTES


def _title(folder: StudyFolder, session: Session) -> str:
    """The study's name, and its project where somebody named one."""
    name, ran = folder.root.absolute().name, last_run(session)
    project = ran.options.get("project") if ran else None
    made_up = project and project.startswith(f"{name}-")  # of the dump, by default
    return f"{project}: {name}" if project and project != name and not made_up else name


def _board_page(folder: StudyFolder, least: int | None) -> _Page:
    with open_session(folder.board) as board:
        refuse_earlier(board, folder.board)
        people = board_people(board, least)
        head = Head(folder.root.absolute().name, "board", _made(), list(_privacy(people)))
        sections = board_sections(board, people)
        room = Room(_left(page(head, sections)))
        sections.insert(1, board_behaviours(board, people, room))
        cut = {ROWS: room.left_out} if room.left_out else {}
        return _Page(page(head, sections), cut)


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
        " many hold them. Where a number would tell by subtraction what few are behind, it is not told either, in the same"
        " words; against comparing this page with others, or with what somebody knows already, that is no protection."
    )
    if not people.known:
        yield (
            "Users are unknown in this study, so distinct prompts are counted for people: one person may have asked many."
            " Nothing here is fit to be released on that count."
        )
