"""What the engine is told, and what it tells, without an engine."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from hatoba.runtime.container_config import (
    Names,
    container_config,
    own_network,
    pause_config,
    shared_network,
)
from hatoba.runtime.container_output import OutputPlace
from hatoba.runtime.containers import _end_of
from hatoba.runtime.engine import ContainerState, Frame, read_frames, read_lines
from hatoba.runtime.engine_stats import nanoseconds
from hatoba.runtime.pause import UnknownMachine, pause_image
from hatoba.runtime.protocol import Address, ContainerSpec, Memory, Mount, TaskSpec

NAMES = Names("project", "task1")
SECOND = 1_000_000_000


def config(container: ContainerSpec) -> dict[str, object]:
    task = TaskSpec("task1", (container,), 512, 1024, {"team": "shop"})
    made: dict[str, object] = container_config(task, container, NAMES, shared_network("abc"), cpus=2)
    return made


def host(container: ContainerSpec) -> dict[str, object]:
    found = config(container)["HostConfig"]
    assert isinstance(found, dict)
    return found


def test_an_image_keeps_its_own_entry_point_and_command_unless_told() -> None:
    plain = config(ContainerSpec("app", "i"))
    told = config(ContainerSpec("app", "i", entry_point=("sh", "-c"), command=()))

    assert (plain["Entrypoint"], plain["Cmd"]) == (None, None)
    assert (told["Entrypoint"], told["Cmd"]) == (["sh", "-c"], [])


def test_the_images_own_health_check_is_not_run() -> None:
    assert config(ContainerSpec("app", "i"))["Healthcheck"] == {"Test": ["NONE"]}


def test_memory_is_the_containers_own_or_the_tasks_and_swap_is_not_given() -> None:
    own = host(ContainerSpec("app", "i", memory_mib=64))
    tasks = host(ContainerSpec("app", "i"))

    assert own["Memory"] == own["MemorySwap"] == 64 * 1024 * 1024
    assert tasks["Memory"] == 1024 * 1024 * 1024
    assert tasks["MemoryReservation"] == 0


def test_reserved_memory_is_a_soft_limit() -> None:
    found = host(ContainerSpec("app", "i", memory_mib=64, reserved_memory_mib=32))

    assert found["MemoryReservation"] == 32 * 1024 * 1024


def test_a_container_may_use_the_tasks_cpu_and_is_weighed_by_its_own() -> None:
    found = host(ContainerSpec("app", "i", cpu_units=128))

    assert (found["NanoCpus"], found["CpuShares"]) == (500_000_000, 128)


def test_a_container_may_use_no_more_cpus_than_the_machine_has() -> None:
    container = ContainerSpec("app", "i")
    task = TaskSpec("task1", (container,), 4096, 8192)
    made = container_config(task, container, NAMES, shared_network("abc"), cpus=2)

    assert made["HostConfig"]["NanoCpus"] == 2_000_000_000


def test_an_images_own_health_check_is_switched_off() -> None:
    assert config(ContainerSpec("app", "i"))["Healthcheck"] == {"Test": ["NONE"]}


def test_everything_is_marked_with_project_task_and_container() -> None:
    assert config(ContainerSpec("app", "i"))["Labels"] == {
        "team": "shop",
        "hatoba.project": "project",
        "hatoba.task": "task1",
        "hatoba.container": "app",
    }


def test_limits_mounts_and_flags_are_passed_on() -> None:
    found = host(
        ContainerSpec(
            "app",
            "i",
            ulimits={"nofile": (1, 2)},
            mounts=(Mount("data", "/data", read_only=True),),
            read_only_root=True,
            init_process=True,
            capabilities_added=("SYS_PTRACE",),
            capabilities_dropped=("MKNOD",),
            in_memory=(Memory("/fast", 16, ("noexec",)),),
        )
    )

    assert found["Ulimits"] == [{"Name": "nofile", "Soft": 1, "Hard": 2}]
    assert found["Mounts"] == [
        {"Type": "volume", "Source": "hatoba-task1-data", "Target": "/data", "ReadOnly": True}
    ]
    assert (found["ReadonlyRootfs"], found["Init"]) == (True, True)
    assert (found["CapAdd"], found["CapDrop"]) == (["SYS_PTRACE"], ["MKNOD"])
    assert found["Tmpfs"] == {"/fast": "noexec,size=16m"}


def test_containers_see_one_anothers_processes_only_where_the_task_says_so() -> None:
    container = ContainerSpec("app", "i")
    apart = TaskSpec("task1", (container,), 512, 1024)
    together = TaskSpec("task1", (container,), 512, 1024, shares_processes=True)
    shared = shared_network("abc")

    def mode(task: TaskSpec, network: dict[str, object]) -> object:
        return container_config(task, container, NAMES, network, cpus=2)["HostConfig"]["PidMode"]

    assert mode(together, shared) == "container:abc"
    assert mode(apart, shared) == ""
    assert mode(together, own_network(())) == ""


def test_a_terminal_an_open_input_and_kernel_parameters_are_asked_for() -> None:
    parameters = {"kernel.msgmax": "1", "net.core.somaxconn": "2"}
    container = ContainerSpec(
        "app", "i", has_terminal=True, keeps_input_open=True, kernel_parameters=parameters
    )

    assert (config(container)["Tty"], config(container)["OpenStdin"]) == (True, True)
    assert host(container)["Sysctls"] == {"kernel.msgmax": "1"}


def test_kernel_parameters_of_the_network_are_the_tasks_and_the_last_containers_win() -> None:
    containers = (
        ContainerSpec("one", "i", kernel_parameters={"net.core.somaxconn": "1", "kernel.msgmax": "1"}),
        ContainerSpec("two", "i", kernel_parameters={"net.core.somaxconn": "2"}),
    )
    task = TaskSpec("task1", containers, 256, 512)
    network = own_network((), containers)

    assert pause_config("pause", NAMES, network)["HostConfig"]["Sysctls"] == {"net.core.somaxconn": "2"}
    alone = container_config(task, containers[0], NAMES, network, cpus=2)
    assert alone["HostConfig"]["Sysctls"] == {"net.core.somaxconn": "2", "kernel.msgmax": "1"}


def test_a_container_is_made_of_the_very_image_that_was_chosen() -> None:
    assert config(ContainerSpec("app", "app:latest", image_id="sha256:1"))["Image"] == "sha256:1"
    assert config(ContainerSpec("app", "app:latest"))["Image"] == "app:latest"


def test_ports_are_published_on_the_address_given() -> None:
    network = own_network(
        (Address("app", 80, "127.0.0.1", 20080), Address("dns", 53, "127.0.0.1", 20053, "udp"))
    )

    assert network["PortBindings"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "20080"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "20053"}],
    }


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-11-22T14:00:50Z", 1795356050 * SECOND),
        ("2026-11-22T14:00:50.5Z", 1795356050 * SECOND + 500_000_000),
        ("2026-11-22T14:00:50.123456789Z", 1795356050 * SECOND + 123_456_789),
        ("2026-11-22T23:00:50.000000001+09:00", 1795356050 * SECOND + 1),
    ],
)
def test_time_stamps_keep_their_nanoseconds(stamp: str, expected: int) -> None:
    assert nanoseconds(stamp) == expected


def test_frames_are_cut_out_of_the_stream_and_the_rest_waits() -> None:
    text = b"2026-11-22T14:00:50Z hello\n"
    data = struct.pack(">BxxxL", 2, len(text)) + text

    frames, rest = read_frames(data + data[:10])

    assert frames == [Frame(2, 1795356050 * SECOND, b"hello\n")]
    assert rest == data[:10]


def frame(at: int, text: str, stream: int = 1) -> Frame:
    return Frame(stream, at, text.encode())


def test_what_a_terminal_showed_is_cut_into_its_lines_and_the_rest_waits() -> None:
    stamp = "2026-11-22T14:00:50.5Z"
    frames, rest = read_lines(f"{stamp} one line\r\n{stamp} \r\n{stamp} tw".encode())

    assert [frame.data for frame in frames] == [b"one line\r\n", b"\r\n"]
    assert {frame.at_ns for frame in frames} == {nanoseconds(stamp)}
    assert rest == f"{stamp} tw".encode()


def test_the_next_reader_leaves_out_what_was_delivered(tmp_path: Path) -> None:
    written = [frame(5 * SECOND, "a\n"), frame(5 * SECOND, "b\n"), frame(6 * SECOND, "c\n")]
    first = OutputPlace(tmp_path / "app.read")
    assert first.begin() == 0
    assert [line for _, line in first.take(written[:2])] == ["a", "b"]
    first.keep()

    second = OutputPlace(tmp_path / "app.read")
    assert second.begin() == 5
    assert second.take(written) == [(6.0, "c")]


def test_the_same_reader_goes_on_in_the_middle_of_a_line(tmp_path: Path) -> None:
    written = [frame(5, "a\n"), frame(6, "half"), frame(7, " line\n"), frame(7, "same time\n")]
    place = OutputPlace(tmp_path / "app.read")
    place.begin()
    place.take(written[:2])
    place.begin()

    assert [line for _, line in place.take(written)] == ["half line", "same time"]


def test_a_half_read_line_is_read_again_after_a_crash(tmp_path: Path) -> None:
    written = [frame(5, "a\n"), frame(6, "half"), frame(7, " line\n")]
    killed = OutputPlace(tmp_path / "app.read")
    killed.begin()
    killed.take(written[:2])
    killed.keep()

    place = OutputPlace(tmp_path / "app.read")
    place.begin()

    assert [line for _, line in place.take(written)] == ["half line"]


def test_stdout_and_stderr_do_not_mix_within_a_line(tmp_path: Path) -> None:
    place = OutputPlace(tmp_path / "app.read")
    lines = place.take([frame(1, "out"), frame(2, "err\n", stream=2), frame(3, "put\n"), frame(4, "last")])

    assert [line for _, line in lines + place.rest()] == ["err", "output", "last"]


def test_a_container_out_of_memory_says_so_in_awss_words() -> None:
    assert _end_of(ContainerState(running=False, exit_code=137, out_of_memory=True)) == (
        137,
        "OutOfMemoryError: Container killed due to memory usage",
    )
    assert _end_of(ContainerState(running=False, exit_code=137, out_of_memory=False)) == (137, None)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_pause_image_is_small(machine: str) -> None:
    assert len(pause_image(machine)) < 64 * 1024


def test_an_engine_of_another_machine_is_refused_for_tasks_of_several_containers() -> None:
    with pytest.raises(UnknownMachine, match="this engine is riscv64"):
        pause_image("riscv64")
