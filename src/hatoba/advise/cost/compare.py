"""The same system built otherwise: three ways in, two ways to run; costs, and what each can do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hatoba.advise.cost.estimate import HOURS, Estimate, Line, estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.advise.cost.estimate import Traffic
    from hatoba.advise.cost.prices import Prices
    from hatoba.advise.cost.usage import ServiceUsage, Usage

EKS_OVERHEAD_MIB = 256
"""What Fargate adds to a pod's memory for Kubernetes' own parts.
https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html"""
_SIZES = ((256, (512, 1024, 2048)), (512, range(1024, 4097, 1024)), (1024, range(2048, 8193, 1024)))
_LARGER = (
    (2048, range(4096, 16385, 1024)),
    (4096, range(8192, 30721, 1024)),
    (8192, range(16384, 61441, 4096)),
)


@dataclass(frozen=True)
class Option:
    """One way: its month, and an answer to each question."""

    name: str
    estimate: Estimate
    can: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Options side by side. ``questions`` are the rows; ``reasons`` say what follows for this system."""

    title: str
    questions: tuple[str, ...]
    options: tuple[Option, ...]
    reasons: tuple[str, ...]


INGRESS_QUESTIONS = (
    "Fixed cost",
    "Ports that differ",
    "Health",
    "Choice of the task",
    "More than method and path",
    "AWS WAF before the tasks",
    "Calls between services",
    "What there is to know",
)
CLOUD_MAP = (
    "none: a price per registered task",
    "SRV records carry each task's port",
    "what ECS says of the task",
    "spread over the healthy instances",
    "no",
    "no",
    "the same names serve them",
    "namespace, SRV records, VPC link",
)
ALB = (
    "by the hour, used or not",
    "a target group each",
    "asks an HTTP path of each task",
    "round robin, least requests, weights, stickiness",
    "host, header, query, weights",
    "yes, on the balancer",
    "through the balancer, or Cloud Map beside it",
    "balancer, listeners, target groups, two security groups",
)
NLB = (
    "by the hour, used or not",
    "a listener and a target group each",
    "opens a connection, or asks an HTTP path",
    "by connection, not by request",
    "no",
    "no",
    "through the balancer, or Cloud Map beside it",
    "balancer, listeners, target groups, two security groups",
)
RUN_QUESTIONS = (
    "Control plane",
    "Memory of a task",
    "Updates",
    "Way in",
    "Finding one another",
    "What there is to know",
)
ECS = (
    "free",
    "what the definition says",
    "none: AWS keeps ECS and Fargate",
    "API Gateway by VPC link: Cloud Map, ALB or NLB",
    "Cloud Map",
    "tasks, services, roles",
)
EKS = (
    "0.10 USD an hour per cluster",
    "256 MiB more per pod, rounded up to Fargate's sizes",
    "a Kubernetes version in its 14 months of support, and the add-ons",
    "API Gateway to a balancer that a controller makes",
    "CoreDNS, whose pods run too",
    "Kubernetes, its add-ons and controllers, IAM beside RBAC",
)


def compare(used: Usage, traffic: Traffic, prices: Prices) -> tuple[Comparison, Comparison]:
    """Cloud Map, ALB and NLB before the tasks; ECS and EKS below them; for this system under this traffic."""
    ways = {name: _entered(used, name) for name in ("cloudmap", "alb", "nlb")}
    entries = tuple(
        Option(title, estimate(ways[name], traffic, prices), can)
        for name, title, can in (
            ("cloudmap", "Cloud Map", CLOUD_MAP),
            ("alb", "ALB", ALB),
            ("nlb", "NLB", NLB),
        )
    )
    runs = (
        Option("ECS", estimate(used, traffic, prices), ECS),
        Option("EKS on Fargate", _on_eks(used, traffic, prices), EKS),
    )
    return (
        Comparison("Ingress", INGRESS_QUESTIONS, entries, tuple(_ingress_reasons(used, entries))),
        Comparison("ECS or EKS", RUN_QUESTIONS, runs, tuple(_run_reasons(used, runs))),
    )


def _entered(used: Usage, by: str) -> Usage:
    """The same services behind another way in. Services stay in Cloud Map where others call them by name."""
    if by == "cloudmap":
        services = tuple(replace(each, is_registered=True) for each in used.services)
        return replace(used, services=services, balancers={})
    alone = len(used.services) == 1
    services = tuple(replace(each, is_registered=each.is_registered and not alone) for each in used.services)
    kind = "application" if by == "alb" else "network"
    spaces = () if alone else used.namespaces
    balancers = dict.fromkeys((f"of {api}" for api in used.apis), kind)
    return replace(used, services=services, balancers=balancers, namespaces=spaces)


def _on_eks(used: Usage, traffic: Traffic, prices: Prices) -> Estimate:
    pods = tuple(_pod(each) for each in used.services)
    behind = replace(
        _entered(used, "alb"), services=tuple(replace(each, is_registered=False) for each in pods)
    )
    base = estimate(replace(behind, namespaces=()), traffic, prices)
    plane = Line(
        "shared", "EKS control plane", HOURS, "hours", prices.get("eks_cluster_hour"), "eks_cluster_hour"
    )
    assumed = (
        *base.assumptions,
        "Pods run on Fargate; CoreDNS and other add-ons of the cluster are not counted.",
    )
    return replace(base, lines=(*base.lines, plane), assumptions=assumed)


def _pod(service: ServiceUsage) -> ServiceUsage:
    wanted = service.memory + EKS_OVERHEAD_MIB
    for cpu, sizes in (*_SIZES, *_LARGER):
        fitting = [size for size in sizes if size >= wanted]
        if cpu >= service.cpu and fitting:
            return replace(service, cpu=cpu, memory=fitting[0])
    return replace(service, memory=wanted)


def _ingress_reasons(used: Usage, options: Iterable[Option]) -> Iterable[str]:
    cloud_map, alb, _ = options
    more = alb.estimate.total - cloud_map.estimate.total
    yield f"An ALB is {more:.2f} USD a month more than Cloud Map for this system and traffic."
    tasks = sum(each.tasks for each in used.services)
    yield (
        f"Cloud Map costs by the task ({tasks} here), a balancer by the hour:"
        " with few requests the hours are most of the bill."
    )
    yield "JWTs, CORS, throttling and the 30 s limit are the HTTP API's own: they are the same in all three."
    yield "Choose an ALB for WAF, header rules or weighted releases; an NLB where TLS ends in the task."


def _run_reasons(used: Usage, options: Iterable[Option]) -> Iterable[str]:
    ecs, eks = options
    more = eks.estimate.total - ecs.estimate.total
    yield f"EKS is {more:.2f} USD a month more for this system and traffic."
    grown = [each.name for each in used.services if _pod(each) != each]
    if grown:
        yield f"Larger as pods, for Kubernetes' own 256 MiB: {', '.join(grown)}."
    yield "EKS pays where a team has Kubernetes elsewhere, or needs its operators and charts."
