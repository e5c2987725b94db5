"""What earlier releases of a project told of one suite, and what suites of one release tell of each other.

Suites are held against earlier ones each for itself: else the people of a new suite would hide the few who came to another.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from logminer.errors import ReleaseRefused
from logminer.release.cells import Cell
from logminer.release.drawing import SUITE, USER, WHO
from logminer.release.drawn import ALL, Drawn, JudgedAs
from logminer.release.earlier import People, refuse_few
from logminer.release.ledger import KeptRelease
from logminer.release.pooling import Pooled
from logminer.release.splitting import kept_of

__all__ = ["held_against", "pooled_before", "refuse_near_suites"]

# As many people as are behind a count, once more: whoever came with fewer accounts than that, and with one whom he is after, knows
# of all others what they changed.
TIMES = 2


def held_against(
    drawn: Drawn,
    kept: Sequence[KeptRelease],
    min_users: int,
    contribution: int = 1,
    beside: Sequence[Drawn] = (),
) -> Iterator[KeptRelease]:
    """What earlier releases told of the suite of `drawn`, oldest first.

    Args:
        drawn: one suite.
        kept: earlier releases.
        min_users, contribution: as in `ReleaseOptions`.
        beside: all suites of this release.

    Raises:
        ReleaseRefused: one is too near: by its users, whatever is counted of them; by who is counted, whatever was judged of
            them since; or by what is counted of them. Fewer than twice `min_users` people, of the two that are more, and not
            nobody, differ. Or most were released under another name of the suite, or with another contribution.
    """
    people = frozenset(drawn.digests)
    own = drawn.digests[0][:SUITE]
    there = {own, *(one.digests[0][:SUITE] for one in beside)}
    for release in kept:
        suites = _by_suite(release.people)
        then = suites.get(own, frozenset())
        gone = suites.keys() - there if not _users(then) & _users(people) else ()
        if any(_most_shared(people, suites[suite]) for suite in gone):
            raise ReleaseRefused(
                f"suite {drawn.suite} has most people of a suite of release {release.release_id} of this project that this"
                " release lacks: give it the name that it had then, or release both"
            )
        if not then:
            continue
        promised = release.least // release.contribution
        for upto in (USER, WHO, None):
            before = release._replace(people=frozenset(person[:upto] for person in then))
            now = frozenset(person[:upto] for person in people)
            refuse_few(now, [before], TIMES * max(min_users, promised))
        if release.contribution != contribution and _most_shared(people, then):
            # What was drawn of a person is drawn again among more: the two differ by some prompts of each, and may by few that show
            # something.
            raise ReleaseRefused(
                f"release.contribution is {contribution}, and was {release.contribution} in release {release.release_id} of"
                " this project, which counted most of these people: the two together would tell of few; set it back"
            )
        told = {cell for cell in release.told if cell.at[0][1] == drawn.suite}
        yield kept_of(release, told)._replace(people=then)


def pooled_before(kept: Sequence[KeptRelease], suite: str) -> frozenset[Pooled] | None:
    """What the last release of a suite counted over the same prompts; None: there was none. Its cells and sums say it."""
    for release in reversed(kept):
        cells = list(release.told)
        totals = {cell: named for cell in cells if (named := _total_of(cell, suite))}
        if totals:
            ties = (
                (cells[whole], cells[parts[0]]) for whole, parts in release.sums if len(parts) == 1
            )
            alike = {cell for tie in ties if {*tie} <= totals.keys() for cell in tie}
            return frozenset(totals[cell] for cell in alike)
    return None


def _total_of(cell: Cell, suite: str) -> Pooled | None:
    """What a cell says of how many prompts there are, over all strata; None: it says something else."""
    at = dict(cell.at)
    if (at.get("suite"), at.get("count"), at.get("stratum", ALL)) != (suite, "n", ALL):
        return None
    if "but of" in at:
        return None
    judged = JudgedAs(at["category"], at["channel"], at["scorer"]) if "category" in at else None
    return Pooled(judged, tuple(at["arms"].split(" ")))


def refuse_near_suites(suites: Sequence[Drawn], min_users: int) -> None:
    """See that no suite of a release is a copy of another but for a few people: the two would tell of these.

    Args:
        suites: of one release. Where users of both are unknown, wordings are nobody's.
        min_users: as in `ReleaseOptions`.

    Raises:
        ReleaseRefused: two count most of the same prompts of the same people, and of fewer than twice `min_users`, and not of
            nobody, others.
    """
    for one, other in itertools.combinations(suites, 2):
        mine, theirs = frozenset(one.asked), frozenset(other.asked)
        differ = max(len(mine - theirs), len(theirs - mine))
        if (
            (one.known or other.known)
            and _most_in_both(mine, theirs)
            and 0 < differ < TIMES * min_users
        ):
            raise ReleaseRefused(
                f"suites {one.suite} and {other.suite} ask nearly the same people the same: fewer than {TIMES * min_users} are in"
                " one of them alone, and the two together would tell of them; leave one out of the pipeline file and name that"
                " file"
            )


def _by_suite(people: People) -> Mapping[bytes, People]:
    found = dict[bytes, set[bytes]]()
    for person in people:
        found.setdefault(person[:SUITE], set()).add(person)
    return {suite: frozenset(members) for suite, members in found.items()}


def _users(people: People) -> People:
    return frozenset(person[SUITE:USER] for person in people)


def _most_shared(people: People, then: People) -> bool:
    return _most_in_both(_users(people), _users(then))


def _most_in_both(users: People, others: People) -> bool:
    """Whether more than half of the fewer are."""
    return 2 * len(users & others) > min(len(users), len(others))
