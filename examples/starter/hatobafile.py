"""A service behind an HTTP API: tokens are checked at the entrance, the service is found by Cloud Map."""

from hatoba import Input, Inputs, System, apigateway, cloudmap, ec2, ecs, iam, logs


class Given(Inputs):
    """What differs from environment to environment; the values are in environments.toml."""

    vpc_id = Input.vpc()
    subnet_ids = Input.subnets()
    user_pool = Input.user_pool_endpoint()
    client_ids = Input.user_pool_clients()
    image = Input.string(local="starter:local", description="The image that the Dockerfile makes")
    task = ecs.TaskInputs(memory=512, cpu=256)
    desired_count = Input.number(2, local=1, description="How many tasks run")


given = Given()
app = ecs.Container(
    "starter",
    given.image,
    ports=[8080],
    log=logs.LogGroup("/starter/app", 30),
    local_command=["python", "app.py"],  # what runs here where there is no Docker or Podman
)
tasks = ec2.SecurityGroup("starter-tasks", given.vpc_id, [ec2.tcp(8080, "10.0.0.0/8")])
service = ecs.Service(
    "starter",
    ecs.TaskDefinition("starter", [app], given.task, execution_role=iam.ExecutionRole("starter-exec")),
    cluster=ecs.Cluster("starter"),
    subnets=given.subnet_ids,
    security_groups=[tasks],
    desired_count=given.desired_count,
    registry=cloudmap.Service("starter", cloudmap.PrivateDnsNamespace("starter.internal", given.vpc_id)),
)
jwt = apigateway.JwtAuthorizer("starter", "https://" + given.user_pool, given.client_ids)
api = apigateway.HttpApi(
    "starter",
    [
        apigateway.Route("/health", service, methods=["GET"]),
        apigateway.Route("/{proxy+}", service, methods=["GET", "POST"], authorizer=jwt),
    ],
    vpc_link=apigateway.VpcLink("starter", given.subnet_ids, [tasks]),
    access_log=logs.LogGroup("/starter/api", 30),
)
system = System("starter", inputs=given, services=[service], apis=[api], outputs={"url": api.endpoint})
