"""What tells of stacks: DescribeStacks, events, resources, exports and imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from hatoba.cloud.cloudformation.api.names import stack_named, stack_with_id
from hatoba.cloud.cloudformation.api.shapes import (
    resource_detail,
    shown_event,
    shown_resource,
    shown_stack,
)
from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from types_boto3_cloudformation.type_defs import (
        DescribeEventsInputTypeDef,
        DescribeStackEventsInputTypeDef,
        DescribeStackResourceInputTypeDef,
        DescribeStackResourcesInputTypeDef,
        DescribeStacksInputTypeDef,
        ListExportsInputTypeDef,
        ListImportsInputTypeDef,
        ListStackResourcesInputTypeDef,
        ListStacksInputTypeDef,
    )

    from hatoba.cloud.cloudformation.model import Stack
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

PAGE = 100
T = TypeVar("T")


class Descriptions:
    """The operations that only read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_to(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("DescribeStacks", self.stacks)
        operations.add("ListStacks", self.list_stacks)
        operations.add("DescribeStackEvents", self.events)
        operations.add("DescribeEvents", self.operation_events)
        operations.add("DescribeStackResource", self.resource)
        operations.add("DescribeStackResources", self.resources)
        operations.add("ListStackResources", self.list_resources)
        operations.add("ListExports", self.exports)
        operations.add("ListImports", self.imports)

    def stacks(self, call: Call, request: DescribeStacksInputTypeDef) -> Result:
        """Describe one stack, or all that are not deleted.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
        """
        name = request.get("StackName")
        if name:
            return {"Stacks": [shown_stack(stack_with_id(self._store, call, name))]}
        stacks = [stack for stack in self._store.all(call.scope) if not stack.is_gone]
        chosen, token = _page(stacks, request.get("NextToken"), lambda stack: stack.id)
        return {"Stacks": [shown_stack(stack) for stack in chosen], "NextToken": token}

    def list_stacks(self, call: Call, request: ListStacksInputTypeDef) -> Result:
        """List stacks, deleted ones too.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html
        """
        wanted = request.get("StackStatusFilter")
        stacks = [stack for stack in self._store.all(call.scope) if not wanted or stack.status in wanted]
        chosen, token = _page(stacks, request.get("NextToken"), lambda stack: stack.id)
        members = (
            "StackId",
            "StackName",
            "CreationTime",
            "LastUpdatedTime",
            "DeletionTime",
            "StackStatus",
            "StackStatusReason",
            "DriftInformation",
            "ParentId",
            "RootId",
        )
        summaries: list[dict[str, Any]] = []
        for stack in chosen:
            shown = shown_stack(stack)
            summary = {name: shown[name] for name in members if name in shown}
            if "Description" in shown:
                summary["TemplateDescription"] = shown["Description"]
            summaries.append(summary)
        return {"StackSummaries": summaries, "NextToken": token}

    def events(self, call: Call, request: DescribeStackEventsInputTypeDef) -> Result:
        """Tell a stack's events, newest first.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html
        """
        stack = stack_named(self._store, call, request.get("StackName", ""))
        events = self._store.events_of(call.scope, stack.id)
        chosen, token = _page(events, request.get("NextToken"), lambda event: f"{10**12 - event.number:012d}")
        return {"StackEvents": [shown_event(event) for event in chosen], "NextToken": token}

    def operation_events(self, call: Call, request: DescribeEventsInputTypeDef) -> Result:
        """Tell a stack's events by operation.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
        """
        name = request.get("StackName")
        if not name:
            return {"OperationEvents": []}
        stack = stack_named(self._store, call, name)
        failed_only = bool((request.get("Filters") or {}).get("FailedEvents"))
        operation_id = request.get("OperationId")
        events = [
            event
            for event in self._store.events_of(call.scope, stack.id)
            if (not failed_only or event.status.endswith("_FAILED"))
            and (operation_id is None or event.operation_id == operation_id)
        ]
        chosen, token = _page(events, request.get("NextToken"), lambda event: f"{10**12 - event.number:012d}")
        members = (
            "EventId",
            "StackId",
            "OperationId",
            "LogicalResourceId",
            "PhysicalResourceId",
            "ResourceType",
            "Timestamp",
            "ResourceStatus",
            "ResourceStatusReason",
            "ResourceProperties",
            "ClientRequestToken",
        )
        shown = [shown_event(event) for event in chosen]
        return {
            "OperationEvents": [
                {"EventType": "STACK_EVENT", **{key: item[key] for key in members if key in item}}
                for item in shown
            ],
            "NextToken": token,
        }

    def resource(self, call: Call, request: DescribeStackResourceInputTypeDef) -> Result:
        """Describe one resource of a stack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html
        """
        stack = stack_named(self._store, call, request["StackName"])
        name = request["LogicalResourceId"]
        record = self._store.resources_of(call.scope, stack.id).get(name)
        if record is None:
            raise Invalid(f"Resource {name} does not exist for stack {stack.name}")
        return {"StackResourceDetail": resource_detail(stack, record)}

    def resources(self, call: Call, request: DescribeStackResourcesInputTypeDef) -> Result:
        """Describe a stack's resources.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
        """
        name, physical_id = request.get("StackName"), request.get("PhysicalResourceId")
        if name and physical_id:
            raise Invalid("Both StackName and PhysicalResourceId cannot be specified.")
        stack = stack_with_id(self._store, call, name) if name else self._holder(call, physical_id)
        records = self._store.resources_of(call.scope, stack.id)
        wanted = request.get("LogicalResourceId")
        if wanted and wanted not in records:
            raise Invalid(f"Resource {wanted} does not exist for stack {stack.name}")
        chosen = [records[wanted]] if wanted else list(records.values())
        return {"StackResources": [shown_resource(stack, record) for record in chosen]}

    def _holder(self, call: Call, physical_id: str | None) -> Stack:
        """Return the stack that a physical resource belongs to."""
        if not physical_id:
            raise Invalid("Either StackName or PhysicalResourceId must be specified.")
        for record in self._store.resources.list(call.scope):
            if record.physical_id == physical_id and record.status != "DELETE_COMPLETE":
                stack = self._store.stacks.get(call.scope, record.stack_id)
                if stack is not None:
                    return stack
        raise Invalid(f"Stack for {physical_id} does not exist")

    def list_resources(self, call: Call, request: ListStackResourcesInputTypeDef) -> Result:
        """List a stack's resources.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
        """
        stack = stack_with_id(self._store, call, request["StackName"])
        records = sorted(self._store.resources_of(call.scope, stack.id).values(), key=lambda item: item.key)
        chosen, token = _page(records, request.get("NextToken"), lambda item: item.key)
        return {
            "StackResourceSummaries": [shown_resource(stack, item, summary=True) for item in chosen],
            "NextToken": token,
        }

    def exports(self, call: Call, request: ListExportsInputTypeDef) -> Result:
        """List the exports of all stacks.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html
        """
        exports = sorted(self._store.exports(call.scope).items())
        chosen, token = _page(exports, request.get("NextToken"), lambda item: item[0])
        return {
            "Exports": [
                {"ExportingStackId": stack.id, "Name": name, "Value": output.value}
                for name, (stack, output) in chosen
            ],
            "NextToken": token,
        }

    def imports(self, call: Call, request: ListImportsInputTypeDef) -> Result:
        """List the stacks that import an export.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListImports.html
        """
        name = request["ExportName"]
        users = self._store.importers(call.scope, name)
        if not users:
            raise Invalid(f"Export '{name}' is not imported by any stack.")
        chosen, token = _page(sorted(users), request.get("NextToken"), str)
        return {"Imports": chosen, "NextToken": token}


def _page(items: Sequence[T], token: str | None, key: Callable[[T], str]) -> tuple[list[T], str | None]:
    try:
        return page(items, token=token, limit=PAGE, key=key)
    except InvalidToken as error:
        raise Invalid(f"Invalid token: {token}") from error
