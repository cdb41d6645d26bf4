"""When a task that has started may be called RUNNING: its containers live, and its port answers.

On AWS a task is RUNNING once its containers run, and Cloud Map shows it half a minute later. Here it is
shown at once, so that nobody meets a closed port we wait for the port instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.act.discovery import endpoint_of
from hatoba.cloud.ecs.model import Endpoint

if TYPE_CHECKING:
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.ecs.model import Task
    from hatoba.runtime.protocol import Address

_FIRST_LOOK_S = 0.01
_LONGEST_LOOK_S = 0.03


def endpoint(address: Address) -> Endpoint:
    """Keep a runtime's address as a record."""
    return Endpoint(address.container, address.container_port, address.host, address.port, address.protocol)


async def until_ready(outside: Outside, task: Task, view: TaskDefinitionView) -> None:
    """Return when the task may count as RUNNING; in any case after the pace's time for it."""
    if task.service is None:
        return
    probed = _probed(task, view)
    if probed is None:
        await outside.world.clock.sleep(outside.pace.settle_s)
        return
    pause_s = _FIRST_LOOK_S
    deadline = outside.now() + outside.pace.ready_within_s
    may_be_proxied = task.runtime == "container"
    while outside.now() < deadline and not await outside.probe(probed.host, probed.port, may_be_proxied):
        await outside.world.clock.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_LOOK_S)


def _probed(task: Task, view: TaskDefinitionView) -> Endpoint | None:
    """Return the registered TCP port of a container without a health check of its own."""
    if task.registry is None or task.runtime == "simulated":
        return None
    found = endpoint_of(task.registry, task)
    if found is None or found.protocol != "tcp":
        return None
    definition = view.container(found.container)
    return None if definition is None or definition.health_check else found
