"""From what both arms said to the tables `phrases` and `features`. Sign everywhere: candidate minus base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from logminer.compare.options import CompareOptions
from logminer.compare.prompts import read_prompts
from logminer.discovery.features import feature_rows
from logminer.discovery.options import DiscoverOptions
from logminer.discovery.phrases import phrase_rows
from logminer.discovery.showing import told_once
from logminer.discovery.testing import Row, settle_found
from logminer.schemas import FEATURES, PHRASES, Table
from logminer.store.session import Session

__all__ = ["Discovered", "discover"]


class Discovered(NamedTuple):
    """The tables of those names, what is most certain first."""

    phrases: pa.Table
    features: pa.Table


def discover(
    session: Session,
    compare: CompareOptions,
    options: DiscoverOptions,
    pairs: Sequence[tuple[str, str]],
) -> Discovered:
    """What the arms of each pair (base, candidate) say, and how, that nobody asked about."""
    prompts = read_prompts(session, compare)
    phrases, features = list[Row](), list[Row]()
    for base, candidate in pairs:
        named = {"base": base, "candidate": candidate}
        if options.phrases:
            found = phrase_rows(session, prompts, (base, candidate), compare, options)
            phrases += [named | row for row in found]
        if options.features:
            measured = feature_rows(session, prompts, (base, candidate), compare)
            features += [named | row for row in measured]
    family = ("base", "candidate", "channel")
    settle_found(phrases, "phrase", family, compare.alpha)
    settle_found(features, "feature", (*family, "feature"), compare.alpha)
    phrases = told_once([row for row in phrases if row["shown"]])
    return Discovered(_table(PHRASES, phrases, "phrase"), _table(FEATURES, features, "feature"))


def _table(table: Table, rows: list[Row], name: str) -> pa.Table:
    def key(row: Row) -> tuple[object, ...]:
        unsure = 1.0 if row["q"] is None else row["q"]
        p = 1.0 if row["p"] is None else row["p"]
        return row["base"], row["candidate"], unsure, p, -abs(row["difference"]), row[name]

    return pa.Table.from_pylist(sorted(rows, key=key), table.schema)
