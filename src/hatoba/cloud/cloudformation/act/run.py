"""One operation of one stack, phase by phase."""

# ruff: noqa: ARG002 - one signature for all phases, called by a table
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.cloudformation.act.adopt import let_go
from hatoba.cloud.cloudformation.act.apply import Apply
from hatoba.cloud.cloudformation.act.remove import Doomed, Remove, Retaining, with_surplus
from hatoba.cloud.cloudformation.act.resolve import Resolver
from hatoba.cloud.cloudformation.act.revert import revert
from hatoba.cloud.cloudformation.act.steps import Steps
from hatoba.cloud.cloudformation.control.phases import Outcome, advance
from hatoba.cloud.cloudformation.control.stand import active
from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template import Evaluator, read_template

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from hatoba.cloud.cloudformation.model import Phase, Stack, StackOperation, StackResource
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.world import World


class Run:
    """Runs a stack's operation to its end, or until another operation takes its place."""

    def __init__(self, world: World, store: Store, registry: Registry, scope: Scope, stack: Stack) -> None:
        assert stack.operation is not None
        self.operation_id = stack.operation.id
        self._world = world
        self._store = store
        self._registry = registry
        self._scope = scope
        self._stack_id = stack.id
        self._steps: Steps | None = None

    def stop(self) -> None:
        """Let what is being waited for go; the phase then ends as failed."""
        if self._steps is not None:
            self._steps.stopped.set()

    async def run(self) -> None:
        """Run phase after phase."""
        phases = {
            "apply": self._apply,
            "cleanup": self._cleanup,
            "revert": self._revert,
            "revert_cleanup": self._revert_cleanup,
            "undo": self._undo,
            "delete": self._delete,
            "let_go": self._let_go,
        }
        while (stack := self._current()) is not None:
            assert stack.operation is not None
            resolver = Resolver(self._world, self._store, self._scope)
            self._steps = Steps(
                self._world,
                self._store,
                registry=self._registry,
                resolver=resolver,
                scope=self._scope,
                stack=stack,
            )
            if stack.operation.cancelled and stack.operation.phase == "apply":
                self._steps.stopped.set()
            outcome = await phases[stack.operation.phase](self._steps, resolver, stack.operation)
            self._advance(outcome)

    def _current(self) -> Stack | None:
        """Return the stack, as long as this operation is still its operation."""
        stack = self._store.stacks.get(self._scope, self._stack_id)
        if stack is None or stack.operation is None or stack.operation.id != self.operation_id:
            return None
        return stack

    def _advance(self, outcome: Outcome) -> None:
        """Write down what follows from a phase's end: the stack, its resources' marks, the event."""
        stack = self._current()
        if stack is None:
            return
        assert stack.operation is not None
        now = self._world.clock.now()
        after = advance(stack, outcome, now)
        with self._store.state.transaction():
            self._settle_records(stack.operation.phase, after)
            # the event belongs to the operation even when that ends with it
            self._store.put_stack(self._scope, after, now, operation=stack.operation)
            if after.is_gone:
                self._store.forget_change_sets(self._scope, after.id)

    def _settle_records(self, phase: Phase, after: Stack) -> None:
        """Forget what resources were before, when there is no way back any more."""
        is_over = after.operation is None and after.status.endswith("_COMPLETE")
        if not is_over and not (phase == "apply" and after.status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"):
            return
        for record in self._records():
            before = record.before
            is_replaced = before is not None and before.id != record.physical_id
            surplus = (
                (*record.surplus, replace(before, policy=record.update_replace_policy))
                if before is not None and is_replaced
                else record.surplus
            )
            settled = replace(record, before=None, is_new=False, surplus=surplus)
            if settled != record:
                self._store.resources.put(self._scope, settled)

    def _records(self) -> tuple[StackResource, ...]:
        return tuple(self._store.resources_of(self._scope, self._stack_id).values())

    async def _apply(self, steps: Steps, resolver: Resolver, operation: StackOperation) -> Outcome:
        revision = operation.target
        assert revision is not None
        template = read_template(revision.effective)
        apply = Apply(steps, revision, template, operation.imports)
        try:
            environment = await resolver.environment(steps.stack, revision, template, apply.value_of)
            if await self._in_time(steps, operation, apply.run(environment)):
                return Outcome(
                    tuple(apply.not_created), fault="Stack creation time exceeded the specified timeout. "
                )
            if apply.has_failed or steps.stopped.is_set():
                return Outcome(
                    tuple(apply.not_created),
                    tuple(apply.not_updated),
                    not_imported=tuple(apply.not_imported),
                    fault=None if apply.has_failed else "User Initiated",
                )
            outputs = apply.outputs()
            self._check_exports(steps.stack, tuple(o.export_name for o in outputs if o.export_name))
        except Invalid as error:
            return Outcome(fault=error.message)
        return Outcome(outputs=outputs, imports=apply.imports)

    async def _in_time(
        self, steps: Steps, operation: StackOperation, running: Coroutine[Any, Any, None]
    ) -> bool:
        """Run a creation; stop it when its TimeoutInMinutes is over, and return whether that was so."""
        minutes = steps.stack.timeout_minutes
        if operation.kind != "CREATE" or minutes is None:
            await running
            return False
        apply = asyncio.ensure_future(running)
        clock = asyncio.ensure_future(self._world.clock.sleep(minutes * 60))
        try:
            await asyncio.wait({apply, clock}, return_when=asyncio.FIRST_COMPLETED)
            is_late = not apply.done()
            if is_late:
                steps.stopped.set()
            await apply
            return is_late
        finally:
            apply.cancel()
            clock.cancel()

    def _check_exports(self, stack: Stack, names: tuple[str, ...]) -> None:
        """Refuse an export that another stack has, and taking away one that another stack uses."""
        exports = self._store.exports(self._scope)
        for name in names:
            if name in exports and exports[name][0].id != stack.id:
                raise Invalid(
                    f"Export with name {name} is already exported by stack {exports[name][0].name}."
                )
        for output in stack.outputs:
            if output.export_name is not None and output.export_name not in names:
                users = self._store.importers(self._scope, output.export_name)
                if users:
                    raise Invalid(
                        f"Export {output.export_name} cannot be deleted as it is in use by {', '.join(users)}"
                    )

    async def _cleanup(self, steps: Steps, resolver: Resolver, operation: StackOperation) -> Outcome:
        assert operation.target is not None
        wanted = await self._wanted_names(steps.stack, resolver, operation)
        remove = Remove(steps, retaining="all", keep_records=False)
        await remove.run(
            [
                doomed
                for record in self._records()
                for doomed in with_surplus(record)
                if doomed.is_surplus or record.logical_id not in wanted
            ]
        )
        return Outcome(not_deleted=tuple(remove.failed))

    async def _wanted_names(
        self, stack: Stack, resolver: Resolver, operation: StackOperation
    ) -> frozenset[str]:
        assert operation.target is not None
        template = read_template(operation.target.effective)
        environment = await resolver.environment(stack, operation.target, template)
        return frozenset(active(template, Evaluator(template, environment)))

    async def _revert(self, steps: Steps, resolver: Resolver, operation: StackOperation) -> Outcome:
        return Outcome(not_updated=tuple(await revert(steps, operation.skip)))

    async def _revert_cleanup(self, steps: Steps, resolver: Resolver, operation: StackOperation) -> Outcome:
        remove = Remove(steps, retaining="not_new" if operation.retains_new else "none", keep_records=False)
        await remove.run(
            [
                doomed
                for record in self._records()
                for doomed in with_surplus(record)
                if doomed.is_surplus or record.is_new
            ]
        )
        return Outcome(not_deleted=tuple(remove.failed))

    async def _undo(self, steps: Steps, resolver: Resolver, operation: StackOperation) -> Outcome:
        retaining: Retaining = "not_new" if operation.retains_new else "none"
        return await self._remove_all(Remove(steps, retaining=retaining, keep_records=True))

    async def _let_go(self, steps: Steps, resolver: Resolver, operation: StackOperation) -> Outcome:
        let_go(steps, operation.imports)
        return Outcome()

    async def _delete(self, steps: Steps, resolver: Resolver, operation: StackOperation) -> Outcome:
        return await self._remove_all(
            Remove(
                steps,
                retaining="all",
                keep_records=True,
                leave=operation.retain,
                is_forced=operation.is_forced,
            )
        )

    async def _remove_all(self, remove: Remove) -> Outcome:
        doomed: list[Doomed] = []
        for record in self._records():
            if record.status not in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
                doomed.extend(with_surplus(record))
                if record.before is not None and record.before.id != record.physical_id:
                    doomed.append(Doomed(record, record.before, is_surplus=True))
        await remove.run(doomed)
        return Outcome(not_deleted=tuple(remove.failed))
