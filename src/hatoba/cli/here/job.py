"""``hatoba job``: the jobs of the definition, and one of them run to its end, here or on AWS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.here.starting import run_to_the_end
from hatoba.cli.target import reach, told
from hatoba.definition.ecs import Job
from hatoba.definition.scheduler import Schedule
from hatoba.deploy.stacks import find_stack, standing_resources
from hatoba.plan import plan
from hatoba.plan.terms import Parameter, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hatoba.cli.here.starting import Wish
    from hatoba.cli.target import Target
    from hatoba.plan.graph import PlannedJob

COLUMNS = {
    "job": "JOB",
    "definition": "TASK DEFINITION",
    "count": "TASKS",
    "schedule": "SCHEDULE",
    "when": "WHEN",
    "next": "NEXT",
    "last": "LAST",
    "result": "CAME TO",
}
STARTED_BY = "hatoba-job"


def job(file: Path | None, environment: str, name: str, wish: Wish) -> int:
    """Run a job of the definition as it is deployed; return its exit code.

    Raises:
        Failure: The definition has no such job, or it is not deployed.
    """
    target = reach(file, environment)
    planned = {each.name: each for each in plan(target.project.system).jobs}
    if name not in planned:
        known = ", ".join(planned) or "none"
        raise Failure(f"The definition has no job {name}.", f"Its jobs: {known}.", Exit.USAGE)
    asked = _run_task(target, planned[name])
    wish = replace(wish, count=planned[name].count)
    return run_to_the_end(target.clients.ecs, target.clients.logs, asked, wish)


def _run_task(target: Target, job: PlannedJob) -> dict[str, Any]:
    """Return RunTask's parameters: what the stack made of the plan's references."""
    with told():
        stack = find_stack(target.connection.cloudformation, target.stack)
        if stack is None:
            raise Failure(
                f"Stack {target.stack} does not stand in {target.place}.",
                f"`{target.command('deploy')}` makes it.",
            )
        standing = standing_resources(target.connection.cloudformation, stack)

    def resolved(value: object) -> Any:
        match value:
            case Reference(id=identifier):
                if identifier not in standing:
                    raise Failure(
                        f"{identifier} is not deployed in {target.place}.",
                        f"`{target.command('deploy')}` brings the definition there.",
                    )
                return standing[identifier][1]
            case Parameter(name=name):
                return stack.looked_up.get(name) or stack.parameters[name]
            case tuple():
                return [resolved(each) for each in value]
        return value

    inside = job.network_configuration.awsvpc_configuration
    subnets = resolved(inside.subnets)
    place = {
        "subnets": subnets.split(",") if isinstance(subnets, str) else subnets,
        "securityGroups": resolved(inside.security_groups) or [],
        "assignPublicIp": inside.assign_public_ip,
    }
    asked: dict[str, Any] = {
        "cluster": resolved(job.cluster),
        "taskDefinition": resolved(job.task_definition),
        "networkConfiguration": {"awsvpcConfiguration": place},
        "startedBy": STARTED_BY,
    }
    if job.capacity_provider_strategy is None:
        return {**asked, "launchType": "FARGATE"}
    items = [
        {"capacityProvider": each.capacity_provider, "weight": each.weight or 0, "base": each.base or 0}
        for each in job.capacity_provider_strategy
    ]
    return {**asked, "capacityProviderStrategy": items}


def jobs(file: Path | None, environment: str, *, as_json: bool) -> None:
    """Print the definition's jobs and when they run by themselves; here also what came of the last time.

    Raises:
        Failure: Nothing is up here, or AWS cannot be reached.
    """
    target = reach(file, environment)
    told_of = _told(target)
    system = target.project.system
    schedules = list(system.all_of(Schedule))
    rows: list[output.Row] = []
    for each in system.all_of(Job):
        mine = [schedule for schedule in schedules if schedule.job is each]
        rows += [_row(each, schedule, told_of) for schedule in mine] or [_row(each, None, told_of)]
    if as_json:
        output.print_json({"jobs": rows})
        return
    output.print_table(rows, COLUMNS, empty="The definition has no jobs: docs/definition.md, ecs.Job.")


def _told(target: Target) -> Mapping[str, Mapping[str, Any]]:
    if target.run is None:
        return {}
    return {each["name"]: each for each in local.ask(target.run, "GET", "schedules")["schedules"]}


def _row(job: Job, schedule: Schedule | None, told_of: Mapping[str, Mapping[str, Any]]) -> output.Row:
    known = told_of.get(schedule.name, {}) if schedule else {}
    when = f"{schedule.when.expression} {schedule.when.timezone}" if schedule else "by hand"
    return {
        "job": job.name,
        "definition": job.task_definition.family,
        "count": job.count,
        "schedule": schedule.name if schedule else "",
        "when": when if schedule is None or schedule.enabled else f"{when} (disabled)",
        "next": known.get("next") or "",
        "last": known.get("last") or "",
        "result": known.get("failure") or known.get("tasks") or "",
    }
