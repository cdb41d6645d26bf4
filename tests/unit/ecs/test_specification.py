"""From what a definition says to what a runtime is asked to run: nothing is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hatoba.cloud.ecs.control.specification import Fetched, Told, task_spec
from hatoba.cloud.ecs.definition import read
from hatoba.runtime.protocol import ContainerSpec, Door, Image, Memory, Mount, Port, TaskSpec
from tests.unit.ecs.test_metadata import TASK, TASK_ID

PLAIN: dict[str, Any] = {"name": "app", "image": "shop:1"}
NOTHING = Fetched({}, {})


def spec_of(
    *containers: dict[str, Any],
    overrides: dict[str, Any] | None = None,
    fetched: Fetched = NOTHING,
    **task: Any,
) -> TaskSpec:
    view = read({"family": "app", "containerDefinitions": list(containers), **task})
    names = [each["name"] for each in containers]
    told = Told({name: {"AWS_REGION": "r", "FROM": "around"} for name in names})
    images = {each["image"]: Image(each["image"], "sha256:digest", "sha256:id") for each in containers}
    changed = replace(TASK, overrides=overrides or {})
    return task_spec(changed, view, dict.fromkeys(names, fetched), told, images)


ROUND_IT = {"environment": {"AWS_REGION": "r", "FROM": "around"}, "image_id": "sha256:id"}


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("entryPoint", ["sh", "-c"], {"entry_point": ("sh", "-c")}),
        ("command", ["serve"], {"command": ("serve",)}),
        ("workingDirectory", "/srv", {"working_directory": "/srv"}),
        ("user", "1000:1000", {"user": "1000:1000"}),
        ("cpu", 128, {"cpu_units": 128}),
        ("cpu", 0, {"cpu_units": None}),
        ("memory", 256, {"memory_mib": 256}),
        ("memoryReservation", 64, {"reserved_memory_mib": 64}),
        ("readonlyRootFilesystem", True, {"read_only_root": True}),
        ("interactive", True, {"keeps_input_open": True}),
        ("pseudoTerminal", True, {"has_terminal": True}),
        (
            "portMappings",
            [{"containerPort": 80}, {"containerPort": 53, "protocol": "udp"}],
            {"ports": (Port(80), Port(53, "udp"))},
        ),
        (
            "ulimits",
            [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
            {"ulimits": {"nofile": (1, 2)}},
        ),
        (
            "systemControls",
            [{"namespace": "net.core.somaxconn", "value": "9"}],
            {"kernel_parameters": {"net.core.somaxconn": "9"}},
        ),
        ("linuxParameters", {"initProcessEnabled": True}, {"init_process": True}),
        (
            "linuxParameters",
            {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["MKNOD"]}},
            {"capabilities_added": ("SYS_PTRACE",), "capabilities_dropped": ("MKNOD",)},
        ),
        (
            "linuxParameters",
            {"tmpfs": [{"containerPath": "/fast", "size": 16, "mountOptions": ["noexec"]}]},
            {"in_memory": (Memory("/fast", 16, ("noexec",)),)},
        ),
        (
            "mountPoints",
            [{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
            {"mounts": (Mount("data", "/data", read_only=True),)},
        ),
    ],
)
def test_what_a_container_asks_for_reaches_its_runtime(
    member: str, value: Any, expected: dict[str, Any]
) -> None:
    (container,) = spec_of({**PLAIN, member: value}).containers
    assert container == ContainerSpec("app", "shop:1", **ROUND_IT, **expected)  # type: ignore[arg-type]  # any member


def test_a_later_source_of_a_variable_counts_more() -> None:
    sources = ("around", "file", "definition", "secret", "override")
    given = [{**PLAIN, "environment": [{"name": "FROM", "value": "definition"}]}]
    own = {"containerOverrides": [{"name": "app", "environment": [{"name": "FROM", "value": "override"}]}]}
    seen = [
        spec_of(PLAIN),
        spec_of(PLAIN, fetched=Fetched({}, {"FROM": "file"})),
        spec_of(*given, fetched=Fetched({}, {"FROM": "file"})),
        spec_of(*given, fetched=Fetched({"FROM": "secret"}, {"FROM": "file"})),
        spec_of(*given, fetched=Fetched({"FROM": "secret"}, {"FROM": "file"}), overrides=own),
    ]
    assert tuple(each.containers[0].environment["FROM"] for each in seen) == sources


def test_a_command_that_is_overridden_is_told_from_the_definitions() -> None:
    definition = {**PLAIN, "command": ["serve"]}
    (usual,) = spec_of(definition).containers
    own = {"containerOverrides": [{"name": "app", "command": ["migrate"]}]}
    (other,) = spec_of(definition, overrides=own).containers
    assert (usual.command, usual.is_overridden) == (("serve",), False)
    assert (other.command, other.is_overridden) == (("migrate",), True)


def test_a_task_has_its_size_its_marks_and_its_manners() -> None:
    spec = spec_of(PLAIN, {**PLAIN, "name": "side"}, pidMode="task")
    assert (spec.task_id, spec.cpu_units, spec.memory_mib) == (TASK_ID, 512, 1024)
    assert spec.labels == {"hatoba.task": f"c/{TASK_ID}", "hatoba.service": "s"}
    assert [each.name for each in spec.containers] == ["app", "side"]
    assert spec.shares_processes
    assert not spec_of(PLAIN).shares_processes


def test_a_task_is_told_of_its_doors_and_its_name_servers() -> None:
    told = Told({"app": {}}, (Door("127.0.0.1", 51679, 4000),), ("169.254.169.253",))
    view = read({"family": "app", "containerDefinitions": [PLAIN]})
    spec = task_spec(TASK, view, {"app": NOTHING}, told, {"shop:1": Image("shop:1")})
    assert (spec.doors, spec.nameservers) == (told.doors, told.nameservers)
