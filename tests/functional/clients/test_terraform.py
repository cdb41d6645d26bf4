"""Unmodified Terraform makes the reference system, sees no difference, changes it and removes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.functional.clients.standing import what_stands
from tests.support.cloud import HTTPD, RunningCloud, get
from tests.support.terraform import DIFFERENCES, NOTHING_TO_DO, Terraform
from tests.support.waiting import wait_until

REFERENCE = Path(__file__).parent / "reference"
CHANGED: dict[str, object] = {
    "log_retention_in_days": 14,
    "ecs_service": {"desired_count": 2, "http_methods": ["GET", "POST"]},
    "image": f"{HTTPD}:2.4",
    "environment": {"GREETING": "hello"},
    "cors_max_age": 3600,
    "is_second": True,
}

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(600), pytest.mark.xdist_group("terraform")]


@pytest.fixture
def terraform(cloud: RunningCloud, tmp_path: Path) -> Terraform:
    return Terraform(tmp_path / "terraform", REFERENCE, cloud.environment, by_init=True)


def inputs(cloud: RunningCloud) -> dict[str, object]:
    """The reference system's inputs, from what every account of the local cloud has."""
    stands = cloud.ask("GET", "defaults")
    return {
        "vpc_id": stands["vpc_id"],
        "private_subnet_ids": stands["subnet_ids"][:2],
        "default_security_group_id": stands["security_group_id"],
        "allow_origins": ["http://localhost:3000"],
        "cognito_user_pool_endpoint": stands["user_pool_endpoint"],
        "user_pool_client_ids": stands["user_pool_client_ids"],
    }


def service(cloud: RunningCloud) -> Any:
    (found,) = cloud.client("ecs").describe_services(
        cluster="mz-dev-ecs-cluster", services=["mz-dev-app"], include=["TAGS"]
    )["services"]
    return found


def is_steady(cloud: RunningCloud) -> bool:
    found = service(cloud)
    return len(found["deployments"]) == 1 and found["runningCount"] == found["desiredCount"]


def test_the_reference_system_lives_and_leaves_nothing(cloud: RunningCloud, terraform: Terraform) -> None:
    given = inputs(cloud)
    stood = what_stands(cloud)
    terraform.give(**given)

    terraform.apply()

    url = terraform.outputs()["apigateway_endpoint"] + "/orders"
    assert get(url) == (401, '{"message":"Unauthorized"}')
    assert "Congratulations!" in wait_until(lambda: answered(url, cloud), what="the first 200")
    assert get(url, cloud.token(), "POST")[0] == 404
    terraform.plan(expect=NOTHING_TO_DO)

    terraform.give(**given, **CHANGED)
    assert "3 to add, 13 to change, 2 to destroy" in terraform.plan(expect=DIFFERENCES)
    terraform.apply_planned()

    wait_until(lambda: is_steady(cloud), within_s=60, what="the steady service")
    assert get(url, cloud.token(), "POST")[0] == 200
    assert {"key": "Stage", "value": "second"} in service(cloud)["tags"]
    terraform.plan(expect=NOTHING_TO_DO)

    terraform.destroy()

    assert what_stands(cloud) == stood


def answered(url: str, cloud: RunningCloud) -> str:
    status, body = get(url, cloud.token())
    return body if status == 200 else ""
