"""Log groups, Cloud Map, clusters, task definitions, services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.importing.draft import given
from hatoba.importing.source import Call, Code
from hatoba.importing.terraform.read import Expression

if TYPE_CHECKING:
    from hatoba.importing.terraform.directory import Directory, Resource


def log_groups(here: Directory) -> None:
    """Log groups."""
    for group in here.all_of("aws_cloudwatch_log_group"):
        name = here.known(group, "name") or group.label
        retention = here.known(group, "retention_in_days")
        arguments = (name,) if retention in (None, 0) else (name, retention)
        call = Call("logs.LogGroup", arguments, given(tags=here.known(group, "tags")))
        variable = here.draft.add(f"{group.label}_logs", call)
        here.make(group, variable, arn=Code(f"{variable.text}.arn"), name=name)
        here.done(group)


def names(here: Directory) -> None:
    """Namespaces, and the services in them."""
    for space in here.all_of("aws_service_discovery_private_dns_namespace"):
        vpc = here.known(space, "vpc", "vpc")
        if vpc is None:
            here.draft.leave(space.address, "its VPC is not known, and a namespace needs one")
            continue
        arguments = (here.known(space, "name") or space.label, vpc)
        named = given(description=here.known(space, "description"), tags=here.known(space, "tags"))
        variable = here.draft.add(
            f"{space.label}_names", Call("cloudmap.PrivateDnsNamespace", arguments, named)
        )
        here.make(space, variable, id=Code(f"{variable.text}.id"))
        here.done(space)
    for service in here.all_of("aws_service_discovery_service"):
        _discovery(here, service)


def _discovery(here: Directory, service: Resource) -> None:
    dns = service.block("dns_config")
    space = (
        here.construct(dns, "namespace_id", "aws_service_discovery_private_dns_namespace") if dns else None
    )
    if dns is None or space is None:
        here.draft.leave(service.address, "only services of a private DNS namespace have a construct")
        return
    record = dns.block("dns_records")
    policy = here.known(dns, "routing_policy")
    custom = service.block("health_check_custom_config")
    named: dict[str, Any] = {}
    if record is not None:
        named |= given(record=here.known(record, "type"), ttl=here.known(record, "ttl"))
    if named.get("record") == "SRV":
        del named["record"]
    if policy not in (None, "MULTIVALUE"):
        named["routing_policy"] = policy
    if custom is None:
        named["failure_threshold"] = None
    named |= given(description=here.known(service, "description"), tags=here.known(service, "tags"))
    call = Call("cloudmap.Service", (here.known(service, "name") or service.label, space), named)
    variable = here.draft.add(f"{service.label}_name", call)
    here.make(service, variable, arn=Code(f"{variable.text}.arn"))
    here.done(dns)
    here.done(service)


def clusters(here: Directory) -> None:
    """Clusters with their capacity providers."""
    providers: dict[str, Any] = {}
    for association in here.all_of("aws_ecs_cluster_capacity_providers"):
        of = here.referred(association.take("cluster_name"))
        providers[of.label if of else ""] = here.known(association, "capacity_providers")
        here.done(association)
    for cluster in here.all_of("aws_ecs_cluster"):
        of_it = providers.get(cluster.label)
        named = given(
            capacity_providers=None if of_it in (None, ["FARGATE"]) else of_it,
            tags=here.known(cluster, "tags"),
        )
        call = Call("ecs.Cluster", (here.known(cluster, "name") or cluster.label,), named)
        variable = here.draft.add(f"{cluster.label}_cluster", call)
        here.make(cluster, variable, arn=Code(f"{variable.text}.arn"), id=Code(f"{variable.text}.arn"))
        here.done(cluster)


def task_definitions(here: Directory) -> None:
    """Task definitions for Fargate, with their containers."""
    for task in here.all_of("aws_ecs_task_definition"):
        containers = here.known(task, "container_definitions")
        cpu, memory = _number(here.known(task, "cpu")), _number(here.known(task, "memory"))
        if not isinstance(containers, list) or cpu is None or memory is None:
            here.draft.leave(task.address, "its containers or its size are not known")
            continue
        for name in ("requires_compatibilities", "network_mode"):
            task.take(name)  # Fargate and awsvpc are all that there is
        platform, storage = task.block("runtime_platform"), task.block("ephemeral_storage")
        made = [_container(here, task, each) for each in containers if isinstance(each, dict)]
        named = given(
            execution_role=_role(here, task, "execution_role_arn"),
            task_role=_role(here, task, "task_role_arn"),
            cpu_architecture=here.known(platform, "cpu_architecture") if platform else None,
            ephemeral_storage_gib=here.known(storage, "size_in_gib") if storage else None,
            tags=here.known(task, "tags"),
        )
        family = here.known(task, "family") or task.label
        call = Call("ecs.TaskDefinition", (family, made, Call("ecs.Size", (cpu, memory))), named)
        here.make(task, here.draft.add(f"{task.label}_task", call))
        here.done(task)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _role(here: Directory, task: Resource, name: str) -> Code | None:
    return here.construct(task, name, "aws_iam_role") if name in task.rest else None


_SAME = {
    "cpu": "cpu",
    "memory": "memory",
    "memoryReservation": "memory_reservation",
    "entryPoint": "entry_point",
    "command": "command",
    "startTimeout": "start_timeout",
    "stopTimeout": "stop_timeout",
    "user": "user",
    "workingDirectory": "working_directory",
    "readonlyRootFilesystem": "readonly_root_filesystem",
}


def _container(here: Directory, task: Resource, source: dict[str, Any]) -> Call:
    rest = dict(source)
    name = rest.pop("name", task.label)
    place = f"{task.address}: container {name}"
    named: dict[str, Any] = {ours: rest.pop(theirs) for theirs, ours in _SAME.items() if theirs in rest}
    if named.get("entry_point") == ["sh", "-c"] and len(named.get("command") or ()) == 1:
        named["sh"] = named.pop("command")[0]
        del named["entry_point"]
    if rest.pop("essential", True) is False:
        named["essential"] = False
    named |= given(
        environment=_pairs(rest.pop("environment", None), "value"),
        secrets=_pairs(rest.pop("secrets", None), "valueFrom"),
        health_check=_health_check(rest.pop("healthCheck", None)),
        depends_on=[
            Call("ecs.DependsOn", (each.get("containerName"), each.get("condition", "START")))
            for each in rest.pop("dependsOn", None) or ()
        ],
        log=_log(here, place, name, rest.pop("logConfiguration", None)),
    )
    image = rest.pop("image", None) or "scratch"
    ports = [_port(each) for each in rest.pop("portMappings", None) or ()]
    for member, value in rest.items():
        if value not in ([], {}, None):
            here.draft.leave(f"{place}: {member}", "no construct has it")
    return Call("ecs.Container", (name, image, ports) if ports else (name, image), named)


def _pairs(members: list[dict[str, Any]] | None, value: str) -> dict[str, Any]:
    # A value that is not known was told already.
    return {each["name"]: each[value] for each in members or () if "name" in each and value in each}


def _port(mapping: dict[str, Any]) -> Any:
    port = mapping.get("containerPort")
    more = given(
        protocol=None if mapping.get("protocol") in (None, "tcp") else mapping["protocol"],
        name=mapping.get("name"),
    )
    return Call("ecs.Port", (port,), more) if more else port


def _health_check(check: dict[str, Any] | None) -> Call | None:
    if not check:
        return None
    names = {
        "interval": "interval",
        "timeout": "timeout",
        "retries": "retries",
        "startPeriod": "start_period",
    }
    named = {ours: check[theirs] for theirs, ours in names.items() if check.get(theirs) is not None}
    return Call("ecs.HealthCheck", (check.get("command", []),), named)


def _log(here: Directory, place: str, container: str, log: dict[str, Any] | None) -> Any:
    if not log:
        return None
    driver, options = log.get("logDriver"), dict(log.get("options") or {})
    groups = {here.attributes[key]: here.made[key[:2]] for key in here.attributes if _is_group(key)}
    group = groups.get(options.get("awslogs-group"))
    if driver != "awslogs" or group is None:
        here.draft.leave(f"{place}: logConfiguration", "its log group is not in the directory")
        return None
    options.pop("awslogs-group")
    options.pop("awslogs-region", None)
    if options.pop("awslogs-stream-prefix", container) != container:
        here.draft.leave(f"{place}: awslogs-stream-prefix", "it is the container's name now")
    return Call("logs.LogDriver", (driver, options, group)) if options else group


def _is_group(key: tuple[str, str, str]) -> bool:
    return key[0] == "aws_cloudwatch_log_group" and key[2] == "name"


def services(here: Directory) -> list[Code]:
    """Services; those that are not complete are told."""
    made = []
    for service in here.all_of("aws_ecs_service"):
        task = here.construct(service, "task_definition", "aws_ecs_task_definition")
        cluster = here.construct(service, "cluster", "aws_ecs_cluster")
        network = service.block("network_configuration")
        subnets = here.known(network, "subnets", "subnets") if network else None
        if task is None or cluster is None or network is None or subnets is None:
            here.draft.leave(service.address, "its task definition, cluster or subnets are not known")
            continue
        registry = here.referred(_registry_arn(service))
        named = {"cluster": cluster, "subnets": subnets} | _service(here, service, network)
        call = Call("ecs.Service", (here.known(service, "name") or service.label, task), named)
        variable = here.draft.add(f"{service.label}_service", call)
        here.make(service, variable, id=Code(f"{variable.text}.arn"))
        made.append(variable)
        if registry is not None:
            here.registered[registry.label] = variable
        here.done(network)
        here.done(service)
    return made


def _registry_arn(service: Resource) -> Any:
    blocks = service.rest.get("service_registries")
    first = blocks[0] if isinstance(blocks, list) and blocks else blocks
    return first.get("registry_arn") if isinstance(first, dict) else None


_USUAL = {
    "launch_type": "FARGATE",
    "wait_for_steady_state": True,
    "availability_zone_rebalancing": "ENABLED",
    "triggers": None,
}
"""What a definition's services have unsaid."""


