"""AWS::ElasticLoadBalancingV2: load balancers, target groups, listeners and their rules.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ElasticLoadBalancingV2.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources.convert import known, to_member, to_params
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.tagged import Tagged, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

LONGEST_NAME = 32
GONE = words("LoadBalancerNotFound TargetGroupNotFound ListenerNotFound RuleNotFound")


class Part(Tagged):
    """What the types have in common: the physical id is the ARN, and tags are kept under it."""

    service = "elbv2"
    tagging = Tagging("ResourceArns", set="AddTags", unset="RemoveTags", is_many=True)


class LoadBalancer(Part):
    """A load balancer."""

    schema = Schema(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        properties=words(
            "IpAddressType LoadBalancerAttributes Name Scheme SecurityGroups SubnetMappings Subnets Tags Type"
        ),
        create_only=words("Name Scheme Type"),
        attributes=words(
            "CanonicalHostedZoneID DNSName LoadBalancerArn LoadBalancerFullName LoadBalancerName"
            " SecurityGroups"
        ),
        tags="list",
        refused=words(
            "EnableCapacityReservationProvisionStabilize EnablePrefixForIpv6SourceNat"
            " EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic Ipv4IpamPoolId MinimumLoadBalancerCapacity"
        ),
    )
    creates = "CreateLoadBalancer"
    special = words("LoadBalancerAttributes")

    def check(self, properties: Properties) -> None:
        """Check what the operations take."""
        super().check(properties)
        _attributes("LoadBalancerAttributes", "ModifyLoadBalancerAttributes", properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {
            "Name": context.new_name(LONGEST_NAME),
            **self.params(properties),
            **self.tag_params(context),
        }
        made = await self.call(context, self.creates, **params)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Set its attributes."""
        given = _attributes("LoadBalancerAttributes", "ModifyLoadBalancerAttributes", properties)
        if given:
            await self.call(
                context, "ModifyLoadBalancerAttributes", LoadBalancerArn=physical_id, Attributes=given
            )

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change subnets, groups and address type, where they differ."""
        params = self.params(new)
        places = ("Subnets", "SubnetMappings")
        if any(old.get(name) != new.get(name) for name in places):
            given = {name: params[name] for name in places if name in params}
            await self.call(context, "SetSubnets", LoadBalancerArn=physical_id, **given)
        if old.get("SecurityGroups") != new.get("SecurityGroups"):
            groups = params.get("SecurityGroups", [])
            await self.call(context, "SetSecurityGroups", LoadBalancerArn=physical_id, SecurityGroups=groups)
        if old.get("IpAddressType") != new.get("IpAddressType"):
            kind = params.get("IpAddressType", "ipv4")
            await self.call(context, "SetIpAddressType", LoadBalancerArn=physical_id, IpAddressType=kind)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteLoadBalancer", LoadBalancerArn=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Names, groups, and the zone that alias records point to."""
        found = await self.call(context, "DescribeLoadBalancers", LoadBalancerArns=[physical_id])
        balancer = found["LoadBalancers"][0]
        return {
            "CanonicalHostedZoneID": balancer.get("CanonicalHostedZoneId", ""),
            "DNSName": balancer["DNSName"],
            "LoadBalancerArn": physical_id,
            "LoadBalancerFullName": physical_id.partition(":loadbalancer/")[2],
            "LoadBalancerName": balancer["LoadBalancerName"],
            "SecurityGroups": list(balancer.get("SecurityGroups") or ()),
        }


