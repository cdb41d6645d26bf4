"""The deployer against sequences of CloudFormation's events as they come when something fails, and against
interruptions, races and refusals. The texts are AWS's own where they are known.
"""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from hatoba.definition.environments import Environment
from hatoba.deploy import (
    CallFailed,
    Commands,
    Deployer,
    DeployError,
    DeployEvent,
    Deployment,
    DeploymentFailed,
    Interrupted,
    NotStanding,
    NoWayBack,
    Proposal,
    ResourceEvent,
    StackBusy,
    StackStuck,
    StalePlan,
    connect,
    drifting,
    reversing,
)
from hatoba.deploy.previous import Snapshot, carrying
from tests.unit.deploy.fake import Batches, FakeCloudFormation, Listening, Time, connection, refused

ASKED = Deployment("mz", '{"Resources": {}}', {"VpcId": "vpc-1"}, {"Owner": "team"})
OTHER = Deployment("mz", '{"Resources": {"A": {"Type": "T"}}}', {"VpcId": "vpc-1"}, {"Owner": "team"})
CANCELLED = "Resource creation cancelled"


@pytest.fixture
def aws() -> FakeCloudFormation:
    return FakeCloudFormation()


@pytest.fixture
def deployer(aws: FakeCloudFormation) -> Deployer:
    time = Time()
    return Deployer(
        connection(aws), timeout_s=60, sleep=time.sleep, now=time.now, command=Commands("dev"), clears=False
    )


