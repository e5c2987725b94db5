"""Numbers that reach, date or register a person: local phone numbers, dates and times, ages, and ids that a word announces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.births import MONTHS, find_births
from logminer.privacy.finders.ids import find_ids
from logminer.privacy.finders.tokens import Tokens
from logminer.privacy.spans import Span

__all__ = ["find_numbers", "is_month"]

ANNOUNCED, SHAPED, GUESSED = 0.7, 0.5, 0.3


def find_numbers(tokens: Tokens) -> Iterator[Span]:
    """Spans of PHONE_NUMBER, DATE_TIME, AGE, ID and US_SSN; they may overlap."""
    if tokens.figures:
        yield from _phones(tokens.text)
        yield from _dates(tokens)
        yield from _ages(tokens)
        yield from _ids(tokens.text)
        yield from find_ids(tokens)
    yield from find_births(tokens)


# ---- phone numbers as people write them at home

_PHONE = re.compile(
    r"(?<![\w./$€£#:%+-])(?<!\d,)(?:\+ ?|00)?(?:\(\d{1,5}\)|\d{1,5})(?:[ .\u00a0/-]{1,2}(?:\(0?\d{1,5}\)|\d{1,8})|(?<=\))\d{2,8}){0,6}"
    r"(?: ?(?:x|ext\.?) ?\d{1,6})?(?!\w|%|[.,:]\d| ?[€$£])"
)
_PHONE_BEFORE = re.compile(
    r"(?:\b(?:phones?|telephone|mobile|cell(?:phone)?|tel|te?le?f|ph|mob|fax|whatsapp|viber|sms|text(?:ed|ing)?|call(?:s|ed|ing)?|dial(?:led|ed|ing)?|ring|reach(?:ed)?|contact"
    r"|answer(?:s|ed|ing)?|messages?|number|no|line|hotline|helpline|office|work|home|handy|telefon(?:nummer|o|e)?|rufnummer|tel[eé]fono|m[oó]vil|t[eé]l[eé]phone|portable|cellulare|numer|telefoon|telefone|celular"
    r"|kom[oó]rka|gsm|toll[ -]free)\b[^\d\n]{0,24})\Z",
    re.IGNORECASE,
)
_PHONE_AFTER = re.compile(
    r"[ \t]{0,2}[-–(,/:]?[ \t]{0,2}(?:office|fax|cell|mobile|home|work|phone|tel|direct|main)\b",
    re.IGNORECASE,
)
# a line of contacts: "00391 29400 / mail@host"; and what ends a letter: "Best regards,", a name, the number alone in its line
_MAIL_BEFORE = re.compile(r"@[\w.-]{1,255}[ \t]{0,3}[/|·•–—-][ \t]{0,3}\Z")
_MAIL_AFTER = re.compile(r"[ \t]{0,3}[/|·•–—-][ \t]{0,3}[\w.+-]{1,64}@\w")
_SIGNED = re.compile(
    r"\b(?:regards|sincerely|faithfully|truly|cheers|thanks|thank you|best|wishes|gr[uü](?:ß|ss)en?|saludos|atentamente|cordialement|salutations|saluti|groeten?),?"
    r"[ \t]{0,2}\n(?:[^\n\d]{2,60}\n){1,3}[ \t]{0,2}\Z",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(  # "call Anna Brandt at 0301234567"
    r"\b(?i:call|phone|ring|text|dial|reach|contact|whatsapp)[ \t](?:(?:[Mm]rs?|[Mm]s|[Dd]r)\.?[ \t])?(?:[A-ZÀ-Þ][^\W\d]{0,20}['’.-]?[^\W\d]{0,20}[ \t]){1,3}(?:at|on|under|via)[ \t]\Z"
)
_RUN = re.compile(r"(?<![\w./$€£#:%,+-])(?:\+|00)?\d{7,13}(?!\w|%|[.,:-]\d| ?[€$£])")
_LINE_ENDS = re.compile(r"[ \t]{0,2}(?:\n|\Z)")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .]\d{3})+")
_DATE_LIKE = re.compile(
    r"(?:19|20)\d\d([./ -])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])([./ -])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:19|20)\d\d|\d\d)"
    r"|(?:19|20)\d\d ?[-/] ?(?:19|20)?\d\d"
)
_GROUPS = re.compile(r"\d+")
_EVEN_GROUPS = re.compile(r"\d{2,4}([ -])\d{2,4}(?:\1\d{2,4})*")


def _phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        value = match.group().strip()
        digits = sum(map(str.isdigit, value))
        if not 6 <= digits <= 20 or _DATE_LIKE.fullmatch(value):
            continue
        groups = len(_GROUPS.findall(value))
        said = _PHONE_BEFORE.search(text[max(0, match.start() - 60) : match.start()])
        score = 0.0
        if (said and digits >= 7) or _PHONE_AFTER.match(text, match.end()):
            score = ANNOUNCED if groups > 1 else SHAPED if digits <= 12 else 0.0
        elif (said and groups > 1) or (value[0] in "0+(" and _is_contact(text, *match.span())):
            score = SHAPED
        elif 2 <= groups <= 5 and 7 <= digits <= 12 and _is_shaped(value):
            score = GUESSED if _stands_alone(text, *match.span()) else 0.0
        if score:
            yield Span(match.start(), match.end(), "PHONE_NUMBER", score)
    for match in _RUN.finditer(text):
        if _is_contact(text, *match.span()):
            yield Span(match.start(), match.end(), "PHONE_NUMBER", SHAPED)


def _is_contact(text: str, start: int, end: int) -> bool:
    """Whether an e-mail address shares its line, a letter ends with it, or somebody is to be called at it."""
    before = text[max(0, start - 200) : start]
    return bool(
        _MAIL_AFTER.match(text, end)
        or _MAIL_BEFORE.search(before[-80:])
        or _SOMEBODY.search(before[-100:])
        or (_LINE_ENDS.match(text, end) and _SIGNED.search(before))
    )


def _is_shaped(value: str) -> bool:
    """Whether digits are grouped as in a telephone number and not as thousands."""
    if _THOUSANDS.fullmatch(value):
        return False
    return "(" in value or value[0] == "0" or bool(_EVEN_GROUPS.fullmatch(value))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no number, sign or unit stands beside: no row of a table, no sum."""
    return not re.search(
        r"[\d=+*/<>|][ \t,;]{0,3}\Z", text[max(0, start - 8) : start]
    ) and not re.match(
        r"[ \t,;|]{0,3}[\d=+*/<>|%]|[ ]?(?:[kKMG]?[Bb]\b|[kmc]?m\b|k?g\b|°)", text[end : end + 8]
    )


