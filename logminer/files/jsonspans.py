"""The values inside one JSON document, one at a time: the document never lies in memory whole, a value does."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import IO

__all__ = ["elements", "members"]

READ_BYTES = 1 << 20
_TOKEN = re.compile(rb'["{}\[\],]')
_NESTED = re.compile(rb'["{}\[\]]')
_IN_TEXT = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"


def elements(stream: IO[bytes], key: str | None = None) -> Iterator[bytes]:
    """The raw elements of the array that a document is, or of the array that its first record has under `key`.

    What is inside an element is looked at by none but its reader: `NaN` may stand there. A document that is none of the
    sort gives nothing.

    Raises:
        ValueError: the document ends before the array does, or something follows the array that it is.
    """
    scanner = _Scanner(stream)
    if key is None:
        if scanner.next_sign() == b"[":
            yield from scanner.elements()
            scanner.end()
        return
    if scanner.next_sign() != b"{":
        return
    wanted = key.encode()
    while (name := scanner.member()) is not None:
        if name == wanted and scanner.next_sign() == b"[":
            yield from scanner.elements()
            return
        scanner.skip_value()


def tables(stream: IO[bytes], keys: Container[str]) -> list[str]:
    """Those of `keys` under which the record that a document is has an array of nothing but records.

    Raises:
        ValueError: the document ends before the record does, or something follows it.
    """
    scanner = _Scanner(stream)
    found: list[str] = []
    if scanner.next_sign() != b"{":
        return found
    while (raw := scanner.member()) is not None:
        name = raw.decode("utf-8", "replace")
        if name not in keys or scanner.next_sign() != b"[":
            scanner.skip_value()
        elif {one[:1] for one in scanner.elements()} <= {b"{"}:
            found.append(name)
    scanner.close()
    return found


def members(stream: IO[bytes], wanted: Container[str], until: str) -> dict[str, bytes]:
    """The raw values of some members of the record that a document is, as far as the member named `until`.

    A document that is no record has none.

    Raises:
        ValueError: the document ends before it.
    """
    scanner = _Scanner(stream)
    found: dict[str, bytes] = {}
    if scanner.next_sign() != b"{":
        return found
    while (raw := scanner.member()) is not None and (
        name := raw.decode("utf-8", "replace")
    ) != until:
        if name in wanted:
            found[name] = scanner.value()
        else:
            scanner.skip_value()
    return found


class _Scanner:
    """A window that moves over a stream; `_at` is the place in it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._window, self._at = stream, b"", 0

    def next_sign(self) -> bytes:
        """The next byte that is no space, not taken; b"" at the end."""
        while True:
            while self._at < len(self._window):
                sign = self._window[self._at : self._at + 1]
                if sign not in _SPACE and sign != b"\xef" and sign not in (b"\xbb", b"\xbf"):
                    return sign
                self._at += 1
            if not self._more():
                return b""

    def elements(self) -> Iterator[bytes]:
        """The elements of the array that begins here; then this stands behind it."""
        self._at += 1
        while (sign := self.next_sign()) != b"]":
            if not sign:
                raise ValueError("ends inside an array")
            if sign == b",":
                self._at += 1
                continue
            yield self._value(keep=True)
        self._at += 1

    def close(self) -> None:
        """Go behind the record that ends here, and the document with it."""
        if self.next_sign() != b"}":
            raise ValueError("ends inside a record")
        self._at += 1
        self.end()

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.next_sign():
            raise ValueError("goes on behind its end")

    def member(self) -> bytes | None:
        """The name of the next member of the record in which this stands; its value is next. None at its end."""
        while (sign := self.next_sign()) in (b"{", b","):
            self._at += 1
        if sign != b'"':
            return None
        name = self._value(keep=True)[1:-1]
        if self.next_sign() == b":":
            self._at += 1
        return name

    def value(self) -> bytes:
        """The value that begins here."""
        return self._value(keep=True)

    def skip_value(self) -> None:
        """Go behind the value that begins here."""
        self._value(keep=False)

    def _value(self, *, keep: bool) -> bytes:
        """Take one value: up to where it closes, or to the comma or bracket behind a number or word."""
        self.next_sign()
        kept: list[bytes] = []
        depth, in_text = 0, False
        start = self._at
        while True:
            signs = _IN_TEXT if in_text else _NESTED if depth else _TOKEN
            found = signs.search(self._window, self._at)
            if found is None or (found[0] == b"\\" and found.end() == len(self._window)):
                if keep:
                    kept.append(self._window[start:])
                rest = self._window[found.start() :] if found else b""
                if found and keep:
                    kept[-1] = kept[-1][: len(kept[-1]) - len(rest)]
                if not self._more(rest):
                    raise ValueError("ends inside a value")
                start = self._at
                continue
            sign, self._at = found[0], found.end()
            if sign == b"\\":
                self._at += 1
            elif sign == b'"':
                in_text = not in_text
                if not in_text and depth == 0:
                    break
            elif sign in b"{[":
                depth += 1
            elif depth == 0:  # what closes or parts stands outside
                self._at = found.start()
                break
            elif sign in b"}]":
                depth -= 1
                if depth == 0:
                    break
        kept.append(self._window[start : self._at])
        return b"".join(kept).strip() if keep else b""

    def _more(self, rest: bytes = b"") -> bool:
        """Move on; what is left of the window comes first."""
        read = self._stream.read(READ_BYTES)
        self._window, self._at = rest + read, 0
        return bool(read)
