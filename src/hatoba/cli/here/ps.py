"""``hatoba ps``: the tasks that run, and the services that keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cli import aws, local, output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.literals import DesiredStatusType
    from types_boto3_ecs.type_defs import ServiceTypeDef, TaskTypeDef

SERVICE_COLUMNS = {
    "service": "SERVICE",
    "status": "STATUS",
    "desired": "DESIRED",
    "running": "RUNNING",
    "pending": "PENDING",
    "deployment": "DEPLOYMENT",
    "event": "LAST EVENT",
}
TASK_COLUMNS = {
    "task": "TASK",
    "group": "GROUP",
    "revision": "TASK DEFINITION",
    "status": "STATUS",
    "health": "HEALTH",
    "started": "STARTED",
    "runtime": "RUNS AS",
    "addresses": "AT",
    "reason": "STOPPED REASON",
}


def ps(folder: Path, *, all_tasks: bool, as_json: bool) -> None:
    """Print the services and tasks of every cluster; with ``all_tasks`` those that stopped too."""
    run = local.running(folder)
    ecs = aws.client(run, "ecs")
    placed = {each["task"]: each for each in local.ask(run, "GET", "tasks")["tasks"]}
    services = service_rows(ecs)
    tasks: list[output.Row] = []
    for cluster in ecs.list_clusters()["clusterArns"]:
        tasks += [_task_row(task, placed) for task in _tasks(ecs, cluster, stopped=all_tasks)]
    if as_json:
        output.print_json({"services": services, "tasks": tasks})
        return
    output.print_table(services, SERVICE_COLUMNS, empty="No service stands. `hatoba up` deploys the system.")
    if services or tasks:
        output.say("")
    output.print_table(tasks, TASK_COLUMNS, empty="No task runs.")
    for reason in sorted({str(each["runs_so"]) for each in tasks if each["runs_so"]}):
        output.say(f"Tasks run {reason}.")


def service_rows(ecs: ECSClient) -> list[output.Row]:
    """Return a row for each service of every cluster."""
    return [
        _service_row(service)
        for cluster in ecs.list_clusters()["clusterArns"]
        for service in _services(ecs, cluster)
    ]


def _services(ecs: ECSClient, cluster: str) -> Iterator[ServiceTypeDef]:
    for page in ecs.get_paginator("list_services").paginate(
        cluster=cluster, PaginationConfig={"PageSize": 10}
    ):
        if page["serviceArns"]:
            yield from ecs.describe_services(cluster=cluster, services=page["serviceArns"])["services"]


def _tasks(ecs: ECSClient, cluster: str, *, stopped: bool) -> Iterator[TaskTypeDef]:
    wanted: tuple[DesiredStatusType, ...] = ("RUNNING", "STOPPED") if stopped else ("RUNNING",)
    for status in wanted:
        paginator = ecs.get_paginator("list_tasks")
        for page in paginator.paginate(cluster=cluster, desiredStatus=status):
            if page["taskArns"]:
                yield from ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]


def _service_row(service: ServiceTypeDef) -> output.Row:
    deployments = service["deployments"]
    events = service["events"]
    return {
        "service": service["serviceName"],
        "status": service["status"],
        "desired": service["desiredCount"],
        "running": service["runningCount"],
        "pending": service["pendingCount"],
        "deployment": deployments[0].get("rolloutState", "") if deployments else "",
        "event": events[0]["message"] if events else "",
    }


def _task_row(task: TaskTypeDef, placed: Mapping[str, Mapping[str, Any]]) -> output.Row:
    task_id = task["taskArn"].rpartition("/")[2]
    place = placed.get(task_id, {})
    return {
        "task": task_id,
        "group": task.get("group", ""),
        "revision": task["taskDefinitionArn"].rpartition("/")[2],
        "status": task["lastStatus"],
        "health": task.get("healthStatus", "UNKNOWN"),
        "started": task.get("startedAt"),
        "runtime": place.get("runtime") or "",
        "addresses": list(place.get("addresses", ())),
        "runs_so": place.get("runs_so", ""),
        "reason": task.get("stoppedReason", ""),
    }
