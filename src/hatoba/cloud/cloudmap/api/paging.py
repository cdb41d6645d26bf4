"""Pages of Cloud Map's lists: MaxResults 1 to 100, 100 when it is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hatoba.cloud.cloudmap.errors import invalid_input
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

MAX_RESULTS = 100


def paged(
    items: Sequence[T], request: Mapping[str, object], *, key: Callable[[T], str]
) -> tuple[list[T], str | None]:
    """Return the page that a request asks for, and the token of the next one.

    Raises:
        ServiceError: InvalidInput: NextToken is not one of ours.
    """
    limit, token = request.get("MaxResults", MAX_RESULTS), request.get("NextToken")
    assert isinstance(limit, int)
    assert token is None or isinstance(token, str)
    try:
        return page(sorted(items, key=key), token=token, limit=limit, key=key)
    except InvalidToken as error:
        raise invalid_input("NextToken is not one that this list returned.") from error
