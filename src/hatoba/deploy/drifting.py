"""Drift: what somebody changed beside the template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatoba.deploy.connect import told
from hatoba.deploy.errors import DeployError, NotStanding, TimedOut
from hatoba.deploy.states import obstacle

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import (
        DescribeStackResourceDriftsOutputTypeDef,
        StackResourceDriftTypeDef,
    )

    from hatoba.deploy.deployer import Deployer
    from hatoba.deploy.stacks import Stack

DRIFTED = frozenset({"MODIFIED", "DELETED"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One property that is not as the template says. ``path`` is a JSON pointer."""

    path: str
    expected: str
    actual: str
    kind: str


@dataclass(frozen=True, slots=True)
class ResourceDrift:
    """One resource; its ``status`` is IN_SYNC, MODIFIED, DELETED or NOT_CHECKED."""

    logical_id: str
    resource_type: str
    physical_id: str
    status: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """What a detection came to. ``problem`` names resources that could not be looked at."""

    stack: str
    resources: tuple[ResourceDrift, ...]
    problem: str = ""

    @property
    def drifted(self) -> tuple[ResourceDrift, ...]:
        """The resources that are not as the template says."""
        return tuple(each for each in self.resources if each.status in DRIFTED)


def detect(deployer: Deployer, name: str) -> Drift:
    """Compare a stack's resources with its template, and wait for the outcome.

    Raises:
        NotStanding: There is no such stack.
        DeployError: CloudFormation does not detect drift of a stack in this status, or a call failed.
    """
    stack = deployer.status(name)
    if stack is None:
        raise NotStanding(f"Stack {name} does not stand.", f"{deployer.command('deploy')} creates it.")
    _refuse_status(deployer, stack)
    client, watcher = deployer.client, deployer.watcher
    with told():
        detection = client.detect_stack_drift(StackName=stack.id)["StackDriftDetectionId"]
    deadline = watcher.now() + watcher.timeout_s
    while True:
        with told():
            found = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        if watcher.now() > deadline:
            raise TimedOut(f"The drift detection of stack {name} did not end.", "Try again.")
        watcher.sleep(watcher.poll_s)
    problem = found.get("DetectionStatusReason", "") if found["DetectionStatus"] == "DETECTION_FAILED" else ""
    return Drift(name, tuple(_resources(deployer, stack)), problem)


def _refuse_status(deployer: Deployer, stack: Stack) -> None:
    error = obstacle(stack, deployer.command)
    # A rollback that failed is just when one wants to know what is there, and CloudFormation allows it.
    if error is not None and stack.status != "UPDATE_ROLLBACK_FAILED":
        raise DeployError(error.what, error.remedy)


def _resources(deployer: Deployer, stack: Stack) -> list[ResourceDrift]:
    found: list[ResourceDrift] = []
    token: str | None = None
    while True:
        with told():
            page: DescribeStackResourceDriftsOutputTypeDef = (
                deployer.client.describe_stack_resource_drifts(StackName=stack.id, NextToken=token)
                if token
                else deployer.client.describe_stack_resource_drifts(StackName=stack.id)
            )
        found += [_drift(each) for each in page["StackResourceDrifts"]]
        token = page.get("NextToken")
        if not token:
            return sorted(found, key=lambda each: each.logical_id)


def _drift(found: StackResourceDriftTypeDef) -> ResourceDrift:
    return ResourceDrift(
        found["LogicalResourceId"],
        found["ResourceType"],
        found.get("PhysicalResourceId", ""),
        found["StackResourceDriftStatus"],
        tuple(
            Difference(
                each["PropertyPath"], each["ExpectedValue"], each["ActualValue"], each["DifferenceType"]
            )
            for each in found.get("PropertyDifferences", [])
        ),
    )
