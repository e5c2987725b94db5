"""What earlier releases of a project told of one suite. Suites are held against earlier ones each for itself: else the people of a
new suite would hide the few who came to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from logminer.errors import ReleaseRefused
from logminer.release.drawing import SUITE, USER, WHO
from logminer.release.drawn import Drawn
from logminer.release.earlier import People, refuse_few
from logminer.release.ledger import KeptRelease
from logminer.release.splitting import kept_of

__all__ = ["held_against"]

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
            them since; or by what is counted of them. Fewer than twice `min_users` people, and not nobody, differ. Or most
            were released under another name of the suite, or with another contribution.
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
        for upto in (USER, WHO, None):
            before = release._replace(people=frozenset(person[:upto] for person in then))
            now = frozenset(person[:upto] for person in people)
            refuse_few(now, [before], TIMES * min_users)
        if release.contribution != contribution and _most_shared(people, then):
            # What was drawn of a person is drawn again among more: the two differ by some prompts of each, and may by few that show
            # something.
            raise ReleaseRefused(
                f"release.contribution is {contribution}, and was {release.contribution} in release {release.release_id} of"
                " this project, which counted most of these people: the two together would tell of few; set it back"
            )
        told = {cell for cell in release.told if cell.at[0][1] == drawn.suite}
        yield kept_of(release, told)._replace(people=then)


def _by_suite(people: People) -> Mapping[bytes, People]:
    found = dict[bytes, set[bytes]]()
    for person in people:
        found.setdefault(person[:SUITE], set()).add(person)
    return {suite: frozenset(members) for suite, members in found.items()}


def _users(people: People) -> People:
    return frozenset(person[SUITE:USER] for person in people)


def _most_shared(people: People, then: People) -> bool:
    """Whether more than half of the fewer are in both."""
    users, before = _users(people), _users(then)
    return 2 * len(users & before) > min(len(users), len(before))
