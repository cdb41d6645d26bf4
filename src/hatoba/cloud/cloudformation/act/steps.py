"""The steps by which one resource is made, changed or given back, each written down before the next."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.cloudformation.act.context import HandlerContext
from hatoba.cloud.cloudformation.control.stand import differing
from hatoba.cloud.cloudformation.resources.registry import check

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from hatoba.cloud.cloudformation.act.resolve import Resolver
    from hatoba.cloud.cloudformation.control.stand import Wanted
    from hatoba.cloud.cloudformation.model import Physical, Stack, StackResource
    from hatoba.cloud.cloudformation.resources.protocol import Handler
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import World

INITIATED = "Resource creation Initiated"


class Stopped(Exception):
    """The run was stopped while this resource was on its way."""


class Steps:
    """The steps of one operation of one stack. ``stopped`` ends what is waiting, not what is calling."""

    def __init__(
        self,
        world: World,
        store: Store,
        *,
        registry: Registry,
        resolver: Resolver,
        scope: Scope,
        stack: Stack,
    ) -> None:
        assert stack.operation is not None
        self.world = world
        self.store = store
        self.registry = registry
        self.scope = scope
        self.stack = stack
        self.stopped = asyncio.Event()
        self._resolver = resolver
        self._operation_id = stack.operation.id

    def now(self) -> float:
        """Return the cloud's time."""
        return self.world.clock.now()

    def record(self, logical_id: str) -> StackResource | None:
        """Return a resource as it is written down."""
        return self.store.resources.get(self.scope, f"{self.stack.id}|{logical_id}")

    def tell(self, record: StackResource) -> StackResource:
        """Write a resource's new status down, with its event."""
        record = replace(record, updated=self.now())
        return self.store.put_resource(self.scope, self.stack, record, _json(record.properties))

    def context(self, record: StackResource) -> HandlerContext:
        """Return what the handler of a resource is given."""
        revision = self.stack.shown
        return HandlerContext(
            self.world,
            self.store,
            self.scope,
            self.stack.id,
            self.stack.name,
            record.logical_id,
            self._operation_id,
            record.tags,
            revision.capabilities if revision else (),
        )

    def keep(self, record: StackResource, target: Wanted) -> StackResource:
        """Write down what a template says of an unchanged resource: policies, metadata, order."""
        aligned = self.aligned(record, target)
        if aligned != record:
            self.store.resources.put(self.scope, aligned)
        return aligned

    @staticmethod
    def aligned(record: StackResource, target: Wanted) -> StackResource:
        """Return the record with what concerns only CloudFormation itself."""
        resource = target.resource
        return replace(
            record,
            deletion_policy=resource.deletion_policy,
            update_replace_policy=resource.update_replace_policy,
            metadata=None if resource.metadata is None else json.dumps(resource.metadata),
            needs=target.needs,
        )

    async def create(self, record: StackResource, target: Wanted) -> StackResource:
        """Make a physical resource for a record that is in progress; go on where it was left."""
        verb = record.status.split("_", 1)[0]
        handler, context = self.registry.handler(record.type), self.context(record)
        check(handler, target.properties)
        properties = await self._resolver.dynamic(target.properties)
        if record.physical_id is None:
            physical_id = await handler.create(context, properties)
            record = self.tell(replace(record, physical_id=physical_id, reason=INITIATED))
        assert record.physical_id is not None
        await self._unless_stopped(handler.settle(context, record.physical_id, properties))
        return await self._complete(handler, context, record, properties, f"{verb}_COMPLETE")

    async def update(self, record: StackResource, target: Wanted) -> StackResource:
        """Change a physical resource in place, from ``record.before`` to what is wanted."""
        before = record.before
        assert before is not None
        looks = self.registry.handler(record.type).schema.is_looked_into
        return await self._change(record, before.properties, before.tags, target.properties, looks=looks)

    async def restore(self, record: StackResource) -> StackResource:
        """Bring a resource that an update changed in place back to what it was."""
        before = record.before
        assert before is not None
        reverted = replace(record, properties=before.properties, tags=before.tags)
        return await self._change(reverted, record.properties, record.tags, before.properties)

    async def _change(
        self,
        record: StackResource,
        old: Mapping[str, Any],
        old_tags: Mapping[str, str],
        new: dict[str, Any],
        *,
        looks: bool = False,
    ) -> StackResource:
        handler, context = self.registry.handler(record.type), self.context(record)
        assert record.physical_id is not None
        check(handler, new)
        properties = await self._resolver.dynamic(new)
        is_different, is_retagged = bool(differing(old, new)), record.tags != old_tags
        if is_different or looks:
            before = await self._resolver.dynamic(old)
            await handler.update(context, record.physical_id, before, properties)
        if is_different or not is_retagged:  # neither: an earlier try failed, and may have left it half done
            await self._unless_stopped(handler.settle(context, record.physical_id, properties))
        if is_retagged:
            await handler.retag(context, record.physical_id, properties, old_tags)
        return await self._complete(handler, context, record, properties, "UPDATE_COMPLETE")

    async def _complete(
        self, handler: Handler, context: HandlerContext, record: StackResource, properties: Any, status: str
    ) -> StackResource:
        assert record.physical_id is not None
        attributes = dict(await handler.attributes(context, record.physical_id, properties))
        return self.tell(
            replace(record, status=status, reason=None, attributes=attributes, is_replaced=False)
        )

    async def _unless_stopped(self, settling: Coroutine[Any, Any, None]) -> None:
        """Wait for a resource to settle, or for the run to be stopped.

        Raises:
            Stopped: The latter came first.
        """
        settle = asyncio.ensure_future(settling)
        stop = asyncio.ensure_future(self.stopped.wait())
        try:
            await asyncio.wait({settle, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not settle.done():
                raise Stopped
            settle.result()
        finally:
            for future in (settle, stop):
                future.cancel()

    async def delete(self, record: StackResource, physical: Physical) -> None:
        """Delete a physical resource of a record."""
        handler = self.registry.handler(physical.type)
        properties = await self._resolver.dynamic(physical.properties)
        await handler.delete(self.context(record), physical.id, properties)


def _json(properties: Mapping[str, Any]) -> str:
    return json.dumps(properties, separators=(",", ":"))
