"""Each construct's golden system stands in the local cloud, works there, and leaves nothing behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hatoba import Input, Inputs, Raw, cloudmap, ecs, existing, iam
from hatoba.cli.deployed.deploying import StandingHere
from hatoba.cli.deployed.parameters import make_parameters
from hatoba.definition.environments import Environment
from hatoba.definition.project import Project
from hatoba.definition.system import System
from hatoba.deploy import Deployed, Deployer, Endpoint, prepare
from tests.support.cloud import RunningCloud, get, running_cloud
from tests.support.waiting import wait_until
from tests.unit.render.systems import IMAGE, JOB_IMAGE, Place, alb, nlb, raw, scaled, scheduled

pytestmark = pytest.mark.xdist_group("constructs")
HERE = Environment("local", "ap-northeast-1", None, {}, Path("environments.toml"))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with running_cloud(tmp_path_factory.mktemp("constructs") / "cloud") as running:
        running.run_instead_of(IMAGE)
        ends = {"image": JOB_IMAGE, "command": [sys.executable, "-c", "print('done')"], "directory": "/"}
        running.ask("POST", "local-commands", {"commands": [ends]})
        yield running


@pytest.fixture
def deployer(cloud: RunningCloud) -> Deployer:
    return Deployer.to(HERE, Endpoint(cloud.endpoint, cloud.run.account))


@pytest.fixture
def place(cloud: RunningCloud) -> Place:
    subnets = cloud.client("ec2").describe_subnets()["Subnets"]
    return Place(subnets[0]["VpcId"], tuple(each["SubnetId"] for each in subnets[:2]))


def bring(deployer: Deployer, system: System) -> Deployed:
    deployed = deployer.apply(prepare(system, HERE, nonce="once"))
    assert deployed.status == "CREATE_COMPLETE"
    return deployed


def test_requests_reach_the_tasks_by_a_load_balancer_and_one_word_changes_its_kind(
    cloud: RunningCloud, deployer: Deployer, place: Place
) -> None:
    url = bring(deployer, alb(place)).outputs["url"]
    wait_until(lambda: get(f"{url}/orders/1")[0] == 200, within_s=60, what="200 from orders")
    wait_until(lambda: get(f"{url}/stock/1")[0] == 200, within_s=60, what="200 from stock")

    changed = deployer.apply(prepare(nlb(place), HERE, nonce="once"))

    assert (changed.status, changed.outputs["url"]) == ("UPDATE_COMPLETE", url)
    wait_until(lambda: get(f"{url}/orders/1")[0] == 200, within_s=60, what="200 by the other kind")
    (balancer,) = cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert balancer["Type"] == "network"
    assert deployer.destroy("shop")


def test_a_service_is_scaled_within_its_range_and_spread_over_spot(
    cloud: RunningCloud, deployer: Deployer, place: Place
) -> None:
    bring(deployer, scaled(place))

    scaling = cloud.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=["service/busy/orders"]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 10)
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId="service/busy/stock")
    assert {each["PolicyName"] for each in policies["ScalingPolicies"]} == {"stock-cpu", "stock-memory"}
    (service,) = cloud.client("ecs").describe_services(cluster="busy", services=["orders"])["services"]
    assert [each["capacityProvider"] for each in service["capacityProviderStrategy"]] == [
        "FARGATE",
        "FARGATE_SPOT",
    ]
    assert deployer.destroy("busy")


def has_ended(ecs_client: Any, cluster: str) -> bool:
    arns = ecs_client.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    if not arns:
        return False
    tasks = ecs_client.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    return all(task["lastStatus"] == "STOPPED" for task in tasks)


def test_schedules_stand_with_their_jobs(cloud: RunningCloud, deployer: Deployer, place: Place) -> None:
    bring(deployer, scheduled(place))

    schedule = cloud.client("scheduler").get_schedule(Name="night-report")
    assert schedule["Target"]["EcsParameters"]["TaskCount"] == 2
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    once = cloud.client("scheduler").get_schedule(Name="night-once")
    assert (once["State"], once["ScheduleExpression"]) == ("DISABLED", "at(2027-04-01T09:00:00)")
    # A rate's first time is at once, and a cluster with tasks cannot be deleted.
    wait_until(partial(has_ended, cloud.client("ecs"), "night"), within_s=60, what="the end of a job")
    assert deployer.destroy("night")
    assert cloud.client("scheduler").list_schedules()["Schedules"] == []


def test_a_raw_bucket_and_table_stand_and_secrets_reach_the_container_by_reference(
    cloud: RunningCloud, deployer: Deployer, place: Place
) -> None:
    cloud.client("ssm").put_parameter(Name="/shop/key", Value="k", Type="SecureString")
    key = existing.Parameter("/shop/key")
    bucket = Raw("Sums", "AWS::S3::Bucket", {"BucketName": "shop-sums"})
    carts = Raw(
        "Carts",
        "AWS::DynamoDB::Table",
        {
            "TableName": "carts",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    )
    container = ecs.Container(
        "sums",
        JOB_IMAGE,
        environment={"BUCKET": bucket.ref, "ARN": bucket.get("Arn"), "CARTS": carts.ref},
        secrets={"KEY": key.arn},
    )
    role = iam.ExecutionRole("sums-exec", {"read": iam.Allow("ssm:GetParameters", key.arn)})
    definition = ecs.TaskDefinition("sums", [container], ecs.Size(256, 512), execution_role=role)
    sums = ecs.Job("sums", definition, cluster=ecs.Cluster("raw"), subnets=place.subnets)

    bring(deployer, System("raw", jobs=[sums], outputs={"bucket": bucket.ref}))

    assert "shop-sums" in [each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]]
    assert cloud.client("dynamodb").list_tables()["TableNames"] == ["carts"]
    made = cloud.client("ecs").describe_task_definition(taskDefinition="sums")["taskDefinition"]
    (described,) = made["containerDefinitions"]
    assert {each["name"]: each["value"] for each in described["environment"]} == {
        "BUCKET": "shop-sums",
        "ARN": "arn:aws:s3:::shop-sums",
        "CARTS": "carts",
    }
    assert described["secrets"][0]["valueFrom"].endswith(":parameter/shop/key")
    assert deployer.destroy("raw")


def test_what_comes_by_the_raw_door_stands_beside_the_rest(
    cloud: RunningCloud, deployer: Deployer, place: Place
) -> None:
    cloud.client("ssm").put_parameter(Name="/shop/key", Value="k", Type="SecureString", Overwrite=True)
    secret = cloud.client("secretsmanager").create_secret(Name="db", SecretString='{"password": "p"}')

    deployed = bring(deployer, raw(replace(place, secret=secret["ARN"])))

    assert deployed.outputs["carts"] == "orders-carts"
    assert cloud.client("dynamodb").list_tables()["TableNames"] == ["orders-carts"]
    assert len(cloud.client("sns").list_topics()["Topics"]) == 1
    assert deployer.destroy("raw")


class LookedUp(Inputs):
    vpc_id = Input.vpc().looked_up("/network/vpc-id")
    subnet_ids = Input.subnets().looked_up("/network/subnet-ids")
    tasks = Input.number(local=0).looked_up("/shop/tasks")


def test_inputs_are_looked_up_by_each_deployment(cloud: RunningCloud, deployer: Deployer) -> None:
    given = LookedUp()
    registry = cloudmap.Service("seen", cloudmap.PrivateDnsNamespace("seen.internal", given.vpc_id))
    definition = ecs.TaskDefinition("seen", [ecs.Container("seen", IMAGE, [80])], ecs.Size(256, 512))
    app = ecs.Service(
        "seen",
        definition,
        cluster=ecs.Cluster("seen"),
        subnets=given.subnet_ids,
        desired_count=given.tasks,
        registry=registry,
    )
    system = System("seen", inputs=given, services=[app])
    standing = StandingHere(cloud.run)

    make_parameters(Project(Path(__file__), system), HERE, deployer.connection, standing)
    bring(deployer, system)

    (service,) = cloud.client("ecs").describe_services(cluster="seen", services=["seen"])["services"]
    assert service["desiredCount"] == 0
    assert service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == list(standing.subnet_ids)
    stack = deployer.status("seen")
    assert stack is not None
    assert stack.parameters["SubnetIds"] == "/network/subnet-ids"
    assert stack.looked_up["SubnetIds"].split(",") == list(standing.subnet_ids)
    assert deployer.destroy("seen")


def test_a_template_too_large_for_a_call_goes_by_s3(cloud: RunningCloud, deployer: Deployer) -> None:
    tags = [{"Key": f"k{n}", "Value": "v" * 250} for n in range(20)]
    names = [f"Log{n}" for n in range(12)]
    big = System("big", resources=[Raw(name, "AWS::Logs::LogGroup", {"Tags": tags}) for name in names])

    bring(deployer, big)

    assert deployer.apply(prepare(big, HERE, nonce="once")).has_changed is False
    buckets = [each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]]
    assert "hatoba-templates" in buckets
    assert deployer.destroy("big")
