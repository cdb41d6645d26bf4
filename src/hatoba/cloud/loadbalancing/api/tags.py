"""Operations on tags: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.loadbalancing.api.common import read_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.loadbalancing.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

    Request = Mapping[str, Any]


class Tags:
    """The operations on tags."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("AddTags", self.add)
        operations.add("RemoveTags", self.remove)
        operations.add("DescribeTags", self.describe)

    def add(self, call: Call, request: Request) -> Result:
        """Set tags."""
        added = read_tags(request["Tags"])
        for arn in request["ResourceArns"]:
            owner = self._store.owner_of_tags(call.scope, arn)
            self._store.keep(call.scope, replace(owner, tags={**owner.tags, **added}))
        return {}

    def remove(self, call: Call, request: Request) -> Result:
        """Remove tags by key."""
        for arn in request["ResourceArns"]:
            owner = self._store.owner_of_tags(call.scope, arn)
            kept = {key: value for key, value in owner.tags.items() if key not in request["TagKeys"]}
            self._store.keep(call.scope, replace(owner, tags=kept))
        return {}

    def describe(self, call: Call, request: Request) -> Result:
        """List tags."""
        described = []
        for arn in request["ResourceArns"]:
            owner = self._store.owner_of_tags(call.scope, arn)
            tags = [{"Key": key, "Value": value} for key, value in sorted(owner.tags.items())]
            described.append({"ResourceArn": arn, "Tags": tags})
        return {"TagDescriptions": described}
