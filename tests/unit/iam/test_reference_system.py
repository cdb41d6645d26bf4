"""The reference system's roles, made, read and removed as Terraform and CloudFormation do it."""

from __future__ import annotations

from urllib.parse import unquote

from tests.unit.iam.fakes import EXECUTION, METRICS, ROLE, TRUST, IamBench


def test_a_role_is_read_as_it_was_written() -> None:
    bench = IamBench()

    created = bench.role(Tags=[{"Key": "Owner", "Value": "mamezou"}], MaxSessionDuration=3600)
    read = bench.iam("GetRole", RoleName=ROLE)["Role"]

    assert created["Arn"] == f"arn:aws:iam::000000000000:role/{ROLE}"
    assert created["RoleId"].startswith("AROA")
    assert len(created["RoleId"]) == 21
    assert read["Path"] == "/"
    assert read["MaxSessionDuration"] == 3600
    assert read["CreateDate"].timestamp() == bench.clock.now()
    assert read["Tags"] == [{"Key": "Owner", "Value": "mamezou"}]
    assert unquote(read["AssumeRolePolicyDocument"]) == TRUST


def test_documents_are_percent_encoded_by_rfc_3986() -> None:
    bench = IamBench()
    bench.role()
    bench.iam("PutRolePolicy", RoleName=ROLE, PolicyName="p", PolicyDocument=METRICS)

    document = bench.iam("GetRolePolicy", RoleName=ROLE, PolicyName="p")["PolicyDocument"]

    assert document.startswith("%7B%22Version%22%3A%20%222012-10-17%22")
    assert unquote(document) == METRICS


def test_a_role_goes_only_after_its_policies() -> None:
    bench = IamBench()
    bench.role()
    bench.iam("PutRolePolicy", RoleName=ROLE, PolicyName="mz-dev-cloud-watch-policy", PolicyDocument=METRICS)
    bench.iam("AttachRolePolicy", RoleName=ROLE, PolicyArn=EXECUTION)

    assert bench.iam("ListRolePolicies", RoleName=ROLE)["PolicyNames"] == ["mz-dev-cloud-watch-policy"]
    assert bench.iam("ListAttachedRolePolicies", RoleName=ROLE)["AttachedPolicies"] == [
        {"PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": EXECUTION}
    ]
    assert bench.refused("DeleteRole", RoleName=ROLE) == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )
    bench.iam("DetachRolePolicy", RoleName=ROLE, PolicyArn=EXECUTION)
    assert bench.refused("DeleteRole", RoleName=ROLE) == (
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    )
    bench.iam("DeleteRolePolicy", RoleName=ROLE, PolicyName="mz-dev-cloud-watch-policy")
    assert bench.iam("ListInstanceProfilesForRole", RoleName=ROLE)["InstanceProfiles"] == []
    bench.iam("DeleteRole", RoleName=ROLE)
    assert bench.refused("GetRole", RoleName=ROLE) == (
        "NoSuchEntity",
        f"The role with name {ROLE} cannot be found.",
    )
