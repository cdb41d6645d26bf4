"""CreateStack, UpdateStack, DeleteStack and what else changes a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec.structs import replace

from hatoba.cloud.cloudformation.api.names import (
    check_new_stack_name,
    check_stack_name,
    check_updatable,
    refuse_members,
    stack_named,
)
from hatoba.cloud.cloudformation.control.policy import check
from hatoba.cloud.cloudformation.errors import Invalid, no_such_stack
from hatoba.cloud.cloudformation.model import Stack, StackOperation
from hatoba.cloud.cloudformation.store import new_stack_arn
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import (
        CancelUpdateStackInputTypeDef,
        ContinueUpdateRollbackInputTypeDef,
        CreateStackInputTypeDef,
        DeleteStackInputTypeDef,
        RollbackStackInputTypeDef,
        UpdateStackInputTypeDef,
        UpdateTerminationProtectionInputTypeDef,
    )

    from hatoba.cloud.cloudformation.act.grace import Grace
    from hatoba.cloud.cloudformation.act.intake import Intake, Prepared
    from hatoba.cloud.cloudformation.model import OnFailure
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

USER_INITIATED = "User Initiated"


class Stacks:
    """The operations that begin something with a stack."""

    def __init__(self, store: Store, intake: Intake, grace: Grace) -> None:
        self._store = store
        self._intake = intake
        self._grace = grace

    def add_to(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateStack", self.create)
        operations.add("UpdateStack", self.update)
        operations.add("DeleteStack", self.delete)
        operations.add("UpdateTerminationProtection", self.update_termination_protection)
        operations.add("CancelUpdateStack", self.cancel_update)
        operations.add("ContinueUpdateRollback", self.continue_rollback)
        operations.add("RollbackStack", self.rollback)

    async def create(self, call: Call, request: CreateStackInputTypeDef) -> Result:
        """Begin to create a stack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
        """
        name = request["StackName"]
        check_new_stack_name(name)
        refuse_members("CreateStack", request, "StackPolicyURL")
        existing = self._store.find(call.scope, name)
        token = request.get("ClientRequestToken")
        if existing is not None and existing.status != "REVIEW_IN_PROGRESS":
            if token and existing.operation and existing.operation.token == token:
                return {"StackId": existing.id}
            raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists", status=400)
        stack = existing or Stack(new_stack_arn(call.scope, name), name, "CREATE_IN_PROGRESS", call.now)
        prepared = await self._intake.prepare(call, request, stack)
        await self._intake.plan(call, stack, prepared)
        meanwhile = self._store.find(call.scope, name)
        if meanwhile is not None and (existing is None or meanwhile.operation is not None):
            raise ServiceError("AlreadyExistsException", f"Stack [{name}] already exists", status=400)
        operation = StackOperation(
            str(uuid4()),
            "CREATE",
            "apply",
            prepared.revision,
            _on_failure(request),
            token,
            retains_new=not request.get("RetainExceptOnCreate"),
        )
        self._store.put_stack(
            call.scope,
            replace(
                stack,
                status="CREATE_IN_PROGRESS",
                reason=USER_INITIATED,
                operation=operation,
                disable_rollback=operation.on_failure == "DO_NOTHING",
                termination_protection=request.get("EnableTerminationProtection", False),
                timeout_minutes=request.get("TimeoutInMinutes"),
                policy=_policy(request.get("StackPolicyBody")),
            ),
            call.now,
        )
        await self._grace.give(call.scope, stack.id)
        return {"StackId": stack.id}

    async def update(self, call: Call, request: UpdateStackInputTypeDef) -> Result:
        """Begin to update a stack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html
        """
        refuse_members("UpdateStack", request, "StackPolicyDuringUpdateURL", "StackPolicyURL")
        stack = stack_named(self._store, call, request["StackName"])
        token = request.get("ClientRequestToken")
        if token and stack.operation and stack.operation.token == token:
            return {"StackId": stack.id}
        if stack.is_gone:
            raise no_such_stack(request["StackName"])
        check_updatable(stack)
        prepared = await self._intake.prepare(call, request, stack)
        plan = await self._intake.plan(call, stack, prepared)
        if not plan.has_changes and not stack.status.endswith("_FAILED"):
            raise Invalid("No updates are to be performed.")
        self._begin_update(call, request, stack, prepared)
        await self._grace.give(call.scope, stack.id)
        return {"StackId": stack.id}

    def _begin_update(
        self,
        call: Call,
        request: UpdateStackInputTypeDef,
        stack: Stack,
        prepared: Prepared,
    ) -> None:
        """Put a stack into UPDATE_IN_PROGRESS; the engine goes on from there."""
        disable_rollback = request.get("DisableRollback", False)
        policy = _policy(request.get("StackPolicyBody")) or stack.policy
        operation = StackOperation(
            str(uuid4()),
            "UPDATE",
            "apply",
            prepared.revision,
            "DO_NOTHING" if disable_rollback else "ROLLBACK",
            request.get("ClientRequestToken"),
            policy=_policy(request.get("StackPolicyDuringUpdateBody")) or stack.policy,
            retains_new=not request.get("RetainExceptOnCreate"),
        )
        begun = replace(
            stack,
            status="UPDATE_IN_PROGRESS",
            reason=USER_INITIATED,
            updated=call.now,
            operation=operation,
            disable_rollback=disable_rollback,
            policy=policy,
        )
        self._store.put_stack(call.scope, begun, call.now)

    async def delete(self, call: Call, request: DeleteStackInputTypeDef) -> Result:
        """Begin a deletion. A name that no stack has is no error.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html
        """
        name = request["StackName"]
        check_stack_name(name)
        stack = self._store.find(call.scope, name)
        if stack is None or stack.is_gone:
            return {}
        if stack.termination_protection:
            raise Invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.operation is not None and stack.operation.kind == "DELETE":
            return {}
        for output in stack.outputs:
            users = self._store.importers(call.scope, output.export_name) if output.export_name else ()
            if users:
                raise Invalid(
                    f"Export {output.export_name} cannot be deleted as it is in use by {', '.join(users)}"
                )
        retain = tuple(request.get("RetainResources") or ())
        is_forced = request.get("DeletionMode") == "FORCE_DELETE_STACK"
        if (retain or is_forced) and stack.status != "DELETE_FAILED":
            what = "a deletion mode" if is_forced else "the resources to retain"
            raise Invalid(
                f"Invalid operation on stack [{stack.id}]. Specify {what} only when deleting"
                " a stack in DELETE_FAILED state."
            )
        operation = StackOperation(
            str(uuid4()),
            "DELETE",
            "delete",
            token=request.get("ClientRequestToken"),
            retain=retain,
            is_forced=is_forced,
        )
        begun = replace(stack, status="DELETE_IN_PROGRESS", reason=USER_INITIATED, operation=operation)
        self._store.put_stack(call.scope, begun, call.now)
        await self._grace.give(call.scope, stack.id)
        return {}

    def update_termination_protection(
        self, call: Call, request: UpdateTerminationProtectionInputTypeDef
    ) -> Result:
        """Protect a stack from deletion, or no longer.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html
        """
        stack = stack_named(self._store, call, request["StackName"])
        if stack.is_gone:
            raise no_such_stack(request["StackName"])
        enabled = request["EnableTerminationProtection"]
        self._store.stacks.put(call.scope, replace(stack, termination_protection=enabled))
        return {"StackId": stack.id}

    def cancel_update(self, call: Call, request: CancelUpdateStackInputTypeDef) -> Result:
        """Let a running update go back.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
        """
        stack = stack_named(self._store, call, request["StackName"])
        operation = stack.operation
        if operation is None or stack.status != "UPDATE_IN_PROGRESS":
            raise Invalid("CancelUpdateStack cannot be called from current stack status")
        self._cancel(call, stack)
        return {}

    def _cancel(self, call: Call, stack: Stack) -> None:
        """Let an update go back, and those of the stacks nested in it."""
        operation = stack.operation
        if operation is None or stack.status != "UPDATE_IN_PROGRESS":
            return
        self._store.stacks.put(call.scope, replace(stack, operation=replace(operation, cancelled=True)))
        for nested in self._store.nested_in(call.scope, stack.id):
            self._cancel(call, nested)

    def continue_rollback(self, call: Call, request: ContinueUpdateRollbackInputTypeDef) -> Result:
        """Go on with a rollback that failed.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html
        """
        stack = stack_named(self._store, call, request["StackName"])
        if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.operation is not None:
            raise Invalid(
                f"Stack:{stack.id} is in {stack.status} state and can not continue update rollback."
            )
        skip = tuple(request.get("ResourcesToSkip") or ())
        known = self._store.resources_of(call.scope, stack.id)
        strange = [name for name in skip if name not in known]
        if strange:
            raise Invalid(f"Resources [{', '.join(strange)}] do not exist in stack {stack.name}")
        operation = StackOperation(
            str(uuid4()), "ROLLBACK", "revert", token=request.get("ClientRequestToken"), skip=skip
        )
        begun = replace(
            stack, status="UPDATE_ROLLBACK_IN_PROGRESS", reason=USER_INITIATED, operation=operation
        )
        self._store.put_stack(call.scope, begun, call.now)
        return {}

    def rollback(self, call: Call, request: RollbackStackInputTypeDef) -> Result:
        """Roll a failed stack back that was left as it failed.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html
        """
        stack = stack_named(self._store, call, request["StackName"])
        phases = {
            "CREATE_FAILED": ("undo", "ROLLBACK_IN_PROGRESS"),
            "UPDATE_FAILED": ("revert", "UPDATE_ROLLBACK_IN_PROGRESS"),
        }
        if stack.operation is not None or stack.status not in phases:
            raise Invalid(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        phase, status = phases[stack.status]
        operation = StackOperation(
            str(uuid4()),
            "ROLLBACK",
            "undo" if phase == "undo" else "revert",
            token=request.get("ClientRequestToken"),
            retains_new=not request.get("RetainExceptOnCreate"),
        )
        begun = replace(stack, status=status, reason=USER_INITIATED, operation=operation)
        self._store.put_stack(call.scope, begun, call.now)
        return {"StackId": stack.id}


def _policy(text: str | None) -> str | None:
    return check(text) if text else None


def _on_failure(request: CreateStackInputTypeDef) -> OnFailure:
    disable, wanted = request.get("DisableRollback"), request.get("OnFailure")
    if disable is not None and wanted is not None:
        raise Invalid("You can specify either DisableRollback or OnFailure, but not both")
    if disable:
        return "DO_NOTHING"
    return wanted or "ROLLBACK"
