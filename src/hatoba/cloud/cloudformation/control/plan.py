"""What a revision would change: the resource changes of a change set, and whether there are any.

A value that is only known after another resource was made evaluates to UNKNOWN; a property that holds one
counts as changed, dynamically.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.control import stand
from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.model import ChangeDetail, ResourceChange
from hatoba.cloud.cloudformation.template import UNKNOWN, Evaluator, graph, is_unknown
from hatoba.cloud.cloudformation.template.values import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.model import Revision, Stack, StackResource
    from hatoba.cloud.cloudformation.resources.protocol import Schema
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.template import Environment, Resource, Template

KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


class Plan:
    """Compares a stack as it stands with a revision of it."""

    def __init__(
        self,
        registry: Registry,
        stack: Stack,
        records: Mapping[str, StackResource],
        *,
        revision: Revision,
        template: Template,
        old_template: Template | None,
        imports: Mapping[str, str] | None = None,
    ) -> None:
        self._registry = registry
        self._stack = stack
        self._records = {name: item for name, item in records.items() if item.status != "DELETE_COMPLETE"}
        self._revision = revision
        self._template = template
        self._old = old_template
        self._imports = imports or {}
        self._old_parameters = {
            item.key: item for item in (stack.revision.parameters if stack.revision else ())
        }
        self._parameters = {item.key: item for item in revision.parameters}
        self._made_anew: set[str] = set()
        self._modified: set[str] = set()
        self.changes: tuple[ResourceChange, ...] = ()
        self.has_changes = False
        self.undecided: dict[str, str] = {}
        """Unchanged nested stacks, and where their templates are: what stands there may have changed."""

    def value_of(self, name: str, attribute: str | None) -> Any:
        """Answer Ref and GetAtt as far as they are known before anything is done."""
        record = self._records.get(name)
        if attribute is None and name in self._imports:
            return self._imports[name]
        if record is None or name in self._made_anew or (attribute is not None and name in self._modified):
            return UNKNOWN
        return record.physical_id if attribute is None else record.attributes.get(attribute, UNKNOWN)

    def make(self, environment: Environment) -> None:
        """Fill ``changes`` and ``has_changes``.

        Raises:
            Invalid: The template cannot be evaluated, or it changes a resource's type.
        """
        evaluator = Evaluator(self._template, environment)
        names = stand.active(self._template, evaluator)
        self._refuse_other_types(names)
        changes = [
            change
            for name, needs in names.items()
            if (change := self._change(self._template.resources[name], evaluator, needs)) is not None
        ]
        changes.extend(_removal(record) for name, record in self._records.items() if name not in names)
        self.changes = tuple(sorted(changes, key=lambda change: change.logical_id))
        self.has_changes = bool(self.changes) or self._stack_differs(evaluator)

    def renew(self, name: str) -> None:
        """Count an undecided nested stack as changed."""
        record = self._records[name]
        detail = ChangeDetail("Properties", "TemplateURL", "Never", "Dynamic", "Automatic")
        change = ResourceChange(
            "Modify",
            name,
            record.type,
            physical_id=record.physical_id,
            replacement="False",
            scope=("Properties",),
            details=(detail,),
            before=_context(record.properties),
            after=_context(record.properties),
        )
        self.changes = tuple(sorted((*self.changes, change), key=lambda each: each.logical_id))
        self.has_changes = True

    def _refuse_other_types(self, names: Mapping[str, object]) -> None:
        changed = [
            name
            for name in names
            if name in self._records and self._records[name].type != self._template.resources[name].type
        ]
        if changed:
            raise Invalid(
                "Update of resource type is not permitted. The new template modifies resource type of the"
                f" following resources: [{', '.join(changed)}]"
            )

    def _stack_differs(self, evaluator: Evaluator) -> bool:
        """Say whether outputs or stack tags differ: that is an update too."""
        before = self._stack.revision
        if before is None:
            return True
        new = [
            (
                output.key,
                as_text(evaluator.value(output.value)),
                output.description,
                None if output.export_name is None else as_text(evaluator.value(output.export_name)),
            )
            for output in self._template.outputs.values()
            if evaluator.is_active(output.condition)
        ]
        old = [(item.key, item.value, item.description, item.export_name) for item in self._stack.outputs]
        is_same = sorted(map(str, new)) == sorted(map(str, old)) and before.tags == self._revision.tags
        return not is_same or before.notification_arns != self._revision.notification_arns

    def _change(
        self, resource: Resource, evaluator: Evaluator, needs: tuple[str, ...]
    ) -> ResourceChange | None:
        schema = self._registry.handler(resource.type).schema
        record = self._records.get(resource.logical_id)
        target = stand.wanted(self._stack, self._revision, resource, evaluator, needs=needs, schema=schema)
        if record is None:
            self._made_anew.add(resource.logical_id)
            physical_id = self._imports.get(resource.logical_id)
            return ResourceChange(
                "Add" if physical_id is None else "Import",
                resource.logical_id,
                resource.type,
                physical_id=physical_id,
                after=_context(target.properties),
            )
        details = self._details(resource, record, target, schema)
        if not details:
            if schema.is_looked_into and not record.status.endswith("_FAILED"):
                self.undecided[resource.logical_id] = str(target.properties.get("TemplateURL"))
                return None
            if stand.action(record, target, schema) == "keep":
                return None
            details = (ChangeDetail("Properties", None, "Never", "Static", "DirectModification"),)
        return self._modification(resource, record, target, details)

    def _modification(
        self,
        resource: Resource,
        record: StackResource,
        target: stand.Wanted,
        details: tuple[ChangeDetail, ...],
    ) -> ResourceChange:
        recreating = [detail for detail in details if detail.recreation != "Never"]
        replacement = "False"
        if recreating:
            certain = any(detail.evaluation == "Static" for detail in recreating)
            replacement = "True" if certain else "Conditional"
            self._made_anew.add(resource.logical_id)
        self._modified.add(resource.logical_id)
        retains = resource.update_replace_policy == "Retain"
        return ResourceChange(
            "Modify",
            resource.logical_id,
            resource.type,
            physical_id=record.physical_id,
            replacement=replacement,
            scope=tuple(sorted({detail.attribute for detail in details})),
            details=details,
            policy_action=("ReplaceAndRetain" if retains else "ReplaceAndDelete")
            if replacement == "True"
            else None,
            before=_context(record.properties),
            after=_context(target.properties),
        )

    def _details(
        self, resource: Resource, record: StackResource, target: stand.Wanted, schema: Schema
    ) -> tuple[ChangeDetail, ...]:
        found: list[ChangeDetail] = []
        for name in stand.differing(record.properties, target.properties):
            recreation = "Always" if name in schema.create_only else "Never"
            evaluation = "Dynamic" if is_unknown(target.properties.get(name)) else "Static"
            source, entity = self._cause(resource, name)
            found.append(ChangeDetail("Properties", name, recreation, evaluation, source, entity))
        if record.tags != target.tags:
            old = self._old.resources.get(resource.logical_id) if self._old else None
            own = old is not None and old.properties.get("Tags") != resource.properties.get("Tags")
            source = "DirectModification" if own else "Automatic"
            found.append(ChangeDetail("Tags", None, "Never", "Static", source))
        return tuple(found)

    def _cause(self, resource: Resource, name: str) -> tuple[str, str | None]:
        """Return why a property changes: it was written differently, or what it refers to changed."""
        old = self._old.resources.get(resource.logical_id) if self._old else None
        written = resource.properties.get(name)
        if old is None or old.properties.get(name) != written:
            return "DirectModification", None
        for reference in graph.references(written):
            parameter = self._parameters.get(reference.name)
            if parameter is not None and parameter != self._old_parameters.get(reference.name):
                return "ParameterReference", reference.name
            if reference.name in self._made_anew | self._modified:
                return ("ResourceReference" if reference.attribute is None else "ResourceAttribute"), str(
                    reference
                )
        return "DirectModification", None


def _removal(record: StackResource) -> ResourceChange:
    retains = record.deletion_policy in {"Retain", "RetainExceptOnCreate"}
    return ResourceChange(
        "Remove",
        record.logical_id,
        record.type,
        physical_id=record.physical_id,
        policy_action="Retain" if retains else "Delete",
        before=_context(record.properties),
    )


def _context(properties: Mapping[str, Any]) -> str:
    return json.dumps({"Properties": _shown(properties)}, separators=(",", ":"))


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return KNOWN_LATER if value is UNKNOWN else value
