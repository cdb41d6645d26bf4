"""From a task and its definition to what a runtime is asked to run: everything resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.ecs.definition import read_overrides
from hatoba.runtime.protocol import ContainerSpec, Door, Memory, Mount, Port, TaskSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.definition import ContainerDefinition, ContainerOverride, TaskDefinitionView
    from hatoba.cloud.ecs.model import Task
    from hatoba.runtime.protocol import Image


def surroundings(region: str, hostname: str | None) -> dict[str, str]:
    """Return what AWS sets in every container's environment.

    ``AWS_DISABLE_HOST_PREFIX_INJECTION``: botocore calls some operations at a prefix + the endpoint's host,
    a name that no resolver knows for a local address.
    """
    around = {
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
    return around | ({"HOSTNAME": hostname} if hostname else {})


class Told(msgspec.Struct, frozen=True):
    """What a task is told of the cloud around it.

    Attributes:
        variables: What stands in the environment by container; the definition's own wins.
        doors: By which its containers get where the variables point.
        nameservers: Whom they ask for names.
    """

    variables: dict[str, dict[str, str]]
    doors: tuple[Door, ...] = ()
    nameservers: tuple[str, ...] = ()


class Fetched(msgspec.Struct, frozen=True):
    """What was fetched for one container: its secrets, and the variables of its environment files."""

    secrets: dict[str, str]
    files: dict[str, str]


def task_spec(
    task: Task,
    view: TaskDefinitionView,
    fetched: dict[str, Fetched],
    told: Told,
    images: Mapping[str, Image],
) -> TaskSpec:
    """Return the task as a runtime takes it.

    Args:
        task: Which.
        view: Its definition.
        fetched: What each container's definition only points at.
        told: What it is told of the cloud around it.
        images: Its images, by reference.
    """
    overrides = read_overrides(task.overrides)
    return TaskSpec(
        task_id=task.id,
        containers=tuple(
            replace(
                _container_spec(each, overrides.of(each.name), fetched[each.name], told.variables[each.name]),
                mounts=_mounts(each, view),
                image_id=images[each.image].id,
            )
            for each in view.container_definitions
        ),
        cpu_units=int(task.cpu or 0),
        memory_mib=int(task.memory or 0),
        labels={"hatoba.task": task.key, "hatoba.service": task.service or ""},
        doors=told.doors,
        nameservers=told.nameservers,
        shares_processes=view.pid_mode == "task",
    )


def _container_spec(
    definition: ContainerDefinition, own: ContainerOverride, fetched: Fetched, around: dict[str, str]
) -> ContainerSpec:
    environment = {
        **around,
        **fetched.files,
        **{each.name: each.value for each in definition.environment},
        **fetched.secrets,
        **{each.name: each.value for each in own.environment},
    }
    return ContainerSpec(
        name=definition.name,
        image=definition.image,
        entry_point=definition.entry_point,
        command=definition.command if own.command is None else own.command,
        is_overridden=own.command is not None,
        environment=environment,
        ports=tuple(Port(each.container_port, each.protocol) for each in definition.port_mappings),
        working_directory=definition.working_directory,
        user=definition.user,
        cpu_units=own.cpu or definition.cpu or None,
        memory_mib=own.memory or definition.memory,
        reserved_memory_mib=own.memory_reservation or definition.memory_reservation,
        read_only_root=definition.readonly_root_filesystem,
        init_process=definition.linux_parameters.init_process_enabled,
        ulimits={each.name: (each.soft_limit, each.hard_limit) for each in definition.ulimits},
        capabilities_added=definition.linux_parameters.capabilities.add,
        capabilities_dropped=definition.linux_parameters.capabilities.drop,
        in_memory=tuple(
            Memory(each.container_path, each.size, each.mount_options)
            for each in definition.linux_parameters.tmpfs
        ),
        has_terminal=definition.pseudo_terminal,
        keeps_input_open=definition.interactive,
        kernel_parameters={each.namespace: each.value for each in definition.system_controls},
    )


def _mounts(definition: ContainerDefinition, view: TaskDefinitionView) -> tuple[Mount, ...]:
    """Return a container's own mounts, and those of the containers whose volumes it takes."""
    own = [Mount(each.source_volume, each.container_path, each.read_only) for each in definition.mount_points]
    paths = {each.path for each in own}
    for taken in definition.volumes_from:
        source = view.container(taken.source_container)
        for each in source.mount_points if source else ():
            if each.container_path not in paths:
                read_only = each.read_only or taken.read_only
                own.append(Mount(each.source_volume, each.container_path, read_only))
                paths.add(each.container_path)
    return tuple(own)