# ---- dates and times

_MONTHS = (
    r"(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar)?|f[eé]vr(?:ier)?|mar(?:ch|s|zo|zec)?|m[aä]rz|apr(?:il|ile)?|avr(?:il)?|ma[iy]|mayo|june?|juni|juin|junio|july?|juli|juillet|julio"
    r"|aug(?:ust)?|ao[uû]t|agosto|sep(?:t(?:ember|embre|iembre)?)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|d[eé]c(?:embre)?|dez(?:ember)?|dic(?:iembre)?"
    r"|enero|febrero|abril|gennaio|febbraio|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|dezembro"
    r"|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia)"
)
_TIME = r"(?:[T ,]{1,2}(?:at )?(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?: ?[ap]\.?m\.?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?)?"
_YEAR = r"(?:1[89]|20)\d\d"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
# 1992-02-20 22:50:54, 2020/1/5; 20.02.1992, 3/4/90
_FIGURES = re.compile(
    rf"(?<![\w.-])(?:{_YEAR}([-/.])(?:0?[1-9]|1[0-2])\1{_DAY}|{_DAY}([-/.]){_DAY}\2(?:{_YEAR}|\d\d)){_TIME}(?![\d-]|\.\d)",
    re.IGNORECASE,
)
# "5", "3rd of", "17 de", "3." before a month; and what may follow one
_BEFORE_MONTH = re.compile(
    rf"(?<![\w.,-]){_DAY}(?:st|nd|rd|th|\.|º|er)?(?: of| de)? ?\Z", re.IGNORECASE
)
_MONTH = re.compile(rf"{_MONTHS}\b\.?", re.IGNORECASE)
_AFTER_DAY = re.compile(
    rf"(?:,? (?:de |del |of )?{_YEAR}\b|,? '?\d\d\b(?! ?[:%])(?!:))?{_TIME}", re.IGNORECASE
)
_DAY_AFTER = re.compile(
    rf",? {_DAY}(?:st|nd|rd|th)?\b(?![:.]\d)(?:,? {_YEAR}\b)?{_TIME}", re.IGNORECASE
)
_YEAR_AFTER = re.compile(rf",? (?:of |de |del )?{_YEAR}\b", re.IGNORECASE)
_ALSO_WORDS = frozenset(("may", "mar", "mai", "march", "set", "out"))


