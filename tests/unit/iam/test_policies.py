"""Managed policies, their versions, AWS's own, and which documents are taken."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from tests.unit.iam.fakes import EXECUTION, METRICS, ROLE, TRUST, IamBench

OWN = "arn:aws:iam::000000000000:policy/own"
OTHER = METRICS.replace("PutMetricData", "GetMetricData")


@pytest.fixture
def bench() -> IamBench:
    return IamBench()


def own(bench: IamBench, **members: Any) -> str:
    made = bench.iam("CreatePolicy", **{"PolicyName": "own", "PolicyDocument": METRICS, **members})
    return str(made["Policy"]["Arn"])


def document(*statements: object, **members: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **members})


ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUSTED = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}


def test_a_policy_is_read_as_it_was_written(bench: IamBench) -> None:
    arn = own(bench, Path="/team/", Description="why", Tags=[{"Key": "a", "Value": "b"}])

    policy = bench.iam("GetPolicy", PolicyArn=arn)["Policy"]
    version = bench.iam("GetPolicyVersion", PolicyArn=arn, VersionId="v1")["PolicyVersion"]

    assert arn == "arn:aws:iam::000000000000:policy/team/own"
    assert policy["PolicyId"].startswith("ANPA")
    assert (policy["DefaultVersionId"], policy["AttachmentCount"]) == ("v1", 0)
    assert (policy["Description"], policy["Tags"]) == ("why", [{"Key": "a", "Value": "b"}])
    assert version["IsDefaultVersion"]
    assert unquote(version["Document"]) == METRICS


def test_five_versions_and_their_numbers_never_come_back(bench: IamBench) -> None:
    arn = own(bench)
    for _ in range(4):
        made = bench.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=OTHER, SetAsDefault=True)
    assert made["PolicyVersion"]["VersionId"] == "v5"
    assert "Document" not in made["PolicyVersion"]
    code, _ = bench.refused("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=OTHER)
    assert code == "LimitExceeded"

    bench.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v4")
    again = bench.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=OTHER)["PolicyVersion"]

    assert (again["VersionId"], again["IsDefaultVersion"]) == ("v6", False)
    versions = bench.iam("ListPolicyVersions", PolicyArn=arn)["Versions"]
    assert [version["VersionId"] for version in versions] == ["v1", "v2", "v3", "v5", "v6"]


def test_the_default_version_stays(bench: IamBench) -> None:
    arn = own(bench)
    bench.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=OTHER)

    assert bench.refused("DeletePolicyVersion", PolicyArn=arn, VersionId="v1") == (
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    )
    bench.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    bench.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v1")
    assert bench.iam("GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert bench.refused("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v9")[0] == "NoSuchEntity"


def test_a_policy_goes_only_when_nothing_uses_it(bench: IamBench) -> None:
    arn = own(bench)
    bench.role()
    bench.iam("AttachRolePolicy", RoleName=ROLE, PolicyArn=arn)
    assert bench.refused("DeletePolicy", PolicyArn=arn) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    bench.iam("DetachRolePolicy", RoleName=ROLE, PolicyArn=arn)
    bench.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=OTHER)
    assert bench.refused("DeletePolicy", PolicyArn=arn)[0] == "DeleteConflict"
    bench.iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")

    bench.iam("DeletePolicy", PolicyArn=arn)

    assert bench.refused("GetPolicy", PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")


def test_a_policy_name_is_taken_once(bench: IamBench) -> None:
    own(bench)

    assert bench.refused("CreatePolicy", PolicyName="OWN", PolicyDocument=METRICS) == (
        "EntityAlreadyExists",
        "A policy called OWN already exists. Duplicate names are not allowed.",
    )


def test_who_uses_a_policy_is_listed(bench: IamBench) -> None:
    arn = own(bench)
    bench.role("attached")
    bench.role("bounded", PermissionsBoundary=arn)
    bench.iam("AttachRolePolicy", RoleName="attached", PolicyArn=arn)

    def roles(**members: str) -> list[str]:
        found = bench.iam("ListEntitiesForPolicy", PolicyArn=arn, **members)
        assert (found["PolicyUsers"], found["PolicyGroups"]) == ([], [])
        return [role["RoleName"] for role in found["PolicyRoles"]]

    assert roles() == ["attached", "bounded"]
    assert roles(PolicyUsageFilter="PermissionsPolicy") == ["attached"]
    assert roles(PolicyUsageFilter="PermissionsBoundary") == ["bounded"]
    assert roles(EntityFilter="User") == []
    counted = bench.iam("GetPolicy", PolicyArn=arn)["Policy"]
    assert (counted["AttachmentCount"], counted["PermissionsBoundaryUsageCount"]) == (1, 1)


def test_policies_are_listed_by_scope_and_use(bench: IamBench) -> None:
    arn = own(bench)
    bench.role()
    bench.iam("AttachRolePolicy", RoleName=ROLE, PolicyArn=EXECUTION)

    def arns(**members: Any) -> list[str]:
        return [policy["Arn"] for policy in bench.iam("ListPolicies", MaxItems=1000, **members)["Policies"]]

    assert arns(Scope="Local") == [arn]
    assert arns(Scope="All", OnlyAttached=True) == [EXECUTION]
    assert arn not in arns(Scope="AWS")
    assert arns(Scope="AWS", PathPrefix="/aws-service-role/")
    assert set(arns(Scope="All")) == {arn, *arns(Scope="AWS")}


def test_tags_of_a_policy_are_changed(bench: IamBench) -> None:
    arn = own(bench)
    bench.iam("TagPolicy", PolicyArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    bench.iam("UntagPolicy", PolicyArn=arn, TagKeys=["a"])

    assert bench.iam("ListPolicyTags", PolicyArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_the_execution_role_policy_has_awss_own_document(bench: IamBench) -> None:
    policy = bench.iam("GetPolicy", PolicyArn=EXECUTION)["Policy"]
    version = bench.iam("GetPolicyVersion", PolicyArn=EXECUTION, VersionId=policy["DefaultVersionId"])

    (statement,) = json.loads(unquote(version["PolicyVersion"]["Document"]))["Statement"]
    assert set(statement["Action"]) == {
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")


@pytest.mark.parametrize(
    "name",
    [
        "AdministratorAccess",
        "ReadOnlyAccess",
        "CloudWatchLogsFullAccess",
        "AmazonEC2ContainerRegistryReadOnly",
        "service-role/AmazonEC2ContainerServiceEventsRole",
        "AWSCloudMapDiscoverInstanceAccess",
    ],
)
def test_policies_that_such_systems_attach_are_known(bench: IamBench, name: str) -> None:
    bench.role()

    bench.iam("AttachRolePolicy", RoleName=ROLE, PolicyArn=f"arn:aws:iam::aws:policy/{name}")


def test_awss_policies_cannot_be_changed(bench: IamBench) -> None:
    for operation, members in (
        ("DeletePolicy", {}),
        ("CreatePolicyVersion", {"PolicyDocument": METRICS}),
        ("TagPolicy", {"Tags": [{"Key": "a", "Value": "b"}]}),
    ):
        assert bench.refused(operation, PolicyArn=EXECUTION, **members)[0] == "AccessDenied"


@pytest.mark.parametrize(
    "text",
    [
        document(ALLOW),
        document({**ALLOW, "Sid": "One"}, {**ALLOW, "Sid": "Two"}, Id="x"),
        document({"Effect": "Deny", "NotAction": ["iam:*", "*"], "NotResource": ["arn:aws:s3:::b/*"]}),
        document({**ALLOW, "Condition": {"StringEquals": {"aws:RequestedRegion": "ap-northeast-1"}}}),
        json.dumps({"Statement": ALLOW}),
        document({**ALLOW, "Action": "*"}),
    ],
)
def test_a_document_by_the_grammar_is_taken(bench: IamBench, text: str) -> None:
    assert own(bench, PolicyDocument=text) == OWN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        ("[" * 100_000, "Syntax errors in policy."),
        ('{"Version": "2012-10-17"}', "Syntax errors in policy."),
        (document(), "Syntax errors in policy."),
        (document("x"), "Syntax errors in policy."),
        (document({**ALLOW, "Effect": "Maybe"}), "Syntax errors in policy."),
        (document({**ALLOW, "Effect": []}), "Syntax errors in policy."),
        (document({**ALLOW, "Sid": []}), "Syntax errors in policy."),
        (
            document(ALLOW, Version=[]),
            "Policy document must be version 2012-10-17 or greater.",
        ),
        (document({**ALLOW, "Unknown": 1}), "Syntax errors in policy."),
        (document({**ALLOW, "Action": 1}), "Syntax errors in policy."),
        (document({**ALLOW, "NotAction": "*"}), "Syntax errors in policy."),
        (document({**ALLOW, "Condition": []}), "Syntax errors in policy."),
        ('{"Statement": [], "Statement": []}', "Syntax errors in policy."),
        (
            '{"Version": "2012-10-18", "Statement": []}',
            "Policy document must be version 2012-10-17 or greater.",
        ),
        (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
        (document({"Effect": "Allow", "Action": "*"}), "Policy statement must contain resources."),
        (document({**ALLOW, "Principal": "*"}), "Policy document should not specify a principal."),
        (
            document({**ALLOW, "Action": "GetObject"}),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (document({**ALLOW, "Resource": "bucket"}), 'Resource bucket must be in ARN format or "*".'),
        (
            document({**ALLOW, "Sid": "A"}, {**ALLOW, "Sid": "A"}),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
    ],
)
def test_a_document_with_a_fault_is_malformed(bench: IamBench, text: str, message: str) -> None:
    assert bench.refused("CreatePolicy", PolicyName="own", PolicyDocument=text) == (
        "MalformedPolicyDocument",
        message,
    )
    bench.role()
    inline = bench.refused("PutRolePolicy", RoleName=ROLE, PolicyName="p", PolicyDocument=text)
    assert inline[0] == "MalformedPolicyDocument"


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": ["ecs-tasks.amazonaws.com", "events.amazonaws.com"]},
        {"AWS": "000000000000"},
        {"AWS": "arn:aws:iam::000000000000:root"},
        {"AWS": "arn:aws:iam::111111111111:role/elsewhere"},
        {"Federated": "accounts.google.com"},
        "*",
    ],
)
def test_a_trust_policy_by_the_grammar_is_taken(bench: IamBench, principal: object) -> None:
    trusted = {**TRUSTED, "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}

    assert bench.role(AssumeRolePolicyDocument=document(trusted))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({**TRUSTED, "Resource": "*"}, "Has prohibited field Resource"),
        ({"Effect": "Allow", "Action": "sts:AssumeRole"}, "Missing required field Principal"),
        (
            {**TRUSTED, "Action": "s3:GetObject"},
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            {**TRUSTED, "Principal": {"Service": "ecs tasks"}},
            'Invalid principal in policy: "SERVICE":"ecs tasks"',
        ),
        (
            {**TRUSTED, "Principal": {"AWS": "arn:aws:iam::000000000000:role/unknown"}},
            'Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:role/unknown"',
        ),
        ({**TRUSTED, "Principal": {"AWS": "someone"}}, 'Invalid principal in policy: "AWS":"someone"'),
        ({**TRUSTED, "Principal": {"Human": "x"}}, "Syntax errors in policy."),
        ({**TRUSTED, "Principal": {}}, "Syntax errors in policy."),
    ],
)
def test_a_trust_policy_with_a_fault_is_malformed(
    bench: IamBench, statement: dict[str, object], message: str
) -> None:
    refused = bench.refused("CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=document(statement))

    assert refused == ("MalformedPolicyDocument", message)
    bench.role()
    again = bench.refused("UpdateAssumeRolePolicy", RoleName=ROLE, PolicyDocument=document(statement))
    assert again == refused


def test_a_role_of_the_account_can_be_trusted(bench: IamBench) -> None:
    bench.role("first")
    trusted = {**TRUSTED, "Principal": {"AWS": "arn:aws:iam::000000000000:role/first"}}

    assert bench.role("second", AssumeRolePolicyDocument=document(trusted))


def test_documents_have_a_size(bench: IamBench) -> None:
    large = document({**ALLOW, "Resource": f"arn:aws:s3:::{'b' * 6200}"})
    long_trust = document({**TRUSTED, "Sid": "S" * 2048})

    assert bench.refused("CreatePolicy", PolicyName="own", PolicyDocument=large)[0] == "LimitExceeded"
    refused = bench.refused("CreateRole", RoleName=ROLE, AssumeRolePolicyDocument=long_trust)
    assert refused == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
    assert bench.role(AssumeRolePolicyDocument=TRUST + " " * 4000)
