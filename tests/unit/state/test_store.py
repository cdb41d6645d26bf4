from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hatoba.cloud.state import Change, Scope, State, StateError

TOKYO = Scope("000000000000", "ap-northeast-1")
OSAKA = Scope("000000000000", "ap-northeast-3")


@dataclass(frozen=True, slots=True)
class Ship:
    name: str
    tons: int = 0
    ports: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.name


def test_a_record_is_read_as_it_was_put() -> None:
    ships = State().table("test.ship", Ship)

    ships.put(TOKYO, Ship("maru", 7, ("kobe", "naha")))

    assert ships.get(TOKYO, "maru") == Ship("maru", 7, ("kobe", "naha"))


def test_regions_are_worlds_apart() -> None:
    ships = State().table("test.ship", Ship)

    ships.put(TOKYO, Ship("maru"))

    assert ships.get(OSAKA, "maru") is None
    assert ships.list(OSAKA) == ()


def test_a_prefix_lists_in_the_order_of_keys() -> None:
    ships = State().table("test.ship", Ship)
    for name in ("b/2", "a/1", "b/1", "c/1"):
        ships.put(TOKYO, Ship(name))

    assert [ship.name for ship in ships.list(TOKYO, "b/")] == ["b/1", "b/2"]


def test_everywhere_reads_all_scopes() -> None:
    ships = State().table("test.ship", Ship)
    ships.put(OSAKA, Ship("x"))
    ships.put(TOKYO, Ship("y"))

    assert ships.everywhere() == ((TOKYO, Ship("y")), (OSAKA, Ship("x")))


def test_deleting_says_whether_there_was_one() -> None:
    ships = State().table("test.ship", Ship)
    ships.put(TOKYO, Ship("maru"))

    assert ships.delete(TOKYO, "maru")
    assert not ships.delete(TOKYO, "maru")


def test_a_failed_transaction_keeps_nothing_and_tells_nobody() -> None:
    state = State()
    ships = state.table("test.ship", Ship)
    changes = state.feed.subscribe("test.ship")

    def fail_after_a_write() -> None:
        with state.transaction():
            ships.put(TOKYO, Ship("maru"))
            raise RuntimeError("after the write")

    with pytest.raises(RuntimeError):
        fail_after_a_write()

    assert ships.get(TOKYO, "maru") is None
    assert changes.take() == ()


def test_a_commit_that_fails_keeps_nothing_tells_nobody_and_leaves_the_state_usable() -> None:
    state = State()
    ships = state.table("test.ship", Ship, remember=True)
    told = state.feed.subscribe("test.ship")
    state.execute("PRAGMA foreign_keys = ON")
    state.execute("CREATE TABLE port (name TEXT PRIMARY KEY)")
    state.execute("CREATE TABLE berth (port TEXT REFERENCES port DEFERRABLE INITIALLY DEFERRED)")

    def fail() -> None:
        with state.transaction():
            ships.put(TOKYO, Ship("maru"))
            state.execute("INSERT INTO berth VALUES ('nowhere')")

    with pytest.raises(sqlite3.IntegrityError):
        fail()
    assert ships.get(TOKYO, "maru") is None
    ships.put(TOKYO, Ship("other"))
    assert [change.key for change in told.take()] == ["other"]


def test_the_feed_tells_after_the_outermost_commit_and_merges() -> None:
    state = State()
    ships = state.table("test.ship", Ship)
    changes = state.feed.subscribe("test.ship")

    with state.transaction():
        ships.put(TOKYO, Ship("maru"))
        with state.transaction():
            ships.put(TOKYO, Ship("maru", 2))
        assert changes.take() == ()

    assert changes.take() == (Change("test.ship", TOKYO, "maru"),)


def test_a_counter_never_gives_a_number_twice() -> None:
    state = State()

    numbers = [state.next_number(TOKYO, "family") for _ in range(3)]

    assert numbers == [1, 2, 3]
    assert state.next_number(OSAKA, "family") == 1


def test_what_was_committed_is_there_for_the_next_cloud_even_without_a_close(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    State(path).table("test.ship", Ship).put(TOKYO, Ship("maru", 1))

    assert State(path).table("test.ship", Ship).get(TOKYO, "maru") == Ship("maru", 1)


def test_a_record_of_an_older_hatoba_reads_with_defaults(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    State(path).table("test.ship", Ship).put(TOKYO, Ship("maru"))
    with sqlite3.connect(path) as connection:
        connection.execute("""UPDATE test_ship SET body = '{"name": "maru"}'""")

    assert State(path).table("test.ship", Ship).get(TOKYO, "maru") == replace(Ship("maru"))


def test_a_file_that_is_no_state_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_text("not a database, but long enough to be looked at as one" * 20)

    with pytest.raises(StateError, match="Move it away"):
        State(path)


def test_a_format_from_the_future_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(StateError, match="format is 99"):
        State(path)


def test_a_kind_is_service_dot_noun() -> None:
    with pytest.raises(ValueError, match=r"service\.noun"):
        State().table("Ship", Ship)
