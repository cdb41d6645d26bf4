"""What users of other local clouds ask this one: health, info, reset, and who is there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.cloud import RunningCloud, running_cloud
from tests.support.waiting import wait_until

CONTAINERS = [
    {
        "name": "c",
        "image": "public.ecr.aws/docker/library/httpd:latest",
        "portMappings": [{"containerPort": 80}],
    }
]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    with running_cloud(tmp_path / "cloud") as running:
        running.run_instead_of("public.ecr.aws/docker/library/httpd:latest")
        yield running


def asked(
    cloud: RunningCloud, method: str, path: str, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    request = Request(cloud.endpoint + path, headers=dict(headers or {}), method=method)
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_health_and_info_and_a_welcome_are_given_to_whoever_looks(cloud: RunningCloud) -> None:
    health = json.loads(asked(cloud, "GET", "/_localstack/health")[1])
    info = json.loads(asked(cloud, "GET", "/_localstack/info")[1])
    status, welcome = asked(cloud, "GET", "/")

    assert health["services"]["ecs"] == "running"
    assert health["services"]["s3"] == "available"
    assert health["version"] == info["version"]
    assert info["uptime"] >= 0
    assert info["is_license_activated"] is False
    assert status == 200
    assert f"AWS_ENDPOINT_URL={cloud.endpoint}" in welcome


def test_listing_buckets_is_not_taken_for_a_look(cloud: RunningCloud) -> None:
    assert cloud.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_web_page_cannot_reset_the_cloud(cloud: RunningCloud, headers: dict[str, str]) -> None:
    cloud.client("ecs").create_cluster(clusterName="stays")

    status, _ = asked(cloud, "POST", "/moto-api/reset", headers)

    assert status == 403
    assert len(cloud.client("ecs").list_clusters()["clusterArns"]) == 1


def make_things(cloud: RunningCloud) -> None:
    ecs, ec2 = cloud.client("ecs"), cloud.client("ec2")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="f",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=CONTAINERS,
    )
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]]
    network = {"awsvpcConfiguration": {"subnets": subnets[:1]}}
    ecs.create_service(
        cluster="c",
        serviceName="s",
        taskDefinition="f",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=network,
    )
    ecs.run_task(cluster="c", taskDefinition="f", launchType="FARGATE", networkConfiguration=network)
    cloud.client("logs").create_log_group(logGroupName="g")
    cloud.client("servicediscovery").create_http_namespace(Name="n")
    cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    cloud.client("apigatewayv2").create_api(Name="a", ProtocolType="HTTP")
    cloud.client("ssm").put_parameter(Name="/p", Value="v", Type="String")
    wait_until(
        lambda: len(ecs.list_tasks(cluster="c")["taskArns"]) == 3 and len(cloud.processes()) >= 5,
        what="three tasks",
        within_s=60,
    )


@pytest.mark.parametrize("path", ["/moto-api/reset", "/_localstack/state/reset"])
def test_a_reset_leaves_nothing_and_the_cloud_goes_on(cloud: RunningCloud, path: str) -> None:
    before = len(cloud.processes())
    make_things(cloud)

    assert asked(cloud, "POST", path) == (200, '{"status": "ok"}')

    ecs = cloud.client("ecs")
    wait_until(lambda: len(cloud.processes()) == before, what="no process but the cloud's own")
    assert ecs.list_clusters()["clusterArns"] == []
    assert ecs.list_task_definitions()["taskDefinitionArns"] == []
    assert cloud.client("logs").describe_log_groups()["logGroups"] == []
    assert cloud.client("servicediscovery").list_namespaces()["Namespaces"] == []
    assert cloud.client("apigatewayv2").get_apis()["Items"] == []
    assert cloud.client("ssm").describe_parameters()["Parameters"] == []
    assert cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    assert "r" not in [each["RoleName"] for each in cloud.client("iam").list_roles()["Roles"]]
    make_things(cloud)
    assert ecs.describe_task_definition(taskDefinition="f")["taskDefinition"]["revision"] == 1
