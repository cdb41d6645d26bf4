"""Small right constructs, from which tests make wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hatoba import Input, Inputs, System, apigateway, cloudmap, ec2, ecs, iam, logs, scheduler
from hatoba.definition.faults import Finding
from hatoba.definition.known import Known

EXAMPLE = "examples/sales_support_system"


def container(name: str = "app", image: Any = "httpd", **changes: Any) -> ecs.Container:
    return ecs.Container(name, image, **changes)


def task(*containers: ecs.Container, cpu: Any = 256, memory: Any = 512, **changes: Any) -> ecs.TaskDefinition:
    return ecs.TaskDefinition("family", containers or [container()], ecs.Size(cpu, memory), **changes)


def namespace(name: str = "internal") -> cloudmap.PrivateDnsNamespace:
    return cloudmap.PrivateDnsNamespace(name, "vpc-12345678")


def discovery(name: str = "app", **changes: Any) -> cloudmap.Service:
    return cloudmap.Service(name, namespace(), **changes)


def service(name: str = "app", of: ecs.TaskDefinition | None = None, **changes: Any) -> ecs.Service:
    given: dict[str, Any] = {
        "cluster": ecs.Cluster("cluster"),
        "subnets": ["subnet-12345678"],
        "registry": discovery(),
    }
    return ecs.Service(name, of or task(container(ports=[80])), **(given | changes))


def job(name: str = "report", of: ecs.TaskDefinition | None = None, **changes: Any) -> ecs.Job:
    given: dict[str, Any] = {"cluster": ecs.Cluster("cluster"), "subnets": ["subnet-12345678"]}
    return ecs.Job(name, of or task(), **(given | changes))


def schedule(name: str = "nightly", when: scheduler.When | None = None, **changes: Any) -> scheduler.Schedule:
    given: dict[str, Any] = {"job": job()}
    return scheduler.Schedule(name, when or scheduler.rate(1, "days"), **(given | changes))


def balanced(*routes: apigateway.Route, **changes: Any) -> apigateway.HttpApi:
    """An API in front of an ALB."""
    link = apigateway.VpcLink("link", ["subnet-12345678", "subnet-87654321"], ["sg-12345678"])
    given: dict[str, Any] = {"vpc_link": link, "ingress": "alb"}
    own = ec2.SecurityGroup("tasks", "vpc-12345678")
    return api(*(routes or [route(to=service(security_groups=[own]))]), **(given | changes))


def authorizer(name: str = "jwt", **changes: Any) -> apigateway.JwtAuthorizer:
    given: dict[str, Any] = {"issuer": "https://issuer.example.com/pool", "audience": ["client"]}
    return apigateway.JwtAuthorizer(name, **(given | changes))


def route(path: str = "/orders/{id}", to: ecs.Service | None = None, **changes: Any) -> apigateway.Route:
    return apigateway.Route(path, to or service(), **changes)


def api(*routes: apigateway.Route, **changes: Any) -> apigateway.HttpApi:
    given: dict[str, Any] = {"vpc_link": apigateway.VpcLink("link", ["subnet-12345678"])}
    return apigateway.HttpApi("api", routes, **(given | changes))


def system(name: str = "shop", **changes: Any) -> System:
    return System(name, **changes)


def findings(rule: Callable[[Any, Known], Any], construct: object) -> list[Finding]:
    return list(rule(construct, Known(lambda given: given.default)))


__all__ = [
    "Input", "Inputs", "System", "api", "apigateway", "authorizer", "balanced", "cloudmap", "container",
    "discovery",
    "ec2", "ecs", "findings", "iam", "job", "logs", "namespace", "route", "schedule", "scheduler",
    "service", "system", "task",
]  # fmt: skip
