"""What changes in ECS, told to EventBridge: only where a rule listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs.control import events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.clock import Clock
    from hatoba.cloud.ecs.model import Deployment, Service, Task
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import EventBus


class Teller:
    """Sends what ECS's events say of a change; see :class:`hatoba.cloud.ecs.store.Watcher`."""

    def __init__(self, clock: Clock, bus: EventBus) -> None:
        self._clock = clock
        self._bus = bus

    def hears_of_tasks(self, scope: Scope) -> bool:
        """Say whether a rule may match what there is to say of tasks."""
        return self._bus.wants(scope, events.SOURCE, events.TASK)

    def hears_of_services(self, scope: Scope) -> bool:
        """Say whether a rule may match what there is to say of services."""
        return any(self._bus.wants(scope, events.SOURCE, each) for each in (events.ACTION, events.DEPLOYMENT))

    def task_changed(self, scope: Scope, before: Task | None, after: Task) -> None:
        """Send what there is to say of a task."""
        for event in events.of_task(scope, before, after, self._clock.now()):
            self._bus.publish(scope, event)

    def service_changed(
        self, scope: Scope, before: Service | None, after: Service, gone: Iterable[Deployment]
    ) -> None:
        """Send what there is to say of a service."""
        for event in events.of_service(scope, before, after, self._clock.now(), gone):
            self._bus.publish(scope, event)
