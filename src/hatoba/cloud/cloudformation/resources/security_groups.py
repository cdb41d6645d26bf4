"""AWS::EC2::SecurityGroup and its rules, written inside it or as resources of their own.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import scalar
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = frozenset(
    {"InvalidGroup.NotFound", "InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound"}
)
ALL_TRAFFIC = "-1"
_COMMON = words("CidrIp CidrIpv6 Description FromPort IpProtocol ToPort")
INGRESS = _COMMON | words(
    "SourcePrefixListId SourceSecurityGroupId SourceSecurityGroupName SourceSecurityGroupOwnerId"
)
EGRESS = _COMMON | words("DestinationPrefixListId DestinationSecurityGroupId")


class Rule(msgspec.Struct, frozen=True):
    """One rule: a protocol, ports, and one place it is open to."""

    protocol: str
    from_port: int | None
    to_port: int | None
    place: str
    name: str

    def permission(self, description: str | None) -> dict[str, Any]:
        """Return the rule as an IpPermission."""
        lists = {
            "cidr": ("IpRanges", "CidrIp"),
            "cidr6": ("Ipv6Ranges", "CidrIpv6"),
            "prefix": ("PrefixListIds", "PrefixListId"),
            "group": ("UserIdGroupPairs", "GroupId"),
        }
        member, key = lists[self.place]
        item = {key: self.name, **({"Description": description} if description else {})}
        ports = {"FromPort": self.from_port, "ToPort": self.to_port}
        return {
            "IpProtocol": self.protocol,
            **{name: port for name, port in ports.items() if port is not None},
            member: [item],
        }

    def properties(self, direction: str) -> dict[str, Any]:
        """Return the rule as an item of the property ``direction``."""
        end = "Source" if direction == "SecurityGroupIngress" else "Destination"
        names = {
            "cidr": "CidrIp",
            "cidr6": "CidrIpv6",
            "prefix": f"{end}PrefixListId",
            "group": f"{end}SecurityGroupId",
        }
        ports = {"FromPort": self.from_port, "ToPort": self.to_port}
        return {
            "IpProtocol": self.protocol,
            **{name: port for name, port in ports.items() if port is not None},
            names[self.place]: self.name,
        }


EVERYTHING_OUT = Rule(ALL_TRAFFIC, None, None, "cidr", "0.0.0.0/0")
Rules = dict[Rule, str | None]


def read_rule(properties: Properties, where: str) -> tuple[Rule, str | None]:
    """Return a rule, and its description, from the properties of either direction.

    Raises:
        PropertyFault: A port is no number, or the place is missing.
    """
    protocol = str(properties.get("IpProtocol", ALL_TRAFFIC)).lower()
    places = {
        "cidr": properties.get("CidrIp"),
        "cidr6": properties.get("CidrIpv6"),
        "prefix": properties.get("SourcePrefixListId") or properties.get("DestinationPrefixListId"),
        "group": properties.get("SourceSecurityGroupId") or properties.get("DestinationSecurityGroupId"),
    }
    given = [(place, str(name)) for place, name in places.items() if name]
    if len(given) != 1:
        raise PropertyFault(where, f"exactly one of CidrIp, CidrIpv6, prefix list, group; found {len(given)}")
    place, name = given[0]

    def port(member: str) -> int | None:
        if protocol == ALL_TRAFFIC or member not in properties:
            return None
        number: int = scalar("integer", properties[member], f"{where}/{member}")
        return number

    return Rule(protocol, port("FromPort"), port("ToPort"), place, name), properties.get("Description")


def present(permissions: Iterable[Mapping[str, Any]]) -> set[Rule]:
    """Return the rules of a described group."""
    lists = (
        ("cidr", "IpRanges", "CidrIp"),
        ("cidr6", "Ipv6Ranges", "CidrIpv6"),
        ("prefix", "PrefixListIds", "PrefixListId"),
        ("group", "UserIdGroupPairs", "GroupId"),
    )
    return {
        Rule(
            permission["IpProtocol"],
            permission.get("FromPort") if permission["IpProtocol"] != ALL_TRAFFIC else None,
            permission.get("ToPort") if permission["IpProtocol"] != ALL_TRAFFIC else None,
            place,
            item[key],
        )
        for permission in permissions
        for place, member, key in lists
        for item in permission.get(member) or ()
        if key in item
    }


class SecurityGroup(Base):
    """A group of a VPC, with rules compared as sets."""

    schema = Schema(
        "AWS::EC2::SecurityGroup",
        properties=words("GroupDescription GroupName SecurityGroupEgress SecurityGroupIngress Tags VpcId"),
        required=words("GroupDescription"),
        create_only=words("GroupDescription GroupName VpcId"),
        attributes=words("GroupId Id VpcId GroupName"),
        tags="list",
    )
    service = "ec2"
    creates = "CreateSecurityGroup"
    special = words("GroupDescription SecurityGroupEgress SecurityGroupIngress")

    def check(self, properties: Properties) -> None:
        """Check the group and each of its rules."""
        super().check(properties)
        self._rules(properties, "SecurityGroupIngress")
        self._rules(properties, "SecurityGroupEgress")

    @staticmethod
    def _rules(properties: Properties, direction: str) -> Rules:
        given = properties.get(direction) or []
        rules: Rules = {}
        for index, item in enumerate(given if isinstance(given, list) else [given]):
            where = f"#/{direction}/{index}"
            for name in item:
                if name not in (INGRESS if direction == "SecurityGroupIngress" else EGRESS):
                    raise PropertyFault(where, f"extraneous key [{name}] is not permitted")
            rule, description = read_rule(item, where)
            rules[rule] = description
        return rules

    async def create(self, context: Context, properties: Properties) -> str:
        """Create the group; its rules follow."""
        params = {
            "GroupName": context.new_name(),
            **self.params(properties),
            "Description": str(properties["GroupDescription"]),
        }
        if own := self.tags(context):
            params["TagSpecifications"] = [{"ResourceType": "security-group", "Tags": tags.listed(own)}]
        return str((await self.call(context, self.creates, **params))["GroupId"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Add the rules that are missing; the default rule out goes when others are given."""
        found = await self.call(context, "DescribeSecurityGroups", GroupIds=[physical_id])
        group = found["SecurityGroups"][0]
        incoming, outgoing = (
            present(group.get("IpPermissions") or ()),
            present(group.get("IpPermissionsEgress") or ()),
        )
        wanted = self._rules(properties, "SecurityGroupEgress")
        if wanted and EVERYTHING_OUT in outgoing and EVERYTHING_OUT not in wanted:
            await _change(context, "RevokeSecurityGroupEgress", physical_id, {EVERYTHING_OUT: None})
        await _change(context, "AuthorizeSecurityGroupEgress", physical_id, _without(wanted, outgoing))
        wanted = self._rules(properties, "SecurityGroupIngress")
        await _change(context, "AuthorizeSecurityGroupIngress", physical_id, _without(wanted, incoming))

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Take the rules out that are no longer wanted, and those whose description differs."""
        for direction in ("Ingress", "Egress"):
            before = self._rules(old, f"SecurityGroup{direction}")
            after = self._rules(new, f"SecurityGroup{direction}")
            surplus = {rule: text for rule, text in before.items() if after.get(rule, ...) != text}
            for rule in surplus:
                await _change(context, f"RevokeSecurityGroup{direction}", physical_id, {rule: None})
            if direction == "Egress" and before and not after:
                await _change(context, "AuthorizeSecurityGroupEgress", physical_id, {EVERYTHING_OUT: None})

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        await retag(self, context, physical_id, old)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete the group."""
        await self.call_unless(GONE, context, "DeleteSecurityGroup", GroupId=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id, name and VPC."""
        found = await self.call(context, "DescribeSecurityGroups", GroupIds=[physical_id])
        group = found["SecurityGroups"][0]
        return {
            "GroupId": physical_id,
            "Id": physical_id,
            "VpcId": group.get("VpcId"),
            "GroupName": group.get("GroupName"),
        }


class SecurityGroupRule(Base):
    """A rule as a resource; ``direction`` is Ingress or Egress. Only its description can change."""

    service = "ec2"
    direction: ClassVar[str]

    def check(self, properties: Properties) -> None:
        """Check the rule."""
        read_rule(properties, "#")

    async def create(self, context: Context, properties: Properties) -> str:
        """Authorize it; its id is the rule's."""
        rule, description = read_rule(properties, "#")
        answer = await _change(
            context,
            f"AuthorizeSecurityGroup{self.direction}",
            str(properties["GroupId"]),
            {rule: description},
        )
        made = (answer or {}).get("SecurityGroupRules") or ()
        return str(made[0]["SecurityGroupRuleId"]) if made else context.new_name()

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change the description."""
        await self.call(
            context,
            f"UpdateSecurityGroupRuleDescriptions{self.direction}",
            GroupId=new["GroupId"],
            SecurityGroupRuleDescriptions=[
                {"SecurityGroupRuleId": physical_id, "Description": new.get("Description", "")}
            ],
        )

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Revoke it."""
        rule, _ = read_rule(properties, "#")
        await self.call_unless(
            GONE,
            context,
            f"RevokeSecurityGroup{self.direction}",
            GroupId=properties["GroupId"],
            IpPermissions=[rule.permission(None)],
        )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The id, once more."""
        return {"Id": physical_id}


class SecurityGroupIngress(SecurityGroupRule):
    """A rule for what comes in."""

    schema = Schema(
        "AWS::EC2::SecurityGroupIngress",
        properties=words(
            "CidrIp CidrIpv6 Description FromPort GroupId IpProtocol SourcePrefixListId"
            " SourceSecurityGroupId SourceSecurityGroupOwnerId ToPort"
        ),
        required=words("GroupId IpProtocol"),
        create_only=words(
            "CidrIp CidrIpv6 FromPort GroupId IpProtocol SourcePrefixListId"
            " SourceSecurityGroupId SourceSecurityGroupOwnerId ToPort"
        ),
        attributes=words("Id"),
        refused=words("GroupName SourceSecurityGroupName"),
    )
    direction = "Ingress"


class SecurityGroupEgress(SecurityGroupRule):
    """A rule for what goes out."""

    schema = Schema(
        "AWS::EC2::SecurityGroupEgress",
        properties=EGRESS | words("GroupId"),
        required=words("GroupId IpProtocol"),
        create_only=(EGRESS | words("GroupId")) - words("Description"),
        attributes=words("Id"),
    )
    direction = "Egress"


def _without(rules: Rules, present: set[Rule]) -> Rules:
    return {rule: text for rule, text in rules.items() if rule not in present}


async def _change(context: Context, operation: str, group_id: str, rules: Rules) -> Mapping[str, Any] | None:
    if not rules:
        return None
    permissions = [rule.permission(text) for rule, text in rules.items()]
    return await context.invoke("ec2", operation, {"GroupId": group_id, "IpPermissions": permissions})


async def retag(handler: Base, context: Context, physical_id: str, old: Mapping[str, str]) -> None:
    """Set and remove the tags of a thing of EC2."""
    added, removed = tags.changed(tags.for_service("ec2", old), handler.tags(context))
    if removed:
        keys = [{"Key": key} for key in removed]
        await context.invoke("ec2", "DeleteTags", {"Resources": [physical_id], "Tags": keys})
    if added:
        await context.invoke("ec2", "CreateTags", {"Resources": [physical_id], "Tags": tags.listed(added)})
