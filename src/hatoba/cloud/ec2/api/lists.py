"""What all Describe calls have in common: ids, filters, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hatoba.cloud.ec2.control.filters import matching
from hatoba.cloud.ec2.errors import error
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_ec2.type_defs import FilterTypeDef

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.model import Resource

R = TypeVar("R", bound="Resource")

MOST_AT_ONCE = 1000


def described(
    records: Iterable[R],
    request: Mapping[str, object],
    filters: Sequence[FilterTypeDef],
    fields: Fields[R],
) -> tuple[list[R], str | None]:
    """Return the records that a Describe call answers, and the token of the next page.

    Raises:
        ServiceError: InvalidParameterValue for an unknown filter; InvalidNextToken.
    """
    chosen = sorted(matching(records, filters, fields), key=lambda each: each.id)
    limit, token = request.get("MaxResults") or MOST_AT_ONCE, request.get("NextToken")
    assert isinstance(limit, int)
    assert token is None or isinstance(token, str)
    try:
        return page(chosen, token=token, limit=limit, key=lambda each: each.id)
    except InvalidToken as fault:
        raise error("InvalidNextToken", "The NextToken is not one that this list returned.") from fault
