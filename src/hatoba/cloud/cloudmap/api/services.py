"""Services, their attributes, and the tags of services and namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.cloudmap.api.paging import paged
from hatoba.cloud.cloudmap.control import services as rules
from hatoba.cloud.cloudmap.control.filters import Field, matching
from hatoba.cloud.cloudmap.control.names import arn_of, service_id_of
from hatoba.cloud.cloudmap.control.tags import merged
from hatoba.cloud.cloudmap.errors import cloud_map_error, invalid_input, resource_in_use
from hatoba.cloud.cloudmap.model import DnsConfig, Namespace, Service

if TYPE_CHECKING:
    from types_boto3_servicediscovery.type_defs import (
        CreateServiceRequestTypeDef,
        DeleteServiceAttributesRequestTypeDef,
        DeleteServiceRequestTypeDef,
        GetServiceAttributesRequestTypeDef,
        GetServiceRequestTypeDef,
        ListServicesRequestTypeDef,
        UpdateServiceAttributesRequestTypeDef,
        UpdateServiceRequestTypeDef,
    )

    from hatoba.cloud.cloudmap.api.background import OperationsApi
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.wire import Call, Result

MAX_ATTRIBUTES = 30

_FIELDS: dict[str, Field[Service]] = {
    "NAMESPACE_ID": Field(
        lambda each: each.namespace_id, read=lambda ref: ref.rpartition("/")[2]
    ),  # an ARN too
    "RESOURCE_OWNER": Field(lambda _: "SELF"),
}


class ServicesApi:
    """The operations on services."""

    def __init__(self, store: Store, background: OperationsApi) -> None:
        self._store = store
        self._background = background

    def create_service(self, call: Call, request: CreateServiceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html."""
        namespace = self._store.namespace(call.scope, _namespace_ref(request))
        dns = rules.decide_dns(namespace, request)
        rules.check_health_checks(namespace, request)
        self._refuse_same_name(call, namespace, request["Name"])
        new_id = service_id_of(call.scope, namespace.id, request["Name"])
        arn = arn_of(call.scope, "service", new_id)
        made = self._store.services.put(
            call.scope,
            Service(
                id=new_id,
                arn=arn,
                name=request["Name"],
                namespace_id=namespace.id,
                owner=call.account,
                type="DNS_HTTP" if dns else "HTTP",
                created_at=call.now,
                creator_request_id=request.get("CreatorRequestId", ""),
                description=request.get("Description"),
                dns=dns,
                custom_health=request.get("HealthCheckCustomConfig") is not None,
                tags=merged(arn, {}, request.get("Tags", ())),
            ),
        )
        return {"Service": self._shown_whole(call, made)}

    def get_service(self, call: Call, request: GetServiceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_GetService.html."""
        return {"Service": self._shown_whole(call, self._store.service(call.scope, request["Id"]))}

    def list_services(self, call: Call, request: ListServicesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_ListServices.html."""
        chosen = matching(self._store.services.list(call.scope), request.get("Filters", ()), _FIELDS)
        page, token = paged(chosen, request, key=lambda each: each.id)
        return {"Services": [self._shown(call, each) for each in page], "NextToken": token}

    def update_service(self, call: Call, request: UpdateServiceRequestTypeDef) -> Result:
        """Change description and TTLs. DnsRecords that are left out are deleted.

        https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateService.html
        """
        found = self._store.service(call.scope, request["Id"])
        namespace = self._store.namespace(call.scope, found.namespace_id)
        change = request["Service"]
        records = change.get("DnsConfig", {}).get("DnsRecords")
        rules.check_update(found, namespace, records)
        rules.check_updated_health(namespace, change.get("HealthCheckConfig"))
        dns = (
            DnsConfig(found.dns.routing_policy, rules.dns_records(records)) if found.dns and records else None
        )
        self._store.services.put(
            call.scope,
            replace(
                found,
                description=change.get("Description", found.description),
                dns=dns,
                type="DNS_HTTP" if dns else "HTTP",
            ),
        )
        return self._background.succeeded(call, "UPDATE_SERVICE", {"SERVICE": found.id})

    def delete_service(self, call: Call, request: DeleteServiceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html."""
        found = self._store.service(call.scope, request["Id"])
        if self._store.instances.count(call.scope, f"{found.id}/"):
            raise resource_in_use(
                "Service contains registered instances; delete the instances before deleting the service"
            )
        self._store.services.delete(call.scope, found.id)
        self._store.revisions.delete(call.scope, found.id)
        return {}

    def get_service_attributes(self, call: Call, request: GetServiceAttributesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_GetServiceAttributes.html."""
        found = self._store.service(call.scope, request["ServiceId"])
        return {
            "ServiceAttributes": {
                "ServiceArn": found.arn,
                "ResourceOwner": found.owner,
                "Attributes": found.attributes,
            }
        }

    def update_service_attributes(self, call: Call, request: UpdateServiceAttributesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateServiceAttributes.html."""
        found = self._store.service(call.scope, request["ServiceId"])
        attributes = {**found.attributes, **request["Attributes"]}
        if len(attributes) > MAX_ATTRIBUTES:
            raise cloud_map_error(
                "ServiceAttributesLimitExceededException",
                "Cannot update service attributes because the number of attributes for the service exceeds"
                f" the limit of {MAX_ATTRIBUTES}.",
            )
        self._store.services.put(call.scope, replace(found, attributes=attributes))
        return {}

    def delete_service_attributes(self, call: Call, request: DeleteServiceAttributesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteServiceAttributes.html."""
        found = self._store.service(call.scope, request["ServiceId"])
        gone = set(request["Attributes"])
        kept = {key: value for key, value in found.attributes.items() if key not in gone}
        self._store.services.put(call.scope, replace(found, attributes=kept))
        return {}

    def _refuse_same_name(self, call: Call, namespace: Namespace, name: str) -> None:
        for each in self._store.services_in(call.scope, namespace.id):
            if rules.same_name(each.name, name, in_dns=namespace.has_dns):
                raise cloud_map_error(
                    "ServiceAlreadyExists",
                    f"Service already exists: {each.name} in namespace {namespace.id}",
                    CreatorRequestId=each.creator_request_id,
                    ServiceId=each.id,
                    ServiceArn=each.arn,
                )

    def _shown_whole(self, call: Call, found: Service) -> dict[str, Any]:
        return {
            **self._shown(call, found),
            "NamespaceId": found.namespace_id,
            "CreatorRequestId": found.creator_request_id or None,
        }

    def _shown(self, call: Call, found: Service) -> dict[str, Any]:
        return {
            "Id": found.id,
            "Arn": found.arn,
            "ResourceOwner": found.owner,
            "Name": found.name,
            "Type": found.type,
            "Description": found.description,
            "InstanceCount": self._store.instances.count(call.scope, f"{found.id}/"),
            "DnsConfig": _dns_shown(found),
            "HealthCheckCustomConfig": {"FailureThreshold": 1} if found.custom_health else None,
            "CreateDate": timestamp(found.created_at),
            "CreatedByAccount": found.owner,
        }


def _namespace_ref(request: CreateServiceRequestTypeDef) -> str:
    dns = request.get("DnsConfig")
    ref = request.get("NamespaceId") or (dns and dns.get("NamespaceId"))
    if not ref:
        raise invalid_input("NamespaceId is required: the namespace that the service is created in.")
    return ref


def _dns_shown(service: Service) -> dict[str, Any]:
    if service.dns is None:
        return {}
    return {
        "NamespaceId": service.namespace_id,
        "RoutingPolicy": service.dns.routing_policy,
        "DnsRecords": [{"Type": each.type, "TTL": each.ttl} for each in service.dns.records],
    }
