"""Identifiers that a checksum or a grammar proves: e-mail addresses, cards, IBANs, IP addresses, phone numbers, secrets.

Presidio finds most of these; this room finds all of them. It knows no list of top-level domains (`.example` and
`.local` addresses count), every card scheme and every country's IBAN, and numbers glued to words. Each search is
linear in the text, so it runs over whole texts of any length, and the spans it gives are certain: no profile may
drop them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from logminer.privacy.secrets.secrets import find_secrets
from logminer.privacy.spans import Span

__all__ = ["find_all", "is_card", "is_iban"]


def find_all(text: str) -> list[Span]:
    """Every proven identifier in `text`; spans may overlap (a card can hide in a longer number)."""
    finders = _ALWAYS if _DIGIT.search(text) is None else (*_ALWAYS, *_WITH_DIGITS)
    return [span for find in finders for span in find(text)]


# ---- e-mail: grow from each @ sign, in the forms in which one is written or escaped

_AT = re.compile(r"@|%40|\uff20|\\u0040|&#0*64;|&#x0*40;|&commat;", re.IGNORECASE)
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,128}\Z")
_DOMAIN = re.compile(
    r"[^\W_][\w-]{0,62}(?:(?:\.|%2[Ee]|&#46;|&period;)[^\W_][\w-]{0,62}){1,8}|\[[0-9A-Fa-f:.]{3,45}\]"
)
_GLUED_BEFORE = re.compile(r"[\u0590-\u06ff\u0900-\u0e7f\u3040-\ud7ff]([!-~]{2,})\Z")
_GLUED_AFTER = re.compile(r"([!-~]{2,}\.[A-Za-z]{2,})[\u0590-\u06ff\u0900-\u0e7f\u3040-\ud7ff]")
_LOCAL_EDGE = "!#$%&'*/=?^`{|}~.-"


def _emails(text: str) -> Iterator[Span]:
    for at in _AT.finditer(text):
        floor = max(0, at.start() - 128)
        local = _LOCAL.search(text[floor : at.start()])
        domain = _DOMAIN.match(text, at.end())
        if not local or not domain:
            continue
        name = local.group().lstrip(_LOCAL_EDGE)
        host = domain.group()
        if not (
            name.isascii() and host.isascii()
        ):  # words that are not set apart: "邮箱anna@mail.example谢谢"
            if glued := _GLUED_BEFORE.search(name):
                name = glued.group(1)
            if glued := _GLUED_AFTER.match(host):
                host = glued.group(1)
        last_label = host.rsplit(".", 1)[-1]
        if (
            name
            and name != "git"
            and (host.startswith("[") or any(c.isalpha() for c in last_label))
        ):
            yield Span(at.start() - len(name), at.end() + len(host), "EMAIL_ADDRESS")


# ---- payment cards: 12–19 digits with a Luhn checksum, in one run or in the groups of the schemes

_DIGIT_GROUPS = re.compile(r"(?<!\d)\d{1,19}(?:[ \u00a0\u202f.\u2010-\u2015-]\d{1,6})*(?!\d)")
_GROUP = re.compile(r"\d+")
_ISSUER = re.compile(r"[2-9]|0604|1800")  # 1… are airlines' and, far more often, milliseconds


def is_card(digits: str) -> bool:
    """Whether these are 12–19 digits of a card scheme with a valid Luhn checksum."""
    if not 12 <= len(digits) <= 19 or not _ISSUER.match(digits) or len(set(digits)) == 1:
        return False
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _cards(text: str) -> Iterator[Span]:
    for run in _DIGIT_GROUPS.finditer(text):
        if run.end() - run.start() < 12:
            continue
        groups = [(m.start(), m.end()) for m in _GROUP.finditer(text, run.start(), run.end())]
        for first, (start, stop) in enumerate(groups):
            if is_card(text[start:stop]):
                yield Span(start, stop, "CREDIT_CARD")
            if stop - start != 4:  # grouped cards begin with four digits in every scheme
                continue
            digits = text[start:stop]
            for begin, end in groups[first + 1 : first + 6]:
                digits += text[begin:end]
                if is_card(digits):
                    yield Span(start, end, "CREDIT_CARD")
                if end - begin < 3:  # only the last group may be shorter
                    break


# ---- IBAN: the registry's length where the country is in it, any length between clear borders, mod 97 always

_IBAN_LENGTHS = {
    country: int(entry[:2])
    for entry in [
        "15NO",
        "16BE",
        "17BD",
        "18DK,FI,FO,GL,NL,SD",
        "19MK,SI",
        "20AT,BA,EE,KZ,LT,LU,MN,PH,XK",
        "21CH,CO,HR,LI,LV",
        "22BG,BH,CR,DE,GB,GE,IE,ME,RS,VA",
        "23AE,GI,IL,IQ,OM,SO,TL",
        "24AD,CZ,ES,MD,PK,RO,SA,SE,SK,TN,VG",
        "25LY,PT,ST",
        "26FK,IR,IS,TR",
        "27BI,DJ,FR,GR,IT,MC,MR,SM",
        "28AL,AR,AZ,BY,CY,DO,GT,HU,LB,NI,PL,SV",
        "29BR,EG,PS,QA,UA",
        "30JO,KW,MU,YE",
        "31MT,SC",
        "32LC",
        "33RU",
    ]
    for country in entry[2:].split(",")
}
_IBAN_HEAD = re.compile(r"(?=([A-Za-z]{2})\d\d[ \u00a0-]?[A-Za-z0-9])")
_IBAN_CHARS = re.compile(r"(?:[A-Za-z0-9][ \u00a0-]?){10,33}[A-Za-z0-9]")
_SEPARATORS = re.compile(r"[ \u00a0-]")
_FOURS = re.compile(r"\w{4}(?:[ \u00a0-]\w{4}){2,7}(?:[ \u00a0-]\w{1,4})?|\w+")


def is_iban(compact: str) -> bool:
    """Whether `compact` (no spaces) has an IBAN's form and a valid mod-97 checksum."""
    if not re.fullmatch(r"[A-Za-z]{2}\d\d[A-Za-z0-9]{10,30}", compact) or not compact.isascii():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _ibans(text: str) -> Iterator[Span]:
    for head in _IBAN_HEAD.finditer(text):
        start, country = head.start(), head.group(1)
        before = text[max(0, start - 4) : start]
        glued = before[-1:].isalnum() and before.upper() != "IBAN"
        if glued and not country.isupper():
            continue
        window = _IBAN_CHARS.match(text, start)
        if not window:
            continue
        places = [i for i in range(start, window.end()) if text[i].isalnum()]
        known = _IBAN_LENGTHS.get(country.upper(), 0)
        # a border after it, or the country's own length in capitals glued to what follows
        lengths = [known] if glued else [known, *range(14, min(len(places), 34) + 1)]
        for length in lengths:
            if not 14 <= length <= len(places):
                continue
            end = places[length - 1] + 1
            border = end == len(text) or not text[end].isalnum()
            if not (border or (length == known and country.isupper())):
                continue
            if length != known and not _FOURS.fullmatch(text, start, end):
                continue  # an unusual length counts in one run or in fours
            if is_iban(_SEPARATORS.sub("", text[start:end])):
                yield Span(start, end, "IBAN_CODE")


