"""What earlier releases of a project told of one suite. Suites are held against earlier ones each for itself: else the people of a
new suite would hide the few who came to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logminer.release.drawing import SUITE, WHO
from logminer.release.drawn import Drawn
from logminer.release.earlier import refuse_few
from logminer.release.ledger import KeptRelease
from logminer.release.splitting import kept_of

__all__ = ["held_against"]

# As many people as are behind a count, once more: whoever came with fewer accounts than that, and with one whom he is after, knows
# of all others what they changed.
TIMES = 2


def held_against(
    drawn: Drawn, kept: Sequence[KeptRelease], min_users: int
) -> Iterator[KeptRelease]:
    """What earlier releases told of the suite of `drawn`, oldest first.

    Raises:
        ReleaseRefused: one is too near: by who is counted, whatever was judged of them since, or by what is counted of them.
            Fewer than twice `min_users` people, and not nobody, differ.
    """
    people = frozenset(drawn.digests)
    of_suite = {person[:SUITE] for person in people}
    for release in kept:
        then = frozenset(person for person in release.people if person[:SUITE] in of_suite)
        if not then:
            continue
        for upto in (WHO, None):
            before = release._replace(people=frozenset(person[:upto] for person in then))
            now = frozenset(person[:upto] for person in people)
            refuse_few(now, [before], TIMES * min_users)
        told = {cell for cell in release.told if cell.at[0][1] == drawn.suite}
        yield kept_of(release, told)._replace(people=then)
