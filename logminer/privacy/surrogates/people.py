"""In place of people, their groups and their addresses on the net."""

from __future__ import annotations

import re

from logminer.privacy import names
from logminer.privacy.foreign import pool_in_script
from logminer.privacy.mentions.canonical import WORD
from logminer.privacy.redact import is_particle
from logminer.privacy.surrogates.drawing import Dice, Drawing, cased

__all__ = ["age", "email", "name", "nrp", "organization", "person", "url"]

_SPELT = re.compile(r"[^\W_]([\W_])(?:[^\W_][\W_]{1,3}){2,}[^\W_]")  # O k s a n a
_LONGEST = 24  # letters of a name


def person(drawing: Drawing, value: str) -> str:
    """Word by word, so that "Anna Kowalska" and "Anna" agree; titles, particles and initials stay.

    Also where the words are glued, spelt letter by letter or written backwards, if the conversation has them.
    """
    if spelt := _SPELT.fullmatch(value):
        word = "".join(c for c in value if c.isalnum())
        parts = [word] if drawing.is_name(word) else _parts(drawing, word)
        if parts:
            letters = (spelt.group(1).join(name(drawing, part)) for part in parts)
            return (2 * spelt.group(1)).join(letters)
    replaced = WORD.sub(lambda m: _word(drawing, m.group()), value)
    replaced = re.sub(r"\d+", lambda m: drawing.digits(m.group()), replaced).replace("<", "(")
    if replaced.casefold() != value.casefold():
        return replaced
    return drawing.drawn(
        "PERSON", value, lambda dice: f"{_first(dice)} {dice.pick(names.surnames())}"
    )


def _word(drawing: Drawing, word: str) -> str:
    if is_particle(word):
        return word
    if not drawing.is_name(word):
        if parts := _parts(drawing, word):
            return "".join(p if is_particle(p) else name(drawing, p) for p in parts)
        if parts := _parts(drawing, word[::-1]):
            backwards = "".join(p if is_particle(p) else name(drawing, p) for p in parts)[::-1]
            return cased(word, backwards)
    return name(drawing, word)


def _parts(drawing: Drawing, word: str) -> list[str]:
    """The names, and at most one initial at either end, that a word is made of; empty where it is not."""
    for start in (0, 1):
        parts, place = [word[:1]] if start else [], start
        while place < len(word):
            ends = range(min(len(word), place + _LONGEST), place + 1, -1)
            end = next((e for e in ends if _is_part(drawing, word[place:e])), 0)
            if not end:
                break
            parts.append(word[place:end])
            place = end
        if len(word) - place < 2 and any(map(drawing.is_name, parts)):
            return [*parts, *word[place:]]
    return []


def _is_part(drawing: Drawing, piece: str) -> bool:
    return drawing.is_name(piece) or is_particle(piece)


def name(drawing: Drawing, word: str) -> str:
    """Another name of the same sort: a first name for a first name, in the same script."""
    pool = pool_in_script(word) or names.first_names().pool(word) or names.surnames()
    return cased(word, drawing.name(word, pool))


def age(drawing: Drawing, value: str) -> str:
    """A near age; over 89 any of the nineties."""

    def draw(dice: Dice) -> str:
        return re.sub(r"\d+", lambda m: str(_aged(dice, int(m.group()))), value)

    return drawing.drawn("AGE", value, draw)


def organization(drawing: Drawing, value: str) -> str:
    """A firm that bears a surname."""
    return drawing.drawn(
        "ORGANIZATION",
        value,
        lambda dice: f"{dice.pick(names.surnames())} {dice.pick(names.ORGANIZATION_SUFFIXES)}",
    )


def nrp(drawing: Drawing, value: str) -> str:
    """Another nationality, religion or party."""
    return drawing.drawn("NRP", value, lambda dice: cased(value, dice.pick(names.NRP_POOL)))


def email(drawing: Drawing, value: str) -> str:
    """An address at example.org (RFC 2606), with the surrogates of the names in it."""
    local = value.partition("@")[0]
    known = [w for w in WORD.findall(local) if drawing.is_name(w) or _parts(drawing, w)]
    named = ".".join(_word(drawing, word) for word in known).lower()

    def draw(dice: Dice) -> str:
        local = named or f"{_first(dice)}.{dice.pick(names.surnames())}"
        return f"{local}{10 + dice.below(90)}@example.org".lower()

    return drawing.drawn("EMAIL_ADDRESS", value, draw)


def url(drawing: Drawing, value: str) -> str:
    """A page at example.org (RFC 2606)."""
    return drawing.drawn("URL", value, lambda dice: f"https://example.org/{dice.below(16**8):08x}")


def _first(dice: Dice) -> str:
    return dice.pick(names.first_names().female + names.first_names().male)


def _aged(dice: Dice, years: int) -> int:
    if years > 89:
        return 90 + dice.below(10)
    return max(1, years + (-3, -2, -1, 1, 2, 3)[dice.below(6)])
