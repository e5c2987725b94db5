"""Is found what nobody asked for, and nothing where there is nothing? Behaviours planted in real answers, and A/A studies.

Each behaviour (`_behaviours/issued.py`, and `kept_back.py`, which no finder was made with a look at) is planted in 5 % of
one arm of 1,500 prompts, and in 1 % of 15,000 (there without clusters: embedding takes long). `same_text`: both arms have the answers of a dump, with its users. `unknown_users`:
the same, and nobody knows who asked. `two_draws`: the arms are two draws of one model, as the Open-Assistant evaluation has them.
A behaviour is found where a row that is about it (`_behaviours/about.py`) is `different`; its rank is the first such row's
in its table as it is published. The baseline `paired_counts` ranks n-grams by McNemar's test, without halves or people, at
Bonferroni's level.

An A/A study is two draws of one model on some hundred prompts, each prompt's answers put on either side by chance, under fresh halves.
Any finding, of phrases, features or clusters, may be in .065 of the studies at most.

Without the data beside the checkout nothing is measured. BENCH_SPLITS: A/A studies, 1,000 unless said. BENCH_ONLY: planted or aa.
It takes some two hours on one core.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks._behaviours.about import Sayings, made_by_planting, mostly
from benchmarks._behaviours.clustered import ANSWERS, Embedded, assigned, shifts
from benchmarks._behaviours.counts import paired_counts
from benchmarks._behaviours.issued import ISSUED
from benchmarks._behaviours.kept_back import KEPT_BACK
from benchmarks._behaviours.planting import planted
from benchmarks._behaviours.studies import found, halves, written
from benchmarks._behaviours.texts import Pairs, logged, two_draws
from benchmarks._calibration.rows import FALSE_POSITIVES, LEVEL, row
from benchmarks._simulated import Codes, Mask, seeded
from benchmarks.harness import DUMP, Checked, report_limits
from logminer.discovery.discovering import Discovered
from logminer.store.publication import Publication, publish

FOUND, RANK = 6 / 8, 5.0  # at least so many; at most so far from the top, in the median
NOWHERE = 10**6
AA_PROMPTS = 400
LIMITED = (1500, 15_000)  # prompts of the settings that have limits; others are only shown
SPLITS = int(os.environ.get("BENCH_SPLITS", "1000"))
ONLY = os.environ.get("BENCH_ONLY", "planted,aa").split(",")
SETS = {"issued": ISSUED, "kept_back": KEPT_BACK}
FINDERS = ("paired_counts", "phrases", "features", "clusters", "any")


class Setting(NamedTuple):
    """Pairs of answers, and in how many of them a behaviour is planted."""

    name: str
    pairs: Pairs
    n: int
    share: float


class Outcome(NamedTuple):
    """What one finder made of one behaviour; rank and name of the first row that is about it are null where none is."""

    found: bool
    rank: int | None
    name: str | None


def main() -> None:
    if not DUMP.exists():
        sys.stdout.write(f"left out: there is no {DUMP}\n")
        return
    rows, embedded = list[Checked](), Embedded()
    with TemporaryDirectory() as folder, publish(Path(folder), []) as publication:
        if "planted" in ONLY:
            for setting in _settings():
                rows += _planted(publication, setting, embedded)
        if "aa" in ONLY:
            rows += _aa(publication, embedded, SPLITS)
    report_limits("discovery", rows)


def _settings() -> Iterator[Setting]:
    dump, draws = logged(), two_draws()
    unknown = dump._replace(users=[None] * dump.n)
    for name, pairs in (("same_text", dump), ("unknown_users", unknown), ("two_draws", draws)):
        yield Setting(f"{name}_5pct_1500", pairs, 1500, 0.05)
        n = min(15_000, pairs.n)
        yield Setting(f"{name}_1pct_{n}", pairs, n, 0.01)


def _planted(publication: Publication, setting: Setting, embedded: Embedded) -> Iterator[Checked]:
    pairs = setting.pairs.drawn(setting.n, 0)
    discovery = halves(pairs.users, seeded(setting.name))
    written(publication, pairs, discovery)
    without = _differences(found(publication))
    for group, behaviours in SETS.items():
        outcomes: dict[str, list[Outcome]] = {finder: [] for finder in FINDERS}
        for behaviour in behaviours:
            said, chosen = planted(behaviour, pairs.candidate, setting.share, 0)
            shown = pairs._replace(candidate=said)
            written(publication, shown, discovery)
            each = {}
            if pairs.n <= ANSWERS:
                each["clusters"] = _by_clusters(publication, shown, chosen, discovery, embedded)
            each |= _outcomes(publication, shown, chosen, without)
            each["any"] = min((each[one] for one in FINDERS[1:-1] if one in each), key=_surer)
            for finder, outcome in each.items():
                outcomes[finder].append(outcome)
            _say(setting.name, behaviour.name, each)
        for finder, mine in outcomes.items():
            if not mine:
                continue
            name = f"{setting.name}_{group}_{finder}"
            limited = finder == "any" and setting.n in LIMITED
            each_found = [outcome.found for outcome in mine]
            yield row(f"{name}_found", each_found, at_least=FOUND if limited else None)
            yield _median(f"{name}_rank", [outcome.rank for outcome in mine], limited)


def _median(name: str, ranks: Sequence[int | None], limited: bool) -> Checked:
    """The median rank, where no row is about it as one beyond all."""
    value = float(statistics.median(NOWHERE if rank is None else rank for rank in ranks))
    shown = Checked(name, value, "median rank", 0.0, len(ranks), None, None, None, None)
    if not limited:
        return shown
    return shown._replace(limit=RANK, side="at_most", ratio=value / RANK, met=value <= RANK)


def _outcomes(
    publication: Publication,
    pairs: Pairs,
    chosen: Codes,
    without: dict[tuple[str, str], float],
) -> dict[str, Outcome]:
    """By finder; `without` are the differences of features where nothing is planted."""
    tables = found(publication)
    sayings = Sayings(pairs, chosen)
    return {
        "paired_counts": _outcome(
            (r.phrase, r.p <= LEVEL, sayings.planted(r.phrase, r.candidate_only - r.base_only))
            for r in paired_counts(pairs)
        ),
        "phrases": _outcome(
            (
                f"{r['position']}: {r['phrase']}",
                r["verdict"] == "different",
                sayings.planted(r["phrase"], r["difference"], r["position"]),
            )
            for r in tables.phrases.to_pylist()
        ),
        "features": _outcome(
            (
                r["feature"],
                r["verdict"] == "different",
                made_by_planting(
                    r["feature"], r["difference"], without.get((r["feature"], r["channel"]), 0.0)
                ),
            )
            for r in tables.features.to_pylist()
        ),
    }


def _by_clusters(
    publication: Publication, pairs: Pairs, chosen: Codes, discovery: Mask, embedded: Embedded
) -> Outcome:
    base, candidate = assigned(publication, pairs, discovery, embedded)
    shifted = []
    for r in shifts(publication):
        lies = r["cluster_id"]
        gained = np.flatnonzero((candidate == lies) & (base != lies))
        about = r["difference"] > 0 and mostly(gained, chosen)
        shifted.append((f"cluster {lies}", r["verdict"] == "different", about))
    return _outcome(shifted)


def _differences(tables: Discovered) -> dict[tuple[str, str], float]:
    return {(r["feature"], r["channel"]): r["difference"] for r in tables.features.to_pylist()}


def _outcome(rows: Iterable[tuple[str, bool, bool]]) -> Outcome:
    """Of rows as they are published: name, whether it is a finding, whether it is about the behaviour. A finding counts first."""
    about = [(place, name, one) for place, (name, one, other) in enumerate(rows, 1) if other]
    for place, name, one in sorted(about, key=lambda row: not row[2]):
        return Outcome(one, place, name)
    return Outcome(False, None, None)


def _surer(outcome: Outcome) -> tuple[bool, int]:
    return not outcome.found, outcome.rank or NOWHERE


def _say(setting: str, behaviour: str, each: dict[str, Outcome]) -> None:
    said = ", ".join(
        f"{finder} {'found' if outcome.found else 'not found'} at {outcome.rank} ({outcome.name})"
        for finder, outcome in each.items()
    )
    sys.stdout.write(f"{setting}: {behaviour}: {said}\n")
    sys.stdout.flush()


def _aa(publication: Publication, embedded: Embedded, splits: int) -> Iterator[Checked]:
    """Two draws of one model, on other prompts, sides and halves each time."""
    draws = two_draws().drawn(ANSWERS, 0)
    calls: dict[str, list[bool]] = {"phrases": [], "features": [], "clusters": [], "any": []}
    for split in range(splits):
        chance = seeded(f"aa_{split}")
        pairs = draws.drawn(AA_PROMPTS, split).swapped(chance)
        discovery = halves(pairs.users, chance)
        written(publication, pairs, discovery)
        assigned(publication, pairs, discovery, embedded)
        called = ["different" in table["verdict"].to_pylist() for table in found(publication)]
        called.append(any(r["verdict"] == "different" for r in shifts(publication)))
        for kind, value in zip(calls, (*called, any(called)), strict=True):
            calls[kind].append(value)
    for kind, values in calls.items():
        limit = FALSE_POSITIVES if kind == "any" else None
        yield row(f"aa_{AA_PROMPTS}_{kind}", values, at_most=limit)
