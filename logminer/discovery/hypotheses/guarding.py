"""What an analyst may not say: other people's words, people, checkpoints, or which of two texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from logminer.discovery.hypotheses.drawing import ShownPair
from logminer.discovery.hypotheses.notes import Note
from logminer.privacy.finders.lexicon import frequency

__all__ = ["REASONS_REFUSED", "Guard"]

# Why a note is refused: it quotes what too few people were told or said, holds what the anonymiser takes for personal
# data, names a checkpoint or model, or speaks of a text by its letter, which means nothing outside its pair.
REASONS_REFUSED = ("quotes", "personal", "names_a_checkpoint", "names_a_text")

LONG = 6  # words in a row that are a quotation
TELLING = 4  # characters; of those that are no dictionary's a single word is one
SHORT_NAME = 3  # characters; a shorter name may be any word
# Scripts without spaces between words: each character counts as one.
WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['’][^\W_]+)*"
)
LETTER = re.compile(r"\b[XY]\b|\b(?:text|answer|response|model|assistant)\s+[A-Z0-9]\b")


class Guard:
    """Decides of each note whether it may be kept.

    Args:
        pairs: all that the analyst is shown.
        names: of checkpoints and models.
        min_people: as many must share a quotation, of six words or of one that no dictionary has, before it tells nothing of
            one of them.
        personal: whether a text holds personal data.
    """

    def __init__(
        self,
        pairs: Sequence[ShownPair],
        names: Iterable[str],
        min_people: int,
        personal: Callable[[Sequence[str]], list[bool]],
    ) -> None:
        self._min_people, self._personal = min_people, personal
        named = sorted({name for name in names if len(name) >= SHORT_NAME})
        told = "|".join(map(re.escape, named))
        self._names = re.compile(rf"(?<!\w)(?:{told})(?!\w)", re.IGNORECASE) if named else None
        self._people: dict[str, set[str]] = {}
        for pair in pairs:
            for text in (pair.prompt, pair.x, pair.y):
                for run in _quotable(text):
                    self._people.setdefault(run, set()).add(pair.person)

    def refused(self, notes: Sequence[Note]) -> list[str | None]:
        """For each note the reason of `REASONS_REFUSED`, None where it may be kept."""
        found = [self._reason(note) for note in notes]
        rest = [place for place, reason in enumerate(found) if reason is None]
        if rest:
            personal = self._personal([notes[place].whole for place in rest])
            for place, holds in zip(rest, personal, strict=True):
                found[place] = "personal" if holds else None
        return found

    def _reason(self, note: Note) -> str | None:
        said = note.whole
        if any(
            len(self._people.get(run, ())) in range(1, self._min_people) for run in _quotable(said)
        ):
            return "quotes"
        if self._names and self._names.search(said):
            return "names_a_checkpoint"
        return "names_a_text" if LETTER.search(said) else None


def _quotable(text: str) -> Iterable[str]:
    """What tells whose words they are: six in a row, and single ones that no English dictionary has (names, codes, products)."""
    words = WORD.findall(text.casefold())
    runs = {" ".join(words[i : i + LONG]) for i in range(len(words) - LONG + 1)}
    bare = {word.replace("’", "'").removesuffix("'s") for word in words}
    return runs | {word for word in bare if len(word) >= TELLING and _is_strange(word)}


def _is_strange(word: str) -> bool:
    return not (frequency(word) or frequency(word.replace("is", "iz")))  # as in realise
