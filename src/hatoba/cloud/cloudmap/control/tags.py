"""Tags of namespaces and services: at most 50, merged by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.errors import cloud_map_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from types_boto3_servicediscovery.type_defs import TagTypeDef

MAX_TAGS = 50


def merged(arn: str, tags: Mapping[str, str], added: Iterable[TagTypeDef]) -> dict[str, str]:
    """Return the tags with others added or replaced.

    Raises:
        ServiceError: TooManyTagsException above 50.
    """
    given = {tag["Key"]: tag["Value"] for tag in added}
    result = {**tags, **given}
    if len(result) > MAX_TAGS:
        raise cloud_map_error(
            "TooManyTagsException", f"A resource can have up to {MAX_TAGS} tags.", ResourceName=arn
        )
    return result


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as the API shows them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
