"""`logminer export`: a study is written in the form of another tool, restricted, and that it was is recorded."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import StoreError
from logminer.exports.marking import notice
from logminer.exports.reading import Choice, select
from logminer.exports.targets import load_target
from logminer.files.atomic import TEMPORARY, writing
from logminer.process.permissions import OWNER
from logminer.store.handing import handing_out
from logminer.store.layout import StudyFolder

__all__ = ["StudyExport", "export"]

README = "README.md"


class StudyExport(NamedTuple):
    """What was written.

    `files` are by their place below `out`, with the rows of each; `left_out` rows are in none of them, by the reason.
    """

    study: Path
    to: str
    out: Path
    run_id: str  # of its row in `runs`
    files: dict[str, int]
    left_out: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return self._asdict() | {"study": str(self.study), "out": str(self.out)}


def export(study: Path, to: str, out: Path, choice: Choice | None = None) -> StudyExport:
    """Write what a study says into a new folder, for its owner alone, and record it in table `runs`.

    The folder is there whole or not at all. Nothing in it was released: it says so.

    Args:
        study: its folder, or its `study.duckdb`.
        to: one of `targets.TARGETS`.
        out: a folder that does not exist yet, or is empty.
        choice: which checkpoints, categories and scorers; None: all.

    Raises:
        ConfigError: no such target, or the study has nothing of a name that was chosen.
        StoreError: no study, another run holds it, or the folder cannot be written or holds something.
    """
    target, folder = load_target(to), StudyFolder.of(study)
    choice = choice or Choice()
    with writing(out):
        if out.is_symlink():
            raise StoreError(f"{out}: a link; name a new folder with --out, or where it leads to")
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise StoreError(
                f"{out}: is there already, and an export overwrites nothing; remove it or name another with --out"
            )
    place = {"to": to, "out": str(out.absolute()), "choice": choice._asdict()}
    with handing_out(folder, "export", place) as handed, _folder_beside(out) as made:
        written = target.write(select(handed.session, choice), made)
        text = target.card(written) + notice(target.what, target.use)
        with writing(made):
            (made / README).write_text(text, "utf-8")
        handed.done(place | {"files": written.files, "left_out": written.left_out})
        with writing(out):
            os.replace(made, out)
    return StudyExport(folder.root, to, out, handed.run_id, written.files, written.left_out)


@contextlib.contextmanager
def _folder_beside(out: Path) -> Iterator[Path]:
    """A hidden folder for what becomes `out`; what is left of it at the end is removed, and what a killed export left there."""
    made = out.absolute().with_name(f".{out.name}.{uuid.uuid4().hex}{TEMPORARY}")
    left = re.compile(rf"\.{re.escape(out.name)}\.[0-9a-f]{{32}}{re.escape(TEMPORARY)}")
    with writing(out):
        for beside in made.parent.iterdir() if made.parent.is_dir() else ():
            if left.fullmatch(beside.name) and not beside.is_symlink():
                shutil.rmtree(beside, ignore_errors=True)
        made.mkdir(OWNER.folder, parents=True)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
