"""The page of a release, of the file alone: whoever has that can make it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from logminer.errors import StoreError
from logminer.report.figures import NONE, Figures, short
from logminer.report.page import RELEASED, Head, Section
from logminer.report.releaserows import clusters, rates, rows_of, said, verdicts
from logminer.report.room import Room
from logminer.schemas.release import (
    CARDS,
    DATA_CARD,
    HEADLINES,
    LEDGER,
    MISSING,
    RELEASE,
    RELEASE_TABLES,
    TAXONOMY,
)
from logminer.store.session import Session

__all__ = ["release_head", "release_sections", "the_release"]

Row = dict[str, Any]
NOISY = "noisy"


def the_release(session: Session, path: Path) -> Row:
    """The row of table `release`.

    Raises:
        StoreError: the file is no release of this version.
    """
    if session.is_current(RELEASE_TABLES):
        rows = rows_of(session, RELEASE)
        if len(rows) == 1:
            return rows[0]
    raise StoreError(
        f"{path}: made by another version of logminer, or no release; `logminer sql`, or any DuckDB, reads its tables"
    )


def release_head(release: Row, made: str) -> Head:
    """What stands above all sections.

    Args:
        release: see `the_release`.
        made: when the page was, and by which version.
    """
    whole = "its suites together" if release["kind"] == "board" else "one study"
    return Head(
        f"{release['project']}: {whole}", "release", made, list(_privacy(release)), RELEASED
    )


def release_sections(session: Session, release: Row, room: Room) -> list[Section]:
    """All that a release says, in a room that its rows share."""
    makers = (verdicts, rates, clusters)
    parts = zip(room.parts(len(makers)), makers, strict=True)
    found = [
        Section("release", "Release", "release", _summary(session, release)),
        *(make(session, part) for part, make in parts),
        _missing(session),
        Section("judges", "Judges and behaviours", "releasejudges", _judges(session)),
        Section("card", "Data card", "releasecard", {"card": rows_of(session, DATA_CARD)}),
        Section("policy", "Policy and ledger", "releasepolicy", _policy(session, release)),
    ]
    return [section for section in found if section]


def _privacy(release: Row) -> Iterator[str]:
    """What the page holds, and how far it is true."""
    least, most = release["min_users"], release["contribution"]
    if release["mode"] == NOISY:
        yield (
            f"Counts are differentially private: ε = {short(release['epsilon'], 3)}, δ = {short(release['delta'], 1)}, for the whole"
            f" release; a person counts in {most} of its {'cell' if most == 1 else 'cells'} at most. Every figure is made of"
            " these counts, and intervals hold the noise."
        )
    else:
        yield (
            f"Behind every count are at least {least} people, each with {most} {'prompt' if most == 1 else 'prompts'} at most."
            f" Counts are rounded to multiples of {release['base']}, and every figure is made of them; what is not told cannot"
            " be worked out from what is."
        )
    if release["accept_unknown_users"]:
        yield (
            "Prompts of unknown users count as people: one person may be behind all of them, so that none of this protects"
            " anybody who asked much."
        )
    if release["attack"] == "not run":
        yield "Nobody attacked this policy before it was used."
    elif release["attack"] == "failed":
        yield "The last attack on this policy gave people away, and it was used all the same."


def _summary(session: Session, release: Row) -> Row:
    told = Figures(RELEASE.name, release, RELEASE.key_columns)
    return {
        "headlines": [row["sentence"] for row in rows_of(session, HEADLINES)],
        "noisy": release["mode"] == NOISY,
        "people": said(told.count("n_people")),
        "least": told.count("min_users"),
        "suppressed": told.count("suppressed"),
        "epsilon": told.number("epsilon", 3),
        "delta": told.number("delta", 1),
        "attack": release["attack"],
        "attacked": told.time("attacked_at") if release["attacked_at"] else None,
        "targets": told.count("attack_targets"),
    }


def _missing(session: Session) -> Section | None:
    rows = rows_of(session, MISSING)
    if not rows:
        return None
    arms = list(dict.fromkeys((row["suite"], row["checkpoint"]) for row in rows))
    states = list(dict.fromkeys(row["state"] for row in rows))
    told = [s for s in states if any(r["responses"] is not None for r in rows if r["state"] == s)]
    of = {
        (row["suite"], row["checkpoint"], row["state"]): said(
            Figures(MISSING.name, row, MISSING.key).count("responses")
        )
        for row in rows
    }
    lines = [
        {"suite": suite, "arm": arm, "cells": [of.get((suite, arm, s), NONE) for s in told]}
        for suite, arm in arms
    ]
    content: Row = {"states": [state.replace("_", " ") for state in told], "lines": lines}
    content["untold"] = [state.replace("_", " ") for state in states if state not in told]
    return Section("missing", "Missing answers", "releasemissing", content)


def _judges(session: Session) -> Row:
    behaviours = rows_of(session, TAXONOMY)
    titles = {(row["suite"], row["category_id"]): row["title"] for row in behaviours}
    return {
        "cards": [_card(row, titles) for row in rows_of(session, CARDS)],
        "taxonomy": behaviours,
    }


def _card(row: Row, titles: dict[tuple[str, str], str]) -> Row:
    told = Figures(CARDS.name, row, CARDS.key)
    title = titles.get((row["suite"], row["category_id"]), row["category_id"])
    labels = Markup("{} / {}").format(*(said(told.count(name)) for name in ("n_yes", "n_no")))
    return {
        "suite": row["suite"],
        "what": title if row["channel"] == "response" else f"{title} ({row['channel']})",
        "scorer": row["scorer"],
        "source": row["source"],
        "labels": labels,
        "sensitivity": said(told.percent("sensitivity")),
        "specificity": said(told.percent("specificity")),
    }


def _policy(session: Session, release: Row) -> Row:
    told = Figures(RELEASE.name, release, RELEASE.key_columns)
    return {
        "row": release,
        "made": told.time("made_at"),
        "attacked": told.time("attacked_at"),
        "targets": told.count("attack_targets"),
        "numbers": [
            ("people behind each count, at least", told.count("min_users")),
            ("prompts (noisy: cells) of one person, at most", told.count("contribution")),
            ("counts are multiples of", told.count("base")),
            ("ε of the whole release", told.number("epsilon", 3)),
            ("δ of the whole release", told.number("delta", 1)),
        ],
        "ledger": [_entry(row) for row in rows_of(session, LEDGER)],
    }


def _entry(row: Row) -> Row:
    told = Figures(LEDGER.name, row, LEDGER.key)
    return {
        "row": row,
        "made": told.time("made_at"),
        "epsilon": told.number("epsilon", 3),
        "delta": told.number("delta", 1),
    }
