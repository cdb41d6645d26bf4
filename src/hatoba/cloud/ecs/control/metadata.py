"""What a task is told about itself: the answers of the task metadata endpoint, version 4.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html
"""

from __future__ import annotations

import math
from ipaddress import ip_network
from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.clock import timestamp
from hatoba.cloud.ecs import names

if TYPE_CHECKING:
    from hatoba.cloud.ecs.definition import ContainerDefinition, TaskDefinitionView
    from hatoba.cloud.ecs.model import Container, Task
    from hatoba.cloud.state import Scope
    from hatoba.runtime.protocol import Usage

UNITS_PER_CPU = 1024
MIB_PER_GIB = 1024
BYTES_PER_MIB = 1024 * 1024


class Subject(msgspec.Struct, frozen=True):
    """A task with all that is told about it.

    ``cidr`` is its subnet's address range, ``nameservers`` are those that it asks, where they are its own,
    ``written_bytes`` is what it has on its disk, where that is measured.
    """

    scope: Scope
    task: Task
    view: TaskDefinitionView
    cidr: str | None = None
    nameservers: tuple[str, ...] = ()
    written_bytes: int | None = None


def task(subject: Subject, *, with_tags: bool = False) -> dict[str, object]:
    """Describe a task."""
    record = subject.task
    family, _, revision = record.task_definition.rsplit("/", 1)[-1].partition(":")
    return _given(
        Cluster=names.cluster_arn(subject.scope, record.cluster),
        TaskARN=names.task_arn(subject.scope, record.key),
        Family=family,
        Revision=revision,
        ServiceName=record.service,
        DesiredStatus=record.desired_status,
        KnownStatus=record.last_status,
        Limits={"CPU": int(record.cpu or 0) / UNITS_PER_CPU, "Memory": int(record.memory or 0)},
        PullStartedAt=moment(record.pull_started_at),
        PullStoppedAt=moment(record.pull_stopped_at),
        AvailabilityZone=record.attachment.zone,
        LaunchType="FARGATE",
        TaskTags=dict(record.tags) if with_tags else None,
        Containers=[container(subject, each) for each in record.containers],
        EphemeralStorageMetrics=_disk(subject),
        FaultInjectionEnabled=False,
    )


def container(subject: Subject, each: Container) -> dict[str, object]:
    """Describe one container of a task."""
    record = subject.task
    definition = subject.view.container(each.name)
    return _given(
        DockerId=names.docker_id(record.id, each.id),
        Name=each.name,
        DockerName=each.name,
        Image=each.image,
        ImageID=each.image_digest or "",
        Labels=_labels(subject, each),
        DesiredStatus=record.desired_status,
        KnownStatus=each.last_status,
        ExitCode=each.exit_code,
        Limits=_given(CPU=each.cpu, Memory=each.memory),
        CreatedAt=moment(each.started_at),
        StartedAt=moment(each.started_at),
        FinishedAt=moment(each.stopped_at if each.last_status == "STOPPED" else None),
        Type="NORMAL",
        Health=_health(definition, each),
        RestartCount=each.restarts if definition and definition.restart_policy else None,
        LogDriver=definition.log_configuration.log_driver
        if definition and definition.log_configuration
        else None,
        LogOptions=_log_options(definition, record.id),
        ContainerARN=names.container_arn(subject.scope, record.key, each.id),
        Networks=[_network(subject)],
        Snapshotter="overlayfs" if record.runtime == "container" else None,
    )


def stats(name: str, identifier: str, now: Usage, before: Usage | None) -> dict[str, object]:
    """Describe what a container uses, in the form of Docker's statistics, as far as it is measured.

    The rates of its network are ECS's addition.
    https://docs.docker.com/reference/api/engine/ (ContainerStats)
    """
    described: dict[str, object] = {
        "read": moment(now.at),
        "preread": moment(before.at) if before else "0001-01-01T00:00:00Z",
        "pids_stats": {"current": now.processes},
        "cpu_stats": _cpu(now),
        "precpu_stats": _cpu(before) if before else {"cpu_usage": {"total_usage": 0}},
        "memory_stats": _given(usage=now.memory_bytes, limit=now.memory_limit_bytes),
        "name": name,
        "id": identifier,
    }
    if now.networks:
        described["networks"] = now.networks
        described["network_rate_stats"] = _rates(now, before)
    if now.blocks:
        described["blkio_stats"] = {
            "io_service_bytes_recursive": [msgspec.structs.asdict(each) for each in now.blocks]
        }
    return described


def moment(seconds: float | None) -> str | None:
    """Return a time as these answers write it: RFC 3339, in UTC."""
    return None if seconds is None else timestamp(seconds).isoformat().replace("+00:00", "Z")


def _disk(subject: Subject) -> dict[str, int] | None:
    """Describe the task's disk in MiB."""
    if subject.written_bytes is None:
        return None
    reserved = subject.task.ephemeral_storage_gib * MIB_PER_GIB
    return {"Utilized": math.ceil(subject.written_bytes / BYTES_PER_MIB), "Reserved": reserved}


def _labels(subject: Subject, each: Container) -> dict[str, str]:
    family, _, revision = subject.task.task_definition.rsplit("/", 1)[-1].partition(":")
    return {
        "com.amazonaws.ecs.cluster": names.cluster_arn(subject.scope, subject.task.cluster),
        "com.amazonaws.ecs.container-name": each.name,
        "com.amazonaws.ecs.task-arn": names.task_arn(subject.scope, subject.task.key),
        "com.amazonaws.ecs.task-definition-family": family,
        "com.amazonaws.ecs.task-definition-version": revision,
    }


def _health(definition: ContainerDefinition | None, each: Container) -> dict[str, object] | None:
    if definition is None or definition.health_check is None:
        return None
    return _given(
        status=each.health, statusSince=moment(each.health_since), output=each.health_output or None
    )


def _log_options(definition: ContainerDefinition | None, task_id: str) -> dict[str, str] | None:
    if definition is None or definition.log_configuration is None:
        return None
    options = dict(definition.log_configuration.options)
    prefix = options.pop("awslogs-stream-prefix", None)
    stream = {"awslogs-stream": f"{prefix}/{definition.name}/{task_id}"} if prefix else {}
    return options | stream


def _network(subject: Subject) -> dict[str, object]:
    interface = subject.task.attachment
    gateway = None
    if subject.cidr is not None:
        subnet = ip_network(subject.cidr)
        gateway = f"{subnet.network_address + 1}/{subnet.prefixlen}"
    return _given(
        NetworkMode="awsvpc",
        IPv4Addresses=[interface.private_ip] if interface.private_ip else [],
        AttachmentIndex=0,
        MACAddress=interface.mac_address,
        IPv4SubnetCIDRBlock=subject.cidr,
        DomainNameServers=list(subject.nameservers) or None,
        PrivateDNSName=interface.private_dns_name,
        SubnetGatewayIpv4Address=gateway,
    )


def _rates(now: Usage, before: Usage | None) -> dict[str, float]:
    """Return what went over the network in each direction since the measurement before; 0 at the first."""
    span_s = now.at - before.at if before else 0.0
    rates = {}
    for way in ("rx_bytes", "tx_bytes"):
        since = _through(now, way) - (_through(before, way) if before else 0)
        rates[f"{way}_per_sec"] = max(since / span_s, 0.0) if span_s > 0 else 0.0
    return rates


def _through(usage: Usage, counter: str) -> int:
    return sum(each.get(counter, 0) for each in usage.networks.values())


def _cpu(usage: Usage) -> dict[str, object]:
    return {
        "cpu_usage": {"total_usage": usage.cpu_ns},
        "system_cpu_usage": usage.system_cpu_ns,
        "online_cpus": usage.cpus,
    }


def _given(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
