"""Tables whose records are at hand again: never other than what is kept."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hatoba.cloud.state import Scope, State

TOKYO = Scope("000000000000", "ap-northeast-1")


@dataclass(frozen=True)
class Thing:
    key: str
    size: int = 0


class Undone(Exception):
    """A transaction that is rolled back."""


def test_a_record_is_at_hand_again_and_the_same_for_every_table_of_its_kind() -> None:
    state = State()
    things = state.table("some.thing", Thing, remember=True)
    kept = things.put(TOKYO, Thing("a", 1))
    assert things.get(TOKYO, "a") is kept
    other = state.table("some.thing", Thing)
    other.put(TOKYO, Thing("a", 2))
    assert things.get(TOKYO, "a") == Thing("a", 2)
    assert things.delete(TOKYO, "a")
    assert other.get(TOKYO, "a") is None


def test_what_is_rolled_back_is_not_remembered() -> None:
    state = State()
    things = state.table("some.thing", Thing, remember=True)
    things.put(TOKYO, Thing("a", 1))
    things.put(TOKYO, Thing("gone", 1))

    def fail() -> None:
        with state.transaction():
            things.put(TOKYO, Thing("a", 2))
            things.put(TOKYO, Thing("new", 1))
            things.delete(TOKYO, "gone")
            assert things.get(TOKYO, "a") == Thing("a", 2)
            raise Undone

    with pytest.raises(Undone):
        fail()
    assert things.get(TOKYO, "a") == Thing("a", 1)
    assert things.get(TOKYO, "new") is None
    assert things.get(TOKYO, "gone") == Thing("gone", 1)


def test_an_emptied_state_remembers_nothing() -> None:
    state = State()
    things = state.table("some.thing", Thing, remember=True)
    things.put(TOKYO, Thing("a", 1))
    state.empty()
    assert things.get(TOKYO, "a") is None
