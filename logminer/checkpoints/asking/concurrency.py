"""How many requests to have in flight: more while that brings more answers, fewer when the server is overloaded.

Three rules, each looked at once a round (a round is twice as many answers as requests in flight):

- *Discover*: double until doubling no longer brings a fifth more answers a second, or the most allowed is reached. The
  server's slots are then full, and a longer queue would only make everyone wait. Looked at anew from time to time.
- *Hold*: one more a round.
- *Yield*: take off half the share of requests that the server turned away for load (429, 503, time-outs), smoothed.
  This is what DCTCP does with marked packets: a few do not halve the throughput, many do.

Source: Alizadeh et al. 2010, "Data Center TCP (DCTCP)", SIGCOMM; slow start after Jacobson 1988.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["AdaptiveLimit"]

FIRST = 8
LEAST_ROUND = 32  # answers
GAIN = 1.2  # what doubling must bring
SLACK = 1.25  # over what filled the server, so that no slot waits for the next request
REDISCOVER = 32  # rounds
MEMORY = 0.25  # weight of the last round in the smoothed share of overload


class AdaptiveLimit:
    """Fed with the end of each request; `limit` says how many may be in flight. Not thread-safe.

    Args:
        most: never more in flight than this, ≥ 1.
        clock: seconds, monotonic.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._limit = float(min(FIRST, most))
        self._ceiling = float(most)
        self._discovering = True
        self._slack = SLACK
        self._before: tuple[float, float] | None = (
            None  # limit and answers a second before doubling
        )
        self._overload = 0.0
        self._rounds = 0  # since the last discovery
        self._begin()

    @property
    def limit(self) -> int:
        """Requests that may be in flight now, from 1 to `most`."""
        return max(1, int(self._limit))

    def _begin(self) -> None:
        self._started = self._clock()
        self._ended = self._answered = self._turned_away = 0
        self._idle = False

    def idle(self) -> None:
        """A slot was free and nothing waited for it: this round says nothing of what the server can bear."""
        self._idle = True

    def ended(self, *, answered: bool, overloaded: bool) -> None:
        """A request ended: with an answer, turned away for load, or otherwise (neither)."""
        self._ended += 1
        self._answered += answered
        self._turned_away += overloaded
        if self._ended >= max(LEAST_ROUND, 2 * self.limit):
            self._adjust()
            self._begin()

    def _adjust(self) -> None:
        share = self._turned_away / self._ended
        self._overload += MEMORY * (share - self._overload)
        rate = self._answered / max(self._clock() - self._started, 1e-9)
        if self._discovering:
            if not self._idle:
                self._discover(rate)
            return
        self._rounds += 1
        if share:
            self._limit *= 1 - self._overload / 2
        if not self._idle:
            self._limit += 1 if share else max(1.0, self._limit / 16)
        self._limit = min(max(self._limit, 1.0), self._ceiling)
        if self._rounds >= REDISCOVER and not share and self._limit < self._most:
            self._discovering, self._before, self._rounds = True, None, 0
            self._ceiling = float(self._most)

    def _discover(self, rate: float) -> None:
        if self._before and rate < GAIN * self._before[1]:
            self._settle(min(self._most, self._slack * self._before[0]))
        elif self._limit >= self._most:
            self._settle(self._most)
        else:
            self._before = (self._limit, rate)
            self._limit = min(float(self._most), 2 * self._limit)

    def _settle(self, limit: float) -> None:
        self._limit = self._ceiling = float(limit)
        self._discovering, self._rounds = False, 0
        self._slack = (
            1.0  # it is in the limit now; another discovery that finds nothing goes back to it
        )
