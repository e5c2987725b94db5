"""Where it comes from: what was replaced and rejected, what left the machine, who answered, and how it was made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from logminer.report.figures import Figures, figure
from logminer.report.material import Material
from logminer.report.page import Section
from logminer.report.people import behind
from logminer.schemas.reserved import FOUND_PREFIX
from logminer.study.last_run import last_run

__all__ = ["provenance"]

Row = dict[str, Any]

# A value of the pipeline file that may be shown: a name, a number, a list of such.
NAME = re.compile(r"[\w.+:-]{1,80}")
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
PATH = re.compile(r"[^\n]*[/\\][^\n]*")
# A last part of a path that names a file, and no person and no bucket.
FILES = frozenset(
    [
        *(".csv", ".db", ".duckdb", ".gguf", ".json", ".jsonl", ".onnx"),
        *(".parquet", ".safetensors", ".toml", ".txt", ".yaml", ".yml"),
    ]
)
# Options whose values may be told: names that the pipeline gives to what it does, numbers and choices. Of any other it is said
# that it is given: texts for a model, what people wish to be left alone, places, addresses, values of data and of people.
SECTIONS = "acting anonymise checkpoints cluster compare discover embed gates judge judges plan prompts replay scorers source"
CHOICES = (
    "alpha band canaries category chain channel cluster_by concurrency context_length countries features format"
    " json_schema kind languages matching max_chunks max_fit_rows max_injected_moved max_new_tokens max_rejected max_steps"
    " min_cluster_size min_people min_samples model name ner noise_floor operator pairs paths phrases precision preset"
    " profile project public_figures rates reduce_to sample samples scorer secondary seed shows_prompt slots strata taxonomy"
    " temperature terms threshold times tools top_k top_p turns unsupported_language unsupported_script unsure_from version"
    " votes weight weights"
)
TOLD = frozenset(f"{SECTIONS} {CHOICES}".split())
GIVEN = "given, not shown here"
MOST = 60  # characters of an option

# People behind redactions and rejections: known users, else conversations.
REDACTED = """
WITH spans AS (
    SELECT 'conversations' AS origin, user_id, conversation_id AS prompt_group, unnest(redactions) AS span FROM conversations
    UNION ALL
    SELECT checkpoint, p.user_id, p.prompt_group, unnest(redactions) FROM responses AS r
    JOIN prompts AS p USING (prompt_id) WHERE checkpoint <> 'logged'
)
"""
REDACTED += f"SELECT origin, span.entity_type, {behind()} FROM spans AS p GROUP BY ALL"


def provenance(material: Material) -> Section:
    """Of a study."""
    ran = last_run(material.session)
    content = {
        "redactions": _redactions(material),
        "rejections": list(_rejections(material)),
        "egress": list(_egress(material)),
        "answered": list(_answered(material)),
        "judged": list(_judged(material)),
        "checkpoints": list(_checkpoints(material)),
        "runs": list(_runs(material)),
        "options": list(_options(ran.options)) if ran else [],
        "taxonomy": ran.taxonomy_hash if ran else None,
        "few": material.people.few,
    }
    return Section("provenance", "Privacy and provenance", "provenance", content)


def _redactions(material: Material) -> Row:
    """By kind of entity, a column for the log and each checkpoint."""
    people = {(o, kind): n for o, kind, n in material.session.rows(REDACTED)}
    rows = material.table("FROM redaction_counts ORDER BY n_redactions DESC, entity_type, origin")
    found = list(dict.fromkeys(row["origin"] for row in rows))
    arms = [name for (name,) in material.session.rows("SELECT checkpoint FROM checkpoints")]
    origins = [name for name in dict.fromkeys(("conversations", *arms, *found)) if name in found]
    of = {(row["origin"], row["entity_type"]): row for row in rows}

    def cell(origin: str, kind: str) -> object:
        row = of.get((origin, kind))
        if row is None:
            return "–"
        if not material.people.enough(people.get((origin, kind))):
            return material.people.untold
        return Figures("redaction_counts", row, ("origin", "entity_type")).count("n_redactions")

    kinds = dict.fromkeys(row["entity_type"] for row in rows)
    lines = [{"kind": kind, "cells": [cell(origin, kind) for origin in origins]} for kind in kinds]
    return {"origins": origins, "lines": lines}


def _rejections(material: Material) -> Iterator[Row]:
    """By reason; nobody knows whose conversations these were, so they are counted themselves."""
    rows = material.session.rows(
        "SELECT reason, count(DISTINCT conversation_id) FROM rejections GROUP BY ALL ORDER BY 2 DESC, 1"
    )
    hidden = material.people.hidden(dict(rows))
    few = f"fewer than {material.people.least} conversations"
    for reason, n in rows:
        told = figure(n, f"{n:,}", "rejections.count(DISTINCT conversation_id)", {"reason": reason})
        yield {"reason": reason, "n": few if reason in hidden else told}


def _egress(material: Material) -> Iterator[Row]:
    """What each run sent, by host."""
    rows = material.table(
        "SELECT run_id, kind, started_at, summary FROM runs WHERE summary IS NOT NULL"
        f" ORDER BY {material.session.runs_in_order}"
    )
    for row in rows:
        for place, sent in enumerate(json.loads(row["summary"]).get("egress") or ()):
            of = f"runs.(summary::JSON->'$.egress[{place}].{{}}')::BIGINT"
            yield {
                "host": sent["host"],
                "when": f"{row['started_at']:%Y-%m-%d %H:%M}",
                **{
                    name: figure(
                        sent[name], f"{sent[name]:,}", of.format(name), {"run_id": row["run_id"]}
                    )
                    for name in ("requests", "sent_bytes", "received_bytes")
                },
            }


def _answered(material: Material) -> Iterator[Row]:
    """Who answered for each checkpoint, as the server or the model's file says."""
    hidden = _few_of(
        material,
        f"SELECT checkpoint, answered_by, {behind()} FROM responses AS r JOIN prompts AS p USING (prompt_id)"
        " WHERE answered_by IS NOT NULL GROUP BY ALL",
    )
    key = ("checkpoint", "answered_by")
    for row in material.table(
        "FROM answered_by ORDER BY checkpoint, n_responses DESC, answered_by"
    ):
        few = (row["checkpoint"], row["answered_by"]) in hidden
        n = Figures("answered_by", row, key).count("n_responses")
        yield {
            "checkpoint": row["checkpoint"],
            "who": _shown(row["answered_by"]),
            "n": material.people.untold if few else n,
        }


