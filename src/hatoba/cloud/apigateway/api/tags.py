"""Operations on tags, by ARN: of APIs, stages, VPC links and domain names.

Their ARNs have no account: ``arn:aws:apigateway:{region}::/apis/{id}/stages/{name}``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

from msgspec.structs import replace

from hatoba.cloud.apigateway.control.common import check_tags
from hatoba.cloud.apigateway.errors import bad_request
from hatoba.cloud.apigateway.model import Api, DomainName, Stage, VpcLink

if TYPE_CHECKING:
    from types_boto3_apigatewayv2.type_defs import (
        GetTagsRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

Tagged: TypeAlias = Api | Stage | VpcLink | DomainName

_ARN = re.compile(
    r"arn:aws[a-z-]*:apigateway:(?P<region>[a-z0-9-]+)::"
    r"/(?:apis/(?P<api>[^/]+)(?:/stages/(?P<stage>[^/]+))?|vpclinks/(?P<link>[^/]+)|domainnames/(?P<domain>[^/]+))"
)


class Tags:
    """The operations on tags."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("GetTags", self.get)
        operations.add("TagResource", self.tag)
        operations.add("UntagResource", self.untag)

    def get(self, call: Call, request: GetTagsRequestTypeDef) -> Result:
        """Return a resource's tags."""
        return {"Tags": dict(self._find(call.scope, request["ResourceArn"]).tags)}

    def tag(self, call: Call, request: TagResourceRequestTypeDef) -> Result:
        """Add tags, over those with the same keys."""
        found = self._find(call.scope, request["ResourceArn"])
        self._keep(call.scope, found, {**found.tags, **(request.get("Tags") or {})})
        return {}

    def untag(self, call: Call, request: UntagResourceRequestTypeDef) -> Result:
        """Take tags away; keys that are not there are no error."""
        found = self._find(call.scope, request["ResourceArn"])
        gone = set(request["TagKeys"])
        self._keep(call.scope, found, {key: value for key, value in found.tags.items() if key not in gone})
        return {}

    def _find(self, scope: Scope, arn: str) -> Tagged:
        found = _ARN.fullmatch(arn)
        if found is None or found["region"] != scope.region:
            raise bad_request(
                f"Invalid resource identifier specified: {arn}. Tags are for APIs, stages, VPC links"
                f" and domain names of {scope.region}: arn:aws:apigateway:{scope.region}::/apis/<id>"
            )
        if found["link"]:
            return self._store.get_vpc_link(scope, found["link"])
        if found["domain"]:
            return self._store.get_domain_name(scope, found["domain"])
        if found["stage"]:
            return self._store.get_stage(scope, found["api"], unquote(found["stage"]))
        return self._store.get_api(scope, found["api"])

    def _keep(self, scope: Scope, found: Tagged, tags: dict[str, str]) -> None:
        check_tags(tags)
        match found:
            case Api():
                self._store.apis.put(scope, replace(found, tags=tags))
            case Stage():
                self._store.stages.put(scope, replace(found, tags=tags))
            case DomainName():
                self._store.domain_names.put(scope, replace(found, tags=tags))
            case VpcLink():
                self._store.vpc_links.put(scope, replace(found, tags=tags))
