"""Unmodified Terraform makes what hangs on load balancers, sees no difference, changes and removes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import RunningCloud, running_cloud
from tests.support.terraform import DIFFERENCES, NOTHING_TO_DO, Terraform

CONFIGURATION = Path(__file__).parent / "terraform"

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(300), pytest.mark.xdist_group("terraform")]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    with running_cloud(tmp_path / "cloud") as running:
        yield running


def test_terraform_makes_changes_and_removes_listeners_rules_and_target_groups(
    cloud: RunningCloud, tmp_path: Path
) -> None:
    elb = cloud.client("elbv2")
    subnets = [each["SubnetId"] for each in cloud.client("ec2").describe_subnets()["Subnets"][:2]]
    balancers = [
        elb.create_load_balancer(Name=kind, Type=kind, Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
        for kind in ("application", "network")
    ]
    terraform = Terraform(tmp_path / "terraform", CONFIGURATION, cloud.environment)
    terraform.apply()
    terraform.plan(expect=NOTHING_TO_DO)
    listeners = [
        elb.describe_listeners(LoadBalancerArn=each["LoadBalancerArn"])["Listeners"] for each in balancers
    ]
    assert [[each["Protocol"] for each in found] for found in listeners] == [["HTTP"], ["TCP"]]

    terraform.give(health_path="/ready")
    terraform.plan(expect=DIFFERENCES)
    terraform.apply()
    terraform.plan(expect=NOTHING_TO_DO)
    (group,) = elb.describe_target_groups(Names=["web"])["TargetGroups"]
    assert group["HealthCheckPath"] == "/ready"

    terraform.destroy()
    assert elb.describe_target_groups()["TargetGroups"] == []
