"""A spaCy pipeline as Presidio wants it, and the same one that computes only what is asked for."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import spacy
from spacy.attrs import DEP, LEMMA, MORPH, POS, TAG
from spacy.pipeline import DependencyParser, EntityRecognizer, Lemmatizer
from spacy.pipeline.tok2vec import Tok2VecListener
from spacy.tokenizer import Tokenizer

from logminer.errors import ModelError
from logminer.privacy.engine.entities import Asked, Beginnings, Entity, EntityReader
from logminer.privacy.engine.presidio import (
    NerModelConfiguration,
    NlpArtifacts,
    SpacyNlpEngine,
)
from logminer.privacy.engine.sentences import SentenceReader
from logminer.privacy.engine.words import Words
from logminer.privacy.languages.labels import UNSURE, check_labels, entity_types

__all__ = ["STOCK", "QuickPipeline", "SpacyPipeline", "batches"]

NO_LANGUAGE = "xx"  # spaCy's code of no language in particular
BATCH_TOKENS = 4_000  # whose vectors are computed at once
KEPT_CHARACTERS = 5_000_000  # of texts whose words spaCy does not forget: some 100,000 words
KEPT_CHUNKS = 200_000  # between spaces, whose tokens are remembered: more than those texts have

# Components that neither entities nor lemmas need: GiNZA's, which cut tokens anew; Finnish lemmas want a library of C.
_LEFT_OUT = frozenset(("bunsetu_recognizer", "compound_splitter", "fi.voikko_lemmatizer"))


class SpacyPipeline(SpacyNlpEngine):  # type: ignore[misc]
    """A spaCy pipeline that is already here: Presidio itself would download it.

    Raises:
        ModelError: it cannot be loaded, or has no label for persons.
    """

    def __init__(
        self, language: str, model: str | None, configuration: NerModelConfiguration | None = None
    ) -> None:
        loaded = _loaded(model)
        labels = set(loaded.pipe_labels.get("ner", ()))
        if configuration is None:
            types = entity_types(labels)
            if model:
                check_labels(model, labels)
            configuration = NerModelConfiguration(
                model_to_presidio_entity_mapping=types or {"PERSON": "PERSON"},
                labels_to_ignore=sorted(labels - types.keys()),
                low_score_entity_names=["REGION"],
                low_confidence_score_multiplier=UNSURE,
            )
        super().__init__(
            models=[{"lang_code": language, "model_name": model or "blank"}],
            ner_model_configuration=configuration,
        )
        self.nlp = {language: loaded}
        self.pipeline = loaded

    def get_supported_entities(self) -> list[str]:
        """Types of entities that come out."""
        types = set(super().get_supported_entities())
        return sorted((types - {"REGION"}) | {"LOCATION"} if "REGION" in types else types)

    def _get_updated_entities(
        self, entities: list[Any], scores: list[float]
    ) -> tuple[list[Any], list[float]]:
        entities, scores = super()._get_updated_entities(entities, scores)
        for entity in entities:
            if entity.label_ == "REGION":
                entity.label_ = "LOCATION"
        return entities, scores


def _loaded(model: str | None) -> Any:
    """The pipeline, without components that nobody here asks for."""
    if model is None:
        return spacy.blank(NO_LANGUAGE)
    try:
        folder = Path(model)
        path = folder if folder.is_dir() else spacy.util.get_package_path(model)
        (configuration,) = [*path.glob("config.cfg"), *path.glob("*/config.cfg")][:1]
        # read here: what is left out could need what is not installed
        components = spacy.util.load_config(configuration)["components"]
        named = {name for name, one in components.items() if one.get("factory") in _LEFT_OUT}
        loaded = spacy.load(model, exclude=sorted(named))
    except Exception as error:
        raise ModelError(
            f"spaCy model {model} cannot be loaded ({type(error).__name__}): install one of this spaCy version"
        ) from None
    if hasattr(loaded.tokenizer, "need_subtokens"):  # Japanese: for the compound splitter alone
        loaded.tokenizer.need_subtokens = False
    return loaded


class QuickPipeline(SpacyPipeline):
    """The same pipeline; reads entities first, and the rest of a text where Presidio asks for it."""

    def __init__(
        self,
        language: str,
        model: str | None,
        ignored: Collection[str] = (),
        needed: Mapping[str, re.Pattern[str]] | None = None,
    ) -> None:
        super().__init__(language, model)
        self._ignored = ignored
        self._kept = 0  # characters of the texts whose words are kept
        if isinstance(self.pipeline.tokenizer, Tokenizer):
            self.pipeline.tokenizer.max_cache_size = KEPT_CHUNKS
        types = entity_types(self.pipeline.pipe_labels.get("ner", ()))
        asked = {
            label: (needed or {}).get(kind) for label, kind in types.items() if kind not in ignored
        }
        self._names = _Names.of(self.pipeline, asked)
        factories = {self.pipeline.get_pipe_meta(n).factory for n in self.pipeline.pipe_names}
        self._has_lemmas = not factories <= _WITHOUT_LEMMAS

    def memory(self, characters: int) -> Any:
        """A stretch of texts after which spaCy forgets new words, which it would keep for ever.

        The words of the first texts are kept, for they come again: of a word that it has met, spaCy knows everything.

        Args:
            characters: how many the texts have.
        """
        for lemmatizer in (p for _, p in self.pipeline.pipeline if isinstance(p, Lemmatizer)):
            lemmatizer.cache.clear()
        if self._kept + characters > KEPT_CHARACTERS:
            return self.pipeline.memory_zone()
        self._kept += characters
        return contextlib.nullcontext()

    def process_batch(
        self, texts: Sequence[str], language: str, **_: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Each text with what Presidio asks of it."""
        if self._names is None:
            yield from super().process_batch(texts, language, batch_size=64)
            return
        docs = [self.pipeline.make_doc(text) for text in texts]
        for text, doc, entities in zip(texts, docs, self._names(docs), strict=True):
            yield text, self._artifacts(text, doc, entities, language)

    def _artifacts(
        self, text: str, doc: Any, entities: Iterable[Entity], language: str
    ) -> NlpArtifacts:
        spans = [
            SimpleNamespace(
                start_char=doc[start].idx,
                end_char=doc[end - 1].idx + len(doc[end - 1]),
                label_=label,
            )
            for start, end, label in entities
        ]
        scores = [self.ner_model_configuration.default_score] * len(spans)
        spans, scores = self._get_updated_entities(spans, scores)
        asked = [i for i, span in enumerate(spans) if span.label_ not in self._ignored]
        spans, scores = [spans[i] for i in asked], [scores[i] for i in asked]
        return _Artifacts(text, doc, spans, scores, self, language)

    def read(self, text: str) -> Any:
        """The document with everything that lemmas need."""
        return (
            self.pipeline(text, disable=["ner"])
            if self._has_lemmas
            else self.pipeline.make_doc(text)
        )


