"""Security groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.defaults import DEFAULT_GROUP, everything_out
from hatoba.cloud.ec2.control.ids import random_ids
from hatoba.cloud.ec2.control.rules import permissions_shown
from hatoba.cloud.ec2.control.tags import listed, specified
from hatoba.cloud.ec2.errors import error, in_use, invalid_value, missing
from hatoba.cloud.ec2.model import SecurityGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from types_boto3_ec2.type_defs import (
        CreateSecurityGroupRequestTypeDef,
        DeleteSecurityGroupRequestTypeDef,
        DescribeSecurityGroupsRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.model import Rule
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result

_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")


class GroupsApi:
    """The operations on security groups."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_security_group(self, call: Call, request: CreateSecurityGroupRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html."""
        network = self._store.network(call)
        vpc_id = _vpc_id(network, request.get("VpcId"))
        _check_texts(request["GroupName"], request["Description"])
        if any(each.vpc_id == vpc_id and each.name == request["GroupName"] for each in network.groups):
            raise error(
                "InvalidGroup.Duplicate",
                f"The security group '{request['GroupName']}' already exists for VPC '{vpc_id}'",
            )
        group = network.groups.put(
            SecurityGroup(
                id=random_ids("sg"),
                owner=call.account,
                vpc_id=vpc_id,
                name=request["GroupName"],
                description=request["Description"],
                rules=(everything_out(call.account, random_ids),),
                tags=specified(request.get("TagSpecifications", ()), "security-group"),
            )
        )
        return {
            "GroupId": group.id,
            "SecurityGroupArn": _arn(network, group),
            "Tags": listed(group.tags),
        }

    def describe_security_groups(self, call: Call, request: DescribeSecurityGroupsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html."""
        network = self._store.network(call)
        found = network.groups.named(request.get("GroupIds", ()))
        names = request.get("GroupNames", ())
        if names:
            wanted = {find_group(network, None, name).id for name in names}
            found = tuple(each for each in found if each.id in wanted)
        page, token = described(found, request, request.get("Filters", ()), _FIELDS)
        return {"SecurityGroups": [_shown(network, each) for each in page], "NextToken": token}

    def delete_security_group(self, call: Call, request: DeleteSecurityGroupRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html."""
        network = self._store.network(call)
        group = find_group(network, request.get("GroupId"), request.get("GroupName"))
        if group.name == DEFAULT_GROUP:
            raise error(
                "CannotDelete",
                f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user',
            )
        if _is_used(network, group):
            raise in_use(f"resource {group.id} has a dependent object")
        network.groups.delete(group.id)
        return {"Return": True, "GroupId": group.id}


def find_group(network: Network, group_id: str | None, name: str | None) -> SecurityGroup:
    """Return a security group by its id, or by its name in the default VPC."""
    if group_id:
        return network.groups.get(group_id)
    if not name:
        raise missing("groupName or groupId")
    default = network.default_vpc()
    for each in network.groups:
        if default is not None and each.vpc_id == default.id and each.name == name:
            return each
    where = f" in default VPC '{default.id}'" if default else ""
    raise error("InvalidGroup.NotFound", f"The security group '{name}' does not exist{where}")


def _vpc_id(network: Network, vpc_id: str | None) -> str:
    if vpc_id:
        return network.vpcs.get(vpc_id).id
    default = network.default_vpc()
    if default is None:
        raise error("VPCIdNotSpecified", "No default VPC for this user")
    return default.id


def _check_texts(name: str, description: str) -> None:
    for parameter, text in (("groupName", name), ("groupDescription", description)):
        if not _TEXT.fullmatch(text):
            raise invalid_value(
                f"Value ({text}) for parameter {parameter} is invalid. Character sets beyond ASCII are not"
                " supported."
            )
    if name.startswith("sg-"):
        raise invalid_value(f"Value ({name}) for parameter GroupName is invalid. It must not begin with sg-.")
    if name == DEFAULT_GROUP:
        raise invalid_value("Cannot use reserved security group name: default")


def _is_used(network: Network, group: SecurityGroup) -> bool:
    referenced = (
        rule.group_id == group.id for other in network.groups if other.id != group.id for rule in other.rules
    )
    return (
        any(referenced)
        or any(group.id in each.group_ids for each in network.interfaces)
        or any(group.id in each.group_ids for each in network.endpoints)
    )


def _of_rules(
    *, is_egress: bool, value: Callable[[Rule], str | int | None]
) -> Callable[[SecurityGroup], Iterable[str]]:
    """Return a filter field that looks at the group's rules of one direction."""
    return lambda group: [
        str(found)
        for rule in group.rules
        if rule.is_egress == is_egress and (found := value(rule)) is not None
    ]


_RULE_FIELDS: dict[str, Callable[[Rule], str | int | None]] = {
    "cidr": lambda rule: rule.cidr_ipv4,
    "ipv6-cidr": lambda rule: rule.cidr_ipv6,
    "from-port": lambda rule: rule.from_port,
    "to-port": lambda rule: rule.to_port,
    "protocol": lambda rule: rule.protocol,
    "group-id": lambda rule: rule.group_id,
    "prefix-list-id": lambda rule: rule.prefix_list_id,
    "user-id": lambda rule: rule.group_owner,
}
_FIELDS: Fields[SecurityGroup] = {
    "group-id": lambda each: each.id,
    "group-name": lambda each: each.name,
    "description": lambda each: each.description,
    "owner-id": lambda each: each.owner,
    "vpc-id": lambda each: each.vpc_id,
    **{f"ip-permission.{name}": _of_rules(is_egress=False, value=get) for name, get in _RULE_FIELDS.items()},
    **{
        f"egress.ip-permission.{name}": _of_rules(is_egress=True, value=get)
        for name, get in _RULE_FIELDS.items()
    },
}


def _arn(network: Network, group: SecurityGroup) -> str:
    return f"arn:aws:ec2:{network.scope.region}:{group.owner}:security-group/{group.id}"


def _shown(network: Network, group: SecurityGroup) -> dict[str, Any]:
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "OwnerId": group.owner,
        "SecurityGroupArn": _arn(network, group),
        "VpcId": group.vpc_id,
        "IpPermissions": permissions_shown(rule for rule in group.rules if not rule.is_egress),
        "IpPermissionsEgress": permissions_shown(rule for rule in group.rules if rule.is_egress),
        "Tags": listed(group.tags),
    }
