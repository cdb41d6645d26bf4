"""How a resource stands against what a template wants of it, and what must be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from hatoba.cloud.cloudformation.resources.tags import own_tags, system_tags
from hatoba.cloud.cloudformation.template import graph, is_unknown
from hatoba.cloud.cloudformation.template.values import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.model import Revision, Stack, StackResource
    from hatoba.cloud.cloudformation.resources.protocol import Schema
    from hatoba.cloud.cloudformation.template import Evaluator, Resource, Template

Action = Literal["create", "keep", "update", "replace", "resume"]


class Wanted(msgspec.Struct, frozen=True):
    """What the target template makes of one resource, with everything resolved."""

    resource: Resource
    properties: dict[str, Any]
    tags: dict[str, str]
    needs: tuple[str, ...]


def active(template: Template, evaluator: Evaluator) -> dict[str, tuple[str, ...]]:
    """Return the resources whose condition holds, each with those of them that it needs, in order."""
    names = [name for name, item in template.resources.items() if evaluator.is_active(item.condition)]
    bodies = template.document["Resources"]
    needs = {name: graph.needs(bodies[name]) & set(names) for name in names}
    return {name: tuple(sorted(needs[name])) for name in graph.in_order(needs)}


def wanted(
    stack: Stack,
    revision: Revision,
    resource: Resource,
    evaluator: Evaluator,
    *,
    needs: tuple[str, ...],
    schema: Schema,
) -> Wanted:
    """Return a resource as the revision wants it."""
    properties = evaluator.properties(resource.properties)
    tags: dict[str, str] = {}
    if schema.tags is not None:
        given = properties.get(schema.tag_property)
        own = {} if is_unknown(given) else own_tags(schema.tags, given)
        tags = {**system_tags(stack.name, stack.id, resource.logical_id), **revision.tags, **own}
    return Wanted(resource, properties, tags, needs)


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the properties that differ, tags aside, sorted."""
    return tuple(
        sorted(
            name
            for name in old.keys() | new.keys()
            if name != "Tags"
            and (
                name not in old or name not in new or is_unknown(new[name]) or not same(old[name], new[name])
            )
        )
    )


def action(record: StackResource | None, target: Wanted, schema: Schema) -> Action:
    """Return what must be done with a resource; ``resume`` is what a killed cloud had begun."""
    if record is None or record.status == "DELETE_COMPLETE":
        return "create"
    if record.status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
        return "resume"
    if record.physical_id is None:
        return "create"
    changes = differing(record.properties, target.properties)
    if record.is_replaced or any(name in schema.create_only for name in changes):
        return "replace"
    if changes or schema.is_looked_into or record.tags != target.tags or record.status.endswith("_FAILED"):
        return "update"
    return "keep"
