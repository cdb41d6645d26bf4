"""Tags: from requests and for answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ec2.errors import error, invalid_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_ec2.type_defs import TagSpecificationUnionTypeDef, TagTypeDef

MAX_TAGS = 50


def specified(specifications: Sequence[TagSpecificationUnionTypeDef], resource_type: str) -> dict[str, str]:
    """Return the tags that a creating request gives.

    Raises:
        ServiceError: InvalidParameterValue for the tags of another type.
    """
    tags: dict[str, str] = {}
    for each in specifications:
        given = each.get("ResourceType", "")
        if given != resource_type:
            raise invalid_value(f"'{given}' is not a valid taggable resource type for this operation.")
        tags = merged(tags, each.get("Tags", ()))
    return tags


def merged(tags: Mapping[str, str], added: Iterable[TagTypeDef]) -> dict[str, str]:
    """Return the tags with others added or replaced.

    Raises:
        ServiceError: TagLimitExceeded above 50.
    """
    result = {**tags, **{tag.get("Key", ""): tag.get("Value", "") for tag in added}}
    if "" in result:
        raise invalid_value("Tag key cannot be empty.")
    if len(result) > MAX_TAGS:
        raise error("TagLimitExceeded", f"The maximum number of Tags ({MAX_TAGS}) has been reached.")
    return result


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as the API shows them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
