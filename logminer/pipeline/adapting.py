"""Asking servers as they want to be asked, where they say so, and the same way ever after.

Some servers take no `max_tokens` but `max_completion_tokens`, others no `temperature`. One that refuses the first request
and says why is asked otherwise from then on: the difference becomes part of the checkpoint's `extra`, as if it stood in
the pipeline file. So it is part of the fingerprint of its answers, and of `checkpoints.options` and `identity`; answers
that were asked for in two ways never mix. Which it is, is kept with the study, and a later run does not find out anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from logminer.checkpoints.asking.served import Served, asked_as
from logminer.checkpoints.base import Checkpoint, Sampling
from logminer.errors import AskedOtherwise
from logminer.files.atomic import write_text
from logminer.files.sealing import read_bytes
from logminer.pipeline.file import PipelineFile
from logminer.store.layout import StudyFolder

__all__ = ["adaptations", "adapted", "adopt", "as_asked"]

C = TypeVar("C", bound=Checkpoint)
MOST = 8  # fields that one server may want otherwise


def adapted(file: PipelineFile) -> PipelineFile:
    """The same, its servers asked as they have said."""
    if not _known(file):
        return file

    def change(checkpoint: C, sampling: Sampling) -> C:
        return as_asked(file, checkpoint, sampling)

    scorers = tuple(scorer.judged_by(change) for scorer in file.judge.scorers)
    checkpoints = tuple(change(one, file.replay.sampling(one)) for one in file.checkpoints)
    judge = file.judge.model_copy(update={"scorers": scorers})
    cluster = file.cluster
    if namer := file.namer():
        asked = change(namer, cluster.sampling(namer))
        cluster = cluster.model_copy(update={"namer": asked})
    changed = {"checkpoints": checkpoints, "judge": judge, "cluster": cluster}
    return file.model_copy(update=changed)


def as_asked(file: PipelineFile, checkpoint: C, sampling: Sampling) -> C:
    """A checkpoint that is asked so, as its server has said that it wants to be."""
    known = _known(file)
    for _ in range(MOST):
        if not isinstance(checkpoint, Served):
            break
        if not (extra := known.get(asked_as(checkpoint, sampling))):
            break
        checkpoint = checkpoint.model_copy(update={"extra": _extra(checkpoint) | extra})
    return checkpoint


def adopt(file: PipelineFile, found: AskedOtherwise) -> None:
    """Keep what a server has said.

    Raises:
        AskedOtherwise: it is being asked so already.
        StoreError: the study cannot be written.
    """
    known = _known(file)
    if not found.asked_as or found.asked_as in known:
        raise found
    text = json.dumps(known | {found.asked_as: found.extra}, sort_keys=True)
    write_text(text, StudyFolder(file.study).asked_as)


def adaptations(said: PipelineFile, file: PipelineFile) -> Iterator[str]:
    """A line for each checkpoint that is asked otherwise than the file says."""
    for before, after in zip(_served(said), _served(file), strict=True):
        known = _extra(before).items()
        if changed := {k: v for k, v in _extra(after).items() if (k, v) not in known}:
            told = ", ".join(f"{name}: {json.dumps(value)}" for name, value in changed.items())
            yield f"checkpoint {after.name}: asked as its server wants, with extra: {{{told}}}"


def _extra(checkpoint: Checkpoint) -> dict[str, Any]:
    extra: dict[str, Any] = getattr(checkpoint, "extra", {})
    return extra


def _served(file: PipelineFile) -> Iterator[Checkpoint]:
    yield from file.checkpoints
    for scorer in file.judge.scorers:
        yield from scorer.panel


def _known(file: PipelineFile) -> dict[str, dict[str, Any]]:
    try:
        said = json.loads(read_bytes(StudyFolder(file.study).asked_as))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
