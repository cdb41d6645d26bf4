"""Roles: names, conflicts, boundaries, tags, service-linked ones."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from hatoba.cloud.iam import Iam
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import NotImplementedHere
from hatoba.cloud.wire.models import service_model
from tests.unit.iam.fakes import EXECUTION, METRICS, ROLE, TRUST, IamBench


@pytest.fixture
def bench() -> IamBench:
    return IamBench()


def test_a_role_name_is_taken_once_whatever_its_case(bench: IamBench) -> None:
    bench.role()

    for name in (ROLE, ROLE.upper()):
        assert bench.refused("CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST) == (
            "EntityAlreadyExists",
            f"Role with name {name} already exists.",
        )


def test_a_path_is_part_of_the_arn(bench: IamBench) -> None:
    role = bench.role(Path="/team/app/")

    assert role["Arn"] == f"arn:aws:iam::000000000000:role/team/app/{ROLE}"
    assert [found["RoleName"] for found in bench.iam("ListRoles", PathPrefix="/team/")["Roles"]] == [ROLE]
    assert bench.iam("ListRoles", PathPrefix="/other/")["Roles"] == []


@pytest.mark.parametrize(
    "members",
    [
        {"RoleName": "with space"},
        {"RoleName": "r" * 65},
        {"RoleName": "a/b"},
        {"Path": "team"},
        {"Path": "/team"},
        {"Path": "/te am/"},
        {"MaxSessionDuration": 43_201},
        {"Description": "d" * 1001},
        {"Description": "\u3042"},
    ],
)
def test_what_does_not_fit_the_model_is_a_validation_error(bench: IamBench, members: dict[str, Any]) -> None:
    code, message = bench.refused(
        "CreateRole", **{"RoleName": ROLE, "AssumeRolePolicyDocument": TRUST, **members}
    )

    assert code == "ValidationError"
    assert message.startswith("1 validation error detected: Value '")
    assert bench.iam("ListRoles")["Roles"] == []


def test_roles_are_the_same_in_every_region_and_others_in_every_account(bench: IamBench) -> None:
    bench.role()

    elsewhere = bench.call("iam", "GetRole", Scope("000000000000", "eu-west-1"), RoleName=ROLE)
    assert elsewhere["Role"]["RoleName"] == ROLE
    assert bench.call("iam", "ListRoles", Scope("111111111111", "ap-northeast-1"))["Roles"] == []


def test_a_role_changes_in_what_is_sent(bench: IamBench) -> None:
    bench.role(Description="old")

    bench.iam("UpdateRole", RoleName=ROLE, MaxSessionDuration=7200)
    described = bench.iam("UpdateRoleDescription", RoleName=ROLE, Description="new")["Role"]

    assert (described["Description"], described["MaxSessionDuration"]) == ("new", 7200)


def test_who_may_assume_a_role_changes(bench: IamBench) -> None:
    bench.role()
    trust = TRUST.replace("ecs-tasks", "events")

    bench.iam("UpdateAssumeRolePolicy", RoleName=ROLE, PolicyDocument=trust)

    assert unquote(bench.iam("GetRole", RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]) == trust


def test_a_boundary_is_a_policy_that_is_there(bench: IamBench) -> None:
    bench.role()
    unknown = "arn:aws:iam::000000000000:policy/unknown"
    assert bench.refused("PutRolePermissionsBoundary", RoleName=ROLE, PermissionsBoundary=unknown) == (
        "NoSuchEntity",
        f"Scope ARN: {unknown} does not exist or is not attachable.",
    )

    bench.iam("PutRolePermissionsBoundary", RoleName=ROLE, PermissionsBoundary=EXECUTION)
    assert bench.iam("GetRole", RoleName=ROLE)["Role"]["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": EXECUTION,
    }
    bench.iam("DeleteRolePermissionsBoundary", RoleName=ROLE)
    assert bench.iam("GetRole", RoleName=ROLE)["Role"]["PermissionsBoundary"] is None
    assert bench.refused("DeleteRolePermissionsBoundary", RoleName=ROLE)[0] == "NoSuchEntity"


def test_tags_are_added_changed_and_taken_away(bench: IamBench) -> None:
    bench.role(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])

    bench.iam("TagRole", RoleName=ROLE, Tags=[{"Key": "b", "Value": "3"}, {"Key": "c", "Value": ""}])
    bench.iam("UntagRole", RoleName=ROLE, TagKeys=["a", "absent"])

    assert bench.iam("ListRoleTags", RoleName=ROLE)["Tags"] == [
        {"Key": "b", "Value": "3"},
        {"Key": "c", "Value": ""},
    ]
    assert "Tags" not in bench.iam("ListRoles")["Roles"][0]


def test_tags_have_limits(bench: IamBench) -> None:
    bench.role()
    same = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    many = [{"Key": f"k{number}", "Value": "x"} for number in range(50)]

    assert bench.refused("TagRole", RoleName=ROLE, Tags=same)[0] == "InvalidInput"
    bench.iam("TagRole", RoleName=ROLE, Tags=many)
    one_more = [{"Key": "one more", "Value": "x"}]
    assert bench.refused("TagRole", RoleName=ROLE, Tags=one_more)[0] == "LimitExceeded"


def test_inline_policies_have_a_size_together(bench: IamBench) -> None:
    bench.role()
    resource = f"arn:aws:s3:::{'b' * 6000}"
    large = METRICS.replace('"*"', f'"{resource}"')

    bench.iam("PutRolePolicy", RoleName=ROLE, PolicyName="one", PolicyDocument=large)

    assert bench.refused("PutRolePolicy", RoleName=ROLE, PolicyName="two", PolicyDocument=large) == (
        "LimitExceeded",
        f"Maximum policy size of 10240 bytes exceeded for role {ROLE}",
    )


def test_an_inline_policy_that_is_not_there_is_not_found(bench: IamBench) -> None:
    bench.role()

    for operation in ("GetRolePolicy", "DeleteRolePolicy"):
        assert bench.refused(operation, RoleName=ROLE, PolicyName="p") == (
            "NoSuchEntity",
            "The role policy with name p cannot be found.",
        )


def test_attaching_again_changes_nothing_and_what_is_not_there_cannot_be_attached(bench: IamBench) -> None:
    bench.role()
    unknown = "arn:aws:iam::aws:policy/NoSuchPolicy"

    for _ in range(2):
        bench.iam("AttachRolePolicy", RoleName=ROLE, PolicyArn=EXECUTION)

    assert len(bench.iam("ListAttachedRolePolicies", RoleName=ROLE)["AttachedPolicies"]) == 1
    assert bench.refused("AttachRolePolicy", RoleName=ROLE, PolicyArn=unknown) == (
        "NoSuchEntity",
        f"Policy {unknown} does not exist or is not attachable.",
    )
    assert bench.refused("DetachRolePolicy", RoleName=ROLE, PolicyArn=unknown) == (
        "NoSuchEntity",
        f"Policy {unknown} was not found.",
    )


def test_a_role_in_an_instance_profile_stays(bench: IamBench) -> None:
    bench.role()
    profile = bench.iam("CreateInstanceProfile", InstanceProfileName="p", Path="/x/")["InstanceProfile"]
    assert profile["Arn"] == "arn:aws:iam::000000000000:instance-profile/x/p"
    bench.iam("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName=ROLE)

    conflict = ("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
    assert bench.refused("DeleteRole", RoleName=ROLE) == conflict
    assert bench.refused("DeleteInstanceProfile", InstanceProfileName="p") == conflict
    (held,) = bench.iam("ListInstanceProfilesForRole", RoleName=ROLE)["InstanceProfiles"]
    assert [role["RoleName"] for role in held["Roles"]] == [ROLE]
    assert (
        bench.refused("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName=ROLE)[0]
        == "LimitExceeded"
    )

    bench.iam("RemoveRoleFromInstanceProfile", InstanceProfileName="p", RoleName=ROLE)
    bench.iam("DeleteInstanceProfile", InstanceProfileName="p")
    assert bench.refused("GetInstanceProfile", InstanceProfileName="p") == (
        "NoSuchEntity",
        "Instance Profile p cannot be found.",
    )


def test_instance_profiles_have_tags(bench: IamBench) -> None:
    bench.iam("CreateInstanceProfile", InstanceProfileName="p", Tags=[{"Key": "a", "Value": "1"}])
    bench.iam("TagInstanceProfile", InstanceProfileName="p", Tags=[{"Key": "b", "Value": "2"}])
    bench.iam("UntagInstanceProfile", InstanceProfileName="p", TagKeys=["a"])

    assert bench.iam("ListInstanceProfileTags", InstanceProfileName="p")["Tags"] == [
        {"Key": "b", "Value": "2"}
    ]
    assert bench.refused("CreateInstanceProfile", InstanceProfileName="P")[0] == "EntityAlreadyExists"


def test_roles_come_in_pages(bench: IamBench) -> None:
    for number in range(5):
        bench.role(f"role-{number}")

    first = bench.iam("ListRoles", MaxItems=3)
    second = bench.iam("ListRoles", MaxItems=3, Marker=first["Marker"])

    assert first["IsTruncated"]
    assert not second["IsTruncated"]
    names = [role["RoleName"] for role in [*first["Roles"], *second["Roles"]]]
    assert names == [f"role-{number}" for number in range(5)]
    assert bench.refused("ListRoles", Marker="not a marker!")[0] == "ValidationError"
    assert bench.refused("ListRoles", MaxItems=1001)[0] == "ValidationError"


def test_the_role_of_ecs_is_made_once_and_is_awss_to_change(bench: IamBench) -> None:
    role = bench.iam("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com")["Role"]

    assert role["Arn"] == (
        "arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    )
    trust = json.loads(unquote(role["AssumeRolePolicyDocument"]))
    assert trust["Statement"][0]["Principal"] == {"Service": "ecs.amazonaws.com"}
    assert bench.refused("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com") == (
        "InvalidInput",
        (
            "Service role name AWSServiceRoleForECS has been taken in this account,"
            " please try a different suffix."
        ),
    )
    assert bench.refused("DeleteRole", RoleName="AWSServiceRoleForECS")[0] == "UnmodifiableEntity"
    attached = bench.iam("ListAttachedRolePolicies", RoleName="AWSServiceRoleForECS")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonECSServiceRolePolicy"]

    task = bench.iam("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForECS")["DeletionTaskId"]
    assert bench.iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert bench.refused("GetServiceLinkedRoleDeletionStatus", DeletionTaskId="x")[0] == "NoSuchEntity"


def test_a_service_linked_role_that_is_not_known_is_refused_by_name(bench: IamBench) -> None:
    with pytest.raises(NotImplementedHere, match=r"rds\.amazonaws\.com"):
        bench.iam("CreateServiceLinkedRole", AWSServiceName="rds.amazonaws.com")


def test_the_caller_is_the_accounts_root_and_there_are_no_users(bench: IamBench) -> None:
    user = bench.iam("GetUser")["User"]

    assert user["Arn"] == "arn:aws:iam::000000000000:root"
    assert user["UserId"] == "000000000000"
    assert bench.iam("ListUsers")["Users"] == []
    assert bench.refused("GetUser", UserName="hanako") == (
        "NoSuchEntity",
        "The user with name hanako cannot be found.",
    )


def test_what_is_answered_is_of_the_model_and_the_rest_is_refused_by_name(bench: IamBench) -> None:
    here = set(Iam(IamBench().world).operations.names())

    assert here < set(service_model("iam").operation_names)
    for operation in ("CreateUser", "CreateGroup", "CreateAccessKey", "CreateOpenIDConnectProvider"):
        assert operation not in here
    with pytest.raises(NotImplementedHere, match="CreateUser"):
        bench.iam("CreateUser", UserName="hanako")
