"""From the names and ARNs of a request to records, and to the networks and registries they speak of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import errors
from hatoba.cloud.ecs.definition import TaskDefinitionView, read
from hatoba.cloud.ecs.model import Network, Registry, StrategyItem, Subnet
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from types_boto3_ecs.type_defs import TagTypeDef

    from hatoba.cloud.ecs.model import Cluster, Service, TaskDefinition
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import World

_CLUSTER = re.compile(r"[a-zA-Z0-9\-_]{1,255}")
MOST_SUBNETS = 16
MOST_SECURITY_GROUPS = 5
MOST_TAGS = 50
MOST_PROVIDERS = 20
OF_CLOUDFORMATION = "aws:cloudformation:"
"""Reserved too, but CloudFormation sets its tags by the same calls as everyone."""
FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


def cluster(store: Store, scope: Scope, name: str | None) -> Cluster:
    """Return the active cluster that a request names.

    Raises:
        ServiceError: ``ClusterNotFoundException``, ``InvalidParameterException``.
    """
    found = store.clusters.get(scope, checked_cluster_name(names.cluster_name(name)))
    if found is None or found.status != "ACTIVE":
        raise errors.cluster_not_found()
    return found


def checked_cluster_name(name: str) -> str:
    """Return a name that a cluster can have.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    if not _CLUSTER.fullmatch(name):
        raise errors.invalid(f"Cluster must match ^[a-zA-Z0-9\\-_]{{1,255}}$, but was {name}")
    return name


def service(store: Store, scope: Scope, cluster_name: str | None, name: str) -> Service:
    """Return the service that a request names, in whatever status.

    Raises:
        ServiceError: ``ClusterNotFoundException``, ``ServiceNotFoundException``.
    """
    owner = cluster(store, scope, cluster_name)
    found = store.services.get(scope, f"{owner.name}/{names.last_part(name)}")
    if found is None:
        raise errors.service_not_found()
    return found


def task_definition(store: Store, scope: Scope, name: str) -> tuple[TaskDefinition, TaskDefinitionView]:
    """Return the task definition that a task is to be started from.

    Raises:
        ServiceError: ``ClientException`` when there is none, or none that Fargate can run.
    """
    found = store.task_definition(scope, name)
    if found is None:
        raise errors.client("Unable to find task definition.")
    if found.status != "ACTIVE":
        raise errors.client("TaskDefinition is inactive")
    view = read(found.definition)
    if "FARGATE" not in view.requires_compatibilities:
        raise errors.invalid("Task definition does not support launch_type FARGATE.")
    return found, view


async def network(world: World, call: Call, configuration: Mapping[str, Any] | None) -> Network:
    """Return the network that a request names, with the zones of its subnets.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    wanted = (configuration or {}).get("awsvpcConfiguration")
    if not wanted:
        raise errors.invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    subnets, groups = list(wanted["subnets"]), list(wanted.get("securityGroups") or [])
    if not subnets:
        raise errors.invalid("subnets can not be empty.")
    if len(subnets) > MOST_SUBNETS:
        raise errors.invalid(f"subnets can have at most {MOST_SUBNETS} items.")
    if len(groups) > MOST_SECURITY_GROUPS:
        raise errors.invalid(f"securityGroups can have at most {MOST_SECURITY_GROUPS} items.")
    zones, vpcs = await _zones(world, call, subnets)
    if groups:
        answer = await _look_up(
            world, call, "DescribeSecurityGroups", member="GroupIds", ids=groups, what="security group"
        )
        if vpcs != {each["VpcId"] for each in answer["SecurityGroups"]}:
            raise errors.invalid("securityGroups must all be in the same VPC as the subnets.")
    return Network(
        tuple(Subnet(each, zones[each]) for each in subnets),
        tuple(groups),
        wanted.get("assignPublicIp") or "DISABLED",
    )


async def _zones(world: World, call: Call, subnets: list[str]) -> tuple[dict[str, str], set[str]]:
    """Return the zones of subnets, and the VPC that they are in."""
    answer = await _look_up(world, call, "DescribeSubnets", member="SubnetIds", ids=subnets, what="subnet")
    vpcs = {each["VpcId"] for each in answer["Subnets"]}
    if len(vpcs) > 1:
        raise errors.invalid("subnets must all be in the same VPC.")
    return {each["SubnetId"]: each["AvailabilityZone"] for each in answer["Subnets"]}, vpcs


async def _look_up(
    world: World, call: Call, operation: str, *, member: str, ids: list[str], what: str
) -> Mapping[str, Any]:
    try:
        return await world.invoke(call, "ec2", operation, {member: ids})
    except ServiceError as error:
        raise errors.invalid(
            f"Error retrieving {what} information for [{', '.join(ids)}]: {error.message}"
            f" (ErrorCode: {error.code})"
        ) from error


async def registries(
    world: World, call: Call, given: Sequence[Mapping[str, Any]] | None, view: TaskDefinitionView
) -> tuple[Registry, ...]:
    """Return the registries that a request names, checked against Cloud Map and the task definition.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    if not given:
        return ()
    if len(given) > 1:
        raise errors.invalid("service registries can have at most 1 items")
    members = given[0]
    registry = Registry(
        arn=members.get("registryArn") or "",
        container_name=members.get("containerName"),
        container_port=members.get("containerPort"),
        port=members.get("port"),
    )
    _check_container(registry, view)
    await _check_ports(world, call, registry)
    return (registry,)


