"""Names of all DNS namespaces of the cloud, for the DNS server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.control.zone import Zone, answer_from, find_zone_name, nodes_of, soa_of
from hatoba.discovery import Answer

if TYPE_CHECKING:
    from random import Random

    from hatoba.cloud.cloudmap.control.zone import Nodes
    from hatoba.cloud.cloudmap.live import Live
    from hatoba.cloud.cloudmap.model import Instance, Namespace, Service
    from hatoba.cloud.state import Scope

    Built = tuple[Service, tuple[Instance, ...], Nodes]


class ZoneResolver:
    """Answers from Cloud Map's records; the :class:`hatoba.discovery.Resolver` of the cloud.

    One machine has one DNS, so names are looked up across accounts, regions and VPCs. Where several
    namespaces have the same name, the first one by account, region and id answers.
    """

    def __init__(self, live: Live, random: Random, *, answer_all_when_unhealthy: bool) -> None:
        self._live = live
        self._random = random
        self._answer_all_when_unhealthy = answer_all_when_unhealthy
        self._built: dict[str, Built] = {}

    def resolve(self, name: str, record_type: str) -> Answer:
        """Answer a question; see :class:`hatoba.discovery.Resolver`."""
        namespaces = self._by_name()
        apex = find_zone_name(name, namespaces)
        if apex is None:
            return Answer("REFUSED")
        return answer_from(self._zone(apex, *namespaces[apex]), name, record_type, self._random)

    def _by_name(self) -> dict[str, tuple[Scope, Namespace]]:
        found: dict[str, tuple[Scope, Namespace]] = {}
        for scope, namespace in self._live.namespaces():
            if namespace.has_dns:
                found.setdefault(namespace.name.lower(), (scope, namespace))
        return found

    def _zone(self, apex: str, scope: Scope, namespace: Namespace) -> Zone:
        services = {
            f"{service.name.lower()}.{apex}": service
            for service in self._live.services_in(scope, namespace.id)
            if service.dns is not None
        }

        def nodes(name: str) -> Nodes:
            return self._nodes(scope, name, services[name])

        return Zone(apex, soa_of(namespace), frozenset(services), nodes)

    def _nodes(self, scope: Scope, name: str, service: Service) -> Nodes:
        """Return the names of a service, built again only when it or one of its instances changed."""
        instances = self._live.instances_of(scope, service.id)
        known = self._built.get(name)
        if known is not None and known[0] is service and known[1] is instances:
            return known[2]
        nodes = nodes_of(service, name, instances, answer_all=self._answer_all_when_unhealthy)
        self._built[name] = (service, instances, nodes)
        return nodes