def _few_of(material: Material, query: str) -> frozenset[tuple[Any, ...]]:
    """Keys of which it is not told how many of a whole they are; the query has whose, who and the people behind that."""
    wholes: dict[tuple[Any, ...], dict[tuple[Any, ...], int]] = {}
    for *whole, who, n in material.session.rows(query):
        wholes.setdefault((*whole,), {})[*whole, who] = n
    return frozenset[tuple[Any, ...]]().union(*map(material.people.hidden, wholes.values()))


def _judged(material: Material) -> Iterator[Row]:
    """Who answered for each judge of an autorater."""
    hidden = _few_of(
        material,
        f"SELECT j.scorer, u.v.judge, u.v.answered_by, {behind()} FROM judgements AS j JOIN responses AS r USING (response_id)"
        " JOIN prompts AS p USING (prompt_id), unnest(j.judged_by) AS u(v) WHERE j.judged_by IS NOT NULL GROUP BY ALL",
    )
    for scorer, judge, who, n in material.session.rows(
        "SELECT scorer, judge, answered_by, sum(n_judgements)::BIGINT FROM judged_by GROUP BY ALL ORDER BY ALL"
    ):
        key = {"scorer": scorer, "judge": judge, "answered_by": who}
        yield {
            "scorer": scorer,
            "judge": judge,
            "who": _shown(who),
            "n": material.people.untold
            if (scorer, judge, who) in hidden
            else figure(n, f"{n:,}", "judged_by.sum(n_judgements)", key),
        }


def _checkpoints(material: Material) -> Iterator[Row]:
    for row in material.table("FROM checkpoints ORDER BY rowid"):
        sampling = json.loads(row["sampling"]) if row["sampling"] else {}
        yield {
            "name": row["checkpoint"],
            "kind": row["kind"],
            "model": _shown(row["model"]) if row["model"] else "–",
            "identity": row["identity"],
            "sampling": ", ".join(f"{name} {value}" for name, value in _options(sampling)),
        }


def _runs(material: Material) -> Iterator[Row]:
    for row in material.table(
        "SELECT run_id, coalesce(kind, 'run') AS kind, started_at, finished_at, status, version FROM runs"
        f" ORDER BY {material.session.runs_in_order}"
    ):
        told = Figures("runs", row, ("run_id",))
        yield row | {"started": told.time("started_at"), "finished": told.time("finished_at")}


def _options(options: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Each option that was set, by its place in the file; of one that is not known to be harmless, that it was."""
    for name, value in options.items():
        place = f"{within}.{name}" if within else str(name)
        if value in (None, [], {}, ""):
            continue
        if name not in TOLD:
            yield place, GIVEN
        elif isinstance(value, Mapping):
            yield from _options(value, place)
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            for number, one in enumerate(value):
                yield from _options(one, f"{place}[{number}]")
        else:
            yield place, _option(value)


def _option(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_option, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _shown(value) if isinstance(value, str) else str(value)


def _shown(value: str) -> str:
    """A name; of a path to a file its last part; anything else is there and not told."""
    words = value.split(" ")
    if value.startswith(FOUND_PREFIX):  # a title that a model made of answers
        return GIVEN
    if len(words) <= 3 and all(NAME.fullmatch(word) for word in words):
        return value
    if ADDRESS.match(value) or not PATH.fullmatch(value):
        return GIVEN
    last = PurePath(value.replace("\\", "/"))
    named = all(NAME.fullmatch(word) for word in last.name.split(" "))
    return last.name if named and last.suffix.lower() in FILES else GIVEN
