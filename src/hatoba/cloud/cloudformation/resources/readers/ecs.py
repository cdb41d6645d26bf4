"""Reading what runs: ECS clusters, task definitions, services."""

# ruff: noqa: ARG001 - one signature for all readers
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources.readers.common import ask, first, renamed

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

NO_TASK_DEFINITION = frozenset({"ClientException"})
NO_CLUSTER = frozenset({"ClusterNotFoundException"})


async def cluster(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a cluster, or what capacity providers it has."""
    asked = ["SETTINGS", "CONFIGURATIONS", "TAGS"]
    found = await ask(context, "ecs", "DescribeClusters", frozenset(), clusters=[physical_id], include=asked)
    one = first((found or {}).get("Clusters"))
    if one is None or one.get("Status") == "INACTIVE":
        return None
    return renamed(one, Settings="ClusterSettings")


async def task_definition(
    context: Context, physical_id: str, properties: Properties
) -> dict[str, Any] | None:
    """Read a revision."""
    found = await ask(
        context,
        "ecs",
        "DescribeTaskDefinition",
        NO_TASK_DEFINITION,
        taskDefinition=physical_id,
        include=["TAGS"],
    )
    if found is None or found["TaskDefinition"].get("Status") == "INACTIVE":
        return None
    revision: dict[str, Any] = {**found["TaskDefinition"], "Tags": found.get("Tags") or []}
    if "ProxyConfiguration" in revision:
        revision["ProxyConfiguration"] = renamed(
            revision["ProxyConfiguration"], Properties="ProxyConfigurationProperties"
        )
    return revision


async def service(context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
    """Read a service."""
    where = {"cluster": properties["Cluster"]} if "Cluster" in properties else {}
    found = await ask(
        context, "ecs", "DescribeServices", NO_CLUSTER, services=[physical_id], include=["TAGS"], **where
    )
    one = first((found or {}).get("Services"))
    if one is None or one.get("Status") == "INACTIVE":
        return None
    running = renamed(one, PlacementStrategy="PlacementStrategies")
    wanted = str(properties.get("TaskDefinition", "arn:"))
    if not wanted.startswith("arn:"):  # the template names the family, with or without its revision
        name = running["TaskDefinition"].rpartition("/")[2]
        running["TaskDefinition"] = name if ":" in wanted else name.partition(":")[0]
    return running
