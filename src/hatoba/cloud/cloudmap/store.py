"""Cloud Map's tables, and finding things in them by id, ARN or name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap import errors
from hatoba.cloud.cloudmap.control.names import id_of
from hatoba.cloud.cloudmap.model import Instance, Namespace, Operation, Revision, Service

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope, State


class Store:
    """All of Cloud Map's records. The getters raise Cloud Map's own not-found errors."""

    def __init__(self, state: State) -> None:
        self.namespaces = state.table("cloudmap.namespace", Namespace, remember=True)
        self.services = state.table("cloudmap.service", Service, remember=True)
        self.instances = state.table("cloudmap.instance", Instance)
        self.operations = state.table("cloudmap.operation", Operation)
        self.revisions = state.table("cloudmap.revision", Revision, remember=True)

    def namespace(self, scope: Scope, ref: str) -> Namespace:
        """Return the namespace of an id or ARN."""
        found = self.namespaces.get(scope, id_of(scope, "namespace", ref) or "")
        if found is None:
            raise errors.namespace_not_found(ref)
        return found

    def service(self, scope: Scope, ref: str) -> Service:
        """Return the service of an id or ARN."""
        found = self.services.get(scope, id_of(scope, "service", ref) or "")
        if found is None:
            raise errors.service_not_found(ref)
        return found

    def instance(self, scope: Scope, service: Service, instance_id: str) -> Instance:
        """Return an instance of a service."""
        found = self.instances.get(scope, f"{service.id}/{instance_id}")
        if found is None:
            raise errors.instance_not_found(instance_id, service.id)
        return found

    def services_in(self, scope: Scope, namespace_id: str) -> tuple[Service, ...]:
        """Return the services of a namespace, ordered by id."""
        return tuple(each for each in self.services.list(scope) if each.namespace_id == namespace_id)

    def instances_of(self, scope: Scope, service_id: str) -> tuple[Instance, ...]:
        """Return the instances of a service, ordered by id."""
        return self.instances.list(scope, f"{service_id}/")

    def revision(self, scope: Scope, service_id: str) -> int:
        """Return a service's InstancesRevision; 0 before the first instance."""
        found = self.revisions.get(scope, service_id)
        return found.number if found else 0

    def raise_revision(self, scope: Scope, service_id: str) -> None:
        """Note that an instance of the service came, changed or went."""
        self.revisions.put(scope, Revision(service_id, self.revision(scope, service_id) + 1))
