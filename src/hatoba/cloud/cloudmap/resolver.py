"""Names of all DNS namespaces of the cloud, for the DNS server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.control.zone import Zone, answer_from, find_zone_name, zone_of
from hatoba.discovery import Answer

if TYPE_CHECKING:
    from random import Random

    from hatoba.cloud.cloudmap.model import Namespace
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.state import Scope, State


class ZoneResolver:
    """Answers from Cloud Map's records; the :class:`hatoba.discovery.Resolver` of the cloud.

    One machine has one DNS, so names are looked up across accounts, regions and VPCs. Where several
    namespaces have the same name, the first one by account, region and id answers.
    """

    def __init__(
        self, store: Store, state: State, random: Random, *, answer_all_when_unhealthy: bool
    ) -> None:
        self._store = store
        self._random = random
        self._answer_all_when_unhealthy = answer_all_when_unhealthy
        self._changes = state.feed.subscribe("cloudmap.namespace", "cloudmap.service", "cloudmap.instance")
        self._namespaces: dict[str, tuple[Scope, Namespace]] | None = None
        self._zones: dict[str, Zone] = {}

    def resolve(self, name: str, record_type: str) -> Answer:
        """Answer a question; see :class:`hatoba.discovery.Resolver`."""
        if self._changes.take():
            self._namespaces = None
            self._zones.clear()
        zone_name = find_zone_name(name, self._by_name())
        if zone_name is None:
            return Answer("REFUSED")
        if zone_name not in self._zones:
            self._zones[zone_name] = self._build(zone_name)
        return answer_from(self._zones[zone_name], name, record_type, self._random)

    def _by_name(self) -> dict[str, tuple[Scope, Namespace]]:
        if self._namespaces is None:
            self._namespaces = {}
            for scope, namespace in self._store.namespaces.everywhere():
                if namespace.has_dns:
                    self._namespaces.setdefault(namespace.name.lower(), (scope, namespace))
        return self._namespaces

    def _build(self, zone_name: str) -> Zone:
        scope, namespace = self._by_name()[zone_name]
        return zone_of(
            namespace,
            [
                (service, self._store.instances_of(scope, service.id))
                for service in self._store.services_in(scope, namespace.id)
            ],
            answer_all_when_unhealthy=self._answer_all_when_unhealthy,
        )
