"""Looking before leaping: would a journey work, and what of it is done?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from logminer.files.finding import Skipped
from logminer.ids import key_place
from logminer.models.device import require_device
from logminer.pipeline.holding import check_parts
from logminer.pipeline.journey import Journey
from logminer.pipeline.matched import Matched, match
from logminer.pipeline.references import idle
from logminer.privacy.languages.language import (
    has_stock_model,
    how_to_bring,
    how_to_install,
    locate,
    normalise_language,
)
from logminer.privacy.options import AnonymiseOptions
from logminer.sandbox.opening import open_sandbox
from logminer.scorers.cards.file import judged_by, misfits, read_cards_file
from logminer.scorers.kinds import in_place
from logminer.scorers.recorded import recorded_columns
from logminer.sources.profile import Profile, Unused
from logminer.store.encrypting import require_encryption

__all__ = ["Checked", "check"]


MOST_NAMED = 6  # languages in a note


class CheckedField(NamedTuple):
    """What is read as one of our fields. Shares are of the dump's rows, from 0 to 1."""

    column: str  # the dump's name
    null: float
    unreadable: float  # becomes null
    n_unreadable: int


class Checked(NamedTuple):
    """A pipeline that would work, with what its owner should know.

    Users are counted over the rows of the dump's tables; None where it names none.
    """

    format: str
    files: int
    rows: int
    arms: list[str]
    pairs: list[tuple[str, str]]
    warnings: list[str]
    columns: dict[str, str]  # read: the format's name → the dump's
    fields: dict[str, CheckedField]  # by our name; kept columns as `keep.source`
    users: int | None
    users_effective: float | None  # Kish: (Σn)² / Σn² over the rows n of each user
    languages: dict[str, float]  # ISO 639-1 code, `other` or `null` → share of the rows
    unused: list[Unused]  # columns that look like an id and are read by nobody
    unreadable: dict[str, int]  # of the first `looked_at` rows, by the reason of their rejection
    roles: dict[str, int]  # in them, that are none of ours
    looked_at: int
    key: str  # where the pseudonym key comes from
    matched: list[Matched]  # of the prompts, what each recorded checkpoint answers
    skipped: list[Skipped]  # what lies beside the files that are read, and is not

    def as_json(self) -> dict[str, Any]:
        """For `--json`; the keys are the names here."""
        fields = {name: field._asdict() for name, field in self.fields.items()}
        return self._asdict() | {
            "fields": fields,
            "unused": [one._asdict() for one in self.unused],
            "matched": [one._asdict() for one in self.matched],
            "skipped": [one._asdict() for one in self.skipped],
        }


def check(journey: Journey, *, resuming: bool = False) -> Checked:
    """Everything that can be told before the first row is read.

    Args:
        journey: what would run.
        resuming: leave checkpoints and judges alone that have answered already: what is done needs no server.

    Raises:
        LogminerError: the first thing that would stop a run.
    """
    file, taxonomy, dump = journey.file, journey.taxonomy, journey.dump
    check_parts(file)
    if file.encryption:
        require_encryption(file.encryption.key_env)
    file.anonymise.require_model()
    answered = {arm.name for arm in journey.arms if arm.asked.folder.parts()}
    asked = [c for c in file.checkpoints if not (resuming and c.name in answered)]
    for checkpoint in asked:
        if not checkpoint.is_recorded:  # those are opened to be matched
            checkpoint.check()
    if file.acting and not (resuming and answered.issuperset(journey.names)):
        open_sandbox(unsafe=file.acting.unsafe_sandbox)
    matched = match(file, [checkpoint for checkpoint in asked if checkpoint.is_recorded])
    rated = {s.stage.lane for arm in journey.arms for s in arm.ratings if s.folder.parts()}
    for scorer, _ in journey.raters:
        if not (resuming and f"rate.{scorer.name}" in rated):
            scorer.check()
    named = resuming and journey.folder.titles.exists()
    if (namer := file.namer()) and not named:
        namer.check()
    scorers = in_place(file.judge.scorers)
    for judging in scorers:
        judging.check()
    if file.runner.kind == "local":  # a cluster's GPUs are elsewhere, and Ray counts them
        require_device(file.embed.device, "embed.device")
        for judging in scorers:
            require_device(judging.computes_on, f"judge.scorers: {judging.name}: device")
    warnings = [*journey.notes, *idle(file, taxonomy, journey.raters)]
    warnings += [note for one in matched for note in one.notes]
    fate = {"reject": "are rejected", "patterns_only": "are searched by patterns only"}
    warnings += [
        f"no spaCy model for {language} ({model} is not installed; {how_to_install(language, model)}): "
        f"conversations in it {fate[file.anonymise.unsupported_language]}"
        for language, model in file.anonymise.missing_models().items()
    ]
    found, seen = file.source.profile(), file.source.look()
    languages = _languages(found)
    warnings += _rejected(file.anonymise, languages)
    labelled = file.acting or any(c.has_labels for c in file.checkpoints)
    if recorded_columns(file.judge.scorers) and not labelled:
        warnings.append(
            "a recorded scorer needs a recorded checkpoint: all its labels are unparsable"
        )
    warnings += [note for checkpoint in file.checkpoints for note in checkpoint.notes]
    warnings += [note for rater in journey.raters for note in rater.notes]
    raters = [rater.scorer for rater in journey.raters]
    judged = judged_by([*in_place(file.judge.scorers), *raters], taxonomy)
    for path in file.judge.cards:
        warnings += misfits(path, read_cards_file(path), judged)
    if file.compare.noise_floor:
        warnings += _noise_floor(journey)
    if len(journey.names) < 2:
        warnings.append("only one checkpoint: nothing to compare")
    skipped = [*file.source.skipped(), *(one for c in file.checkpoints for one in c.skipped())]
    skipped = list({one.path: one for one in skipped}.values())
    if seen.unreadable:
        warnings.append(f"of the first {seen.rows:,} rows cannot be read: {seen.words}")
    return Checked(
        dump.format,
        dump.files,
        dump.rows,
        journey.names,
        list(journey.pairs),
        warnings + _columns(found) + _worth_a_look(skipped),
        found.columns,
        {
            name: CheckedField(
                field.column,
                field.null / max(1, field.rows),
                field.unreadable / max(1, field.rows),
                field.unreadable,
            )
            for name, field in found.fields.items()
        },
        found.users,
        found.users_effective,
        languages,
        list(found.unused),
        seen.unreadable,
        seen.roles,
        seen.rows,
        key_place(),
        matched,
        skipped,
    )


