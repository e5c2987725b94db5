"""`logminer hypothesise`: a model is shown blinded pairs of answers and asked what differs; its notes become a taxonomy.

Pairs are of the discovery half alone, as the study holds them: anonymised. What comes of it is a hypothesis: it is judged by
scorers like any other behaviour, and compared on the inference half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.checkpoints.base import Answerer, Generating, Sampling
from logminer.discovery.hypotheses import asking
from logminer.discovery.hypotheses.analyst import AnalystTally, OpenAnalyst
from logminer.discovery.hypotheses.drawing import ShownPair, draw_pairs, sample_digest
from logminer.discovery.hypotheses.guarding import Guard
from logminer.discovery.hypotheses.notes import Note, gathered_by_title, put_together
from logminer.discovery.hypotheses.writing import as_taxonomy, as_yaml
from logminer.errors import CheckpointError, ConfigError, StoreError, did_you_mean
from logminer.files.atomic import write_text
from logminer.pipeline.adapting import as_asked
from logminer.pipeline.journey import Journey
from logminer.pipeline.reporter import Quiet, Reporter
from logminer.privacy.anonymiser import open_anonymiser
from logminer.privacy.requests import TextRequest
from logminer.process import egress
from logminer.process.egress import Egress
from logminer.process.memory import no_core_file
from logminer.process.stopping import interruptible
from logminer.run.record import recorded
from logminer.spec import content_hash
from logminer.store.lock import lock_study
from logminer.store.records import HYPOTHESISE
from logminer.store.session import open_session
from logminer.taxonomy.found import FoundBy
from logminer.taxonomy.tree import Taxonomy, load_taxonomy

__all__ = ["Hypothesised", "hypothesise"]

MERGED_AT_ONCE = 40  # notes
LANGUAGE = "en"  # in which an analyst is asked to write


class Hypothesised(NamedTuple):
    """What an analyst was shown, and what came of it.

    `taxonomy` is null where it proposed nothing that may be kept. `calls` are questions, of which `asked` were asked now;
    `failed`, `unread` and `refused` are counts by code, problem and reason (see `AnalystTally`). `merged` is false where its notes
    could not be put together by the analyst, and those of one title were.
    """

    study: Path
    taxonomy: Path | None
    name: str | None
    analyst: str
    model: str | None
    base: str
    candidate: str
    seed: int
    pairs: int
    people: int
    sample: str
    prompt_hash: str
    calls: int
    asked: int
    notes: int
    failed: dict[str, int]
    unread: dict[str, int]
    unfit: int
    refused: dict[str, int]
    merged: bool
    categories: dict[str, str]  # id → title
    egress: tuple[Egress, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return self._asdict() | {
            "study": str(self.study),
            "taxonomy": str(self.taxonomy) if self.taxonomy else None,
            "egress": [one._asdict() for one in self.egress],
        }


def hypothesise(
    journey: Journey,
    folder: Path,
    *,
    analyst: str | None = None,
    pair: tuple[str, str] | None = None,
    pairs: int = 60,
    seed: int = 0,
    most: int = 12,
    out: Path | None = None,
    reporter: Reporter | None = None,
) -> Hypothesised:
    """Show an analyst blinded pairs of answers, and write what it says differs as a taxonomy.

    What it said is kept in the study: the same call again asks for nothing.

    Args:
        journey: of a study that is published.
        folder: in which the pipeline file lies.
        analyst: a generating checkpoint by its name: `discover.analyst`, one that judges, or one of the checkpoints; None: the
            first of these.
        pair: base and candidate; None: the first pair that is compared.
        pairs: shown at most.
        seed: another one shows others.
        most: behaviours that are proposed at most.
        out: the taxonomy's file; None: `taxonomies/NAME.yaml` in `folder`.
        reporter: told of the progress.

    Raises:
        ConfigError: no such analyst or pair, or `out` is something else already.
        StoreError: no study, or no pair to show.
        CheckpointError: the analyst answers nobody, or nothing.
        KeyboardInterrupt: ^C; what it said is kept.
    """
    reporter = reporter or Quiet()
    no_core_file()
    sent = egress.totals()
    if not journey.folder.database.is_file():
        raise StoreError(
            f"{journey.folder.database}: no such study database; run the pipeline first"
        )
    base, candidate = _pair(journey, pair)
    who = _analyst(journey, analyst)
    sampling = who.replay.of(
        Sampling(max_new_tokens=1536, seed=seed, concurrency=8, max_response_bytes=1_000_000)
    )
    who = as_asked(journey.file, who, sampling)
    file = journey.file
    with (
        lock_study(file.study, group_readable=file.group_readable),
        interruptible(reporter.say),
        recorded(journey.folder, HYPOTHESISE, [who.name, base, candidate, seed]) as record,
    ):
        with open_session(file.study) as session:
            shown = draw_pairs(
                session, base, candidate, n=pairs, seed=seed, pseudonyms=journey.pseudonyms
            )
        by = FoundBy(
            analyst=who.name,
            model=who.model_name,
            identity=content_hash([who.options() | {"name": ""}, sampling.options()]),
            prompt_version=asking.VERSION,
            prompt_hash=asking.prompt_hash(),
            base=base,
            candidate=candidate,
            seed=seed,
            pairs=len(shown),
            people=len({one.person for one in shown}),
            sample=sample_digest(shown),
        )
        opened = _opened(journey, who, sampling, shown, by)
        notes, merged, tally = _noted(opened, shown, most, reporter)
        path, taxonomy = None, None
        if notes:
            taxonomy = as_taxonomy(notes, by)
            path = _write(taxonomy, out, folder)
        found = _told(journey, by, tally, len(notes), merged, taxonomy, path, egress.since(sent))
        record({k: v for k, v in found.as_json().items() if k != "categories"})
    return found


def _pair(journey: Journey, pair: tuple[str, str] | None) -> tuple[str, str]:
    if pair is None:
        if not journey.pairs:
            raise ConfigError("only one checkpoint: there are no two answers to hold side by side")
        return journey.pairs[0]
    for name in pair:
        if name not in journey.names:
            hint = did_you_mean(name, journey.names, f"there are: {', '.join(journey.names)}")
            raise ConfigError(f"pair: no checkpoint is named '{name}'; {hint}")
    if pair[0] == pair[1]:
        raise ConfigError(f"pair: '{pair[0]}' is compared with itself: name two checkpoints")
    return pair


def _analyst(journey: Journey, name: str | None) -> Generating:
    known: dict[str, Generating] = {}
    for one in _generating(journey):
        known.setdefault(one.name, one)
    if name is None and known:
        name = next(iter(known))
    if name is None or name not in known:
        hint = did_you_mean(name, known, f"there are: {', '.join(known)}") if known else ""
        raise ConfigError(
            f"no generating checkpoint to ask{f' is named {name!r}' if name else ''}: describe one under discover.analyst"
            f"{'; ' * bool(hint)}{hint}"
        )
    return known[name]


def _generating(journey: Journey) -> Iterator[Generating]:
    """Whoever may be asked, in order of preference."""
    file = journey.file
    if file.discover.analyst:
        yield file.discover.analyst
    for scorer in file.judge.scorers:
        yield from scorer.panel
    for checkpoint in file.checkpoints:
        if isinstance(checkpoint, Generating):
            yield checkpoint


def _opened(
    journey: Journey, who: Generating, sampling: Sampling, shown: Sequence[ShownPair], by: FoundBy
) -> OpenAnalyst:
    # Of its own words an analyst needs "Spanish" and "Markdown", which the strict profile takes for what they are not.
    options = journey.file.anonymise.model_copy(update={"profile": "balanced"})
    models = (getattr(arm.checkpoint, "model", None) for arm in journey.arms)
    names = sorted({*journey.names, *(model for model in models if isinstance(model, str))})
    min_people = journey.file.discover.min_people

    def personal(texts: Sequence[str]) -> list[bool]:
        anonymiser = open_anonymiser(options, journey.pseudonyms)
        language = LANGUAGE if anonymiser.supports(LANGUAGE) else options.languages[0]
        requests = [TextRequest(text, "analyst", language) for text in texts]
        return [bool(done.redactions) for done in anonymiser.texts(requests)]

    guarded = content_hash([by.sample, min_people, names, options.options()])

    def opened() -> Answerer:
        who.check()
        return who.open(sampling, journey.pseudonyms)

    return OpenAnalyst(
        opened,
        journey.folder.analyst,
        journey.pseudonyms,
        Guard(shown, names, min_people, personal),
        (by.identity, guarded),
        shaped=who.holds_shape,
    )


def _noted(
    analyst: OpenAnalyst, shown: Sequence[ShownPair], most: int, reporter: Reporter
) -> tuple[list[Note], bool, AnalystTally]:
    """What the analyst noted, put together; whether it did that itself; what became of its replies."""
    some = [shown[i : i + asking.PAIRS_A_CALL] for i in range(0, len(shown), asking.PAIRS_A_CALL)]
    reporter.say(f"{len(shown):,} pairs of answers are shown, in {len(some):,} questions")
    questions = [asking.pairs_message(pairs) for pairs in some]
    replies, tally = analyst.ask(questions, most=asking.NOTES_A_CALL, shape=asking.SHAPE)
    if not any(replies):
        codes = ", ".join(f"{code} {n:,}" for code, n in tally.failed.most_common())
        raise CheckpointError(f"each of the analyst's {len(some):,} questions failed ({codes})")
    notes, merged = [note for reply in replies if reply for note in reply.notes], True
    for _ in range(len(notes)):  # each round leaves fewer
        if len(notes) <= 1:
            break
        lots = [notes[i : i + MERGED_AT_ONCE] for i in range(0, len(notes), MERGED_AT_ONCE)]
        messages = [asking.merge_message(lot, most) for lot in lots]
        replies, more = analyst.ask(messages, most=most, shape=asking.MERGE_SHAPE)
        tally = tally.plus(more)
        left = list[Note]()
        for lot, reply in zip(lots, replies, strict=True):
            if reply and reply.notes:
                left += put_together(reply.as_read(), lot)
            else:
                left, merged = left + gathered_by_title(lot)[:most], False
        notes = left
        if len(lots) == 1:
            break
    return sorted(notes, key=lambda note: -note.weight)[:most], merged, tally


def _write(taxonomy: Taxonomy, out: Path | None, folder: Path) -> Path:
    path = out or folder / "taxonomies" / f"{taxonomy.name}.yaml"
    if path.exists() and load_taxonomy(str(path.absolute()), folder).found is None:
        raise ConfigError(f"{path}: is there already, and was not found: name another file")
    named = path.absolute()
    if named.is_relative_to(folder):
        named = named.relative_to(folder)
    write_text(as_yaml(taxonomy, str(named)), path, plain=True)
    return path


def _told(
    journey: Journey,
    by: FoundBy,
    tally: AnalystTally,
    notes: int,
    merged: bool,
    taxonomy: Taxonomy | None,
    path: Path | None,
    sent: tuple[Egress, ...],
) -> Hypothesised:
    return Hypothesised(
        study=journey.file.study,
        taxonomy=path,
        name=taxonomy.name if taxonomy else None,
        analyst=by.analyst,
        model=by.model,
        base=by.base,
        candidate=by.candidate,
        seed=by.seed,
        pairs=by.pairs,
        people=by.people,
        sample=by.sample,
        prompt_hash=by.prompt_hash,
        calls=tally.asked + tally.kept,
        asked=tally.asked,
        notes=notes,
        failed=dict(tally.failed),
        unread=dict(tally.unread),
        unfit=tally.unfit,
        refused=dict(tally.refused),
        merged=merged,
        categories={c.id: c.title for c in taxonomy.categories} if taxonomy else {},
        egress=sent,
    )
