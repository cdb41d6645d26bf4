"""The alarms of deployments in progress, asked of CloudWatch as ECS does: by polling DescribeAlarms."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from hatoba.cloud.ecs.control import alarms, making

if TYPE_CHECKING:
    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Service
    from hatoba.cloud.state import Scope

_log = logging.getLogger(__name__)

MOST_NAMES = 100
"""Of one DescribeAlarms."""


class AlarmWatch:
    """Looks at the alarms of each service for as long as its newest deployment is watched by some."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._watching: dict[tuple[Scope, str], asyncio.Task[None]] = {}

    def see(self, scope: Scope, service: Service) -> None:
        """Begin to watch if the service needs it; cheap where it does not."""
        where = (scope, service.key)
        if where in self._watching or alarms.watched(service) is None:
            return
        watching = asyncio.create_task(self._watch(scope, service.key), name=f"alarms of {service.key}")
        self._watching[where] = watching

    async def close(self) -> None:
        """Watch nothing any more."""
        watching = tuple(self._watching.values())
        for each in watching:
            each.cancel()
        await asyncio.gather(*watching, return_exceptions=True)

    async def _watch(self, scope: Scope, key: str) -> None:
        try:
            while await self._look(scope, key):
                await self._outside.world.clock.sleep(self._outside.pace.alarms_every_s)
        finally:
            del self._watching[scope, key]

    async def _look(self, scope: Scope, key: str) -> bool:
        """Note which alarms ring; say whether to look again."""
        service = self._outside.store.services.get(scope, key)
        wanted = alarms.watched(service) if service else None
        if service is None or wanted is None:
            return False
        try:
            self._note(scope, service, await self.ringing(scope, wanted.names))
        except Exception:  # noqa: BLE001 - the loop's outer edge: the deployment goes on, as on AWS
            _log.exception("service %s: its alarms could not be looked at", key)
        return True

    async def ringing(self, scope: Scope, names: tuple[str, ...]) -> set[str]:
        """Return those of the alarms that are in ALARM; one that does not stand is not."""
        ringing: set[str] = set()
        for start in range(0, len(names), MOST_NAMES):
            found = await self._outside.ask(
                scope,
                "cloudwatch",
                "DescribeAlarms",
                AlarmNames=list(names[start : start + MOST_NAMES]),
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                StateValue="ALARM",
            )
            each_kind = (*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ()))
            ringing.update(each["AlarmName"] for each in each_kind if each["StateValue"] == "ALARM")
        return ringing

    def _note(self, scope: Scope, before: Service, ringing: set[str]) -> None:
        store = self._outside.store
        with store.state.transaction():
            service = store.services.get(scope, before.key)
            if service is None or not service.deployments or service.primary.id != before.primary.id:
                return
            looked_at = alarms.looked_at(service.primary, ringing)
            if looked_at != service.primary:
                store.put_service(scope, making.with_changed(service, looked_at))
