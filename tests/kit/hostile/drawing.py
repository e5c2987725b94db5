"""Texts from templates: every slot is drawn, and its place in the text is kept as a label.

A slot is `«name»`, `«name.part»` or `«name|change|change»`; a digit at its end keeps one drawn value for the whole text
(`«p1»` … `«p1.mail»`). `«~name»` and `«~=words»` are personal in a wide sense (a town, an employer, a date): taking them
out is right, leaving them in is no miss; `«~~=words»` is so only for a profile that takes every organisation, place,
nationality and date. `«KIND=words»` is a written value.
"""

from __future__ import annotations

import datetime
import json
import random
import re
import urllib.parse
from collections.abc import Callable
from typing import NamedTuple

from faker import Faker

from tests.kit.hostile.people import Person, draw_person, ocr, typo
from tests.kit.hostile.shapes import MADE, SHAPES, fill, words
from tests.kit.hostile.tokens import TOKENS

__all__ = ["WIDE", "Drawer", "Label", "Text", "render"]

WIDE = "WIDE"  # the label of `«~~=words»`


class Label(NamedTuple):
    start: int
    end: int
    kind: str


class Text(NamedTuple):
    """`gold` must go; `soft` may go. `category` names the kind of writing."""

    text: str
    gold: tuple[Label, ...]
    soft: tuple[Label, ...]
    category: str


