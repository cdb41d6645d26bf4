"""Cloud Map as the cloud runs it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.act import HostedZones
from hatoba.cloud.cloudmap.api.background import OperationsApi
from hatoba.cloud.cloudmap.api.instances import InstancesApi
from hatoba.cloud.cloudmap.api.namespaces import NamespacesApi
from hatoba.cloud.cloudmap.api.services import ServicesApi
from hatoba.cloud.cloudmap.api.tags import TagsApi
from hatoba.cloud.cloudmap.control.discovery import discovered
from hatoba.cloud.cloudmap.live import Live
from hatoba.cloud.cloudmap.resolver import ZoneResolver
from hatoba.cloud.cloudmap.store import Store
from hatoba.cloud.wire import Operations
from hatoba.cloud.world import DiscoveredInstance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import Loop, World


class CloudMap:
    """The service ``servicediscovery``; also who stands behind a service, and the names for DNS.

    It is a :class:`hatoba.cloud.world.Service` and a :class:`hatoba.cloud.world.InstanceSource`;
    :attr:`resolver` is what a :class:`hatoba.discovery.DnsServer` asks, :attr:`zones` are the
    :class:`hatoba.cloud.world.HostedZones` that Route 53 shows.

    Args:
        world: What every service is given.
        random: Shuffles answers; a seeded one makes tests repeatable.
        answer_all_when_unhealthy: DNS answers of a MULTIVALUE name without a healthy instance: all of
            them (as AWS documents) or none (as users report for custom health checks).
    """

    def __init__(
        self, world: World, *, random: Random | None = None, answer_all_when_unhealthy: bool = False
    ) -> None:
        random = random or Random()  # noqa: S311 - it shuffles answers and keeps no secret
        self._store = Store(world.state)
        self._live = Live(self._store, world.state)
        self.zones = HostedZones(world, self._store)
        self._operations = self._table(world, random)
        self.resolver = ZoneResolver(self._live, random, answer_all_when_unhealthy=answer_all_when_unhealthy)

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._operations

    def loops(self) -> tuple[Loop, ...]:
        """Return the one that follows the records; every call's own work is done within the call."""
        return (self._live.keep_up,)

    async def close(self) -> None:
        """Hold nothing, release nothing."""

    def discover(
        self, scope: Scope, service_id: str, query: Mapping[str, str] | None = None
    ) -> tuple[DiscoveredInstance, ...]:
        """Return the instances behind a service; see :class:`hatoba.cloud.world.InstanceSource`."""
        found = discovered(self._live.instances_of(scope, service_id), query=query or {}, optional={})
        return tuple(DiscoveredInstance(each.id, each.attributes, each.health) for each in found)

    def _table(self, world: World, random: Random) -> Operations:
        background = OperationsApi(self._store)
        namespaces = NamespacesApi(self._store, world.state, self.zones, background)
        services = ServicesApi(self._store, background)
        instances = InstancesApi(self._store, self._live, background, random)
        tags = TagsApi(self._store)
        table = Operations("servicediscovery", strict_constraints=True)
        for name, function in (
            ("CreateHttpNamespace", namespaces.create_http_namespace),
            ("CreatePrivateDnsNamespace", namespaces.create_private_dns_namespace),
            ("CreatePublicDnsNamespace", namespaces.create_public_dns_namespace),
            ("UpdateHttpNamespace", namespaces.update_http_namespace),
            ("UpdatePrivateDnsNamespace", namespaces.update_private_dns_namespace),
            ("UpdatePublicDnsNamespace", namespaces.update_public_dns_namespace),
            ("DeleteNamespace", namespaces.delete_namespace),
            ("GetNamespace", namespaces.get_namespace),
            ("ListNamespaces", namespaces.list_namespaces),
            ("CreateService", services.create_service),
            ("UpdateService", services.update_service),
            ("DeleteService", services.delete_service),
            ("GetService", services.get_service),
            ("ListServices", services.list_services),
            ("GetServiceAttributes", services.get_service_attributes),
            ("UpdateServiceAttributes", services.update_service_attributes),
            ("DeleteServiceAttributes", services.delete_service_attributes),
            ("RegisterInstance", instances.register_instance),
            ("DeregisterInstance", instances.deregister_instance),
            ("GetInstance", instances.get_instance),
            ("ListInstances", instances.list_instances),
            ("GetInstancesHealthStatus", instances.get_instances_health_status),
            ("UpdateInstanceCustomHealthStatus", instances.update_instance_custom_health_status),
            ("DiscoverInstances", instances.discover_instances),
            ("DiscoverInstancesRevision", instances.discover_instances_revision),
            ("GetOperation", background.get_operation),
            ("ListOperations", background.list_operations),
            ("ListTagsForResource", tags.list_tags_for_resource),
            ("TagResource", tags.tag_resource),
            ("UntagResource", tags.untag_resource),
        ):
            table.add(name, function)
        return table
