"""Pages, tags and names, as all of Elastic Load Balancing's operations have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from hatoba.cloud.loadbalancing.errors import invalid
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Result

T = TypeVar("T")

DEFAULT_PAGE = 400
MOST_TAGS = 50
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")


def check_name(what: str, name: str) -> None:
    """Refuse a name that a load balancer or a target group cannot have."""
    if len(name) > 32:  # noqa: PLR2004 - AWS's limit
        raise invalid(f"{what} name '{name}' cannot be longer than '32' characters")
    if not _NAME.fullmatch(name):
        raise invalid(
            f"{what} name '{name}' can only contain characters that are alphanumeric characters and"
            " hyphens(-) and must not begin or end with a hyphen"
        )


def new_arn(scope: Scope, resource: str) -> str:
    """Return the ARN of a resource, such as ``targetgroup/name/id``."""
    return f"arn:aws:elasticloadbalancing:{scope.region}:{scope.account}:{resource}"


def read_tags(given: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """Return tags as they are kept."""
    tags = {each["Key"]: each.get("Value", "") for each in given or ()}
    if len(tags) != len(given or ()):
        raise ServiceError("DuplicateTagKeys", "A tag key was specified more than once")
    if len(tags) > MOST_TAGS:
        raise ServiceError("TooManyTags", f"A resource has at most {MOST_TAGS} tags")
    return tags


def answer_page(
    request: Mapping[str, Any],
    member: str,
    items: Sequence[T],
    key: Callable[[T], str],
    describe: Callable[[T], object],
) -> Result:
    """Return one page of items (sorted by ``key``) under the name ``member``."""
    try:
        chosen, marker = page(
            items, token=request.get("Marker"), limit=request.get("PageSize") or DEFAULT_PAGE, key=key
        )
    except InvalidToken as error:
        raise invalid("Marker is not one that this list returned") from error
    return {member: [describe(each) for each in chosen], "NextMarker": marker}


def require_one(request: Mapping[str, Any], *members: str) -> None:
    """Refuse a request that names things in several ways at once."""
    if sum(bool(request.get(each)) for each in members) > 1:
        raise invalid(f"Only one of {', '.join(members)} can be specified")
