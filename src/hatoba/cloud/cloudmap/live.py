"""What stands now, decoded once: for the questions that come with every request.

The tables are the truth. This follows them by the feed, so that asking about a service with a thousand
instances does not read a thousand records each time. It must not be asked within a transaction that
changes Cloud Map's own records: it learns of a change when that was committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.errors import namespace_not_found, service_not_found
from hatoba.cloud.loop import reconcile_forever

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.cloud.cloudmap.model import Instance, Namespace, Service
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.state import Change, Scope, State

    Place = tuple[Scope, str]


class Live:
    """Namespaces, services and instances of all accounts and regions; what is unchanged stays one object."""

    def __init__(self, store: Store, state: State) -> None:
        self._store = store
        self._changes = state.feed.subscribe("cloudmap.namespace", "cloudmap.service", "cloudmap.instance")
        self._namespaces: tuple[tuple[Scope, Namespace], ...] | None = None
        self._services: dict[Place, tuple[Service, ...]] = {}
        self._instances: dict[Place, dict[str, Instance]] = {}
        self._ordered: dict[Place, tuple[Instance, ...]] = {}

    async def keep_up(self) -> None:
        """Take changes in while nobody asks, so that they do not pile up."""

        async def step(changes: tuple[Change, ...]) -> None:
            self._follow(changes)

        await reconcile_forever("cloudmap.live", self._changes, step)

    def namespaces(self) -> tuple[tuple[Scope, Namespace], ...]:
        """Return all namespaces, ordered by account, region and id."""
        self._follow(self._changes.take())
        if self._namespaces is None:
            self._namespaces = self._store.namespaces.everywhere()
        return self._namespaces

    def services_in(self, scope: Scope, namespace_id: str) -> tuple[Service, ...]:
        """Return the services of a namespace, ordered by id."""
        self._follow(self._changes.take())
        place = (scope, namespace_id)
        if place not in self._services:
            self._services[place] = self._store.services_in(scope, namespace_id)
        return self._services[place]

    def instances_of(self, scope: Scope, service_id: str) -> tuple[Instance, ...]:
        """Return the instances of a service, ordered by id."""
        self._follow(self._changes.take())
        place = (scope, service_id)
        if place not in self._ordered:
            if place not in self._instances:
                self._instances[place] = {
                    each.id: each for each in self._store.instances_of(scope, service_id)
                }
            known = self._instances[place]
            self._ordered[place] = tuple(known[each] for each in sorted(known))
        return self._ordered[place]

    def by_names(self, scope: Scope, http_name: str, service_name: str) -> tuple[Namespace, Service]:
        """Return the service that DiscoverInstances means: its namespace goes by HttpName.

        Raises:
            ServiceError: NamespaceNotFound, ServiceNotFound.
        """
        for there, namespace in self.namespaces():
            if there == scope and namespace.http_name == http_name:
                for service in self.services_in(scope, namespace.id):
                    if service.name == service_name:
                        return namespace, service
                raise service_not_found(service_name)
        raise namespace_not_found(http_name)

    def _follow(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change.kind:
                case "cloudmap.namespace":
                    self._namespaces = None
                case "cloudmap.service":
                    self._services.clear()
                    self._forget_instances((change.scope, change.key))
                case _:
                    self._follow_instance(change)

    def _follow_instance(self, change: Change) -> None:
        service_id, _, instance_id = change.key.partition("/")
        place = (change.scope, service_id)
        known = self._instances.get(place)
        if known is None:
            return
        self._ordered.pop(place, None)
        now = self._store.instances.get(change.scope, change.key)
        if now is None:
            known.pop(instance_id, None)
        else:
            known[instance_id] = now

    def _forget_instances(self, place: Place) -> None:
        self._instances.pop(place, None)
        self._ordered.pop(place, None)