HANDLER = 'Resource handler returned message: "{}" (RequestToken: 1, HandlerErrorCode: {})'
RECORDED: dict[str, tuple[str | None, Batches, str, str, str]] = {
    "a creation that is rolled back": (
        None,
        [
            [("mz", "CREATE_IN_PROGRESS", "User Initiated"), ("Role", "CREATE_IN_PROGRESS", "")],
            [("Role", "CREATE_FAILED", HANDLER.format("Role already exists", "AlreadyExists"))],
            [("Log", "CREATE_FAILED", CANCELLED), ("mz", "ROLLBACK_IN_PROGRESS", "The following …")],
            [("mz", "ROLLBACK_COMPLETE", "")],
        ],
        "Role",
        "ROLLBACK_COMPLETE",
        "hatoba destroy --env dev",
    ),
    "a creation whose rollback fails": (
        None,
        [
            [("App", "CREATE_FAILED", HANDLER.format("ECS Deployment Circuit Breaker was triggered", "X"))],
            [("mz", "ROLLBACK_IN_PROGRESS", ""), ("Group", "DELETE_FAILED", "has a dependent object")],
            [("mz", "ROLLBACK_FAILED", "The following resource(s) failed to delete: [Group]. ")],
        ],
        "App",
        "ROLLBACK_FAILED",
        "hatoba destroy --env dev",
    ),
    "an update that is rolled back": (
        "UPDATE_COMPLETE",
        [
            [("App", "UPDATE_IN_PROGRESS", ""), ("App", "UPDATE_FAILED", "circuit breaker")],
            [("mz", "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [App]. ")],
            [("App", "UPDATE_COMPLETE", ""), ("mz", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "")],
            [("mz", "UPDATE_ROLLBACK_COMPLETE", "")],
        ],
        "App",
        "UPDATE_ROLLBACK_COMPLETE",
        "what had changed was rolled back",
    ),
    "an update whose rollback fails": (
        "CREATE_COMPLETE",
        [
            [("App", "UPDATE_FAILED", "first"), ("mz", "UPDATE_ROLLBACK_IN_PROGRESS", "")],
            [("Link", "UPDATE_FAILED", "second")],
            [("mz", "UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [Link]. ")],
        ],
        "App",
        "UPDATE_ROLLBACK_FAILED",
        "hatoba rollback --env dev goes on",
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_the_first_cause_the_end_and_the_way_out_are_told(
    aws: FakeCloudFormation, deployer: Deployer, name: str
) -> None:
    status, aws.on_execute, cause, end, way_out = RECORDED[name]
    if status:
        aws.stands(status)

    with pytest.raises(DeploymentFailed) as failed:
        deployer.apply(ASKED)
    assert failed.value.cause is not None
    assert failed.value.cause.logical_id == cause
    assert f"ended in {end}" in failed.value.what
    assert way_out in failed.value.remedy


@pytest.mark.parametrize(
    "status",
    [
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "CREATE_FAILED",
        "DELETE_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_FAILED",
    ],
)
def test_on_aws_nothing_is_cleared_without_being_asked_for(
    aws: FakeCloudFormation, deployer: Deployer, status: str
) -> None:
    aws.stands(status)

    with pytest.raises(StackStuck, match=status):
        deployer.apply(ASKED)
    assert aws.calls == ["DescribeStacks"]


def test_a_change_set_that_waits_for_review_bars_a_deployment_but_not_another_plan(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.stands("REVIEW_IN_PROGRESS").waiting = ["theirs"]

    with pytest.raises(StackStuck, match="theirs waits"):
        deployer.propose(ASKED)
    assert deployer.propose(ASKED, beside_others=True) is not None


def test_a_discarded_plan_leaves_the_stack_in_review_to_the_others(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    proposal = deployer.propose(ASKED)
    assert proposal is not None
    aws.waiting = ["theirs"]
    deployer.discard(proposal)

    assert "DeleteChangeSet" in aws.calls
    assert "DeleteStack" not in aws.calls


@pytest.mark.parametrize(
    "refusal",
    [
        refused(
            "ExecuteChangeSet",
            "cannot be executed in its current status of [OBSOLETE]",
            "InvalidChangeSetStatus",
        ),
        refused("ExecuteChangeSet", "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated."),
        refused("ExecuteChangeSet", "another operation", "OperationInProgressException"),
    ],
)
def test_a_deployment_that_came_between_is_told_as_such(
    aws: FakeCloudFormation, deployer: Deployer, refusal: Exception
) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.on_execute_call = refusal  # type: ignore[assignment] # a ClientError

    with pytest.raises(StackBusy, match="nothing was changed by this one"):
        deployer.apply(ASKED)


def test_a_change_set_refused_because_the_stack_got_busy_is_no_fault_of_the_template(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.refusal = refused(
        "CreateChangeSet", "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated."
    )

    with pytest.raises(StackBusy):
        deployer.apply(ASKED)


def interrupting(aws: FakeCloudFormation) -> Deployer:
    def sleep(_: float) -> NoReturn:
        raise KeyboardInterrupt

    return Deployer(connection(aws), sleep=sleep, command=Commands("dev"), clears=False)


def test_ctrl_c_in_an_update_says_what_goes_on_and_how_to_cancel_it(aws: FakeCloudFormation) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.on_execute = [[("mz", "UPDATE_IN_PROGRESS", "User Initiated")], []]

    with pytest.raises(Interrupted) as told:
        interrupting(aws).apply(ASKED)
    assert "goes on with stack mz, which is in UPDATE_IN_PROGRESS" in told.value.what
    assert (
        "hatoba status --follow --env dev follows it; hatoba rollback --env dev cancels it"
        in told.value.remedy
    )


def test_ctrl_c_in_a_creation_offers_no_cancelling_since_there_is_none(aws: FakeCloudFormation) -> None:
    aws.on_execute = [[("mz", "CREATE_IN_PROGRESS", "User Initiated")], []]

    with pytest.raises(Interrupted) as told:
        interrupting(aws).apply(ASKED)
    assert "follows it." in told.value.remedy
    assert "rollback" not in told.value.remedy


def test_ctrl_c_in_a_deletion_says_that_it_goes_on(aws: FakeCloudFormation) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.on_delete = [[("mz", "DELETE_IN_PROGRESS", "User Initiated")], []]

    with pytest.raises(Interrupted, match="DELETE_IN_PROGRESS"):
        interrupting(aws).destroy("mz")


def test_credentials_that_expire_meanwhile_do_not_hide_that_it_goes_on(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    proposal = deployer.propose(ASKED)
    assert proposal is not None

    class Expiring:
        def on_event(self, event: DeployEvent) -> None:
            if isinstance(event, ResourceEvent):
                raise CallFailed("DescribeStackEvents: ExpiredToken: old.", "Sign in again.", "ExpiredToken")

    aws.on_execute = [[("mz", "CREATE_IN_PROGRESS", "User Initiated")]]
    with pytest.raises(CallFailed) as failed:
        deployer.execute(proposal, Expiring())
    assert "CloudFormation goes on" in failed.value.what
    assert "hatoba status --follow --env dev" in failed.value.remedy


def test_a_protected_stack_names_the_protection(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("CREATE_COMPLETE")
    text = "Stack [mz] cannot be deleted while TerminationProtection is enabled"
    aws.on_delete_call = refused("DeleteStack", text)

    with pytest.raises(StackStuck, match="protected") as stuck:
        deployer.destroy("mz")
    assert "update-termination-protection" in stuck.value.remedy


def test_what_could_not_be_deleted_can_be_left_standing(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("DELETE_FAILED")

    assert deployer.destroy("mz", retain=["Space"])
    assert aws.given["RetainResources"] == ["Space"]


def test_a_saved_change_set_that_is_gone_or_obsolete_is_stale(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    proposal = Proposal("mz", aws.stack_id, "arn:gone", "UPDATE", ())

    def gone(**_: object) -> NoReturn:
        raise refused("DescribeChangeSet", "ChangeSet [x] does not exist", "ChangeSetNotFound")

    def obsolete(**_: object) -> dict[str, str]:
        return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "OBSOLETE"}

    for answer in (gone, obsolete):
        aws.describe_change_set = answer  # type: ignore[method-assign] # one answer
        with pytest.raises(StalePlan, match=r"gone|OBSOLETE"):
            deployer.changes_waiting(proposal)


@pytest.mark.parametrize(
    ("status", "kind", "call"),
    [
        ("UPDATE_IN_PROGRESS", "cancel", "CancelUpdateStack"),
        ("UPDATE_ROLLBACK_FAILED", "continue", "ContinueUpdateRollback"),
        ("UPDATE_FAILED", "undo", "RollbackStack"),
    ],
)
def test_the_way_back_depends_on_where_the_stack_is(
    aws: FakeCloudFormation, deployer: Deployer, status: str, kind: str, call: str
) -> None:
    aws.stands(status)
    way = reversing.way_back(deployer, "mz")
    done = reversing.go_back(deployer, way, skip=["Link"])

    assert way.kind == kind
    assert call in aws.calls
    assert done.status == "UPDATE_ROLLBACK_COMPLETE"
    if call == "ContinueUpdateRollback":
        assert aws.given["ResourcesToSkip"] == ["Link"]


def test_a_way_back_that_fails_again_says_how_to_go_on(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("UPDATE_ROLLBACK_FAILED")
    aws.on_return = [[("Link", "UPDATE_FAILED", "again"), ("mz", "UPDATE_ROLLBACK_FAILED", "")]]

    with pytest.raises(DeploymentFailed, match="Link") as failed:
        reversing.go_back(deployer, reversing.way_back(deployer, "mz"))
    assert "--skip" in failed.value.remedy


def test_a_deployment_carries_what_stood_and_a_rollback_brings_it(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.parameters = {"VpcId": "vpc-0"}
    aws.on_execute = [[("mz", "UPDATE_COMPLETE", "")]]
    deployer.apply(OTHER)
    aws.template = aws.change_set["TemplateBody"]

    way = reversing.way_back(deployer, "mz")
    assert way.kind == "previous"
    assert way.deployment == Deployment("mz", '{"Resources":{}}', {"VpcId": "vpc-0"}, {"Owner": "team"})


def test_a_mere_redeployment_keeps_the_way_back_to_what_was_really_before(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.stands("UPDATE_COMPLETE")
    aws.parameters = {"VpcId": "vpc-1", "ForceNewDeploymentNonce": "one"}
    before = Snapshot('{"Resources":{"Old":{"Type":"T"}}}', {"VpcId": "vpc-1"}, {})
    aws.template = carrying(ASKED.template, before, 51_200)
    again = Deployment(
        "mz", ASKED.template, {**ASKED.parameters, "ForceNewDeploymentNonce": "two"}, ASKED.tags
    )
    deployer.propose(again)
    aws.template = aws.change_set["TemplateBody"]

    found = reversing.way_back(deployer, "mz").deployment
    assert found is not None
    assert "Old" in found.template


def test_without_a_deployment_before_there_is_no_way_back(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    with pytest.raises(NotStanding, match="hatoba deploy --env dev"):
        reversing.way_back(deployer, "mz")
    aws.stands("CREATE_COMPLETE")
    with pytest.raises(NoWayBack, match="earlier version"):
        reversing.way_back(deployer, "mz")
    aws.template = carrying("{}", Snapshot("{}", {"Password": "****"}, {}), 51_200)
    with pytest.raises(NoWayBack, match="does not show"):
        reversing.way_back(deployer, "mz")


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_FAILED"])
def test_where_only_something_else_helps_the_way_back_says_so(
    aws: FakeCloudFormation, deployer: Deployer, status: str
) -> None:
    aws.stands(status)

    with pytest.raises((StackBusy, StackStuck), match=status):
        reversing.way_back(deployer, "mz")


def test_following_begins_with_the_operation_that_runs(aws: FakeCloudFormation, deployer: Deployer) -> None:
    host = Listening()
    aws.stands("UPDATE_COMPLETE")
    aws._happen([("Old", "CREATE_COMPLETE", ""), ("mz", "UPDATE_IN_PROGRESS", "User Initiated")])
    aws._happen([("App", "UPDATE_IN_PROGRESS", "")])
    aws._coming.append([("App", "UPDATE_COMPLETE", ""), ("mz", "UPDATE_COMPLETE", "")])
    found = deployer.find("mz")
    assert found is not None

    assert deployer.follow(found, host) == "UPDATE_COMPLETE"
    names = [getattr(event, "logical_id", "") for event in host.events]
    assert names == ["mz", "App", "App", "mz"]


def drift(name: str, status: str, *paths: str) -> dict[str, object]:
    return {
        "LogicalResourceId": name,
        "ResourceType": "T",
        "StackResourceDriftStatus": status,
        "PropertyDifferences": [
            {"PropertyPath": path, "ExpectedValue": "1", "ActualValue": "2", "DifferenceType": "NOT_EQUAL"}
            for path in paths
        ],
    }


def test_drift_is_waited_for_and_read_over_every_page(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("UPDATE_COMPLETE")
    aws.detection.appendleft({"DetectionStatus": "DETECTION_IN_PROGRESS"})
    aws.drifts = [drift("B", "MODIFIED", "/Size"), drift("A", "IN_SYNC"), drift("C", "DELETED")]
    found = drifting.detect(deployer, "mz")

    assert [each.logical_id for each in found.resources] == ["A", "B", "C"]
    assert [(each.logical_id, each.status) for each in found.drifted] == [("B", "MODIFIED"), ("C", "DELETED")]
    assert found.drifted[0].differences[0].path == "/Size"


def test_a_detection_that_fails_in_part_says_where(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("UPDATE_COMPLETE")
    aws.detection.clear()
    aws.detection.append({"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": "no [App]"})

    assert drifting.detect(deployer, "mz").problem == "no [App]"


def test_drift_needs_a_stack_that_stands_still(aws: FakeCloudFormation, deployer: Deployer) -> None:
    with pytest.raises(NotStanding):
        drifting.detect(deployer, "mz")
    aws.stands("UPDATE_IN_PROGRESS")
    with pytest.raises(DeployError, match="UPDATE_IN_PROGRESS"):
        drifting.detect(deployer, "mz")


def test_the_local_environment_never_reaches_aws_by_accident(tmp_path: Path) -> None:
    local = Environment("local", "eu-west-1", None, {}, tmp_path / "environments.toml")

    with pytest.raises(DeployError, match="endpoint"):
        connect(local)
