"""An order desk: three services that call one another by name, a job, and a schedule.

::

    HTTP API ─┬─ /orders, /health ──→ orders (Python, 8080) ──→ billing (Java, 9090) ←── sums (every night)
              │                         │                          │
              └─ /stock ──────────────→ stock (Python, 8080) ←─────┘
                                        ↑
                                      restock (a job)
"""

from hatoba import (
    Input,
    Inputs,
    System,
    Text,
    apigateway,
    autoscaling,
    cloudmap,
    ec2,
    ecs,
    iam,
    logs,
    scheduler,
)


class Desk(Inputs):
    """What differs from environment to environment; the values are in environments.toml."""

    vpc_id = Input.vpc()
    subnet_ids = Input.subnets()
    user_pool = Input.user_pool_endpoint()
    clients = Input.user_pool_clients()
    images = Input.string("registry.example.com/desk", description="Where the images are")
    most_tasks = Input.number(4, local=2, description="How far the front scales out")


given = Desk()
cluster = ecs.Cluster("desk", ["FARGATE", "FARGATE_SPOT"])
group = ec2.SecurityGroup("desk-tasks", given.vpc_id, [ec2.Rule("tcp", 8080, 9090, "10.0.0.0/16")])
namespace = cloudmap.PrivateDnsNamespace("desk.internal", given.vpc_id)
executor = iam.ExecutionRole("desk-exec")
caller = iam.TaskRole("desk-caller", {"find": iam.Allow("servicediscovery:DiscoverInstances")})
stock_name = cloudmap.Service("stock", namespace)
billing_name = cloudmap.Service("billing", namespace)
small, large = ecs.Size(256, 512), ecs.Size(512, 1024)


def task(name: str, size: ecs.Size = small, ports: tuple[int, ...] = (), **calls: Text) -> ecs.TaskDefinition:
    """A task of one container; ``calls`` are the names that it finds in its environment."""
    container = ecs.Container(
        name,
        given.images + f"/{name}:1",
        ports,
        environment=calls,
        log=logs.LogGroup(f"/desk/{name}", 30),
        local_command=["python", f"{name}.py"],
    )
    return ecs.TaskDefinition(
        f"desk-{name}", [container], size, execution_role=executor, task_role=caller, cpu_architecture="ARM64"
    )


orders = ecs.Service(
    "orders",
    task("orders", ports=(8080,), STOCK=stock_name.host, BILLING=billing_name.host),
    cluster=cluster,
    subnets=given.subnet_ids,
    security_groups=[group],
    registry=cloudmap.Service("orders", namespace),
    autoscaling=autoscaling.AutoScaling(1, given.most_tasks, cpu=60),
)
stock = ecs.Service(
    "stock",
    task("stock", ports=(8080,)),
    cluster=cluster,
    subnets=given.subnet_ids,
    security_groups=[group],
    registry=stock_name,
)
billing = ecs.Service(
    "billing",
    task("billing", large, ports=(9090,), STOCK=stock_name.host),
    cluster=cluster,
    subnets=given.subnet_ids,
    security_groups=[group],
    registry=billing_name,
    spot=ecs.Spot(50, base=1),
)
restock = ecs.Job(
    "restock",
    task("restock", STOCK=stock_name.host),
    cluster=cluster,
    subnets=given.subnet_ids,
    security_groups=[group],
)
sums = ecs.Job(
    "sums",
    task("sums", BILLING=billing_name.host),
    cluster=cluster,
    subnets=given.subnet_ids,
    security_groups=[group],
    spot=ecs.Spot(100),
)
nightly = scheduler.Schedule("desk-sums", scheduler.cron("30 2 * * ? *", "Asia/Tokyo"), sums)

jwt = apigateway.JwtAuthorizer("desk-jwt", "https://" + given.user_pool, given.clients)
api = apigateway.HttpApi(
    "desk",
    [
        apigateway.Route("/orders", orders, methods=["GET"], authorizer=jwt),
        apigateway.Route("/orders", orders, methods=["POST"], authorizer=jwt, scopes=["orders/write"]),
        apigateway.Route("/stock/{item}", stock, methods=["GET"], authorizer=jwt),
        apigateway.Route("/health", orders, methods=["GET"]),
    ],
    vpc_link=apigateway.VpcLink("desk", given.subnet_ids, [group]),
    access_log=logs.LogGroup("/desk/api", 30),
)
system = System(
    "desk",
    inputs=given,
    services=[orders, stock, billing],
    apis=[api],
    jobs=[restock],
    schedules=[nightly],
    tags={"Owner": "order-desk"},
    outputs={"url": api.endpoint, "cluster": cluster.arn},
)