# ---- IP addresses, with their network suffix

_IPV4 = re.compile(r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)(?:/\d{1,2}(?!\d))?")
_IPV6 = re.compile(  # any form between clear borders, or eight groups glued to a word
    r"(?<![^\W_])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:\d?(?:\.\d{1,3}){3})?(?![^\W_])"
    r"|(?<![0-9A-Fa-f:])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}(?![0-9A-Fa-f:])"
)
_COLONS = re.compile(":[0-9A-Fa-f]{0,4}:")  # in every form of IPv6


def _ips(text: str) -> Iterator[Span]:
    for match in _IPV4.finditer(text):
        address = match.group().split("/")[0]
        if all(int(part) <= 255 for part in address.split(".")):
            yield Span(match.start(), match.end(), "IP_ADDRESS")
    for match in _IPV6.finditer(text) if _COLONS.search(text) else ():
        address, start = match.group(), match.start()
        if address.startswith(":") and not address.startswith("::"):  # "host:2001:db8::1"
            address, start = address[1:], start + 1
        if address.endswith(":") and not address.endswith("::"):
            address = address[:-1]
        if _is_ipv6(address):
            yield Span(start, start + len(address), "IP_ADDRESS")


def _is_ipv6(address: str) -> bool:
    """Full addresses, and short ones with a digit and two groups: `std::vector` and `a::b` are code."""
    groups = [group for group in address.split(":") if group]
    if "::" in address and (len(groups) < 2 or not any(c.isdigit() for c in address)):
        return address == "::1"
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True


# ---- phone numbers that are written as such, or announced by a word; Presidio's recogniser validates the rest

_PHONE = re.compile(  # also as a cell of a table, behind a word and a comma, or behind a comma with its plus sign
    r"(?:(?<![\w.,/$€£#-])|(?<=[^\W\d],)|(?<=[,;/|=])(?=\+))(?:\+|00)?(?:\(\d{1,5}\)|\d{1,5})(?:[ .\u00a0/-]{0,2}(?:\(0?\d{1,5}\)|\d{1,5})){1,6}"
    r"(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w%]|[.,/-]\d)"
)
_PHONE_SHAPE = re.compile(
    r"(?:\+1[ .-]?|1[ .-]|001[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}(?:\D.*)?"
)
_PHONE_WORD = re.compile(
    r"(?:phone|telephone|mobile|cell(?:phone)?|tel|call(?: me| us| him| her| them)?|fax|whatsapp|sms|texte?d?(?: me)?|dial|reach (?:me|us) (?:at|on)"
    r"|handy|telefon|rufnummer|tel[eé]fono|m[oó]vil|t[eé]l[eé]phone|portable|telefono|cellulare|komórka|telefoon|telefone|celular)"
    r"[\W_]{0,3}(?:(?:number|no|nr|is|at|on|nummer|numero|número|num[eé]ro|es|ist|est|è|to)\b\W{0,3}){0,3}\Z",
    re.IGNORECASE,
)


def _phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        value = match.group()
        digits = sum(c.isdigit() for c in value)
        if not 7 <= digits <= 21:
            continue
        written = digits >= 8 and value.startswith("+")
        if written or _PHONE_SHAPE.fullmatch(value) or _announced(text, match.start()):
            yield Span(match.start(), match.end(), "PHONE_NUMBER")


def _announced(text: str, start: int) -> bool:
    return bool(_PHONE_WORD.search(text[max(0, start - 48) : start]))


# ---- addresses that name an account: scheme://user@host; those with a password are secrets

_LOGIN = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s:/@<>\"']{1,256}@[^\s<>\"')\]]{1,512}")


def _logins(text: str) -> Iterator[Span]:
    for match in _LOGIN.finditer(text) if "://" in text else ():
        yield Span(match.start(), match.end(), "URL")


_DIGIT = re.compile(r"\d")
_ALWAYS = (_emails, _logins, find_secrets)
_WITH_DIGITS = (_cards, _ibans, _ips, _phones)
