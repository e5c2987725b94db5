"""Names for groups of texts: of their phrases, or of a category that most of them show; or no name, where none is good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from logminer.clusters.terms import TermProfile

__all__ = ["NO_NAME", "Name", "NameSource", "Tally", "cluster_name", "keyphrase_name"]

NameSource = Literal["keyphrases", "category", "namer", "none"]

PARTS = 3  # of a name
LEAST_SHARE = 0.08  # of a group's texts that hold a part of its name
LEAST_LIFT = 2.0  # that share over the one in other groups
NAMED = 0.2  # of a group's texts that hold a part of its name, at least
MARKED = 0.45  # of them that hold any of its terms
CATEGORY_SHARE = 0.6  # of the judged texts that show what a group is named by
CATEGORY_LIFT = 1.5  # that share over the one of all texts
FEWEST_JUDGED = 5  # texts
WITH_CATEGORY = 2  # phrases beside the category


class Name(NamedTuple):
    """What a group is called, and where that comes from; `by` says which namer. Without a text there is no good name."""

    text: str | None
    source: NameSource
    by: str | None = None


NO_NAME = Name(None, "none")


class Tally(NamedTuple):
    """How many texts were judged for a category, and how many show it."""

    yes: int
    judged: int

    @property
    def rate(self) -> float:
        """In [0, 1]; 0 where none was judged."""
        return self.yes / self.judged if self.judged else 0.0

    def plus(self, other: Tally | None) -> Tally:
        """Of the texts of both."""
        return Tally(self.yes + other.yes, self.judged + other.judged) if other else self


def cluster_name(
    profile: TermProfile, shown: Mapping[str, Tally], overall: Mapping[str, Tally]
) -> Name:
    """The category that three in five of a cluster's texts show, with its phrases; else its phrases; else no name.

    Args:
        profile: what its texts say.
        shown: its texts that were judged, by the title of each category.
        overall: likewise all texts; a category that they show nearly as often names nothing.
    """
    phrases = _parts(profile)
    fitting = {
        title: tally.rate
        for title, tally in shown.items()
        if tally.judged >= FEWEST_JUDGED
        and tally.rate >= max(CATEGORY_SHARE, CATEGORY_LIFT * overall[title].rate)
    }
    if fitting:
        title = max(fitting, key=lambda name: (fitting[name] / overall[name].rate, name))
        beside = ", ".join(phrases[:WITH_CATEGORY])
        return Name(f"{title}: {beside}" if beside else title, "category")
    return keyphrase_name(profile)


def keyphrase_name(profile: TermProfile) -> Name:
    """Up to three of its phrases, if these are said in a third of the texts and seldom elsewhere."""
    parts = _parts(profile)
    return Name(", ".join(parts), "keyphrases") if parts else NO_NAME


def _parts(profile: TermProfile) -> list[str]:
    """Phrases that make a good name; empty: they make none."""
    marking = [place for place, lift in enumerate(profile.lifts) if lift >= LEAST_LIFT]
    good = [place for place in marking if profile.shares[profile.terms[place]] >= LEAST_SHARE]
    named = good[:PARTS]
    if profile.coverage(named) < NAMED or profile.coverage(marking) < MARKED:
        return []
    return [profile.written[place] for place in named]
