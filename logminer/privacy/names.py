"""Pools of plausible names, places and organisations for surrogates, from Faker's lists.

The lists are sorted and fixed, so the same hash picks the same name in every process. Only plain capitalised ASCII
words are in the pools: a surrogate reads as one word and is found again as one.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterable
from typing import NamedTuple

from logminer.privacy.mentions.canonical import folded

__all__ = [
    "NRP_POOL",
    "ORGANIZATION_SUFFIXES",
    "FirstNames",
    "cities",
    "countries",
    "first_names",
    "is_listed",
    "known_countries",
    "states",
    "surnames",
]

_POOL_LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES")
_KNOWN_LOCALES = (*_POOL_LOCALES, "it_IT", "pl_PL", "nl_NL", "pt_BR", "sv_SE", "da_DK", "cs_CZ", "ro_RO", "tr_TR", "en_IN")  # fmt: skip
_CITY_LOCALES = ("de_DE", "nl_NL", "pt_PT", "sv_SE", "en_IN")
_PLAIN = re.compile(r"[A-Z][a-z]{2,11}")

ORGANIZATION_SUFFIXES = (
    "Group",
    "Industries",
    "Partners",
    "Labs",
    "Holdings",
    "Systems",
    "Works",
    "Associates",
)
NRP_POOL = ("Ruritanian", "Freedonian", "Syldavian", "Bordurian", "Graustarkian", "Zubrowkan", "Genovian", "Latverian")  # fmt: skip


class FirstNames(NamedTuple):
    """First names to give (pools, by gender) and to recognise (lower case)."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    known_female: frozenset[str]
    known_male: frozenset[str]

    def pool(self, name: str) -> tuple[str, ...] | None:
        """Names that may stand for `name`, of its gender where that is clear; None if it is no known first name."""
        name = folded(name)
        female, male = name in self.known_female, name in self.known_male
        if not (female or male):
            return None
        return self.female + self.male if female and male else self.female if female else self.male


@functools.cache
def first_names() -> FirstNames:
    """First names of many languages."""
    female = {locale: _list("person", locale, "first_names_female") for locale in _KNOWN_LOCALES}
    male = {locale: _list("person", locale, "first_names_male") for locale in _KNOWN_LOCALES}
    known_female = {name for names in female.values() for name in names}
    known_male = {name for names in male.values() for name in names}
    return FirstNames(
        _plain(n for locale in _POOL_LOCALES for n in female[locale] if n not in known_male),
        _plain(n for locale in _POOL_LOCALES for n in male[locale] if n not in known_female),
        frozenset(form(n) for n in known_female for form in (str.casefold, folded)),
        frozenset(form(n) for n in known_male for form in (str.casefold, folded)),
    )


@functools.cache
def surnames() -> tuple[str, ...]:
    """Surnames that are no first names."""
    names = (n for locale in _POOL_LOCALES for n in _list("person", locale, "last_names"))
    return _plain(n for n in names if not first_names().pool(n))


@functools.cache
def _listed() -> frozenset[str]:
    return (
        first_names().known_female | first_names().known_male | {n.casefold() for n in surnames()}
    )


def is_listed(word: str) -> bool:
    """Whether a word is a first name or surname of the lists, whatever its case."""
    return word.casefold() in _listed()


@functools.cache
def cities() -> tuple[str, ...]:
    """Towns of several countries."""
    return _plain(n for locale in _CITY_LOCALES for n in _list("address", locale, "cities"))


@functools.cache
def known_countries() -> frozenset[str]:
    """Countries and the ways they are called, case-folded: to recognise."""
    aliases = (
        "usa,u.s.,u.s.a.,united states,us,uk,u.k.,uae,eu,united kingdom,america,england,scotland,wales,britain,great britain,"
        "russia,iran,syria,south korea,north korea,vietnam,taiwan,palestine,soviet union,european union"
    )
    return frozenset(n.casefold() for n in _list("address", "en", "countries")) | set(
        aliases.split(",")
    )


@functools.cache
def countries() -> tuple[str, ...]:
    """Countries with a name of one word: to give."""
    return _plain(_list("address", "en", "countries"))


@functools.cache
def states() -> tuple[str, ...]:
    """States of the USA with a name of one word."""
    return _plain(_list("address", "en_US", "states"))


def _list(kind: str, locale: str, field: str) -> list[str]:
    provider = importlib.import_module(f"faker.providers.{kind}.{locale}").Provider
    return list(getattr(provider, field, ()))


def _plain(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if _PLAIN.fullmatch(name)}))