def _dates(tokens: Tokens) -> Iterator[Span]:
    text = tokens.text
    for match in _FIGURES.finditer(text):
        yield Span(match.start(), match.end(), "DATE_TIME", SHAPED)
    months = tokens.vocabulary & MONTHS
    for word in tokens.words if months else ():
        if word.lower not in months or word.shape == "1":
            continue
        month = _MONTH.match(text, word.start)
        if month is None or month.end() < word.end:
            continue
        doubtful = word.shape == "a" and word.lower in _ALSO_WORDS
        if day := _BEFORE_MONTH.search(text[max(0, word.start - 12) : word.start]):
            start = word.start - len(day.group())
            after = _AFTER_DAY.match(text, month.end())
            end = after.end() if after else month.end()
            if not doubtful or end > month.end() or any(c.isalpha() for c in day.group()):
                yield Span(start, end, "DATE_TIME", GUESSED)
            continue
        after = _DAY_AFTER.match(text, month.end())
        if after is None or (doubtful and not _YEAR_END.search(after.group())):
            after = _YEAR_AFTER.match(text, month.end())
        if after:
            yield Span(word.start, after.end(), "DATE_TIME", GUESSED)


def is_month(word: str) -> bool:
    """Whether a word is the name of a month, in one of the languages of the dates."""
    return bool(_MONTH.fullmatch(word))


_YEAR_END = re.compile(rf"{_YEAR}|\d(?:st|nd|rd|th)")


# ---- ages

_AGE = re.compile(r"(?:1[01]\d|\d{1,2})(?!\d)")
_AGE_AFTER = re.compile(
    r"(?:(?-i:[MF])(?=\s?\)|, (?:fell|found|brought|admitted|known|hx|with|lives|s/p|c/o)\b| (?:with|w/|presents|presenting|seen|c/o|admitted|pt)\b)|[ -](?:years?|yrs?|months?)[ -]old|[ -]?y(?:r|ear)?[ ./-]?o\b"
    r"| ?(?:jahre alt|años(?: de edad)?(?! (?:de (?:evoluci|resid|trata)|antes|atrás|después|más))|anos de idade|ans\b|anni\b|lat\b))",
    re.IGNORECASE,
)
_NO_AGE_BEFORE = re.compile(
    r"(?:hace|hacía|desde|últimos|durante|tras|depuis|pendant|il y a|seit|da|fa|per|od) (?:ya )?\Z",
    re.IGNORECASE,
)
_AGE_BEFORE = re.compile(
    r"\b(?:aged?|just turned|turned|turning|turns|age is|age of|age[:=]|edad[:=]?|alter[:=]?|i am|i'm|he's|she's|he is|she is|(?:she|he)(?: will|'ll|’ll) be|lived to(?: be)?)[ \t:]{1,3}\Z"
    r"|\b(?:grand(?:m|p)a|grand(?:mother|father|dad|mum)|nana?|gran|granny|nonna|abuel[ao]|oma|opa|mother|father|mum|mom|dad|aunt|uncle|neighbou?r|wife|husband) ?[(,] ?\Z"
    r"|^(?:interviewee|interviewed|patient|resident|client|name|deceased|witness|pt)\b[^\n\d]{3,50}[,(] ?\Z",
    re.IGNORECASE,
)
_NO_AGE_AFTER = re.compile(
    r"\s?(?:%|[.,:]\d|[-/]|percent|hours?|minutes?|days?|weeks?|points?|km|kg|miles?|pages?|and\b|to the|into\b|feet|cm|inches|st\b)"
)


