"""Votes on a disk that is full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from logminer.scorers.autorater.cache import VoteCache

PROGRAM = """
import resource
import signal
import sys
from pathlib import Path
from logminer.errors import StoreError
from logminer.scorers.autorater.cache import VoteCache
from logminer.scorers.autorater.votes import Vote
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
votes = VoteCache(Path(sys.argv[1]), "judge")
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    for number in range(10_000):
        votes.keep("ab", number, Vote(1))
except StoreError as error:
    print(number, error)
"""


def test_a_full_disk_is_said_to_be_and_what_was_said_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "votes.sqlite"
    command = [sys.executable, "-c", PROGRAM, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    number, _, said = done.partition(" ")
    assert f"disk is full: free some space on {tmp_path} and run again" in said
    assert len(VoteCache(file, "judge").find(["ab"])) == int(number) > 0
