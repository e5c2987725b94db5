"""Finds what identifies a person, in texts of any length and any form.

A `Detector` looks at each text, and at what stands in its strings and cells, with Presidio and spaCy (`engine`), with the
proofs of `patterns` and with the lists and forms of `finders`, and gives the spans that a profile removes. It opens
no connection, downloads nothing, logs nothing. Long texts are looked at in overlapping pieces, endless runs of one
character only at their ends. What it cannot look at raises, and the caller rejects it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from logminer.errors import ModelError
from logminer.models.packaged import go_offline
from logminer.privacy.cuttings import Cutting, Unanalysable, cut
from logminer.privacy.finders.finding import find_more
from logminer.privacy.finders.idwords import LABELS
from logminer.privacy.languages.labels import check_labels
from logminer.privacy.languages.language import (
    default_model,
    how_to_install,
    labels_of,
    locate,
    tell_language,
)
from logminer.privacy.languages.reading import Reader
from logminer.privacy.normalise import View, leaves, normalise
from logminer.privacy.options import Profile, PublicFigures
from logminer.privacy.patterns import find_all
from logminer.privacy.policy.fitting import apart, fitted
from logminer.privacy.policy.guesses import likely
from logminer.privacy.policy.profiles import is_removed, needed, never_guessed
from logminer.privacy.policy.topics import without_topics
from logminer.privacy.redact import is_particle
from logminer.privacy.spans import CERTAIN, UNANALYSED, Span

if TYPE_CHECKING:
    from logminer.privacy.engine.engine import Engine

__all__ = ["Detector"]

PATTERNS_ONLY = "xx"  # spaCy's code of no language in particular
MOST_CHARACTERS = 20_000_000  # of one text
REMEMBERED = 50_000  # texts, by their hash: system prompts and questions come again and again

Key = tuple[str, str]  # text, language


class Detector:
    """Models and recognisers of the configured languages. Costly to build (seconds), one for each process.

    Args:
        profile: what is removed of what is found.
        languages: ISO 639-1 codes; short texts count as the first.
        models: what `spacy.load` takes, where it is not spaCy's small stock model of the language.
        patterns_only: texts in a language without a model are looked at without one.
        countries: whose recognisers look; None for those that Presidio loads for a language.
        recognizers: a file of recognisers of one's own, in Presidio's form.
        ner: a second model that finds names.
        allow: names that stay, as they are written and in any case.
        public_figures: whether figures of our time and places that everybody knows are replaced.
        remember: of how many texts the findings are kept, to look at each once.

    Raises:
        ModelError: no configured language has a model, one cannot be loaded, or has no label for persons.
        ConfigError: the file of recognisers is not one.
    """

    def __init__(
        self,
        profile: Profile,
        languages: Sequence[str],
        models: Mapping[str, str],
        *,
        patterns_only: bool = False,
        countries: Sequence[str] | None = None,
        recognizers: str | None = None,
        ner: str | None = None,
        allow: Sequence[str] = (),
        public_figures: PublicFigures = "replace",
        remember: int = REMEMBERED,
    ) -> None:
        go_offline()
        self._profile = profile
        self._models = dict(models)
        self._first = languages[0]
        self._allowed = _allowed(allow)
        self._keeps_figures = public_figures == "keep"
        located = {
            language: path for language in languages if (path := locate(self.model_name(language)))
        }
        if not located:
            raise ModelError(
                f"no spaCy model for {', '.join(languages)}: {self._how_to_install(languages[0])}, or name a model folder "
                "in anonymise.models"
            )
        for language in located:  # before seconds are spent on loading
            if (labels := labels_of(self.model_name(language))) is not None:
                check_labels(self.model_name(language), labels)
        from logminer.privacy.engine.engine import Engine
        from logminer.privacy.engine.recognisers import Recognition

        self._ignored = never_guessed(profile)
        recognition = Recognition(
            None if countries is None else tuple(countries),
            recognizers,
            ner,
            self._ignored,
            needed(profile),
        )
        self._engines: dict[str, Engine] = {
            language: Engine(language, path, recognition) for language, path in located.items()
        }
        if patterns_only:
            self._engines[PATTERNS_ONLY] = Engine(PATTERNS_ONLY, None, recognition)
        self._reader = Reader(tuple(located))
        self._patterns_only = patterns_only
        self._memory = _Memory(remember)

    # ---- languages

    def model_name(self, language: str) -> str:
        """The spaCy model that serves, or would serve, a language."""
        return self._models.get(language) or default_model(language)

    def _how_to_install(self, language: str) -> str:
        return how_to_install(language, self.model_name(language))

    def supports(self, language: str) -> bool:
        """Whether names can be found in this language."""
        return language in self._engines and language != PATTERNS_ONLY

    def language(self, column: str | None, texts: Iterable[str]) -> str:
        """See `tell_language`; a short text counts as the first configured language."""
        return tell_language(column, texts, self._first)

    # ---- texts

    def detect(self, texts: Sequence[tuple[str, str]]) -> list[list[Span]]:
        """The spans that the profile removes, for each (text, language): sorted, not overlapping.

        A text, or a part of it, that is in letters that its language's model does not read is looked at by a model that
        does; what none reads is `UNANALYSED`, unless patterns are enough. A text that comes twice is looked at once.

        Raises:
            Unanalysable: a text is out of bounds, or a pattern was given up.
            ModelError: a language without a model.
        """
        found: dict[Key, Sequence[Span]] = {}
        new: list[Key] = []
        for key in dict.fromkeys(texts):
            if (known := self._memory.get(key)) is None:
                new.append(key)
            else:
                found[key] = known
        failed = ""
        for key, spans in zip(new, self._look(new), strict=True):
            if isinstance(spans, str):
                failed = spans
            else:
                self._memory.put(key, spans)
                found[key] = spans
        if failed:
            raise Unanalysable(failed)
        return [list(found[key]) for key in texts]

    def _look(self, keys: Sequence[Key]) -> list[list[Span] | str]:
        """What is found in each text, or why it cannot be analysed."""
        found: list[list[Span]] = [[] for _ in keys]
        failed: dict[int, str] = {}
        looks: list[_Look] = []
        for number, (text, language) in enumerate(keys):
            try:
                of_text = self._looks(number, text, language)
            except Unanalysable as error:
                failed[number] = error.reason
            else:
                looks += of_text
                found[number] += find_all(text) if of_text[0].view.text != text else ()
        reports = self._reports(looks)
        for look in looks:
            text = look.view.text
            spans = []
            if look.letters is None:
                spans += [*find_all(text), *find_more(text, look.language, self._ignored)]
            for offset, content in look.pieces:
                report = reports[look.engine][content]
                if report is None:
                    failed[look.number] = "analysis_timeout"
                reported = [
                    _shifted(span, offset)
                    for span in report or ()
                    if look.letters is None or look.letters.search(content, span.start, span.end)
                ]
                if look.engine == "en":
                    reported = [name for span in reported if (name := likely(span, text))]
                spans += reported
            removed = [
                span
                for span in spans
                if is_removed(self._profile, span, text) and not _is_label(span, text)
            ]
            removed += [Span(*run, UNANALYSED, CERTAIN) for run in look.unread]
            found[look.number] += [
                Span(first, last, span.entity_type, span.score)
                for span in removed
                for first, last in look.view.original(span.start, span.end)
            ]
        return [
            failed.get(number) or self._taken(found[number], text)
            for number, (text, _) in enumerate(keys)
        ]

    def _taken(self, found: list[Span], text: str) -> list[Span]:
        """What goes of what is found in a text."""
        spans = _resolve(apart(fitted(found, text), text), text)
        spans = without_topics(spans, text, self._profile, figures=self._keeps_figures)
        return _spared(spans, text, self._allowed)

    def _looks(self, number: int, text: str, language: str) -> list[_Look]:
        if language not in self._engines and not self._patterns_only:
            raise ModelError(f"no spaCy model for {language}: {self._how_to_install(language)}")
        if len(text) > MOST_CHARACTERS:
            raise Unanalysable("text_too_long")
        whole = normalise(text)
        inner = leaves(whole.text)
        views = [whole] if inner is None else [whole, inner.through(whole)]
        return [look for view in views for look in self._looks_at(number, view, language)]

    def _looks_at(self, number: int, view: View, language: str) -> Iterator[_Look]:
        """The first one for finders too, and with what nobody reads."""
        language, beside, unread = self._reader.read(view.text, language)
        engine = language if language in self._engines else PATTERNS_ONLY
        pieces = cut(view.text)
        yield _Look(
            number, engine, view, pieces, language, () if self._patterns_only else unread, None
        )
        for other, letters in beside:
            some = [piece for piece in pieces if letters.search(piece.content)]
            yield _Look(number, other, view, some, other, (), letters)

    def _reports(self, looks: Iterable[_Look]) -> dict[str, dict[str, list[Span] | None]]:
        """What each engine reports of each piece; None where it gave up."""
        contents: dict[str, dict[str, None]] = {}
        for look in looks:
            contents.setdefault(look.engine, {}).update((p.content, None) for p in look.pieces)
        return {
            engine: dict(zip(some, self._engines[engine].analyse(list(some)), strict=True))
            for engine, some in contents.items()
        }


def _shifted(span: Span, offset: int) -> Span:
    """A span that the engine reports, in its text; CERTAIN is for what `patterns` proves."""
    start, end, entity_type, score = span
    return Span(start + offset, end + offset, entity_type, min(score, 0.99))


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


def _is_label(span: Span, text: str) -> bool:
    """Whether a guess is the word that announces an id: "Steuerliche Identifikationsnummer"."""
    return span.score < CERTAIN and text[span.start : span.end].casefold().strip(" :") in LABELS


def _trimmed(span: Span, text: str) -> Span | None:
    value = text[span.start : span.end]
    start = span.start + len(value) - len(value.lstrip(" \t\r\n\"'`,;:*"))
    end = span.end - (len(value) - len(value.rstrip(" \t\r\n\"'`,;:*")))
    return span._replace(start=start, end=end) if start < end else None


# ---- names that stay --------------------------------------------------------------------------------------------


def _allowed(names: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the names as whole words, in any case and however they are spaced."""
    words = [r"\s+".join(map(re.escape, name.split())) for name in names if name.strip()]
    longest_first = sorted(words, key=len, reverse=True)
    if not words:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?:['’]s)?(?!\w)", re.IGNORECASE)


def _spared(spans: list[Span], text: str, allowed: re.Pattern[str] | None) -> list[Span]:
    """`spans` without the allowed names; what is left of one is kept where it is more than a title."""
    if allowed is None:
        return spans
    left: list[Span] = []
    for span in spans:
        start = span.start
        stays = [] if span.score >= CERTAIN else list(allowed.finditer(text, start, span.end))
        for first, last in [*(m.span() for m in stays), (span.end, span.end)]:
            words = re.findall(r"\w+", text[start:first])
            if first > start and (not stays or not all(map(is_particle, words))):
                left.append(span._replace(start=start, end=first))
            start = last
    return [trimmed for span in left if (trimmed := _trimmed(span, text))]


# ---- what an engine looks at -------------------------------------------------------------------------------------


class _Look(NamedTuple):
    """A view of a text, and what of it an engine looks at; with `letters`, for names that hold one of those alone."""

    number: int  # of the text
    engine: str
    view: View
    pieces: list[Cutting]
    language: str
    unread: tuple[tuple[int, int], ...]
    letters: re.Pattern[str] | None


class _Memory:
    """What was found in the texts seen last. Holds offsets and keyed hashes, no text."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._key = os.urandom(32)
        self._found: OrderedDict[bytes, tuple[Span, ...]] = OrderedDict()

    def get(self, key: Key) -> tuple[Span, ...] | None:
        """The spans of a text; None where it is not remembered."""
        digest = self._digest(key)
        if digest in self._found:
            self._found.move_to_end(digest)
        return self._found.get(digest)

    def put(self, key: Key, spans: Sequence[Span]) -> None:
        """Remember the spans of a text, and forget the oldest ones."""
        self._found[self._digest(key)] = tuple(spans)
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def _digest(self, key: Key) -> bytes:
        text = "\0".join(reversed(key)).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=16).digest()
