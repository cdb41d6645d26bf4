"""What CloudFormation tells of stacks, change sets and events, as our own records."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hatoba.deploy.connect import told
from hatoba.deploy.events import ResourceEvent
from hatoba.deploy.previous import Snapshot, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

USER_INITIATED = "User Initiated"
"""The reason of the stack's own first event of each operation."""

NO_CHANGES = ("The submitted information didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as it stands; ``outputs`` under the names of the definition, ``parameters`` as sent.

    ``looked_up`` are values that AWS found for parameters that name one of Systems Manager.
    """

    id: str
    name: str
    status: str
    reason: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    changed_at: datetime
    looked_up: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """A short text that is another one after any operation on the stack."""
        return fingerprint(self.id, self.status, self.changed_at)


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
        tags={each["Key"]: each["Value"] for each in found.get("Tags", [])},
        changed_at=found.get("LastUpdatedTime", found["CreationTime"]),
        looked_up={
            each.get("ParameterKey", ""): each["ResolvedValue"]
            for each in found.get("Parameters", [])
            if "ResolvedValue" in each
        },
    )


def snapshot_of(client: CloudFormationClient, stack: Stack) -> Snapshot:
    """What a stack was last made of, successfully."""
    return Snapshot(template_of(client, stack), stack.parameters, stack.tags)


def template_of(client: CloudFormationClient, stack: Stack) -> str:
    """The template of a stack, as it was given."""
    with told():
        body: object = client.get_template(StackName=stack.id, TemplateStage="Original")["TemplateBody"]
    # botocore hands a JSON template over parsed, and anything else as text.
    return body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))


def standing_resources(client: CloudFormationClient, stack: Stack) -> dict[str, tuple[str, str]]:
    """Type and physical id of each resource that stands, by logical id."""
    found: dict[str, tuple[str, str]] = {}
    token: str | None = None
    while True:
        with told():
            page = (
                client.list_stack_resources(StackName=stack.id, NextToken=token)
                if token
                else client.list_stack_resources(StackName=stack.id)
            )
        for each in page["StackResourceSummaries"]:
            if each["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED"):
                found[each["LogicalResourceId"]] = (each["ResourceType"], each.get("PhysicalResourceId", ""))
        token = page.get("NextToken")
        if not token:
            return found


def waiting_change_sets(client: CloudFormationClient, stack: Stack) -> tuple[str, ...]:
    """The names of change sets that could be executed now."""
    names: list[str] = []
    token: str | None = None
    while True:
        with told():
            page = (
                client.list_change_sets(StackName=stack.id, NextToken=token)
                if token
                else client.list_change_sets(StackName=stack.id)
            )
        names += [
            each.get("ChangeSetName", "")
            for each in page["Summaries"]
            if each.get("ExecutionStatus") == "AVAILABLE"
        ]
        token = page.get("NextToken")
        if not token:
            return tuple(names)


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

    def skip_before_operation(self) -> None:
        """Count as seen what happened before the operation that runs now, or ran last."""
        found: StackEventTypeDef | None = None
        for event in self._newest_first():
            if found is not None:
                self._last = event["EventId"]
                return
            is_own = event.get("PhysicalResourceId") == self._stack
            if is_own and event.get("ResourceStatusReason") == USER_INITIATED:
                found = event

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
