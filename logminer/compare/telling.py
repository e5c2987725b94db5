"""What chains and families show, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from logminer.compare.chain import Brought
from logminer.compare.families import Interaction
from logminer.compare.options import CompareOptions

__all__ = ["pretraining_of", "told", "told_families"]

HALF = 0.5


def pretraining_of(options: CompareOptions) -> str | None:
    """The stage that had nothing but pretraining; None where the chain has none."""
    if options.pretraining is not None:
        return options.pretraining
    first = options.chain[0] if options.chain else ""
    return first if first.lower().startswith("pretrain") else None


def told(rows: Sequence[Brought], pretraining: str | None = None) -> str:
    """A paragraph on what the stages brought: behaviours that changed, those that may not have, and what cannot be said.

    Args:
        rows: see `chain.attribute`; none gives an empty text.
        pretraining: see `pretraining_of`.
    """
    if not rows:
        return ""
    several = len({row.channel for row in rows}) > 1

    def what(row: Brought) -> tuple[str, str, str]:
        return row.category_id, row.channel, row.stratum

    each = [list(stages) for _, stages in groupby(rows, what)]
    few = [stages for stages in each if "few_units" in stages[0].flags]
    never = [s for s in each if s not in few and not any(row.rate for row in s)]
    tested = [s for s in each if s not in few and s not in never]
    stages = each[0]
    way = f"from {stages[0].stage} to {stages[-1].stage}"
    said = [
        f"Of the change in {_change(s, several)} {way}, {_listed(list(_shares(s)))}."
        for s in tested
        if s[-1].share is not None
    ]
    nothing = [_change(s, several) for s in tested if s[-1].share is None]
    if nothing:
        said.append(
            f"There is nothing to attribute {way}, since a whole change of 0 is not ruled out, in {_listed(nothing)}."
        )
    if never:
        said.append(f"No stage is flagged for {_listed([_name(s[0], several) for s in never])}.")
    if few:
        names = _listed([_name(s[0], several) for s in few])
        said.append(f"Nothing is attributed of {names}: too few independent units.")
    said += [_equivalents(s, several) for s in each if s[0].margin is not None]
    if all(s[0].margin is None for s in each):
        said.append("Without a margin no stage is called equivalent to the last.")
    if len(each) > 1 and any(row.share is not None for row in rows):
        said.append(
            f"Each of {len(each)} behaviours is looked at alone: unlike verdicts, what is attributed is not adjusted for their"
            " number."
        )
    said += _limits(rows, pretraining)
    return " ".join(said)


def _limits(rows: Sequence[Brought], pretraining: str | None) -> Iterator[str]:
    first = next(row.stage for row in rows if row.position == 0)
    if pretraining == first:
        yield (
            f"The chain begins at {first}: what pretraining itself brought lies before it, and shows in its rate alone."
        )
    else:
        yield (
            f"The chain has no pretraining checkpoint and begins at {first}: what pretraining and everything before"
            f" {first} brought, it cannot say, nor test that most comes from pretraining and supervised fine-tuning."
        )
    if any(row.scale == "judge" for row in rows):
        yield "Points are on the judge's scale; shares are those on people's scale if it errs alike in all stages."


def _name(row: Brought | Interaction, several: bool) -> str:
    name = row.category_id + (f" ({row.channel})" if several else "")
    return name + (f" on {row.stratum}" if row.stratum != "all" else "")


def _change(stages: Sequence[Brought], several: bool) -> str:
    """A behaviour, and by how much it changed on how many prompts."""
    row = stages[0]
    points = _points(row.change, row.change_low, row.change_high)
    return f"{_name(row, several)} ({points}; {_counted(row)})"


def _counted(row: Brought | Interaction) -> str:
    return f"{row.n_prompts:,} prompts" + (
        f", {row.n_left_out:,} left out" if row.n_left_out else ""
    )


def _shares(stages: Sequence[Brought]) -> Iterator[str]:
    for row in stages[1:]:
        if row.share is None or row.share_low is None or row.share_high is None:
            continue
        most = " (most of it)" if row.share_low > HALF and len(stages) > 2 else ""
        ends = (
            f" [{_percent(row.share_low)}, {_percent(row.share_high)}]" if len(stages) > 2 else ""
        )
        yield f"{row.stage} brought {_percent(row.share)} %{ends}{most}"


def _equivalents(stages: Sequence[Brought], several: bool) -> str:
    """Which stages are equivalent to the last."""
    first, last = stages[0], stages[-1]
    within = f"within {100 * (first.margin or 0.0):g} points"
    if first.margin_ratio is not None:
        within += f" and a ratio of {first.margin_ratio:g}"
    names = [row.stage for row in stages[:-1] if row.equivalent_to_last]
    whose = f"In {_name(first, several)}"
    if not names:
        return f"{whose} no stage is shown to be equivalent to {last.stage} {within}."
    are = "is" if len(names) == 1 else "are"
    return f"{whose} {_listed(names)} {are} equivalent to {last.stage} {within}."


def told_families(rows: Sequence[Interaction]) -> str:
    """A paragraph on whether the differences of families agree; no rows give an empty text."""
    several = len({row.channel for row in rows}) > 1
    never = [row for row in rows if row.margin is None and not any(_rates(row))]
    said = [_agreement(row, several) for row in rows if row not in never]
    if never:
        names = _listed(list(dict.fromkeys(_name(row, several) for row in never)))
        said.append(f"No checkpoint of the families is flagged for {names}.")
    return " ".join(said)


def _rates(row: Interaction) -> tuple[float, ...]:
    return row.base_rate, row.candidate_rate, row.other_base_rate, row.other_candidate_rate


def _agreement(row: Interaction, several: bool) -> str:
    figures = (
        f"{_signed(row.difference)} points in {row.family}, {_signed(row.other_difference)} in {row.other}; interaction"
        f" {_points(row.interaction, row.low, row.high)}; {_counted(row)}"
    )
    names = f"{row.family} and {row.other}"
    if "few_units" in row.flags:
        verdict = "too few independent units for a test"
    elif row.agrees:
        verdict = f"{names} agree within {100 * (row.margin or 0.0):g} points"
    elif row.verdict == "different":
        verdict = f"{names} differ"
    else:
        verdict = f"whether {names} agree is undetermined"
    return f"{_name(row, several)}: {verdict} ({figures})."


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _points(share: float, low: float, high: float) -> str:
    return f"{_signed(share)} points [{_signed(low)}, {_signed(high)}]"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}".replace("-", "−")


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
