"""How much of what is labelled as personal goes, and how much of what goes was labelled: a detector's report card.

`score` is pure: labelled documents and the redactions made in them. `evaluate` makes the redactions, with a profile
as a pipeline would on a conversation of one message, and beside it with Presidio as it comes.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.errors import ModelError, SourceError
from logminer.files.finding import find_files
from logminer.files.opening import open_table
from logminer.privacy.cuttings import Unanalysable
from logminer.privacy.detect import Detector
from logminer.privacy.languages.language import locate, normalise_language
from logminer.privacy.mentions.spread import spread
from logminer.privacy.options import Profile
from logminer.privacy.spans import UNANALYSED, Span

__all__ = [
    "Document",
    "EntityScore",
    "Evaluation",
    "Gold",
    "Overall",
    "Score",
    "evaluate",
    "read_documents",
    "score",
]

MASKED = 0.9  # share of a span's letters and digits that must be gone
LEFT_OUT = "TITLE"  # "Mr" names nobody: counted by type, not in the overall recall
_Z = 1.959963984540054

# What the types of one set mean in another: each family under the name that the detector gives it.
FAMILIES = {
    name: family
    for family, members in {
        "PERSON": "PER PERSON USERNAME NOMBRE_SUJETO_ASISTENCIA NOMBRE_PERSONAL_SANITARIO TITLE",
        "LOCATION": "LOCATION LOC GPE FAC ADDRESS STREET_ADDRESS ZIP_CODE CITY COUNTRY CALLE TERRITORIO PAIS ST STR LD LDS",
        "ORGANIZATION": "ORGANIZATION ORG CORPORATION GROUP HOSPITAL INSTITUCION CENTRO_SALUD INN UN",
        "DATE_TIME": "DATE_TIME DATE TIME AGE FECHAS EDAD_SUJETO_ASISTENCIA",
        "PHONE_NUMBER": "PHONE_NUMBER PHONE NUMERO_TELEFONO NUMERO_FAX",
        "EMAIL_ADDRESS": "EMAIL_ADDRESS EMAIL CORREO_ELECTRONICO",
        "URL": "URL DOMAIN_NAME",
        "ID": "ID MRN NPI SSN US_SSN ID_SUJETO_ASISTENCIA ID_TITULACION_PERSONAL_SANITARIO ID_ASEGURAMIENTO"
        " ID_CONTACTO_ASISTENCIAL ID_EMPLEO_PERSONAL_SANITARIO",
    }.items()
    for name in members.split()
}


class Gold(NamedTuple):
    """A labelled span: offsets in characters, end exclusive."""

    start: int
    end: int
    entity_type: str


class Document(NamedTuple):
    """A labelled text. `unplaced` counts labels whose offsets do not hold the text they quote: not scored."""

    text: str
    gold: tuple[Gold, ...]
    language: str = "en"
    dataset: str = ""
    unplaced: tuple[Gold, ...] = ()


class EntityScore(NamedTuple):
    """Of one labelled type. `precision` is of the redactions whose own type is of the same family; null without any."""

    n: int
    recall: float | None
    recall_low: float | None
    precision: float | None


class Overall(NamedTuple):
    """Over all types; recall without TITLE. Shares in [0, 1]; null where there is nothing to divide by."""

    n: int
    recall: float | None
    recall_low: float | None
    precision: float | None
    f2: float | None
    char_precision: float | None
    char_share_redacted: float | None


class Score(NamedTuple):
    """`documents_fully_masked` is the share, of the documents with a labelled span, in which every one is masked."""

    overall: Overall
    by_entity: dict[str, EntityScore]
    documents_fully_masked: float | None
    documents: int
    documents_with_spans: int


def score(documents: Sequence[Document], redactions: Sequence[Sequence[Span]]) -> Score:
    """Scores of the redactions made in labelled documents, one list of spans a document.

    A labelled span is *masked* when at least 90 % of its letters and digits lie in redactions, of any type; a span
    without any (a lone `@`) is not counted. A redaction is *right* when it overlaps a labelled span; what was masked
    because no model reads its script claims nothing, and is neither right nor wrong. Character
    precision is the share of the redacted letters and digits that lie in labelled spans, so redacting everything does
    not pay. `f2` is the F-measure that weighs recall twice (van Rijsbergen 1979). `recall_low` is Wilson's lower
    bound at 95 %.

    Raises:
        ValueError: not one list of redactions for each document.
    """
    masked: dict[str, Counter[bool]] = defaultdict(Counter)
    right: dict[str, Counter[bool]] = defaultdict(Counter)
    inside = redacted = characters = labelled = whole = 0
    for document, spans in zip(documents, redactions, strict=True):
        text = document.text
        counts = [0, *itertools.accumulate(c.isalnum() for c in text)]
        gone = _united((s.start, s.end) for s in spans)
        wanted = _united((g.start, g.end) for g in (*document.gold, *document.unplaced))
        hits = []
        for gold in document.gold:
            letters = counts[gold.end] - counts[gold.start]
            if letters:
                covered = _shared(gone, gold.start, gold.end, counts)
                masked[gold.entity_type][covered >= MASKED * letters] += 1
                if gold.entity_type != LEFT_OUT:
                    hits.append(covered >= MASKED * letters)
        labelled += bool(hits)
        whole += bool(hits) and all(hits)
        for span in spans:
            if span.entity_type == UNANALYSED:
                continue
            family = FAMILIES.get(span.entity_type, span.entity_type)
            right[family][any(w[0] < span.end and span.start < w[1] for w in wanted)] += 1
        characters += counts[-1]
        redacted += sum(counts[end] - counts[start] for start, end in gone)
        inside += sum(_shared(wanted, start, end, counts) for start, end in gone)
    by_entity = {
        kind: _entity(masked[kind], right.get(FAMILIES.get(kind.upper(), kind.upper()), Counter()))
        for kind in sorted(masked)
    }
    found = sum((some for kind, some in masked.items() if kind != LEFT_OUT), Counter[bool]())
    recall, precision = _share(found), _share(sum(right.values(), Counter[bool]()))
    overall = Overall(
        n=found.total(),
        recall=recall,
        recall_low=_wilson_low(found),
        precision=precision,
        f2=_f2(precision, recall),
        char_precision=inside / redacted if redacted else None,
        char_share_redacted=redacted / characters if characters else None,
    )
    return Score(
        overall, by_entity, whole / labelled if labelled else None, len(documents), labelled
    )


def _entity(masked: Counter[bool], right: Counter[bool]) -> EntityScore:
    return EntityScore(masked.total(), _share(masked), _wilson_low(masked), _share(right))


def _share(counts: Counter[bool]) -> float | None:
    return counts[True] / counts.total() if counts.total() else None


def _f2(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    return 5 * precision * recall / (4 * precision + recall) if precision or recall else 0.0


def _wilson_low(counts: Counter[bool]) -> float | None:
    """Lower bound of Wilson's 95 % score interval of a share (Wilson 1927)."""
    n = counts.total()
    if not n:
        return None
    p, z2 = counts[True] / n, _Z**2
    middle, half = p + z2 / (2 * n), _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n**2))
    return max(0.0, (middle - half) / (1 + z2 / n))


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same characters as spans that are sorted and do not overlap."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def _shared(spans: Sequence[tuple[int, int]], start: int, end: int, counts: Sequence[int]) -> int:
    """Letters and digits of text[start:end] that lie in `spans`, which are sorted and do not overlap."""
    shared = 0
    for begin, stop in spans[max(0, bisect.bisect_right(spans, (start, start)) - 1) :]:
        if begin >= end:
            break
        if stop > start:
            shared += counts[min(stop, end)] - counts[max(begin, start)]
    return shared


