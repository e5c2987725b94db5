"""What the owner of a calibrated study should do next: labels still wanted, scorers too weak, people who disagree."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from logminer.labels.trust import REACH, more_labels
from logminer.store.publication import Publication

__all__ = ["GOOD_KAPPA", "differing", "label_commands", "labelled_once", "wanted", "weak"]

# Below it a scorer does not carry a verdict alone, nor do people whose labels are no firmer: "substantial" agreement
# begins here (Landis & Koch 1977, Biometrics 33:159).
GOOD_KAPPA = 0.6
ALPHA = 0.05  # of the test whether a scorer errs differently on the arms

Row = dict[str, Any]


def wanted(row: Row) -> Row:
    """Labels that would bring sensitivity and specificity of a row of CALIBRATIONS to ± `REACH`: more_yes, more_no."""
    return {
        more: more_labels(row[f"{share}_low"], row[f"{share}_high"], row[f"{share}_n"], row[kind])
        for more, share, kind in (
            ("more_yes", "sensitivity", "positives"),
            ("more_no", "specificity", "negatives"),
        )
    }


def label_commands(publication: Publication, study: Path, rows: Sequence[Row]) -> list[str]:
    """For each category and channel, what to draw so that even the scorer that needs most is known well enough."""
    needs: dict[tuple[str, str], tuple[int, Row]] = {}
    for row in rows:
        more, key = _more_texts(row), (row["category_id"], row["channel"])
        if row["checkpoint"] is None and more > needs.get(key, (0,))[0]:
            needs[key] = more, row
    found = []
    for (category, channel), (more, row) in needs.items():
        arms, prompts = _judged(publication, row)
        n = min(math.ceil((row["n_labels"] + more) / arms), prompts)
        command = ["logminer", "label", str(study), "--category", category]
        command += ["--channel", channel] if channel != "response" else []
        command += ["--n", str(n), "--out", "more.csv"]
        if n * arms > row["n_labels"]:
            reach = "bring" if n < prompts else "are all there are, and bring"
            nearer = "to" if n < prompts else "nearer to"
            found.append(
                f"{_what(row)}: about {n * arms - row['n_labels']} more labels {reach} both shares {nearer}"
                f" ± {100 * REACH:g} points: {shlex.join(command)} ({n} prompts, of each {arms} texts; with the --scorer"
                " and --seed of the first draw it holds that draw, and what is labelled is filled in)"
            )
    return found


def _more_texts(row: Row) -> int:
    """Texts to label until enough yes and no are among them, if they come as frequently as so far."""
    n = row["n_labels"]
    kinds = [("more_yes", "positives"), ("more_no", "negatives")]
    missing = [(row[more], row[kind]) for more, kind in kinds if row[more]]
    return max((math.ceil(more * n / seen) if seen else n for more, seen in missing), default=0)


def _judged(publication: Publication, row: Row) -> tuple[int, int]:
    """Texts of a prompt that a sheet asks for, and prompts for which all of them are there."""
    each = publication.rows(
        "SELECT count(DISTINCT r.prompt_id) FROM judgements AS j JOIN responses AS r USING (response_id)"
        " WHERE j.scorer = ? AND j.category_id = ? AND j.channel = ? GROUP BY r.checkpoint",
        [row["scorer"], row["category_id"], row["channel"]],
    )
    return min(len(each), 2), min(n for (n,) in each)


def weak(rows: Sequence[Row]) -> list[str]:
    """Scorers that do not carry a verdict alone, and labels that two people disagree on."""
    whole = [row for row in rows if row["checkpoint"] is None]
    scorers = [
        f"{_what(row)}: kappa {row['kappa']:.2f} is below {GOOD_KAPPA:g}: not good enough to carry a verdict alone"
        for row in whole
        if row["kappa"] is not None and row["kappa"] < GOOD_KAPPA
    ]
    people = [
        f"people on {row['category_id']} ({row['channel']}): kappa {row['human_kappa']:.2f} of two annotators is below"
        f" {GOOD_KAPPA:g}: the rubric leaves too much open for their labels to be the truth"
        for row in whole
        if row["human_kappa"] is not None and row["human_kappa"] < GOOD_KAPPA
    ]
    return [*scorers, *dict.fromkeys(people)]


def labelled_once(rows: Sequence[Row], study: Path, file: Path) -> list[str]:
    """Categories of which nobody knows how far people agree."""
    whole = [row for row in rows if row["checkpoint"] is None]
    keys = dict.fromkeys((row["category_id"], row["channel"]) for row in whole)
    twice = {(r["category_id"], r["channel"]) for r in whole if r["human_agreement"] is not None}
    command = shlex.join(["logminer", "label", str(study), str(file), "--second"])
    once = [
        f"{category} ({channel})" for category, channel in keys if (category, channel) not in twice
    ]
    if not once:
        return []
    verb = "is" if len(once) == 1 else "are"
    return [
        f"{', '.join(once)} {verb} labelled by one person: let a second one label some of it, blind: {command}"
    ]


def differing(rows: Sequence[Row]) -> list[str]:
    """Scorers that err otherwise on one arm than on the other."""
    return [
        f"{_what(row)}: the judge errs differently on the arms (p {row['p_error_differs']:.2g})"
        for row in rows
        if row["p_error_differs"] is not None and row["p_error_differs"] < ALPHA
    ]


def _what(row: Row) -> str:
    return f"{row['scorer']} on {row['category_id']} ({row['channel']})"
