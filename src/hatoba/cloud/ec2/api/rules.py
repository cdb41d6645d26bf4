"""Rules of security groups, as permissions and as rules with ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.ec2.api.groups import find_group
from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.ids import random_ids
from hatoba.cloud.ec2.control.rules import added, changed_rule, revoked, rule_shown, rules_from
from hatoba.cloud.ec2.control.tags import specified
from hatoba.cloud.ec2.errors import error, missing, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_ec2.type_defs import (
        AuthorizeSecurityGroupEgressRequestTypeDef,
        AuthorizeSecurityGroupIngressRequestTypeDef,
        DescribeSecurityGroupRulesRequestTypeDef,
        IpPermissionUnionTypeDef,
        ModifySecurityGroupRulesRequestTypeDef,
        RevokeSecurityGroupEgressRequestTypeDef,
        RevokeSecurityGroupIngressRequestTypeDef,
        UpdateSecurityGroupRuleDescriptionsEgressRequestTypeDef,
        UpdateSecurityGroupRuleDescriptionsIngressRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.model import Rule, SecurityGroup
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result

    AuthorizeRequest = (
        AuthorizeSecurityGroupEgressRequestTypeDef | AuthorizeSecurityGroupIngressRequestTypeDef
    )
    RevokeRequest = RevokeSecurityGroupEgressRequestTypeDef | RevokeSecurityGroupIngressRequestTypeDef
    DescriptionsRequest = (
        UpdateSecurityGroupRuleDescriptionsEgressRequestTypeDef
        | UpdateSecurityGroupRuleDescriptionsIngressRequestTypeDef
    )


class RulesApi:
    """The operations on rules."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def authorize_ingress(self, call: Call, request: AuthorizeSecurityGroupIngressRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html."""
        return self._authorize(call, request, is_egress=False)

    def authorize_egress(self, call: Call, request: AuthorizeSecurityGroupEgressRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html."""
        return self._authorize(call, request, is_egress=True)

    def revoke_ingress(self, call: Call, request: RevokeSecurityGroupIngressRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html."""
        return self._revoke(call, request, is_egress=False)

    def revoke_egress(self, call: Call, request: RevokeSecurityGroupEgressRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html."""
        return self._revoke(call, request, is_egress=True)

    def describe_security_group_rules(
        self, call: Call, request: DescribeSecurityGroupRulesRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html."""
        network = self._store.network(call)
        group_of = {rule.id: group for group in network.groups for rule in group.rules}
        rules = {rule.id: rule for group in network.groups for rule in group.rules}
        for wanted in request.get("SecurityGroupRuleIds", ()):
            if wanted not in rules:
                raise not_found("sgr", wanted)
        named = request.get("SecurityGroupRuleIds") or tuple(rules)
        fields: Fields[Rule] = {
            "group-id": lambda rule: group_of[rule.id].id,
            "security-group-rule-id": lambda rule: rule.id,
        }
        page, token = described((rules[each] for each in named), request, request.get("Filters", ()), fields)
        return {
            "SecurityGroupRules": [rule_shown(group_of[each.id], each, call.region) for each in page],
            "NextToken": token,
        }

    def modify_security_group_rules(
        self, call: Call, request: ModifySecurityGroupRulesRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html."""
        network = self._store.network(call)
        group = network.groups.get(request["GroupId"])
        for update in request["SecurityGroupRules"]:
            (old,) = _rules_by_id(group, [update["SecurityGroupRuleId"]])
            new = changed_rule(old, update.get("SecurityGroupRule", {}))
            _check_references(network, group, [new])
            others = replace(group, rules=tuple(rule for rule in group.rules if rule.id != old.id))
            added(others, [new])
            group = replace(group, rules=tuple(new if rule.id == old.id else rule for rule in group.rules))
        network.groups.put(group)
        return {"Return": True}

    def update_descriptions_ingress(
        self, call: Call, request: UpdateSecurityGroupRuleDescriptionsIngressRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html."""
        return self._update_descriptions(call, request, is_egress=False)

    def update_descriptions_egress(
        self, call: Call, request: UpdateSecurityGroupRuleDescriptionsEgressRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html."""
        return self._update_descriptions(call, request, is_egress=True)

    def _authorize(self, call: Call, request: AuthorizeRequest, *, is_egress: bool) -> Result:
        network = self._store.network(call)
        group = _group(network, request)
        rules = rules_from(_permissions(request), owner=group.owner, is_egress=is_egress, new_id=random_ids)
        tags = specified(request.get("TagSpecifications", ()), "security-group-rule")
        rules = tuple(replace(rule, tags=tags) for rule in rules)
        _check_references(network, group, rules)
        group = network.groups.put(added(group, rules))
        shown = [rule_shown(group, rule, call.region) for rule in rules]
        return {"Return": True, "SecurityGroupRules": shown}

    def _revoke(self, call: Call, request: RevokeRequest, *, is_egress: bool) -> Result:
        network = self._store.network(call)
        group = _group(network, request)
        ids = request.get("SecurityGroupRuleIds")
        if ids:
            gone = _rules_by_id(group, ids)
        else:
            wanted = rules_from(
                _permissions(request), owner=group.owner, is_egress=is_egress, new_id=random_ids
            )
            gone = revoked(group, wanted)
        gone_ids = {rule.id for rule in gone}
        network.groups.put(
            replace(group, rules=tuple(rule for rule in group.rules if rule.id not in gone_ids))
        )
        return {"Return": True, "RevokedSecurityGroupRules": [_revoked_shown(group, rule) for rule in gone]}

    def _update_descriptions(self, call: Call, request: DescriptionsRequest, *, is_egress: bool) -> Result:
        network = self._store.network(call)
        group = _group(network, request)
        wanted = {
            each["SecurityGroupRuleId"]: each.get("Description")
            for each in request.get("SecurityGroupRuleDescriptions", ())
            if "SecurityGroupRuleId" in each
        }
        _rules_by_id(group, list(wanted))
        given = rules_from(
            request.get("IpPermissions", ()), owner=group.owner, is_egress=is_egress, new_id=random_ids
        )
        for old, new in zip(revoked(group, given), given, strict=True):
            wanted[old.id] = new.description
        rules = tuple(
            replace(rule, description=wanted[rule.id]) if rule.id in wanted else rule for rule in group.rules
        )
        network.groups.put(replace(group, rules=rules))
        return {"Return": True}


def _group(
    network: Network, request: AuthorizeRequest | RevokeRequest | DescriptionsRequest
) -> SecurityGroup:
    name = request.get("GroupName")
    assert name is None or isinstance(name, str)
    return find_group(network, request.get("GroupId"), name)


def _permissions(request: AuthorizeRequest | RevokeRequest) -> list[IpPermissionUnionTypeDef]:
    """Return the permissions of a request, which may say a single one by its own members."""
    permissions = list(request.get("IpPermissions", ()))
    if "CidrIp" in request:
        single: IpPermissionUnionTypeDef = {"IpRanges": [{"CidrIp": request["CidrIp"]}]}
        if "IpProtocol" in request:
            single["IpProtocol"] = request["IpProtocol"]
        if "FromPort" in request:
            single["FromPort"] = request["FromPort"]
        if "ToPort" in request:
            single["ToPort"] = request["ToPort"]
        permissions.append(single)
    if not permissions:
        raise missing("ipPermissions")
    return permissions


def _rules_by_id(group: SecurityGroup, ids: Iterable[str]) -> tuple[Rule, ...]:
    known = {rule.id: rule for rule in group.rules}
    for wanted in ids:
        if wanted not in known:
            raise not_found("sgr", wanted)
    return tuple(known[wanted] for wanted in ids)


def _check_references(network: Network, group: SecurityGroup, rules: Iterable[Rule]) -> None:
    for rule in rules:
        if rule.prefix_list_id is not None:
            raise not_found("pl", rule.prefix_list_id)
        if rule.group_id is None or rule.group_id == group.id or rule.group_owner != group.owner:
            continue
        if network.groups.get(rule.group_id).vpc_id != group.vpc_id:
            raise error(
                "InvalidGroup.NotFound",
                "You have specified two resources that belong to different networks.",
            )


def _revoked_shown(group: SecurityGroup, rule: Rule) -> dict[str, Any]:
    return {
        "SecurityGroupRuleId": rule.id,
        "GroupId": group.id,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "CidrIpv4": rule.cidr_ipv4,
        "CidrIpv6": rule.cidr_ipv6,
        "PrefixListId": rule.prefix_list_id,
        "ReferencedGroupId": rule.group_id,
        "Description": rule.description,
    }
