"""Unmodified Terraform and what such systems have beside them: pools, secrets, schedules, rules, and more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.clients.standing import what_stands
from tests.support.cloud import RunningCloud
from tests.support.terraform import NOTHING_TO_DO, Terraform

BESIDE = Path(__file__).parent / "beside"

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(600), pytest.mark.xdist_group("terraform")]


def test_what_stands_beside_the_system_is_made_seen_unchanged_changed_and_removed(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    terraform = Terraform(tmp_path / "terraform", BESIDE, cloud.environment)
    stood = what_stands(cloud)
    for words in ("first", "second"):
        terraform.give(words=words)
        terraform.apply()
        terraform.plan(expect=NOTHING_TO_DO)
    parameter = cloud.client("ssm").get_parameter(Name="/a")["Parameter"]
    assert (parameter["Value"], parameter["Version"]) == ("second", 2)

    terraform.destroy()

    assert what_stands(cloud) == stood
    pools = cloud.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    assert [pool["Name"] for pool in pools] == ["hatoba-local"]
    assert cloud.client("secretsmanager").list_secrets()["SecretList"] == []
    assert cloud.client("events").list_rules()["Rules"] == []
    assert cloud.client("logs").describe_resource_policies()["resourcePolicies"] == []
    assert cloud.client("scheduler").list_schedules()["Schedules"] == []
