"""Records as ECS describes them: members of the output shapes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hatoba.cloud.clock import timestamp
from hatoba.cloud.ecs import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from hatoba.cloud.ecs.model import (
        Cluster,
        Container,
        Deployment,
        LoadBalancer,
        Network,
        Registry,
        Rollout,
        Service,
        StrategyItem,
        Task,
        TaskDefinition,
    )
    from hatoba.cloud.state import Scope

PLATFORM_VERSION = "1.4.0"
PLATFORM_FAMILY = "Linux"
LAUNCH_TYPE = "FARGATE"
"""Of every task, by whichever capacity provider."""


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else timestamp(seconds)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as AWS lists them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def strategy(items: Sequence[StrategyItem]) -> list[dict[str, object]]:
    """Describe a capacity provider strategy."""
    return [{"capacityProvider": each.provider, "weight": each.weight, "base": each.base} for each in items]


def cluster(
    scope: Scope, record: Cluster, services: Iterable[Service], tasks: Iterable[Task], include: Iterable[str]
) -> dict[str, object]:
    """Describe a cluster; settings, tags and configuration only where asked for."""
    statuses = Counter(_phase(task) for task in tasks)
    wanted = set(include)
    described: dict[str, object] = {
        "clusterArn": names.cluster_arn(scope, record.name),
        "clusterName": record.name,
        "status": record.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": statuses["running"],
        "pendingTasksCount": statuses["pending"],
        "activeServicesCount": sum(each.status == "ACTIVE" for each in services),
        "statistics": [],
        "tags": tag_list(record.tags) if "TAGS" in wanted else [],
        "settings": settings(record) if "SETTINGS" in wanted else [],
        "capacityProviders": list(record.capacity_providers),
        "defaultCapacityProviderStrategy": strategy(record.default_strategy),
    }
    if "CONFIGURATIONS" in wanted and record.configuration is not None:
        described["configuration"] = record.configuration
    if record.service_connect_namespace is not None:
        described["serviceConnectDefaults"] = {"namespace": record.service_connect_namespace}
    return described


def settings(record: Cluster) -> list[dict[str, str]]:
    """Describe a cluster's settings."""
    return [{"name": "containerInsights", "value": record.container_insights}]


def task_definition(scope: Scope, record: TaskDefinition) -> dict[str, object]:
    """Describe a task definition: as it was registered, and what ECS knows beside."""
    needs = record.definition.get("requiresCompatibilities")
    is_fargate = isinstance(needs, list) and "FARGATE" in needs
    return {
        **record.definition,
        "taskDefinitionArn": names.task_definition_arn(scope, record.family, record.revision),
        "revision": record.revision,
        "status": record.status,
        "compatibilities": ["EC2", "FARGATE"] if is_fargate else ["EC2"],
        "registeredAt": _time(record.registered_at),
        "registeredBy": record.registered_by,
        "deregisteredAt": _time(record.deregistered_at),
        "deleteRequestedAt": _time(record.delete_requested_at),
    }


def network(record: Network) -> dict[str, object]:
    """Describe where tasks are placed."""
    return {
        "awsvpcConfiguration": {
            "subnets": [each.id for each in record.subnets],
            "securityGroups": list(record.security_groups),
            "assignPublicIp": record.assign_public_ip,
        }
    }


def registries(records: Sequence[Registry]) -> list[dict[str, object]]:
    """Describe where tasks are registered."""
    return [
        _given(
            registryArn=each.arn,
            port=each.port,
            containerName=each.container_name,
            containerPort=each.container_port,
        )
        for each in records
    ]


def load_balancers(records: Sequence[LoadBalancer]) -> list[dict[str, object]]:
    """Describe the target groups that tasks are registered in."""
    return [
        {
            "targetGroupArn": each.target_group_arn,
            "containerName": each.container_name,
            "containerPort": each.container_port,
        }
        for each in records
    ]