_SLOT = re.compile(r"«([^«»]+)»")
_MONTHS = words(
    "January February March April May June July August September October November December"
)
_MONATE = words(
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
)
_MESES = words(
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
_DOMAINS = words(
    "gmail.com outlook.com proton.me gmx.de yahoo.co.uk web.de orange.fr mail.ru fastmail.com icloud.com"
)

# faker's own makers: name → label, locale, method
_FAKED = {
    "cpf": ("CPF", "pt_BR", "cpf"),
    "cnpj": ("CNPJ", "pt_BR", "cnpj"),
    "nir": ("NIR", "fr_FR", "ssn"),
    "pesel": ("PESEL", "pl_PL", "pesel"),
    "codice": ("CODICE_FISCALE", "it_IT", "ssn"),
    "personnummer": ("PERSONNUMMER", "sv_SE", "ssn"),
    "hetu": ("HETU", "fi_FI", "ssn"),
    "fnr": ("FODSELSNUMMER", "no_NO", "ssn"),
    "bsn": ("BSN", "nl_NL", "ssn"),
    "aadhaar": ("AADHAAR", "en_IN", "aadhaar_id"),
    "sin": ("SIN", "en_CA", "ssn"),
    "cnid": ("CHINA_ID", "zh_CN", "ssn"),
    "rut": ("RUT", "es_CL", "rut"),
    "ahv": ("AHV", "de_CH", "ssn"),
    "cnp": ("CNP", "ro_RO", "ssn"),
    "rodne": ("RODNE_CISLO", "cs_CZ", "birth_number"),
    "amka": ("AMKA", "el_GR", "ssn"),
    "iban_de": ("IBAN", "de_DE", "iban"),
    "iban_gb": ("IBAN", "en_GB", "iban"),
    "iban_fr": ("IBAN", "fr_FR", "iban"),
    "iban_nl": ("IBAN", "nl_NL", "iban"),
    "iban_es": ("IBAN", "es_ES", "iban"),
    "iban_pl": ("IBAN", "pl_PL", "iban"),
    **{
        f"st_{code}": ("STREET_ADDRESS", locale, "street_address")
        for code, locale in {
            "us": "en_US", "gb": "en_GB", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "nl": "nl_NL",
            "pl": "pl_PL", "br": "pt_BR", "au": "en_AU", "ca": "en_CA", "se": "sv_SE", "in": "en_IN", "mx": "es_MX",
        }.items()
    },
}  # fmt: skip
_FAKERS: dict[str, Faker] = {}
_CITIES = {
    "us": "Dayton|Boise|Lake Dennis|Chattanooga|West Jordan|Tacoma|Fort Smith|Mesa",
    "gb": "Leeds|Hexham|Port Talbot|Luton|Kirkcaldy|Bury St Edmunds|Stroud|Ripon",
    "de": "Ravensburg|Bad Homburg|Germersheim|Zwickau|Herne|Lüneburg|Neustadt am Rübenberge",
    "fr": "Limoges|Saint-Malo|Besançon|Quimper|Aubagne|Sainte Marguerite",
    "es": "Albacete|San Fernando|Gijón|Cáceres|Alcoy",
    "it": "Rovigo|Pieve di Cento|Caserta|Cuneo|Siracusa",
    "nl": "Emmen|Den Helder|Zwolle|Kerkrade|Taarlo",
    "pl": "Tarnobrzeg|Elbląg|Rybnik|Zamość",
    "br": "Ribeirão Preto|Olinda|Caruaru|Maringá",
    "au": "Ballarat|Dubbo|Lake Macquarie|Bunbury",
    "ca": "Moncton|Red Deer|Trois-Rivières|Kelowna",
    "mx": "Toluca|San Juan del Río|Mérida",
}


def _faked(locale: str, method: str, rng: random.Random) -> str:
    faker = _FAKERS.setdefault(locale, Faker(locale))
    faker.seed_instance(rng.randrange(2**31))
    value = str(getattr(faker, method)()).replace("\n", ", ")
    if method == "aadhaar_id":
        value = f"{value[:4]} {value[4:8]} {value[8:]}"
    elif method == "pesel" and rng.random() < 0.2:
        value = value[:6] + " " + value[6:]
    elif method == "iban" and rng.random() < 0.6:
        value = " ".join(value[i : i + 4] for i in range(0, len(value), 4))
    elif method == "ssn" and locale == "fr_FR" and rng.random() < 0.5:
        value = f"{value[0]} {value[1:3]} {value[3:5]} {value[5:7]} {value[7:10]} {value[10:13]} {value[13:]}"
    return value.strip()


def _date(day: datetime.date, form: str) -> str:
    d, m, y = day.day, day.month, day.year
    ordinal = f"{d}{'th' if 10 < d < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(d % 10, 'th')}"
    return {
        "iso": f"{y}-{m:02d}-{d:02d}",
        "us": f"{m:02d}/{d:02d}/{y}",
        "usshort": f"{m}/{d}/{y % 100:02d}",
        "gb": f"{d:02d}/{m:02d}/{y}",
        "dot": f"{d:02d}.{m:02d}.{y}",
        "dotshort": f"{d}.{m}.{y % 100:02d}",
        "dash": f"{d:02d}-{m:02d}-{y}",
        "long": f"{d} {_MONTHS[m - 1]} {y}",
        "uslong": f"{_MONTHS[m - 1]} {d}, {y}",
        "ordinal": f"the {ordinal} of {_MONTHS[m - 1]} {y}",
        "usordinal": f"{_MONTHS[m - 1]} {ordinal}, {y}",
        "abbr": f"{d:02d}-{_MONTHS[m - 1][:3]}-{y}",
        "abbrcaps": f"{d:02d}{_MONTHS[m - 1][:3].upper()}{y}",
        "compact": f"{y}{m:02d}{d:02d}",
        "ymd": f"{y}/{m:02d}/{d:02d}",
        "de": f"{d}. {_MONATE[m - 1]} {y}",
        "es": f"{d} de {_MESES[m - 1]} de {y}",
        "cjk": f"{y}年{m}月{d}日",
        "stamp": f"{y}-{m:02d}-{d:02d}T00:00:00Z",
        "spoken": f"{_MONTHS[m - 1].lower()} {ordinal} {y % 100:02d}",
    }[form]


DATE_FORMS = words(
    "iso us usshort gb dot dotshort dash long uslong ordinal usordinal abbr abbrcaps compact ymd de es stamp spoken"
)
_CHANGES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "json": lambda v: json.dumps(v)[1:-1],
    "pct": lambda v: urllib.parse.quote(v, safe=""),
    "nospace": lambda v: re.sub(r"[\s-]", "", v),
    "digits": lambda v: re.sub(r"\D", "", v),
    "spaced": lambda v: " ".join(v.replace(" ", "  ")),
    "under": lambda v: re.sub(r"\W+", "_", v),
    "nbsp": lambda v: v.replace(" ", "\u00a0"),
    "zwsp": lambda v: v[:2] + "\u200b" + v[2:],
    "full": lambda v: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in v),
    "linebreak": lambda v: v.replace(" ", "\n", 1),
    "last4": lambda v: re.sub(r"\D", "", v)[-4:],
}
_KINDS = {
    "lower": "LOWER",
    "upper": "UPPER",
    "ocr": "NOISY",
    "typo": "NOISY",
    "spaced": "NOISY",
    "zwsp": "NOISY",
}


