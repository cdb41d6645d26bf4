from __future__ import annotations

import pytest

from hatoba.cloud.wire.pages import InvalidToken, page

ITEMS = ["a", "b", "c", "d", "e"]


def test_pages_follow_one_another_without_gap_or_overlap() -> None:
    seen: list[str] = []
    token = None
    while True:
        items, token = page(ITEMS, token=token, limit=2, key=str)
        seen += items
        if token is None:
            break

    assert seen == ITEMS


def test_a_full_last_page_has_no_token() -> None:
    assert page(ITEMS, token=None, limit=5, key=str) == (ITEMS, None)


def test_an_item_that_went_between_two_calls_does_not_break_the_next_page() -> None:
    _, token = page(ITEMS, token=None, limit=2, key=str)

    items, _ = page(["a", "c", "d"], token=token, limit=2, key=str)

    assert items == ["c", "d"]


def test_a_strange_token_is_refused() -> None:
    with pytest.raises(InvalidToken):
        page(ITEMS, token="%%%", limit=2, key=str)
