"""What our own services say of themselves for a neighbour, asked by their operations, on the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import World

_NETWORK_CALLS = ("DescribeVpcs", "DescribeSubnets", "DescribeSecurityGroups")
_PAGE = 100
"""The most that a list of ECS gives at once."""


async def network(world: World, scope: Scope) -> Mapping[str, Any]:
    """Return EC2's answers by operation: VPCs, subnets and security groups."""
    call = world.call_as_service(scope, "ec2")
    return {operation: await world.invoke(call, "ec2", operation, {}) for operation in _NETWORK_CALLS}


async def containers(world: World, scope: Scope) -> Mapping[str, Sequence[str]]:
    """Return the names of ECS's active services, by the name of their cluster."""
    call = world.call_as_service(scope, "application-autoscaling")
    return {
        cluster: await _names(world, call, "ListServices", "serviceArns", {"cluster": cluster})
        for cluster in await _names(world, call, "ListClusters", "clusterArns", {})
    }


async def _names(
    world: World, call: Call, operation: str, member: str, params: Mapping[str, object]
) -> Sequence[str]:
    """Return the last word of each ARN that a list of ECS gives, on all of its pages."""
    found: list[str] = []
    asked: dict[str, object] = {**params, "maxResults": _PAGE}
    while True:
        answer = await world.invoke(call, "ecs", operation, asked)
        found += [arn.rpartition("/")[2] for arn in answer[member]]
        if not answer.get("nextToken"):
            return found
        asked["nextToken"] = answer["nextToken"]
