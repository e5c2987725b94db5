"""What the lists say of a word: how common it is, whether it is a name, whether it is a place.

Frequencies come from pyspellchecker's dictionaries (words in small letters in subtitles), names and towns from
Faker's lists of every locale. A first name that is also a common word ("Will", "Rose") is a name only in company;
how common a word may be depends on how many locales list it.
"""

from __future__ import annotations

import functools
import gzip
import importlib
import json
import pkgutil
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from logminer.privacy import names
from logminer.privacy.finders.morenames import FIRST_NAMES, SURNAMES
from logminer.privacy.finders.tokens import word_set

__all__ = [
    "first_name",
    "frequency",
    "has_dictionary",
    "is_country",
    "is_foreign_word",
    "is_nationality",
    "is_region",
    "is_surname",
    "is_town",
    "starts_country",
    "street_words",
]

RAREST = 60
_DICTIONARIES = frozenset(("de", "en", "es", "fr", "it", "nl", "pt", "ru"))


def has_dictionary(language: str) -> bool:
    """Whether the words of a language (ISO 639-1) are known."""
    return language in _DICTIONARIES


def frequency(word: str, language: str = "en") -> int:
    """How often a word in small letters was counted: 0 unknown, 50 the rarest, 3,000 in common use, 10⁸ "the"."""
    return _frequencies(language if language in _DICTIONARIES else "en").get(word, 0)


@functools.cache
def _frequencies(language: str) -> dict[str, int]:
    from spellchecker import SpellChecker

    counts = SpellChecker(language=language, distance=1).word_frequency.dictionary
    # elsewhere the rarest words fill most of the list, and hardly ever decide
    return {word: n for word, n in counts.items() if n > RAREST or language == "en"}


# How often a word was counted in the least: German texts are few, and their nouns rare.
_LEAST = {"de": 50, "es": 150, "fr": 150, "it": 150, "nl": 150, "pt": 150}


_RARE_LINES = re.compile(rb'(?:^"[^"\n]*": \d\d?,\n)+', re.MULTILINE)


def is_foreign_word(word: str) -> bool:
    """Whether a word in small letters is one of German, Spanish, French, Italian, Dutch or Portuguese, and none of English.

    What films in both languages say is as often a name.
    """
    return word in _foreign_words()


@functools.cache
def _foreign_words() -> frozenset[str]:
    found: set[str] = set()
    for language, least in _LEAST.items():
        packed = pkgutil.get_data("spellchecker", f"resources/{language}.json.gz") or b""
        told = gzip.decompress(packed)
        if least >= 100:  # what is counted less often is most of it, and need not be read
            told = _RARE_LINES.sub(b"", told)
        counts: dict[str, int] = json.loads(told)
        found |= {word for word, n in counts.items() if n >= least and len(word) > 1}
    return frozenset(found - _frequencies("en").keys())


# ---- names

# Up to which frequency a first name is one wherever it has a capital, by the number of locales that list it.
_MOST_COMMON = (0, 100, 800, 2_500, 2_500, 2_500, 15_000)
_ALSO_WORDS = word_set(
    """
    an al as so said guy my us in is it he may april june august else line edit job media marine urban tea meta unknown ok hi per don del les von
    van der mars venus mercury luna nova aurora atlas apollo juno athena zeus orion hermes hera java ruby julia python pandas perl salesforce
    china india america france georgia england paris london berlin asia africa europe boston denver sydney vienna milan florence israel egypt
    kenya jordan austin dallas houston phoenix charlotte jackson madison lincoln washington virginia victoria carolina chelsea brooklyn
    roman german french danish turkish polish english spanish italian persian christian muslim jesus christ santa allah buddha
    basil dean eve rosemary sage angelica jasmine iris violet ivy heather daisy olive lily pearl amber jade crystal coral hazel ginger pepper
    clay sandy stormy misty rusty dusty candy cherry autumn summer dawn joy hope faith grace charity mercy patience constance trinity
    art gene bill buck chip chuck cliff dale drew earl frank glen grant herb jay lance mark max miles norm pat peg pierce ray red rich
    rob robin rod skip sue trip troy wade ward will woody duke king prince baron bishop carol dolly kit penny queen regina sunny major
    """
)


def first_name(word: str, language: str = "en") -> Literal[0, 1, 2]:
    """2 where a word in small letters is a first name and hardly anything else, 1 where it may be one, 0 if none."""
    locales = _first_names().get(word, 0)
    if not locales:
        return 0
    if word in _ALSO_WORDS:
        return 1
    return 2 if frequency(word, language) <= _MOST_COMMON[min(locales, 6)] else 1


def is_surname(word: str) -> bool:
    """Whether a word in small letters is a surname somewhere."""
    return word in _surnames()


@functools.cache
def _first_names() -> Counter[str]:
    counted: Counter[str] = Counter()
    for provider in _providers("person"):
        counted.update(set(_words(provider, ("first_name", "first_romanized"))))
    counted.update(FIRST_NAMES - counted.keys())
    return counted


@functools.cache
def _surnames() -> frozenset[str]:
    listed = (
        word
        for provider in _providers("person")
        for word in _words(provider, ("last_name", "last_romanized"))
    )
    return SURNAMES.union(listed)


# ---- places

