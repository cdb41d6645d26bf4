"""A plan as a person reads it, kept as a golden text; and the same for a script."""

from __future__ import annotations

from dataclasses import replace

from syrupy.assertion import SnapshotAssertion

from hatoba.cli.deployed import planning
from hatoba.deploy import Change, Mark, PropertyChange, Proposal

CHANGES = (
    Change(
        "Add", "Queue", "AWS::SQS::Queue", marks=(Mark("policy", "allows everybody to sqs:*", is_wide=True),)
    ),
    Change(
        "Modify",
        "AppLog",
        "AWS::Logs::LogGroup",
        "/app",
        "False",
        properties=(PropertyChange("RetentionInDays", "7", "14", cause="LogRetention"),),
    ),
    Change(
        "Modify",
        "Link",
        "AWS::ApiGatewayV2::VpcLink",
        "abc",
        "True",
        ("SubnetIds",),
        (PropertyChange("SubnetIds", ["subnet-1"], ["subnet-1", "subnet-2"], "Always"),),
    ),
    Change(
        "Modify",
        "Perhaps",
        "AWS::ECS::Service",
        "arn",
        "Conditional",
        ("LaunchType",),
        (PropertyChange("LaunchType", None, "FARGATE", "Conditionally"),),
        is_kept=True,
    ),
    Change(
        "Modify",
        "Group",
        "AWS::EC2::SecurityGroup",
        "sg-1",
        "False",
        properties=(
            PropertyChange(
                "SecurityGroupIngress",
                [{"FromPort": 80, "CidrIp": "10.0.0.0/16"}],
                [{"FromPort": 80, "CidrIp": "0.0.0.0/0"}],
            ),
        ),
        marks=(
            Mark("network", "lets in tcp 80 from 0.0.0.0/0, the whole internet", is_wide=True),
            Mark("network", "lets in tcp 80 from 10.0.0.0/16", comes=False),
        ),
    ),
    Change(
        "Modify",
        "App",
        "AWS::ECS::Service",
        "arn",
        "False",
        properties=(
            PropertyChange("ForceNewDeployment", {"Nonce": "1"}, {"Nonce": "2"}),
            PropertyChange("Image", "x" * 100, "{{changeSet:KNOWN_AFTER_APPLY}}", cause="Link"),
        ),
    ),
    Change("Modify", "Other", "AWS::ECS::Service", "arn", "False", is_redeployment=True),
    Change("Remove", "Old", "AWS::DynamoDB::Table", "old", is_kept=True),
    Change("Remove", "Gone", "AWS::IAM::Role", "gone"),
)
PROPOSAL = Proposal("mz-dev", "arn:stack", "arn:set", "UPDATE", CHANGES)


def test_a_plan_tells_what_happens_what_it_opens_and_how_much_it_is(snapshot: SnapshotAssertion) -> None:
    lines = planning.lines(
        PROPOSAL, "environment dev (account 111122223333, eu-west-1)", "About +3.10 USD a month."
    )

    assert "\n".join(lines) == snapshot


def test_a_plan_for_a_script_has_the_same_in_members(snapshot: SnapshotAssertion) -> None:
    assert planning.document(PROPOSAL, {"change": 3.1}) == snapshot


def test_a_plan_of_services_that_only_start_anew_has_no_changes() -> None:
    again = replace(PROPOSAL, changes=(CHANGES[6],))

    assert not again.has_changes
    assert planning.summary(again) == "1 to start anew."
    assert PROPOSAL.has_changes


def test_a_change_of_outputs_alone_is_a_change() -> None:
    outputs = replace(PROPOSAL, changes=())

    assert outputs.has_changes
    assert any("outputs or tags" in line for line in planning.lines(outputs, "the local cloud"))
