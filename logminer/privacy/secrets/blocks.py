"""Secrets of several lines or words: private keys, and the words that open a wallet."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Sequence

from logminer.privacy.finders.tokens import word_set

__all__ = ["find_blocks", "find_phrases", "find_wallets"]

# ---- PEM and PuTTY

MOST = 60_000  # characters of a block
_BEGIN = re.compile(
    r"-{4,5} ?BEGIN (?:[A-Z0-9 _-]{0,60}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1) ?-{4,5}"
)
_END = re.compile(
    r"-{4,5} ?END (?:[A-Z0-9 _-]{0,60}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1) ?-{4,5}"
)
# what a block holds: base64, headers, line ends that are escaped, quotes of a program around each line
_BODY = re.compile(r"[A-Za-z0-9+/=\\ \t\r\n\"'>|#*.,:;()_-]{0,60000}")
_CUT = re.compile(
    r"(?:[\s\"'>+|]|\\[nrt\\]|(?:Proc-Type|DEK-Info|Version|Comment|Hash)[^\n\\]{0,100}|[A-Za-z0-9+/]{20,}={0,2}|[A-Za-z0-9+/]{2,20}={1,2}){0,4000}"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{16,}")
_PUTTY = re.compile(r"Private-Lines: ?\d{1,4}")
_MAC = re.compile(r"Private-MAC: ?[0-9a-fA-F]{20,64}")


def find_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Private keys with their first and last lines; also where the end was cut off."""
    begins = list(_BEGIN.finditer(text))
    for begin, limit in zip(begins, _limits(begins, len(text)), strict=True):
        end = _END.search(text, begin.end(), limit)
        if end and _BODY.fullmatch(text, begin.end(), end.start()):
            first, last = begin.start(), end.end()
        else:
            cut = _CUT.match(text, begin.end(), limit)
            first, last = begin.start(), cut.end() if cut else begin.end()
            last -= len(text[first:last]) - len(text[first:last].rstrip("\\nrt \r\n\"'>+|"))
        body = text[begin.end() : last]
        held = "".join(_BASE64.findall(body))
        if len(held) >= 40 and "EXAMPLE" not in body and len(set(held)) > 10:
            yield first, last
    starts = list(_PUTTY.finditer(text))
    for start, limit in zip(starts, _limits(starts, len(text)), strict=True):
        mac = _MAC.search(text, start.end(), limit) or _CUT.match(text, start.end(), limit)
        last = mac.end() if mac else start.end()
        if "EXAMPLE" not in text[start.start() : last] and last - start.end() > 20:
            yield start.start(), last


def _limits(begins: Sequence[re.Match[str]], length: int) -> Iterator[int]:
    """Up to where each block may reach: the next one, so that every character is read once."""
    for begin, after in itertools.zip_longest(begins, begins[1:]):
        yield min(begin.end() + MOST, after.start() if after else length)


# ---- wallets

_BASE58 = r"[1-9A-HJ-NP-Za-km-z]"
_WIF = re.compile(rf"(?<![A-Za-z0-9])(?:5{_BASE58}{{50}}|[KLc]{_BASE58}{{51}})(?![A-Za-z0-9])")
_EXTENDED = re.compile(rf"(?<![A-Za-z0-9])[xyztuv]prv{_BASE58}{{90,112}}(?![A-Za-z0-9])")
_DIGITS58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def find_wallets(text: str, long: str) -> Iterator[tuple[int, int]]:
    """Private keys of wallets in the import format with a valid checksum, and extended ones (BIP 32). `long`: see `find_tokens`."""
    if "prv" in long:
        for match in _EXTENDED.finditer(text):
            if "EXAMPLE" not in match.group():
                yield match.span()
    for match in _WIF.finditer(text) if _WIF.search(long) else ():
        if _is_checked(match.group()):
            yield match.span()


def _is_checked(value: str) -> bool:
    """Base58Check: the last four bytes are the first of a double SHA-256 of the others."""
    number = 0
    for char in value:
        number = number * 58 + _DIGITS58.index(char)
    data = number.to_bytes(48, "big").lstrip(b"\0")
    body, check = data[:-4], data[-4:]
    return hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == check


# ---- words that open a wallet

_ANNOUNCED = re.compile(
    r"(?:seed|recovery|backup|secret|mnemonic|wallet|bip-?39|(?:12|24|twelve|twenty[ -]four)[ -]?word|metamask|ledger|trezor|phantom|electrum)[ -]?(?:recovery |secret |seed )?(?:phrase|words?|seed|mnemonic|passphrase|sentence|backup)|(?:12|24|twelve|twenty[ -]four)[ -]words|mnemonic|semilla|seed ?phrase|frase semilla|wiederherstellungs(?:phrase|wörter)|phrase de r[ée]cup[ée]ration"
)
_RUN = re.compile(
    r"(?:(?:\d{1,2}[.):][ \t]{0,2})?[a-z]{3,8}(?:[ \t]{0,2}[,\n;|][ \t\n]{0,3}|[ \t]{1,3}|\n{1,2}|$|(?=[.\"'`!?)<]))){12,25}"
)
_WORD = re.compile(r"[a-z]{3,8}")
_SIGN = re.compile(r"[:=\n\"'`>*(-]\s{0,4}|\b(?:is|are|es|est|ist|sono|são)\s|\)\s")
# in use everywhere in English, and not in BIP 39's list, which has `they`, `about`, `use`, `never`
_NEVER = word_set(
    """
    the and are was were his her him she them our your has had its who which been being did does not but from for per should could would than their these those please here how using down
    """
)


def find_phrases(lower: str) -> Iterator[tuple[int, int]]:
    """Twelve or more small words after one that announces them. `lower` is the text in small letters."""
    for told in _ANNOUNCED.finditer(lower):
        for start in _starts(lower, told.end()):
            run = _RUN.match(lower, start)
            if not run:
                continue
            words = list(_WORD.finditer(lower, *run.span()))
            ends = [n for n, word in enumerate(words) if word.group() in _NEVER]
            words = words[: ends[0]] if ends else words
            if words and words[0].group() == "example":  # a surrogate
                break
            if len(words) >= 12 and len({word.group() for word in words}) >= 8:
                yield start, words[-1].end()
                break


def _starts(lower: str, place: int) -> Iterator[int]:
    """Where a list of words may begin: behind the next signs and line ends, some words on."""
    signs = _SIGN.finditer(lower, place, place + 120)
    for match in itertools.islice(signs, 5):
        yield match.end()
