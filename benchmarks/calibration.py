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

from benchmarks._calibration import judged, paired, studies
from benchmarks.harness import report_limits


def main() -> None:
    started = time.process_time()
    rows = [
        *paired.false_positives(),
        *paired.coverage(),
        *paired.equivalence(),
        *studies.multiplicity(),
        *paired.anytime(),
        *judged.judged_rates(),
        *judged.judged_differences(),
        *judged.decided_by_people(),
        *paired.two_samples(),
        *studies.whole_comparisons(),
    ]
    report_limits("calibration", rows)
    sys.stdout.write(f"{time.process_time() - started:.0f} s of processor time\n")