# ---- labelled sets ----------------------------------------------------------------------------------------------

_DATASET_COLUMNS = ("dataset", "source")


def read_documents(
    path: str, datasets: Sequence[str] = (), language: str = "en", limit: int | None = None
) -> list[Document]:
    """The documents of a Parquet or JSON Lines file, glob or folder, in order.

    Columns: `text`; `spans`, a list of `{start, end, entity_type, text?}`; and, where there are any, `language` and
    `dataset` (or `source`).

    Args:
        datasets: only these; also by the beginning of their names (`presidio` takes every set of that name's family).
        language: of a document whose file does not say.
        limit: so many documents at most.

    Raises:
        SourceError: no such file, no such dataset, or other columns.
    """
    documents = list(itertools.islice(_documents(path, tuple(datasets), language), limit))
    if not documents:
        named = f" of the dataset {', '.join(datasets)}" if datasets else ""
        raise SourceError(f"{path}: no documents{named}; check the path and --dataset")
    return documents


def _documents(path: str, datasets: tuple[str, ...], language: str) -> Iterator[Document]:
    for file in find_files(path, ("parquet", "jsonl")):
        rows = open_table(file.path)
        if missing := [name for name in ("text", "spans") if name not in rows.names]:
            raise SourceError(
                f"{file.path}: no column {' and '.join(missing)}; a labelled set has text and"
                " spans, a list of {start, end, entity_type}"
            )
        dataset_column = next((name for name in _DATASET_COLUMNS if name in rows.names), None)
        optional = [name for name in ("language", dataset_column) if name in rows.names]
        number = 0
        for batch in rows.scan(["text", "spans", *filter(None, optional)]):
            for row in batch:
                number += 1
                dataset = str(row.get(dataset_column or "") or "")
                if not datasets or dataset.startswith(datasets):
                    said = normalise_language(row.get("language"))
                    yield _document(row, said or language, dataset, f"{file.path}: row {number}")


