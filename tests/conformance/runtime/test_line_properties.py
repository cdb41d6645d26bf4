"""Bytes in, lines out, in whatever pieces the bytes come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.runtime.test_lines import split


@pytest.mark.parametrize("limit", [4, 16])
@given(text=st.text(alphabet="aé波\n", max_size=60), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_how_the_bytes_arrive_does_not_matter(limit: int, text: str, cuts: list[int]) -> None:
    data = text.encode()
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    chunks = [data[start:end] for start, end in pairwise(places)]

    assert split(*chunks, limit=limit) == split(data, limit=limit)
    assert "".join(split(*chunks, limit=limit)) == text.replace("\n", "")
