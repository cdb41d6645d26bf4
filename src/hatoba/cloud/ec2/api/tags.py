"""Tags of all resources, by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.tags import merged
from hatoba.cloud.ec2.errors import error, not_found
from hatoba.cloud.ec2.model import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from types_boto3_ec2.type_defs import (
        ClientCreateTagsRequestTypeDef,
        ClientDeleteTagsRequestTypeDef,
        DescribeTagsRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.store import Network, Shelf, Store
    from hatoba.cloud.wire import Call, Result

    Change = Callable[[dict[str, str]], dict[str, str]]

R = TypeVar("R", bound=Resource)

_TYPES = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "eni": "network-interface",
    "rtb": "route-table",
    "igw": "internet-gateway",
    "acl": "network-acl",
    "eipalloc": "elastic-ip",
    "nat": "natgateway",
    "vpce": "vpc-endpoint",
}


class TagsApi:
    """The operations on tags."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_tags(self, call: Call, request: ClientCreateTagsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html."""
        network = self._store.network(call)
        for resource_id in request["Resources"]:
            _change(network, resource_id, lambda tags: merged(tags, request["Tags"]))
        return {}

    def delete_tags(self, call: Call, request: ClientDeleteTagsRequestTypeDef) -> Result:
        """Delete tags by key, or by key and value where a value is given; all tags when none is named.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html
        """
        network = self._store.network(call)
        named = {tag.get("Key", ""): tag.get("Value") for tag in request.get("Tags", ())}

        def kept(tags: Mapping[str, str]) -> dict[str, str]:
            return {
                key: value
                for key, value in tags.items()
                if named and not (key in named and named[key] in {None, value})
            }

        for resource_id in request["Resources"]:
            _change(network, resource_id, kept)
        return {}

    def describe_tags(self, call: Call, request: DescribeTagsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html."""
        network = self._store.network(call)
        tags = [
            Resource(id=f"{each.id}/{key}", owner=each.owner, tags={key: value})
            for each in _tagged(network)
            for key, value in each.tags.items()
        ]
        page, token = described(tags, request, request.get("Filters", ()), _FIELDS)
        return {"Tags": [_shown(each) for each in page], "NextToken": token}


def _change(network: Network, resource_id: str, change: Change) -> None:
    prefix = resource_id.partition("-")[0]
    if prefix == "sgr":
        _change_rule(network, resource_id, change)
        return
    shelves = _shelves(network)
    if prefix not in shelves:
        raise error("InvalidID", f"The ID '{resource_id}' is not valid")
    _change_on(shelves[prefix], resource_id, change)


def _change_on(shelf: Shelf[R], resource_id: str, change: Change) -> None:
    found = shelf.get(resource_id)
    shelf.put(replace(found, tags=change(found.tags)))


def _change_rule(network: Network, rule_id: str, change: Change) -> None:
    for group in network.groups:
        if any(rule.id == rule_id for rule in group.rules):
            rules = tuple(
                replace(rule, tags=change(rule.tags)) if rule.id == rule_id else rule for rule in group.rules
            )
            network.groups.put(replace(group, rules=rules))
            return
    raise not_found("sgr", rule_id)


def _tagged(network: Network) -> list[Resource]:
    found: list[Resource] = [each for shelf in _shelves(network).values() for each in shelf]
    return found + [rule for group in network.groups for rule in group.rules]


def _shelves(network: Network) -> dict[str, Shelf[Any]]:
    return {
        "vpc": network.vpcs,
        "subnet": network.subnets,
        "sg": network.groups,
        "eni": network.interfaces,
        "rtb": network.route_tables,
        "igw": network.internet_gateways,
        "acl": network.acls,
        "eipalloc": network.addresses,
        "nat": network.nat_gateways,
        "vpce": network.endpoints,
    }


def _resource_id(tag: Resource) -> str:
    return tag.id.partition("/")[0]


def _type_of(tag: Resource) -> str:
    return _TYPES[tag.id.partition("-")[0]]


_FIELDS: Fields[Resource] = {
    "key": lambda each: each.tags,
    "value": lambda each: each.tags.values(),
    "resource-id": _resource_id,
    "resource-type": _type_of,
}


def _shown(tag: Resource) -> dict[str, str]:
    ((key, value),) = tag.tags.items()
    return {"Key": key, "Value": value, "ResourceId": _resource_id(tag), "ResourceType": _type_of(tag)}