def _document(row: Mapping[str, Any], language: str, dataset: str, where: str) -> Document:
    text = row["text"]
    if not isinstance(text, str):
        raise SourceError(f"{where}: text is not text")
    placed: list[Gold] = []
    unplaced: list[Gold] = []
    for label in row["spans"] or ():
        try:
            gold = Gold(label["start"], label["end"], label["entity_type"])
            inside = 0 <= gold.start < gold.end <= len(text)
        except (KeyError, TypeError):
            inside = False
        if not inside or not isinstance(gold.entity_type, str):
            raise SourceError(f"{where}: a span without start, end and entity_type inside the text")
        quoted = label.get("text")
        (placed if quoted in (None, text[gold.start : gold.end]) else unplaced).append(gold)
    return Document(text, tuple(placed), language, dataset, tuple(unplaced))


# ---- making the redactions --------------------------------------------------------------------------------------

BATCH = 256
MASKED_SCRIPT = "masked_script"


class Evaluation(NamedTuple):
    """Scores of a profile, of Presidio as it comes (where asked for), and by dataset; and what was not scored."""

    ours: Score
    as_shipped: Score | None
    by_dataset: dict[str, tuple[Score, Score | None]]
    # Reason → documents, or labels for `misplaced_labels`; those of `masked_script` are scored with what no model reads
    # masked, where a run rejects them unless `unsupported_script` is `mask`.
    skipped: dict[str, int]


def evaluate(
    documents: Sequence[Document],
    *,
    profile: Profile = "strict",
    languages: Sequence[str] = ("en",),
    models: Mapping[str, str] | None = None,
    patterns_only: bool = False,
    beside_as_shipped: bool = False,
) -> Evaluation:
    """Scores what a pipeline with these options would take from each document, were it a conversation of one message.

    Documents in a language without a model are counted in `skipped`, or looked at with patterns alone
    (`patterns_only`). Letters of a script that no model reads count as masked. Presidio as it comes looks at the languages that have a model; it is scored on the same documents.

    Raises:
        ModelError: no language has a model, or Presidio as shipped has none for a language that is scored.
    """
    detector = Detector(profile, languages, models or {}, patterns_only=patterns_only)
    skipped: Counter[str] = Counter()
    taken, ours = [], []
    for start in range(0, len(documents), BATCH):
        some = []
        for document in documents[start : start + BATCH]:
            if patterns_only or detector.supports(document.language):
                some.append(document)
            else:
                skipped[f"unsupported_language:{document.language}"] += 1
        for document, spans in zip(some, _detected(detector, some), strict=True):
            if isinstance(spans, str):
                skipped[spans] += 1
                continue
            skipped["misplaced_labels"] += len(document.unplaced)
            if any(span.entity_type == UNANALYSED for span in spans):
                skipped[MASKED_SCRIPT] += 1
            taken.append(document)
            ours.append(spread([document.text], [spans])[0])
    theirs = None
    if beside_as_shipped:
        engines: dict[str, Callable[[str], list[Span]]] = {}
        theirs = []
        for document in taken:
            code = document.language
            if code not in engines:
                if not detector.supports(code):
                    raise ModelError(f"Presidio as shipped has no model for {code}")
                engines[code] = _as_shipped(code, detector.model_name(code))
            theirs.append(_flat(engines[code](document.text)))
    by_dataset: dict[str, tuple[Score, Score | None]] = {}
    for name in sorted({document.dataset for document in taken}):
        rows = [i for i, document in enumerate(taken) if document.dataset == name]
        by_dataset[name] = (
            _score_of(rows, taken, ours),
            None if theirs is None else _score_of(rows, taken, theirs),
        )
    return Evaluation(
        score(taken, ours),
        None if theirs is None else score(taken, theirs),
        by_dataset,
        {reason: count for reason, count in sorted(skipped.items()) if count},
    )


def _score_of(
    rows: Sequence[int], documents: Sequence[Document], redactions: Sequence[list[Span]]
) -> Score:
    return score([documents[i] for i in rows], [redactions[i] for i in rows])


def _detected(detector: Detector, documents: Sequence[Document]) -> list[list[Span] | str]:
    """The spans of each document, or why it cannot be analysed."""
    try:
        return list(detector.detect([(d.text, d.language) for d in documents]))
    except Unanalysable as error:
        if len(documents) == 1:
            return [error.reason]
        return [found for document in documents for found in _detected(detector, [document])]


def _flat(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans as one, under the type of the highest score: what is taken out of a text at once."""
    flat: list[Span] = []
    for span in sorted(spans):
        if flat and span.start < flat[-1].end:
            last = flat[-1]
            best = max(last, span, key=lambda s: (s.score, s.end - s.start))
            flat[-1] = best._replace(start=last.start, end=max(last.end, span.end))
        else:
            flat.append(span)
    return flat


def _as_shipped(language: str, model: str) -> Callable[[str], list[Span]]:
    """What Presidio's AnalyzerEngine as it comes finds in a text.

    Raises:
        ModelError: the model is not installed.
    """
    from logminer.privacy.engine.engine import as_shipped  # loads spaCy

    located = locate(model)
    if located is None:
        raise ModelError(f"no spaCy model for {language}: python -m spacy download {model}")
    analyzer = as_shipped(language, located)
    return lambda text: [
        Span(r.start, r.end, r.entity_type, r.score) for r in analyzer.analyze(text, language)
    ]
