"""What runs and all it leans on: logs, roles, groups, Cloud Map, clusters, task definitions, services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hatoba.definition import logs
from hatoba.definition.values import REGION, Attribute
from hatoba.definition.values import Joined as JoinedValue
from hatoba.plan import later
from hatoba.plan import resources as aws
from hatoba.plan.terms import Joined, PseudoParameter, Reference, Whole, Words

if TYPE_CHECKING:
    from hatoba.definition import cloudmap, ec2, ecs, iam
    from hatoba.plan.build import Builder


def log_group(group: logs.LogGroup, to: Builder) -> Iterable[aws.Resource]:
    """A log group."""
    yield aws.LogGroup(
        id=to.id(group),
        log_group_name=group.name,
        retention_in_days=to.term(group.retention_in_days),
        tags=to.tags(group),
    )


def role(role: iam.Role, to: Builder) -> Iterable[aws.Resource]:
    """A role with its managed and its inline policies, so that none can be missing while a task runs."""
    managed = tuple(
        Joined(("arn:", PseudoParameter("Partition"), f":iam::aws:policy/{name}")) for name in role.MANAGED
    )
    inline = tuple(
        aws.Policy(name, aws.document(*(_statement(allow, to) for allow in _several(allowed))))
        for name, allowed in role.policies.items()
    )
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    yield aws.Role(
        id=to.id(role),
        role_name=role.name,
        assume_role_policy_document=aws.document(trust),
        managed_policy_arns=managed or None,
        policies=inline or None,
        tags=to.tags(role),
    )


def _statement(allow: iam.Allow, to: Builder) -> Mapping[str, object]:
    return {"Effect": "Allow", "Action": to.term(allow.actions), "Resource": to.term(allow.on)}


def _several(allowed: iam.Allow | Sequence[iam.Allow]) -> Sequence[iam.Allow]:
    return allowed if isinstance(allowed, Sequence) else (allowed,)


def security_group(group: ec2.SecurityGroup, to: Builder) -> Iterable[aws.Resource]:
    """A security group with its rules."""
    yield aws.SecurityGroup(
        id=to.id(group),
        group_name=group.name,
        group_description=group.description,
        vpc_id=to.term(group.vpc),
        security_group_ingress=tuple(_rule(rule) for rule in group.ingress) or None,
        security_group_egress=None if group.egress is None else tuple(_rule(rule) for rule in group.egress),
        tags=to.tags(group),
    )


def _rule(rule: ec2.Rule) -> aws.SecurityGroupRule:
    is_ipv6 = ":" in rule.cidr
    return aws.SecurityGroupRule(
        ip_protocol=rule.protocol,
        from_port=rule.from_port,
        to_port=rule.to_port,
        cidr_ip=None if is_ipv6 else rule.cidr,
        cidr_ipv6=rule.cidr if is_ipv6 else None,
        description=rule.description or None,
    )


def namespace(namespace: cloudmap.PrivateDnsNamespace, to: Builder) -> Iterable[aws.Resource]:
    """A private DNS namespace."""
    yield aws.PrivateDnsNamespace(
        id=to.id(namespace),
        name=namespace.name,
        vpc=to.term(namespace.vpc),
        description=namespace.description or None,
        tags=to.tags(namespace),
    )


def discovery_service(service: cloudmap.Service, to: Builder) -> Iterable[aws.Resource]:
    """A Cloud Map service."""
    threshold = service.failure_threshold
    yield aws.DiscoveryService(
        id=to.id(service),
        name=service.name,
        namespace_id=to.term(service.namespace.id),
        description=service.description or None,
        dns_config=aws.DnsConfig(
            service.routing_policy, (aws.DnsRecord(service.record, to.term(service.ttl)),)
        ),
        health_check_custom_config=None if threshold is None else aws.HealthCheckCustomConfig(threshold),
        tags=to.tags(service),
    )


def cluster(cluster: ecs.Cluster, to: Builder) -> Iterable[aws.Resource]:
    """A cluster and what its tasks may run on."""
    yield aws.Cluster(id=to.id(cluster), cluster_name=cluster.name, tags=to.tags(cluster))
    yield aws.ClusterCapacityProviderAssociations(
        id=to.associations(cluster),
        cluster=Reference(to.id(cluster)),
        capacity_providers=tuple(cluster.capacity_providers),
    )


def task_definition(task: ecs.TaskDefinition, to: Builder) -> Iterable[aws.Resource]:
    """A task definition for Fargate."""
    architecture, storage = task.cpu_architecture, task.ephemeral_storage_gib
    yield aws.TaskDefinition(
        id=to.id(task),
        depends_on=tuple(dict.fromkeys(to.id(called) for called in _called(task))),
        family=task.family,
        cpu=_text(to.term(task.size.cpu)),
        memory=_text(to.term(task.size.memory)),
        execution_role_arn=to.term(task.execution_role.arn) if task.execution_role else None,
        task_role_arn=to.term(task.task_role.arn) if task.task_role else None,
        runtime_platform=aws.RuntimePlatform(architecture) if architecture else None,
        ephemeral_storage=aws.EphemeralStorage(storage) if storage else None,
        container_definitions=tuple(_container(container, to) for container in task.containers),
        tags=to.tags(task),
    )


def _called(task: ecs.TaskDefinition) -> Iterable[cloudmap.Service]:
    """The Cloud Map services whose names its containers are given: a name stands before its callers start."""
    for container in task.containers:
        for value in container.environment.values():
            for part in value.parts if isinstance(value, JoinedValue) else (value,):
                if isinstance(part, Attribute) and part.name == "host":
                    yield part.construct  # type: ignore[misc]  # only Cloud Map services have it


def _text(size: Whole) -> Words:
    # Sizes of tasks are texts on AWS, unlike those of containers.
    return str(size) if isinstance(size, int) else size


def _container(container: ecs.Container, to: Builder) -> aws.ContainerDefinition:
    entry_point, command = container.entry_point, container.command
    if container.sh is not None:
        entry_point, command = ["sh", "-c"], [container.sh]
    return aws.ContainerDefinition(
        name=container.name,
        image=to.term(container.image),
        essential=container.essential,
        port_mappings=tuple(_port(port) for port in container.port_mappings) or None,
        entry_point=None if entry_point is None else tuple(entry_point),
        command=None if command is None else tuple(command),
        environment=tuple(aws.KeyValue(name, to.term(value)) for name, value in container.environment.items())
        or None,
        secrets=tuple(aws.Secret(name, to.term(value)) for name, value in container.secrets.items()) or None,
        cpu=container.cpu,
        memory=container.memory,
        memory_reservation=container.memory_reservation,
        health_check=_health_check(container.health_check),
        depends_on=tuple(
            aws.ContainerDependency(other.container, other.condition) for other in container.depends_on
        )
        or None,
        start_timeout=container.start_timeout,
        stop_timeout=container.stop_timeout,
        user=container.user,
        working_directory=container.working_directory,
        readonly_root_filesystem=container.readonly_root_filesystem,
        log_configuration=_log(container, to),
    )


def _port(port: ecs.Port) -> aws.PortMapping:
    return aws.PortMapping(
        port.container_port, port.host_port or port.container_port, port.protocol, port.name
    )


def _health_check(check: ecs.HealthCheck | None) -> aws.HealthCheck | None:
    if check is None:
        return None
    return aws.HealthCheck(
        tuple(check.command), check.interval, check.timeout, check.retries, check.start_period or None
    )


def _log(container: ecs.Container, to: Builder) -> aws.LogConfiguration | None:
    if container.log is None:
        return None
    driver = container.log
    if isinstance(driver, logs.LogGroup):
        driver = logs.LogDriver("awslogs", group=driver)
    options: dict[str, Words] = {}
    if driver.group is not None:
        options = {
            "awslogs-group": Reference(to.id(driver.group)),
            "awslogs-region": to.term(REGION),
            "awslogs-stream-prefix": container.name,
        }
    options |= {name: to.term(value) for name, value in driver.options.items()}
    return aws.LogConfiguration(driver.driver, options)


def service(service: ecs.Service, to: Builder) -> Iterable[aws.Resource]:
    """A service, after what its cluster's tasks run on and what sends to them; and how it scales."""
    breaker, behind, spot = service.circuit_breaker, to.targets_of(service), later.strategy(service.spot)
    yield aws.Service(
        id=to.id(service),
        depends_on=(to.associations(service.cluster), *(target.listener for target in behind)),
        service_name=service.name,
        cluster=Reference(to.id(service.cluster)),
        task_definition=Reference(to.id(service.task_definition)),
        desired_count=None if service.autoscaling else to.term(service.desired_count),
        launch_type=None if spot else "FARGATE",
        capacity_provider_strategy=spot,
        network_configuration=later.network(service, to),
        service_registries=_registries(service, to),
        load_balancers=tuple(
            aws.LoadBalancer(Reference(target.group), target.container, target.container_port)
            for target in behind
        )
        or None,
        health_check_grace_period_seconds=service.health_check_grace_period,
        deployment_configuration=aws.DeploymentConfiguration(
            aws.DeploymentCircuitBreaker(breaker.enable, breaker.rollback),
            service.minimum_healthy_percent,
            service.maximum_percent,
        ),
        force_new_deployment=aws.ForceNewDeployment(
            enable_force_new_deployment=True, force_new_deployment_nonce=to.nonce()
        )
        if service.force_new_deployment
        else None,
        tags=to.tags(service),
    )
    yield from later.scaling(service, to)


def _registries(service: ecs.Service, to: Builder) -> tuple[aws.ServiceRegistry, ...] | None:
    if service.registry is None:
        return None
    # ECS refuses a port for records that have none.
    container, port = (
        (service.registered or (None, None)) if service.registry.record == "SRV" else (None, None)
    )
    return (aws.ServiceRegistry(to.term(service.registry.arn), container, port),)
