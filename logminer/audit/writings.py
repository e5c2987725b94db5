"""How a planted value may be written: each way as a string that can be sought, and what must hold where it is found."""

from __future__ import annotations

import base64
import codecs
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from logminer.audit.digits import FEWEST_DIGITS, digits_of, numbers, said
from logminer.audit.folding import as_bytes, folded, squashed, squashed_bytes
from logminer.audit.forms import Form
from logminer.privacy.normalise import normalise

__all__ = [
    "SHORTEST",
    "Writing",
    "is_number",
    "squeezed",
    "tight",
    "to_be_hashed",
    "without_spaces",
    "writings",
]

SHORTEST = 6  # bytes of what can be sought
LEAST_CORE = 8  # bytes of an encoded form
LONGEST_PART = 6  # letters that a name must have for its other forms to be told from common words


class Writing(NamedTuple):
    """A way of writing a value.

    Attributes:
        form: its name.
        sought: as it stands in squashed texts.
        text: the folded text, whose words must stand apart where they are short; "" where another condition holds.
        exact: what must stand in the text without white space; as it is if `cased`, else with case folded.
        signs: whether squashing would leave too little, so that it is sought in squeezed texts.
        patterns: (form, what must stand in the folded text), the first that does; not empty for parts of names alone.
    """

    form: Form
    sought: bytes
    text: str = ""
    exact: bytes | None = None
    cased: bool = False
    signs: bool = False
    patterns: tuple[tuple[Form, str], ...] = ()


_SPACES = b" \t\n\r\v\f"
# White space that is no ASCII, and characters that are not seen.
_UNSEEN = "\u00a0\u202f\u2009\u3000\u00ad\u200b\u200c\u200d\u2060\ufeff"


def without_spaces(text: str) -> str:
    """Without white space and what is not seen."""
    if text.isascii():
        return text.encode().translate(None, _SPACES).decode()
    for char in (*_UNSEEN, *_SPACES.decode()):
        text = text.replace(char, "")
    return text


def squeezed(text: str) -> str:
    """The same, with case folded."""
    return without_spaces(text.casefold())


def tight(data: bytes) -> bytes:
    """Bytes without white space."""
    return data.translate(None, _SPACES)


def is_number(text: str) -> bool:
    """Digits and white space only."""
    return squeezed(text) == digits_of(text)


def writings(value: str) -> Iterator[Writing]:
    """Every way of writing a value but those of its digits (`numbers`) and its hashes (`to_be_hashed`)."""
    if not is_number(value):  # which is sought among numbers
        yield from _spelled("as_is", value)
        if squeezed(value) != squeezed(value)[::-1]:
            yield from _spelled("reversed", value[::-1])
        yield from _letters(value)
        yield from _of_name(value)
        yield from _of_address(value)
    for text in said(value):
        yield from _whole("spelled", text, squashed(text))
    yield from _escaped(value)
    yield from _encoded(value)


def _spelled(form: Form, text: str) -> Iterator[Writing]:
    """As found in texts, whose characters are folded, and in bytes, of which only ASCII's case is."""
    seen = dict.fromkeys((folded(text), folded(normalise(text).text)))
    for fold in seen:
        yield from _whole(form, fold, squashed(fold))
    if not text.isascii():
        for cased in (text, text.upper()):
            yield from _whole(form, folded(text), squashed_bytes(as_bytes(cased)))
    if all(len(squashed(fold)) < SHORTEST for fold in seen):
        sought = as_bytes(squeezed(text))
        if len(sought) >= SHORTEST:
            yield Writing(form, sought, exact=as_bytes(squeezed(text)), signs=True)


def _whole(form: Form, text: str, sought: bytes) -> Iterator[Writing]:
    if len(sought) >= SHORTEST:
        yield Writing(form, sought, text)


_LEET = [
    str.maketrans(*pair)
    for pair in (("oei", "031"), ("oeia", "0314"), ("ea", "34"), ("oeiast", "031457"))
]
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def _letters(value: str) -> Iterator[Writing]:
    """With other letters or figures for its letters."""
    for text in dict.fromkeys((value, value.casefold(), folded(value))):
        made: dict[Form, list[str]] = {
            "rot13": [codecs.encode(text, "rot13")],
            "leet": [text.translate(f) for f in _LEET],
        }
        for form, some in made.items():
            for fold in dict.fromkeys(map(folded, some)):
                if fold != folded(value):
                    yield from _whole(form, fold, squashed(fold))
    spread = value.casefold().translate(_UMLAUTS)
    if spread != value.casefold():
        yield from _whole("lookalike", folded(spread), squashed(folded(spread)))


# ---- names ------------------------------------------------------------------------------------------------------

