"""Drift: how a stack's resources differ from its template by now.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.cloudformation.api.names import stack_named
from hatoba.cloud.cloudformation.errors import Invalid, no_such_stack
from hatoba.cloud.cloudformation.model import DriftDetection
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import (
        DescribeStackDriftDetectionStatusInputTypeDef,
        DescribeStackResourceDriftsInputTypeDef,
        DetectStackDriftInputTypeDef,
        DetectStackResourceDriftInputTypeDef,
    )

    from hatoba.cloud.cloudformation.act.drift import Detector
    from hatoba.cloud.cloudformation.model import PropertyDifference, ResourceDrift, Stack, StackResource
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.wire import Call, Operations, Result

DETECTABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
DRIFTED = frozenset({"MODIFIED", "DELETED"})
PAGE = 100


class Drift:
    """The operations of drift detection. A detection is complete when the call that begins it returns."""

    def __init__(self, store: Store, detector: Detector) -> None:
        self._store = store
        self._detector = detector

    def add_to(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("DetectStackDrift", self.detect)
        operations.add("DetectStackResourceDrift", self.detect_resource)
        operations.add("DescribeStackDriftDetectionStatus", self.status)
        operations.add("DescribeStackResourceDrifts", self.resources)

    def _stack(self, call: Call, name: str) -> Stack:
        stack = stack_named(self._store, call, name)
        if stack.is_gone:
            raise no_such_stack(name)
        return stack

    def _detectable(self, call: Call, name: str) -> Stack:
        stack = self._stack(call, name)
        if stack.operation is not None or stack.status not in DETECTABLE:
            raise Invalid(
                f"Drift detection cannot be performed on stack [{stack.id}] while it is in [{stack.status}]"
                " state."
            )
        return stack

    async def detect(self, call: Call, request: DetectStackDriftInputTypeDef) -> Result:
        """Look at each resource of a stack whose type can be read.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackDrift.html
        """
        stack = self._detectable(call, request["StackName"])
        records = self._store.resources_of(call.scope, stack.id)
        chosen = request.get("LogicalResourceIds") or list(records)
        failed: list[str] = []
        for name in chosen:
            record = self._record(stack, records, name)
            if not self._detector.can_look_at(record):
                continue
            try:
                await self._detector.look(call.scope, stack, record)
            except ServiceError:
                failed.append(name)
        return {"StackDriftDetectionId": self._conclude(call, stack, failed).id}

    def _conclude(self, call: Call, stack: Stack, failed: list[str]) -> DriftDetection:
        """Keep what a detection came to, with the stack too."""
        drifts = self._drifts(call, stack)
        drifted = sum(1 for item in drifts if item.status in DRIFTED)
        status = "DRIFTED" if drifted else "IN_SYNC"
        detection = DriftDetection(
            id=str(uuid4()),
            stack_id=stack.id,
            status="DETECTION_FAILED" if failed else "DETECTION_COMPLETE",
            stack_drift=status,
            drifted=drifted,
            at=call.now,
            reason=f"Failed to detect drift on resource [{', '.join(failed)}]" if failed else None,
        )
        with self._store.state.transaction():
            self._store.detections.put(call.scope, detection)
            current = self._store.stacks.get(call.scope, stack.id)
            if current is not None:
                self._store.stacks.put(call.scope, replace(current, detection=status, detected_at=call.now))
        return detection

    def _drifts(self, call: Call, stack: Stack) -> list[ResourceDrift]:
        """Return what was found of the resources that the stack still has, by logical id."""
        records = self._store.resources_of(call.scope, stack.id)
        found = self._store.drifts.list(call.scope, f"{stack.id}|")
        return sorted(
            (item for item in found if item.logical_id in records), key=lambda item: item.logical_id
        )

    @staticmethod
    def _record(stack: Stack, records: dict[str, StackResource], name: str) -> StackResource:
        if name not in records:
            raise Invalid(f"Resource {name} does not exist for stack {stack.name}")
        return records[name]

    async def detect_resource(self, call: Call, request: DetectStackResourceDriftInputTypeDef) -> Result:
        """Look at one resource.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackResourceDrift.html
        """
        stack = self._detectable(call, request["StackName"])
        records = self._store.resources_of(call.scope, stack.id)
        record = self._record(stack, records, request["LogicalResourceId"])
        if not self._detector.can_look_at(record):
            raise Invalid(f"Drift detection is not supported for resources of type {record.type}.")
        return {"StackResourceDrift": _shown(await self._detector.look(call.scope, stack, record))}

    def status(self, call: Call, request: DescribeStackDriftDetectionStatusInputTypeDef) -> Result:
        """Tell what a detection came to.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackDriftDetectionStatus.html
        """
        detection = self._store.detections.get(call.scope, request["StackDriftDetectionId"])
        if detection is None:
            raise Invalid(f"Stack drift detection [{request['StackDriftDetectionId']}] does not exist.")
        return {
            "StackId": detection.stack_id,
            "StackDriftDetectionId": detection.id,
            "StackDriftStatus": detection.stack_drift,
            "DetectionStatus": detection.status,
            "DetectionStatusReason": detection.reason,
            "DriftedStackResourceCount": detection.drifted,
            "Timestamp": timestamp(detection.at),
        }

    def resources(self, call: Call, request: DescribeStackResourceDriftsInputTypeDef) -> Result:
        """Tell what was found of each resource that was looked at.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResourceDrifts.html
        """
        wanted = request.get("StackResourceDriftStatusFilters")
        drifts = self._drifts(call, self._stack(call, request["StackName"]))
        try:
            chosen, token = page(
                [item for item in drifts if not wanted or item.status in wanted],
                token=request.get("NextToken"),
                limit=request.get("MaxResults") or PAGE,
                key=lambda item: item.logical_id,
            )
        except InvalidToken as error:
            raise Invalid(f"Invalid token: {request.get('NextToken')}") from error
        return {"StackResourceDrifts": [_shown(item) for item in chosen], "NextToken": token}


def _shown(found: ResourceDrift) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": found.stack_id,
        "LogicalResourceId": found.logical_id,
        "PhysicalResourceId": found.physical_id,
        "ResourceType": found.type,
        "ExpectedProperties": found.expected,
        "PropertyDifferences": [_shown_difference(item) for item in found.differences],
        "StackResourceDriftStatus": found.status,
        "Timestamp": timestamp(found.at),
    }
    if found.actual is not None:
        shown["ActualProperties"] = found.actual
    return shown


def _shown_difference(item: PropertyDifference) -> dict[str, str]:
    return {
        "PropertyPath": item.path,
        "ExpectedValue": _text(item.expected),
        "ActualValue": _text(item.actual),
        "DifferenceType": item.kind,
    }


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), default=str)
