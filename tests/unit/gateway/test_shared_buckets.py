"""Token buckets that workers share: one count, whoever takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hatoba.gateway.shared_buckets import SharedBuckets
from hatoba.gateway.snapshot import Throttle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[SharedBuckets, SharedBuckets]]:
    """The same file as two workers map it."""
    made = SharedBuckets(tmp_path / "buckets"), SharedBuckets(tmp_path / "buckets")
    yield made
    for each in made:
        each.close()


def test_what_one_takes_the_other_misses(two: tuple[SharedBuckets, SharedBuckets]) -> None:
    limits = Throttle(1.0, 3)
    one, other = (each.bucket(limits, 100.0, "api\nGET /") for each in two)
    assert [one.take(100.0), other.take(100.0), one.take(100.0), other.take(100.0)] == [True] * 3 + [False]
    assert [one.take(101.0), other.take(101.0)] == [True, False]


def test_a_clock_that_is_behind_gains_nothing(two: tuple[SharedBuckets, SharedBuckets]) -> None:
    one, other = (each.bucket(Throttle(1.0, 1), 100.0, "r") for each in two)
    assert one.take(105.0)
    assert not other.take(104.0)
    assert not one.take(105.5)
    assert other.take(106.0)


def test_routes_and_limits_have_buckets_of_their_own(two: tuple[SharedBuckets, SharedBuckets]) -> None:
    buckets = [
        two[0].bucket(Throttle(0.0, 1), 1.0, "a"),
        two[0].bucket(Throttle(0.0, 1), 1.0, "b"),
        two[0].bucket(Throttle(0.5, 1), 1.0, "a"),
    ]
    assert [each.take(1.0) for each in buckets] == [True, True, True]
    assert not two[1].bucket(Throttle(0.0, 1), 1.0, "a").take(1.0)
