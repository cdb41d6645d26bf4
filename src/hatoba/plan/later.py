"""What runs as load and time ask for it: scaling of services, jobs, schedules."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hatoba.plan import load
from hatoba.plan import resources as aws
from hatoba.plan.graph import PlannedJob
from hatoba.plan.terms import Joined, PseudoParameter, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.definition import ecs, scheduler
    from hatoba.plan.build import Builder

METRICS = {"cpu": "ECSServiceAverageCPUUtilization", "memory": "ECSServiceAverageMemoryUtilization"}
_ALL = 100


def strategy(spot: ecs.Spot | None) -> tuple[aws.CapacityProviderStrategyItem, ...] | None:
    """The capacity providers of tasks of which some run on Spot; None for Fargate alone."""
    if spot is None:
        return None
    shared = math.gcd(spot.percent, _ALL - spot.percent)
    items = (
        aws.CapacityProviderStrategyItem("FARGATE", (_ALL - spot.percent) // shared, spot.base or None),
        aws.CapacityProviderStrategyItem("FARGATE_SPOT", spot.percent // shared),
    )
    # A provider without weight and base would only be noise.
    return tuple(item for item in items if item.weight or item.base)


def network(of: ecs.Service | ecs.Job, to: Builder) -> aws.NetworkConfiguration:
    """Where tasks lie."""
    return aws.NetworkConfiguration(
        aws.AwsvpcConfiguration(
            to.term(of.subnets),
            to.term(of.security_groups) or None,
            "ENABLED" if of.assign_public_ip else "DISABLED",
        )
    )


def scaling(service: ecs.Service, to: Builder) -> Iterable[aws.Resource]:
    """A service's scalable target, with a policy for each metric; or nothing."""
    wanted = service.autoscaling
    if wanted is None:
        return
    target = to.names.id("ScalableTarget", service.name)
    # By names, not references: a change of the service would else seem to change, even to replace, both.
    yield load.ScalableTarget(
        id=target,
        depends_on=(to.id(service),),
        min_capacity=to.term(wanted.min),
        max_capacity=to.term(wanted.max),
        resource_id=f"service/{service.cluster.name}/{service.name}",
    )
    for metric, value in (("cpu", wanted.cpu), ("memory", wanted.memory)):
        if value is not None:
            yield load.ScalingPolicy(
                id=to.names.id("ScalingPolicy", f"{service.name} {metric}"),
                policy_name=f"{service.name}-{metric}",
                scaling_target_id=Reference(target),
                target_tracking_scaling_policy_configuration=load.TargetTracking(
                    load.PredefinedMetricSpecification(METRICS[metric]),
                    to.term(value),
                    wanted.scale_in_cooldown,
                    wanted.scale_out_cooldown,
                ),
            )


def job(job: ecs.Job, to: Builder) -> PlannedJob:
    """A job: no resource of its own, but all that RunTask needs."""
    return PlannedJob(
        name=job.name,
        cluster=Reference(to.id(job.cluster)),
        task_definition=Reference(to.id(job.task_definition)),
        count=job.count,
        network_configuration=network(job, to),
        capacity_provider_strategy=strategy(job.spot),
    )


def schedule(schedule: scheduler.Schedule, to: Builder) -> Iterable[aws.Resource]:
    """A schedule and the role that it starts its job with."""
    job, flexible = schedule.job, schedule.flexible_minutes
    cluster, role = Reference(to.id(job.cluster), "Arn"), to.names.id("SchedulerRole", schedule.name)
    yield _role(schedule, role, to)
    yield load.Schedule(
        id=to.id(schedule),
        depends_on=(to.associations(job.cluster),),
        name=schedule.name,
        description=schedule.description or None,
        schedule_expression=schedule.when.expression,
        schedule_expression_timezone=schedule.when.timezone,
        state="ENABLED" if schedule.enabled else "DISABLED",
        flexible_time_window=load.FlexibleTimeWindow("FLEXIBLE" if flexible else "OFF", flexible or None),
        target=load.Target(
            arn=cluster,
            role_arn=Reference(role, "Arn"),
            ecs_parameters=load.EcsParameters(
                task_definition_arn=Reference(to.id(job.task_definition)),
                task_count=job.count,
                launch_type=None if job.spot else "FARGATE",
                network_configuration=network(job, to),
                capacity_provider_strategy=strategy(job.spot),
            ),
            retry_policy=None if schedule.retries is None else load.RetryPolicy(schedule.retries),
        ),
    )


def _role(schedule: scheduler.Schedule, role: str, to: Builder) -> aws.Role:
    """Scheduler's role: it starts tasks of this family in this cluster, and hands their roles on."""
    task = schedule.job.task_definition
    run: Mapping[str, object] = {
        "Effect": "Allow",
        "Action": "ecs:RunTask",
        # Every revision: the next one is there a moment before the schedule speaks of it.
        "Resource": Joined((*_of_here("ecs"), f":task-definition/{task.family}:*")),
        "Condition": {"ArnEquals": {"ecs:cluster": Reference(to.id(schedule.job.cluster), "Arn")}},
    }
    roles = tuple(to.term(handed.arn) for handed in (task.execution_role, task.task_role) if handed)
    hand_on: Mapping[str, object] = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": roles,
        "Condition": {"StringLike": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    }
    trust: Mapping[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": PseudoParameter("AccountId")}},
    }
    return aws.Role(
        id=role,
        role_name=f"{schedule.name}-scheduler",
        assume_role_policy_document=aws.document(trust),
        policies=(aws.Policy(f"{schedule.name}-start", aws.document(run, *([hand_on] if roles else []))),),
        tags=to.tags(schedule.job.cluster),
    )


def _of_here(service: str) -> tuple[str | PseudoParameter, ...]:
    partition, region, account = map(PseudoParameter, ("Partition", "Region", "AccountId"))
    return ("arn:", partition, f":{service}:", region, ":", account)
