"""What a run would cost and what it could find, before it is run: tokens, time, money, detectable differences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from logminer.pipeline.holding import lock_journey
from logminer.pipeline.journey import Journey
from logminer.pipeline.reporter import Quiet, Reporter
from logminer.planning.cost import ArmPlan, arm_plan
from logminer.planning.pilot import Pilot, run_pilot
from logminer.planning.power import (
    ICC,
    Detectable,
    Looked,
    Smaller,
    design_effect,
    detectable,
    smaller,
)
from logminer.process.memory import no_core_file
from logminer.process.stopping import interruptible
from logminer.sampling import census
from logminer.sampling.census import Totals
from logminer.store.leftovers import sweep_study
from logminer.taxonomy.tree import channels_of

__all__ = ["Plan", "plan"]


class Plan(NamedTuple):
    """Everything that can be told beforehand."""

    rows: int
    conversations: int  # of the rows, those that can be read and are in a language that is taken in
    prompts: int  # that would be asked
    users: int  # conversations that name none count as users of their own
    design_effect: float
    checkpoints: list[ArmPlan]
    anonymise_s: float | None  # of the whole dump, by all workers together; null without a pilot
    detectable: list[Detectable]
    smaller: list[Smaller]
    pilot_prompts: int
    judge_requests: dict[
        str, int
    ]  # of each autorater, at most; its judges are not asked in a pilot
    currency: str
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        data = self._asdict()
        for name in ("checkpoints", "detectable", "smaller"):
            data[name] = [row._asdict() for row in data[name]]
        return data


def plan(
    journey: Journey,
    *,
    requests: int = 512,
    seconds: float = 60.0,
    reporter: Reporter | None = None,
) -> Plan:
    """Count the dump, take a few prompts the whole way, and reckon.

    What checkpoints answer in the pilot is kept in the study, where the run finds it.

    Args:
        journey: what would be run.
        requests: prompts of the pilot at most; 0 asks nobody, and everything is estimated.
        seconds: of each checkpoint, after which its pilot begins no further round.
        reporter: told of the progress.

    Raises:
        LogminerError: the pipeline would not run; a checkpoint that answers nobody; one that is not there is a note.
        KeyboardInterrupt: ^C.
    """
    reporter = reporter or Quiet()
    file, pseudonyms = journey.file, journey.pseudonyms
    file.anonymise.require_model()
    no_core_file()
    counted = census.count(file.source, file.anonymise, file.prompts.turns, pseudonyms)
    totals = census.take_totals(counted, journey.draw, requests, pseudonyms, file.compare.strata)
    pilot = None
    with lock_journey(journey), interruptible(reporter.say):
        sweep_study(journey.folder)
        if totals.chosen:
            asked = "; nobody acts in it" if file.acting else ""
            reporter.say(f"pilot: up to {len(totals.chosen):,} prompts, drawn by chance{asked}")
            pilot = run_pilot(journey, totals.chosen, seconds, reporter.heard)
        arms = [arm_plan(journey, arm, totals, pilot) for arm in journey.arms if arm.asked.kin]
    effect = design_effect(totals.user_prompts)
    looked = _looked(journey, totals)
    judge_requests = dict(_judge_requests(journey, totals))
    return Plan(
        rows=journey.dump.rows,
        conversations=totals.conversations,
        prompts=totals.prompts,
        users=len(totals.user_prompts),
        design_effect=effect,
        checkpoints=arms,
        anonymise_s=_anonymise_s(file.workers, totals, pilot),
        detectable=detectable(file.compare, looked, totals.prompts, effect, pilot, journey.primary),
        smaller=smaller(totals.prompts, effect, arms, file.compare.alpha, looked),
        pilot_prompts=pilot.prompts if pilot else 0,
        judge_requests=judge_requests,
        currency=file.plan.currency,
        notes=[*journey.notes, *_notes(totals, effect, pilot), *_judge_notes(judge_requests)],
    )


def _looked(journey: Journey, totals: Totals) -> Looked:
    channels = {
        node.category.id: len(channels_of(node.category))
        for node in journey.taxonomy.nodes()
        if node.category.id in journey.primary and not node.category.is_found
    }
    return Looked(len(journey.pairs), totals.strata, channels)


def _anonymise_s(workers: int, totals: Totals, pilot: Pilot | None) -> float | None:
    if pilot is None or not pilot.prompts:
        return None
    each_s = pilot.anonymise_s / pilot.prompts
    return each_s * totals.conversations / max(1, workers)


def _judge_requests(journey: Journey, totals: Totals) -> Iterator[tuple[str, int]]:
    """As many as if every response had thoughts and no two texts were the same; asking once more is not counted."""
    samples = sum(arm.samples for arm in journey.arms)
    for scorer, _ in journey.raters:
        categories = scorer.categories(journey.taxonomy)
        channels = sum(len(channels_of(category)) for category in categories)
        votes = scorer.votes * len(scorer.panel)
        each = channels * votes * (1 + scorer.canaries)
        yield scorer.name, math.ceil(totals.prompts * samples * each)


def _judge_notes(requests: dict[str, int]) -> Iterator[str]:
    for scorer, n in requests.items():
        yield (
            f"scorer {scorer} asks its judges up to {n:,} times (responses × categories and channels × votes × judges, and"
            " canaries); they are not asked here"
        )


def _notes(totals: Totals, effect: float, pilot: Pilot | None) -> Iterator[str]:
    for reason in (pilot.unreachable if pilot else {}).values():
        yield f"not asked: {reason}; what is said of it is estimated"
    yield from pilot.failures if pilot else ()
    if pilot is None:
        yield "no pilot: tokens and time are estimated; --requests asks a few prompts"
    if effect > 1.005:
        yield (
            f"{len(totals.user_prompts):,} users ask {totals.prompts:,} prompts: differences are reckoned with a design"
            f" effect of {effect:.2f} (assumed: two prompts of one user correlate by {ICC})"
        )
