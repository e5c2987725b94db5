"""What each checkpoint has to do, and what it costs: requests, tokens, time, money."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logminer.pipeline.journey import Arm, Journey
from logminer.planning.pilot import ArmPilot, Pilot
from logminer.planning.tokens import THUMB, fit_tokens
from logminer.runners.journal import Journal
from logminer.sampling.census import Totals
from logminer.store.parts import PartFile

__all__ = ["ArmPlan", "arm_plan"]

TOLD_TOKENS = 2_000  # that a call of an agent gives back at most, at four characters a token


class ArmPlan(NamedTuple):
    """What one checkpoint has to do. Tokens are of all its requests; time and money of those that are left.

    Of one that acts a request is a whole episode.

    Null: nothing is generated (a scripted checkpoint), no price was declared, or (time) nothing was measured.
    """

    checkpoint: str
    kind: str
    requests: int
    left: int  # not answered yet
    input_tokens: int | None
    input_basis: str
    output_tokens: int | None
    output_basis: str
    requests_per_s: float | None  # in the pilot, which begins slowly
    seconds_low: float | None  # if the server bears as many in flight as are allowed
    seconds_high: float | None  # at the pace of the pilot
    cost: float | None


def arm_plan(journey: Journey, arm: Arm, totals: Totals, pilot: Pilot | None) -> ArmPlan:
    """The plan of one checkpoint that generates."""
    sampling, checkpoint = arm.sampling, arm.checkpoint
    assert sampling is not None
    assert checkpoint is not None
    found = pilot.arms.get(arm.drawn_as) if pilot else None
    requests = totals.prompts * sampling.samples
    left = max(0, requests - _answered(journey, arm))
    done = ArmPlan(
        arm.name, checkpoint.kind, requests, left, None, "", None, "", None, None, None, None
    )
    if not checkpoint.own_process:  # a script costs nothing
        return done
    counted = found.input_tokens if found else []
    fitted = fit_tokens([size for size, _ in counted], [n for _, n in counted])
    tokens_in = sampling.samples * (fitted or THUMB).tokens(totals.prompts, totals.size)
    per_answer, basis = _answer_tokens(found, sampling.max_new_tokens)
    basis_in = (
        f"measured on {len(counted)} prompts" if fitted else "estimate: four characters a token"
    )
    if acting := journey.file.acting:
        steps = acting.max_steps
        told = requests * steps * (steps - 1) / 2 * (sampling.max_new_tokens + TOLD_TOKENS)
        tokens_in, per_answer = steps * tokens_in + told, steps * per_answer
        basis_in = f"at most: an episode is up to {steps} messages, and each is told all before it"
        basis = f"at most: max_new_tokens in each of {steps} messages"
    tokens_out = requests * per_answer
    low, high = _seconds(found, left, sampling.concurrency if checkpoint.parts_at_once > 1 else 1)
    price = journey.file.plan.prices.get(arm.drawn_as)
    share = left / requests if requests else 0.0
    return done._replace(
        input_tokens=round(tokens_in),
        input_basis=basis_in,
        output_tokens=round(tokens_out),
        output_basis=basis,
        requests_per_s=found.answers_per_s if found else None,
        seconds_low=low,
        seconds_high=high,
        cost=None
        if price is None
        else share * (price.input * tokens_in + price.output * tokens_out) / 1e6,
    )


def _answered(journey: Journey, arm: Arm) -> int:
    """Answers that are there already, in whole parts and in unfinished ones."""
    step, n = arm.asked, 0
    there = set(step.folder.parts())
    for piece in journey.file.source.slices():
        file = step.folder.file(piece.part)
        if piece.part in there:
            n += PartFile(file).footer().rows_out
        else:
            n += len(Journal(file, step.stage.output, step.kin).read())
    return n


def _answer_tokens(found: ArmPilot | None, most: int) -> tuple[float, str]:
    """Tokens of one answer (a failed one has none), and how that is known."""
    tokens = found.output_tokens if found else []
    if not found or not tokens:
        return float(most), "at most: max_new_tokens"
    mean = float(np.mean(tokens)) * found.answered / (found.answered + found.failed)
    error = 1.96 * float(np.std(tokens)) / np.sqrt(len(tokens)) / max(1.0, float(np.mean(tokens)))
    return mean, f"measured on {len(tokens)} answers, ± {100 * error:.0f} %"


def _seconds(
    found: ArmPilot | None, left: int, in_flight: int
) -> tuple[float | None, float | None]:
    """Least and greatest wall-clock seconds for the answers that are left."""
    if not found or not found.latency_s:
        return None, None
    each_s = float(np.mean(found.latency_s))
    low = left * each_s / in_flight
    high = left / found.answers_per_s if found.answers_per_s else left * each_s / min(8, in_flight)
    return min(low, high), high