def rollout(record: Rollout) -> dict[str, object]:
    """Describe how deployments roll."""
    threshold = record.threshold
    described: dict[str, object] = {
        "deploymentCircuitBreaker": _given(
            enable=record.breaker,
            rollback=record.rollback,
            resetOnHealthyTask=record.resets_on_healthy_task,
            thresholdConfiguration=threshold and {"type": threshold.type, "value": threshold.value},
        ),
        "maximumPercent": record.maximum_percent,
        "minimumHealthyPercent": record.minimum_healthy_percent,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    alarms = record.alarms
    if alarms is not None:
        described["alarms"] = {
            "alarmNames": list(alarms.names),
            "enable": alarms.enable,
            "rollback": alarms.rollback,
        }
    return described


def service(scope: Scope, record: Service, tasks: Sequence[Task], *, with_tags: bool) -> dict[str, object]:
    """Describe a service, an INACTIVE one by what it was last."""
    counts = Counter(_phase(task) for task in tasks)
    revision = record.current
    described: dict[str, object] = {
        "serviceArn": names.service_arn(scope, record.key),
        "serviceName": record.name,
        "clusterArn": names.cluster_arn(scope, record.cluster),
        "loadBalancers": load_balancers(revision.load_balancers),
        "serviceRegistries": registries(revision.registries),
        "status": record.status,
        "desiredCount": record.desired_count,
        "runningCount": counts["running"],
        "pendingCount": counts["pending"],
        **launch(revision.launch_type, revision.strategy),
        "platformVersion": revision.platform_version,
        "platformFamily": PLATFORM_FAMILY,
        "taskDefinition": revision.task_definition,
        "deploymentConfiguration": rollout(record.rollout),
        "deployments": [deployment(each, record, tasks) for each in record.deployments],
        "roleArn": f"arn:aws:iam::{scope.account}:role/aws-service-role/ecs.amazonaws.com/"
        "AWSServiceRoleForECS",
        "events": [
            {"id": each.id, "createdAt": timestamp(each.created_at), "message": each.message}
            for each in record.events
        ],
        "createdAt": timestamp(record.created_at),
        "placementConstraints": [],
        "placementStrategy": [],
        "networkConfiguration": network(revision.network),
        "healthCheckGracePeriodSeconds": record.health_check_grace_s,
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "createdBy": record.created_by,
        "enableECSManagedTags": record.enable_managed_tags,
        "propagateTags": record.propagate_tags,
        "enableExecuteCommand": record.enable_execute_command,
        "availabilityZoneRebalancing": record.zone_rebalancing,
        **_revisions(scope, record, tasks),
    }
    if with_tags:
        described["tags"] = tag_list(record.tags)
    return described


def _revisions(scope: Scope, record: Service, tasks: Sequence[Task]) -> dict[str, object]:
    if not record.deployments:
        return {}
    primary = record.primary
    found: dict[str, object] = {
        "currentServiceRevisions": [
            revision_summary(scope, record, each, tasks) for each in record.deployments
        ]
    }
    if primary.rolls_back is None:
        identifier = primary.service_deployment_id
        found["currentServiceDeployment"] = names.service_deployment_arn(scope, record.key, identifier)
    return found


def revision_summary(
    scope: Scope, record: Service, each: Deployment, tasks: Sequence[Task]
) -> dict[str, object]:
    """Count the tasks of what one deployment deploys."""
    counts = Counter(_phase(task) for task in tasks if task.deployment == each.id)
    return {
        "arn": names.service_revision_arn(scope, record.key, each.number),
        "requestedTaskCount": _requested(each, record, tasks),
        "runningTaskCount": counts["running"],
        "pendingTaskCount": counts["pending"],
    }


def _requested(each: Deployment, record: Service, tasks: Sequence[Task]) -> int:
    if each.status == "PRIMARY":
        return record.desired_count
    return sum(task.is_live for task in tasks if task.deployment == each.id)


def deployment(record: Deployment, owner: Service, tasks: Sequence[Task]) -> dict[str, object]:
    """Describe one deployment of a service."""
    counts = Counter(_phase(task) for task in tasks if task.deployment == record.id)
    return {
        "id": record.id,
        "status": record.status,
        "taskDefinition": record.revision.task_definition,
        "desiredCount": _requested(record, owner, tasks),
        "pendingCount": counts["pending"],
        "runningCount": counts["running"],
        "failedTasks": record.failed_tasks,
        "createdAt": timestamp(record.created_at),
        "updatedAt": timestamp(record.updated_at),
        **launch(record.revision.launch_type, record.revision.strategy),
        "platformVersion": PLATFORM_VERSION,
        "platformFamily": PLATFORM_FAMILY,
        "networkConfiguration": network(record.revision.network),
        "rolloutState": record.rollout_state,
        "rolloutStateReason": record.rollout_reason,
    }


def task(scope: Scope, record: Task, *, with_tags: bool) -> dict[str, object]:
    """Describe a task."""
    architecture = {"name": "ecs.cpu-architecture", "value": "x86_64"}
    return _given(
        taskArn=names.task_arn(scope, record.key),
        clusterArn=names.cluster_arn(scope, record.cluster),
        taskDefinitionArn=record.task_definition,
        attachments=[_attachment(record)],
        attributes=[architecture],
        availabilityZone=record.attachment.zone,
        connectivity="CONNECTED" if record.connectivity_at is not None else None,
        connectivityAt=_time(record.connectivity_at),
        containers=[_container(scope, record, each) for each in record.containers],
        cpu=record.cpu,
        memory=record.memory,
        createdAt=timestamp(record.created_at),
        desiredStatus=record.desired_status,
        lastStatus=record.last_status,
        enableExecuteCommand=record.enable_execute_command,
        group=record.group,
        healthStatus=record.health,
        inferenceAccelerators=[],
        launchType=LAUNCH_TYPE,
        capacityProviderName=record.capacity_provider,
        overrides=overrides(record),
        platformVersion=PLATFORM_VERSION,
        platformFamily=PLATFORM_FAMILY,
        pullStartedAt=_time(record.pull_started_at),
        pullStoppedAt=_time(record.pull_stopped_at),
        startedAt=_time(record.started_at),
        startedBy=record.started_by,
        stoppingAt=_time(record.stopping_at),
        executionStoppedAt=_time(record.execution_stopped_at),
        stoppedAt=_time(record.stopped_at),
        stopCode=record.stop_code,
        stoppedReason=record.stopped_reason,
        tags=tag_list(record.tags) if with_tags else [],
        version=record.version,
        ephemeralStorage={"sizeInGiB": record.ephemeral_storage_gib},
        fargateEphemeralStorage={"sizeInGiB": record.ephemeral_storage_gib},
    )


def _attachment(record: Task) -> dict[str, object]:
    interface = record.attachment
    details = {
        "subnetId": interface.subnet_id,
        "networkInterfaceId": interface.interface_id,
        "macAddress": interface.mac_address,
        "privateDnsName": interface.private_dns_name,
        "privateIPv4Address": interface.private_ip,
    }
    return {
        "id": interface.id,
        "type": "ElasticNetworkInterface",
        "status": interface.status,
        "details": [{"name": name, "value": value} for name, value in details.items() if value is not None],
    }


def _container(scope: Scope, record: Task, each: Container) -> dict[str, object]:
    interface = record.attachment
    interfaces = (
        [{"attachmentId": interface.id, "privateIpv4Address": interface.private_ip}]
        if interface.private_ip is not None
        else []
    )
    return _given(
        containerArn=names.container_arn(scope, record.key, each.id),
        taskArn=names.task_arn(scope, record.key),
        name=each.name,
        image=each.image,
        imageDigest=each.image_digest,
        runtimeId=names.docker_id(record.id, each.id) if each.runtime_id else None,
        lastStatus=each.last_status,
        exitCode=each.exit_code,
        reason=each.reason,
        networkBindings=[],
        networkInterfaces=interfaces,
        managedAgents=_agents(record, each),
        healthStatus=each.health,
        cpu=str(each.cpu),
        memory=None if each.memory is None else str(each.memory),
        memoryReservation=None if each.memory_reservation is None else str(each.memory_reservation),
    )


def _agents(record: Task, each: Container) -> list[dict[str, object]] | None:
    """Describe what runs sessions in a container, where that was asked for."""
    if not record.enable_execute_command:
        return None
    status = {"PENDING": "PENDING", "STOPPED": "STOPPED"}.get(each.last_status, "RUNNING")
    return [_given(name="ExecuteCommandAgent", lastStatus=status, lastStartedAt=_time(each.started_at))]


def overrides(record: Task) -> dict[str, object]:
    """Describe a task's overrides, in which every container is named."""
    given = record.overrides.get("containerOverrides")
    listed = list(given) if isinstance(given, list) else []
    named = {each["name"] for each in listed}
    missing = [{"name": each.name} for each in record.containers if each.name not in named]
    return {
        **record.overrides,
        "containerOverrides": [*listed, *missing],
        "inferenceAcceleratorOverrides": [],
    }


def launch(launch_type: str | None, items: Sequence[StrategyItem]) -> dict[str, object]:
    """Describe what tasks are launched by: a strategy or a launch type."""
    return {"capacityProviderStrategy": strategy(items)} if items else {"launchType": launch_type}


def _phase(task: Task) -> str:
    """Say what a task counts as: running, pending, or neither."""
    if task.last_status == "RUNNING":
        return "running"
    if task.last_status in {"PROVISIONING", "PENDING", "ACTIVATING"}:
        return "pending"
    return "ending"


def _given(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
