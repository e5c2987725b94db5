"""What both arms say to the prompts that phrases are looked for on, as one stream of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from logminer.compare.prompts import Codes, Floats, Mask
from logminer.discovery.positions import ANYWHERE, places, sentences
from logminer.discovery.reading import PairedTexts
from logminer.discovery.tokens import Stream, Tokens, Vocabulary

__all__ = ["MOST_TOKENS", "Corpus", "SpokenTexts", "read_corpus", "spoken"]

T = TypeVar("T", bound=np.generic)
MOST_TOKENS = 1 << 24  # that are held; of more, those of the first prompts, whose ids are random


class SpokenTexts(NamedTuple):
    """Texts of some prompts as tokens, those of one prompt together.

    `places` is that of each token, `numbers` [texts] that of each text's prompt, as in `compare.prompts`, and `votes`
    [texts] what its saying a thing counts: one over the samples of its arm, below 0 for the base.
    """

    stream: Stream
    places: NDArray[np.uint8]
    numbers: Codes
    votes: Floats


class Corpus(NamedTuple):
    """Texts, those of one unit together and of one prompt in it.

    `numbers` [p] are those of the prompts, as in `compare.prompts`; `units` [p] rise, `groups` [p] do not; `rows` [tokens]
    is the text of each token, `sentences` [tokens] the number of its sentence, `prompts` [texts] that text's place in
    `numbers`, and `votes` [texts] what saying a thing counts: one over the samples of its arm, below 0 for the base.
    """

    numbers: Codes
    units: Codes
    groups: Codes
    tokens: Tokens
    places: NDArray[np.uint8]
    sentences: NDArray[np.int32]
    rows: NDArray[np.int32]
    prompts: Codes
    votes: Floats

    def at(self, place: int) -> NDArray[np.int64]:
        """Which tokens stand there."""
        if place == ANYWHERE:
            return np.arange(len(self.tokens))
        return np.flatnonzero(self.places == place)

    def of(self, prompts: Mask, most_tokens: int) -> tuple[Corpus, NDArray[np.int64]]:
        """The texts of some prompts alone, and which tokens of the whole are theirs.

        Of more than `most_tokens` those of the first units are taken.
        """
        kept = prompts[self.prompts][self.rows]
        at = np.flatnonzero(kept)[:most_tokens]
        if not len(at):
            chosen = np.zeros(len(self.numbers), bool)
        else:
            last = int(self.prompts[self.rows[at[-1]]])
            chosen = prompts & (np.arange(len(self.numbers)) < last + (len(at) < most_tokens))
        texts = chosen[self.prompts]
        at = at[texts[self.rows[at]]]
        return (
            Corpus(
                self.numbers[chosen],
                self.units[chosen],
                self.groups[chosen],
                self.tokens[at],
                self.places[at],
                sentences(self.tokens[at]),
                (np.cumsum(texts) - 1)[self.rows[at]].astype(np.int32),
                (np.cumsum(chosen) - 1)[self.prompts[texts]],
                self.votes[texts],
            ),
            at,
        )


def spoken(block: PairedTexts, wanted: Mask, vocabulary: Vocabulary) -> SpokenTexts:
    """The texts of those prompts of a block that are `wanted` (by number of all prompts)."""
    texts, numbers, votes = list[str](), list[int](), list[float]()
    for place in np.flatnonzero(wanted[block.numbers]).tolist():
        for said, sign in ((block.base[place], -1.0), (block.candidate[place], 1.0)):
            texts += said
            votes += [sign / len(said)] * len(said)
            numbers += [int(block.numbers[place])] * len(said)
    stream = vocabulary.encode(texts)
    return SpokenTexts(
        stream, places(stream), np.array(numbers, np.int64), np.array(votes, np.float64)
    )


def read_corpus(
    blocks: Iterable[PairedTexts],
    wanted: Mask,
    units: Codes,
    groups: Codes,
    vocabulary: Vocabulary,
) -> Corpus:
    """The texts of the prompts that are wanted; where they have too many tokens, of the first of them.

    Args:
        blocks: of one channel, prompts in the order of their ids.
        wanted: by number of all prompts.
        units: by number of all prompts.
        groups: likewise.
        vocabulary: learns the words.
    """
    read, total = list[SpokenTexts](), 0
    for block in blocks:
        read.append(spoken(block, wanted, vocabulary))
        total += len(read[-1].stream.tokens)
        if total > MOST_TOKENS:
            break
    numbers = _joined([part.numbers for part in read], np.int64)
    votes = _joined([part.votes for part in read], np.float64)
    size = _joined([np.diff(part.stream.starts) for part in read], np.int64)
    starts = np.cumsum(size) - size
    order = np.lexsort((numbers, units[numbers]))
    order = order[_fitting(numbers, size)[order]]
    first = np.diff(numbers[order], prepend=-1) != 0
    rows = np.repeat(np.arange(len(order), dtype=np.int32), size[order])
    # Texts are taken one after the other in their new order.
    source = np.arange(len(rows)) + (starts[order] - np.cumsum(size[order]) + size[order])[rows]
    tokens = vocabulary.settle()[_joined([part.stream.tokens for part in read], np.int32)[source]]
    marks = _joined([part.places for part in read], np.uint8)[source]
    chosen = numbers[order][first]
    return Corpus(
        chosen,
        units[chosen],
        groups[chosen],
        tokens,
        marks,
        sentences(tokens),
        rows,
        np.cumsum(first) - 1,
        votes[order],
    )


def _joined(parts: Sequence[NDArray[T]], kind: type[T]) -> NDArray[T]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _fitting(numbers: Codes, size: Codes) -> Mask:
    """The texts of the first prompts that together have no more than MOST_TOKENS tokens."""
    over = np.cumsum(size) > MOST_TOKENS
    return numbers < numbers[over][0] if over.any() else np.ones(len(numbers), bool)
