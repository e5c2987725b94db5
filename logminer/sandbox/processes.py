"""What the system says of processes below one: which they are, what they took. Nothing is known where there is no Linux.

The launcher imports this file: see `wire`.
"""

from __future__ import annotations

import os
import time

__all__ = ["Usage", "children", "own_s", "runs", "usage"]

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Processes that a process started, or was given because their parents are gone, the oldest first."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(child) for child in file.read().split()]
    except OSError:
        pass  # it has ended
    return found


class Usage:
    """What the processes below one take now.

    Attributes:
        pids: of all of them, each before those that it started.
        resident_bytes: of all together; what they share counts for each.
        own_s: CPU seconds of each one that runs.
        ended_s: CPU seconds of those that ended, in steps of a clock tick; those of which nobody took the status are not known.
        ended_faults: page faults of those, of which every process has some.
    """

    __slots__ = ("ended_faults", "ended_s", "own_s", "pids", "resident_bytes")

    def __init__(self) -> None:
        self.pids: list[int] = []
        self.resident_bytes = 0
        self.own_s = 0.0
        self.ended_s = 0.0
        self.ended_faults = 0

    def add(self, pid: int) -> int:
        """What a process has outlived; its own resident pages."""
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                # After the name, which may hold anything: state, parent … as proc(5) numbers them from 3.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            return 0  # it has ended
        self.ended_faults += int(fields[8])
        self.ended_s += (int(fields[13]) + int(fields[14])) * _TICK_S
        return int(fields[21])


def usage(root: int) -> Usage:
    """Of what is below a process, and of what it has outlived."""
    found = Usage()
    found.add(root)
    waiting = children(root)
    while waiting:
        pid = waiting.pop(0)
        found.pids.append(pid)
        found.resident_bytes += found.add(pid) * _PAGE_BYTES
        found.own_s += own_s(pid)
        waiting += children(pid)
    return found


def runs(pid: int) -> bool:
    """Whether one of its threads is at work, or waits for a processor."""
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/stat", "rb") as file:
                if file.read().rpartition(b")")[2].split()[0] == b"R":
                    return True
    except OSError:
        pass  # it has ended
    return False


def own_s(pid: int) -> float:
    """CPU seconds of a process and its threads so far; 0: it is gone. Exact where none of them `runs`, else to a timer's tick."""
    try:
        # The kernel's number of a process' CPU clock: include/linux/posix-timers_types.h, CPUCLOCK_SCHED.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0
