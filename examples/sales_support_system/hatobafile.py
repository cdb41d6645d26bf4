"""The Sales Support System: an HTTP API with JWTs in front of a service on Fargate, found by Cloud Map."""

from hatoba import Input, Inputs, System, apigateway, cloudmap, ec2, ecs, iam, logs


class SalesSupport(Inputs):
    """What differs from environment to environment; the values are in environments.toml."""

    vpc_id = Input.vpc()
    default_security_group_id = Input.security_group()
    allow_origins = Input.strings(local=["http://localhost:3000"])
    cors_max_age = Input.number(80_000)
    log_retention_in_days = Input.number(7)
    cognito_user_pool_endpoint = Input.user_pool_endpoint()
    user_pool_client_ids = Input.user_pool_clients()
    ecs_task = ecs.TaskInputs(memory=512, cpu=256)
    ecs_service = ecs.ServiceInputs(desired_count=1, http_methods={"GET"})
    private_subnet_ids = Input.subnets()


given = SalesSupport()
title = "Mamezou Developer Site Example System"
tags = {"Owner": "mamezou", "Environment": "mz-dev-site", "SystemName": title}
metrics = iam.Allow("cloudwatch:PutMetricData")
executor = iam.ExecutionRole("mz-dev-ecs-task-exec-role", {"mz-dev-cloud-watch-policy": metrics})
app_role = iam.TaskRole("mz-dev-app-role", {"mz-dev-app-cloud-watch-log-policy": metrics})
page = "<title>Amazon ECS Sample App</title><h1>Amazon ECS Sample App</h1><h2>Congratulations!</h2>"
httpd = ecs.Container(
    "mz-dev-app",
    "public.ecr.aws/docker/library/httpd:latest",
    ports=[80],
    sh=f"echo '{page}' > /usr/local/apache2/htdocs/index.html && exec httpd-foreground",
    log=logs.LogGroup("/aws/ecs/fargate/mz-dev-app", given.log_retention_in_days),
    local_command=["python", "page.py"],
)
task = ecs.TaskDefinition("mz-dev-site", [httpd], given.ecs_task, execution_role=executor, task_role=app_role)
http = ec2.tcp(80, "10.0.0.0/16")
sg = ec2.SecurityGroup("mz-dev-ecs-sg", given.vpc_id, [http], tags={"Name": "mz-dev-ecs-security-group"})
namespace = cloudmap.PrivateDnsNamespace("mz-dev-application-service.internal", given.vpc_id)
cluster = ecs.Cluster("mz-dev-ecs-cluster")
app = ecs.Service(
    "mz-dev-app",
    task,
    cluster=cluster,
    subnets=given.private_subnet_ids,
    security_groups=[sg],
    desired_count=given.ecs_service.desired_count,
    registry=cloudmap.Service("mz-dev-app", namespace),
)
headers = ["authorization", "origin", "content-type", "accept", "x-requested-with"]
methods = ["GET", "POST", "DELETE", "PUT"]
cors = apigateway.Cors(given.allow_origins, headers, methods, given.cors_max_age, allow_credentials=True)
issuer = "https://" + given.cognito_user_pool_endpoint
jwt = apigateway.JwtAuthorizer("mz-dev-jwt-authorizer", issuer, given.user_pool_client_ids)
link = apigateway.VpcLink("mz-dev-vpc-link", given.private_subnet_ids, [given.default_security_group_id])
route = apigateway.Route("/{proxy+}", app, methods=given.ecs_service.http_methods, authorizer=jwt)
log = logs.LogGroup("/aws/api-gateway/mz-dev", given.log_retention_in_days)
api = apigateway.HttpApi("mz-dev-api-gateway", [route], vpc_link=link, cors=cors, access_log=log)
shown = {"apigateway_endpoint": api.endpoint, "ecs_security_group_id": sg.id, "ecs_cluster_arn": cluster.arn}
system = System("mz-dev", inputs=given, services=[app], apis=[api], tags=tags, outputs=shown)
