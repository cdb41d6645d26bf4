"""Instances: registered, healthy or not, discovered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.cloudmap.api.paging import paged
from hatoba.cloud.cloudmap.control.discovery import DEFAULT_FILTER, discovered
from hatoba.cloud.cloudmap.control.instances import check_attributes, initial_status, record_fault
from hatoba.cloud.cloudmap.control.names import new_change_id
from hatoba.cloud.cloudmap.errors import cloud_map_error, limit_exceeded, namespace_not_found
from hatoba.cloud.cloudmap.model import Instance

if TYPE_CHECKING:
    from random import Random

    from types_boto3_servicediscovery.type_defs import (
        DeregisterInstanceRequestTypeDef,
        DiscoverInstancesRequestTypeDef,
        DiscoverInstancesRevisionRequestTypeDef,
        GetInstanceRequestTypeDef,
        GetInstancesHealthStatusRequestTypeDef,
        ListInstancesRequestTypeDef,
        RegisterInstanceRequestTypeDef,
        UpdateInstanceCustomHealthStatusRequestTypeDef,
    )

    from hatoba.cloud.cloudmap.api.background import OperationsApi
    from hatoba.cloud.cloudmap.live import Live
    from hatoba.cloud.cloudmap.model import Namespace, Service
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.wire import Call, Result

MAX_INSTANCES = 1000
DEFAULT_DISCOVERED = 100


class InstancesApi:
    """The operations on instances."""

    def __init__(self, store: Store, live: Live, background: OperationsApi, random: Random) -> None:
        self._store = store
        self._live = live
        self._background = background
        self._random = random

    def register_instance(self, call: Call, request: RegisterInstanceRequestTypeDef) -> Result:
        """Register an instance, or replace the attributes of the one with the same id.

        https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
        """
        service = self._store.service(call.scope, request["ServiceId"])
        namespace = self._store.namespace(call.scope, service.namespace_id)
        attributes = dict(request["Attributes"])
        check_attributes(namespace, service, attributes)
        targets = _targets(service, request["InstanceId"])
        fault = record_fault(namespace, service, request["InstanceId"], attributes)
        if fault:
            return self._background.failed(call, "REGISTER_INSTANCE", targets, "INVALID_CHANGE_BATCH", fault)
        self._refuse_too_many(call, service, request["InstanceId"])
        self._store.instances.put(
            call.scope,
            Instance(
                id=request["InstanceId"],
                service_id=service.id,
                owner=call.account,
                attributes=attributes,
                creator_request_id=request.get("CreatorRequestId", ""),
                custom_status=initial_status(service, attributes),
            ),
        )
        self._store.raise_revision(call.scope, service.id)
        return self._background.succeeded(call, "REGISTER_INSTANCE", targets)

    def deregister_instance(self, call: Call, request: DeregisterInstanceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_DeregisterInstance.html."""
        service = self._store.service(call.scope, request["ServiceId"])
        found = self._store.instance(call.scope, service, request["InstanceId"])
        self._store.instances.delete(call.scope, found.key)
        self._store.raise_revision(call.scope, service.id)
        return self._background.succeeded(call, "DEREGISTER_INSTANCE", _targets(service, found.id))

    def get_instance(self, call: Call, request: GetInstanceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_GetInstance.html."""
        service = self._store.service(call.scope, request["ServiceId"])
        found = self._store.instance(call.scope, service, request["InstanceId"])
        shown = {**_shown(found), "CreatorRequestId": found.creator_request_id or None}
        return {"ResourceOwner": service.owner, "Instance": shown}

    def list_instances(self, call: Call, request: ListInstancesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_ListInstances.html."""
        service = self._store.service(call.scope, request["ServiceId"])
        found = self._store.instances_of(call.scope, service.id)
        page, token = paged(found, request, key=lambda each: each.id)
        return {
            "ResourceOwner": service.owner,
            "Instances": [_shown(each) for each in page],
            "NextToken": token,
        }

    def get_instances_health_status(
        self, call: Call, request: GetInstancesHealthStatusRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_GetInstancesHealthStatus.html."""
        service = self._store.service(call.scope, request["ServiceId"])
        asked = request.get("Instances")
        found = (
            [self._store.instance(call.scope, service, each) for each in asked]
            if asked
            else self._store.instances_of(call.scope, service.id)
        )
        page, token = paged(found, request, key=lambda each: each.id)
        return {"Status": {each.id: each.health for each in page}, "NextToken": token}

    def update_instance_custom_health_status(
        self, call: Call, request: UpdateInstanceCustomHealthStatusRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateInstanceCustomHealthStatus.html."""
        service = self._store.service(call.scope, request["ServiceId"])
        found = self._store.instance(call.scope, service, request["InstanceId"])
        if not service.custom_health:
            raise cloud_map_error(
                "CustomHealthNotFound",
                f"Service {service.id} has no HealthCheckCustomConfig; it can only be given at creation.",
            )
        if found.custom_status != request["Status"]:
            self._store.instances.put(call.scope, replace(found, custom_status=request["Status"]))
        return {}

    def discover_instances(self, call: Call, request: DiscoverInstancesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html."""
        limit = request.get("MaxResults", DEFAULT_DISCOVERED)
        namespace, service = self._named(call, request)
        found = discovered(
            self._live.instances_of(call.scope, service.id),
            query=request.get("QueryParameters", {}),
            optional=request.get("OptionalParameters", {}),
            health=request.get("HealthStatus", DEFAULT_FILTER),
        )
        chosen = self._random.sample(found, min(limit, len(found)))
        return {
            "Instances": [_summary(namespace, service, each) for each in chosen],
            "InstancesRevision": self._store.revision(call.scope, service.id),
        }

    def discover_instances_revision(
        self, call: Call, request: DiscoverInstancesRevisionRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstancesRevision.html."""
        _, service = self._named(call, request)
        return {"InstancesRevision": self._store.revision(call.scope, service.id)}

    def _named(
        self, call: Call, request: DiscoverInstancesRequestTypeDef | DiscoverInstancesRevisionRequestTypeDef
    ) -> tuple[Namespace, Service]:
        if request.get("OwnerAccount", call.account) != call.account:
            raise namespace_not_found(request["NamespaceName"])  # nothing is shared between accounts here
        return self._live.by_names(call.scope, request["NamespaceName"], request["ServiceName"])

    def _refuse_too_many(self, call: Call, service: Service, instance_id: str) -> None:
        is_known = self._store.instances.get(call.scope, f"{service.id}/{instance_id}") is not None
        if not is_known and self._store.instances.count(call.scope, f"{service.id}/") >= MAX_INSTANCES:
            raise limit_exceeded(
                f"The service {service.id} has {MAX_INSTANCES} instances, the most a service can have."
            )


def _targets(service: Service, instance_id: str) -> dict[str, str]:
    """Return what an operation on an instance is about: Route 53 too, where it has records."""
    change = {"ROUTE_53_CHANGE_ID": new_change_id()} if service.dns else {}
    return {"INSTANCE": instance_id, **change, "SERVICE": service.id}


def _shown(found: Instance) -> dict[str, Any]:
    return {"Id": found.id, "Attributes": found.attributes, "CreatedByAccount": found.owner}


def _summary(namespace: Namespace, service: Service, found: Instance) -> dict[str, Any]:
    return {
        "InstanceId": found.id,
        "NamespaceName": namespace.http_name,
        "ServiceName": service.name,
        "HealthStatus": found.health,
        "Attributes": found.attributes,
    }
