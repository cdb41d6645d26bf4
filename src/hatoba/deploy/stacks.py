"""What CloudFormation tells of stacks, change sets and events, as our own records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.deploy.connect import told
from hatoba.deploy.events import Change, ResourceEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import (
        DescribeChangeSetOutputTypeDef,
        ResourceChangeTypeDef,
        StackEventTypeDef,
        StackTypeDef,
    )

NO_CHANGES = ("The submitted information didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as it stands; ``outputs`` under the names of the definition, ``parameters`` as sent."""

    id: str
    name: str
    status: str
    reason: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    changed_at: datetime


def find_stack(client: CloudFormationClient, name: str) -> Stack | None:
    """The stack of a name or id, None where there is none."""
    from botocore.exceptions import ClientError

    with told():
        try:
            stacks = client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            # CloudFormation has no code of its own for this: clients match the text.
            if "does not exist" in error.response["Error"].get("Message", ""):
                return None
            raise
    return _stack(stacks[0]) if stacks else None


def _stack(found: StackTypeDef) -> Stack:
    outputs = found.get("Outputs", [])
    return Stack(
        id=found.get("StackId", ""),
        name=found["StackName"],
        status=found["StackStatus"],
        reason=found.get("StackStatusReason", ""),
        # The renderer puts the definition's own name into the description.
        outputs={
            output.get("Description") or output.get("OutputKey", ""): output.get("OutputValue", "")
            for output in outputs
        },
        parameters={
            each.get("ParameterKey", ""): each.get("ParameterValue", "")
            for each in found.get("Parameters", [])
        },
        changed_at=found.get("LastUpdatedTime", found["CreationTime"]),
    )


def changes_of(described: DescribeChangeSetOutputTypeDef) -> Iterator[Change]:
    """The changes on one page of a change set."""
    for change in described.get("Changes", []):
        if "ResourceChange" in change:
            yield _change(change["ResourceChange"])


def _change(found: ResourceChangeTypeDef) -> Change:
    targets = [detail.get("Target", {}) for detail in found.get("Details", [])]
    forcing = [
        target.get("Name") or target.get("Attribute", "")
        for target in targets
        if target.get("RequiresRecreation", "Never") != "Never"
    ]
    replacement = found.get("Replacement")
    return Change(
        action=found.get("Action", "Modify"),  # type: ignore[arg-type]  # newer actions pass through as they are
        logical_id=found.get("LogicalResourceId", ""),
        resource_type=found.get("ResourceType", ""),
        physical_id=found.get("PhysicalResourceId"),
        replacement=replacement,
        replaces=tuple(dict.fromkeys(forcing)),
    )


class Events:
    """A stack's events from now on, each once, oldest first."""

    def __init__(self, client: CloudFormationClient, stack: str) -> None:
        self._client = client
        self._stack = stack
        self._last: str | None = None

    def skip(self) -> None:
        """Count what has happened up to now as seen."""
        newest = next(self._newest_first(), None)
        self._last = newest["EventId"] if newest else None

    def skip_before(self, status: str) -> None:
        """Count as seen what happened up to the stack's own last coming to a status."""
        for event in self._newest_first():
            if event.get("PhysicalResourceId") == self._stack and event.get("ResourceStatus") == status:
                self._last = event["EventId"]
                return

    def new(self) -> list[ResourceEvent]:
        """What has happened since the last time. One call, unless more than a page did."""
        found: list[StackEventTypeDef] = []
        for event in self._newest_first():
            if event["EventId"] == self._last:
                break
            found.append(event)
        if found:
            self._last = found[0]["EventId"]
        return [_event(event) for event in reversed(found)]

    def _newest_first(self) -> Iterator[StackEventTypeDef]:
        token: str | None = None
        while True:
            with told():
                page = (
                    self._client.describe_stack_events(StackName=self._stack, NextToken=token)
                    if token
                    else self._client.describe_stack_events(StackName=self._stack)
                )
            yield from page["StackEvents"]
            token = page.get("NextToken")
            if not token:
                return


def _event(found: StackEventTypeDef) -> ResourceEvent:
    return ResourceEvent(
        logical_id=found.get("LogicalResourceId", ""),
        resource_type=found.get("ResourceType", ""),
        physical_id=found.get("PhysicalResourceId") or None,
        status=found.get("ResourceStatus", ""),
        reason=found.get("ResourceStatusReason", ""),
        at=found["Timestamp"],
    )
