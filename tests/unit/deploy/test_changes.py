"""What a change set says, read; and what it opens."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from hatoba.deploy.changes import Change, changes_of, with_redeployments
from hatoba.deploy.openings import Mark, marks


def change(**given: Any) -> Change:
    """The change of one resource as CloudFormation describes it."""
    described = {"Changes": [{"Type": "Resource", "ResourceChange": given}]}
    (found,) = changes_of(cast("Any", described))
    return found


def context(**properties: Any) -> str:
    return json.dumps({"Properties": properties})


def detail(name: str, recreation: str = "Never", **more: Any) -> dict[str, Any]:
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}
    return {"Target": target, "Evaluation": "Static", **more}


@pytest.mark.parametrize(
    ("given", "verb"),
    [
        ({"Action": "Add"}, "add"),
        ({"Action": "Remove"}, "delete"),
        ({"Action": "Import"}, "import"),
        ({"Action": "Modify", "Replacement": "False"}, "change"),
        ({"Action": "Modify", "Replacement": "True"}, "replace"),
        ({"Action": "Modify", "Replacement": "Conditional"}, "replace"),
    ],
)
def test_a_change_has_a_verb(given: dict[str, Any], verb: str) -> None:
    assert change(**given).verb == verb


def test_a_property_has_its_values_before_and_after_and_what_caused_it() -> None:
    found = change(
        Action="Modify",
        Replacement="False",
        Details=[detail("RetentionInDays", CausingEntity="LogRetentionInDays")],
        BeforeContext=context(RetentionInDays=7),
        AfterContext=context(RetentionInDays=14),
    )

    (one,) = found.properties
    assert (one.name, one.before, one.after, one.cause) == ("RetentionInDays", 7, 14, "LogRetentionInDays")


def test_values_beside_the_context_are_read_where_there_is_none() -> None:
    target = {"Name": "Name", "BeforeValue": "a", "AfterValue": "b", "RequiresRecreation": "Never"}
    found = change(Action="Modify", Details=[{"Target": target}], BeforeContext="no JSON")

    assert (found.properties[0].before, found.properties[0].after) == ("a", "b")


def test_several_reasons_for_one_property_are_one_change_and_the_strongest_counts() -> None:
    details = [detail("SubnetIds", "Conditionally"), detail("SubnetIds", "Always"), detail("SubnetIds")]
    found = change(Action="Modify", Replacement="True", Details=details)

    assert [(one.name, one.recreation) for one in found.properties] == [("SubnetIds", "Always")]
    assert found.replaces == ("SubnetIds",)


def test_what_is_retained_is_not_lost() -> None:
    assert change(Action="Remove", PolicyAction="Delete").loses
    assert not change(Action="Remove", PolicyAction="Retain").loses
    assert not change(Action="Modify", Replacement="True", PolicyAction="ReplaceAndRetain").loses
    assert not change(Action="Modify", Replacement="False").loses


def test_a_service_that_only_starts_anew_and_what_follows_from_it_are_told_apart() -> None:
    service = change(
        Action="Modify", LogicalResourceId="App", Replacement="False", Details=[detail("ForceNewDeployment")]
    )
    follower = change(
        Action="Modify",
        LogicalResourceId="Scaling",
        Replacement="Conditional",
        Details=[detail("ResourceId", "Always", CausingEntity="App.Name")],
    )
    real = change(Action="Modify", LogicalResourceId="Log", Details=[detail("RetentionInDays")])

    verbs = [found.verb for found in with_redeployments([service, follower, real])]
    assert verbs == ["redeploy", "redeploy", "change"]


def test_a_service_that_also_changes_otherwise_is_changed() -> None:
    details = [detail("ForceNewDeployment"), detail("DesiredCount")]
    service = change(Action="Modify", LogicalResourceId="App", Replacement="False", Details=details)

    assert with_redeployments([service])[0].verb == "change"


WEB = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/16"}


def texts(resource_type: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [("" if mark.comes else "no longer ") + mark.text for mark in marks(resource_type, before, after)]


def test_a_new_groups_rules_are_openings() -> None:
    rules = {
        "SecurityGroupIngress": [WEB],
        "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
    }

    assert texts("AWS::EC2::SecurityGroup", {}, rules) == [
        "lets in tcp 80 from 10.0.0.0/16",
        "lets out everything to 0.0.0.0/0",
    ]


def test_only_what_differs_is_told_and_the_whole_internet_is_wide() -> None:
    wide = {**WEB, "CidrIp": "0.0.0.0/0"}
    found = marks(
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupIngress": [WEB]},
        {"SecurityGroupIngress": [WEB, wide]},
    )

    assert found == (
        Mark("network", "lets in tcp 80 from 0.0.0.0/0, the whole internet", comes=True, is_wide=True),
    )


def test_a_rule_that_goes_is_told_too() -> None:
    assert texts("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [WEB]}, {}) == [
        "no longer lets in tcp 80 from 10.0.0.0/16"
    ]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 9, "SourceSecurityGroupId": "sg-1"},
            "tcp 1-9 from sg-1",
        ),
        (
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "CidrIpv6": "fd00::/8"},
            "all icmp from fd00::/8",
        ),
        ({"IpProtocol": "udp", "SourcePrefixListId": "pl-1"}, "all udp from pl-1"),
    ],
)
def test_rules_that_stand_alone_are_openings_as_well(rule: dict[str, Any], text: str) -> None:
    assert texts("AWS::EC2::SecurityGroupIngress", {}, rule) == [f"lets in {text}"]


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}


@pytest.mark.parametrize(
    ("statement", "text", "is_wide"),
    [
        (
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:b"},
            "allows s3:GetObject on arn:b",
            False,
        ),
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, "allows * on *", True),
        ({"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}, "allows s3:* on *", True),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, "denies * on *", False),
        (
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "arn:q"},
            "allows everybody to sqs:SendMessage on arn:q",
            True,
        ),
        (
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:b", "Condition": {"Bool": {}}},
            "allows all but iam:* on arn:b under a condition",
            False,
        ),
    ],
)
def test_a_statement_reads_as_a_sentence(statement: dict[str, Any], text: str, is_wide: bool) -> None:  # noqa: FBT001 - a row
    (mark,) = marks("AWS::IAM::Policy", {}, policy(statement))

    assert (mark.text, mark.is_wide) == (text, is_wide)


def test_a_role_tells_who_assumes_it_its_inline_and_its_managed_policies() -> None:
    role = {
        "AssumeRolePolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ]
        },
        "Policies": [policy({"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"})],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    }

    assert [(mark.text, mark.is_wide) for mark in marks("AWS::IAM::Role", {}, role)] == [
        ("allows ecs-tasks.amazonaws.com to sts:AssumeRole", False),
        ("allows cloudwatch:PutMetricData on *", False),
        ("gets the managed policy AdministratorAccess", True),
    ]


def test_what_holds_no_policy_opens_nothing() -> None:
    assert marks("AWS::Logs::LogGroup", {}, {"RetentionInDays": 7}) == ()
