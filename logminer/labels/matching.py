"""Which response of a study each label is about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from logminer.errors import SecretError, SourceError
from logminer.ids import Pseudonyms, load_key, response_id
from logminer.labels.reading import Sheet, SheetRow
from logminer.store.layout import StudyFolder
from logminer.store.parts import PartFile, PartFolder
from logminer.store.session import Session
from logminer.study.last_run import last_run

__all__ = ["HumanLabel", "Matches", "match_labels", "replays"]


class HumanLabel(NamedTuple):
    """One label as it is kept; see `schemas.HUMAN_LABELS`."""

    response_id: str
    category_id: str
    channel: str
    label: str
    second_label: str | None
    weight: float
    checkpoint: str
    replay_fingerprint: str | None  # of the answer that was labelled


class Matches(NamedTuple):
    """What of a sheet is of the study.

    Rows of the sheet = `labels` + `repeated` (the same label of the same response again) + `contradictory` (another
    label of the same response) + `unmatched`. `notes` say in words what was left out.
    """

    labels: list[HumanLabel]
    repeated: int
    contradictory: int
    unmatched: int
    notes: tuple[str, ...]


def match_labels(sheet: Sheet, study: Path, session: Session) -> Matches:
    """Find the response of each row: by its id, else by prompt and checkpoint, the prompt's id ours or the dump's own.

    Args:
        sheet: what was read.
        study: the study's folder; its parts know keyed hashes of the dump's prompt ids.
        session: its database.

    Raises:
        SourceError: no row is of the study.
    """
    arms = _arms(session)
    fingerprints = replays(session)
    found = _find(sheet.rows, arms, study, session)
    categories = {c for (c,) in session.rows("SELECT category_id FROM categories")}
    missing: Counter[str] = Counter()
    labels: defaultdict[tuple[str, str, str], list[HumanLabel]] = defaultdict(list)
    for row, response in zip(sheet.rows, found.responses, strict=True):
        if row.category_id not in categories:
            missing["category"] += 1
        elif response is not None:
            key = (response, row.category_id, row.channel)
            said = (row.label, row.second_label, row.weight)
            checkpoint = found.checkpoints[response]
            labels[key].append(HumanLabel(*key, *said, checkpoint, fingerprints.get(checkpoint)))
        elif row.checkpoint is not None and row.checkpoint not in arms:
            missing["checkpoint"] += 1
        else:
            missing["response"] += 1
    agreed = [same for same in labels.values() if len({label.label for label in same}) == 1]
    contradictory = len(sheet.rows) - missing.total() - sum(map(len, agreed))
    known = ", ".join(sorted(set(arms.values())))
    why = {
        "category": f"the category is none of the study's ({', '.join(sorted(categories))})",
        "checkpoint": f"the checkpoint or model does not name just one of the study's ({known})",
        "response": f"no such response in the study, where they go by {found.ways}",
    }
    notes = [f"unmatched {n}: {why[what]}" for what, n in missing.items()]
    if contradictory:
        notes.append(
            f"contradictory {contradictory}: another row says otherwise of the same response"
        )
    if not agreed:
        raise SourceError(f"{sheet.path}: no label is of this study: {'; '.join(notes)}")
    repeated = sum(len(same) - 1 for same in agreed)
    first = [same[0] for same in agreed]
    return Matches(first, repeated, contradictory, missing.total(), tuple(notes))


class _Found(NamedTuple):
    """For each row its response or None, each response's checkpoint, and what responses go by."""

    responses: list[str | None]
    checkpoints: dict[str, str]
    ways: str


def _find(rows: Sequence[SheetRow], arms: dict[str, str], study: Path, session: Session) -> _Found:
    ids = [[row.response_id, _answer(row, row.prompt_id, arms)] for row in rows]
    checkpoints, ways = _checkpoints(session, ids), "response_id, or prompt_id and checkpoint"
    found = checkpoints.keys()
    left = [None if found & set(two) else row.prompt_id for row, two in zip(rows, ids, strict=True)]
    if wanted := {prompt_id for prompt_id in left if prompt_id is not None}:
        try:
            ours = _own_prompts(wanted, study, session)
            ways += ", the dump's prompt_id or ours"
        except SecretError as error:
            ours = {}
            ways += f"; the dump's prompt_id was not tried: {error}"
        for row, two, prompt_id in zip(rows, ids, left, strict=True):
            two.append(_answer(row, ours.get(prompt_id or ""), arms))
        checkpoints = _checkpoints(session, ids)
    responses = [next((one for one in three if one in checkpoints), None) for three in ids]
    return _Found(responses, checkpoints, ways)


def _answer(row: SheetRow, prompt_id: str | None, arms: dict[str, str]) -> str | None:
    """Id of the response that the row means, if this is its prompt."""
    checkpoint = arms.get(row.checkpoint or "")
    if prompt_id is None or checkpoint is None:
        return None
    return response_id(prompt_id, checkpoint, row.sample_index)


def _checkpoints(session: Session, ids: Iterable[Iterable[str | None]]) -> dict[str, str]:
    """Response → its checkpoint, of those of `ids` that the study has."""
    query = "SELECT response_id, checkpoint FROM responses WHERE response_id IN (SELECT unnest(?::VARCHAR[]))"
    return dict(session.rows(query, [[one for several in ids for one in several if one]]))


def _own_prompts(raw_ids: set[str], study: Path, session: Session) -> dict[str, str]:
    """The dump's prompt ids → ours, of those that name one prompt of the parts that are in the database.

    Raises:
        SecretError: no key.
    """
    key, found = load_key(), defaultdict[str, set[str]](set)
    if last := last_run(session):
        named = last.options["project"] or Path(last.options["study"]).name
        pseudonyms = Pseudonyms(key, named)
        raw = {pseudonyms.source_key(raw_id): raw_id for raw_id in raw_ids}
        for prompt_id, source_key in _source_keys(study, session, list(raw)):
            found[raw[source_key]].add(prompt_id)
    return {raw_id: min(ours) for raw_id, ours in found.items() if len(ours) == 1}


def _source_keys(study: Path, session: Session, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(prompt_id, source_key) of the prompts with one of these keys: they stand in the parts only."""
    keys = pa.array(wanted, pa.string())
    parts = session.rows("SELECT fingerprint, part FROM loaded_parts WHERE stage = 'prompts'")
    for fingerprint, part in parts:
        file = PartFolder(StudyFolder(study).parts, "prompts", fingerprint).file(part)
        if file.exists():
            table = PartFile(file).read(["prompt_id", "source_key"])
            table = table.filter(pc.is_in(table["source_key"], value_set=keys))
            yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def _arms(session: Session) -> dict[str, str]:
    """What a checkpoint may be called → its name: its name, or its model where no other has it."""
    rows = session.rows(
        "SELECT DISTINCT r.checkpoint, c.model FROM responses AS r LEFT JOIN checkpoints AS c USING (checkpoint)"
    )
    models = Counter(model for _, model in rows)
    by_model = {model: name for name, model in rows if model is not None and models[model] == 1}
    return {**by_model, **{name: name for name, _ in rows}}


def replays(session: Session) -> dict[str, str]:
    """Checkpoint → fingerprint of the replay that is in the database."""
    rows = session.rows(
        "SELECT DISTINCT stage, fingerprint FROM loaded_parts WHERE stage LIKE 'replay.%'"
    )
    return {stage.removeprefix("replay."): fingerprint for stage, fingerprint in rows}
