"""Other programs that have a database open: real processes, which are told what to do and killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Self

__all__ = ["Analyst"]

PROGRAM = """
import sys
import duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "True")
for line in sys.stdin:
    print(connection.execute(line).fetchall() or "done", flush=True)
"""


class Analyst:
    """A session in a process of its own."""

    def __init__(self, database: Path, *statements: str, read_only: bool = False) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(database), str(read_only)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for statement in statements or ("SELECT 1",):
            self.say(statement)

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, statement: str) -> str:
        """What came of it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(statement + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer, statement
        return answer

    def kill(self) -> None:
        """As it is, with nothing put away."""
        self._process.kill()
        self._process.communicate()

    def leave(self) -> None:
        """In good order: DuckDB folds what was changed into the file."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
