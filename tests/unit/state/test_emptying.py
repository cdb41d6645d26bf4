"""A state emptied, and a state file copied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from hatoba.cloud.state import Change, Scope, State
from hatoba.cloud.state.copying import copy_state
from hatoba.cloud.state.store import StateError

TOKYO = Scope("000000000000", "ap-northeast-1")


@dataclass(frozen=True)
class Thing:
    key: str


def test_an_emptied_state_tells_of_each_record_that_went() -> None:
    state = State()
    things, kept = state.table("some.thing_set", Thing), state.table("own.key", Thing)
    things.put(TOKYO, Thing("a"))
    kept.put(TOKYO, Thing("b"))
    state.next_number(TOKYO, "n")
    changes = state.feed.subscribe("some.thing_set", "own.key")

    state.empty(keep={"own.key"})

    assert changes.take() == (Change("some.thing_set", TOKYO, "a"),)
    assert things.everywhere() == ()
    assert kept.list(TOKYO) == (Thing("b"),)
    assert state.next_number(TOKYO, "n") == 1


def test_a_copy_holds_what_was_committed_while_the_state_is_in_use(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    things = state.table("some.thing", Thing)
    things.put(TOKYO, Thing("before"))

    copy_state(tmp_path / "state.db", tmp_path / "copies" / "c.db")
    things.put(TOKYO, Thing("after"))
    state.close()

    copy = State(tmp_path / "copies" / "c.db")
    assert copy.table("some.thing", Thing).list(TOKYO) == (Thing("before"),)
    copy.close()


def test_a_file_that_is_no_state_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"junk" * 1000)
    (tmp_path / "state.db").write_bytes(b"what was there")

    with pytest.raises(StateError, match=r"junk\.db"):
        copy_state(tmp_path / "junk.db", tmp_path / "state.db")

    assert (tmp_path / "state.db").read_bytes() == b"what was there"
