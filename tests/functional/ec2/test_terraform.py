"""Unmodified Terraform builds a VPC and a namespace in it, sees no difference, changes and removes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cloud import RunningCloud, running_cloud
from tests.support.terraform import NOTHING_TO_DO, Terraform

NETWORK = Path(__file__).parent / "network"

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(600)]


def test_terraform_creates_sees_no_difference_changes_and_destroys(tmp_path: Path) -> None:
    with running_cloud(tmp_path / "cloud") as cloud:
        lives_and_leaves_nothing(cloud, Terraform(tmp_path / "terraform", NETWORK, cloud.environment))


def lives_and_leaves_nothing(cloud: RunningCloud, terraform: Terraform) -> None:
    terraform.apply()
    outputs = terraform.outputs()
    assert outputs["default_subnets"] == 3
    assert outputs["hosted_zone"].startswith("Z")
    terraform.plan(expect=NOTHING_TO_DO)

    terraform.give(ttl=60, extra_tags={"Stage": "dev"})
    terraform.apply()
    terraform.plan(expect=NOTHING_TO_DO)

    terraform.destroy()
    assert cloud.client("servicediscovery").list_namespaces()["Namespaces"] == []
    ec2 = cloud.client("ec2")
    assert [each["IsDefault"] for each in ec2.describe_vpcs()["Vpcs"]] == [True]
    assert len(ec2.describe_security_groups()["SecurityGroups"]) == 1
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
