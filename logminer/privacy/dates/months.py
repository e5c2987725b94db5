"""What the months are called, in the languages in which dates are read."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

__all__ = ["MONTH", "Style", "languages", "month_of", "named"]


class Style(NamedTuple):
    """A way to call the twelve months: a language (ISO 639-1) and its names in small letters."""

    language: str
    short: bool
    names: tuple[str, ...]


def _style(language: str, names: str, *, short: bool = False) -> Style:
    return Style(language, short, tuple(names.split()))


# The first style that fits is taken, if nothing speaks for another.
_STYLES = (
    _style("en", "january february march april may june july august september october november december"),
    _style("en", "jan feb mar apr may jun jul aug sep oct nov dec", short=True),
    _style("en", "jan feb mar apr may june july aug sept oct nov dec", short=True),
    _style("de", "januar februar märz april mai juni juli august september oktober november dezember"),
    _style("de", "jan feb mär apr mai jun jul aug sep okt nov dez", short=True),
    _style("fr", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    _style("fr", "janv févr mars avr mai juin juil août sept oct nov déc", short=True),
    _style("es", "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    _style("es", "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre"),
    _style("es", "ene feb mar abr may jun jul ago sep oct nov dic", short=True),
    _style("it", "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    _style("it", "gen feb mar apr mag giu lug ago set ott nov dic", short=True),
    _style("pt", "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
    _style("pt", "jan fev mar abr mai jun jul ago set out nov dez", short=True),
    _style("nl", "januari februari maart april mei juni juli augustus september oktober november december"),
    _style("nl", "jan feb mrt apr mei jun jul aug sep okt nov dec", short=True),
    _style("pl", "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
    _style("pl", "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień"),
    _style("pl", "sty lut mar kwi maj cze lip sie wrz paź lis gru", short=True),
    _style("sv", "januari februari mars april maj juni juli augusti september oktober november december"),
    _style("ru", "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
    _style("ru", "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь"),
)  # fmt: skip


def _plain(name: str) -> str:
    """Without accents, as people write who lack the keys."""
    if name.isascii():
        return name
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


_KNOWN = defaultdict[str, list[tuple[Style, int]]](list)
for _one in _STYLES:
    for _index, _name in enumerate(_one.names):
        for _spelling in dict.fromkeys((_name, _plain(_name))):
            _KNOWN[_spelling].append((_one, _index + 1))

# A month's name; whole words.
MONTH = r"(?<![^\W\d_])(?:{})(?![^\W\d_])".format(
    "|".join(map(re.escape, sorted(_KNOWN, key=len, reverse=True)))
)


def month_of(name: str) -> int:
    """1 to 12."""
    return _KNOWN[name.casefold()][0][1]


def languages(name: str) -> frozenset[str]:
    """The languages (ISO 639-1) in which a month is called so."""
    return frozenset(style.language for style, _ in _KNOWN[name.casefold()])


def named(month: int, like: str, prefer: Collection[str] = (), *, short: bool = False) -> str:
    """What a month is called where another was called `like`: in its language, length and case.

    Args:
        month: 1 to 12.
        like: the other month's name.
        prefer: languages that are more likely than others, where `like` may be of several.
        short: whether an abbreviation is more likely, where `like` may be one.
    """
    fitting = [style for style, _ in _KNOWN[like.casefold()]]

    def unlikely(style: Style) -> tuple[bool, bool, bool]:
        german = style.language == "de" and like.islower()  # it has capitals
        return german, style.short != short, style.language not in prefer

    best = min(fitting, key=unlikely)
    name = best.names[month - 1]
    if len(like) > 1 and like.isupper():
        return name.upper()
    return name if like.islower() else name.capitalize()
