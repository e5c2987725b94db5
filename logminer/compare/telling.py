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


def told(rows: Sequence[Brought], pretraining: str | None = None, gone: Sequence[str] = ()) -> str:
    """A paragraph on what the stages brought: a sentence for each behaviour and stratum, and what the chain cannot say.

    Args:
        rows: see `chain.attribute`; none gives an empty text.
        pretraining: see `pretraining_of`.
        gone: stages of the chain as it is declared that have no answers.

    What no margin was declared for, and that no stage showed or of which nothing can be attributed, is named together.
    """
    if not rows:
        return ""
    several = len({row.channel for row in rows}) > 1

    def what(row: Brought) -> tuple[str, str, str]:
        return row.category_id, row.channel, row.stratum

    behaviours = [list(stages) for _, stages in groupby(rows, what)]
    said: list[str] = []
    nothing, never, bare = list[str](), list[str](), list[str]()
    for stages in behaviours:
        name = _name(stages[0], several)
        if stages[0].margin is not None:
            said.append(_behaviour(stages, several))
            continue
        if not any(row.rate for row in stages):
            never.append(name)
            continue
        bare.append(name)
        if stages[-1].share is None and "few_units" not in stages[0].flags:
            nothing.append(f"{name} ({_change(stages[0])})")
        else:
            said.append(_behaviour(stages, several))
    ends = f"from {rows[0].stage} to {rows[-1].stage}"
    if nothing:
        said.append(
            f"There is nothing to attribute {ends}, as a whole change of 0 is not ruled out, in {_listed(nothing)}."
        )
    if bare:
        said.append(
            f"Without a margin no stage is called equivalent to {rows[-1].stage}: {_listed(bare)}."
        )
    if never:
        said.append(f"Never seen in any stage: {_listed(never)}.")
    if gone:
        said.append(
            f"Without answers to this, and so left out of the chain: {_listed(list(gone))}; what such a stage brought"
            " counts as brought by the next one that is there."
        )
    if len(behaviours) > 1 and any(row.share is not None for row in rows):
        said.append(
            f"Each of {len(behaviours)} behaviours is looked at alone: unlike verdicts, what is attributed is not adjusted for"
            " their number."
        )
    first = next(row.stage for row in rows if row.position == 0)
    if pretraining == first:
        said.append(
            f"The chain begins at {first}: what pretraining itself brought lies before it, and shows in its rate alone."
        )
    else:
        said.append(
            f"The chain has no pretraining checkpoint and begins at {first}: what pretraining and everything before"
            f" {first} brought, it cannot say, nor test that most comes from pretraining and supervised fine-tuning."
        )
    if any(row.scale == "judge" for row in rows):
        said.append(
            "Points are on the judge's scale; shares are those on people's scale if it errs alike in all stages."
        )
    return " ".join(said)


def _behaviour(stages: Sequence[Brought], several: bool) -> str:
    first, last = stages[0], stages[-1]
    change = f"{_name(first, several)} from {first.stage} to {last.stage} ({_change(first)})"
    if "few_units" in first.flags:
        return f"Of the change in {change}, nothing is attributed: too few independent units."
    if last.share is None:
        text = f"There is nothing to attribute in {change}: a whole change of 0 is not ruled out"
    else:
        text = f"Of the change in {change}, {_listed(list(_shares(stages)))}"
    return f"{text}{_equivalents(stages)}."


def _change(row: Brought) -> str:
    left_out = f", {row.n_left_out:,} left out" if row.n_left_out else ""
    points = _points(row.change, row.change_low, row.change_high)
    return f"{points}; {row.n_prompts:,} prompts{left_out}"


def _shares(stages: Sequence[Brought]) -> Iterator[str]:
    for row in stages[1:]:
        if row.share is None or row.share_low is None or row.share_high is None:
            continue
        most = " (most of it)" if row.share_low > HALF and len(stages) > 2 else ""
        ends = (
            f" [{_percent(row.share_low)}, {_percent(row.share_high)}]" if len(stages) > 2 else ""
        )
        yield f"{row.stage} brought {_percent(row.share)} %{ends}{most}"


def _equivalents(stages: Sequence[Brought]) -> str:
    """Which stages are equivalent to the last; nothing without a margin."""
    last, margin = stages[-1], stages[0].margin
    if margin is None:
        return ""
    within = f"within {100 * margin:g} points"
    if stages[0].margin_ratio is not None:
        within += f" and a ratio of {stages[0].margin_ratio:g}"
    names = [row.stage for row in stages[:-1] if row.equivalent_to_last]
    if not names:
        return f"; no stage is shown to be equivalent to {last.stage} {within}"
    are = "is" if len(names) == 1 else "are"
    return f"; {_listed(names)} {are} equivalent to {last.stage} {within}"


def told_families(rows: Sequence[Interaction]) -> str:
    """A paragraph on whether the differences of families agree: a sentence for each row; none gives an empty text."""
    several = len({row.channel for row in rows}) > 1
    said = []
    for (family, other), mine in groupby(rows, lambda row: (row.family, row.other)):
        still = []
        for row in mine:
            if row.margin is None and row.p is not None and not _varies(row):
                still.append(_name(row, several))
            else:
                said.append(_agreement(row, several))
        if still:
            said.append(
                f"{_listed(still)}: no difference was seen in {family} or {other}, and no margin was declared."
            )
    return " ".join(said)


def _varies(row: Interaction) -> bool:
    return bool(row.difference or row.other_difference)


def _name(row: Brought | Interaction, several: bool) -> str:
    name = row.category_id + (f" ({row.channel})" if several else "")
    return name + (f" on {row.stratum}" if row.stratum != "all" else "")


def _agreement(row: Interaction, several: bool) -> str:
    figures = (
        f"{_signed(row.difference)} points in {row.family}, {_signed(row.other_difference)} in {row.other}; interaction"
        f" {_points(row.interaction, row.low, row.high)}; {row.n_prompts:,} prompts"
    )
    figures += f", {row.n_left_out:,} left out" if row.n_left_out else ""
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
