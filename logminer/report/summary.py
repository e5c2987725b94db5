"""The first section of a study: what was found of each pair in a sentence, and what the verdicts stand on."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from markupsafe import Markup

from logminer.report.differences import on_its_scale
from logminer.report.figures import Figures, figure, short
from logminer.report.material import Material, figures
from logminer.report.page import Section
from logminer.report.people import behind
from logminer.study.overview import found_counts
from logminer.study.verdicts import ALPHA, ORDER

__all__ = ["FIRST", "behaviour", "has_later", "summary"]

Row = dict[str, Any]
ALL = "all"
FIRST, LATER = "turn=first", "turn=later"
CARD = ("scorer", "category_id", "channel", "model", "language", "text", "checkpoint", "source")
JUDGED = (
    "SELECT DISTINCT category_id, j.channel, title FROM judgements AS j JOIN responses USING (response_id)"
    " LEFT JOIN categories USING (category_id) WHERE checkpoint IN ($1, $2) ORDER BY title, category_id, channel"
)
CLUSTERS = "clusters"  # among the margins


class _Finding(NamedTuple):
    """A row with a verdict, and the difference that it rests on."""

    name: str
    difference: Markup
    flags: tuple[str, ...]


class _Verdicts(NamedTuple):
    """How many rows have a verdict, and which."""

    verdict: str
    n: Markup
    found: tuple[_Finding, ...]


def summary(material: Material) -> Section:
    """Of a study."""
    content = {
        "pairs": [_pair(material, pair) for pair in material.pairs],
        "facts": _facts(material),
        "gates": _gates(material),
        "margins": list(_margins(material)),
        "missing": list(_missing(material)),
        "cards": list(_cards(material)),
        "few": material.people.few,
    }
    return Section("summary", "Summary", "summary", content)


def _pair(material: Material, pair: tuple[str, str]) -> Row:
    return {
        "base": pair[0],
        "candidate": pair[1],
        **_counted(material, pair, ALL),
        "first": _counted(material, pair, FIRST) if has_later(material, pair) else None,
        "unasked": list(_unasked(material, pair)),
        "by_channel": len({row["channel"] for row in material.of(pair, "category")}) > 1,
        "uncompared": list(_uncompared(material, pair)),
    }


def _uncompared(material: Material, pair: tuple[str, str]) -> Iterator[str]:
    """Behaviours that an arm was judged for, and of which no prompt has a usable judgement in both."""
    rows = material.of(pair, "category")
    compared = {(row["category_id"], row["channel"]) for row in rows}
    for row in material.table(JUDGED, *pair):
        found = row["category_id"] in material.unnamed
        if (row["category_id"], row["channel"]) not in compared and not found:
            yield behaviour(row)


def has_later(material: Material, pair: tuple[str, str]) -> bool:
    """Whether there are later turns, without which first ones are all."""
    return any(row["stratum"] == LATER for row in material.of(pair, "category"))


def _counted(material: Material, pair: tuple[str, str], stratum: str) -> Row:
    """How many behaviours have which verdict."""
    found = [
        row
        for row in material.of(pair, "category")
        if row["role"] == "primary" and row["stratum"] == stratum
    ]
    rows = [row for row in found if material.people.may(row)]
    few = len(found) - len(rows)
    key = {"base": pair[0], "candidate": pair[1], "kind": "category", "role": "primary"}
    key["stratum"] = stratum
    counted = Counter(row["verdict"] for row in rows)

    def count(n: int, key: Row) -> Markup:
        # Where some are left out, or stand nowhere on the page, the database counts more.
        whole = not few and not material.unnamed
        return figure(n, str(n), "comparisons.count(*)", key) if whole else Markup(str(n))

    told = [
        _Verdicts(
            verdict,
            count(n, key | {"verdict": verdict}),
            tuple(_finding(row) for row in rows if row["verdict"] == verdict),
        )
        for verdict in ORDER
        if (n := counted[verdict])
    ]
    return {"n": count(len(rows), key), "behaviours": len(rows), "verdicts": told, "few": few}


def _finding(row: Row) -> _Finding:
    return _Finding(behaviour(row), on_its_scale(row, figures(row)), tuple(row["flags"] or ()))


def behaviour(row: Row) -> str:
    """What a row of `comparisons` or of the board is about: a title, not a code."""
    name = str(row["title"] or row["category_id"])
    return name if row["channel"] == "response" else f"{name} ({row['channel']})"


def _unasked(material: Material, pair: tuple[str, str]) -> Iterator[Row]:
    """How many clusters, phrases and features were tested, and differ."""
    if not material.people.enough(material.asked[pair]):
        return
    base, candidate = pair
    of = {"base": base, "candidate": candidate}
    clusters = [row for row in material.of(pair, "cluster") if row["stratum"] == ALL]
    if clusters:
        key = of | {"kind": "cluster", "stratum": ALL}
        n = sum(row["verdict"] == "different" for row in clusters)
        yield {
            "what": "clusters of answers",
            "n": figure(n, str(n), "comparisons.count(*)", key | {"verdict": "different"}),
            "of": figure(len(clusters), str(len(clusters)), "comparisons.count(*)", key),
        }
    for row in found_counts(material.session) or ():
        if (row["base"], row["candidate"]) == pair:
            table, different = f"{row['kind']}s", row["different"]
            yield {
                "what": {"phrase": "phrases", "feature": "measures of form"}[row["kind"]],
                "n": figure(
                    different, str(different), f"{table}.count(*)", of | {"verdict": "different"}
                ),
                "of": figure(row["tested"], str(row["tested"]), f"{table}.count(*)", of),
            }


def _facts(material: Material) -> Row:
    """What the comparisons are made of."""
    ((prompts, altered, people_of_altered, users, unknown, groups),) = material.session.rows(
        f"SELECT count(*), count(*) FILTER (n_redacted > 0), {behind('n_redacted > 0')}, count(DISTINCT user_id),"
        " count(*) FILTER (user_id IS NULL), count(DISTINCT prompt_group) FROM prompts AS p"
    )
    ((conversations, rejected),) = material.session.rows(
        "SELECT (SELECT count(*) FROM conversations), (SELECT count(*) FROM rejections)"
    )
    people = material.people
    units = [
        row["n_effective"]
        for row in material.rows
        if row["kind"] == "category" and row["stratum"] == ALL and row["n_effective"] is not None
    ]
    of = {"kind": "category", "stratum": ALL}

    def count(n: int, of: str, behind_it: int) -> Markup:
        return figure(n, f"{n:,}", of, {}) if people.enough(behind_it) else people.untold

    def units_at(n: float, which: str) -> Markup:
        return figure(n, short(n, 3), f"comparisons.{which}(n_effective)", of)

    asked = users if people.known else groups
    told = bool(units) and people.enough(asked)
    return {
        "conversations": count(conversations, "conversations.count(*)", asked),
        "rejected": count(rejected, "rejections.count(*)", rejected or people.least),
        "prompts": count(prompts, "prompts.count(*)", asked),
        "users": count(users, "prompts.count(DISTINCT user_id)", asked) if users else None,
        "unknown": count(unknown, "prompts.count(*) FILTER (user_id IS NULL)", asked)
        if users and unknown
        else None,
        "groups": count(groups, "prompts.count(DISTINCT prompt_group)", asked),
        "altered": count(
            altered,
            "prompts.count(*) FILTER (n_redacted > 0)",
            people_of_altered if altered else people.least,
        ),
        "units": [units_at(min(units), "min"), units_at(max(units), "max")] if told else [],
        "same_units": told and min(units) == max(units),
    }


def _gates(material: Material) -> Row:
    """Declared gates, and those that the last run did not meet. What they say counts rows: only the gate's name is told."""
    runs = material.session.rows(
        "SELECT pipeline, summary FROM runs WHERE pipeline IS NOT NULL AND status = 'done'"
        f" ORDER BY {material.session.runs_in_order}"
    )
    if not runs:
        return {"declared": [], "unmet": []}
    pipeline, said = (json.loads(text or "{}") for text in runs[-1])
    declared = [f"{k} {v:g}" for k, v in (pipeline.get("gates") or {}).items() if v is not None]
    unmet = [gate.partition(":")[0] for gate in said.get("gates", ())]
    return {"declared": declared, "unmet": unmet}


