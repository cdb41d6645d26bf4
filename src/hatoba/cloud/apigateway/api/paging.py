"""Pages of API Gateway's lists: ``maxResults`` (a text) and ``nextToken``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hatoba.cloud.wire import Result

DEFAULT_PAGE, LONGEST_PAGE = 25, 500


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


R = TypeVar("R", bound=_Keyed)


def answer_page(
    request: Mapping[str, object], records: Sequence[R], describe: Callable[[R], Result]
) -> Result:
    """Return one page of records as ``Items`` and ``NextToken``.

    Raises:
        ServiceError: ``BadRequestException`` for a size or a token that is none.
    """
    token = request.get("NextToken")
    try:
        chosen, following = page(
            records,
            token=str(token) if token else None,
            limit=_size(request.get("MaxResults")),
            key=lambda record: record.key,
        )
    except InvalidToken as error:
        raise bad_request("Invalid NextToken: use the one that the page before returned.") from error
    return {"Items": [describe(record) for record in chosen], "NextToken": following}


def _size(sent: object) -> int:
    if sent is None:
        return DEFAULT_PAGE
    text = str(sent)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LONGEST_PAGE and len(text) <= 3):  # noqa: PLR2004 - three digits
        raise bad_request(f"MaxResults is a number from 1 to {LONGEST_PAGE}, not {text[:40]!r}.")
    return int(text)
