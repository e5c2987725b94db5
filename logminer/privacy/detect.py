"""Finds what identifies a person: the only door to Presidio, spaCy and py3langid.

A `Detector` runs spaCy's names and every pattern recogniser of Presidio on batches of texts, adds the identifiers
that `patterns` proves, and gives the spans that a profile removes. It opens no connection, downloads nothing, logs
nothing, and looks at texts of any length: long ones in overlapping pieces, endless runs of one character only at
their ends. What it cannot look at raises, and the caller rejects it.
"""

from __future__ import annotations

import bisect
import contextlib
import functools
import importlib.metadata
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ModelError
from logminer.models import find_packaged, go_offline
from logminer.privacy.language import default_model, normalise_language
from logminer.privacy.patterns import Span, find_all
from logminer.privacy.profiles import Profile, is_removed

__all__ = ["Detector", "Unanalysable", "locate"]


class Unanalysable(Exception):
    """A text that cannot be analysed in bounded time; `reason` is a rejection reason, never text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# ---- texts of any length ----------------------------------------------------------------------------------------

MOST_CHARACTERS = 20_000_000  # of one text
PIECE, OVERLAP = 12_000, 500  # Presidio's search for context words is quadratic in a piece
LONGEST_RUN = 2_000  # characters without a space; spaCy's tokenizer is quadratic in them
MOST_HOST_STEPS = 5_000_000  # of Presidio's URL patterns, some 20 µs each

_ENDLESS = re.compile(r"(.{1,3}?)\1{150,}", re.DOTALL)
_HOST_RUN = re.compile(r"[a-zA-Z0-9.-]{254,}")


class _Piece(NamedTuple):
    text: int  # index of the text it is from
    offset: int
    content: str


def _pieces(index: int, text: str) -> list[_Piece]:
    """Overlapping pieces of a text, cut at spaces, without the middles of endless repetitions."""
    if len(text) > MOST_CHARACTERS:
        raise Unanalysable("text_too_long")
    pieces, start = [], 0
    for endless in _ENDLESS.finditer(text) if len(text) > 450 else ():
        if endless.end() - endless.start() > 3 * OVERLAP:
            pieces += _cut(index, text, start, endless.start() + OVERLAP)
            start = endless.end() - OVERLAP
    pieces += _cut(index, text, start, len(text))
    steps = sum(
        len(run.group()) * min(run.group().count("."), 253)
        for piece in pieces
        for run in _HOST_RUN.finditer(piece.content)
    )
    if steps > MOST_HOST_STEPS:
        raise Unanalysable("analysis_timeout")
    return pieces


def _cut(index: int, text: str, start: int, end: int) -> list[_Piece]:
    pieces = []
    while end - start > LONGEST_RUN:
        stop = min(start + PIECE, end)
        if stop < end:
            space = max(text.rfind("\n", start + PIECE // 2, stop), start)
            stop = space if space > start else max(text.rfind(" ", start + PIECE // 2, stop), start)
            stop = stop if stop > start else start + LONGEST_RUN
        if long_run := re.compile(rf"\S{{{LONGEST_RUN + 1}}}").search(text, start, stop):
            stop = max(long_run.start(), start + LONGEST_RUN)
        pieces.append(_Piece(index, start, text[start:stop]))
        if stop >= end:
            return pieces
        start = max(stop - OVERLAP, start + 1)
    pieces.append(_Piece(index, start, text[start:end]))
    return pieces


# ---- the engine -------------------------------------------------------------------------------------------------

BATCH = 64
BATCH_CHARACTERS = 60_000  # bounds what spaCy holds while it works on a batch
PHONE_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "PL", "NL", "IL", "IN", "CA", "BR")
PATTERNS_ONLY = "xx"  # spaCy's code of no language in particular
LEAST_LETTERS = 40  # of a text whose language can be told
NO_LANGUAGE = "zxx"  # ISO 639-2: "no linguistic content"
LEAST_CONFIDENCE = 0.5

NER_TYPES = {
    **dict.fromkeys(("PERSON", "PER", "persName"), "PERSON"),
    **dict.fromkeys(
        ("GPE", "LOC", "FAC", "LOCATION", "geogName", "placeName", "GPE_LOC"), "LOCATION"
    ),
    **dict.fromkeys(("ORG", "ORGANIZATION", "orgName", "GPE_ORG"), "ORGANIZATION"),
    **dict.fromkeys(("DATE", "TIME", "date", "time"), "DATE_TIME"),
    "NORP": "NRP",
}


class _Watch(logging.Filter):
    """Silences Presidio (its messages can quote text) and remembers that a pattern was given up."""

    gave_up = False

    def filter(self, record: logging.LogRecord) -> bool:
        self.gave_up = self.gave_up or "timed out" in str(record.msg)
        return False


_WATCH = _Watch()  # one for the process: the first filter that says no is the last one asked


class Detector:
    """Models and recognisers of the configured languages. Costly to build (seconds), one for each process.

    Raises:
        ModelError: no configured language has a model.
    """

    def __init__(
        self,
        profile: Profile,
        languages: Sequence[str],
        models: Mapping[str, str],
        *,
        patterns_only: bool = False,
    ) -> None:
        go_offline()
        self._profile = profile
        self._models = dict(models)
        self._first = languages[0]
        located = {
            language: path for language in languages if (path := locate(self.model_name(language)))
        }
        if not located:
            raise ModelError(
                f"no spaCy model for {', '.join(languages)}: python -m spacy download {self.model_name(languages[0])}, "
                "or pip install 'logminer[demo]' for a small English one, or name a model folder in anonymise.models"
            )
        logging.getLogger("presidio-analyzer").addFilter(_WATCH)
        self._engines = {language: _engine(language, path) for language, path in located.items()}
        if patterns_only:
            self._engines[PATTERNS_ONLY] = _engine(PATTERNS_ONLY, None)

    def model_name(self, language: str) -> str:
        """The spaCy model that serves, or would serve, a language."""
        return self._models.get(language) or default_model(language)

    def supports(self, language: str) -> bool:
        """Whether names can be found in this language."""
        return language in self._engines and language != PATTERNS_ONLY

    def language(self, column: str | None, texts: Iterable[str]) -> str:
        """ISO 639-1 code of a conversation: what the dump says, else what the text looks like.

        A text that is short or uncertain counts as the first configured language.
        """
        if said := normalise_language(column):
            return said
        sample = "\n".join(texts)[:20_000]
        # a word of Latin script has four letters and more where a Chinese one has one or two
        if sum(1 if c < "\u0250" else 4 for c in sample if c.isalpha()) < LEAST_LETTERS:
            return self._first
        code, confidence = _identifier().classify(sample)
        if code == NO_LANGUAGE:  # code, tables, numbers
            return self._first
        return (normalise_language(code) or code) if confidence >= LEAST_CONFIDENCE else self._first

    def detect(self, texts: Sequence[tuple[str, str]]) -> list[list[Span]]:
        """The spans that the profile removes, for each (text, language): sorted, not overlapping.

        Raises:
            Unanalysable: a text is out of bounds, or a pattern was given up.
        """
        pieces: dict[tuple[str, str], list[tuple[int, int]]] = {}
        found = []
        for index, (text, language) in enumerate(texts):
            found.append(find_all(text))
            engine = language if language in self._engines else PATTERNS_ONLY
            if engine not in self._engines:
                raise ModelError(
                    f"no spaCy model for {language}: python -m spacy download {self.model_name(language)}"
                )
            for piece in _pieces(index, text):
                if any(c.isalnum() for c in piece.content):  # the same text is looked at once
                    pieces.setdefault((engine, piece.content), []).append((index, piece.offset))
        for language in {language for language, _ in pieces}:
            contents = [content for engine, content in pieces if engine == language]
            for content, spans in zip(contents, self._analyse(language, contents), strict=True):
                for index, offset in pieces[language, content]:
                    found[index] += [
                        s._replace(start=s.start + offset, end=s.end + offset) for s in spans
                    ]
        return [
            _resolve([s for s in spans if is_removed(self._profile, s, text)], text)
            for (text, _), spans in zip(texts, found, strict=True)
        ]

    def _analyse(self, language: str, contents: list[str]) -> Iterable[list[Span]]:
        engine = self._engines[language]
        nlp = engine.nlp_engine.get_nlp(language)
        _WATCH.gave_up = False
        for batch in _batches(contents):
            with nlp.memory_zone():  # else spaCy keeps every new word for ever
                artifacts = engine.nlp_engine.process_batch(batch, language, batch_size=BATCH)
                for content, (_, artifact) in zip(batch, artifacts, strict=True):
                    results = engine.analyze(content, language, nlp_artifacts=artifact)
                    if _WATCH.gave_up:
                        raise Unanalysable("analysis_timeout")
                    # CERTAIN is for what `patterns` proves
                    yield [Span(r.start, r.end, r.entity_type, min(r.score, 0.99)) for r in results]


def _batches(contents: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for content in contents:
        if batch and (len(batch) == BATCH or characters + len(content) > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(content)
        characters += len(content)
    if batch:
        yield batch


def _resolve(spans: list[Span], text: str) -> list[Span]:
    """Trimmed spans, overlapping ones united under the type of the highest score (then the longest)."""
    united: list[Span] = []
    best = Span(0, 0, "", 0.0)
    for span in sorted(filter(None, (_trimmed(s, text) for s in spans))):
        if united and span.start < united[-1].end:
            best = max(best, span, key=lambda s: (s.score, s.end - s.start))
            last = united[-1]
            united[-1] = Span(last.start, max(last.end, span.end), best.entity_type, best.score)
        else:
            united.append(best := span)
    return united


def _trimmed(span: Span, text: str) -> Span | None:
    value = text[span.start : span.end]
    start = span.start + len(value) - len(value.lstrip(" \t\r\n\"'`,;:*"))
    end = span.end - (len(value) - len(value.rstrip(" \t\r\n\"'`,;:*")))
    return span._replace(start=start, end=end) if start < end else None


def locate(model: str) -> str | None:
    """What `spacy.load` takes for a model's name: an installed package, a folder, or a packaged copy."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError, ValueError):
        importlib.metadata.distribution(model)
        return model
    if (Path(model) / "meta.json").is_file():
        return model
    packaged = find_packaged(model)
    return str(packaged) if packaged else None


