"""Operations on load balancers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.loadbalancing import errors
from hatoba.cloud.loadbalancing.api.common import answer_page, check_name, new_arn, read_tags, require_one
from hatoba.cloud.loadbalancing.control import attributes
from hatoba.cloud.loadbalancing.model import LoadBalancer, Zone
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.wire import Call, Invoke, Operations, Result

    Request = Mapping[str, Any]

ZONES_OF_APPLICATION = 2
HOSTED_ZONE = "Z14GRHDCWA56QT"
"""Of Application Load Balancers in ap-northeast-1; no DNS here needs another one elsewhere."""


class LoadBalancers:
    """The operations on load balancers. Their subnets and groups must exist, so they ask EC2."""

    def __init__(self, store: Store, invoke: Invoke) -> None:
        self._store = store
        self._invoke = invoke

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        for name, function in (
            ("CreateLoadBalancer", self.create),
            ("DescribeLoadBalancers", self.describe),
            ("DeleteLoadBalancer", self.delete),
            ("DescribeLoadBalancerAttributes", self.describe_attributes),
            ("ModifyLoadBalancerAttributes", self.modify_attributes),
            ("SetSubnets", self.set_subnets),
            ("SetSecurityGroups", self.set_security_groups),
            ("SetIpAddressType", self.set_ip_address_type),
            ("DescribeCapacityReservation", self.describe_capacity),
        ):
            operations.add(name, function)

    async def create(self, call: Call, request: Request) -> Result:
        """Make a load balancer; the answer says provisioning, it is active at once."""
        kind = request.get("Type") or "application"
        _refuse(request, kind)
        check_name("Load balancer", request["Name"])
        zones, vpc_id = await self._zones(call, request, kind)
        groups = tuple(request.get("SecurityGroups") or ())
        if not groups and kind == "application":
            groups = await self._default_group(call, vpc_id)
        elif groups:
            await self._require_groups(call, groups)
        name, short = request["Name"], "app" if kind == "application" else "net"
        with self._store.state.transaction():
            same = self._named(call, name)
            made = LoadBalancer(
                arn=same.arn
                if same
                else new_arn(call.scope, f"loadbalancer/{short}/{name}/{random_hex(16)}"),
                name=name,
                kind=kind,
                scheme=request.get("Scheme") or "internet-facing",
                vpc_id=vpc_id,
                zones=zones,
                security_groups=groups,
                created_at=same.created_at if same else call.now,
                attributes=same.attributes if same else {},
                tags=read_tags(request.get("Tags")),
            )
            if same is not None and same != made:
                raise ServiceError(
                    "DuplicateLoadBalancerName",
                    f"A load balancer with the same name '{name}' exists, but with different settings",
                )
            self._store.balancers.put(call.scope, made)
        return {"LoadBalancers": [_describe(call.region, made, state="active" if same else "provisioning")]}

    def _named(self, call: Call, name: str) -> LoadBalancer | None:
        return next((each for each in self._store.balancers.list(call.scope) if each.name == name), None)

    async def _zones(self, call: Call, request: Request, kind: str) -> tuple[tuple[Zone, ...], str]:
        mappings = request.get("SubnetMappings") or ()
        for each in mappings:
            if set(each) - {"SubnetId"}:
                raise NotImplementedHere("elbv2: SubnetMappings with fixed addresses")
        require_one(request, "Subnets", "SubnetMappings")
        ids = list(request.get("Subnets") or [each["SubnetId"] for each in mappings if each.get("SubnetId")])
        if not ids:
            raise errors.invalid("At least one subnet must be specified")
        try:
            found = (await self._invoke(call, "ec2", "DescribeSubnets", {"SubnetIds": ids}))["Subnets"]
        except ServiceError as error:
            raise ServiceError("SubnetNotFound", error.message) from error
        by_id = {each["SubnetId"]: each for each in found}
        zones = tuple(Zone(each, by_id[each]["AvailabilityZone"]) for each in ids)
        if len({each.zone for each in zones}) != len(zones):
            raise errors.invalid_configuration(
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
            )
        if kind == "application" and len(zones) < ZONES_OF_APPLICATION:
            raise errors.invalid("At least two subnets in two different Availability Zones must be specified")
        vpcs = {by_id[each]["VpcId"] for each in ids}
        if len(vpcs) != 1:
            raise errors.invalid_configuration("All subnets must be in one VPC")
        return zones, vpcs.pop()

    async def _default_group(self, call: Call, vpc_id: str) -> tuple[str, ...]:
        filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
        found = await self._invoke(call, "ec2", "DescribeSecurityGroups", {"Filters": filters})
        return tuple(each["GroupId"] for each in found["SecurityGroups"])

    async def _require_groups(self, call: Call, groups: Sequence[str]) -> None:
        try:
            await self._invoke(call, "ec2", "DescribeSecurityGroups", {"GroupIds": list(groups)})
        except ServiceError as error:
            raise ServiceError("InvalidSecurityGroup", error.message) from error

    def describe(self, call: Call, request: Request) -> Result:
        """Describe load balancers by ARN, by name, or all."""
        require_one(request, "LoadBalancerArns", "Names")
        if request.get("LoadBalancerArns"):
            found = [self._store.balancer(call.scope, arn) for arn in request["LoadBalancerArns"]]
        else:
            found = list(self._store.balancers.list(call.scope))
        for name in request.get("Names") or ():
            if self._named(call, name) is None:
                raise errors.not_found("LoadBalancer", name)
        if request.get("Names"):
            found = [each for each in found if each.name in request["Names"]]
        found.sort(key=lambda each: each.arn)
        return answer_page(
            request, "LoadBalancers", found, lambda each: each.arn, lambda each: _describe(call.region, each)
        )

    def delete(self, call: Call, request: Request) -> Result:
        """Delete a load balancer with its listeners; one that is gone already is no error."""
        balancer = self._store.balancers.get(call.scope, request["LoadBalancerArn"])
        if balancer is None:
            return {}
        if balancer.attributes.get("deletion_protection.enabled") == "true":
            raise errors.not_permitted(
                f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled"
            )
        for listener in self._store.listeners_of(call.scope, balancer):
            for rule in self._store.rules_of(call.scope, listener):
                self._store.rules.delete(call.scope, rule.key)
            self._store.listeners.delete(call.scope, listener.key)
        self._store.balancers.delete(call.scope, balancer.key)
        return {}

    def describe_attributes(self, call: Call, request: Request) -> Result:
        """Describe a load balancer's attributes."""
        balancer = self._store.balancer(call.scope, request["LoadBalancerArn"])
        return {"Attributes": attributes.listed(_known(balancer), balancer.attributes)}

    def modify_attributes(self, call: Call, request: Request) -> Result:
        """Change the attributes sent."""
        balancer = self._store.balancer(call.scope, request["LoadBalancerArn"])
        after = attributes.changed(_known(balancer), balancer.attributes, request["Attributes"])
        self._store.balancers.put(call.scope, replace(balancer, attributes=after))
        return {"Attributes": attributes.listed(_known(balancer), after)}

    async def set_subnets(self, call: Call, request: Request) -> Result:
        """Replace the subnets."""
        _refuse(request, "")
        balancer = self._store.balancer(call.scope, request["LoadBalancerArn"])
        zones, vpc_id = await self._zones(call, request, balancer.kind)
        if vpc_id != balancer.vpc_id:
            raise ServiceError(
                "InvalidSubnet", f"The subnets must be in the load balancer's VPC {balancer.vpc_id}"
            )
        self._store.balancers.put(call.scope, replace(balancer, zones=zones))
        return {"AvailabilityZones": _describe_zones(zones), "IpAddressType": "ipv4"}

    async def set_security_groups(self, call: Call, request: Request) -> Result:
        """Replace the security groups."""
        groups = tuple(request["SecurityGroups"])
        await self._require_groups(call, groups)
        balancer = self._store.balancer(call.scope, request["LoadBalancerArn"])
        if balancer.kind == "network" and not balancer.security_groups:
            raise errors.invalid_configuration(
                "Security groups cannot be set on a Network Load Balancer that was made without any"
            )
        self._store.balancers.put(call.scope, replace(balancer, security_groups=groups))
        return {"SecurityGroupIds": list(groups)}

    def set_ip_address_type(self, call: Call, request: Request) -> Result:
        """Keep ipv4: there is nothing else here."""
        self._store.balancer(call.scope, request["LoadBalancerArn"])
        _refuse(request, "")
        return {"IpAddressType": "ipv4"}

    def describe_capacity(self, call: Call, request: Request) -> Result:
        """Tell that no capacity is reserved."""
        self._store.balancer(call.scope, request["LoadBalancerArn"])
        return {"DecreaseRequestsRemaining": 0, "CapacityReservationState": []}


