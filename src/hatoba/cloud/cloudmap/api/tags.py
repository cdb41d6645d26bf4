"""Tags of namespaces and services, by ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.cloudmap.control.names import id_of
from hatoba.cloud.cloudmap.control.tags import listed, merged
from hatoba.cloud.cloudmap.errors import resource_not_found
from hatoba.cloud.cloudmap.model import Namespace

if TYPE_CHECKING:
    from types_boto3_servicediscovery.type_defs import (
        ListTagsForResourceRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )

    from hatoba.cloud.cloudmap.model import Service
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.wire import Call, Result


class TagsApi:
    """The operations on tags."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_tags_for_resource(self, call: Call, request: ListTagsForResourceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_ListTagsForResource.html."""
        return {"Tags": listed(self._find(call, request["ResourceARN"]).tags)}

    def tag_resource(self, call: Call, request: TagResourceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_TagResource.html."""
        found = self._find(call, request["ResourceARN"])
        self._keep(call, found, merged(found.arn, found.tags, request["Tags"]))
        return {}

    def untag_resource(self, call: Call, request: UntagResourceRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/cloud-map/latest/api/API_UntagResource.html."""
        found = self._find(call, request["ResourceARN"])
        gone = set(request["TagKeys"])
        self._keep(call, found, {key: value for key, value in found.tags.items() if key not in gone})
        return {}

    def _find(self, call: Call, arn: str) -> Namespace | Service:
        found: Namespace | Service | None = None
        if arn.startswith("arn:"):
            found = self._store.namespaces.get(call.scope, id_of(call.scope, "namespace", arn) or "")
            found = found or self._store.services.get(call.scope, id_of(call.scope, "service", arn) or "")
        if found is None:
            raise resource_not_found(arn)
        return found

    def _keep(self, call: Call, found: Namespace | Service, tags: dict[str, str]) -> None:
        if isinstance(found, Namespace):
            self._store.namespaces.put(call.scope, replace(found, tags=tags))
        else:
            self._store.services.put(call.scope, replace(found, tags=tags))
