"""Resources that stand already and come under a stack: what a change set of type IMPORT asks for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.cloudformation.errors import Invalid, ResourceFailure
from hatoba.cloud.cloudformation.model import StackResource
from hatoba.cloud.cloudformation.resources.identifiers import physical_id
from hatoba.cloud.cloudformation.resources.registry import check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudformation.act.intake import Prepared
    from hatoba.cloud.cloudformation.act.steps import Steps
    from hatoba.cloud.cloudformation.control.plan import Plan
    from hatoba.cloud.cloudformation.control.stand import Wanted
    from hatoba.cloud.cloudformation.model import Stack
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.cloudformation.template import Template
    from hatoba.cloud.state import Scope

STARTED = "Resource import started."
COMPLETED = "Resource import completed."
TAGGED = "Apply stack-level tags to imported resource if applicable."


def read_request(
    items: Iterable[Mapping[str, Any]], template: Template, registry: Registry
) -> dict[str, str]:
    """Return logical to physical id of what a request wants imported.

    Raises:
        Invalid: A resource is not in the template, of another type, or not identified.
    """
    found: dict[str, str] = {}
    for item in items:
        name, kind, identifier = item["LogicalResourceId"], item["ResourceType"], item["ResourceIdentifier"]
        resource = template.resources.get(name)
        if resource is None or resource.type != kind:
            raise Invalid(f"Resource [{name}] of type [{kind}] is not in the template.")
        names = registry.identifier(kind)
        if names is None:
            raise Invalid(f"ResourceTypes [{kind}] are not supported for Import")
        if set(identifier) != set(names):
            raise Invalid(
                f"Resource [{name}] must be identified by [{', '.join(names)}], not by"
                f" [{', '.join(sorted(identifier))}]."
            )
        if "DeletionPolicy" not in template.document["Resources"][name]:
            raise Invalid(
                f"Resources [{name}] to import must have a DeletionPolicy attribute specified in the"
                " template."
            )
        found[name] = physical_id(kind, names, identifier)
    return found


def check_plan(store: Store, scope: Scope, stack: Stack, prepared: Prepared, plan: Plan) -> None:
    """Refuse an import that would do anything besides, or takes what belongs to a stack already.

    Raises:
        Invalid: With AWS's text.
    """
    others = [change.logical_id for change in plan.changes if change.action != "Import"]
    if others:
        raise Invalid(
            f"You have modified resources [{', '.join(others)}] in your template that are not being imported."
            " Update, create or delete operations cannot be executed during import operations."
        )
    if set(prepared.template.outputs) != {output.key for output in stack.outputs}:
        raise Invalid("As part of the import operation, you cannot modify or add [Outputs]")
    wanted = {(change.type, change.physical_id) for change in plan.changes}
    for record in store.resources.list(scope):
        if (record.type, record.physical_id) in wanted and not record.status.startswith("DELETE_"):
            raise Invalid(f"Resource [{record.physical_id}] already belongs to stack [{record.stack_id}].")


async def adopt(steps: Steps, target: Wanted, physical: str, record: StackResource | None) -> StackResource:
    """Take one resource over; it is looked for, and tagged as the stack's.

    Raises:
        ResourceFailure: There is none of this id.
    """
    if record is not None and record.status.endswith("_COMPLETE"):
        return steps.keep(record, target)
    resource = target.resource
    begun = StackResource(
        stack_id=steps.stack.id,
        logical_id=resource.logical_id,
        type=resource.type,
        status="IMPORT_IN_PROGRESS",
        updated=steps.now(),
        physical_id=physical,
        reason=STARTED,
        properties=target.properties,
        tags=target.tags,
    )
    begun = steps.tell(steps.aligned(begun, target))
    handler, context = steps.registry.handler(resource.type), steps.context(begun)
    check(handler, target.properties)
    reader = steps.registry.reader(resource.type)
    if reader is None or await reader(context, physical, target.properties) is None:
        raise ResourceFailure(
            f"Resource of type '{resource.type}' with identifier '{physical}' was not found."
        )
    attributes = dict(await handler.attributes(context, physical, target.properties))
    imported = steps.tell(replace(begun, status="IMPORT_COMPLETE", reason=COMPLETED, attributes=attributes))
    if handler.schema.tags is None:
        return imported
    await handler.retag(context, physical, target.properties, {})
    return steps.tell(replace(imported, status="UPDATE_COMPLETE", reason=TAGGED))


def let_go(steps: Steps, names: Iterable[str]) -> None:
    """Forget what an import that failed had taken over; the resources themselves stay as they are."""
    for name in names:
        record = steps.record(name)
        if record is None:
            continue
        for status in ("IMPORT_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_COMPLETE"):
            record = steps.tell(replace(record, status=status, reason=None))
        steps.store.resources.delete(steps.scope, record.key)
