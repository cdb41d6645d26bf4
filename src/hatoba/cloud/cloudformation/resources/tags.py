"""Tags of resources: the stack's, the resource's own, and AWS's system tags, in one place.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import TagForm

SYSTEM_TAGS_TAKEN_BY = frozenset({"apigatewayv2", "ec2", "ecs", "iam", "logs", "servicediscovery"})
"""Services that take tags of AWS's own prefix ``aws:`` from CloudFormation; the others refuse them."""


def system_tags(stack_name: str, stack_id: str, logical_id: str) -> dict[str, str]:
    """Return the tags by which AWS marks what a stack has made."""
    return {
        "aws:cloudformation:stack-name": stack_name,
        "aws:cloudformation:stack-id": stack_id,
        "aws:cloudformation:logical-id": logical_id,
    }


def own_tags(form: TagForm | None, value: Any) -> dict[str, str]:
    """Return the tags of the property Tags, in either form."""
    if not value or form is None:
        return {}
    if form == "map":
        return {str(key): str(item) for key, item in value.items()}
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in value}


def for_service(service: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that the service may be given."""
    taken = service in SYSTEM_TAGS_TAKEN_BY
    return {key: value for key, value in tags.items() if taken or not key.startswith("aws:")}


def listed(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return tags as a list of pairs, under the member names of the service."""
    return [{key: name, value: text} for name, text in tags.items()]


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the tags to set and the keys to remove."""
    return {key: text for key, text in new.items() if old.get(key) != text}, [
        key for key in old if key not in new
    ]
