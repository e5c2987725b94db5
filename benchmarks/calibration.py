"""Are the statistics calibrated? Each is applied to simulated data whose truth is known.

Yes/no answers have users whose rates vary from checkpoint to checkpoint, see `Design`: by default half of the prompts
are answered alike by both, and clustered data have 10 prompts a user and differences that correlate .3 within a user.
In an A/A both checkpoints have the same rates. Judged data add a judge who errs on each answer by itself, and people
who label some prompts; "of people" are verdicts once they did, where they see no difference and the judge does.
Families of hypotheses are categories with five strata of unequal size, whose counts also add up to a sixth member. The
whole comparison judges A/A studies of 20 categories in four strata on 400 prompts, through `compare`.

A limit is for the measured value, whose standard error stands beside it; "3 s.e." in a limit are those of a share of
5 % (of the measured value for discovery rates). Rows without a limit show what the others are to be compared with.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks._calibration import judged, looks, paired, studies, units
from benchmarks.harness import Checked, report_limits

PAGE = Path(__file__).parent.parent / "docs" / "calibration.md"


def main() -> None:
    started = time.process_time()
    rows = [
        *paired.false_positives(),
        *paired.coverage(),
        *paired.equivalence(),
        *units.heavy_users(),
        *units.shared_prompts(),
        *units.ten_points(),
        *studies.multiplicity(),
        *paired.anytime(),
        *judged.judged_rates(),
        *judged.judged_differences(),
        *judged.decided_by_people(),
        *paired.two_samples(),
        *looks.any_finding(),
        *looks.power(),
        *looks.winners_curse(),
        *studies.whole_comparisons(),
    ]
    report_limits("calibration", rows)
    PAGE.write_text(_page(rows), "utf-8")
    sys.stdout.write(f"{time.process_time() - started:.0f} s of processor time\n")


def _page(rows: Sequence[Checked]) -> str:
    """The page of the documentation: what is simulated, and every row."""
    limited = [row for row in rows if row.limit is not None]
    missed = [row.name for row in limited if not row.met]
    lines = [
        "# Are the statistics calibrated?",
        "",
        "Made by `make bench BENCH=calibration`; not edited by hand.",
        "",
        (__doc__ or "").strip(),
        "",
        f"{len(limited) - len(missed)} of {len(limited)} limits are met"
        + (f"; missed: {', '.join(f'`{name}`' for name in missed)}." if missed else "."),
        "",
        "| row | simulated | ± s.e. | repetitions | limit | met |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        limit = met = ""
        if row.limit is not None:
            limit = f"{'≤' if row.side == 'at_most' else '≥'} {row.limit:.3f}"
            met = "yes" if row.met else "**no**"
        unit = "" if row.unit == "share" else f" {row.unit}"
        lines.append(
            f"| `{row.name}` | {row.value:.4f}{unit} | {row.se:.4f} | {row.repetitions:,} | {limit} | {met} |"
        )
    return "\n".join(lines) + "\n"
