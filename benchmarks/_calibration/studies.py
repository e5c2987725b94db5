"""Many hypotheses at once, and whole studies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks._calibration.rows import LEVEL, REPEATS, of_counts, row, with_error
from benchmarks._simulated import Design, Mask, seeded, study_tables
from benchmarks.harness import Checked
from logminer import stats
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.store.publication import publish

STUDIES = 150


def multiplicity() -> Iterator[Checked]:
    """20 families of five strata and their sum; in a quarter of the families two strata are shifted."""
    families, sizes = 20, np.array([60, 60, 40, 30, 20])  # discordant prompts
    chances = np.full((families, 5), 0.5)
    chances[: families // 4, :2] = 0.7
    gained = seeded("multiplicity").binomial(sizes, chances, (REPEATS, families, 5))
    arms = [
        np.concatenate([arm, arm.sum(axis=2, keepdims=True)], axis=2)
        for arm in (sizes - gained, gained)
    ]
    shifted = chances != 0.5
    shifted = np.concatenate([shifted, shifted.any(axis=1, keepdims=True)], axis=1)

    def mid_p(lost: int, gained: int) -> float:
        return stats.paired_proportions(0, lost, gained, 0).p_mcnemar_mid

    counts = np.stack(arms, axis=-1)
    ps = np.array(of_counts(mid_p, counts.reshape(-1, 2))).reshape(counts.shape[:-1])
    tree: list[float] = []
    plain: list[float] = []
    found = []
    for p in ps:
        chosen = stats.tree_bh({str(i): members for i, members in enumerate(p.tolist())})
        rejected = np.array(list(chosen.values()))
        shares = [_false_share(r, s) for r, s in zip(rejected, shifted, strict=True) if r.any()]
        tree.append(float(np.mean(shares)) if shares else 0.0)
        found.append(rejected[shifted].mean())
        plain.append(_false_share(stats.benjamini_hochberg(p.ravel()).rejected, shifted.ravel()))
    for name, values in (
        ("fdr_tree_bh_over_selected_families", tree),
        ("fdr_benjamini_hochberg", plain),
    ):
        error = 3 * float(np.std(values)) / math.sqrt(REPEATS)
        yield row(name, values, at_most=LEVEL + error)
    yield row("tree_bh_finds_true_shifts", found)


def _false_share(rejected: Mask, shifted: Mask) -> float:
    """False findings among all, 0 where there are none."""
    return float((rejected & ~shifted).sum() / max(rejected.sum(), 1))


def whole_comparisons() -> Iterator[Checked]:
    """A/A studies as pairs of checkpoints of one database: each pair is compared and adjusted by itself."""
    for name, design in (
        ("aa_compare_independent_20pct", Design(400, 1, 0.2, 0.2)),
        ("aa_compare_users100_20pct", Design(100, 4, 0.2, 0.2, icc=0.3)),
        ("aa_compare_users40_3pct", Design(40, 10, 0.03, 0.03, icc=0.3)),
    ):
        base, candidate = design.draw(seeded(name), STUDIES * 20)
        pairs = [(f"a{number}", f"b{number}") for number in range(STUDIES)]
        with TemporaryDirectory() as folder, publish(Path(folder), []) as publication:
            for table, rows in study_tables(design, base, candidate, STUDIES):
                publication.replace(table, rows)
            options = CompareOptions(strata=("stratum",))
            found = compare(publication, options, pairs).comparisons
        # A study's rows hang together, so each study is one repetition.
        order = np.argsort(np.asarray(found["base"]), kind="stable")
        called = np.isin(np.asarray(found["verdict"]), ("worse", "better"))[order]
        below = (np.asarray(found["p"]) <= LEVEL)[order]
        called, below = called.reshape(STUDIES, -1), below.reshape(STUDIES, -1)
        limit = with_error(STUDIES)
        yield row(f"{name}_studies_with_a_finding", called.any(axis=1), at_most=limit)
        yield row(f"{name}_rows_called", called.mean(axis=1))
        yield row(f"{name}_rows_with_p_below_5pct", below.mean(axis=1))
