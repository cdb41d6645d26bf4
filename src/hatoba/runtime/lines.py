"""Bytes in, lines out."""

from __future__ import annotations

MAX_LINE_BYTES = 256 * 1024
_CONTINUATION = range(0x80, 0xC0)
_LONGEST_SEQUENCE = 4


class LineSplitter:
    """Cuts a stream of bytes into lines of text.

    A line ends at LF or CR LF. A longer one than ``limit`` bytes comes in pieces, cut between two
    characters. Bytes that are no UTF-8 become U+FFFD.
    """

    def __init__(self, limit: int = MAX_LINE_BYTES) -> None:
        self._limit = limit
        self._rest = b""

    @property
    def pending(self) -> int:
        """How many of the bytes fed so far belong to a line that is not complete."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` completes."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        lines = [piece for line in complete for piece in self._pieces(line)]
        while len(self._rest) > self._limit:
            cut = _cut(self._rest, self._limit)
            lines.append(_text(self._rest[:cut]))
            self._rest = self._rest[cut:]
        return lines

    def flush(self) -> list[str]:
        """Return what stands after the last line end; the stream is over."""
        rest, self._rest = self._rest, b""
        return self._pieces(rest) if rest else []

    def _pieces(self, line: bytes) -> list[str]:
        line = line.removesuffix(b"\r")
        pieces = []
        while len(line) > self._limit:
            cut = _cut(line, self._limit)
            pieces.append(_text(line[:cut]))
            line = line[cut:]
        return [*pieces, _text(line)]


def _cut(line: bytes, limit: int) -> int:
    """Return the last place at or before ``limit`` that is not inside a character."""
    for cut in range(limit, max(limit - _LONGEST_SEQUENCE, 0), -1):
        if line[cut] not in _CONTINUATION:
            return cut
    return limit


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