def _ages(tokens: Tokens) -> Iterator[Span]:
    text = tokens.text
    for word in tokens.figures:
        digits = _AGE.match(word.text)
        if digits is None:
            continue
        end = word.start + digits.end()
        before = text[max(0, word.start - 16) : word.start]
        if len(digits.group()) == 3 or digits.group() > "89":  # those that both profiles take
            before = text[max(text.rfind("\n", 0, word.start) + 1, word.start - 64) : word.start]
        if (after := _AGE_AFTER.match(text, end)) and not _NO_AGE_BEFORE.search(before):
            yield Span(word.start, after.end(), "AGE", SHAPED)
        elif end == word.end and _AGE_BEFORE.search(before) and not _NO_AGE_AFTER.match(text, end):
            yield Span(word.start, end, "AGE", SHAPED)


# ---- ids that a word announces

_ID_VALUE = re.compile(
    r"(?<![\w])[A-Z0-9](?:[A-Z0-9]|[/.-](?=[A-Z0-9])| (?=\d{2})){3,29}(?![\w%])", re.IGNORECASE
)
_ID_WORD = re.compile(
    r"\b(?:ssn|social security|social (?:number|insurance)|soc\.? sec|sin|nin|national (?:id|insurance|identity)|passport|driver'?s? licen[cs]e|driving licen[cs]e|licen[cs]e (?:plate|number|no)|licen[cs]e|plate|vin|vehicle id"
    r"|tax(?:payer)? id|tin|itin|ein|vat|steuer(?:-?id|nummer)|sozialversicherungsnummer|personalausweis|reisepass|dni|nie|nif|cif|curp|rfc|nss|nass|nhc|ce?pf|cnpj|rg|pesel|nip|bsn|personnummer|cpr|codice fiscale"
    r"|medical record|med(?:ical)? rec|mrn|npi|dea|nhs|medicare|medicaid|health (?:card|plan|insurance)|insurance|policy|member(?:ship)?|beneficiary|subscriber|patient|claim|case|chart|encounter|episodio|historia"
    r"|account|acct|a/c|routing|sort code|iban|bic|swift|bank|customer|client|employee|student|staff|user|badge|registration|enrollment|applicant|reservation|booking|confirmation|order|invoice|tracking|shipment|serial|imei|imsi|iccid|udid|device|certificate|permit|visa|colegiado|n[ºo°]\.? ?col(?:egiado)?|núm|expediente)"
    r"(?:'s)?(?: (?:security|insurance|license|licence|record|account|card|policy|identification|identity|member|employee|customer|registration|plate|serial|tracking|reference|ref|rec))?"
    r"[ _.-]{0,2}(?:id|ids|number|numbers|num|no|nr|#|code|n[ºo°]|nº ?col)?[. ]{0,2}(?:(?:is|was|are|ist|es|est)\b)?[ \t]{0,2}[:=#(]{0,2}[ \t\"'*]{0,4}\Z",
    re.IGNORECASE,
)
_ID_SAID = re.compile(
    r"[:=#]|\b(?:id|ids|number|num|no|nr|is|ssn|mrn|npi|dea|nhc|nass|vin|dni|nie|nif|pesel|imei|passport)\b",
    re.IGNORECASE,
)
_PLAIN_YEAR = re.compile(_YEAR)
_DIGIT_RUN = re.compile(r"\d{2,}")


def _ids(text: str) -> Iterator[Span]:
    done = 0
    for run in _DIGIT_RUN.finditer(text):
        if run.start() < done:
            continue
        for match in _candidates(text, run.start()):
            value = match.group()
            digits = sum(c.isdigit() for c in value)
            if (digits < 4 and not (len(value) >= 6 and digits)) or _PLAIN_YEAR.fullmatch(value):
                continue
            if said := _ID_WORD.search(text[max(0, match.start() - 64) : match.start()]):
                yield Span(
                    *match.span(), "ID", ANNOUNCED if _ID_SAID.search(said.group()) else GUESSED
                )
                done = match.end()
                break


def _candidates(text: str, at: int) -> Iterator[re.Match[str]]:
    """Ids that the digits at `at` may be in: from the word's beginning on, else from the digits on."""
    start = at
    while (
        start > 0
        and at - start < 16
        and (
            text[start - 1].isalnum()
            or (text[start - 1] in "/.-" and start > 1 and text[start - 2].isalnum())
        )
    ):
        start -= 1
    for begin in (start, at) if start < at else (at,):
        if match := _ID_VALUE.match(text, begin):
            yield match
