"""Presidio over spaCy, for one language.

An `Engine` gives what Presidio's `AnalyzerEngine` gives with the same configuration, several times as fast:
- the entities come from `engine.entities`, which leaves out most of the spaCy pipeline;
- types that nobody asks for (`Recognition.ignored`) are not looked for;
- lemmas, which only the search for context words needs, are computed for texts in which that search can find one;
- a recogniser whose patterns are costly is asked only about texts that hold what each of its patterns needs.
`plain` is the same configuration without any of this, to be compared with.

The configuration differs from Presidio's own where that is known to be wrong: context words are whole words ("lic" is not
in "public"); a driving licence needs one, since its pattern is any letter with digits; numbers, times, versions and
code are no names; e-mail addresses are left to `privacy.patterns`, which needs no list of domains.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import tldextract
from thinc.api import NumpyOps, set_current_ops, use_ops
from threadpoolctl import ThreadpoolController

from logminer.privacy.engine.context import ContextWords
from logminer.privacy.engine.pipeline import QuickPipeline, SpacyPipeline, batches
from logminer.privacy.engine.presidio import (
    AnalyzerEngine,
    LemmaContextAwareEnhancer,
    NerModelConfiguration,
)
from logminer.privacy.engine.recognisers import Recognition, quicken, registry
from logminer.privacy.spans import Span

__all__ = ["Engine", "as_shipped", "plain"]

MEMORY_CHARACTERS = 500_000  # after which spaCy forgets the words it has met
BATCH_CHARACTERS = 60_000  # whose documents are held at once


class _Watch(logging.Filter):
    """Silences Presidio (its messages can quote text) and remembers that something was given up."""

    gave_up = False

    def filter(self, record: logging.LogRecord) -> bool:
        message = str(record.msg)
        self.gave_up |= "timed out" in message or "prediction failed" in message
        return False


_WATCH = _Watch()  # one for the process: the first filter that says no is the last one asked


class Engine:
    """The models and recognisers of one language. Costly to build (seconds), one for each process.

    Args:
        language: ISO 639-1 code.
        model: what `spacy.load` takes; None for patterns alone.
        recognition: which recognisers look.

    Raises:
        ModelError: a model cannot be loaded.
        ConfigError: the file of recognisers is not one.
    """

    def __init__(self, language: str, model: str | None, recognition: Recognition) -> None:
        logging.getLogger("presidio-analyzer").addFilter(_WATCH)
        set_current_ops(NumpyOps(use_blis=False))  # OpenBLAS: faster, the same spans
        self._threads = ThreadpoolController()
        self._language = language
        pipeline = QuickPipeline(language, model, recognition.ignored, recognition.needed)
        recognisers = registry(language, pipeline, recognition)
        for recogniser in recognisers.recognizers:
            quicken(recogniser)
        self._pipeline = pipeline
        self._analyzer = AnalyzerEngine(
            registry=recognisers,
            nlp_engine=pipeline,
            supported_languages=[language],
            context_aware_enhancer=ContextWords(pipeline.pipeline),
        )

    def analyse(self, texts: Sequence[str]) -> list[list[Span] | None]:
        """What Presidio reports of each text; None where a recogniser gave a text up."""
        found: list[list[Span] | None] = [None] * len(texts)
        sizes = [len(text) for text in texts]
        order = sorted(range(len(texts)), key=sizes.__getitem__)
        # small matrices: a second thread costs more than it does
        with self._threads.limit(limits=1, user_api="blas"):
            for stretch in batches(order, sizes, MEMORY_CHARACTERS):
                with self._pipeline.memory(sum(sizes[i] for i in stretch)):
                    for batch in batches(stretch, sizes, BATCH_CHARACTERS):
                        some = self._spans([texts[i] for i in batch])
                        for i, spans in zip(batch, some, strict=True):
                            found[i] = spans
        return found

    def _spans(self, texts: Sequence[str]) -> Iterator[list[Span] | None]:
        for text, artifacts in self._pipeline.process_batch(texts, self._language):
            _WATCH.gave_up = False
            results = self._analyzer.analyze(text, self._language, nlp_artifacts=artifacts)
            spans = [Span(r.start, r.end, r.entity_type, r.score) for r in results]
            yield None if _WATCH.gave_up else spans


def plain(language: str, model: str | None, recognition: Recognition) -> AnalyzerEngine:
    """Presidio's own engine with the configuration of `Engine`: what its results are to be."""
    with use_ops("numpy", use_blis=True):
        pipeline = SpacyPipeline(language, model)
    return AnalyzerEngine(
        registry=registry(language, pipeline, recognition),
        nlp_engine=pipeline,
        supported_languages=[language],
        context_aware_enhancer=LemmaContextAwareEnhancer(context_matching_mode="whole_word"),
    )


def as_shipped(language: str, model: str) -> AnalyzerEngine:
    """Presidio's own engine as it comes, over a model that is already here.

    Its e-mail recogniser would fetch the list of public suffixes; tldextract brings one along.
    """
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    with use_ops("numpy", use_blis=True):
        pipeline = SpacyPipeline(language, model, NerModelConfiguration())
    return AnalyzerEngine(nlp_engine=pipeline, supported_languages=[language])
