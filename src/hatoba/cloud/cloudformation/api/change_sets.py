"""Change sets: made, described, executed, deleted. One is complete when the call that makes it returns.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.cloudformation.api.names import (
    check_change_set_name,
    check_new_stack_name,
    check_updatable,
    stack_named,
)
from hatoba.cloud.cloudformation.api.shapes import shown_parameters, shown_tags
from hatoba.cloud.cloudformation.errors import Invalid, no_such_stack
from hatoba.cloud.cloudformation.model import ChangeSet, Stack, StackOperation
from hatoba.cloud.cloudformation.store import new_change_set_arn, new_stack_arn
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_cloudformation.type_defs import (
        CreateChangeSetInputTypeDef,
        DeleteChangeSetInputTypeDef,
        DescribeChangeSetInputTypeDef,
        ExecuteChangeSetInputTypeDef,
        ListChangeSetsInputTypeDef,
    )

    from hatoba.cloud.cloudformation.act.grace import Grace
    from hatoba.cloud.cloudformation.act.intake import Intake, Prepared
    from hatoba.cloud.cloudformation.model import Kind, OnFailure, ResourceChange
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

REVIEW = "REVIEW_IN_PROGRESS"
NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
NO_UPDATES = "No updates are to be performed."
"""The same, where the template has a transform."""

PAGE = 100


class ChangeSets:
    """The operations of change sets."""

    def __init__(self, store: Store, intake: Intake, grace: Grace) -> None:
        self._store = store
        self._intake = intake
        self._grace = grace

    def add_to(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("CreateChangeSet", self.create)
        operations.add("DescribeChangeSet", self.describe)
        operations.add("ExecuteChangeSet", self.execute)
        operations.add("DeleteChangeSet", self.delete)
        operations.add("ListChangeSets", self.list)

    async def create(self, call: Call, request: CreateChangeSetInputTypeDef) -> Result:
        """Compute a change set; a stack in review is made where there is none.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        """
        check_change_set_name(request["ChangeSetName"])
        if bool(request.get("ResourcesToImport")) != (request.get("ChangeSetType") == "IMPORT"):
            raise Invalid(
                "ResourcesToImport must be specified with a ChangeSetType of IMPORT, and only then."
            )
        stack, is_new = self._stack_for(call, request)
        repeated = self._same_name(call, request, stack)
        if repeated is not None:
            return {"Id": repeated.id, "StackId": repeated.stack_id}
        prepared = await self._intake.prepare(call, request, stack)
        change_set = await self._computed(call, request, stack, prepared)
        with self._store.state.transaction():
            if is_new and self._store.find(call.scope, stack.name) is None:
                self._store.put_stack(call.scope, stack, call.now)
            self._store.change_sets.put(call.scope, change_set)
        return {"Id": change_set.id, "StackId": stack.id}

    def _same_name(self, call: Call, request: CreateChangeSetInputTypeDef, stack: Stack) -> ChangeSet | None:
        """Return the change set that the same request made before, if it did.

        A name is taken until its change set is executed: AWS CLI names them by the second, and here two
        deployments fit into one.

        Raises:
            ServiceError: AlreadyExistsException: another request made one of this name.
        """
        name, token = request["ChangeSetName"], request.get("ClientToken")
        for item in self._store.change_sets_of(call.scope, stack.id):
            if item.name != name:
                continue
            if token and item.token == token:
                return item
            if item.execution_status != "EXECUTE_COMPLETE":
                raise ServiceError(
                    "AlreadyExistsException",
                    f"ChangeSet {name} cannot be created due to a mismatch with existing attribute",
                    status=400,
                )
            self._store.change_sets.delete(call.scope, item.id)
        return None

    def _stack_for(self, call: Call, request: CreateChangeSetInputTypeDef) -> tuple[Stack, bool]:
        """Return the stack that a change set is for, and whether it is made by it."""
        name = request["StackName"]
        kind = request.get("ChangeSetType", "UPDATE")
        existing = self._store.find(call.scope, name)
        if existing is not None and (existing.is_gone or existing.status == "DELETE_IN_PROGRESS"):
            raise Invalid(f"Stack:{existing.id} is in {existing.status} state and can not be updated.")
        if kind == "CREATE":
            if existing is None:
                check_new_stack_name(name)
                made = Stack(new_stack_arn(call.scope, name), name, REVIEW, call.now, "User Initiated")
                return made, True
            if existing.status != REVIEW:
                raise Invalid(
                    f"Stack [{existing.name}] already exists and cannot be created again with the changeSet"
                    f" [{request['ChangeSetName']}]."
                )
            return existing, False
        if kind == "IMPORT" and (existing is None or existing.status == REVIEW):
            check_new_stack_name(name if existing is None else existing.name)
            made = Stack(new_stack_arn(call.scope, name), name, REVIEW, call.now, "User Initiated")
            return existing or made, existing is None
        stack = stack_named(self._store, call, name)
        check_updatable(stack)
        return stack, False

    async def _computed(
        self, call: Call, request: CreateChangeSetInputTypeDef, stack: Stack, prepared: Prepared
    ) -> ChangeSet:
        imports: dict[str, str] = {}
        if items := request.get("ResourcesToImport"):
            plan, imports = await self._intake.plan_import(call, stack, prepared, items)
        else:
            plan = await self._intake.plan(call, stack, prepared)
        is_empty = not plan.has_changes
        return ChangeSet(
            id=new_change_set_arn(call.scope, request["ChangeSetName"]),
            name=request["ChangeSetName"],
            stack_id=stack.id,
            stack_name=stack.name,
            kind=request.get("ChangeSetType", "UPDATE"),
            created=call.now,
            revision=prepared.revision,
            status="FAILED" if is_empty else "CREATE_COMPLETE",
            execution_status="UNAVAILABLE" if is_empty else "AVAILABLE",
            reason=_no_changes(prepared) if is_empty else None,
            description=request.get("Description"),
            changes=plan.changes,
            include_nested_stacks=bool(request.get("IncludeNestedStacks")),
            on_stack_failure=request.get("OnStackFailure"),
            import_existing_resources=bool(request.get("ImportExistingResources")),
            token=request.get("ClientToken"),
            imports=imports,
        )

    def _find(self, call: Call, name: str, stack_name: str | None) -> ChangeSet:
        """Return a change set by ARN, or by name and stack.

        Raises:
            ServiceError: ChangeSetNotFound, or what is wrong with the stack's name.
        """
        check_change_set_name(name)
        if name.startswith("arn:"):
            found = self._store.change_sets.get(call.scope, name)
        elif stack_name is None:
            raise Invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
        else:
            stack = stack_named(self._store, call, stack_name)
            found = next(
                (item for item in self._store.change_sets_of(call.scope, stack.id) if item.name == name), None
            )
        if found is None:
            raise ServiceError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", status=404)
        return found

    def describe(self, call: Call, request: DescribeChangeSetInputTypeDef) -> Result:
        """Describe a change set.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
        """
        change_set = self._find(call, request["ChangeSetName"], request.get("StackName"))
        changes, token = page(
            change_set.changes,
            token=request.get("NextToken"),
            limit=PAGE,
            key=lambda change: change.logical_id,
        )
        with_values = bool(request.get("IncludePropertyValues"))
        revision = change_set.revision
        return {
            "ChangeSetId": change_set.id,
            "ChangeSetName": change_set.name,
            "StackId": change_set.stack_id,
            "StackName": change_set.stack_name,
            "Description": change_set.description,
            "CreationTime": timestamp(change_set.created),
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "ExecutionStatus": change_set.execution_status,
            "Parameters": shown_parameters(revision),
            "Tags": shown_tags(revision),
            "Capabilities": list(revision.capabilities),
            "NotificationARNs": list(revision.notification_arns),
            "RollbackConfiguration": revision.rollback_configuration,
            "IncludeNestedStacks": change_set.include_nested_stacks,
            "OnStackFailure": change_set.on_stack_failure,
            "ImportExistingResources": change_set.import_existing_resources or None,
            "Changes": [_shown_change(change, with_values=with_values) for change in changes],
            "NextToken": token,
        }

    async def execute(self, call: Call, request: ExecuteChangeSetInputTypeDef) -> Result:
        """Begin what a change set says.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
        """
        change_set = self._find(call, request["ChangeSetName"], request.get("StackName"))
        if change_set.execution_status != "AVAILABLE":
            status = change_set.status if change_set.status == "FAILED" else change_set.execution_status
            raise ServiceError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current status of [{status}]",
                status=400,
            )
        stack = stack_named(self._store, call, change_set.stack_id)
        if change_set.kind == "CREATE":
            if stack.status != REVIEW:
                raise Invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
            status = "CREATE_IN_PROGRESS"
        else:
            if change_set.kind != "IMPORT" or stack.status != REVIEW:
                check_updatable(stack)
            status = "IMPORT_IN_PROGRESS" if change_set.kind == "IMPORT" else "UPDATE_IN_PROGRESS"
        on_failure: OnFailure = "ROLLBACK"
        if request.get("DisableRollback") or change_set.on_stack_failure == "DO_NOTHING":
            on_failure = "DO_NOTHING"
        elif change_set.on_stack_failure == "DELETE" and change_set.kind == "CREATE":
            on_failure = "DELETE"
        operation = StackOperation(
            str(uuid4()),
            _KINDS[change_set.kind],
            "apply",
            change_set.revision,
            on_failure,
            request.get("ClientRequestToken"),
            imports=change_set.imports,
            policy=stack.policy,
            retains_new=not request.get("RetainExceptOnCreate"),
        )
        begun = replace(
            stack,
            status=status,
            reason="User Initiated",
            updated=call.now,
            operation=operation,
            change_set_id=change_set.id,
            disable_rollback=on_failure == "DO_NOTHING",
        )
        with self._store.state.transaction():
            self._store.put_stack(call.scope, begun, call.now)
            self._store.forget_change_sets(call.scope, stack.id, but=change_set.id)
            self._store.change_sets.put(call.scope, replace(change_set, execution_status="EXECUTE_COMPLETE"))
        await self._grace.give(call.scope, stack.id)
        return {}

    def delete(self, call: Call, request: DeleteChangeSetInputTypeDef) -> Result:
        """Delete a change set; one that does not exist is no error, a missing stack is.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html
        """
        try:
            change_set = self._find(call, request["ChangeSetName"], request.get("StackName"))
        except ServiceError as error:
            if error.code == "ChangeSetNotFound":
                return {}
            raise
        self._store.change_sets.delete(call.scope, change_set.id)
        return {}

    def list(self, call: Call, request: ListChangeSetsInputTypeDef) -> Result:
        """List a stack's change sets.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html
        """
        stack = stack_named(self._store, call, request["StackName"])
        if stack.is_gone:
            raise no_such_stack(request["StackName"])
        items = sorted(self._store.change_sets_of(call.scope, stack.id), key=lambda item: item.id)
        chosen, token = page(items, token=request.get("NextToken"), limit=PAGE, key=lambda item: item.id)
        return {
            "Summaries": [
                {
                    "StackId": item.stack_id,
                    "StackName": item.stack_name,
                    "ChangeSetId": item.id,
                    "ChangeSetName": item.name,
                    "ExecutionStatus": item.execution_status,
                    "Status": item.status,
                    "StatusReason": item.reason,
                    "CreationTime": timestamp(item.created),
                    "Description": item.description,
                    "IncludeNestedStacks": item.include_nested_stacks,
                }
                for item in chosen
            ],
            "NextToken": token,
        }


_KINDS: Mapping[str, Kind] = {"CREATE": "CREATE", "UPDATE": "UPDATE", "IMPORT": "IMPORT"}


def _no_changes(prepared: Prepared) -> str:
    return NO_CHANGES if prepared.revision.processed is None else NO_UPDATES


def _shown_change(change: ResourceChange, *, with_values: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "PhysicalResourceId": change.physical_id,
        "ResourceType": change.type,
        "Replacement": change.replacement,
        "Scope": list(change.scope),
        "Details": [
            {
                "Target": {
                    "Attribute": detail.attribute,
                    "Name": detail.name,
                    "RequiresRecreation": detail.recreation,
                },
                "Evaluation": detail.evaluation,
                "ChangeSource": detail.source,
                "CausingEntity": detail.causing_entity,
            }
            for detail in change.details
        ],
        "PolicyAction": change.policy_action,
    }
    if with_values:
        shown["BeforeContext"] = change.before
        shown["AfterContext"] = change.after
    return {"Type": "Resource", "ResourceChange": _without_none(shown)}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value