class _Artifacts(NlpArtifacts):  # type: ignore[misc]
    """What Presidio asks of a text; tokens and lemmas are computed when it does."""

    def __init__(
        self,
        text: str,
        doc: Any,
        entities: list[Any],
        scores: list[float],
        nlp_engine: QuickPipeline,
        language: str,
    ) -> None:
        self.tokens = doc
        self.entities = entities
        self.scores = scores
        self.nlp_engine = nlp_engine
        self.language = language
        self._text = text

    @functools.cached_property
    def tokens_indices(self) -> list[int]:
        return [token.idx for token in self.tokens]

    @functools.cached_property
    def lemmas(self) -> list[str]:
        return [token.lemma_ for token in self.nlp_engine.read(self._text)]

    @functools.cached_property
    def keywords(self) -> frozenset[str]:  # Presidio only asks what is in it
        return frozenset(self.set_keywords(self.nlp_engine, self.lemmas, self.language))


# ---- entities first ---------------------------------------------------------------------------------------------

# Components whose effects on each other are known: before it looks, `ner` only wants to know where sentences start.
STOCK = frozenset(
    """
    attribute_ruler lemmatizer morphologizer ner parser sentencizer senter tagger tok2vec trainable_lemmatizer
    """.split()  # noqa: SIM905
)
_WITHOUT_LEMMAS = STOCK - {"attribute_ruler", "lemmatizer", "trainable_lemmatizer"}
_SENTENCES = ("parser", "senter", "sentencizer")
_SETTABLE = frozenset(
    (DEP, LEMMA, MORPH, POS, TAG)
)  # by an attribute ruler, without that `ner` sees it


