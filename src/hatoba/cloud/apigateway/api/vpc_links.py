"""Operations on VPC links.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vpc-links.html
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.common import check_length, check_tags
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.model import VpcLink
from hatoba.cloud.apigateway.store import new_id
from hatoba.cloud.clock import timestamp
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_apigatewayv2.type_defs import (
        CreateVpcLinkRequestTypeDef,
        DeleteVpcLinkRequestTypeDef,
        GetVpcLinkRequestTypeDef,
        GetVpcLinksRequestTypeDef,
        UpdateVpcLinkRequestTypeDef,
    )

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Invoke, Operations, Result

MOST_SUBNETS = 10
RESERVED_ADDRESSES = 4
_MESSAGES = {
    "PENDING": "VPC link is provisioning ENIs",
    "AVAILABLE": "VPC link is ready to route traffic",
    "DELETING": "VPC link is being deleted",
}


class VpcLinks:
    """The operations on VPC links. Their subnets and groups must exist, so they ask EC2."""

    def __init__(self, store: Store, invoke: Invoke) -> None:
        self._store = store
        self._invoke = invoke

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateVpcLink", self.create)
        operations.add("GetVpcLink", self.get)
        operations.add("GetVpcLinks", self.list)
        operations.add("UpdateVpcLink", self.update)
        operations.add("DeleteVpcLink", self.delete)

    async def create(self, call: Call, request: CreateVpcLinkRequestTypeDef) -> Result:
        """Make a VPC link, PENDING until the loop has it AVAILABLE."""
        subnets, groups = tuple(request["SubnetIds"]), tuple(request.get("SecurityGroupIds") or ())
        check_length("Name", request["Name"], 1, 128)
        if not 1 <= len(subnets) <= MOST_SUBNETS:
            raise bad_request(f"A VPC link has 1 to {MOST_SUBNETS} subnets; {len(subnets)} were given.")
        tags = dict(request.get("Tags") or {})
        check_tags(tags)
        found = await self._require(call, "DescribeSubnets", "SubnetIds", subnets)
        await self._require(call, "DescribeSecurityGroups", "GroupIds", groups)
        link = VpcLink(
            vpc_link_id=new_id(6, lambda taken: self._store.vpc_links.get(call.scope, taken)),
            name=request["Name"],
            created_at=call.now,
            subnet_ids=subnets,
            security_group_ids=groups,
            tags=tags,
            source_ip=_source_ip(found.get("Subnets") or ()),
        )
        return describe(self._store.vpc_links.put(call.scope, link))

    def get(self, call: Call, request: GetVpcLinkRequestTypeDef) -> Result:
        """Describe a VPC link."""
        return describe(self._store.get_vpc_link(call.scope, request["VpcLinkId"]))

    def list(self, call: Call, request: GetVpcLinksRequestTypeDef) -> Result:
        """Describe all VPC links."""
        return answer_page(request, self._store.vpc_links.list(call.scope), describe)

    def update(self, call: Call, request: UpdateVpcLinkRequestTypeDef) -> Result:
        """Change the name: nothing else of a VPC link can be changed."""
        old = self._store.get_vpc_link(call.scope, request["VpcLinkId"])
        name = request.get("Name", old.name)
        check_length("Name", name, 1, 128)
        return describe(self._store.vpc_links.put(call.scope, replace(old, name=name)))

    def delete(self, call: Call, request: DeleteVpcLinkRequestTypeDef) -> Result:
        """Begin to remove a VPC link that no integration uses."""
        link = self._store.get_vpc_link(call.scope, request["VpcLinkId"])
        users = [
            f"{integration.integration_method}:{integration.integration_id}"
            for api in self._store.apis.list(call.scope)
            for integration in self._store.integrations.list(call.scope, f"{api.api_id}/")
            if integration.connection_id == link.vpc_link_id
        ]
        if users:
            raise bad_request(
                f"Cannot delete vpc link. Vpc link '{link.vpc_link_id}', is referenced in"
                f" [{', '.join(users)}] in format of [Method:Resource]."
            )
        self._store.vpc_links.put(call.scope, replace(link, status="DELETING"))
        return {}

    async def _require(
        self, call: Call, operation: str, member: str, ids: Sequence[str]
    ) -> Mapping[str, Any]:
        if not ids:
            return {}
        try:
            return await self._invoke(call, "ec2", operation, {member: [*ids]})
        except ServiceError as error:
            raise bad_request(f"Cannot create the VPC link: {error.message}") from error


def _source_ip(subnets: Sequence[Mapping[str, Any]]) -> str:
    """Choose the address of the link's first interface: the first one that EC2 gives out in its subnet."""
    if not subnets:
        return "127.0.0.1"
    return str(ip_network(subnets[0]["CidrBlock"])[RESERVED_ADDRESSES])


def describe(link: VpcLink) -> Result:
    """Return a VPC link's members."""
    return {
        "CreatedDate": timestamp(link.created_at),
        "Name": link.name,
        "SecurityGroupIds": [*link.security_group_ids],
        "SubnetIds": [*link.subnet_ids],
        "Tags": dict(link.tags),
        "VpcLinkId": link.vpc_link_id,
        "VpcLinkStatus": link.status,
        "VpcLinkStatusMessage": _MESSAGES[link.status],
        "VpcLinkVersion": "V2",
    }
