"""``hatoba run``: one task, as a service's tasks are or by a task definition, to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cli import aws, local
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.here.starting import run_to_the_end

if TYPE_CHECKING:
    from pathlib import Path

    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import ServiceTypeDef

    from hatoba.cli.here.starting import Wish
    from hatoba.cloud.server.runfile import RunFile

STARTED_BY = "hatoba-run"


def run(folder: Path, what: str, cluster: str | None, wish: Wish) -> int:
    """Run a task of a service's kind, or of a task definition in the default subnets; return its exit code.

    Args:
        folder: Where the local system lives.
        what: A service's name, or a task definition: family, ``family:revision`` or ARN.
        cluster: Which one, where several stand.
        wish: What is asked beside.

    Raises:
        Failure: There is neither, or no cluster.
    """
    running = local.running(folder)
    ecs = aws.client(running, "ecs")
    clusters = [cluster] if cluster else ecs.list_clusters()["clusterArns"]
    services = [found for each in clusters if (found := _service(ecs, each, what)) is not None]
    if len(services) > 1:
        raise Failure(
            f"{len(services)} clusters have a service {what}.", "Name one with --cluster.", Exit.USAGE
        )
    asked = _as_service(services[0]) if services else _as_definition(running, ecs, what, clusters)
    return run_to_the_end(ecs, aws.client(running, "logs"), {**asked, "startedBy": STARTED_BY}, wish)


def _service(ecs: ECSClient, cluster: str, name: str) -> ServiceTypeDef | None:
    from botocore.exceptions import ClientError

    try:
        found = ecs.describe_services(cluster=cluster, services=[name])["services"]
    except ClientError as error:
        raise Failure(str(error), "`hatoba ps` lists services and tasks.") from error
    return next((each for each in found if each["status"] == "ACTIVE"), None)


def _as_service(service: ServiceTypeDef) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "cluster": service["clusterArn"],
        "taskDefinition": service["taskDefinition"],
        "networkConfiguration": service["networkConfiguration"],
        "enableExecuteCommand": service.get("enableExecuteCommand", False),
    }
    if service.get("capacityProviderStrategy"):
        return {**asked, "capacityProviderStrategy": service["capacityProviderStrategy"]}
    return {**asked, "launchType": service["launchType"]}


def _as_definition(running: RunFile, ecs: ECSClient, what: str, clusters: list[str]) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    try:
        found = ecs.describe_task_definition(taskDefinition=what)["taskDefinition"]
    except ClientError as error:
        raise Failure(
            f"There is no service and no task definition {what}.",
            "`hatoba ps` lists services; `hatoba job` lists jobs.",
        ) from error
    if len(clusters) != 1:
        remedy = "Name one with --cluster." if clusters else "`hatoba up` deploys the system and its cluster."
        raise Failure(f"{len(clusters) or 'No'} clusters stand.", remedy)
    defaults = local.ask(running, "GET", "defaults")
    place = {"subnets": defaults["subnet_ids"], "securityGroups": [defaults["security_group_id"]]}
    return {
        "cluster": clusters[0],
        "taskDefinition": found["taskDefinitionArn"],
        "networkConfiguration": {"awsvpcConfiguration": place},
        "launchType": "FARGATE",
    }
