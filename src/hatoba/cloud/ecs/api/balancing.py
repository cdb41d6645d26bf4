"""The load balancers of a service, as a request names them, checked against ELB and the task definition.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.ecs.api import errors
from hatoba.cloud.ecs.model import LoadBalancer
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import World

MOST_GROUPS = 5


async def load_balancers(
    world: World, call: Call, given: Sequence[Mapping[str, Any]] | None, view: TaskDefinitionView
) -> tuple[LoadBalancer, ...]:
    """Return the load balancers that a request names.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    if len(given or ()) > MOST_GROUPS:
        raise errors.invalid(f"load balancers can have at most {MOST_GROUPS} items.")
    found = tuple(_read(each, view) for each in given or ())
    for each in found:
        await _check_group(world, call, each.target_group_arn)
    return found


def _read(given: Mapping[str, Any], view: TaskDefinitionView) -> LoadBalancer:
    for member in ("loadBalancerName", "advancedConfiguration"):
        if given.get(member):
            raise NotImplementedHere(f"ecs: loadBalancers with {member}")
    for member in ("targetGroupArn", "containerName", "containerPort"):
        if not given.get(member):
            raise errors.invalid(f"{member} must not be blank in loadBalancers.")
    container = view.container(given["containerName"])
    if container is None:
        raise errors.invalid(f"The container {given['containerName']} does not exist in the task definition.")
    if given["containerPort"] not in {each.container_port for each in container.port_mappings}:
        raise errors.invalid(
            f"The container {given['containerName']} did not have a container port"
            f" {given['containerPort']} defined."
        )
    return LoadBalancer(given["targetGroupArn"], given["containerName"], given["containerPort"])


async def _check_group(world: World, call: Call, arn: str) -> None:
    try:
        answer = await world.invoke(call, "elbv2", "DescribeTargetGroups", {"TargetGroupArns": [arn]})
    except ServiceError as error:
        raise errors.invalid(f"Unable to describe the target group {arn}: {error.message}") from error
    if not answer["TargetGroups"][0].get("LoadBalancerArns"):
        raise errors.invalid(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )
