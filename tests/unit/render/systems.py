"""Systems that say what the constructs can say: one for each thing that a template can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hatoba import (
    Input,
    Inputs,
    Raw,
    System,
    apigateway,
    cloudmap,
    ec2,
    ecs,
    existing,
    iam,
    logs,
    scheduler,
)
from hatoba.definition.autoscaling import AutoScaling

SECRET = "arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:db-AbCdEf"
IMAGE = "public.ecr.aws/docker/library/python:3.13"
JOB_IMAGE = "public.ecr.aws/docker/library/busybox:1.37"


@dataclass(frozen=True)
class Place:
    """What exists already where a system goes."""

    vpc: str = "vpc-12345678"
    subnets: tuple[str, ...] = ("subnet-12345678", "subnet-87654321")
    secret: str = SECRET


NOWHERE = Place()


class Busy(Inputs):
    """What differs by environment: how far scaling goes."""

    least = Input.number(1, description="Fewest tasks")
    most = Input.number(10, description="Most tasks")
    table = Input.string("orders", description="The table of orders")


def _task(family: str, port: int | None = None, **changes: Any) -> ecs.TaskDefinition:
    log = logs.LogGroup(f"/{family}")
    container = (
        ecs.Container(family, IMAGE, [port], log=log) if port else ecs.Container(family, JOB_IMAGE, log=log)
    )
    given: dict[str, Any] = {"execution_role": iam.ExecutionRole(f"{family}-exec")}
    return ecs.TaskDefinition(family, [container], ecs.Size(256, 512), **(given | changes))


def scaled(at: Place = NOWHERE) -> System:
    """A service that follows its load, most of it on Spot, and one that keeps two metrics."""
    given = Busy()
    cluster = ecs.Cluster("busy", ["FARGATE", "FARGATE_SPOT"])
    orders = ecs.Service(
        "orders",
        _task("orders", 8080),
        cluster=cluster,
        subnets=at.subnets,
        autoscaling=AutoScaling(given.least, given.most, cpu=60, scale_out_cooldown=30),
        spot=ecs.Spot(75, base=1),
    )
    stock = ecs.Service(
        "stock",
        _task("stock", 9090),
        cluster=cluster,
        subnets=at.subnets,
        autoscaling=AutoScaling(1, 4, cpu=50, memory=70, scale_in_cooldown=120),
        spot=ecs.Spot(100),
    )
    return System("busy", inputs=given, services=[orders, stock])


def scheduled(at: Place = NOWHERE) -> System:
    """A job by itself, and one that runs by the clock, once, and every hour."""
    cluster = ecs.Cluster("night", ["FARGATE", "FARGATE_SPOT"])
    group = ec2.SecurityGroup("night-tasks", at.vpc)
    role = iam.TaskRole("night-report", {"write": iam.Allow("s3:PutObject", existing.Bucket("sums").arn)})
    report = ecs.Job(
        "report",
        _task("report", task_role=role),
        cluster=cluster,
        subnets=at.subnets,
        security_groups=[group],
        count=2,
    )
    clean = ecs.Job("clean", _task("clean"), cluster=cluster, subnets=at.subnets, spot=ecs.Spot(100))
    return System(
        "night",
        tags={"Owner": "team"},
        jobs=[report],
        schedules=[
            scheduler.Schedule(
                "night-report",
                scheduler.cron("0 3 ? * MON-FRI *", "Asia/Tokyo"),
                report,
                description="Yesterday's sums",
                flexible_minutes=15,
                retries=2,
            ),
            scheduler.Schedule("night-clean", scheduler.rate(1, "hours"), clean),
            scheduler.Schedule("night-once", scheduler.at("2027-04-01T09:00:00"), clean, enabled=False),
        ],
    )


def balanced(ingress: Literal["alb", "nlb"], at: Place) -> System:
    """Two services on one port behind a load balancer, in Cloud Map too, one for callers by name."""
    space = cloudmap.PrivateDnsNamespace("shop.internal", at.vpc)
    cluster = ecs.Cluster("shop")
    tasks = ec2.SecurityGroup("shop-tasks", at.vpc)
    link = ec2.SecurityGroup("shop-link", at.vpc)
    stock_name = cloudmap.Service("stock", space, record="A", ttl=10)
    orders = ecs.Container(
        "orders", IMAGE, [8080], environment={"STOCK": stock_name.url(8080), "STOCK_HOST": stock_name.host}
    )
    services = [
        ecs.Service(
            "orders",
            ecs.TaskDefinition("orders", [orders], ecs.Size(256, 512)),
            cluster=cluster,
            subnets=at.subnets,
            security_groups=[tasks],
            registry=cloudmap.Service("orders", space),
            health_check_path="/health",
            health_check_grace_period=30,
        ),
        ecs.Service(
            "stock",
            _task("stock", 8080),
            cluster=cluster,
            subnets=at.subnets,
            security_groups=[tasks],
            registry=stock_name,
        ),
    ]
    api = apigateway.HttpApi(
        "shop",
        [apigateway.Route(f"/{each.name}/{{proxy+}}", each) for each in services],
        vpc_link=apigateway.VpcLink("shop", at.subnets, [link]),
        ingress=ingress,
    )
    return System(
        "shop", services=services, apis=[api], tags={"Owner": "team"}, outputs={"url": api.endpoint}
    )


def alb(at: Place = NOWHERE) -> System:
    """Behind an ALB."""
    return balanced("alb", at)


def nlb(at: Place = NOWHERE) -> System:
    """Behind an NLB: one word differs."""
    return balanced("nlb", at)


def raw(at: Place = NOWHERE) -> System:
    """A table of our own by the raw door, others that stand already, secrets by reference."""
    given = Busy()
    carts = Raw(
        "Carts",
        "AWS::DynamoDB::Table",
        {
            "TableName": given.table + "-carts",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
        deletion_policy="RetainExceptOnCreate",
    )
    orders, key = existing.Table(given.table), existing.Parameter("/shop/key")
    secret = existing.Secret(at.secret, "password")
    container = ecs.Container(
        "orders",
        IMAGE,
        [8080],
        environment={"CARTS": carts.ref, "ORDERS": orders.name},
        secrets={"KEY": key.arn, "PASSWORD": secret.value_from},
    )
    reads = {
        "secrets": [
            iam.Allow("ssm:GetParameters", key.arn),
            iam.Allow("secretsmanager:GetSecretValue", secret.arn),
        ]
    }
    writes = {
        "tables": iam.Allow(
            ["dynamodb:GetItem", "dynamodb:Query"], [carts.get("Arn"), orders.arn, orders.indexes_arn]
        )
    }
    task = ecs.TaskDefinition(
        "orders",
        [container],
        ecs.Size(256, 512),
        execution_role=iam.ExecutionRole("orders-exec", reads),
        task_role=iam.TaskRole("orders-app", writes),
    )
    service = ecs.Service("orders", task, cluster=ecs.Cluster("raw"), subnets=at.subnets)
    topic = Raw("News", "AWS::SNS::Topic", {}, depends_on=[carts])
    return System("raw", inputs=given, services=[service], resources=[topic], outputs={"carts": carts.ref})


SYSTEMS = {"scaled": scaled, "scheduled": scheduled, "alb": alb, "nlb": nlb, "raw": raw}