class TargetGroup(Part):
    """A target group, with the targets that the template names."""

    schema = Schema(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        properties=words(
            "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort"
            " HealthCheckProtocol HealthCheckTimeoutSeconds HealthyThresholdCount IpAddressType Matcher Name"
            " Port Protocol ProtocolVersion Tags TargetGroupAttributes TargetType Targets"
            " UnhealthyThresholdCount VpcId"
        ),
        create_only=words("IpAddressType Name Port Protocol ProtocolVersion TargetType VpcId"),
        attributes=words("LoadBalancerArns TargetGroupArn TargetGroupFullName TargetGroupName"),
        tags="list",
        refused=words("TargetControlPort"),
    )
    creates = "CreateTargetGroup"
    special = words("TargetGroupAttributes Targets")

    def check(self, properties: Properties) -> None:
        """Check what the operations take."""
        super().check(properties)
        _attributes("TargetGroupAttributes", "ModifyTargetGroupAttributes", properties)
        _targets(properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {
            "Name": context.new_name(LONGEST_NAME),
            **self.params(properties),
            **self.tag_params(context),
        }
        made = await self.call(context, self.creates, **params)
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Set its attributes, register its targets."""
        given = _attributes("TargetGroupAttributes", "ModifyTargetGroupAttributes", properties)
        if given:
            await self.call(
                context, "ModifyTargetGroupAttributes", TargetGroupArn=physical_id, Attributes=given
            )
        if targets := _targets(properties):
            await self.call(context, "RegisterTargets", TargetGroupArn=physical_id, Targets=targets)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change the health check; take out targets that are gone."""
        changed = known(self.service, "ModifyTargetGroup", new)
        params = to_params(self.service, "ModifyTargetGroup", changed)
        await self.call(context, "ModifyTargetGroup", **{**params, "TargetGroupArn": physical_id})
        gone = [target for target in _targets(old) if target not in _targets(new)]
        if gone:
            await self.call(context, "DeregisterTargets", TargetGroupArn=physical_id, Targets=gone)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteTargetGroup", TargetGroupArn=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Names, and the load balancers that send to it."""
        found = await self.call(context, "DescribeTargetGroups", TargetGroupArns=[physical_id])
        group = found["TargetGroups"][0]
        return {
            "LoadBalancerArns": list(group.get("LoadBalancerArns") or ()),
            "TargetGroupArn": physical_id,
            "TargetGroupFullName": physical_id.rpartition(":")[2],
            "TargetGroupName": group["TargetGroupName"],
        }


class Listener(Part):
    """A listener of a load balancer."""

    schema = Schema(
        "AWS::ElasticLoadBalancingV2::Listener",
        properties=words(
            "AlpnPolicy Certificates DefaultActions LoadBalancerArn Port Protocol SslPolicy Tags"
        ),
        required=words("DefaultActions LoadBalancerArn"),
        create_only=words("LoadBalancerArn"),
        attributes=words("ListenerArn"),
        tags="list",
        refused=words("ListenerAttributes MutualAuthentication"),
    )
    creates = "CreateListener"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        made = await self.call(context, self.creates, **self.params(properties), **self.tag_params(context))
        return str(made["Listeners"][0]["ListenerArn"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change it."""
        changed = known(self.service, "ModifyListener", new)
        params = to_params(self.service, "ModifyListener", changed)
        await self.call(context, "ModifyListener", **{**params, "ListenerArn": physical_id})

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteListener", ListenerArn=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        return {"ListenerArn": physical_id}


class ListenerRule(Part):
    """A rule of a listener."""

    schema = Schema(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        properties=words("Actions Conditions ListenerArn Priority Tags"),
        required=words("Actions Conditions Priority"),
        create_only=words("ListenerArn"),
        attributes=words("IsDefault RuleArn"),
        tags="list",
        refused=words("Transforms"),
    )
    creates = "CreateRule"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        made = await self.call(context, self.creates, **self.params(properties), **self.tag_params(context))
        return str(made["Rules"][0]["RuleArn"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change conditions and actions, then the priority."""
        params = self.params(new)
        given = {name: params[name] for name in ("Actions", "Conditions") if name in params}
        await self.call(context, "ModifyRule", RuleArn=physical_id, **given)
        if old.get("Priority") != new.get("Priority"):
            wanted = {"RuleArn": physical_id, "Priority": params["Priority"]}
            await self.call(context, "SetRulePriorities", RulePriorities=[wanted])

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteRule", RuleArn=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN; a rule of a template is never the default one."""
        return {"RuleArn": physical_id, "IsDefault": False}


def _attributes(name: str, operation: str, properties: Properties) -> Any:
    """Return attributes as the API has them, a list of keys and values."""
    return to_member("elbv2", operation, "Attributes", properties.get(name, []), where=f"#/{name}")


def _targets(properties: Properties) -> Any:
    given = properties.get("Targets", [])
    return to_member("elbv2", "RegisterTargets", "Targets", given, where="#/Targets")
