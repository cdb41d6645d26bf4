"""Namespaces: HTTP, private DNS, public DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.cloudmap.api.paging import paged
from hatoba.cloud.cloudmap.control.filters import Field, matching
from hatoba.cloud.cloudmap.control.names import (
    arn_of,
    dns_fault,
    http_name_of,
    new_namespace_id,
    new_operation_id,
)
from hatoba.cloud.cloudmap.control.tags import merged
from hatoba.cloud.cloudmap.errors import cloud_map_error, invalid_input, limit_exceeded, resource_in_use
from hatoba.cloud.cloudmap.model import Namespace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_servicediscovery.type_defs import (
        CreateHttpNamespaceRequestTypeDef,
        CreatePrivateDnsNamespaceRequestTypeDef,
        CreatePublicDnsNamespaceRequestTypeDef,
        DeleteNamespaceRequestTypeDef,
        GetNamespaceRequestTypeDef,
        ListNamespacesRequestTypeDef,
        TagTypeDef,
        UpdateHttpNamespaceRequestTypeDef,
        UpdatePrivateDnsNamespaceRequestTypeDef,
        UpdatePublicDnsNamespaceRequestTypeDef,
    )

    from hatoba.cloud.cloudmap.act import HostedZones
    from hatoba.cloud.cloudmap.api.background import OperationsApi
    from hatoba.cloud.cloudmap.model import NamespaceType
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.state import State
    from hatoba.cloud.wire import Call, Result, ServiceError

MAX_NAMESPACES = 50
"""In a Region; AWS raises it on request."""

_SOA_TTL_S: dict[NamespaceType, int] = {"DNS_PRIVATE": 15, "DNS_PUBLIC": 60}
"""What a namespace begins with that says nothing of its SOA."""

_FIELDS: dict[str, Field[Namespace]] = {
    "TYPE": Field(lambda each: each.type, ("EQ", "BEGINS_WITH")),
    "NAME": Field(lambda each: each.name, ("EQ", "BEGINS_WITH")),
    "HTTP_NAME": Field(lambda each: each.http_name, ("EQ", "BEGINS_WITH")),
    "RESOURCE_OWNER": Field(lambda _: "SELF"),
}
_CREATE_CALLS: dict[NamespaceType, str] = {
    "HTTP": "CreateHttpNamespace",
    "DNS_PRIVATE": "CreatePrivateDnsNamespace",
    "DNS_PUBLIC": "CreatePublicDnsNamespace",
}


class NamespacesApi:
    """The operations on namespaces."""

    def __init__(self, store: Store, state: State, zones: HostedZones, background: OperationsApi) -> None:
        self._store = store
        self._state = state
        self._zones = zones
        self._background = background

    def create_http_namespace(self, call: Call, request: CreateHttpNamespaceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html."""
        wanted = self._wanted(call, "HTTP", request, request.get("Tags", ()))
        self._refuse_known(self._peers(call, wanted))
        return self._keep(call, wanted)

    def create_public_dns_namespace(
        self, call: Call, request: CreatePublicDnsNamespaceRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePublicDnsNamespace.html."""
        ttl = request.get("Properties", {}).get("DnsProperties", {}).get("SOA", {}).get("TTL")
        wanted = self._wanted(call, "DNS_PUBLIC", request, request.get("Tags", ()))
        self._refuse_known(self._peers(call, wanted))
        return self._keep(call, self._zoned(wanted, ttl))

    async def create_private_dns_namespace(
        self, call: Call, request: CreatePrivateDnsNamespaceRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html."""
        ttl = request.get("Properties", {}).get("DnsProperties", {}).get("SOA", {}).get("TTL")
        fault = await self._zones.vpc_fault(call, request["Vpc"])
        with self._state.transaction():
            wanted = replace(
                self._wanted(call, "DNS_PRIVATE", request, request.get("Tags", ())), vpc=request["Vpc"]
            )
            peers = [each for each in self._peers(call, wanted) if each.vpc == wanted.vpc]
            self._refuse_known(
                [each for each in peers if each.creator_request_id == wanted.creator_request_id != ""]
            )
            fault = fault or _zone_fault(call, wanted, peers)
            if fault:
                return self._background.failed(
                    call,
                    "CREATE_NAMESPACE",
                    {"NAMESPACE": wanted.id},
                    "CANNOT_CREATE_HOSTED_ZONE",
                    fault,
                )
            return self._keep(call, self._zoned(wanted, ttl))

    def update_http_namespace(self, call: Call, request: UpdateHttpNamespaceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateHttpNamespace.html."""
        return self._update(call, "HTTP", request["Id"], request["Namespace"]["Description"], None)

    def update_private_dns_namespace(
        self, call: Call, request: UpdatePrivateDnsNamespaceRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdatePrivateDnsNamespace.html."""
        change = request["Namespace"]
        ttl = change.get("Properties", {}).get("DnsProperties", {}).get("SOA", {}).get("TTL")
        return self._update(call, "DNS_PRIVATE", request["Id"], change.get("Description"), ttl)

    def update_public_dns_namespace(
        self, call: Call, request: UpdatePublicDnsNamespaceRequestTypeDef
    ) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdatePublicDnsNamespace.html."""
        change = request["Namespace"]
        ttl = change.get("Properties", {}).get("DnsProperties", {}).get("SOA", {}).get("TTL")
        return self._update(call, "DNS_PUBLIC", request["Id"], change.get("Description"), ttl)

    def delete_namespace(self, call: Call, request: DeleteNamespaceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html."""
        found = self._store.namespace(call.scope, request["Id"])
        if self._store.services_in(call.scope, found.id):
            raise resource_in_use(
                "Namespace has associated services; delete the services before deleting the namespace"
            )
        self._store.namespaces.delete(call.scope, found.id)
        return self._background.succeeded(call, "DELETE_NAMESPACE", {"NAMESPACE": found.id})

    def get_namespace(self, call: Call, request: GetNamespaceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_GetNamespace.html."""
        found = self._store.namespace(call.scope, request["Id"])
        return {
            "Namespace": {**self._shown(call, found), "CreatorRequestId": found.creator_request_id or None}
        }

    def list_namespaces(self, call: Call, request: ListNamespacesRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_ListNamespaces.html."""
        chosen = matching(self._store.namespaces.list(call.scope), request.get("Filters", ()), _FIELDS)
        page, token = paged(chosen, request, key=lambda each: each.id)
        return {"Namespaces": [self._shown(call, each) for each in page], "NextToken": token}

    def _wanted(
        self,
        call: Call,
        kind: NamespaceType,
        request: CreateHttpNamespaceRequestTypeDef
        | CreatePrivateDnsNamespaceRequestTypeDef
        | CreatePublicDnsNamespaceRequestTypeDef,
        tags: Iterable[TagTypeDef],
    ) -> Namespace:
        new_id = new_namespace_id()
        arn = arn_of(call.scope, "namespace", new_id)
        taken = frozenset(each.http_name for each in self._store.namespaces.list(call.scope))
        return Namespace(
            id=new_id,
            arn=arn,
            name=request["Name"],
            type=kind,
            owner=call.account,
            http_name=http_name_of(request["Name"], taken),
            created_at=call.now,
            creator_request_id=request.get("CreatorRequestId", ""),
            operation_id=new_operation_id(call.now),
            description=request.get("Description"),
            tags=merged(arn, {}, tags),
        )

    def _peers(self, call: Call, wanted: Namespace) -> list[Namespace]:
        name = wanted.name.lower() if wanted.has_dns else wanted.name
        return [
            each
            for each in self._store.namespaces.list(call.scope)
            if each.type == wanted.type and (each.name.lower() if each.has_dns else each.name) == name
        ]

    def _refuse_known(self, known: list[Namespace]) -> None:
        for each in known:
            raise _already_exists(each)

    def _zoned(self, wanted: Namespace, ttl: int | None) -> Namespace:
        return replace(
            wanted,
            hosted_zone_id=self._zones.create(),
            soa_ttl=_SOA_TTL_S[wanted.type] if ttl is None else ttl,
        )

    def _keep(self, call: Call, wanted: Namespace) -> Result:
        if self._store.namespaces.count(call.scope) >= MAX_NAMESPACES:
            raise limit_exceeded(
                f"The region {call.region} has {MAX_NAMESPACES} namespaces, the most that an account can"
                " have there. Delete one that is not used."
            )
        self._store.namespaces.put(call.scope, wanted)
        return self._background.succeeded(
            call, "CREATE_NAMESPACE", {"NAMESPACE": wanted.id}, wanted.operation_id
        )

    def _update(
        self, call: Call, kind: NamespaceType, ref: str, description: str | None, ttl: int | None
    ) -> Result:
        found = self._store.namespace(call.scope, ref)
        if found.type != kind:
            raise invalid_input(f"Namespace {found.id} has the type {found.type}, not {kind}.")
        self._store.namespaces.put(
            call.scope,
            replace(
                found,
                description=found.description if description is None else description,
                soa_ttl=found.soa_ttl if ttl is None else ttl,
            ),
        )
        return self._background.succeeded(call, "UPDATE_NAMESPACE", {"NAMESPACE": found.id})

    def _shown(self, call: Call, found: Namespace) -> dict[str, Any]:
        soa = {"TTL": found.soa_ttl} if found.has_dns else {}
        return {
            "Id": found.id,
            "Arn": found.arn,
            "ResourceOwner": found.owner,
            "Name": found.name,
            "Type": found.type,
            "Description": found.description or None,
            "ServiceCount": len(self._store.services_in(call.scope, found.id)),
            "Properties": {
                "DnsProperties": {"HostedZoneId": found.hosted_zone_id, "SOA": soa},
                "HttpProperties": {"HttpName": found.http_name},
            },
            "CreateDate": timestamp(found.created_at),
        }


def _already_exists(known: Namespace) -> ServiceError:
    return cloud_map_error(
        "NamespaceAlreadyExists",
        f"Another operation of type {_CREATE_CALLS[known.type]} and id {known.operation_id} has completed",
        CreatorRequestId=known.creator_request_id,
        NamespaceId=known.id,
    )


def _zone_fault(call: Call, wanted: Namespace, peers: list[Namespace]) -> str | None:
    for each in peers:
        return (
            f"The VPC {wanted.vpc} in region {call.region} has already been associated with the hosted zone"
            f" {each.hosted_zone_id} with the same domain name."
        )
    return dns_fault(wanted.name)
