"""Values of labelled fields: what follows "Address:", "City:", "Localidad:", up to the end of the line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.tokens import Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_fields"]

SCORES, OTHER = {"ADDRESS": 0.9}, 0.6
_LABELS = {
    "LOCATION": r"city|town|village|municipality|county|state|province|region|country(?: of (?:birth|origin|residence))?|place of (?:birth|residence)|birth ?place|residence|location|venue|where|ort|wohnort|geburtsort|land"
    r"|localidad(?: ?/ ?provincia)?|ciudad|provincia|municipio|pa[ií]s(?: de (?:nacimiento|origen))?|lugar de nacimiento|poblaci[oó]n|ville|pays|lieu de naissance|citt[aà]|comune|paese|cidade|miejscowo[sś][cć]|miasto|kraj|plaats",
    "ADDRESS": r"(?:home |street |mailing |postal |billing |shipping |delivery |work |residential |permanent |current )?address(?: line ?\d?)?|street|domicilio|direcci[oó]n|adresse|anschrift|strasse|straße|indirizzo|endere[cç]o|morada|adres|ulica",
    "DATE_TIME": r"d\.?o\.?b\.?|date of birth|birth ?date|birthday|born(?: on)?|fecha de nacimiento|fecha de ingreso|fecha de alta|geburtsdatum|geboren am|date de naissance|data di nascita|data de nascimento|data urodzenia|geboortedatum",
    "ORGANIZATION": r"employer|company|organi[sz]ation|hospital|school|university|workplace|centro|empresa|arbeitgeber|firma|employeur|azienda",
}  # fmt: skip
# The last words of the labels: a text without them has no such field.
_SAY = {
    "LOCATION": word_set(
        """
        city town village municipality county state province region country birth origin residence birthplace place location venue where ort wohnort geburtsort land
        localidad provincia ciudad municipio pais país nacimiento poblacion población ville pays naissance citta città comune paese cidade miejscowosc miejscowość
        miejscowośc miejscowosć miasto kraj plaats
        """
    ),
    "ADDRESS": word_set("address line street domicilio direccion dirección adresse anschrift strasse straße indirizzo endereco endereço morada adres ulica"),
    "DATE_TIME": word_set(
        "dob d b birth birthdate date birthday born on nacimiento ingreso alta geburtsdatum am naissance nascita nascimento urodzenia geboortedatum"
    ),
    "ORGANIZATION": word_set(
        "employer company organisation organization hospital school university workplace centro empresa arbeitgeber firma employeur azienda"
    ),
}  # fmt: skip
_FIELDS = {
    kind: re.compile(
        rf"(?:^|[\n\r>|,;.])[ \t*_\"'>-]{{0,6}}(?:{labels})[ \t*_\"']{{0,4}}:[ \t*_\"']{{0,12}}([^\n\r|<>{{}}\[\]]{{2,80}})",
        re.IGNORECASE,
    )
    for kind, labels in _LABELS.items()
}
_NEXT = re.compile(
    r"[.,;]?\s{1,3}[A-ZÁÉÍÓÚÄÖÜ][\w/º° .]{1,24}:|\s{2,}|\.\s|\.$|\\n|\"|'\s*[,}]|[;(]|,\s(?=[A-Z][\w ]{1,20}:)"
)


def find_fields(tokens: Tokens) -> Iterator[Span]:
    """The values of labelled fields, one span each."""
    text = tokens.text
    if ":" not in text:
        return
    for kind, pattern in _FIELDS.items():
        if not _SAY[kind] & tokens.vocabulary:
            continue
        for match in pattern.finditer(text):
            value = match.group(1)
            end = _NEXT.search(value)
            if kind == "ADDRESS" and end and end.group().startswith(". "):
                end = None
            value = value[: end.start()] if end else value
            if _is_value(kind, value.strip(" \t.,*_\"'")):
                end_at = match.start(1) + len(value.rstrip(" \t.,*_\"'"))
                yield Span(match.start(1), end_at, kind, SCORES.get(kind, OTHER))


def _is_value(kind: str, value: str) -> bool:
    words = value.split()
    if not words or len(words) > 10:
        return False
    if kind == "DATE_TIME":
        return any(c.isdigit() for c in value)
    if kind == "ADDRESS":
        return any(c.isdigit() for c in value) or value[0].isupper()
    small = sum(w[0].islower() for w in words)
    return value[0].isupper() and small * 2 <= len(words) and len(words) <= 6