def _margins(material: Material) -> Iterator[Row]:
    """Each declared margin, and when the runs first told of it."""
    runs = material.table(
        "SELECT started_at, margins FROM runs WHERE pipeline IS NOT NULL"
        f" ORDER BY {material.session.runs_in_order}"
    )
    first: dict[tuple[str, str], datetime.datetime] = {}
    for run in runs:
        for name, margin in json.loads(run["margins"] or "{}").items():
            first.setdefault((name, json.dumps(margin)), run["started_at"])
    last = json.loads(runs[-1]["margins"] or "{}") if runs else {}
    for name, margin in last.items():
        if name in material.unnamed:
            continue
        kind = "cluster" if name == CLUSTERS else "category"
        rows = [
            row
            for row in material.rows
            if row["kind"] == kind and (kind == "cluster" or row["category_id"] == name)
        ]
        shown = next((row for row in rows if row["margin"] is not None), None)
        yield {
            "what": "shares of clusters"
            if kind == "cluster"
            else behaviour(rows[0])
            if rows
            else name,
            "margin": figures(shown).around("margin")
            if shown
            else f"±{100 * margin['absolute']:.1f}",
            "ratio": figures(shown).number("margin_ratio", 3)
            if shown and shown["margin_ratio"] is not None
            else None,
            "when": f"{first[name, json.dumps(margin)]:%Y-%m-%d %H:%M}",
            "judged": bool(rows),
            "late": any("late_margin" in (row["flags"] or ()) for row in rows),
        }


