"""What a differentially private release asks, and of whom: each person counts in a few cells, all tables together.

What is asked is public: each behaviour of each compared pair, and of each arm that is in no pair. Which questions a person is
put to hangs on a keyed hash of that person and on nobody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.release.cells import Counts
from logminer.release.drawn import MISSING, YES, Drawn, JudgedAs

__all__ = ["PrivateQuestion", "people_counted", "questions"]

Mask = NDArray[np.bool_]
Numbers = NDArray[np.uint64]
AT_ONCE = 4096  # users whose questions are drawn together
NEVER = np.uint64(2**64 - 1)


class PrivateQuestion(NamedTuple):
    """One behaviour in one or two arms; `study` is its place among those of the release."""

    study: int
    suite: str
    arms: tuple[str, ...]
    judged: JudgedAs

    @property
    def cells(self) -> int:
        """Yes and no of one arm; of two both, base only, candidate only, neither."""
        return 1 << len(self.arms)


def questions(studies: Sequence[Drawn]) -> list[PrivateQuestion]:
    """All that a private release asks."""
    return [
        PrivateQuestion(study, drawn.suite, arms, judged)
        for study, drawn in enumerate(studies)
        for arms in (*drawn.pairs, *_alone(drawn))
        for judged in drawn.labels
    ]


def people_counted(
    studies: Sequence[Drawn], asked: Sequence[PrivateQuestion], contribution: int
) -> list[Counts]:
    """For each question the people in each of its cells, exact.

    A person is put to `contribution` of the questions about the studies that he or she is in. Where a person has several
    prompts, each question draws one; where nobody says how an arm answered it, the person counts nowhere.
    """
    numbers = {u: k for k, u in enumerate(dict.fromkeys(u for d in studies for u in d.users))}
    there = np.zeros((len(numbers), len(studies)), bool)
    of_study = [np.array([numbers[user] for user in drawn.users], np.int64) for drawn in studies]
    for study, mine in enumerate(of_study):
        there[mine, study] = True
    users = _numbers(list(numbers))
    named = _numbers([_name(question) for question in asked])
    chosen = _chosen(users, named, there[:, [q.study for q in asked]], contribution)
    own = [_Own.of(drawn.people) for drawn in studies]
    found = []
    for place, question in enumerate(asked):
        mine = of_study[question.study]
        people = np.flatnonzero(chosen[mine, place])
        prompts = own[question.study].one_of(people, _mixed(~(users[mine[people]] ^ named[place])))
        labels = studies[question.study].labels[question.judged]
        found.append(_cells([labels[arm][prompts] for arm in question.arms]))
    return found


class _Own(NamedTuple):
    """Prompts by person: those of person k are `places[begins[k] : begins[k] + counts[k]]`."""

    places: Counts
    begins: Counts
    counts: Counts

    @classmethod
    def of(cls, people: Counts) -> _Own:
        counts = np.bincount(people)
        return cls(np.argsort(people, kind="stable"), np.cumsum(counts) - counts, counts)

    def one_of(self, people: Counts, random: Numbers) -> Counts:
        """Of each of these people one."""
        counts = self.counts[people].astype(np.uint64)
        return self.places[self.begins[people] + (random % counts).astype(np.int64)]


def _alone(drawn: Drawn) -> list[tuple[str]]:
    paired = {arm for pair in drawn.pairs for arm in pair}
    return [(arm,) for arm in drawn.arms if arm not in paired]


def _name(question: PrivateQuestion) -> bytes:
    return "\0".join((question.suite, *question.arms, *question.judged)).encode()


def _chosen(users: Numbers, asked: Numbers, there: Mask, contribution: int) -> Mask:
    """[users, questions] the `contribution` that come first in an order of the user's own, of those where the user is `there`."""
    chosen = np.zeros(there.shape, bool)
    if contribution >= len(asked):
        return there
    for begin in range(0, len(users), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        order = _mixed(users[some, None] ^ asked)
        order[~there[some]] = NEVER
        first = np.argpartition(order, contribution - 1, axis=1)[:, :contribution]
        np.put_along_axis(chosen[some], first, True, axis=1)
    return chosen & there


def _numbers(names: Sequence[bytes]) -> Numbers:
    hashes = b"".join(hashlib.blake2b(name, digest_size=8).digest() for name in names)
    return np.frombuffer(hashes, np.uint64)


def _mixed(numbers: Numbers) -> Numbers:
    """Numbers that look drawn anew: the last step of SplitMix64 (Steele, Lea & Flood 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _cells(labels: Sequence[NDArray[np.int8]]) -> Counts:
    """People by what each arm did, in the order of `PrivateQuestion.cells`."""
    judged = np.logical_and.reduce([arm != MISSING for arm in labels])
    codes = np.zeros(np.count_nonzero(judged), np.int64)
    for arm in labels:
        codes = 2 * codes + (arm[judged] != YES)
    return np.bincount(codes, minlength=1 << len(labels))
