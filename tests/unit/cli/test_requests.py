"""``hatoba requests --follow``: each request is shown once."""

from __future__ import annotations

from hatoba.cli.here.requests import OVERLAP_S, REMEMBERED_IDS, Seen


def story(name: str, ended_at: float) -> dict[str, object]:
    return {"request_id": name, "ended_at": ended_at}


def test_each_request_is_new_once() -> None:
    seen = Seen()
    first, second, late = story("a", 10.0), story("b", 20.0), story("c", 19.5)
    assert seen.new([first, second]) == [first, second]
    assert seen.new([second]) == []
    assert seen.new([late, second]) == [late]


def test_each_look_overlaps_the_last() -> None:
    seen = Seen()
    assert seen.after == 0.0
    seen.new([story("a", 20.0), story("b", 10.0)])
    assert seen.after == 20.0 - OVERLAP_S


def test_what_is_remembered_is_bounded() -> None:
    seen = Seen()
    seen.new([story(str(number), 1.0) for number in range(REMEMBERED_IDS + 1)])
    assert seen.new([story("0", 1.0)]) == [story("0", 1.0)]
    assert seen.new([story("2", 1.0)]) == []
