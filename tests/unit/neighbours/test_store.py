"""moto's backends on disk."""

from __future__ import annotations

from hatoba.cloud.neighbours.model import Kept
from hatoba.cloud.neighbours.store import Store
from hatoba.cloud.state import State


def kept(region: str, **blobs: bytes) -> Kept:
    return Kept("s3", "000000000000", region, b"body", frozenset(blobs), blobs)


def digests(state: State) -> set[str]:
    return {row[0] for row in state.execute("SELECT digest FROM neighbours_blob")}


def test_what_was_kept_comes_back_whole() -> None:
    store = Store(State())
    store.keep([kept("a", one=b"1", two=b"2"), kept("b")])

    assert store.all() == (kept("a", one=b"1", two=b"2"), kept("b"))


def test_large_bytes_go_with_the_last_backend_that_names_them() -> None:
    state = State()
    store = Store(state)
    store.keep([kept("a", one=b"1", two=b"2"), kept("b", two=b"2")])

    store.keep([kept("a")])
    assert digests(state) == {"two"}
    store.keep([kept("b")])
    assert digests(state) == set()


def test_known_large_bytes_need_not_be_given_again() -> None:
    store = Store(State())
    store.keep([kept("a", one=b"1")])

    store.keep([Kept("s3", "000000000000", "a", b"changed", frozenset({"one"}))])

    [found] = store.all()
    assert (found.body, found.blobs) == (b"changed", {"one": b"1"})


def test_an_emptied_store_holds_nothing() -> None:
    state = State()
    store = Store(state)
    store.keep([kept("a", one=b"1")])

    store.empty()

    assert store.all() == ()
    assert digests(state) == set()
