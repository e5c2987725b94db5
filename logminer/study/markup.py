"""What a notebook shows of a study and of a comparison: what is in it, what it says, and how to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa

from logminer.charts.words import safe
from logminer.store.session import Session
from logminer.study.overview import overview
from logminer.study.pairs import compared_pairs, pair_verdicts
from logminer.study.pictures import deciding_stratum, forest_picture
from logminer.study.verdicts import ORDER

__all__ = ["comparison_html", "study_html"]

MOST = 12  # rows of a picture that nobody asked for


def study_html(session: Session, name: str) -> str:
    """A study in one screen: who answered, who asked, verdict counts, a picture of the first pair, how to go on."""
    held = overview(session)
    asked, rejected = held["conversations"], sum(row["n"] for row in held["rejected"])
    users = f" of {asked['users']:,} people" if asked["users"] else ""
    prompts = session.rows("SELECT count(*) FROM prompts")[0][0]
    said = [
        f"<h3>Study {safe(name)}</h3>",
        f"<p>{prompts:,} prompts from {asked['n']:,} conversations{users}; {rejected:,} rejected. Not released.</p>",
        _table(
            ("checkpoint", "kind", "model", "responses", "failed"),
            (
                (c["checkpoint"], c["kind"], c["model"], c["responses"], c["failed"])
                for c in held["checkpoints"]
            ),
        ),
    ]
    pairs = compared_pairs(session)
    if not pairs:
        return "".join([*said, "<p>No pair of checkpoints was compared.</p>", _next(_STUDY)])
    tables = [pair_verdicts(session, *pair) for pair in pairs]
    said += [_counts(*pair, table) for pair, table in zip(pairs, tables, strict=True)]
    said.append(forest_picture(tables[0], "category", None, most=MOST)._repr_html_())
    base, candidate = pairs[0]
    return "".join([*said, _next((f"study.compare({base!r}, {candidate!r})", *_STUDY))])


def comparison_html(
    base: str, candidate: str, verdicts: pa.Table, found: dict[str, pa.Table]
) -> str:
    """A comparison in one screen.

    Args:
        base: its name.
        candidate: its name.
        verdicts: rows of `comparisons` with their `title`.
        found: phrases and features, where they were looked for.
    """
    picture = forest_picture(verdicts, "category", None, most=MOST)
    said = [_counts(base, candidate, verdicts), picture._repr_html_()]
    differ = (
        f"{table['verdict'].to_pylist().count('different'):,} of {len(table):,} {name}"
        for name, table in found.items()
    )
    if found:
        said.append(f"<p>What nobody asked for: {', '.join(differ)} differ.</p>")
    steps = (
        ".verdicts",
        ".forest(everything=True)",
        ".forest('cluster')",
        *(f".{n}" for n in found),
    )
    return "".join([*said, _next(steps)])


_STUDY = (
    "study.rates()",
    "study.pairs()",
    "study.clusters_chart()",
    "study.map()",
    "study.schema()",
)


def _counts(base: str, candidate: str, verdicts: pa.Table) -> str:
    """The verdicts of a pair, counted, each behaviour once."""
    rows = verdicts.to_pylist()
    stratum = deciding_stratum(rows)
    mine = (row for row in rows if row["kind"] == "category" and row["stratum"] == stratum)
    counted = Counter(row["verdict"] for row in mine)
    counts = " · ".join(f"{counted[word]:,} {word}" for word in ORDER if counted[word])
    return f"<p><b>{safe(base)} → {safe(candidate)}</b>: {counts or 'no verdict'}</p>"


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    def line(cells: Iterable[object], tag: str) -> str:
        return "".join(
            f"<{tag}>{'' if cell is None else f'{cell:,}' if isinstance(cell, int) else safe(str(cell))}</{tag}>"
            for cell in cells
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{line(heads, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def _next(steps: Iterable[str]) -> str:
    return f"<p>Go on: {' · '.join(f'<code>{safe(step)}</code>' for step in steps)}</p>"
