"""Making a stack what a revision asks for: each resource as soon as those it needs are there."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.cloudformation.act import failures
from hatoba.cloud.cloudformation.act.adopt import adopt
from hatoba.cloud.cloudformation.act.steps import Steps, Stopped
from hatoba.cloud.cloudformation.control import stand
from hatoba.cloud.cloudformation.control.policy import denial
from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.model import StackOutput, StackResource
from hatoba.cloud.cloudformation.template import Evaluator, Template
from hatoba.cloud.cloudformation.template.values import as_text

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from hatoba.cloud.cloudformation.control.policy import PolicyAction
    from hatoba.cloud.cloudformation.control.stand import Wanted
    from hatoba.cloud.cloudformation.model import Revision
    from hatoba.cloud.cloudformation.template import Environment

_log = logging.getLogger(__name__)

REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class Apply:
    """One run over the resources of a template; ``failed_…`` name what did not work."""

    def __init__(
        self, steps: Steps, revision: Revision, template: Template, imports: Mapping[str, str]
    ) -> None:
        self._steps = steps
        self._revision = revision
        self._template = template
        self._evaluator: Evaluator
        self._done: dict[str, asyncio.Event] = {}
        self._reached: dict[str, StackResource] = {}
        self.not_created: list[str] = []
        self.not_updated: list[str] = []
        self.not_imported: list[str] = []
        self._imports = imports

    @property
    def has_failed(self) -> bool:
        """A resource could not be made, changed or imported."""
        return bool(self.not_created or self.not_updated or self.not_imported)

    def value_of(self, name: str, attribute: str | None) -> Any:
        """Answer Ref and GetAtt from the resources that this run has reached.

        Raises:
            Invalid: The type has no such attribute.
        """
        record = self._reached[name]
        if attribute is None:
            return record.physical_id
        if attribute not in record.attributes:
            raise Invalid(
                f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
            )
        return record.attributes[attribute]

    async def run(self, environment: Environment) -> None:
        """Bring every resource to where it should be, or stop at the first failure."""
        self._evaluator = Evaluator(self._template, environment)
        names = stand.active(self._template, self._evaluator)
        self._check_removals(names)
        self._done = {name: asyncio.Event() for name in names}
        async with asyncio.TaskGroup() as tasks:
            for name, needs in names.items():
                tasks.create_task(self._node(name, needs), name=f"{self._steps.stack.name}/{name}")

    def _check_removals(self, names: Container[str]) -> None:
        """Refuse to take out what the stack policy protects: the cleanup phase could not go back.

        Raises:
            Invalid: A resource that is no longer wanted must not be deleted.
        """
        for record in self._steps.store.resources_of(self._steps.scope, self._steps.stack.id).values():
            if record.logical_id not in names and not record.is_new:
                self._check_policy("Update:Delete", record)

    def _check_policy(self, action: PolicyAction, record: StackResource) -> None:
        operation = self._steps.stack.operation
        if operation is None or operation.policy is None:
            return
        told = denial(operation.policy, action, record.logical_id, record.type)
        if told is not None:
            raise Invalid(told)

    async def _node(self, name: str, needs: tuple[str, ...]) -> None:
        for needed in needs:
            await self._done[needed].wait()
        if all(needed in self._reached for needed in needs) and not self._steps.stopped.is_set():
            await self._reach(name, needs)
        self._done[name].set()

    async def _reach(self, name: str, needs: tuple[str, ...]) -> None:
        """Do what must be done with one resource, and write down how it went."""
        steps = self._steps
        resource = self._template.resources[name]
        record = steps.record(name)
        verb = "CREATE" if record is None or record.is_new else "UPDATE"
        verb = "IMPORT" if name in self._imports else verb
        try:
            schema = steps.registry.handler(resource.type).schema
            target = stand.wanted(
                steps.stack, self._revision, resource, self._evaluator, needs=needs, schema=schema
            )
            action = stand.action(record, target, schema)
            verb = "CREATE" if action == "create" and verb != "IMPORT" else verb
            if name in self._imports:
                self._reached[name] = await adopt(steps, target, self._imports[name], record)
            else:
                self._reached[name] = await self._do(action, record, target)
        except Stopped:
            self._fail(name, verb, f"Resource {'creation' if verb == 'CREATE' else verb.lower()} cancelled")
        except Exception as error:  # noqa: BLE001 - one resource's outer edge: whatever it is fails the resource
            if not failures.is_expected(error):
                _log.exception("%s: %s failed", steps.stack.name, name)
            self._fail(name, verb, failures.reason(error, name))
            steps.stopped.set()

    async def _do(self, action: stand.Action, record: StackResource | None, target: Wanted) -> StackResource:
        steps = self._steps
        if action == "create" or record is None:
            return await steps.create(self._begin_create(target), target)
        if action == "keep":
            return steps.keep(record, target)
        if action in {"replace", "update"}:
            self._check_policy("Update:Replace" if action == "replace" else "Update:Modify", record)
        if action == "replace":
            begun = self._begin_change(replace(record, is_replaced=True), target, REPLACING)
            return await steps.create(_without_physical(begun), target)
        if action == "update":
            return await steps.update(self._begin_change(record, target, None), target)
        if record.before is not None and record.before.id == record.physical_id:
            if not record.is_replaced:
                return await steps.update(record, target)
            record = _without_physical(record)
        return await steps.create(record, target)

    def _begin_create(self, target: Wanted) -> StackResource:
        resource = target.resource
        record = StackResource(
            stack_id=self._steps.stack.id,
            logical_id=resource.logical_id,
            type=resource.type,
            status="CREATE_IN_PROGRESS",
            updated=self._steps.now(),
            properties=target.properties,
            tags=target.tags,
            deletion_policy=resource.deletion_policy,
            update_replace_policy=resource.update_replace_policy,
            metadata=_text(resource.metadata),
            needs=target.needs,
            is_new=True,
        )
        return self._steps.tell(record)

    def _begin_change(self, record: StackResource, target: Wanted, reason: str | None) -> StackResource:
        before = record.before or record.physical
        changed = self._steps.aligned(record, target)
        begun = replace(
            changed,
            status="UPDATE_IN_PROGRESS",
            reason=reason,
            properties=target.properties,
            tags=target.tags,
            before=before,
        )
        return self._steps.tell(begun)

    def _fail(self, name: str, verb: str, reason: str) -> None:
        record = self._steps.record(name)
        if record is None:  # it failed before it was begun: its properties could not be resolved
            resource = self._template.resources[name]
            record = StackResource(
                self._steps.stack.id, name, resource.type, "CREATE_FAILED", self._steps.now(), is_new=True
            )
        self._steps.tell(replace(record, status=f"{verb}_FAILED", reason=reason))
        failed = {"CREATE": self.not_created, "UPDATE": self.not_updated, "IMPORT": self.not_imported}
        failed[verb].append(name)

    def outputs(self) -> tuple[StackOutput, ...]:
        """Return the outputs whose condition holds.

        Raises:
            Invalid: One is no string.
        """
        evaluated: list[StackOutput] = []
        for output in self._template.outputs.values():
            if not self._evaluator.is_active(output.condition):
                continue
            value = self._evaluator.value(output.value)
            if isinstance(value, dict | list):
                raise Invalid(
                    "Template format error: The Value field of every Outputs member must evaluate to a"
                    " String."
                )
            export = (
                None if output.export_name is None else as_text(self._evaluator.value(output.export_name))
            )
            evaluated.append(StackOutput(output.key, as_text(value), output.description, export))
        return tuple(evaluated)

    @property
    def imports(self) -> tuple[str, ...]:
        """The exports of other stacks that were used."""
        return tuple(sorted(self._evaluator.imported))


def _without_physical(record: StackResource) -> StackResource:
    """Return the record of a resource that is still to be made anew."""
    return replace(record, physical_id=None, attributes={})


def _text(metadata: Any) -> str | None:
    return None if metadata is None else json.dumps(metadata)