def _service(here: Directory, service: Resource, network: Resource) -> dict[str, Any]:
    for name, usual in _USUAL.items():
        value = service.take(name)
        if usual is not None and value not in (None, usual):
            here.draft.leave(f"{service.address}: {name}", f"hatoba's services have {usual}")
    groups = network.take("security_groups")
    breaker, registry = service.block("deployment_circuit_breaker"), service.block("service_registries")
    forced = service.take("force_new_deployment")
    named = given(
        security_groups=[_group(here, each) for each in groups] if isinstance(groups, list) else None,
        assign_public_ip=True if network.take("assign_public_ip") is True else None,
        minimum_healthy_percent=here.known(service, "deployment_minimum_healthy_percent"),
        maximum_percent=here.known(service, "deployment_maximum_percent"),
        tags=here.known(service, "tags"),
    )
    count = here.known(service, "desired_count")
    if count is not None:
        named = {**named, "desired_count": count}
    if forced is not True:
        named = {**named, "force_new_deployment": False}
    return {**named, **_breaker(here, breaker), **_registry(here, registry)}


def _group(here: Directory, value: Any) -> Any:
    found = here.referred(value) if isinstance(value, Expression) else None
    if found is not None and (found.type, found.label) in here.made:
        return here.made[(found.type, found.label)]
    return here.resolve(value, "security_group")


def _breaker(here: Directory, breaker: Resource | None) -> dict[str, Any]:
    enable = here.known(breaker, "enable") if breaker else False
    rollback = here.known(breaker, "rollback") if breaker else False
    if (enable, rollback) == (True, True):
        return {}
    return {"circuit_breaker": Call("ecs.CircuitBreaker", (), {"enable": enable, "rollback": rollback})}


def _registry(here: Directory, registry: Resource | None) -> dict[str, Any]:
    if registry is None:
        return {}
    found = here.construct(registry, "registry_arn", "aws_service_discovery_service")
    container, port = here.known(registry, "container_name"), here.known(registry, "container_port")
    here.done(registry)
    return dict(given(registry=found, registry_container=container, registry_port=port)) if found else {}
