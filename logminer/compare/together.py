"""Several checkpoints on the same prompts: what each of them shows of a behaviour where all were asked and judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.cards import Truth, taken_as_true
from logminer.compare.comparing import FEWEST_UNITS
from logminer.compare.declared import Declared, read_declared
from logminer.compare.effect import Effect, effect_on
from logminer.compare.flags import Flag
from logminer.compare.groups import ArmRates, Group, Side, category_groups, scorers_of
from logminer.compare.options import CompareOptions, Margin
from logminer.compare.prompts import Codes, ComparedPrompts, Floats, Mask, read_prompts
from logminer.store.session import Session

__all__ = ["Behaviour", "Together", "adjusted", "judged_together", "read_together"]

Key = tuple[str, str]  # category, channel


class Behaviour(NamedTuple):
    """One category in one channel, by its primary scorer, of several arms; of all prompts by number.

    `asked` are prompts whose answers are due a judgement in every arm, `due` responses that are by arm.
    """

    category_id: str
    channel: str
    scorer: str
    late: bool
    rates: tuple[ArmRates, ...]
    due: tuple[Codes, ...]
    asked: Codes

    @property
    def judged(self) -> Codes:
        """Those of `asked` that have a judgement in every arm."""
        known = ~np.isnan([arm.rates[self.asked] for arm in self.rates]).any(axis=0)
        return self.asked[known]

    def within(self, mask: Mask) -> Behaviour:
        """The same on the prompts of a mask."""
        due = tuple(np.where(mask, arm, 0) for arm in self.due)
        return self._replace(asked=self.asked[mask[self.asked]], due=due)

    def left_out(self) -> int:
        """Prompts with an answer that is due a judgement in some arm, and not judged in all."""
        return int(np.any([arm > 0 for arm in self.due], axis=0).sum()) - len(self.judged)

    def pair(self, base: int, candidate: int) -> Group:
        """Two of the arms, by their places, as they are compared elsewhere."""
        keys = {
            "kind": "category",
            "category_id": self.category_id,
            "scorer": self.scorer,
            "channel": self.channel,
        }
        due = self.due[base], self.due[candidate]
        return Group(keys, self.asked, self.rates[base], self.rates[candidate], due)


class Together(NamedTuple):
    """The study as several arms at a time ask of it; `true`: scorer, category and channel → whose labels."""

    session: Session
    options: CompareOptions
    prompts: ComparedPrompts
    declared: Declared
    true: Mapping[tuple[str, str, str], Truth]
    found: Collection[str]

    def effect(self, base: Floats, candidate: Floats, prompts: Codes) -> Effect:
        """Of [n] rates on the prompts of these numbers, as `comparisons` has it."""
        return effect_on(self.prompts, prompts, base, candidate, self.options)

    def margin(self, behaviour: Behaviour) -> Margin | None:
        """The declared one."""
        return self.options.margins.get(behaviour.category_id)

    def flags(self, behaviour: Behaviour, found: Effect) -> set[Flag]:
        """What speaks against everything that is said of a behaviour; `found` is on the prompts that it is said of."""
        flags: set[Flag] = set()
        if behaviour.category_id in self.found:
            flags.add("found")
        if behaviour.late:
            flags.add("primary_late")
        if behaviour.category_id in self.declared.late_margins and self.margin(behaviour):
            flags.add("late_margin")
        if found.n_effective < FEWEST_UNITS:
            flags.add("few_units")
        return flags

    def scale(self, behaviour: Behaviour) -> str:
        """`people`, `environment` or `judge`."""
        key = behaviour.scorer, behaviour.category_id, behaviour.channel
        return self.true.get(key, "judge")


def read_together(session: Session, options: CompareOptions) -> Together:
    """What does not hang on the arms."""
    found = {id_ for (id_,) in session.rows("SELECT category_id FROM categories WHERE found")}
    return Together(
        session,
        options,
        read_prompts(session, options),
        read_declared(session, options),
        taken_as_true(session),
        found,
    )


def judged_together(study: Together, arms: Sequence[str]) -> Iterator[Behaviour]:
    """Every category × channel that a scorer judged in all `arms` (two or more), by the one of these that has the verdict.

    Categories that a model proposed are on the users who were not used to find them. In the order of ids.
    """
    first, *others = arms
    each = [scorers_of(study.session, first, other) for other in others]
    primary: dict[Key, tuple[str, bool]] = {}
    for key in set.intersection(*(set(one) for one in each)):
        if common := set.intersection(*(set(one[key]) for one in each)):
            primary[key] = study.declared.primary(key[0], common)
    behaviours: list[Behaviour] = []
    for scorer in sorted({scorer for scorer, _ in primary.values()}):
        groups: dict[Key, list[Group]] = {}
        for other in others:
            for group in category_groups(
                study.session, study.prompts, scorer, Side(first), Side(other)
            ):
                key = group.keys["category_id"], group.keys["channel"]
                if primary.get(key, ("", False))[0] == scorer:
                    groups.setdefault(key, []).append(group)
        behaviours += [
            _behaviour(study, key, primary[key], of_key)
            for key, of_key in groups.items()
            if len(of_key) == len(others)
        ]
    yield from sorted(behaviours, key=lambda one: (one.category_id, one.channel))


def _behaviour(
    study: Together, key: Key, primary: tuple[str, bool], groups: Sequence[Group]
) -> Behaviour:
    of_pairs = [group.due for group in groups if group.due is not None]
    due = (of_pairs[0][0], *(pair[1] for pair in of_pairs))
    rates = (groups[0].base, *(group.candidate for group in groups))
    asked = np.flatnonzero(np.all([arm > 0 for arm in due], axis=0))
    found = Behaviour(*key, *primary, rates, due, asked)
    return found.within(study.prompts.inference) if key[0] in study.found else found


def adjusted(rows: Sequence[tuple[str, float | None]]) -> list[float | None]:
    """p of hypotheses adjusted as those of equivalence in `comparisons`: families by their name, here the category.

    Args:
        rows: family and p; None: no test.
    """
    families: dict[str, list[int]] = {}
    for place, (family, p) in enumerate(rows):
        if p is not None:
            families.setdefault(family, []).append(place)
    found = stats.tree_q_values({f: [rows[i][1] or 0.0 for i in ps] for f, ps in families.items()})
    q: list[float | None] = [None] * len(rows)
    for family, places in families.items():
        for place, value in zip(places, found[family].tolist(), strict=True):
            q[place] = min(value, 1.0)
    return q
