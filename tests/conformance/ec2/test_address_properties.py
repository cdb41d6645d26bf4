"""Addresses of a subnet, whichever are taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hatoba.cloud.ec2.control.addresses import free_address, is_usable, usable_count


@given(
    length=st.integers(24, 28),
    turn=st.integers(1, 5000),
    taken=st.sets(st.integers(0, 255)),
)
def test_a_free_address_is_usable_and_found_while_there_is_one(
    length: int, turn: int, taken: set[int]
) -> None:
    cidr = f"10.0.0.0/{length}"
    used = {f"10.0.0.{last}" for last in taken}

    found = free_address(cidr, turn, used.__contains__)

    free = [last for last in range(4, 4 + usable_count(cidr)) if last not in taken]
    assert (found is None) == (not free)
    if found is not None:
        assert found not in used
        assert is_usable(found, cidr)
