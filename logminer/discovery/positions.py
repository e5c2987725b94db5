"""Where in a text its tokens stand: in its first sentence, in its last, or between."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from logminer.discovery.tokens import END, EXCLAMATION, OTHER, QUESTION, Stream

__all__ = ["ANYWHERE", "BODY", "CLOSING", "OPENING", "PLACES", "Place", "places", "sentences"]

Place = Literal["opening", "body", "closing", "anywhere"]
PLACES: tuple[Place, ...] = ("opening", "body", "closing", "anywhere")
OPENING, BODY, CLOSING, ANYWHERE = range(4)
FEWEST_WORDS = 4  # of a sentence; a shorter one ("Sure!") is read with its neighbour
MOST_TOKENS = 32  # of an opening or a closing


def places(stream: Stream) -> NDArray[np.uint8]:
    """OPENING, BODY or CLOSING for each token. A text of one sentence has no closing.

    The opening is the first sentence, the closing the last, of four words and more together with shorter ones before
    or after, and of at most 32 tokens.
    """
    tokens, starts = stream
    size, first, after = len(tokens), starts[:-1], starts[1:]
    if not size:
        return np.zeros(0, np.uint8)
    of_text = np.repeat(np.arange(len(first)), np.diff(starts))
    at = np.arange(size)
    words = np.concatenate([[0], np.cumsum((tokens == OTHER) | (tokens > EXCLAMATION))])
    before = words[1:] - words[first][of_text]  # words up to here
    left = words[after][of_text] - words[1:]  # words that follow
    ends = sentence_ends(tokens)
    opened = np.minimum.reduceat(np.where(ends & (before >= FEWEST_WORDS), at, size), first)
    opened = np.minimum(np.minimum(opened, after - 1), first + MOST_TOKENS - 1)
    closes = np.maximum.reduceat(np.where(ends & (left >= FEWEST_WORDS), at, -1), first)
    closes = np.maximum(closes + 1, after - MOST_TOKENS)
    closes = np.where(closes > opened, closes, after)
    found = np.full(size, BODY, np.uint8)
    found[at <= opened[of_text]] = OPENING
    found[at >= closes[of_text]] = CLOSING
    return found


def sentences(tokens: NDArray[np.int32]) -> NDArray[np.int32]:
    """The number of its sentence, over all texts, for each token."""
    ended = np.concatenate([[False], sentence_ends(tokens)[:-1]]) if len(tokens) else tokens > 0
    return np.cumsum(ended, dtype=np.int32)


def sentence_ends(tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether a sentence ends with the token."""
    ends: NDArray[np.bool_] = (tokens == END) | (tokens == QUESTION) | (tokens == EXCLAMATION)
    return ends
