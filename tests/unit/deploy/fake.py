"""A CloudFormation in memory with the methods of boto3's client that the deployer calls.

A test says what executing or deleting leads to: batches of events, one batch for each time that is asked.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from botocore.exceptions import ClientError

from hatoba.deploy import Connection, DeployEvent, Waiting

START = datetime(2026, 1, 1, tzinfo=UTC)
STACK = "AWS::CloudFormation::Stack"
NOTHING = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)

Batches = list[list[tuple[str, str, str]]]
"""Events as (logical id, status, reason); the stack's own are named ``mz``."""


def refused(operation: str, message: str, code: str = "ValidationError") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class FakeCloudFormation:
    """One stack named ``mz`` at most."""

    def __init__(self, *, page: int = 100) -> None:
        self.calls: list[str] = []
        self.status: str | None = None
        self.generation = 0
        self.change_set: dict[str, Any] = {}
        self.verdict: tuple[str, str] = ("CREATE_COMPLETE", "")
        self.refusal: ClientError | None = None
        self.changes: list[dict[str, Any]] = []
        self.on_execute: Batches = [[("mz", "CREATE_COMPLETE", "")]]
        self.on_delete: Batches = [[("mz", "DELETE_COMPLETE", "")]]
        self.on_return: Batches = [[("mz", "UPDATE_ROLLBACK_COMPLETE", "")]]
        self.outputs: list[dict[str, str]] = []
        self.template: Any = {"Resources": {}}
        self.parameters: dict[str, str] = {}
        self.waiting: list[str] = []
        self.given: dict[str, Any] = {}
        self.on_delete_call: ClientError | None = None
        self.on_execute_call: ClientError | None = None
        self.drifts: list[dict[str, Any]] = []
        self.detection: deque[dict[str, str]] = deque([{"DetectionStatus": "DETECTION_COMPLETE"}])
        self._page = page
        self._events: list[dict[str, Any]] = []
        self._coming: deque[list[tuple[str, str, str]]] = deque()

    @property
    def stack_id(self) -> str:
        return f"arn:aws:cloudformation:eu-west-1:000000000000:stack/mz/{self.generation}"

    def stands(self, status: str) -> FakeCloudFormation:
        self.generation += 1
        self.status = status
        self._happen([("mz", status, "before")])
        return self

    def describe_stacks(self, **given: Any) -> dict[str, Any]:
        self.calls.append("DescribeStacks")
        if self.status is None or (self.status == "DELETE_COMPLETE" and given["StackName"] == "mz"):
            raise refused("DescribeStacks", f"Stack with id {given['StackName']} does not exist")
        return {
            "Stacks": [
                {
                    "StackId": self.stack_id,
                    "StackName": "mz",
                    "StackStatus": self.status,
                    "StackStatusReason": "why",
                    "CreationTime": START,
                    "Outputs": self.outputs,
                    "Parameters": [
                        {"ParameterKey": key, "ParameterValue": value}
                        for key, value in self.parameters.items()
                    ],
                    "Tags": [{"Key": "Owner", "Value": "team"}],
                }
            ]
        }

    def create_change_set(self, **given: Any) -> dict[str, Any]:
        self.calls.append("CreateChangeSet")
        self.change_set = given
        if self.refusal:
            raise self.refusal
        if self.status in (None, "DELETE_COMPLETE"):
            self.stands("REVIEW_IN_PROGRESS")
        return {"Id": "arn:change-set", "StackId": self.stack_id}

    def describe_change_set(self, **given: Any) -> dict[str, Any]:
        self.calls.append("DescribeChangeSet")
        status, reason = self.verdict
        first = int(given.get("NextToken", 0))
        described = {
            "ChangeSetId": given["ChangeSetName"],
            "Status": status,
            "StatusReason": reason,
            "Changes": self.changes[first : first + 1],
        }
        more = {"NextToken": str(first + 1)} if first + 1 < len(self.changes) else {}
        return described | more

    def delete_change_set(self, **_: Any) -> dict[str, Any]:
        self.calls.append("DeleteChangeSet")
        return {}

    def list_change_sets(self, **_: Any) -> dict[str, Any]:
        self.calls.append("ListChangeSets")
        return {
            "Summaries": [{"ChangeSetName": name, "ExecutionStatus": "AVAILABLE"} for name in self.waiting]
        }

    def get_template(self, **_: Any) -> dict[str, Any]:
        self.calls.append("GetTemplate")
        return {"TemplateBody": self.template}

    def cancel_update_stack(self, **_: Any) -> dict[str, Any]:
        self.calls.append("CancelUpdateStack")
        self._coming = deque(self.on_return)
        return {}

    def continue_update_rollback(self, **given: Any) -> dict[str, Any]:
        self.calls.append("ContinueUpdateRollback")
        self.given = given
        self._coming = deque(self.on_return)
        return {}

    def rollback_stack(self, **_: Any) -> dict[str, Any]:
        self.calls.append("RollbackStack")
        self._coming = deque(self.on_return)
        return {}

    def detect_stack_drift(self, **_: Any) -> dict[str, Any]:
        self.calls.append("DetectStackDrift")
        return {"StackDriftDetectionId": "detection"}

    def describe_stack_drift_detection_status(self, **_: Any) -> dict[str, Any]:
        return self.detection[0] if len(self.detection) == 1 else self.detection.popleft()

    def describe_stack_resource_drifts(self, **given: Any) -> dict[str, Any]:
        first = int(given.get("NextToken", 0))
        more = {"NextToken": str(first + 1)} if first + 1 < len(self.drifts) else {}
        return {"StackResourceDrifts": self.drifts[first : first + 1]} | more

    def execute_change_set(self, **_: Any) -> dict[str, Any]:
        self.calls.append("ExecuteChangeSet")
        if self.on_execute_call:
            raise self.on_execute_call
        self._coming = deque(self.on_execute)
        return {}

    def delete_stack(self, **given: Any) -> dict[str, Any]:
        self.calls.append("DeleteStack")
        self.given = given
        if self.on_delete_call:
            raise self.on_delete_call
        self._coming = deque(self.on_delete)
        return {}

    def describe_stack_events(self, **given: Any) -> dict[str, Any]:
        self.calls.append("DescribeStackEvents")
        assert given["StackName"] == self.stack_id
        first = int(given.get("NextToken", 0))
        if self._coming and first == 0:
            self._happen(self._coming.popleft())
        newest_first = self._events[::-1]
        more = {"NextToken": str(first + self._page)} if first + self._page < len(newest_first) else {}
        return {"StackEvents": newest_first[first : first + self._page]} | more

    def _happen(self, batch: list[tuple[str, str, str]]) -> None:
        for logical_id, status, reason in batch:
            is_stack = logical_id == "mz"
            if is_stack:
                self.status = status
            self._events.append(
                {
                    "EventId": f"event-{len(self._events)}",
                    "LogicalResourceId": logical_id,
                    "ResourceType": STACK if is_stack else "AWS::ECS::Service",
                    "PhysicalResourceId": self.stack_id if is_stack else "",
                    "ResourceStatus": status,
                    "ResourceStatusReason": reason,
                    "Timestamp": START + timedelta(seconds=len(self._events)),
                }
            )


class FakeSts:
    """Says whose credentials these are."""

    def __init__(self, account: str) -> None:
        self._account = account

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self._account}


def connection(cloudformation: FakeCloudFormation, account: str = "111122223333") -> Connection:
    return Connection(cast("Any", cloudformation), lambda: cast("Any", FakeSts(account)), poll_s=1.0)


class Listening:
    """A host that remembers."""

    def __init__(self) -> None:
        self.events: list[DeployEvent] = []

    def on_event(self, event: DeployEvent) -> None:
        if not isinstance(event, Waiting):
            self.events.append(event)


class Time:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> float:
        return self.seconds
