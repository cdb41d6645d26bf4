"""The deployer against a CloudFormation in memory: what it asks, passes on, and says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hatoba.definition.environments import Environment
from hatoba.deploy import (
    CallFailed,
    ChangeSetFailed,
    Clearing,
    Deployer,
    Deployment,
    DeploymentFailed,
    Proposed,
    ResourceEvent,
    StackBusy,
    StackStuck,
    TimedOut,
    Unchanged,
    WrongAccount,
    check_account,
)
from tests.unit.deploy.fake import NOTHING, FakeCloudFormation, Listening, Time, connection, refused

ASKED = Deployment("mz", '{"Resources": {}}', {"VpcId": "vpc-1"}, {"Owner": "team"})


@pytest.fixture
def aws() -> FakeCloudFormation:
    return FakeCloudFormation()


@pytest.fixture
def host() -> Listening:
    return Listening()


@pytest.fixture
def deployer(aws: FakeCloudFormation) -> Deployer:
    time = Time()
    return Deployer(connection(aws), timeout_s=60, sleep=time.sleep, now=time.now)


def seen(host: Listening) -> list[tuple[str, str]]:
    return [(event.logical_id, event.status) for event in host.events if isinstance(event, ResourceEvent)]


def test_a_stack_that_is_not_there_is_created(aws: FakeCloudFormation, deployer: Deployer) -> None:
    deployer.apply(ASKED)

    asked = aws.change_set
    assert asked["ChangeSetType"] == "CREATE"
    assert asked["TemplateBody"] == ASKED.template
    assert asked["Parameters"] == [{"ParameterKey": "VpcId", "ParameterValue": "vpc-1"}]
    assert asked["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert asked["Tags"] == [{"Key": "Owner", "Value": "team"}]


def test_a_stack_in_review_has_nothing_yet_and_is_created(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.stands("REVIEW_IN_PROGRESS")
    deployer.apply(ASKED)

    assert aws.change_set["ChangeSetType"] == "CREATE"


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_that_stands_is_updated(aws: FakeCloudFormation, deployer: Deployer, status: str) -> None:
    aws.stands(status)
    aws.on_execute = [[("mz", "UPDATE_COMPLETE", "")]]
    deployer.apply(ASKED)

    assert aws.change_set["ChangeSetType"] == "UPDATE"


def test_outputs_come_under_the_names_of_the_definition(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.outputs = [
        {"OutputKey": "ApiUrl", "OutputValue": "https://a", "Description": "api_url"},
        {"OutputKey": "Bare", "OutputValue": "b"},
    ]

    assert deployer.apply(ASKED).outputs == {"api_url": "https://a", "Bare": "b"}


def test_events_are_passed_on_once_and_in_order(
    aws: FakeCloudFormation, deployer: Deployer, host: Listening
) -> None:
    aws.on_execute = [
        [("mz", "CREATE_IN_PROGRESS", "User Initiated")],
        [],
        [("App", "CREATE_IN_PROGRESS", ""), ("App", "CREATE_COMPLETE", "")],
        [("mz", "CREATE_COMPLETE", "")],
    ]
    deployer.apply(ASKED, host)

    assert isinstance(host.events[0], Proposed)
    assert seen(host) == [
        ("mz", "CREATE_IN_PROGRESS"),
        ("App", "CREATE_IN_PROGRESS"),
        ("App", "CREATE_COMPLETE"),
        ("mz", "CREATE_COMPLETE"),
    ]


def test_more_events_than_a_page_are_all_seen(host: Listening) -> None:
    aws = FakeCloudFormation(page=2)
    batch = [(f"R{n}", "CREATE_COMPLETE", "") for n in range(7)]
    aws.on_execute = [[*batch, ("mz", "CREATE_COMPLETE", "")]]
    Deployer(connection(aws), sleep=Time().sleep).apply(ASKED, host)

    assert seen(host) == [(name, status) for name, status, _ in batch] + [("mz", "CREATE_COMPLETE")]


def test_a_deployment_asks_for_the_stack_only_before_and_after(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.on_execute = [[] for _ in range(20)] + [[("mz", "CREATE_COMPLETE", "")]]
    deployer.apply(ASKED)

    assert aws.calls.count("DescribeStacks") == 2


def test_an_update_ends_after_its_cleanup(
    aws: FakeCloudFormation, deployer: Deployer, host: Listening
) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.on_execute = [
        [("mz", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "")],
        [("Old", "DELETE_COMPLETE", ""), ("mz", "UPDATE_COMPLETE", "")],
    ]
    done = deployer.apply(ASKED, host)

    assert done.status == "UPDATE_COMPLETE"
    assert seen(host)[-1] == ("mz", "UPDATE_COMPLETE")


def test_nothing_to_change_is_no_failure(
    aws: FakeCloudFormation, deployer: Deployer, host: Listening
) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.verdict = ("FAILED", NOTHING)
    done = deployer.apply(ASKED, host)

    assert not done.has_changed
    assert host.events == [Unchanged("mz")]
    assert aws.calls[-2:] == ["DeleteChangeSet", "DescribeStacks"]
    assert "DeleteStack" not in aws.calls


def test_a_refused_template_leaves_not_even_a_stack_in_review(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.verdict = ("FAILED", "Parameters: [VpcId] must have values")

    with pytest.raises(ChangeSetFailed, match="must have values"):
        deployer.apply(ASKED)
    assert aws.calls[-4:] == ["DeleteChangeSet", "DescribeStacks", "ListChangeSets", "DeleteStack"]


def test_what_cloudformation_refuses_at_once_is_a_refused_change_set(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.refusal = refused("CreateChangeSet", "Template format error: Unrecognized resource types: [A::B::C]")

    with pytest.raises(ChangeSetFailed, match="Unrecognized resource types"):
        deployer.apply(ASKED)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ExpiredToken", "sign in again"),
        ("AccessDenied", "ask for the permission"),
        ("InvalidClientTokenId", "AWS_PROFILE"),
        ("InternalFailure", "hatoba doctor"),
    ],
)
def test_a_call_that_fails_names_the_way_out(
    aws: FakeCloudFormation, deployer: Deployer, code: str, remedy: str
) -> None:
    aws.refusal = refused("CreateChangeSet", "no", code)

    with pytest.raises(CallFailed, match=f"CreateChangeSet: {code}: no") as failed:
        deployer.apply(ASKED)
    assert remedy in failed.value.remedy


def test_a_proposal_says_what_would_be_replaced_and_why(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.changes = [
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Modify",
                "LogicalResourceId": "Link",
                "ResourceType": "AWS::ApiGatewayV2::VpcLink",
                "PhysicalResourceId": "abc123",
                "Replacement": "True",
                "Details": [
                    {"Target": {"Name": "SubnetIds", "RequiresRecreation": "Always"}},
                    {"Target": {"Name": "Name", "RequiresRecreation": "Never"}},
                ],
            },
        },
        {"Type": "Resource", "ResourceChange": {"Action": "Add", "LogicalResourceId": "New"}},
    ]
    proposal = deployer.propose(ASKED)

    assert proposal is not None
    link, new = proposal.changes
    assert (link.action, link.physical_id, link.replacement, link.replaces) == (
        "Modify", "abc123", "True", ("SubnetIds",),
    )  # fmt: skip
    assert (new.action, new.replaces) == ("Add", ())
    assert "ExecuteChangeSet" not in aws.calls


def test_the_first_failure_is_the_cause_and_cancelled_siblings_are_not(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.on_execute = [
        [
            ("Group", "CREATE_FAILED", "Resource creation cancelled"),
            ("App", "CREATE_FAILED", "ECS deployment circuit breaker was triggered"),
            ("Api", "CREATE_FAILED", "later"),
        ],
        [("mz", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [App]")],
        [("mz", "ROLLBACK_COMPLETE", "")],
    ]

    with pytest.raises(DeploymentFailed) as failed:
        deployer.apply(ASKED)
    assert failed.value.cause is not None
    assert failed.value.cause.logical_id == "App"
    assert "ROLLBACK_COMPLETE: App (AWS::ECS::Service)" in failed.value.what
    assert "circuit breaker" in failed.value.what


def test_a_failure_without_a_resource_says_the_stacks_own_reason(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.on_execute = [[("mz", "ROLLBACK_COMPLETE", "an assertion failed")]]

    with pytest.raises(DeploymentFailed, match="an assertion failed") as failed:
        deployer.apply(ASKED)
    assert failed.value.cause is None


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"])
def test_what_a_failed_creation_left_is_deleted_first(
    aws: FakeCloudFormation, deployer: Deployer, host: Listening, status: str
) -> None:
    aws.stands(status)
    deployer.apply(ASKED, host)

    assert host.events[0] == Clearing("mz", status)
    assert aws.calls.index("DeleteStack") < aws.calls.index("CreateChangeSet")
    assert aws.change_set["ChangeSetType"] == "CREATE"


def test_a_deletion_that_runs_is_waited_for_and_not_asked_for_again(
    aws: FakeCloudFormation, deployer: Deployer
) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.delete_stack(StackName=aws.stack_id)
    aws.on_delete = []
    aws._coming.appendleft([("mz", "DELETE_IN_PROGRESS", "User Initiated")])
    aws.describe_stack_events(StackName=aws.stack_id)
    aws.calls.clear()
    deployer.apply(ASKED)

    assert "DeleteStack" not in aws.calls
    assert aws.change_set["ChangeSetType"] == "CREATE"


@pytest.mark.parametrize(
    "status", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]
)
def test_a_busy_stack_is_left_alone(aws: FakeCloudFormation, deployer: Deployer, status: str) -> None:
    aws.stands(status)

    with pytest.raises(StackBusy, match=status):
        deployer.apply(ASKED)
    assert "CreateChangeSet" not in aws.calls


def test_a_stuck_stack_names_the_way_out(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("UPDATE_ROLLBACK_FAILED")

    with pytest.raises(StackStuck) as stuck:
        deployer.apply(ASKED)
    assert "hatoba rollback" in stuck.value.remedy


def test_nobody_waits_for_ever(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.on_execute = []

    with pytest.raises(TimedOut, match="after 60 s"):
        deployer.apply(ASKED)


def test_destroying_waits_until_all_is_gone(
    aws: FakeCloudFormation, deployer: Deployer, host: Listening
) -> None:
    aws.stands("UPDATE_COMPLETE")
    aws.on_delete = [
        [("App", "DELETE_IN_PROGRESS", "")],
        [("App", "DELETE_COMPLETE", ""), ("mz", "DELETE_COMPLETE", "")],
    ]

    assert deployer.destroy("mz", host)
    assert seen(host)[-1] == ("mz", "DELETE_COMPLETE")
    assert not deployer.destroy("mz")


def test_what_cannot_be_deleted_is_named(aws: FakeCloudFormation, deployer: Deployer) -> None:
    aws.stands("CREATE_COMPLETE")
    aws.on_delete = [
        [("Space", "DELETE_FAILED", "Namespace has associated services")],
        [("mz", "DELETE_FAILED", "")],
    ]

    with pytest.raises(DeploymentFailed, match=r"Space .* Namespace has associated services"):
        deployer.destroy("mz")


def test_status_knows_only_stacks_with_resources(aws: FakeCloudFormation, deployer: Deployer) -> None:
    assert deployer.status("mz") is None
    aws.stands("REVIEW_IN_PROGRESS")
    assert deployer.status("mz") is None
    aws.stands("CREATE_COMPLETE")
    found = deployer.status("mz")
    assert found is not None
    assert (found.name, found.status) == ("mz", "CREATE_COMPLETE")


def test_credentials_of_another_account_are_refused(aws: FakeCloudFormation, tmp_path: Path) -> None:
    dev = Environment("dev", "eu-west-1", "111122223333", {}, tmp_path / "environments.toml")

    check_account(connection(aws, "111122223333"), dev)
    with pytest.raises(WrongAccount, match="belong to 444455556666"):
        check_account(connection(aws, "444455556666"), dev)
