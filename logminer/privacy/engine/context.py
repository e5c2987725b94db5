"""Presidio's search for context words, where there can be one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.attrs import LEMMA, LOWER
from spacy.pipeline import Lemmatizer
from spacy.tokenizer import Tokenizer

from logminer.privacy.engine.pipeline import STOCK
from logminer.privacy.engine.presidio import (
    LemmaContextAwareEnhancer,
    NlpArtifacts,
    RecognizerResult,
)

__all__ = ["ContextWords"]


class ContextWords(LemmaContextAwareEnhancer):  # type: ignore[misc]
    """Presidio's search for context words, as whole words, on texts in which it can find one."""

    def __init__(self, nlp: Any) -> None:
        super().__init__(context_matching_mode="whole_word")
        self._nlp = nlp
        # recogniser → words in small letters, one of which a text must hold
        self._needed: dict[str, npt.NDArray[np.uint64] | None] = {}
        self._ends: tuple[Any, list[int]] = (None, [])  # of the text at hand: token starts, ends

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[Any],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        key = RecognizerResult.RECOGNIZER_IDENTIFIER_KEY
        finders = {result.recognition_metadata[key] for result in raw_results}
        hopeful = {
            r.id
            for r in recognizers
            if r.id in finders and r.context and self._has_hope(nlp_artifacts.tokens, r)
        }
        if not hopeful:
            return raw_results
        some = [r for r in raw_results if r.recognition_metadata[key] in hopeful]
        rest = [r for r in raw_results if r.recognition_metadata[key] not in hopeful]
        raised = super().enhance_using_context(text, some, nlp_artifacts, recognizers, context)
        return rest + list(raised)

    def _has_hope(self, tokens: Any, recogniser: Any) -> bool:
        """Whether one of its context words can be a lemma of the text."""
        if recogniser.id not in self._needed:
            forms = _forms(self._nlp, recogniser.context)
            self._needed[recogniser.id] = (
                None
                if forms is None
                else np.array([self._nlp.vocab.strings[form] for form in forms], np.uint64)
            )
        needed = self._needed[recogniser.id]
        return needed is None or bool(np.isin(tokens.to_array(LOWER), needed).any())

    def _find_index_of_match_token(
        self, word: str, start: int, tokens: Any, tokens_indices: list[int]
    ) -> int:
        """By bisection where Presidio counts from the start of the text; the same token."""
        if self._ends[0] is not tokens_indices:
            ends = [at + len(token) for at, token in zip(tokens_indices, tokens, strict=True)]
            self._ends = (tokens_indices, ends)
        if (index := bisect_right(self._ends[1], start)) == len(tokens_indices):
            raise ValueError("a match beyond the last token")
        return index


# ---- lemmas -----------------------------------------------------------------------------------------------------


def _forms(nlp: Any, words: Iterable[str]) -> frozenset[str] | None:
    """Words in small letters, one of which a text must hold to hold one of `words` as a lemma.

    None where the pipeline does not let that be told.
    """
    words = {word.lower() for word in words}
    factories = {name: nlp.get_pipe_meta(name).factory for name in nlp.pipe_names}
    if not STOCK.issuperset(factories.values()):
        return None
    for name, factory in factories.items():
        ruler = nlp.get_pipe(name)
        if factory == "attribute_ruler" and words & {
            nlp.vocab.strings[attrs[LEMMA]].lower() for attrs in ruler.attrs if LEMMA in attrs
        }:
            return None
    lemmatizers = [nlp.get_pipe(n) for n, factory in factories.items() if "lemma" in factory]
    if not lemmatizers:  # unless the tokenizer knows them, as the Japanese one does
        return frozenset() if type(nlp.tokenizer) is Tokenizer else None
    if len(lemmatizers) > 1 or not _is_by_rule(lemmatizers[0]):
        return None
    return frozenset(words | _inflected(words, lemmatizers[0].lookups))


def _is_by_rule(pipe: Any) -> bool:
    return (
        isinstance(pipe, Lemmatizer)
        and pipe.mode == "rule"
        and type(pipe).rule_lemmatize is Lemmatizer.rule_lemmatize
    )


def _inflected(words: set[str], lookups: Any) -> set[str]:
    """Words of which the rules or their exceptions make one of `words`."""
    found = set()
    for rules in lookups.get_table("lemma_rules", {}).values():
        for old, new in rules:
            found |= {word[: len(word) - len(new)] + old for word in words if word.endswith(new)}
    for exceptions in lookups.get_table("lemma_exc", {}).values():
        found |= {
            word for word, lemmas in exceptions.items() if words & {x.lower() for x in lemmas}
        }
    return found