def _check_container(registry: Registry, view: TaskDefinitionView) -> None:
    if registry.container_name is None:
        return
    container = view.container(registry.container_name)
    if container is None:
        raise errors.invalid(
            f"The container {registry.container_name} does not exist in the task definition."
        )
    ports = {each.container_port for each in container.port_mappings}
    if registry.container_port is not None and registry.container_port not in ports:
        raise errors.invalid(
            f"The container {registry.container_name} did not have a container port"
            f" {registry.container_port} defined."
        )


async def _check_ports(world: World, call: Call, registry: Registry) -> None:
    """An SRV record needs a port, given once; an address record takes none."""
    identifier = registry.arn.rsplit("/", 1)[-1]
    try:
        answer = await world.invoke(call, "servicediscovery", "GetService", {"Id": identifier})
    except ServiceError as error:
        raise errors.invalid(
            f"The service registry {registry.arn} does not exist in Cloud Map: {error.message}"
        ) from error
    records = (answer["Service"].get("DnsConfig") or {}).get("DnsRecords") or []
    types = {each["Type"] for each in records}
    by_container = registry.container_name is not None or registry.container_port is not None
    if "SRV" in types:
        whole = registry.container_name is not None and registry.container_port is not None
        if by_container == (registry.port is not None) or (by_container and not whole):
            raise errors.invalid(
                "The values specified for serviceRegistries require either 'containerName' and"
                f" 'containerPort', or 'port', but not both. Registry: {registry.arn}"
            )
    elif types:
        for member, value in (
            ("containerName", registry.container_name),
            ("containerPort", registry.container_port),
            ("port", registry.port),
        ):
            if value is not None and member != "containerName":
                raise errors.invalid(
                    f"The values specified for serviceRegistries do not require a value for '{member}'."
                    f" Remove the value and retry. Registry: {registry.arn}"
                )


def strategy(given: Sequence[Mapping[str, Any]] | None) -> tuple[StrategyItem, ...]:
    """Return a capacity provider strategy, checked.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    items = tuple(
        StrategyItem(each["capacityProvider"], each.get("weight") or 0, each.get("base") or 0)
        for each in given or ()
    )
    for each in items:
        if each.provider not in FARGATE_PROVIDERS:
            raise errors.invalid(
                f"The specified capacity provider {each.provider} was not found. This cloud has"
                f" {' and '.join(FARGATE_PROVIDERS)}."
            )
    if len(items) > MOST_PROVIDERS:
        raise errors.invalid(f"A capacity provider strategy can have at most {MOST_PROVIDERS} items.")
    if items and not any(each.weight for each in items):
        raise errors.invalid(
            "There are no capacity providers in the capacity provider strategy with a weight value greater"
            " than zero"
        )
    if sum(each.base > 0 for each in items) > 1:
        raise errors.invalid("Only one capacity provider in a strategy can have a base greater than zero.")
    return items


def check_associated(asked: Iterable[StrategyItem], associated: Collection[str]) -> None:
    """Check that a cluster has what a strategy names.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    if any(each.provider not in associated for each in asked):
        raise errors.invalid(
            "The specified capacity provider strategy cannot contain a capacity provider that is not"
            " associated with the cluster. Associate the capacity provider with the cluster and try again."
        )


def launch(
    owner: Cluster, request: Mapping[str, Any]
) -> tuple[Literal["FARGATE"] | None, tuple[StrategyItem, ...]]:
    """Return what tasks are launched by: a launch type, or the request's or the cluster's strategy.

    Raises:
        ServiceError: Both are given, or neither, which means EC2 on AWS, or another type than FARGATE.
    """
    asked = strategy(request.get("capacityProviderStrategy"))
    launch_type = request.get("launchType")
    if asked and launch_type:
        raise errors.invalid("Specifying both a launch type and capacity provider strategy is not supported.")
    if launch_type == "FARGATE":
        return "FARGATE", ()
    if launch_type:
        raise NotImplementedHere(f"ecs: launchType {launch_type}")
    check_associated(asked, owner.capacity_providers)
    chosen = asked or owner.default_strategy
    if not chosen:
        raise NotImplementedHere(
            "ecs: a launch without launchType and without a capacity provider strategy, which means EC2,"
        )
    return None, chosen


def tags(given: Sequence[TagTypeDef] | None) -> dict[str, str]:
    """Return tags as a mapping, checked.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    found = {each.get("key", ""): each.get("value", "") for each in given or ()}
    if any(key.lower().startswith("aws:") and not key.startswith(OF_CLOUDFORMATION) for key in found):
        raise errors.invalid("Tag keys that begin with aws: are reserved for AWS.")
    return limited(found)


def limited(all_tags: dict[str, str]) -> dict[str, str]:
    """Return the tags of one resource, if they are not too many; AWS's own do not count.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    if sum(not key.startswith("aws:") for key in all_tags) > MOST_TAGS:
        raise errors.invalid(f"A resource can have at most {MOST_TAGS} tags.")
    return all_tags


def page_of(
    arns: Sequence[str], request: Mapping[str, object], *, default: int, is_descending: bool = False
) -> tuple[list[str], str | None]:
    """Return one page of sorted ARNs as the request asks for it.

    Raises:
        ServiceError: ``InvalidParameterException``.
    """
    limit, token = request.get("maxResults"), request.get("nextToken")
    limit = default if limit is None else limit
    assert isinstance(limit, int)
    assert token is None or isinstance(token, str)
    if not 1 <= limit <= 100:  # noqa: PLR2004 - the limit of every list of ECS
        raise errors.invalid("maxResults must be between 1 and 100.")
    try:
        return page(arns, token=token, limit=limit, key=str, is_descending=is_descending)
    except InvalidToken as error:
        raise errors.invalid("Invalid token.") from error
