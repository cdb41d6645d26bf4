"""A task's targets in its service's target groups: registered, watched and drained, by ELB's API.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Endpoint, Health, LoadBalancer, Task
    from hatoba.cloud.state import Scope

GONE = frozenset({"TargetGroupNotFound", "InvalidTarget"})
LOOK_EVERY_S = 0.05
DRAINED_WITHIN_S = 60.0


class RegistrationFailed(Exception):
    """A target group did not take the task."""


class TargetHealth(msgspec.Struct, frozen=True):
    """What the target groups say of a task: HEALTHY when all do, UNHEALTHY when one does.

    ``trouble`` is then that one's group, the container's port, and its description.
    """

    health: Health
    trouble: tuple[str, int, str] | None = None


def endpoint_of(balancer: LoadBalancer, task: Task) -> Endpoint | None:
    """Return the address behind the container and port that a target group gets."""
    wanted = (balancer.container_name, balancer.container_port)
    return next((each for each in task.endpoints if (each.container, each.container_port) == wanted), None)


async def register(outside: Outside, scope: Scope, task: Task) -> None:
    """Register the task's address and port in each of its target groups.

    Raises:
        RegistrationFailed: With the reason.
    """
    for balancer in task.load_balancers:
        endpoint = endpoint_of(balancer, task)
        if endpoint is None:
            raise RegistrationFailed(
                f"no address of this machine leads to port {balancer.container_port}"
                f" of {balancer.container_name}"
            )
        try:
            await _ask(outside, scope, "RegisterTargets", balancer, endpoint)
        except ServiceError as error:
            raise RegistrationFailed(error.message) from error


async def look(outside: Outside, scope: Scope, task: Task) -> TargetHealth:
    """Ask the task's target groups for its health. A group that no listener uses has nothing against it."""
    states: list[str] = []
    trouble: tuple[str, int, str] | None = None
    for balancer in task.load_balancers:
        found = await _health(outside, scope, balancer, task)
        state = "healthy" if found.get("Reason") == "Target.NotInUse" else str(found.get("State"))
        states.append(state)
        if state == "unhealthy":
            description = str(found.get("Description") or "Health checks failed")
            trouble = (balancer.target_group_arn, balancer.container_port, description)
    if trouble is not None:
        return TargetHealth("UNHEALTHY", trouble)
    return TargetHealth("HEALTHY" if all(each == "healthy" for each in states) else "UNKNOWN")


async def deregister(outside: Outside, scope: Scope, task: Task) -> None:
    """Take the task out of its target groups; gone already is as good."""
    for balancer in task.load_balancers:
        endpoint = endpoint_of(balancer, task)
        if endpoint is None:
            continue
        try:
            await _ask(outside, scope, "DeregisterTargets", balancer, endpoint)
        except ServiceError as error:
            if error.code not in GONE:
                raise


async def drained(outside: Outside, scope: Scope, task: Task) -> None:
    """Wait until no target group sends the task anything any more."""
    deadline = outside.now() + DRAINED_WITHIN_S
    for balancer in task.load_balancers:
        while (await _health(outside, scope, balancer, task)).get("State") == "draining":
            if outside.now() > deadline:
                return
            await outside.world.clock.sleep(LOOK_EVERY_S)


async def _health(outside: Outside, scope: Scope, balancer: LoadBalancer, task: Task) -> Mapping[str, Any]:
    endpoint = endpoint_of(balancer, task)
    if endpoint is None:
        return {}
    try:
        answer = await _ask(outside, scope, "DescribeTargetHealth", balancer, endpoint)
    except ServiceError as error:
        if error.code not in GONE:
            raise
        return {}
    found: Mapping[str, Any] = answer["TargetHealthDescriptions"][0]["TargetHealth"]
    return found


async def _ask(
    outside: Outside, scope: Scope, operation: str, balancer: LoadBalancer, endpoint: Endpoint
) -> Mapping[str, Any]:
    targets = [{"Id": endpoint.host, "Port": endpoint.port}]
    return await outside.ask(
        scope, "elbv2", operation, TargetGroupArn=balancer.target_group_arn, Targets=targets
    )