class _Names:
    """The entities of a pipeline, computed first and alone.

    Args:
        nlp: the pipeline.
        asked: labels that are asked for, with what a text must hold for that.

    Raises:
        ValueError: it is not built of spaCy's stock components.
    """

    @classmethod
    def of(cls, nlp: Any, asked: Mapping[str, re.Pattern[str] | None]) -> _Names | None:
        """None where it is another pipeline."""
        try:
            return cls(nlp, asked)
        except ValueError:
            return None

    def __init__(self, nlp: Any, asked: Mapping[str, re.Pattern[str] | None]) -> None:
        components = [
            (nlp.get_pipe_meta(name).factory, nlp.get_pipe(name)) for name in nlp.pipe_names
        ]
        factories = [factory for factory, _ in components]
        if not STOCK.issuperset(factories) or factories.count("ner") != 1:
            raise ValueError("not a stock pipeline")
        before = components[: factories.index("ner")]
        ner = components[len(before)][1]
        rulers = [pipe for factory, pipe in before if factory == "attribute_ruler"]
        if type(ner) is not EntityRecognizer or any(
            not _SETTABLE.issuperset(attrs) for ruler in rulers for attrs in ruler.attrs
        ):
            raise ValueError("not a stock pipeline")
        self._nlp = nlp
        self._asked = asked
        self._vectors = [
            (pipe, _words(pipe.model)) for factory, pipe in before if factory == "tok2vec"
        ]
        # where components listen to two, each hears what was computed last before it
        self._shared = self._vectors[0][1] if len(self._vectors) == 1 else None
        self._entities = EntityReader(ner, self._shared)
        self._listens = any(isinstance(node, Tok2VecListener) for node in ner.model.walk())
        self._sentences = [pipe for factory, pipe in before if factory in _SENTENCES]
        self._parser = self._reader_of_sentences()

    def _reader_of_sentences(self) -> SentenceReader | None:
        if [type(pipe) for pipe in self._sentences] != [DependencyParser]:
            return None
        example = self._nlp.make_doc("A sentence.")
        self._share([example])
        try:
            return SentenceReader(self._sentences[0], example, self._shared)
        except ValueError:
            return None

    def __call__(self, docs: Sequence[Any]) -> list[list[Entity]]:
        """The entities of each document, in order; those with labels that are not asked for may be others."""
        found: list[list[Entity]] = [[] for _ in docs]
        beginnings: dict[int, Beginnings] = {}
        sizes = [len(doc) for doc in docs]
        for batch in batches([i for i, size in enumerate(sizes) if size], sizes, BATCH_TOKENS):
            some = [docs[i] for i in batch]
            if self._listens:
                self._share(some)
            beginnings |= zip(batch, self._entities(some), strict=True)
        for i, of_doc in beginnings.items():
            found[i] = of_doc.entities()
        known = dict.fromkeys(beginnings, 0) if self._sentences else {}
        while known:
            until = {
                i: until
                for i, n in known.items()
                if (until := beginnings[i].undecided(found[i], n, self._asker(docs[i])))
            }
            # behind a sentence's start may begin what was inside of an entity, and go on behind what was parsed
            parsed = [self._nlp.make_doc(docs[i].text) if known[i] else docs[i] for i in until]
            starts = self._starts(parsed, list(until.values()))
            for i, tokens in zip(until, starts, strict=True):
                found[i] = beginnings[i].entities(tokens)
            known = until
        return found

    def _asker(self, doc: Any) -> Asked:
        def asked(start: int, end: int, label: str) -> bool:
            if label not in self._asked:
                return False
            needed = self._asked[label]
            return needed is None or bool(needed.search(doc[start:end].text))

        return asked

    def _starts(self, docs: list[Any], until: Sequence[int]) -> list[list[int]]:
        """Which tokens start a sentence, of the first `until` tokens of each document."""
        if self._shared is None or self._parser is None:
            bare = [doc for doc in docs if not doc.tensor.size]
            for batch in batches(range(len(bare)), [len(doc) for doc in bare], BATCH_TOKENS):
                self._share([bare[i] for i in batch])
        if self._parser and docs:
            return self._parser(docs, until)
        for pipe in self._sentences:
            docs = list(pipe.pipe(docs))
        return [
            np.flatnonzero(doc.to_array("SENT_START")[:n] == 1).tolist()
            for doc, n in zip(docs, until, strict=True)
        ]

    def _share(self, docs: Sequence[Any]) -> None:
        """Set the vectors that components listen to."""
        for pipe, words in self._vectors:
            vectors = words(docs) if words else pipe.predict(docs)
            for doc, of_doc in zip(docs, vectors, strict=True):
                doc.tensor = of_doc


def _words(model: Any) -> Words | None:
    try:
        return Words(model)
    except ValueError:
        return None


def batches(items: Sequence[int], sizes: Sequence[int], most: int) -> Iterator[list[int]]:
    """Stretches of `items` whose sizes add up to no more than `most`; a larger item is one by itself."""
    batch: list[int] = []
    total = 0
    for item in items:
        if batch and total + sizes[item] > most:
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += sizes[item]
    if batch:
        yield batch
