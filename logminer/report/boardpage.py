"""The page of a board: the headline of each pair, every suite's behaviours, and what takes several suites to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from logminer.errors import StoreError
from logminer.report.differences import Differences, differences
from logminer.report.figures import Figures, figure
from logminer.report.forest import seen
from logminer.report.page import Section
from logminer.report.people import LEAST, People
from logminer.report.room import Room
from logminer.report.summary import behaviour
from logminer.schemas.board import ATTRIBUTION, AWARENESS, BOARD, BOARD_TABLES, FAMILIES
from logminer.schemas.reserved import FOUND_PREFIX
from logminer.store.session import Session
from logminer.study.verdicts import ORDER

__all__ = ["board_behaviours", "board_people", "board_sections", "refuse_earlier"]

Row = dict[str, Any]
ALL = "all"
MOST = 12  # behaviours of one objection that are spelt out

AWARE = (
    *("suite", "base", "checkpoint", "scorer", "channel"),
    *("category_id", "category_scorer", "category_channel"),
)
PAIR = ("base", "candidate")
HAS_MARGIN, IS_LATE = "margin IS NOT NULL", "list_contains(flags, 'late_margin')"
FOLDERS = re.compile(r"(?<!\w)~?/(?:[^\s/:]+/)*")  # before the last part of a path


def refuse_earlier(board: Session, path: Path) -> None:
    """A board is made anew in a moment.

    Raises:
        StoreError: another version of logminer made it.
    """
    if not board.is_current(BOARD_TABLES):
        raise StoreError(
            f"{path}: made by another version of logminer; make it anew: logminer board PIPELINE"
        )


def board_people(board: Session, least: int | None) -> People:
    """Who has to be behind the figures of a board. It holds no text, so a page of it holds none either."""
    known = board.rows("SELECT 1 FROM suites WHERE n_users > 0 LIMIT 1")
    return People(LEAST if least is None else least, with_text=False, known=bool(known))


class _Told(NamedTuple):
    """Rows of the board with `told`, who has to be behind those of each suite, and strata of suites that may be named.

    A suite without a known user counts distinct prompts. Of categories that a model proposed nothing is told: their names are
    made of texts, which are not here to be asked.
    """

    rows: tuple[Row, ...]
    crowds: dict[str, People]
    strata: frozenset[tuple[str, str]]
    whole: bool  # these are all rows of the board

    @classmethod
    def of(cls, board: Session, people: People) -> _Told:
        crowds = {
            suite: people._replace(known=bool(n))
            for suite, n in board.rows("SELECT suite, n_users FROM suites ORDER BY rowid")
        }
        every = board.columns("FROM board ORDER BY rowid").to_pylist()
        rows = [row for row in every if not row["category_id"].startswith(FOUND_PREFIX)]
        told = tuple(
            row
            for suite, crowd in crowds.items()
            for row in crowd.told([row for row in rows if row["suite"] == suite])
        )
        named = frozenset((row["suite"], row["stratum"]) for row in told if row["told"])
        return cls(told, crowds, named, len(every) == len(told))

    def may(self, headline: Row, objection: Row) -> bool:
        """Whether it may be told what stands against a headline: a suite as a whole, or a row with people enough."""
        pair = {name: headline[name] for name in ("base", "candidate")}
        of = ("suite", "base", "candidate", "category_id", "scorer", "channel", "stratum")
        about = objection | pair
        mine = [row for row in self.rows if all(row[name] == about[name] for name in of)]
        return objection["stratum"] is None or all(row["told"] for row in mine)

    def named(self, suite: str, stratum: str | None) -> bool:
        """Whether a stratum may be named."""
        return stratum in (None, ALL) or (suite, stratum) in self.strata


def board_sections(board: Session, people: People) -> list[Section]:
    """Of an open `board.duckdb`, but `board_behaviours`."""
    few, found = {"few": people.few, "word": people.word}, _Told.of(board, people)
    told = (
        Section("board", "Board", "board", {"headlines": list(_headlines(board, found))} | few),
        Section("suites", "Suites", "suites", {"suites": list(_suites(board, found))} | few),
        Section("beyond", "Beyond one suite", "beyond", _beyond(board, found) | few),
    )
    return [one for one in told if one.anchor != "beyond" or any(map(one.content.get, BEYOND))]


def board_behaviours(board: Session, people: People, room: Room) -> Section:
    """Suite by suite, in a room that they share."""
    found = _Told.of(board, people)
    pairs = board.rows("SELECT base, candidate FROM headlines ORDER BY rowid")
    suites = board.rows("SELECT suite, title FROM suites ORDER BY rowid")
    by_suite = [
        _suite(suite, title, found, pairs, part)
        for part, (suite, title) in zip(room.parts(len(suites)), suites, strict=True)
    ]
    content = {"suites": by_suite, "few": people.few, "word": people.word}
    return Section("behaviours", "Behaviours", "boardsuites", content)


def _headlines(board: Session, found: _Told) -> Iterator[Row]:
    titles = dict(board.rows("SELECT DISTINCT category_id, title FROM board"))
    for row in board.columns("FROM headlines ORDER BY rowid").to_pylist():
        told = Figures("headlines", row, ("base", "candidate"))
        yield {
            "row": row,
            "passed": told.count("passed"),
            "behaviours": told.count("behaviours"),
            **_counted([one for one in found.rows if all(one[a] == row[a] for a in PAIR)], found),
            "differs": _objections(row, titles, found, differs=True),
            "cannot_tell": _objections(row, titles, found, differs=False),
            "few": sum(not found.may(row, one) for one in row["objections"] or ()),
        }


def _counted(rows: Sequence[Row], found: _Told) -> Row:
    """Rows of a pair by verdict, where all may be told; how many have a margin, and how many had it after judging."""
    primary = [row for row in rows if row["role"] == "primary"]
    if not primary or not found.whole or not all(row["told"] for row in primary):
        return {"counted": False}
    key = {name: primary[0][name] for name in PAIR} | {"role": "primary"}

    def count(having: list[Row], condition: str = "true", **more: str) -> Markup | None:
        of = f"board.count(*) FILTER ({condition})"
        return figure(len(having), f"{len(having):,}", of, key | more) if having else None

    by = {
        verdict: count([row for row in primary if row["verdict"] == verdict], verdict=verdict)
        for verdict in ORDER
    }
    late = [row for row in primary if "late_margin" in (row["flags"] or ())]
    return {
        "counted": True,
        "verdicts": [(one, n) for one, n in by.items() if n],
        "margins": count([row for row in primary if row["margin"] is not None], HAS_MARGIN),
        "late": count(late, IS_LATE),
    }


def _objections(
    row: Row, titles: dict[str, str | None], found: _Told, *, differs: bool
) -> list[Row]:
    """Each reason once, with what it is said of."""
    by: dict[str, list[str]] = {}
    for one in row["objections"] or ():
        if one["differs"] == differs and found.may(row, one):
            by.setdefault(one["why"], []).append(_objected(one, titles, found))
    return [
        {"why": FOLDERS.sub("", why), "names": names[:MOST], "more": len(names[MOST:])}
        for why, names in by.items()
    ]


def _objected(one: Row, titles: dict[str, str | None], found: _Told) -> str:
    if one["category_id"] is None:
        return str(one["suite"])
    if one["category_id"].startswith(FOUND_PREFIX):
        return f"{one['suite']}: a behaviour that a model named"
    title = titles.get(one["category_id"]) or one["category_id"]
    channel = "" if one["channel"] in (None, "response") else f" ({one['channel']})"
    stratum = "" if one["stratum"] in (None, ALL) else f" [{one['stratum']}]"
    if not found.named(one["suite"], one["stratum"]):
        stratum = f" [a stratum that is not named: {found.crowds[one['suite']].few}]"
    return f"{one['suite']}: {title}{channel}{stratum}"


def _suite(
    suite: str,
    title: str | None,
    found: _Told,
    pairs: Sequence[tuple[Any, ...]],
    room: Room,
) -> Row:
    people = found.crowds[suite]
    all_mine = [row for row in found.rows if row["suite"] == suite]
    mine = [row for row in all_mine if found.named(suite, row["stratum"])]
    told = [
        _pair(pair, [row for row in mine if (row["base"], row["candidate"]) == pair], people, part)
        for part, pair in zip(room.parts(len(pairs)), pairs, strict=True)
    ]
    return {
        "suite": suite,
        "title": title,
        "pairs": [pair for pair in told if pair["n"]],
        "few_strata": len({row["stratum"] for row in all_mine} - {row["stratum"] for row in mine}),
        "few": people.few,
        "word": people.word,
        "known": people.known,
    }


def _pair(pair: tuple[Any, ...], rows: list[Row], people: People, room: Room) -> Row:
    primary = [row for row in rows if row["role"] == "primary"]
    others = [row for row in rows if row["role"] == "secondary" and seen(row)]
    named = f"{pair[0]} → {pair[1]}"
    shown = [row for row in primary if seen(row)]
    return {
        "named": named,
        "n": len(rows),
        "primary": _drawn(shown, named, people, room) if shown else None,
        "unseen": [_named(row) for row in primary if people.may(row) and not seen(row)],
        "secondary": _drawn(others, f"{named}, by secondary scorers", people, room, by_scorer=True)
        if others
        else None,
        "cards": list(
            dict.fromkeys(
                (row["scorer"], _named(row), row["card"]) for row in shown if people.may(row)
            )
        ),
    }


def _named(row: Row) -> str:
    return behaviour(row) if row["stratum"] == ALL else f"{behaviour(row)} [{row['stratum']}]"


def _drawn(
    rows: list[Row], title: str, people: People, room: Room, *, by_scorer: bool = False
) -> Differences:
    def named(row: Row) -> str:
        return f"{_named(row)} · {row['scorer']}" if by_scorer else _named(row)

    def figures(row: Row) -> Figures:
        return Figures("board", row, BOARD.key)

    return differences(rows, people, title=title, named=named, figures=figures, room=room)


def _suites(board: Session, found: _Told) -> Iterator[Row]:
    for row in board.columns("FROM suites ORDER BY rowid").to_pylist():
        told, people = Figures("suites", row, ("suite",)), found.crowds[row["suite"]]
        n = row["n_users" if people.known else "n_prompts"]

        def count(
            name: str, n: int | None, told: Figures = told, people: People = people
        ) -> object:
            return told.count(name) if not n or people.enough(n) else f"fewer than {people.least}"

        yield {
            "row": row,
            "state": row["state"].replace("_", " "),
            "prompts": count("n_prompts", n),
            "users": count("n_users", n) if people.known else "unknown",
            "rejected": count("n_rejected", row["n_rejected"]),
            "last_run": told.time("last_run"),
        }


BEYOND = ("attribution", "families", "awareness")


def _beyond(board: Session, found: _Told) -> Row:
    """Who is behind these is told by their effective units, of which there are never more than people or prompts."""
    titles = dict(board.rows("SELECT DISTINCT category_id, title FROM board"))

    def lines(
        table: str, key: tuple[str, ...], units: Sequence[str]
    ) -> Iterator[tuple[Row, Figures]]:
        for row in board.columns(f"FROM {table} ORDER BY rowid").to_pylist():
            row["title"] = titles.get(row["category_id"])
            people = found.crowds[row["suite"]]
            if (row["category_id"] or "").startswith(FOUND_PREFIX):
                continue
            if found.named(row["suite"], row.get("stratum")) and all(
                row[name] is None or people.enough(int(row[name])) for name in units
            ):
                yield row, Figures(table, row, key)

    one = ("n_effective",)
    return {
        "attribution": [
            {
                "row": row,
                "what": _named(row),
                "rate": told.ends("rate", "rate_low", "rate_high"),
                "step": told.interval("step", "low", "high"),
                "share": told.ends("share", "share_low", "share_high"),
            }
            for row, told in lines(ATTRIBUTION.name, _key("stage"), one)
        ],
        "families": [
            {
                "row": row,
                "what": _named(row),
                "difference": told.interval("difference", "difference_low", "difference_high"),
                "other": told.interval("other_difference", "other_low", "other_high"),
                "interaction": told.interval("interaction", "low", "high"),
            }
            for row, told in lines(FAMILIES.name, _key("family", "other"), one)
        ],
        "awareness": [
            {
                "row": row,
                "what": row["title"] or row["category_id"] or "evaluation awareness",
                "rate": told.interval("rate", "low", "high")
                if row["base"]
                else told.ends("rate", "low", "high"),
                "other": told.interval("other_rate", "other_low", "other_high")
                if row["base"]
                else told.ends("other_rate", "other_low", "other_high"),
                "gap": told.interval("gap", "gap_low", "gap_high"),
            }
            for row, told in lines(AWARENESS.name, AWARE, ("n_effective", "other_effective"))
        ],
    }


def _key(*more: str) -> tuple[str, ...]:
    return ("suite", "category_id", "scorer", "channel", "stratum", *more)