class Drawer:
    """Draws the values of one text; a slot that ends in a digit keeps its value."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._kept: dict[str, object] = {}

    def _keep(self, name: str, value: object) -> object:
        return self._kept.setdefault(name, value) if name[-1].isdigit() else value

    def slot(self, written: str) -> tuple[str, str]:
        """A slot's label and value."""
        if "=" in written and written.split("=")[0].isupper():
            kind, words = written.split("=", 1)
            return kind, words
        named, *changes = written.split("|")
        name, _, part = named.partition(".")
        label, value = self._value(name, part)
        for change in changes:
            if change in ("ocr", "typo"):
                value = (ocr if change == "ocr" else typo)(value, self._rng)
            else:
                value = _CHANGES[change](value)
            if label == "PERSON" and change in _KINDS:
                label = f"PERSON_{_KINDS[change]}"
        return label, value

    def _value(self, name: str, part: str) -> tuple[str, str]:
        rng = self._rng
        base = name.rstrip("0123456789") if name not in (*SHAPES, *MADE, *TOKENS) else name
        if base == "p" or base.startswith("p_"):
            return self._person(name, base[2:], part or "full")
        if base == "dob" or base == "date":
            low = datetime.date(1938, 1, 1) if base == "dob" else datetime.date(2018, 1, 1)
            day = self._keep(
                name, low + datetime.timedelta(rng.randrange(25000 if base == "dob" else 2600))
            )
            assert isinstance(day, datetime.date)
            form = part or rng.choice(DATE_FORMS)
            return ("BIRTH_DATE" if base == "dob" else "DATE"), _date(day, form)
        if base == "user":
            value = (
                rng.choice(("sk8r", "luna", "dark", "pixel", "mrs", "xX", "ghost", "kiwi"))
                + rng.choice(("wolf", "_moth", "fox", "knight", "bean", "_otter", "raven"))
                + str(rng.randrange(7, 2010))
            )
            return "USERNAME", str(self._keep(name, value))
        if base == "tel" or base == "plate":
            of = [key for key in SHAPES if key.startswith(base + "_")]
            key = str(self._keep(name + "?", rng.choice(of)))
            return SHAPES[key][0], str(self._keep(name, fill(rng.choice(SHAPES[key][1]), rng)))
        if base == "tok":
            of = [key for key in TOKENS if key.startswith("tok_")]
            return "SECRET_TOKEN", str(self._keep(name, TOKENS[rng.choice(of)][1](rng)))
        if base.startswith("city_"):
            return "CITY", str(self._keep(name, rng.choice(_CITIES[base[5:]].split("|"))))
        for key in (name, base):
            if key in SHAPES:
                label, shapes = SHAPES[key]
                return label, str(self._keep(name, fill(rng.choice(shapes), rng)))
            for table in (MADE, TOKENS):
                if key in table:
                    label, maker = table[key]
                    return label, str(self._keep(name, maker(rng)))
            if key in _FAKED:
                label, locale, method = _FAKED[key]
                return label, str(self._keep(name, _faked(locale, method, rng)))
        raise KeyError(f"no slot {name!r}")

    def _person(self, name: str, origin: str, part: str) -> tuple[str, str]:
        person = self._keep(name, draw_person(self._rng, origin))
        assert isinstance(person, Person)
        if part == "mail":
            return "EMAIL", f"{person.form('handle')}@{_DOMAINS[person.number % len(_DOMAINS)]}"
        label = {
            "handle": "USERNAME", "unix": "USERNAME", "snake": "USERNAME", "camel": "USERNAME", "slug": "USERNAME",
            "dotted": "USERNAME", "nick": "NICKNAME", "first": "PERSON_FIRST", "last": "PERSON_LAST",
        }.get(part, "PERSON")  # fmt: skip
        if origin.endswith("_own"):
            label = "PERSON_OWN_SCRIPT"
        return label, person.form(part)


def render(template: str, category: str, rng: random.Random, wrap: str = "") -> Text:
    """The template with drawn values, each labelled; `wrap` writes the whole as the inside of a JSON string."""
    drawer = Drawer(rng)
    parts: list[str] = []
    gold: list[Label] = []
    soft: list[Label] = []
    at = length = 0

    def put(piece: str) -> int:
        nonlocal length
        piece = json.dumps(piece)[1:-1] if wrap == "json" else piece
        parts.append(piece)
        length += len(piece)
        return length

    if wrap == "json":
        parts.append('{"role": "user", "content": "')
        length = len(parts[0])
    for slot in _SLOT.finditer(template):
        put(template[at : slot.start()])
        at = slot.end()
        written = slot[1]
        start = length
        if written.startswith("~"):
            if written[1] == "=":
                kind, value = "CONTEXT", written[2:]
            elif written[1] == "~":
                kind, value = WIDE, written[3:]
            else:
                kind, value = drawer.slot(written[1:])
            soft.append(Label(start, put(value), kind))
        else:
            kind, value = drawer.slot(written)
            gold.append(Label(start, put(value), kind))
    put(template[at:])
    if wrap == "json":
        parts.append('"}')
    return Text("".join(parts), tuple(gold), tuple(soft), category)