def _engine(language: str, model: str | None) -> Any:
    """A Presidio analyser of one language over a model that is already here (Presidio itself would download)."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer
    from thinc.api import NumpyOps, set_current_ops

    class LocalEngine(SpacyNlpEngine):  # type: ignore[misc]
        def load(self) -> None:
            self.nlp = {language: spacy.load(model) if model else spacy.blank(PATTERNS_ONLY)}

    class Phones(PhoneRecognizer):  # type: ignore[misc]
        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> Any:
            if sum(c.isdigit() for c in text) < 5:  # no region has shorter numbers
                return []
            return super().analyze(text, entities, nlp_artifacts)

    class ContextWords(LemmaContextAwareEnhancer):  # type: ignore[misc]
        """Finds a match's token by bisection where Presidio counts from the start of the text; the same token."""

        _ends: tuple[Any, list[int]] = (
            None,
            [],
        )  # of the text at hand: its token starts, its token ends

        def _find_index_of_match_token(
            self, word: str, start: int, tokens: Any, tokens_indices: list[int]
        ) -> int:
            if self._ends[0] is not tokens_indices:
                ends = [at + len(token) for at, token in zip(tokens_indices, tokens, strict=True)]
                self._ends = (tokens_indices, ends)
            if (index := bisect.bisect_right(self._ends[1], start)) == len(tokens_indices):
                raise ValueError("a match beyond the last token")
            return index

    set_current_ops(NumpyOps(use_blis=False))  # OpenBLAS: faster, the same spans
    try:
        nlp_engine = LocalEngine(
            models=[{"lang_code": language, "model_name": model or "blank"}],
            ner_model_configuration=NerModelConfiguration(
                model_to_presidio_entity_mapping=NER_TYPES
            ),
        )
        nlp_engine.load()
        labels = set(nlp_engine.get_nlp(language).pipe_labels.get("ner", ()))
        nlp_engine.ner_model_configuration.labels_to_ignore = sorted(labels - NER_TYPES.keys())
        registry = RecognizerRegistry(supported_languages=[language])
        registry.load_predefined_recognizers(languages=[language], nlp_engine=nlp_engine)
        # ours finds more addresses and needs no list of domains, which Presidio's would fetch
        registry.remove_recognizer("EmailRecognizer")
        registry.remove_recognizer("PhoneRecognizer")
        registry.add_recognizer(
            Phones(supported_language=language, supported_regions=PHONE_REGIONS)
        )
        return AnalyzerEngine(
            registry=registry,
            nlp_engine=nlp_engine,
            supported_languages=[language],
            context_aware_enhancer=ContextWords(),
        )
    except Exception as error:
        raise ModelError(
            f"spaCy model {model} cannot be loaded ({type(error).__name__}): install one of this spaCy version"
        ) from None


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