_REGIONS = word_set(
    """
    africa asia europe americas antarctica oceania scandinavia balkans baltics caribbean mediterranean benelux iberia siberia
    himalayas earth moon bavaria saxony catalonia andalusia flanders wallonia normandy brittany provence tuscany
    lombardy sicily sardinia ontario quebec alberta manitoba saskatchewan yukon queensland tasmania punjab kerala
    gujarat maharashtra sichuan guangdong hokkaido crimea kurdistan kashmir tibet xinjiang indochina chechnya transylvania
    """
)
_DEMONYMS = word_set(
    """
    afghan african albanian algerian american angolan arab arabian arabic argentine argentinian armenian asian
    australian austrian azerbaijani azeri bahraini bangladeshi basque belarusian belgian bengali bolivian bosnian
    brazilian british briton bulgarian burmese cambodian cameroonian canadian catalan chechen chilean chinese
    colombian congolese croat croatian cuban cypriot czech dane danish dominican dutch ecuadorian egyptian emirati
    english eritrean estonian ethiopian european fijian filipina filipino finn finnish flemish french georgian german
    ghanaian greek greenlandic guatemalan guyanese haitian hispanic honduran hungarian icelander icelandic indian
    indonesian iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean kosovan
    kurd kurdish kuwaiti latino latina laotian latvian lebanese liberian libyan lithuanian macedonian malagasy
    malaysian maltese maori mexican moldovan mongolian montenegrin moroccan mozambican namibian nepalese nepali
    nicaraguan nigerian norwegian omani pakistani palestinian panamanian paraguayan persian peruvian polish portuguese
    qatari romanian russian rwandan salvadoran samoan saudi scot scottish senegalese serb serbian singaporean slovak
    slovakian slovene slovenian somali spaniard spanish sudanese swede swedish swiss syrian taiwanese tajik tanzanian
    thai tibetan tunisian turk turkish turkmen ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh yemeni
    zambian zimbabwean christian catholic protestant orthodox muslim sunni shia shiite jew jewish hindu sikh buddhist
    mormon baptist lutheran atheist republican democrat communist socialist
    """
)
# What the parts of a country are called in Faker's lists; the others give the names of countries.
_STATES = {
    "en_US": ("states",), "en_CA": ("provinces",), "en_AU": ("states",), "en_IN": ("states",),
    "de_AT": ("states",), "es_MX": ("states",), "pt_BR": ("estados",),
}  # fmt: skip


def is_country(name: str) -> bool:
    """Whether a name is a country's, whatever its case."""
    folded = name.casefold().removeprefix("the ")
    return folded in names.known_countries()


def starts_country(word: str) -> bool:
    """Whether the name of a country begins with this word in small letters."""
    return word in _country_heads()


@functools.cache
def _country_heads() -> frozenset[str]:
    return frozenset(
        part for name in names.known_countries() for part in name.replace("-", " ").split()[:1]
    )


def is_region(name: str) -> bool:
    """Whether a name is a continent's, a country's, a state's or a large region's: nothing as small as a town."""
    folded = name.casefold().removeprefix("the ")
    return is_country(folded) or folded in _regions()


@functools.lru_cache(1 << 16)
def is_nationality(word: str) -> bool:
    """Whether a word in small letters names a nationality, a religion or a party."""
    single = word.removesuffix("s")
    return single in _DEMONYMS or any(
        single.endswith(ending) and single.removesuffix(ending) in _country_stems()
        for ending in ("ian", "ean", "an", "ese", "ish", "i", "er")
    )


def is_town(name: str) -> bool:
    """Whether the lists know a town of this name, in small letters."""
    return name in _towns()


@functools.cache
def _regions() -> frozenset[str]:
    listed = (
        word
        for provider in _providers("address")
        for word in _words(
            provider, _STATES.get(provider.__module__.rpartition(".")[2], ("countries",))
        )
    )
    return frozenset((*_REGIONS, *(word for word in listed if len(word) > 3)))


@functools.cache
def _country_stems() -> frozenset[str]:
    names_ = [name for name in names.known_countries() if name.isalpha() and len(name) > 4]
    return frozenset(stem for name in names_ for stem in (name, name[:-1]) if len(stem) > 4)


@functools.cache
def _towns() -> frozenset[str]:
    return frozenset(
        word
        for provider in _providers("address")
        for word in _words(provider, ("cities", "city_names", "communities"))
        if len(word) > 3
    )


@functools.cache
def street_words() -> frozenset[str]:
    """The last words of streets in English, in small letters (the list of the US Postal Service)."""
    from faker.providers.address.en_US import Provider

    return frozenset(word.casefold() for word in Provider.street_suffixes)


# ---- Faker's lists


def _providers(kind: str) -> Iterator[Any]:
    package = importlib.import_module(f"faker.providers.{kind}")
    for module in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{module.name}").Provider


def _words(provider: Any, prefixes: tuple[str, ...]) -> Iterator[str]:
    """What the lists of a provider hold, case-folded; of a spelling in several scripts, each."""
    for field, values in vars(provider).items():
        if field.startswith(prefixes) and isinstance(values, list | tuple | dict):
            for value in values:
                for spelling in value if isinstance(value, tuple) else (value,):
                    word = str(spelling).casefold()
                    yield word
                    if (plain := _unaccented(word)) != word:
                        yield plain


def _unaccented(word: str) -> str:
    """As people write it who lack the keys: "niccolo" for "niccolò"."""
    if word.isascii():
        return word
    return unicodedata.normalize(
        "NFC",
        "".join(c for c in unicodedata.normalize("NFD", word) if not "\u0300" <= c <= "\u036f"),
    )
