"""Taking away what the studies of a pipeline hold and it does not need: its own, and those of its suites."""

from __future__ import annotations

import shutil
from pathlib import Path

from logminer.files.places import all_below
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.journey import prepare
from logminer.run.pruning import Pruned, Unneeded, prune
from logminer.store.layout import SUITES, StudyFolder
from logminer.store.lock import lock_study
from logminer.store.parts import files_of_stages
from logminer.suites.listing import suite_journeys

__all__ = ["prune_all"]

NOT_DECLARED = "of a suite that the pipeline does not declare"


def prune_all(file: PipelineFile, base: Path, *, remove: bool = False) -> Pruned:
    """What the study and those in its `suites/` hold and no run would use; see `run.pruning.prune`.

    Of a suite that the pipeline does not declare nothing is needed; what people labelled in it stays all the same.

    Args:
        file: the pipeline.
        base: its folder.
        remove: else it is only told.

    Raises:
        StoreError: another run holds one of the studies.
        SourceError: a declared suite's data cannot be read, or it cannot be made; nothing is removed then.
    """
    journeys = [("", prepare(file, base))]
    journeys += [(f"{SUITES}/{name}/", one) for name, one in suite_journeys(file, base)]
    pruned = [(place, prune(journey, remove=remove)) for place, journey in journeys]
    for folder in _undeclared(file):
        pruned.append((f"{SUITES}/{folder.name}", _forsaken(folder, remove=remove)))
    return Pruned(
        file.study,
        tuple(one._replace(where=f"{place}{one.where}") for place, p in pruned for one in p.found),
        sum(p.kept for _, p in pruned),
        any(p.outdated for _, p in pruned),
        remove,
    )


def _undeclared(file: PipelineFile) -> list[Path]:
    folder = StudyFolder(file.study).suites
    there = sorted(folder.glob("[!.]*")) if folder.is_dir() else []
    return [path for path in there if path.is_dir() and path.name not in file.suites]


def _forsaken(folder: Path, *, remove: bool) -> Pruned:
    """All of a study but what people said in it."""
    study = StudyFolder(folder)
    away = study.parts if study.parts != study.own_parts else None
    with lock_study(folder, away):
        paths = [p for p in folder.iterdir() if p not in (study.human_labels, study.lock)]
        parts = [*files_of_stages(away)] if away else []
        files = [f for path in paths for f in (all_below(path) if path.is_dir() else (path,))]
        files = [f for f in (*files, *parts) if f.is_file()]
        size = sum(f.stat().st_size for f in files)
        found = (Unneeded("", NOT_DECLARED, len(files), size),) if files else ()
        for part in parts if remove else ():
            part.unlink(missing_ok=True)
        for path in paths if remove else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    if remove and not study.human_labels.exists():
        shutil.rmtree(folder)
    return Pruned(folder, found, 0, False, remove)
