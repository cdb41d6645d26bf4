"""Pages of IAM's lists: ``Marker``, ``MaxItems``, ``IsTruncated``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hatoba.cloud.iam.errors import validation_error
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hatoba.cloud.wire import Result

DEFAULT_PAGE = 100

T = TypeVar("T")


def answer_page(
    request: Mapping[str, object],
    member: str,
    items: Sequence[T],
    *,
    key: Callable[[T], str],
    describe: Callable[[T], object],
) -> Result:
    """Return one page of items (sorted by ``key``) under the name ``member``."""
    limit = request.get("MaxItems", DEFAULT_PAGE)
    assert isinstance(limit, int), "checked by the wire layer"
    marker = request.get("Marker")
    try:
        chosen, following = page(items, token=str(marker) if marker else None, limit=limit, key=key)
    except InvalidToken as error:
        raise validation_error("Invalid Marker: use the one that the page before returned.") from error
    return {
        member: [describe(item) for item in chosen],
        "IsTruncated": following is not None,
        "Marker": following,
    }


def describe_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as IAM lists them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