def _missing(material: Material) -> Iterator[Row]:
    """What became of answers other than plain ones, arm against arm; of judgements where the arms differ beyond chance."""
    rows = material.table(
        "SELECT m.*, title FROM missingness AS m LEFT JOIN categories USING (category_id)"
        " WHERE scorer IS NULL OR q < $1"
        " ORDER BY base, candidate, scorer IS NOT NULL, q, abs(difference) DESC, state, scorer, category_id, m.channel",
        ALPHA,
    )
    key = ("base", "candidate", "state", "scorer", "category_id", "channel")
    for row in rows:
        if row["category_id"] in material.unnamed:
            continue
        told = Figures("missingness", row, key)
        of = f"{row['title'] or row['category_id']}, {row['scorer']}" if row["scorer"] else ""
        yield {
            "row": row,
            "of": of,
            "show": material.people.enough(material.asked.get((row["base"], row["candidate"]))),
            "base": told.percent("base_rate"),
            "candidate": told.percent("candidate_rate"),
            "difference": told.interval("difference", "low", "high"),
            "q": told.chance("q"),
        }


def _cards(material: Material) -> Iterator[Row]:
    """How often each scorer with a say finds what people find, over all that its card is of."""
    labelled = {
        (category, channel, label): n
        for category, channel, label, n in material.session.rows(
            f"SELECT h.category_id, h.channel, h.label, {behind()} FROM human_labels AS h"
            " JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id) GROUP BY ALL"
        )
    }
    rows = material.table(
        "SELECT j.*, k.title FROM judge_cards AS j JOIN categories AS k USING (category_id)"
        " WHERE model IS NULL AND language IS NULL AND text IS NULL AND checkpoint IS NULL"
        " ORDER BY k.title, scorer, j.channel, source"
    )
    for row in rows:
        if row["category_id"] in material.unnamed:
            continue
        told, people = Figures("judge_cards", row, CARD), material.people
        # A card that came with the pipeline is of other people's answers.
        of = row["category_id"], row["channel"]
        yes, no = (
            row["source"] != "calibration" or people.enough(labelled.get((*of, label)))
            for label in ("yes", "no")
        )
        yield {
            "row": row,
            "what": behaviour(row),
            "sensitivity": told.ends("sensitivity", "sensitivity_low", "sensitivity_high")
            if yes
            else people.untold,
            "specificity": told.ends("specificity", "specificity_low", "specificity_high")
            if no
            else people.untold,
            "n": told.count("n_labels") if yes or no else people.untold,
        }
