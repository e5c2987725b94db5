"""Parts of recorded answers, when the files with the answers have changed: which of them the files say otherwise now.

A part says in its footer what it took of the files, as a keyed hash. Looking that up anew takes one walk over the answers,
so what was found is remembered in the study while the files are the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from logminer.checkpoints.base import Checkpoint, Matching, RowsSay
from logminer.errors import StoreError
from logminer.files.atomic import write_text
from logminer.files.jsonread import read_json
from logminer.files.objects import AnyPath
from logminer.files.sealing import read_bytes
from logminer.pipeline.journey import Arm, Journey
from logminer.spec import content_hash
from logminer.stages.base import prompt_keys
from logminer.stages.labels import Labels
from logminer.stages.step import Step
from logminer.store.parts import CHUNKS, PartFile

__all__ = ["files_read", "forget_rematched", "keep_matched", "rematched", "saying_now"]


KEYS = ("source_key", "content_key")


def rematched(journey: Journey) -> Iterator[AnyPath]:
    """Parts, with answers or with their labels, that were made of what the files no longer say.

    Raises:
        SourceError: a file with answers is missing or damaged.
    """
    seen = _seen(journey)
    for arm, checkpoint in _recorded(journey):
        rows: Matching | None = None
        for step, columns in _steps(arm):
            there = step.folder.stamps()
            if not there or seen.get(step.folder.path.name) == _state(checkpoint, step):
                continue
            rows = rows or checkpoint.matching(journey.pseudonyms)
            saying = rows.saying(columns)
            saying.scan()
            asked = set(journey.prompts.folder.parts())
            for part in sorted(there):
                file, prompts = step.folder.file(part), journey.prompts.folder.file(part)
                if part not in asked or not _says_so(PartFile(file), PartFile(prompts), saying):
                    yield file


def forget_rematched(journey: Journey) -> int:
    """Make them unfinished again; the number of parts. What was made of them stays where they come to say the same.

    Of unfinished ones nothing is kept: it costs nobody an answer. The caller holds the study's lock.

    Raises:
        SourceError: a file with answers is missing or damaged.
    """
    for arm, _ in _recorded(journey):
        for step, _ in _steps(arm):
            for lot in (step.folder.path / CHUNKS).glob("*.parquet"):
                lot.unlink()
    found = list(rematched(journey))
    for path in found:
        path.unlink()
    return len(found)


def keep_matched(journey: Journey, before: Sequence[str]) -> None:
    """Remember that all parts there are of the files as they are, unless these changed meanwhile.

    Args:
        journey: a run of it has come to its end.
        before: what `files_read` gave when it began.
    """
    if files_read(journey) == [*before]:
        said = {
            step.folder.path.name: _state(checkpoint, step)
            for arm, checkpoint in _recorded(journey)
            for step, _ in _steps(arm)
        }
        if said:
            write_text(json.dumps(said), journey.folder.matched)


def files_read(journey: Journey) -> list[str]:
    """Of each recorded checkpoint what names its files as they are.

    Raises:
        SourceError: one is missing or damaged.
    """
    return [_files(checkpoint) for _, checkpoint in _recorded(journey)]


def saying_now(journey: Journey) -> dict[AnyPath, RowsSay]:
    """By the folder of each step that reads files with answers, what these say now.

    Raises:
        SourceError: one is missing or damaged.
    """
    found: dict[AnyPath, RowsSay] = {}
    for arm, checkpoint in _recorded(journey):
        rows = checkpoint.matching(journey.pseudonyms)
        found |= {step.folder.path: rows.saying(columns) for step, columns in _steps(arm)}
    return found


def _says_so(part: PartFile, prompts: PartFile, saying: RowsSay) -> bool:
    """Whether the files say what a part took of them; not known of one that is damaged, or whose prompts are."""
    try:
        return part.footer().taken == saying.of(prompt_keys(prompts.read(KEYS)))
    except StoreError:
        return False


def _seen(journey: Journey) -> dict[str, str]:
    try:
        said = read_json(read_bytes(journey.folder.matched))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _state(checkpoint: Checkpoint, step: Step) -> str:
    """Of the files, and of the parts, which others may have taken the place of: older copies, in another place."""
    return content_hash([_files(checkpoint), str(step.folder.root), step.folder.stamps()])


def _files(checkpoint: Checkpoint) -> str:
    return content_hash(checkpoint.options())


def _recorded(journey: Journey) -> Iterator[tuple[Arm, Checkpoint]]:
    """The arms whose parts say what they took."""
    for arm in journey.arms:
        if arm.checkpoint is not None and arm.checkpoint.is_recorded and arm.act is None:
            yield arm, arm.checkpoint


def _steps(arm: Arm) -> Iterator[tuple[Step, tuple[str, ...]]]:
    """Each step that reads the files, and what columns it takes; none: those of answers."""
    yield arm.replay, ()
    if arm.labels is not None and isinstance(arm.labels.stage, Labels):
        yield arm.labels, tuple(arm.labels.stage.columns)
