"""Rules of security groups: from requests, the same or not, and for answers.

A request may say many rules in one permission: one protocol and port range, several peers. Each peer
is a rule of its own here, as on AWS.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.ec2.control.tags import listed
from hatoba.cloud.ec2.errors import error, invalid_value, missing
from hatoba.cloud.ec2.model import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_ec2.type_defs import IpPermissionUnionTypeDef, SecurityGroupRuleRequestTypeDef

    from hatoba.cloud.ec2.control.ids import NewId
    from hatoba.cloud.ec2.model import SecurityGroup

MAX_PORT = 65535
ALL = "-1"
_NAMES = {"all": ALL, "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_WITH_PORTS = frozenset({"tcp", "udp"})
_WITH_TYPES = frozenset({"icmp", "icmpv6"})
_HIGHEST_PROTOCOL = 255


def rules_from(
    permissions: Iterable[IpPermissionUnionTypeDef], *, owner: str, is_egress: bool, new_id: NewId
) -> tuple[Rule, ...]:
    """Return the rules that permissions say, one for each peer.

    Raises:
        ServiceError: InvalidParameterValue: a protocol, port or range that is none; MissingParameter.
    """
    rules: list[Rule] = []
    for each in permissions:
        protocol = protocol_name(each.get("IpProtocol"))
        from_port, to_port = ports(protocol, each.get("FromPort"), each.get("ToPort"))
        bare = Rule(
            id="",
            owner=owner,
            is_egress=is_egress,
            protocol=protocol,
            from_port=from_port,
            to_port=to_port,
        )
        peers = _peers(bare, each)
        if not peers:
            raise missing("ipRanges, ipv6Ranges, groups or prefixListIds")
        rules.extend(replace(rule, id=new_id("sgr")) for rule in peers)
    return tuple(rules)


def _peers(bare: Rule, permission: IpPermissionUnionTypeDef) -> list[Rule]:
    rules = [
        replace(bare, cidr_ipv4=ipv4_range(each.get("CidrIp")), description=each.get("Description"))
        for each in permission.get("IpRanges", ())
    ]
    rules += [
        replace(bare, cidr_ipv6=ipv6_range(each.get("CidrIpv6")), description=each.get("Description"))
        for each in permission.get("Ipv6Ranges", ())
    ]
    rules += [
        replace(bare, prefix_list_id=each.get("PrefixListId"), description=each.get("Description"))
        for each in permission.get("PrefixListIds", ())
    ]
    for pair in permission.get("UserIdGroupPairs", ()):
        if "GroupId" not in pair:
            raise missing("groupId")
        rules.append(
            replace(
                bare,
                group_id=pair["GroupId"],
                group_owner=pair.get("UserId", bare.owner),
                description=pair.get("Description"),
            )
        )
    return rules


def changed_rule(rule: Rule, wanted: SecurityGroupRuleRequestTypeDef) -> Rule:
    """Return a rule as ModifySecurityGroupRules wants it: all of it is given anew."""
    protocol = protocol_name(wanted.get("IpProtocol"))
    from_port, to_port = ports(protocol, wanted.get("FromPort"), wanted.get("ToPort"))
    ipv4, ipv6 = wanted.get("CidrIpv4"), wanted.get("CidrIpv6")
    group_id = wanted.get("ReferencedGroupId")
    if sum(peer is not None for peer in (ipv4, ipv6, group_id, wanted.get("PrefixListId"))) != 1:
        raise invalid_value("Exactly one of CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId is needed.")
    return replace(
        rule,
        protocol=protocol,
        from_port=from_port,
        to_port=to_port,
        cidr_ipv4=ipv4 and ipv4_range(ipv4),
        cidr_ipv6=ipv6 and ipv6_range(ipv6),
        prefix_list_id=wanted.get("PrefixListId"),
        group_id=group_id,
        group_owner=rule.owner if group_id else None,
        description=wanted.get("Description"),
    )


def added(group: SecurityGroup, rules: Sequence[Rule]) -> SecurityGroup:
    """Return the group with further rules.

    Raises:
        ServiceError: InvalidPermission.Duplicate for a rule that is there.
    """
    known = {rule.identity for rule in group.rules}
    for rule in rules:
        if rule.identity in known:
            raise error("InvalidPermission.Duplicate", f'the specified rule "{_text(rule)}" already exists')
        known.add(rule.identity)
    return replace(group, rules=group.rules + tuple(rules))


def revoked(group: SecurityGroup, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the group's rules that are meant; descriptions play no part.

    Raises:
        ServiceError: InvalidPermission.NotFound for a rule that is not there.
    """
    known = {rule.identity: rule for rule in group.rules}
    if any(rule.identity not in known for rule in rules):
        raise error("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    return tuple(known[rule.identity] for rule in rules)


def protocol_name(given: str | None) -> str:
    """Return a protocol by the name that EC2 shows: ``-1``, ``tcp``, ``udp``, ``icmp`` …, or a number."""
    if given is None:
        raise missing("ipProtocol")
    name = _NAMES.get(given.lower(), given.lower())
    if name in _WITH_PORTS | _WITH_TYPES | {ALL}:
        return name
    if name.isascii() and name.isdigit() and int(name) <= _HIGHEST_PROTOCOL:
        return name
    raise invalid_value(f"Invalid value '{given}' for IP protocol. Unknown protocol.")


def ports(protocol: str, first: int | None, last: int | None) -> tuple[int | None, int | None]:
    """Return the port range that a protocol has. For others than TCP, UDP and ICMP, ports are ignored."""
    if protocol in _WITH_TYPES:
        return (-1 if first is None else first), (-1 if last is None else last)
    if protocol not in _WITH_PORTS:
        return None, None
    if first is None or last is None:
        raise invalid_value(
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
        )
    for port in (first, last):
        if not 0 <= port <= MAX_PORT:
            raise invalid_value(f"Invalid value '{port}' for portRange. Must be between 0 and {MAX_PORT}.")
    if first > last:
        raise invalid_value(f"Invalid TCP/UDP port range ({first}:{last})")
    return first, last


def ipv4_range(cidr: str | None) -> str:
    """Return an IPv4 range without host bits, as EC2 keeps it."""
    try:
        return str(ipaddress.IPv4Network(_with_length(cidr), strict=False))
    except ValueError:
        raise invalid_value(f"CIDR block {cidr} is malformed") from None


def ipv6_range(cidr: str | None) -> str:
    """Return an IPv6 range without host bits, as EC2 keeps it."""
    try:
        return str(ipaddress.IPv6Network(_with_length(cidr), strict=False))
    except ValueError:
        raise invalid_value(f"CIDR block {cidr} is malformed") from None


def _with_length(cidr: str | None) -> str:
    if cidr is None or "/" not in cidr:
        raise ValueError(cidr)
    return cidr


def permissions_shown(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules as IpPermissions: one for each protocol and port range, with all its peers."""
    shown: dict[tuple[object, ...], dict[str, Any]] = {}
    for rule in rules:
        key = (rule.protocol, rule.from_port, rule.to_port)
        permission = shown.setdefault(
            key,
            {
                "IpProtocol": rule.protocol,
                "FromPort": rule.from_port,
                "ToPort": rule.to_port,
                "IpRanges": [],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
                "UserIdGroupPairs": [],
            },
        )
        member, peer = _peer_shown(rule)
        permission[member].append(peer)
    return list(shown.values())


def _peer_shown(rule: Rule) -> tuple[str, dict[str, str | None]]:
    described: dict[str, str | None] = {"Description": rule.description}
    if rule.cidr_ipv4 is not None:
        return "IpRanges", {"CidrIp": rule.cidr_ipv4, **described}
    if rule.cidr_ipv6 is not None:
        return "Ipv6Ranges", {"CidrIpv6": rule.cidr_ipv6, **described}
    if rule.prefix_list_id is not None:
        return "PrefixListIds", {"PrefixListId": rule.prefix_list_id, **described}
    return "UserIdGroupPairs", {"GroupId": rule.group_id, "UserId": rule.group_owner, **described}


def rule_shown(group: SecurityGroup, rule: Rule, region: str) -> dict[str, Any]:
    """Return a rule as DescribeSecurityGroupRules shows it: -1 stands for no ports there."""
    none = -1 if rule.protocol == ALL else None
    return {
        "SecurityGroupRuleId": rule.id,
        "SecurityGroupRuleArn": f"arn:aws:ec2:{region}:{rule.owner}:security-group-rule/{rule.id}",
        "GroupId": group.id,
        "GroupOwnerId": group.owner,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.protocol,
        "FromPort": none if rule.from_port is None else rule.from_port,
        "ToPort": none if rule.to_port is None else rule.to_port,
        "CidrIpv4": rule.cidr_ipv4,
        "CidrIpv6": rule.cidr_ipv6,
        "PrefixListId": rule.prefix_list_id,
        "ReferencedGroupInfo": _reference(rule),
        "Description": rule.description,
        "Tags": listed(rule.tags),
    }


def _reference(rule: Rule) -> Mapping[str, str | None] | None:
    return {"GroupId": rule.group_id, "UserId": rule.group_owner} if rule.group_id else None


def _text(rule: Rule) -> str:
    """Return a rule as EC2's Duplicate error writes it."""
    peer = rule.cidr_ipv4 or rule.cidr_ipv6 or rule.prefix_list_id or rule.group_id
    if rule.protocol == ALL:
        return f"peer: {peer}, ALL, ALLOW"
    name = rule.protocol.upper()
    if rule.from_port is None:
        return f"peer: {peer}, {name}, ALLOW"
    return f"peer: {peer}, {name}, from port: {rule.from_port}, to port: {rule.to_port}, ALLOW"