def _columns(found: Profile) -> list[str]:
    """What of the dump is not read, and what may be read better."""
    notes = []
    for name, field in found.fields.items():
        if field.unreadable:
            what = "times" if name == "created_at" else "values"
            why = "that are none, or out of range," if what == "times" else "that cannot be read"
            notes.append(
                f"column {field.column}: {field.unreadable:,} {what} {why} become null ({field.rows:,} rows)"
            )
    notes += [
        f"no {one.field} is read, and column {one.column} looks like one: {one.mend}"
        for one in found.unused
        if not one.has_field and one.field != "prompt_id"
    ]
    return notes


def _languages(found: Profile) -> dict[str, float]:
    """What is no language's name is counted as `other`: it may be anybody's words."""
    if (field := found.fields.get("language")) is None or not field.rows:
        return {}
    counts: Counter[str] = Counter()
    for text, n in found.languages.items():
        counts[normalise_language(text) or "other"] += n
    counts["null"] = field.rows - counts.total()
    return {code: n / field.rows for code, n in counts.most_common() if n}


def _rejected(options: AnonymiseOptions, languages: Mapping[str, float]) -> Iterator[str]:
    """One note, where the dump names languages that are not among those of the pipeline file."""
    known = [code for code in languages if code not in ("other", "null", *options.languages)]
    away = [code for code in known if not options.takes(code)]
    if away:
        share = sum(languages[code] for code in away)
        models = {c: options.model_name(c) for c in away[:MOST_NAMED]}
        lacking = {c: m for c, m in models.items() if has_stock_model(c) and not locate(m)}
        bring = f" (their models: {how_to_bring(lacking)})" if lacking else ""
        yield (
            f"{', '.join(away[:MOST_NAMED])}{' and more' * (len(away) > MOST_NAMED)}: not in anonymise.languages, so {share:.1%} of"
            f" the rows are rejected{bring}; anonymise.unsupported_language: patterns_only takes them in"
        )


def _worth_a_look(skipped: list[Skipped]) -> list[str]:
    """One note, where something that is not read looks as if it were meant to be, or was read before."""
    told = [one for one in skipped if one.looks_like_data]
    if not told:
        return []
    first, more = told[0], f" and {len(told) - 1:,} more" if len(told) > 1 else ""
    return [
        f"{first.path}{more}: looks like data and is skipped ({first.reason});"
        " logminer check lists what is skipped"
    ]


def _noise_floor(journey: Journey) -> list[str]:
    drawn = [arm.drawn_as for arm in journey.arms if arm.repeat]
    sampled = {
        arm.name
        for arm in journey.arms
        if arm.checkpoint and arm.sampling and arm.checkpoint.gives_several(arm.sampling)
    }
    bases = dict.fromkeys(base for base, _ in journey.pairs)
    return [
        f"compare.noise_floor: {name} is replayed once more under another seed" for name in drawn
    ] + [
        f"compare.noise_floor: {name} has one answer to a prompt, so there is no noise floor for it"
        " (a recorded checkpoint with several takes samples: all)"
        for name in bases
        if name not in drawn and name not in sampled
    ]
