"""Places to the metre, wallets and addresses of payment, and devices by their radio: numbers that no word need announce."""

from __future__ import annotations

import re
from collections.abc import Iterator

from logminer.privacy.finders.tokens import Tokens, word_set
from logminer.privacy.spans import Span

__all__ = ["find_accounts"]

SURE = 0.9

# ---- coordinates with four decimals (11 m) and more, in pairs; or in degrees, minutes and seconds
_PAIR = re.compile(
    r"(?<![\w.,])(?<![\d.,] )([+-]?\d{1,2}\.\d{4,15})(?:°?\s?([NS]))?[ \t]{0,2}[,;/ +][ \t]{0,2}([+-]?\d{1,3}\.\d{4,15})(?:°?\s?([EWO]))?(?![\w.]|,?[ \t]{0,3}[-+]?\d)"
)
_DECIMAL = re.compile(r"\d\.\d{4}")
_LABEL = re.compile(
    r"\b(?:lat|lon|lng|long|latitude|longitude|geo[_ -]?lat|geo[_ -]?lon|breitengrad|längengrad|latitud|longitud)[\"']?\s?(?:is\s|[:=])\s?[\"'(]?([+-]?\d{1,3}\.\d{3,15})",
    re.IGNORECASE,
)
_DEGREES = re.compile(
    r"\d{1,3}\s?°\s?\d{1,2}(?:\.\d+)?\s?['′’](?:\s?\d{1,2}(?:\.\d{1,6})?\s?(?:\"|″|”|''))?\s?[NS][\s,;/]{0,3}\d{1,3}\s?°\s?\d{1,2}(?:\.\d+)?\s?['′’](?:\s?\d{1,2}(?:\.\d{1,6})?\s?(?:\"|″|”|''))?\s?[EWO]\b"
)
_MAP = re.compile(
    r"(?:[@=/]|geo:|%20|%2C)([+-]?\d{1,2}\.\d{4,15})(?:,|%2C|/)([+-]?\d{1,3}\.\d{4,15})(?!\d)"
)
_WORDS = re.compile(
    r"\b(?:what3words|w3w)\b[^\n/]{0,24}?(?:///)?([a-z]{3,16}\.[a-z]{3,16}\.[a-z]{3,16})(?![\w.])|///([a-z]{3,16}\.[a-z]{3,16}\.[a-z]{3,16})(?![\w.])"
)
_THREE = word_set("what w w3w words")
_PLUS_CODE = re.compile(
    r"(?<![\w+])[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}(?![\w+])"
)

# ---- wallets, payment addresses, radio addresses
_WALLET = re.compile(
    r"(?<![0-9A-Za-z])(?:0x[0-9a-fA-F]{40}|bc1[ac-hj-np-z02-9]{11,71}|ltc1[ac-hj-np-z02-9]{20,71}|addr1[0-9a-z]{50,110}|[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}|T[1-9A-HJ-NP-Za-km-z]{33}|r[1-9A-HJ-NP-Za-km-z]{24,34}(?=\s|$|[,.;)]))(?![0-9A-Za-z])"
)
_LONG = 10  # characters of the longest number, with the letters after it, that a wallet holds
_RADIO_WORDS = word_set(
    "mac bssid arp dhcp dhcpd dhcpack wifi wi-fi wlan lan vlan switch ethernet router cisco device hwaddr ether station"
)
_UPI = re.compile(
    r"(?<![\w.@+-])[\w.-]{2,64}@(?:ok(?:axis|sbi|icici|hdfcbank)|ybl|ibl|axl|upi|paytm|pt(?:yes|sbi|axis|hdfc)|apl|yapl|rapl|jupiteraxis|fam|icici|sbi|hdfcbank|axisbank|kotak|airtel|freecharge|ikwik|waaxis|wasbi|idfcbank|barodampay)(?![\w.@-])",
    re.IGNORECASE,
)
_RADIO = re.compile(
    r"(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![0-9A-Za-z:.-])"
)


def find_accounts(tokens: Tokens) -> Iterator[Span]:
    """Spans of COORDINATES, CRYPTO, ID and MAC_ADDRESS."""
    text = tokens.text
    if "@" in text:
        for match in _UPI.finditer(text):
            yield Span(*match.span(), "ID", SURE)
    if "///" in text or tokens.vocabulary & _THREE:
        for match in _WORDS.finditer(text):
            yield Span(*match.span(1 if match.group(1) else 2), "COORDINATES", SURE)
    if not tokens.figures:
        return
    longest = max(figure.end - figure.start for figure in tokens.figures)
    if "." in text and longest >= 4:
        yield from _coordinates(text)
    if "°" in text:
        for match in _DEGREES.finditer(text):
            yield Span(*match.span(), "COORDINATES", SURE)
    if "+" in text:
        for match in _PLUS_CODE.finditer(text):
            yield Span(*match.span(), "COORDINATES", SURE)
    if longest >= _LONG:
        for match in _WALLET.finditer(text):
            if len(set(match.group()[2:].lower())) > 8:
                yield Span(*match.span(), "CRYPTO", SURE)
    if text.count(":") > 4 or text.count("-") > 4 or tokens.vocabulary & _RADIO_WORDS:
        for match in _RADIO.finditer(text):
            start = match.start()
            free = start == 0 or not (text[start - 1].isalnum() or text[start - 1] in ":.-")
            if free and any(c.isdigit() for c in match.group()):
                yield Span(*match.span(), "MAC_ADDRESS", SURE)


def _coordinates(text: str) -> Iterator[Span]:
    if _DECIMAL.search(text) is None:
        return
    for match in _MAP.finditer(text):
        if _is_place(match.group(1), match.group(2)):
            yield Span(match.start(1), match.end(2), "COORDINATES", SURE)
    for match in _LABEL.finditer(text):
        yield Span(*match.span(1), "COORDINATES", SURE)
    for match in _PAIR.finditer(text):
        sides = bool(match.group(2) and match.group(4))
        if _is_place(match.group(1), match.group(3)) and (sides or _is_alone(text, match)):
            yield Span(*match.span(), "COORDINATES", SURE)


def _is_place(latitude: str, longitude: str) -> bool:
    return abs(float(latitude)) <= 90 and abs(float(longitude)) <= 180


_HINT = re.compile(
    r"\b(?:gps|geo\w*|coord\w*|lat\w*|lon\w*|location|position|pin|map|maps|home|house|parked|live|standort|koordinaten|ubicaci[oó]n|exif)\b",
    re.IGNORECASE,
)


def _is_alone(text: str, match: re.Match[str]) -> bool:
    """Whether a pair of numbers is announced, or two numbers of a place's size that belong to no row of numbers."""
    if _HINT.search(text, max(0, match.start() - 60), match.start()):
        return True
    before, after = (
        text[max(0, match.start() - 12) : match.start()],
        text[match.end() : match.end() + 12],
    )
    if re.search(r"[\d=*/+\[(]\s{0,3}\Z", before) or re.match(r"\s{0,3}[\d=*/+\])e,|;]", after):
        return False
    whole = [abs(float(match.group(g))) >= 1 for g in (1, 3)]
    return all(whole) and "," in match.group()