_NAME = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?(?:\s+[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?){1,3}")
_PARTICLES = (
    *"abcdefghijklmnopqrstuvwxyz",
    *(
        "al",
        "bin",
        "da",
        "de",
        "dei",
        "del",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "ibn",
        "la",
        "le",
        "ten",
    ),
    *("ter", "van", "von", "zu", "zur"),
)
_ANY_PARTICLE = "|".join(_PARTICLES)


def _of_name(value: str) -> Iterator[Writing]:
    """Two to four words of letters: last name first, first name as a letter, something between them."""
    if not _NAME.fullmatch(value.strip()):
        return
    words = [squashed(word).decode() for word in folded(value).split()]
    first, last = words[0], words[-1]
    if not first or not last:
        return
    rest = " ".join(words[:-1])
    part = max(last, first, key=len) if len(last) < LONGEST_PART else last
    before, after = (_joined(value.split()[place]) for place in (0, -1))
    initial = re.escape(first[0])
    between = r"(?:[,_/|-]?\s?|\.)"
    alone, apart = r"(?<![^\W_])", r"(?![^\W_])"
    patterns: list[tuple[Form, str]] = [
        ("swapped", rf"{alone}{after}{between}{before}{apart}"),
        ("inserted", rf"{alone}{before}[\W_]{{1,3}}(?:(?:{_ANY_PARTICLE})[\W_]{{1,3}}){{1,2}}{after}{apart}"),
    ]  # fmt: skip
    if len(last) >= LONGEST_PART:
        patterns.append(("initials", rf"{alone}{initial}(?:[._-]|\. )?{after}{apart}"))
        patterns.append(("initials", rf"{alone}{after}(?:[._-]?{initial}|, ?{initial}\.){apart}"))
    if len(as_bytes(part)) >= LONGEST_PART:
        yield Writing("swapped", as_bytes(part), patterns=tuple(patterns))
        return
    yield from _whole("swapped", f"{last} {rest}", as_bytes(last + rest.replace(" ", "")))
    for particle in _PARTICLES:
        made = f"{first} {particle} {last}"
        yield from _whole("inserted", made, squashed(made))


def _joined(word: str) -> str:
    """Pattern of a name that may be a double one."""
    return r"[\W_]?".join(map(re.escape, re.findall(r"[^\W_]+", folded(word))))


def _of_address(value: str) -> Iterator[Writing]:
    """An e-mail address whose signs are words."""
    for signs in ({"@": " at ", ".": " dot "}, {"@": " at "}) if "@" in value else ():
        made = folded("".join(signs.get(char, char) for char in value))
        yield from _whole("spelled", made, squashed(made))


# ---- encoded ----------------------------------------------------------------------------------------------------


def _escaped(value: str) -> Iterator[Writing]:
    raw = value.encode("utf-8", "surrogateescape")
    found: list[tuple[Form, str]] = [
        ("url_encoded", quote(raw, safe="")),
        ("url_encoded", quote(raw, safe="/")),
        ("url_encoded", quote_plus(raw)),
        ("html_escaped", html.escape(value)),
    ]
    clean = raw.decode("utf-8", "replace")
    for ascii_only in (True, False):
        once = json.dumps(clean, ensure_ascii=ascii_only)[1:-1]
        found += [("json_escaped", once)]
        found += [("json_escaped", json.dumps(once, ensure_ascii=ascii_only)[1:-1])]
    for form, written in found:
        if written != value:
            yield from _exactly(form, squeezed(written))


def _exactly(form: Form, written: str, *, cased: bool = False) -> Iterator[Writing]:
    exact = as_bytes(written)
    sought = squashed(folded(written))
    signs = len(sought) < SHORTEST
    if signs:
        sought = as_bytes(squeezed(written))
    if len(sought) >= SHORTEST:
        yield Writing(form, sought, exact=exact, cased=cased, signs=signs)


def _encoded(value: str) -> Iterator[Writing]:
    cases = dict.fromkeys((value, value.lower(), value.strip()))
    for text in cases:
        raw = as_bytes(text)
        if len(raw) >= SHORTEST:
            pairs = [f"{byte:02x}" for byte in raw]
            for before in ("", "0x", "x"):
                made = "".join(before + pair for pair in pairs)
                yield Writing("hex", made.encode(), made)
            codes = "".join(map(str, map(ord, text)))
            yield Writing("character_codes", codes.encode(), codes)
        for core in _cores(raw, base64.b32encode, 5):
            yield from _exactly("base32", core.decode().lower())
    for text in (*cases, value[::-1], value.upper()):
        for core in _cores(as_bytes(text), base64.b64encode, 6):
            for written in dict.fromkeys((core, core.replace(b"+", b"-").replace(b"/", b"_"))):
                yield from _exactly("base64", written.decode(), cased=True)


def _cores(raw: bytes, encode: Callable[[bytes], bytes], bits: int) -> Iterator[bytes]:
    """What base64 or base32 makes of these bytes wherever they begin, without what depends on the neighbours."""
    for lead in range({6: 3, 5: 5}[bits]):
        whole = encode(b"\0" * lead + raw)
        core = whole[-(-lead * 8 // bits) : (lead + len(raw)) * 8 // bits]
        if len(core) >= LEAST_CORE:
            yield core


# ---- hashes -----------------------------------------------------------------------------------------------------


def to_be_hashed(value: str) -> Iterable[str]:
    """What may have been hashed in place of a value: itself and its usual normal forms."""
    clean = value.strip()
    ways = [value, clean, clean.lower(), clean.upper(), clean.title(), folded(clean)]
    ways += ["".join(clean.split()), squashed(folded(clean)).decode("utf-8", "replace")]
    ways += [unicodedata.normalize(form, clean) for form in ("NFC", "NFD")]
    if len(digits := digits_of(value)) >= FEWEST_DIGITS:
        ways += [digits, f"+{digits}", *(way for _, way in numbers(value))]
    return [way for way in dict.fromkeys(ways) if way]
