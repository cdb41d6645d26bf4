"""Operations on API mappings: which stage stands behind a path of a custom domain name.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.api.paging import answer_page
from hatoba.cloud.apigateway.control.domains import MOST_MULTI_LEVEL, check_mapping_key
from hatoba.cloud.apigateway.errors import bad_request, conflict, too_many
from hatoba.cloud.apigateway.model import ApiMapping
from hatoba.cloud.apigateway.store import new_id

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        CreateApiMappingRequestTypeDef,
        DeleteApiMappingRequestTypeDef,
        GetApiMappingRequestTypeDef,
        GetApiMappingsRequestTypeDef,
        UpdateApiMappingRequestTypeDef,
    )

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.wire import Call, Operations, Result


class ApiMappings:
    """The operations on API mappings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateApiMapping", self.create)
        operations.add("GetApiMapping", self.get)
        operations.add("GetApiMappings", self.list)
        operations.add("UpdateApiMapping", self.update)
        operations.add("DeleteApiMapping", self.delete)

    def create(self, call: Call, request: CreateApiMappingRequestTypeDef) -> Result:
        """Make a mapping; without a key it takes every path that no other one takes."""
        domain = self._store.get_domain_name(call.scope, request["DomainName"])
        of_domain = f"{domain.name}/"
        mapping = ApiMapping(
            domain_name=domain.name,
            mapping_id=new_id(6, lambda taken: self._store.api_mappings.get(call.scope, of_domain + taken)),
            mapping_key=request.get("ApiMappingKey", ""),
            api_id=request["ApiId"],
            stage_name=request["Stage"],
        )
        return self._keep(call, mapping)

    def get(self, call: Call, request: GetApiMappingRequestTypeDef) -> Result:
        """Describe a mapping."""
        found = self._store.get_api_mapping(call.scope, request["DomainName"], request["ApiMappingId"])
        return describe(found)

    def list(self, call: Call, request: GetApiMappingsRequestTypeDef) -> Result:
        """Describe a domain name's mappings."""
        domain = self._store.get_domain_name(call.scope, request["DomainName"])
        return answer_page(request, self._store.api_mappings.list(call.scope, f"{domain.name}/"), describe)

    def update(self, call: Call, request: UpdateApiMappingRequestTypeDef) -> Result:
        """Change the members sent."""
        old = self._store.get_api_mapping(call.scope, request["DomainName"], request["ApiMappingId"])
        mapping = replace(
            old,
            mapping_key=request.get("ApiMappingKey", old.mapping_key),
            api_id=request["ApiId"],
            stage_name=request.get("Stage", old.stage_name),
        )
        return self._keep(call, mapping)

    def delete(self, call: Call, request: DeleteApiMappingRequestTypeDef) -> Result:
        """Remove a mapping."""
        old = self._store.get_api_mapping(call.scope, request["DomainName"], request["ApiMappingId"])
        self._store.api_mappings.delete(call.scope, old.key)
        return {}

    def _keep(self, call: Call, mapping: ApiMapping) -> Result:
        check_mapping_key(mapping.mapping_key)
        self._store.get_api(call.scope, mapping.api_id)
        if self._store.stages.get(call.scope, f"{mapping.api_id}/{mapping.stage_name}") is None:
            raise bad_request("Invalid stage identifier specified")
        there = self._store.api_mappings.list(call.scope, f"{mapping.domain_name}/")
        others = [each for each in there if each.mapping_id != mapping.mapping_id]
        if any(each.mapping_key == mapping.mapping_key for each in others):
            raise conflict("ApiMapping key already exists for this domain name")
        if sum("/" in each.mapping_key for each in (*others, mapping)) > MOST_MULTI_LEVEL:
            raise too_many(f"A domain name has at most {MOST_MULTI_LEVEL} mappings with multiple levels.")
        return describe(self._store.api_mappings.put(call.scope, mapping))


def describe(mapping: ApiMapping) -> Result:
    """Return a mapping's members."""
    return {
        "ApiId": mapping.api_id,
        "ApiMappingId": mapping.mapping_id,
        "ApiMappingKey": mapping.mapping_key,
        "Stage": mapping.stage_name,
    }
