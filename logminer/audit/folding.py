"""Texts as an audit compares them: whatever the letters look like, and without what stands between them.

`folded` takes each character for what it shows: case, accents, compatibility forms (full-width, mathematical, ligatures),
figures of any script, and characters that are not seen. `squashed` leaves nothing of that but letters and figures. Both are
made character by character, through tables that are filled as characters are met.
"""

from __future__ import annotations

import string
import unicodedata

import numpy as np
import numpy.typing as npt

__all__ = ["as_bytes", "folded", "squashed", "squashed_bytes"]

Codes = npt.NDArray[np.uint32]

_END = 0x110000  # beyond the last character: what is left out
_LOWER = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_BETWEEN = bytes(c for c in range(128) if not chr(c).isalnum())  # of ASCII
_BETWEEN_TEXTS = _BETWEEN.replace(b"\0", b"")

# Letters that have no decomposition, and others that are read as Latin ones.
_READ_AS = {
    **dict(zip("łøđħŧıðþ", ("l", "o", "d", "h", "t", "i", "d", "th"), strict=True)),
    **dict(zip("æœ", ("ae", "oe"), strict=True)),
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    **{chr(0x1F150 + i): c for i, c in enumerate(string.ascii_lowercase)},  # in black circles
    **{chr(0x1F170 + i): c for i, c in enumerate(string.ascii_lowercase)},  # in black squares
}
# Signs that are written before a number and seen, though Unicode files them under what is not.
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
# Accents, and the points of Hebrew and Arabic: texts go without.
_ACCENTS = frozenset(
    chr(c)
    for first, last in ((0x300, 0x36F), (0x591, 0x5C7), (0x64B, 0x65F), (0x670, 0x670))
    for c in range(first, last + 1)
)


class _Characters:
    """What every character that was met is taken for."""

    def __init__(self) -> None:
        self.codes = np.arange(_END + 1, dtype=np.uint32)
        self.kept = np.zeros(
            _END + 1, bool
        )  # letters, figures, their marks, and the border of texts
        self.kept[0] = True
        self.several = np.zeros(_END + 1, bool)
        self.expanded: dict[int, str] = {}  # those that are taken for several
        self._known = np.zeros(_END + 1, bool)

    def of(self, text: str) -> Codes:
        """The characters of `text` as numbers, all of them known."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        strange = codes[~self._known[codes]]
        for code in np.unique(strange).tolist():
            self._learn(code)
        return codes

    def _learn(self, code: int) -> None:
        made = _read(chr(code))
        if len(made) > 1:
            self.several[code], self.expanded[code] = True, made
        else:
            self.codes[code] = ord(made) if made else _END
        for char in (chr(code), *made):
            is_mark = unicodedata.category(char).startswith("M")
            self.kept[ord(char)] = char.isalnum() or is_mark or char == "\0"
        self._known[code] = True


_CHARACTERS = _Characters()


def _read(char: str) -> str:
    """What a character is taken for: nothing, another or others, or itself."""
    code = ord(char)
    if char in _READ_AS:
        return _READ_AS[char]
    if unicodedata.category(char) == "Cf" and char not in _SEEN:
        return ""
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code == 0x34F:  # variants
        return ""
    # a raised or small figure beside a word is no part of it
    if unicodedata.decomposition(char).startswith(("<super>", "<sub>", "<fraction>")):
        return char
    made = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    made = "".join(_READ_AS.get(c, c) for c in made if c not in _ACCENTS)
    made = "".join(
        c if (figure := unicodedata.decimal(c, None)) is None else str(figure)
        for c in unicodedata.normalize("NFC", made)
    )
    if made and not any(c.isalnum() or unicodedata.category(c)[0] == "M" for c in made):
        return char  # "…" stays one character
    return made


def folded(text: str) -> str:
    """`text` with each character taken for what it shows, in lower case."""
    if text.isascii():
        return text.lower()
    codes = _CHARACTERS.of(text)
    if _CHARACTERS.several[codes].any():
        codes = _CHARACTERS.of(text.translate(_CHARACTERS.expanded))
    made = _CHARACTERS.codes[codes]
    return made[made < _END].tobytes().decode("utf-32-le", "surrogatepass")


def squashed(text: str) -> bytes:
    """Letters and figures of a folded text, and the zeros that part texts, in UTF-8."""
    if text.isascii():
        return text.encode().translate(None, _BETWEEN_TEXTS)
    codes = _CHARACTERS.of(text)
    kept = codes[_CHARACTERS.kept[codes]]
    return as_bytes(kept.tobytes().decode("utf-32-le", "surrogatepass"))


def squashed_bytes(data: bytes) -> bytes:
    """The same of raw bytes, of which only what is ASCII can be told: in lower case, the other bytes as they are."""
    return data.translate(_LOWER, _BETWEEN)


def as_bytes(text: str) -> bytes:
    """UTF-8; what was decoded with `surrogateescape` becomes the bytes that it was."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        escaped = any("\udc80" <= c <= "\udcff" for c in text)
        return text.encode("utf-8", "surrogateescape" if escaped else "surrogatepass")