def _refuse(request: Request, kind: str) -> None:
    """Refuse what no load balancer here can be."""
    if kind == "gateway":
        raise NotImplementedHere("elbv2: a Gateway Load Balancer")
    if (request.get("IpAddressType") or "ipv4") != "ipv4":
        raise NotImplementedHere(f"elbv2: IpAddressType {request['IpAddressType']}")
    for member in ("CustomerOwnedIpv4Pool", "IpamPools"):
        if request.get(member):
            raise NotImplementedHere(f"elbv2: {member}")
    if request.get("EnablePrefixForIpv6SourceNat") == "on":
        raise NotImplementedHere("elbv2: EnablePrefixForIpv6SourceNat")


def _known(balancer: LoadBalancer) -> Mapping[str, attributes.Known]:
    return attributes.APPLICATION if balancer.kind == "application" else attributes.NETWORK


def _describe_zones(zones: Sequence[Zone]) -> list[dict[str, object]]:
    return [
        {"ZoneName": each.zone, "SubnetId": each.subnet_id, "LoadBalancerAddresses": []} for each in zones
    ]


def _describe(region: str, balancer: LoadBalancer, state: str = "active") -> dict[str, object]:
    number = balancer.arn.rpartition("/")[2]
    inner = "internal-" if balancer.scheme == "internal" and balancer.kind == "application" else ""
    domain = f"{region}.elb" if balancer.kind == "application" else f"elb.{region}"
    return {
        "LoadBalancerArn": balancer.arn,
        "DNSName": f"{inner}{balancer.name}-{number}.{domain}.amazonaws.com",
        "CanonicalHostedZoneId": HOSTED_ZONE,
        "CreatedTime": timestamp(balancer.created_at),
        "LoadBalancerName": balancer.name,
        "Scheme": balancer.scheme,
        "VpcId": balancer.vpc_id,
        "State": {"Code": state},
        "Type": balancer.kind,
        "AvailabilityZones": _describe_zones(balancer.zones),
        "SecurityGroups": list(balancer.security_groups) or None,
        "IpAddressType": "ipv4",
    }
