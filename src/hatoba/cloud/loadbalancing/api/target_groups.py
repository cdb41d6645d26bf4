"""Operations on target groups.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.loadbalancing import errors
from hatoba.cloud.loadbalancing.api.common import answer_page, check_name, new_arn, read_tags, require_one
from hatoba.cloud.loadbalancing.control import attributes, checks
from hatoba.cloud.loadbalancing.model import TargetGroup
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.call import random_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.wire import Call, Invoke, Operations, Result

    Request = Mapping[str, Any]


class TargetGroups:
    """The operations on target groups. Their VPC must exist, so they ask EC2."""

    def __init__(self, store: Store, invoke: Invoke) -> None:
        self._store = store
        self._invoke = invoke

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        for name, function in (
            ("CreateTargetGroup", self.create),
            ("DescribeTargetGroups", self.describe),
            ("ModifyTargetGroup", self.modify),
            ("DeleteTargetGroup", self.delete),
            ("DescribeTargetGroupAttributes", self.describe_attributes),
            ("ModifyTargetGroupAttributes", self.modify_attributes),
        ):
            operations.add(name, function)

    async def create(self, call: Call, request: Request) -> Result:
        """Make a target group."""
        _refuse(request)
        check_name("Target group", request["Name"])
        for member in ("Protocol", "Port", "VpcId"):
            if not request.get(member):
                raise errors.invalid(f"A target group of type 'ip' needs {member}")
        try:
            await self._invoke(call, "ec2", "DescribeVpcs", {"VpcIds": [request["VpcId"]]})
        except ServiceError as error:
            raise errors.invalid(f"The VPC ID '{request['VpcId']}' is not found") from error
        name, protocol = request["Name"], request["Protocol"]
        with self._store.state.transaction():
            same = self._named(call, name)
            made = TargetGroup(
                arn=same.arn if same else new_arn(call.scope, f"targetgroup/{name}/{random_hex(16)}"),
                name=name,
                protocol=protocol,
                port=request["Port"],
                vpc_id=request["VpcId"],
                check=checks.health_check(protocol, request),
                protocol_version="HTTP1" if protocol == "HTTP" else None,
                attributes=same.attributes if same else {},
                tags=read_tags(request.get("Tags")),
            )
            if same is not None and same != made:
                raise ServiceError(
                    "DuplicateTargetGroupName",
                    f"A target group with the same name '{name}' exists, but with different settings",
                )
            self._store.groups.put(call.scope, made)
        return {"TargetGroups": [self._shape(call, made)]}

    def _named(self, call: Call, name: str) -> TargetGroup | None:
        return next((each for each in self._store.groups.list(call.scope) if each.name == name), None)

    def describe(self, call: Call, request: Request) -> Result:
        """Describe target groups by ARN, by name, by load balancer, or all."""
        require_one(request, "LoadBalancerArn", "TargetGroupArns", "Names")
        found = list(self._store.groups.list(call.scope))
        if request.get("TargetGroupArns"):
            found = [self._store.group(call.scope, arn) for arn in request["TargetGroupArns"]]
        for name in request.get("Names") or ():
            if self._named(call, name) is None:
                raise ServiceError("TargetGroupNotFound", "One or more target groups not found")
        if request.get("Names"):
            found = [each for each in found if each.name in request["Names"]]
        if request.get("LoadBalancerArn"):
            arn = self._store.balancer(call.scope, request["LoadBalancerArn"]).arn
            found = [each for each in found if arn in self._store.balancers_using(call.scope, each.arn)]
        found.sort(key=lambda each: each.arn)
        return answer_page(
            request, "TargetGroups", found, lambda each: each.arn, lambda each: self._shape(call, each)
        )

    def modify(self, call: Call, request: Request) -> Result:
        """Change the health checks."""
        group = self._store.group(call.scope, request["TargetGroupArn"])
        changed = replace(group, check=checks.changed(group.check, request))
        self._store.groups.put(call.scope, changed)
        return {"TargetGroups": [self._shape(call, changed)]}

    def delete(self, call: Call, request: Request) -> Result:
        """Delete a target group that no listener uses; one that is gone already is no error."""
        group = self._store.groups.get(call.scope, request["TargetGroupArn"])
        if group is None:
            return {}
        if self._store.balancers_using(call.scope, group.arn):
            raise errors.in_use(f"Target group '{group.arn}' is currently in use by a listener or a rule")
        for target in self._store.targets_of(call.scope, group.arn):
            self._store.targets.delete(call.scope, target.key)
        self._store.groups.delete(call.scope, group.key)
        return {}

    def describe_attributes(self, call: Call, request: Request) -> Result:
        """Describe a target group's attributes."""
        group = self._store.group(call.scope, request["TargetGroupArn"])
        return {"Attributes": attributes.listed(_known(group), group.attributes)}

    def modify_attributes(self, call: Call, request: Request) -> Result:
        """Change the attributes sent."""
        group = self._store.group(call.scope, request["TargetGroupArn"])
        after = attributes.changed(_known(group), group.attributes, request["Attributes"])
        self._store.groups.put(call.scope, replace(group, attributes=after))
        return {"Attributes": attributes.listed(_known(group), after)}

    def _shape(self, call: Call, group: TargetGroup) -> dict[str, object]:
        check = group.check
        return {
            "TargetGroupArn": group.arn,
            "TargetGroupName": group.name,
            "Protocol": group.protocol,
            "Port": group.port,
            "VpcId": group.vpc_id,
            "HealthCheckProtocol": check.protocol,
            "HealthCheckPort": check.port,
            "HealthCheckEnabled": True,
            "HealthCheckIntervalSeconds": check.interval_s,
            "HealthCheckTimeoutSeconds": check.timeout_s,
            "HealthyThresholdCount": check.healthy_count,
            "UnhealthyThresholdCount": check.unhealthy_count,
            "HealthCheckPath": check.path,
            "Matcher": {"HttpCode": check.matcher} if check.matcher else None,
            "LoadBalancerArns": list(self._store.balancers_using(call.scope, group.arn)),
            "TargetType": "ip",
            "ProtocolVersion": group.protocol_version,
            "IpAddressType": "ipv4",
        }


def _refuse(request: Request) -> None:
    """Refuse what no target group here can be."""
    kind = request.get("TargetType") or "instance"
    if kind != "ip":
        raise NotImplementedHere(f"elbv2: a target group of type {kind} (TargetType ip is what Fargate uses)")
    if (request.get("Protocol") or "HTTP") not in {"HTTP", "TCP"}:
        raise NotImplementedHere(f"elbv2: a target group with the protocol {request['Protocol']}")
    # Terraform sends an empty one where its configuration names none, and AWS takes that.
    if request.get("ProtocolVersion") not in {None, "", "HTTP1"}:
        raise NotImplementedHere(f"elbv2: ProtocolVersion {request['ProtocolVersion']}")
    if (request.get("IpAddressType") or "ipv4") != "ipv4":
        raise NotImplementedHere(f"elbv2: IpAddressType {request['IpAddressType']}")
    if request.get("TargetControlPort"):
        raise NotImplementedHere("elbv2: TargetControlPort (target optimizer)")


def _known(group: TargetGroup) -> Mapping[str, attributes.Known]:
    return attributes.HTTP_GROUP if group.protocol == "HTTP" else attributes.TCP_GROUP
