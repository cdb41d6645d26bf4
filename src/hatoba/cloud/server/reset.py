"""A running cloud emptied: its tasks stopped, and everything gone that an API call made."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from hatoba.cloud.ecs.model import Service, Task
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from hatoba.cloud.server.assembly import Cloud

STOP_WITHIN_S = 150.0
KEPT = frozenset({"identity.key", "server.local_command", "ecs.inside"})
"""What is the cloud's own: the issuer's key, so that its tokens stay good, local commands, a port in use."""


async def reset(cloud: Cloud) -> None:
    """Stop all tasks in order, then forget every resource, ours and the neighbours'.

    Raises:
        ServiceError: A task did not stop in time; nothing is forgotten then.
    """
    await _delete_services(cloud)
    await _stop_tasks(cloud)
    await cloud.neighbours.reset()
    cloud.state.empty(keep=KEPT)


async def _delete_services(cloud: Cloud) -> None:
    for scope, service in cloud.state.table("ecs.service", Service).everywhere():
        if service.status != "ACTIVE":
            continue
        call = cloud.call_as(scope, "ecs")
        asked = {"cluster": service.cluster, "service": service.name, "force": True}
        with contextlib.suppress(ServiceError):  # somebody else deleted it meanwhile
            await cloud.dispatcher(call, "ecs", "DeleteService", asked)


async def _stop_tasks(cloud: Cloud) -> None:
    tasks = cloud.state.table("ecs.task", Task)
    changes = cloud.state.feed.subscribe("ecs.task")
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            while left := [
                (scope, task) for scope, task in tasks.everywhere() if task.last_status != "STOPPED"
            ]:
                for scope, task in left:
                    if task.desired_status != "STOPPED":
                        asked = {
                            "cluster": task.cluster,
                            "task": task.id,
                            "reason": "The local cloud was reset",
                        }
                        with contextlib.suppress(ServiceError):  # it stopped by itself meanwhile
                            await cloud.dispatcher(cloud.call_as(scope, "ecs"), "ecs", "StopTask", asked)
                await changes.wait()
    except TimeoutError as error:
        raise ServiceError(
            "ResetFailed",
            f"Tasks did not stop within {STOP_WITHIN_S:.0f} s; nothing was forgotten.",
            status=409,
        ) from error
    finally:
        cloud.state.feed.unsubscribe(changes)
