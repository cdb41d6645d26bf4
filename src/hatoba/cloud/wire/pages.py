"""Pages of a list, with a token that says where the next one begins."""

from __future__ import annotations

import base64
import binascii
import operator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class InvalidToken(Exception):
    """The token was not made here. Each service words the error for its clients."""


def page(
    items: Sequence[T],
    *,
    token: str | None,
    limit: int,
    key: Callable[[T], str],
    is_descending: bool = False,
) -> tuple[list[T], str | None]:
    """Return one page of ``items`` and the token for the next page (None on the last one).

    The token names the last item given, so a page stays right when items come and go between calls.

    Args:
        items: All items, sorted by ``key``.
        is_descending: They are sorted from the last key to the first.
        token: As an earlier call returned it; None for the first page.
        limit: How many items a page holds at the most.
        key: An item's sort key, unique among the items.

    Raises:
        InvalidToken: The token was not made here.
    """
    start = 0
    if token:
        after = _decode(token)
        is_later = operator.lt if is_descending else operator.gt
        start = next((index for index, item in enumerate(items) if is_later(key(item), after)), len(items))
    chosen = list(items[start : start + limit])
    more = start + limit < len(items)
    return chosen, _encode(key(chosen[-1])) if more and chosen else None


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _decode(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise InvalidToken(token) from error
