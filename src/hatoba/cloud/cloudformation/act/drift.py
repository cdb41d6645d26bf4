"""Looking at a stack's resources as they are, and writing down how each differs from its template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.cloudformation.act.context import HandlerContext
from hatoba.cloud.cloudformation.control import drift
from hatoba.cloud.cloudformation.model import PropertyDifference, ResourceDrift

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.model import Stack, StackResource
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import World


class Detector:
    """Compares resources with what their stack made of them."""

    def __init__(self, world: World, store: Store, registry: Registry) -> None:
        self._world = world
        self._store = store
        self._registry = registry

    def can_look_at(self, record: StackResource) -> bool:
        """Say whether there is a physical resource whose type can be read."""
        return record.physical_id is not None and self._registry.reader(record.type) is not None

    async def look(self, scope: Scope, stack: Stack, record: StackResource) -> ResourceDrift:
        """Read a resource, compare it, and keep the outcome.

        Raises:
            ServiceError: Its service refused to tell.
        """
        found = await self._compared(scope, stack, record)
        with self._store.state.transaction():
            self._store.drifts.put(scope, found)
            now = self._store.resources.get(scope, record.key)
            if now is not None:
                self._store.resources.put(scope, replace(now, drift=found.status, drift_at=found.at))
        return found

    async def _compared(self, scope: Scope, stack: Stack, record: StackResource) -> ResourceDrift:
        reader, physical_id = self._registry.reader(record.type), record.physical_id
        assert reader is not None
        assert physical_id is not None
        context = HandlerContext(
            self._world, self._store, scope, stack.id, stack.name, record.logical_id, "drift", record.tags
        )
        form = self._registry.handler(record.type).schema.tags
        write_only = self._registry.write_only(record.type)
        expected = drift.comparable(record.properties, write_only, form)
        actual = await reader(context, physical_id, record.properties)
        if actual is None:
            return self._outcome(record, "DELETED", expected, None, ())
        actual = drift.comparable(actual, write_only, form)
        written = expected.pop("Tags", {}) if form else {}
        found = [*drift.differences(expected, actual)]
        shown = drift.pruned(actual, expected)
        if form:
            of_stack = stack.revision.tags if stack.revision else {}
            tags = drift.own_tags(actual.get("Tags", {}), of_stack, written)
            found.extend(drift.tag_differences(written, tags))
            expected, shown = _with_tags(expected, written), _with_tags(shown, tags)
        return self._outcome(record, "MODIFIED" if found else "IN_SYNC", expected, shown, tuple(found))

    def _outcome(
        self,
        record: StackResource,
        status: str,
        expected: dict[str, Any],
        actual: dict[str, Any] | None,
        differences: tuple[PropertyDifference, ...],
    ) -> ResourceDrift:
        assert record.physical_id is not None
        return ResourceDrift(
            stack_id=record.stack_id,
            logical_id=record.logical_id,
            physical_id=record.physical_id,
            type=record.type,
            status=status,
            at=self._world.clock.now(),
            expected=_json(expected),
            actual=None if actual is None else _json(actual),
            differences=differences,
        )


def _with_tags(properties: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    if not tags:
        return properties
    return {**properties, "Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]}


def _json(properties: dict[str, Any]) -> str:
    return json.dumps(properties, separators=(",", ":"), default=str)
