"""Bytes in, lines out."""

from __future__ import annotations

from hatoba.runtime.lines import LineSplitter


def split(*chunks: bytes, limit: int = 1000) -> list[str]:
    splitter = LineSplitter(limit)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + splitter.flush()


def test_a_line_may_come_in_pieces() -> None:
    assert split(b"hel", b"lo\nwor", b"ld\n") == ["hello", "world"]


def test_the_last_line_needs_no_end() -> None:
    assert split(b"one\ntwo") == ["one", "two"]


def test_a_carriage_return_before_the_end_goes() -> None:
    assert split(b"one\r\n\r\nt\rwo\n") == ["one", "", "t\rwo"]


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    assert split(b"caf\xe9\n") == ["caf\ufffd"]


def test_a_long_line_is_cut_between_characters() -> None:
    assert split("ああああ".encode() + b"\n", limit=7) == ["ああ", "ああ"]
    assert split("ああああ".encode(), limit=7) == ["ああ", "ああ"]


def test_pending_counts_the_bytes_of_the_incomplete_line() -> None:
    splitter = LineSplitter()
    splitter.feed(b"one\ntwo")
    assert splitter.pending == 3
