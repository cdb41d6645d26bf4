"""A system with all that the definition can say: three ingresses, scaling, Spot, a job, a schedule, raw."""

from __future__ import annotations

from hatoba import Input, Inputs, System, apigateway, cloudmap, ec2, ecs, iam, logs
from hatoba.definition.autoscaling import AutoScaling
from hatoba.definition.raw import Raw
from hatoba.definition.scheduler import Schedule, cron
from tests.support.cloud import HTTPD


class Given(Inputs):
    """What stands already."""

    vpc_id = Input.vpc()
    private_subnet_ids = Input.subnets()
    default_security_group_id = Input.security_group()
    stage = Input.string("test", allowed=["test", "live"], description="What it is for")
    retention = Input.number(14, description="Days that logs are kept").looked_up("/shop/retention")
    image = Input.string(f"{HTTPD}:latest", description="The image of every service")


def grown() -> System:
    """Make the system; its tasks are httpd's, so that they run where the reference system does."""
    given = Given()
    cluster = ecs.Cluster("shop", ["FARGATE", "FARGATE_SPOT"])
    group = ec2.SecurityGroup(
        "shop-tasks", given.vpc_id, [ec2.tcp(80, "10.0.0.0/16"), ec2.tcp(80, "fd00::/8")]
    )
    settings = Raw(
        "Settings", "AWS::SSM::Parameter", {"Type": "String", "Name": "/shop/settings", "Value": "${x}"}
    )
    executor = iam.ExecutionRole("shop-executor", {"settings": iam.Allow("ssm:GetParameters", "*")})
    log = logs.LogGroup("/shop/tasks", given.retention)
    space = cloudmap.PrivateDnsNamespace("shop.internal", given.vpc_id, "The shop's names")
    stock_name = cloudmap.Service("stock", space)

    def service(name: str, **more: object) -> ecs.Service:
        container = ecs.Container(
            name,
            given.image,
            [80],
            environment={"STOCK": stock_name.host, "SETTINGS": settings.ref, "STAGE": given.stage},
            log=log,
            local_command=["python", "page.py"],
        )
        size = ecs.Size(256, 512)
        task = ecs.TaskDefinition(f"shop-{name}", [container], size, execution_role=executor)
        return ecs.Service(
            name,
            task,
            cluster=cluster,
            subnets=given.private_subnet_ids,
            security_groups=[group],
            **more,  # type: ignore[arg-type]  # whatever the test's service has more
        )

    stock = service("stock", registry=stock_name, spot=ecs.Spot(50, base=1), desired_count=0)
    web = service(
        "web", autoscaling=AutoScaling(1, 3, cpu=60, scale_in_cooldown=60), health_check_grace_period=30
    )
    feed = service("feed", desired_count=0, force_new_deployment=False)
    link = apigateway.VpcLink("shop-link", given.private_subnet_ids, [given.default_security_group_id])
    job = ecs.Job(
        "migrate",
        stock.task_definition,
        cluster=cluster,
        subnets=given.private_subnet_ids,
        security_groups=[group],
    )
    at_nine = cron("0 9 ? * MON-FRI *", "Asia/Tokyo")
    nightly = Schedule("nightly", at_nine, job, enabled=False, flexible_minutes=15, retries=2)
    apis = [
        apigateway.HttpApi("shop", [apigateway.Route("/stock/{id}", stock)], vpc_link=link),
        apigateway.HttpApi("shop-web", [apigateway.Route("$default", web)], vpc_link=link, ingress="alb"),
        apigateway.HttpApi("shop-feed", [apigateway.Route("/{proxy+}", feed)], vpc_link=link, ingress="nlb"),
    ]
    return System(
        "shop",
        inputs=given,
        services=[stock, web, feed],
        apis=apis,
        jobs=[job],
        schedules=[nightly],
        tags={"Owner": "shop"},
        outputs={"web": apis[1].endpoint, "settings": settings.ref},
    )
