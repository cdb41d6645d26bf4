"""Types whose tags are set and removed by two operations of their service."""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties


class Tagging(msgspec.Struct, frozen=True):
    """How a service names what tags its things.

    Attributes:
        target: The member that says what is tagged.
        set: The operation that sets tags.
        unset: The operation that removes them.
        tags: The member with the tags.
        keys: The member with the keys to remove.
        key: What a tag's key is called.
        value: What a tag's value is called.
        is_many: The target is a list.
        is_map: The tags are a map.
    """

    target: str
    set: str = "TagResource"
    unset: str = "UntagResource"
    tags: str = "Tags"
    keys: str = "TagKeys"
    key: str = "Key"
    value: str = "Value"
    is_many: bool = False
    is_map: bool = False


class Tagged(Base):
    """A type with tags; ``tagging`` is None where the service has none for it."""

    tagging: ClassVar[Tagging | None] = None

    def tag_params(self, context: Context) -> dict[str, Any]:
        """Return the creating operation's member for tags, where there are any."""
        own = self.tags(context)
        assert self.tagging is not None
        return {self.tagging.tags: self._written(own)} if own else {}

    def _written(self, own: Mapping[str, str]) -> Any:
        assert self.tagging is not None
        return dict(own) if self.tagging.is_map else tags.listed(own, self.tagging.key, self.tagging.value)

    async def tag_target(self, context: Context, physical_id: str) -> str:
        """Return what tags are kept under: an ARN, mostly."""
        return physical_id

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        if self.tagging is None:
            return
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        target: Any = await self.tag_target(context, physical_id)
        target = [target] if self.tagging.is_many else target
        if removed:
            await self.call(
                context, self.tagging.unset, **{self.tagging.target: target, self.tagging.keys: removed}
            )
        if added:
            written = self._written(added)
            await self.call(
                context, self.tagging.set, **{self.tagging.target: target, self.tagging.tags: written}
            )
