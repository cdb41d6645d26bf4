"""Every rule: something that breaks it, with a word of what it says; and that nothing else is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hatoba import REGION, Input, Inputs, apigateway, cloudmap, ec2, ecs, iam, logs
from hatoba.definition.rules import RULES, entry, logging, names, services, tags, tasks
from hatoba.definition.rules.tasks import MEMORY_FOR_CPU
from tests.unit.definition.parts import (
    api,
    authorizer,
    container,
    discovery,
    findings,
    namespace,
    route,
    service,
    system,
    task,
)

LONG = "x" * 256


class Sizes(Inputs):
    cpu = Input.number(300)
    days = Input.number(6)


SIZES = Sizes()

BROKEN: list[tuple[Callable[..., Any], object, str]] = [
    (names.cluster_name, ecs.Cluster("no space"), "cluster name 'no space'"),
    (names.service_name, service("a.b"), "service name 'a.b'"),
    (names.family_name, ecs.TaskDefinition("", [container()], ecs.Size(256, 512)), "family ''"),
    (names.container_name, container(LONG), "container name"),
    (names.port_name, ecs.Port(80, name="-web"), "port name '-web'"),
    (names.port_name, ecs.Port(80, name="Web"), "port name 'Web'"),
    (names.image_name, container(image=LONG), "256 characters"),
    (names.image_name, container(image=""), "0 characters"),
    (names.role_name, iam.TaskRole("x" * 65), "role name"),
    (names.role_name, iam.TaskRole("r", {"a b": iam.Allow("s3:GetObject")}), "policy name 'a b'"),
    (names.actions, iam.Allow("GetObject"), "not an IAM action"),
    (names.actions, iam.Allow([]), "at least one action"),
    (names.log_group_name, logs.LogGroup("aws/ecs"), "aws/ecs"),
    (names.log_group_name, logs.LogGroup("/a b"), "/a b"),
    (names.security_group_name, ec2.SecurityGroup("sg-1", "vpc-12345678"), "does not start with sg-"),
    (names.security_group_name, ec2.SecurityGroup("g", "vpc-12345678", description=""), "description"),
    (names.namespace_name, namespace("my_system.internal"), "underscore"),
    (names.namespace_name, namespace("a..b"), "not a host name"),
    (names.namespace_name, namespace("-a.b"), "not a host name"),
    (names.namespace_name, namespace("a" * 254), "not a host name"),
    (names.discovery_service_name, discovery("my_app"), "underscore"),
    (names.discovery_service_name, discovery("a" * 64), "not a host name"),
    (names.api_name, apigateway.HttpApi("", [], vpc_link=apigateway.VpcLink("l", [])), "API name"),
    (names.authorizer_name, authorizer("x" * 129), "authorizer name"),
    (names.vpc_link_name, apigateway.VpcLink("", ["subnet-12345678"]), "VPC link name"),
    (names.system_name, system("1st"), "stack's name"),
    (names.system_name, system("a_b"), "stack's name"),
    (names.output_names, system(outputs={"1": "x"}), "output name '1'"),
    (names.output_names, system(outputs={"a_b": "x", "ab": "y"}), "differs from another only"),
    (tasks.fargate_size, task(cpu=SIZES.cpu), "no tasks of 300 CPU units"),
    (tasks.fargate_size, task(cpu=256, memory=4096), "256 CPU units with 4096 MiB"),
    (tasks.fargate_size, task(cpu=8192, memory=17408), "8192 CPU units with 17408 MiB"),
    (tasks.containers, ecs.TaskDefinition("f", [], ecs.Size(256, 512)), "no container"),
    (tasks.containers, task(container(essential=False)), "no essential container"),
    (tasks.containers, task(*(container(f"c{each}") for each in range(11))), "11 containers; ECS takes 10"),
    (tasks.containers, task(container(), container()), "2 containers of one task are named 'app'"),
    (tasks.container_sums, task(container(cpu=512)), "container app asks for 512 of the task's 256 cpu"),
    (tasks.container_sums, task(container(memory=1024)), "asks for 1024 of the task's 512 memory"),
    (tasks.container_sums, task(container(cpu=200), container("b", cpu=100)), "together for 300"),
    (
        tasks.container_sums,
        task(container(memory=300), container("b", memory_reservation=300)),
        "together for 600 of the task's 512 memory",
    ),
    (tasks.container_memory, container(memory=128, memory_reservation=256), "more than its limit"),
    (
        tasks.local_command_image,
        container(image="registry." + REGION, local_command=["a"]),
        "only the deployment will know",
    ),
    (tasks.container_memory, container(cpu=-1), "cpu of container app is -1"),
    (tasks.storage, task(ephemeral_storage_gib=20), "21 to 200"),
    (tasks.storage, task(ephemeral_storage_gib=201), "21 to 200"),
    (tasks.port_numbers, ecs.Port(80, 8080), "host port 8080 must be container port 80"),
    (tasks.port_numbers, ecs.Port(0), "between 1 and 65535"),
    (tasks.short_ports, container(ports=[65536]), "between 1 and 65535"),
    (tasks.ports_differ, task(container(ports=[80]), container("b", ports=[80])), "port 80/tcp"),
    (
        tasks.ports_differ,
        task(container(ports=[ecs.Port(80, name="web"), ecs.Port(81, name="web")])),
        "port name 'web'",
    ),
    (tasks.timeouts, container(stop_timeout=121), "stop time-out"),
    (tasks.timeouts, container(start_timeout=1), "start time-out"),
    (tasks.health_check, ecs.HealthCheck(["curl", "localhost"]), "CMD"),
    (tasks.health_check, ecs.HealthCheck(["CMD-SHELL", "x"], interval=301), "interval"),
    (tasks.health_check, ecs.HealthCheck(["CMD-SHELL", "x"], timeout=1), "timeout"),
    (tasks.health_check, ecs.HealthCheck(["CMD-SHELL", "x"], retries=11), "retries"),
    (tasks.health_check, ecs.HealthCheck(["CMD-SHELL", "x"], start_period=301), "start_period"),
    (tasks.dependencies, task(container(depends_on=[ecs.DependsOn("b")])), "'b', which is not in its task"),
    (
        tasks.dependencies,
        task(container(depends_on=[ecs.DependsOn("b", "SUCCESS")]), container("b")),
        "b is essential",
    ),
    (
        tasks.dependencies,
        task(container(depends_on=[ecs.DependsOn("b", "HEALTHY")]), container("b")),
        "no health check",
    ),
    (
        tasks.dependencies,
        task(
            container("a", depends_on=[ecs.DependsOn("b")]), container("b", depends_on=[ecs.DependsOn("a")])
        ),
        "circle",
    ),
    (tasks.entry, container(sh="run", command=["x"]), "sh and also"),
    (tasks.entry, container(local_command=[]), "empty"),
    (tasks.environment, container(environment={"A": "1"}, secrets={"A": "arn"}), "and as a secret"),
    (tasks.execution_role, task(container(log=logs.LogGroup("/g"))), "writes logs with awslogs"),
    (tasks.execution_role, task(container(secrets={"A": "arn"})), "has secrets"),
    (
        tasks.execution_role,
        task(container(image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/a")),
        "pulls from Amazon ECR",
    ),
    (
        tasks.local_commands_agree,
        task(container(local_command=["a"]), container("b", local_command=["b"])),
        "two different local commands",
    ),
    (logging.driver, logs.LogDriver("fluentd"), "no log driver 'fluentd'"),
    (logging.driver, logs.LogDriver("awsfirelens"), "does not model"),
    (logging.driver, logs.LogDriver("awslogs", {"awslogs-group": "/g"}), "awslogs-region, awslogs-stream"),
    (logging.driver, logs.LogDriver("splunk", {"splunk-token": "t"}), "needs splunk-url"),
    (logging.driver_options, logs.LogDriver("splunk", group=logs.LogGroup("/g")), "not for splunk"),
    (
        logging.driver_options,
        logs.LogDriver("awslogs", {"awslogs-datetime-format": "a", "awslogs-multiline-pattern": "b"}),
        "exclude each other",
    ),
    (logging.driver_options, logs.LogDriver("awslogs", {"mode": "fast"}), "blocking or non-blocking"),
    (logging.retention, logs.LogGroup("/g", SIZES.days), "for 6 days"),
    (services.desired_count, service(desired_count=-1), "wants -1 tasks"),
    (
        services.deployment_percents,
        service(minimum_healthy_percent=100, maximum_percent=100),
        "neither stop nor start",
    ),
    (services.circuit_breaker, ecs.CircuitBreaker(enable=False, rollback=True), "cannot roll back"),
    (services.service_network, service(subnets=[]), "0 subnets"),
    (services.service_network, service(subnets=["subnet-1"] * 17), "17 subnets"),
    (services.service_network, service(security_groups=["sg-12345678"] * 6), "6 security groups"),
    (services.link_network, apigateway.VpcLink("l", ["subnet-1"] * 11), "11 subnets"),
    (services.registry, service(of=task(container())), "not clear which one"),
    (services.registry, service(of=task(container(ports=[80, 81]))), "not clear which one"),
    (services.registry, service(registry_port=81), "not clear which one"),
    (services.registry, service(registry=discovery(record="A"), registry_port=80), "have no port"),
    (services.registry, service(registry=discovery(record="CNAME")), "CNAME"),
    (services.records, discovery(ttl=-1), "TTL of -1"),
    (services.records, discovery(record="CNAME"), "WEIGHTED"),
    (services.failure_threshold, discovery(failure_threshold=2), "takes only 1"),
    (services.traffic, ec2.tcp(80, "10.0.0.0/33"), "not a network"),
    (services.traffic, ec2.tcp(80, "10.0.0.1/16"), "not a network"),
    (services.traffic, ec2.Rule("tcp", 90, 80, "10.0.0.0/16"), "not in order"),
    (services.traffic, ec2.Rule("http", 80, 80, "10.0.0.0/16"), "protocol 'http'"),
    (
        services.rules_of_group,
        ec2.SecurityGroup("g", "vpc-12345678", [ec2.tcp(80, "10.0.0.0/16")] * 2),
        "a rule twice",
    ),
    (entry.cors_origins, apigateway.Cors(["*"], allow_credentials=True), "credentials"),
    (entry.cors_origins, apigateway.Cors(["https://a.example.com/"]), "not an origin"),
    (entry.cors_methods, apigateway.Cors(["*"], allow_methods=["FETCH"]), "'FETCH' is not"),
    (entry.cors_max_age, apigateway.Cors(["*"], max_age=86401), "-1 and 86400"),
    (entry.cors_max_age, apigateway.Cors(["*"], max_age=-2), "-1 and 86400"),
    (entry.issuer, authorizer(issuer="http://a.example.com"), "not an https URL"),
    (entry.issuer, authorizer(issuer="https://a.example.com/"), "not an https URL"),
    (entry.audience, authorizer(audience=[]), "0 audiences"),
    (entry.audience, authorizer(audience=["a"] * 51), "51 audiences"),
    (entry.identity_source, authorizer(identity_source="Authorization"), "identity source"),
    (entry.route_path, route("orders"), "a slash first"),
    (entry.route_path, route("/orders/"), "a slash first"),
    (entry.route_path, route("/{proxy+}/x"), "not the last segment"),
    (entry.route_path, route("/a{id}"), "not a whole variable"),
    (entry.route_methods, route(methods=["TRACE"]), "TRACE"),
    (entry.route_methods, route(methods=[]), "has the methods []"),
    (entry.route_methods, route("$default", methods=["GET"]), "takes every method"),
    (entry.route_scopes, route(scopes=["a"] * 11, authorizer=authorizer()), "11 scopes"),
    (entry.route_scopes, route(scopes=["a"]), "no authorizer"),
    (entry.route_timeout, route(timeout_ms=30001), "50 to 30000"),
    (entry.route_keys, api(route("/a"), route("/a")), "route ANY /a is there 2 times"),
    (entry.route_keys, api(route("/a/{x}"), route("/a/{y}/b")), "the same name"),
    (
        entry.quotas,
        api(route("/a", authorizer=authorizer()), route("/b", authorizer=authorizer())),
        "two authorizers",
    ),
    (
        entry.quotas,
        api(*(route(f"/{n}", authorizer=authorizer(f"a{n}")) for n in range(11))),
        "11 authorizers",
    ),
    (
        entry.access_log,
        api(access_log=logs.LogGroup("/g"), access_log_format={"status": "$context.status"}),
        "does not name the request",
    ),
    (
        entry.access_log,
        api(access_log=logs.LogGroup("/g"), access_log_format={"a": "$context.requestId", "b": "x" * 3072}),
        "longer than 3 KB",
    ),
    (tags.tags, ecs.Cluster("c", tags={"aws:x": "1"}), "does not start with aws:"),
    (tags.tags, ecs.Cluster("c", tags={"x" * 129: "1"}), "1 to 128"),
    (tags.tags, ecs.Cluster("c", tags={"x": "1" * 257}), "up to 256"),
    (tags.tags, ecs.Cluster("c", tags={"x": "a|b"}), "up to 256"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "construct", "says"), BROKEN)
def test_what_breaks_a_rule_is_found(rule: Callable[..., Any], construct: object, says: str) -> None:
    assert getattr(construct, "faults", ()) == ()
    found = findings(rule, construct)

    assert any(says in finding.rule + finding.remedy for finding in found), found
    assert all(finding.remedy for finding in found)


GOOD = [
    service(),
    task(container(cpu=100, memory=200), container("b", cpu=156, memory=312)),
    task(*(container(f"c{each}") for each in range(10))),
    task(container(image="a" * 255 + "@sha256:" + "0" * 64)),
    task(container(depends_on=[ecs.DependsOn("b", "COMPLETE")]), container("b", essential=False)),
    container(ports=[ecs.Port(53, 53, "udp", "dns"), 53]),
    container(start_timeout=2, stop_timeout=120),
    ecs.HealthCheck(["CMD", "true"], 5, 60, 1, 300),
    logs.LogDriver("awslogs", group=logs.LogGroup("/g")),
    logs.LogGroup("/g", 3653),
    logs.LogGroup("/g"),
    discovery(record="A"),
    service(registry=discovery(record="A"), of=task(container())),
    service(of=task(container(ports=[80, 81])), registry_port=81),
    service(minimum_healthy_percent=0, maximum_percent=100),
    ec2.SecurityGroup("g", "vpc-12345678", [ec2.tcp(80, "::/0")], [ec2.Rule("-1", None, None, "0.0.0.0/0")]),
    apigateway.Cors(["*"], allow_methods=["get", "*"], max_age=-1),
    apigateway.Cors(["https://*", "http://localhost:3000"], allow_credentials=True, max_age=86400),
    authorizer(identity_source="$request.querystring.token", audience=["a"] * 50),
    api(route("/"), route("$default"), route("/{proxy+}", methods=["GET", "POST"], scopes=[])),
    api(route("/a/{id}"), route("/a/{rest+}")),
    system("mz-dev", outputs={"api_endpoint": "x"}),
]  # fmt: skip


@pytest.mark.parametrize("construct", GOOD)
def test_what_aws_takes_is_not_refused(construct: Any) -> None:
    found = [
        finding
        for kind, rule in RULES
        if isinstance(construct, kind)
        for finding in findings(rule, construct)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("cpu", "memory"), [(cpu, m) for cpu, sizes in MEMORY_FOR_CPU.items() for m in sizes]
)
def test_every_pair_that_fargate_has_is_taken(cpu: int, memory: int) -> None:
    assert findings(tasks.fargate_size, task(cpu=cpu, memory=memory)) == []


def test_sizes_that_only_the_deployment_knows_are_left_to_it() -> None:
    class Unknown(Inputs):
        cpu = Input.number()

    assert findings(tasks.fargate_size, task(cpu=Unknown().cpu)) == []


def test_a_namespace_is_named_twice_only_by_being_the_same_object() -> None:
    shared = namespace()
    one, other = (service(n, TASK, registry=cloudmap.Service(n, shared), cluster=CLUSTER) for n in ("a", "b"))

    assert findings(names.names_are_unique, system(services=[one, other])) == []
    twins = system(
        services=[one, service("c", TASK, registry=cloudmap.Service("c", namespace()), cluster=CLUSTER)]
    )
    assert "PrivateDnsNamespace is named 'internal'" in findings(names.names_are_unique, twins)[0].rule


def test_two_names_in_a_namespace_differ_by_more_than_case() -> None:
    shared = namespace()
    one, other = (
        service(n, registry=cloudmap.Service(n, shared), cluster=CLUSTER) for n in ("orders", "Orders")
    )
    texts = [finding.rule for finding in findings(names.names_are_unique, system(services=[one, other]))]

    assert any("one DNS name" in text for text in texts)


def test_a_resource_has_fifty_tags_with_those_of_the_system() -> None:
    shared = {f"k{n}": "v" for n in range(30)}
    mine = {f"m{n}": "v" for n in range(21)}
    crowded = system(tags=shared, services=[service(tags=mine)])

    assert [f.rule for f in findings(tags.number_of_tags, crowded)] == ["app has 51 tags; AWS takes 50"]


def test_three_hundred_routes_are_the_limit() -> None:
    target = service()
    crowded = api(*(route(f"/{n}", target) for n in range(301)))

    assert [f.rule for f in findings(entry.quotas, crowded)] == [
        "API api has 301 routes; API Gateway allows 300"
    ]


def test_two_task_definitions_of_one_family_are_refused() -> None:
    one, other = (service(n, registry=None, cluster=CLUSTER) for n in ("a", "b"))

    assert [f.rule for f in findings(names.names_are_unique, system(services=[one, other]))] == [
        "2 times TaskDefinition is named 'family'; a system has one of a name"
    ]


CLUSTER = ecs.Cluster("shared")
TASK = task(container(ports=[80]))
