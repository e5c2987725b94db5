"""Pools of names in other scripts than the Latin one, from Faker's lists: to give."""

from __future__ import annotations

import functools
import importlib
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

__all__ = ["pool_in_script"]

# First word of a letter's Unicode name → locales whose lists are in that script.
_LOCALES = {
    "CYRILLIC": ("ru_RU", "uk_UA", "bg_BG"),
    "GREEK": ("el_GR",),
    "HEBREW": ("he_IL",),
    "ARABIC": ("fa_IR", "ar_SA", "ar_PS"),
    "DEVANAGARI": ("hi_IN", "ne_NP"),
    "BENGALI": ("bn_BD",),
    "TAMIL": ("ta_IN",),
    "THAI": ("th_TH",),
    "GEORGIAN": ("ka_GE",),
    "ARMENIAN": ("hy_AM",),
    "CJK": ("zh_CN", "ja_JP"),
    "HANGUL": ("ko_KR",),
    "KATAKANA": ("ja_JP",),
    "HIRAGANA": ("ja_JP",),
}
_UNSPACED = ("CJK", "HANGUL")  # first and last name are one word
_FEWEST = 20  # names of one length that are enough to choose from
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


class _Lists(NamedTuple):
    female: frozenset[str]
    male: frozenset[str]
    last_female: frozenset[str]
    last_male: frozenset[str]
    last: frozenset[str]


def pool_in_script(word: str) -> tuple[str, ...] | None:
    """Names in the script of a word, sorted: of its gender and sort where the lists know it; None where it is Latin.

    Of scripts in which a full name is one word, full names as long as it.
    """
    script = _script(word)
    if script is None:
        return None
    word = word.title()  # as the lists have it
    if script in _UNSPACED:
        return _full(script, len(word))
    lists = _lists(script)
    if word in lists.female and word in lists.male:
        return _sorted(lists.female | lists.male)
    for known in (lists.female, lists.male, lists.last_female, lists.last_male):
        if word in known:
            return _sorted(known)
    return _sorted(lists.last)


def _script(word: str) -> str | None:
    for char in word:
        if char.isalpha():
            script = unicodedata.name(char, "").partition(" ")[0]
            return script if script in _LOCALES else None
    return None


@functools.lru_cache(256)
def _sorted(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


@functools.cache
def _full(script: str, length: int) -> tuple[str, ...]:
    """Last and first name in one, as long as asked; of any length where there are few."""
    made = set()
    for locale in _LOCALES[script]:
        keep = functools.partial(_is_word, script)
        last, first = _names(locale, "last_names", keep), _names(locale, "first_names", keep)
        made |= {a + b for a in last for b in first}
    fitting = {name for name in made if len(name) == length}
    return tuple(sorted(fitting if len(fitting) >= _FEWEST else made))


@functools.cache
def _lists(script: str) -> _Lists:
    keep = functools.partial(_is_word, script)
    kana = script in ("KATAKANA", "HIRAGANA")

    def listed(first: str) -> frozenset[str]:
        field = first.replace("_names", "_kana_names") if kana else first
        names = {n for locale in _LOCALES[script] for n in _names(locale, field, lambda _: True)}
        if script == "HIRAGANA":
            names = {name.translate(_TO_HIRAGANA) for name in names}
        return frozenset(filter(keep, names))

    female, male = listed("last_names_female"), listed("last_names_male")
    return _Lists(
        listed("first_names_female"),
        listed("first_names_male"),
        female - male,
        male - female,
        listed("last_names"),
    )


def _is_word(script: str, name: str) -> bool:
    """Whether a name is one word of a script; marks may sit on its letters."""
    letters = [c for c in name if unicodedata.category(c) not in ("Mn", "Mc")]
    return bool(letters) and all(c.isalpha() for c in letters) and _script(letters[0]) == script


def _names(locale: str, field: str, keep: Callable[[str], bool]) -> Iterable[str]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    return [name for name in getattr(provider, field, ()) if keep(name)]
