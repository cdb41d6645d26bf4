"""Which runtime runs a task, where no engine is reachable, and what a simulated one does."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from hatoba.runtime.commands import LocalCommands
from hatoba.runtime.machine import MachineRuntimes
from hatoba.runtime.ports import FIRST_PORT, LAST_PORT, Reservation
from hatoba.runtime.protocol import (
    CannotPull,
    CannotStart,
    ContainerSpec,
    Found,
    LocalCommand,
    Port,
    TaskSpec,
)
from hatoba.runtime.simulated import Script, SimulatedRuntime
from hatoba.runtime.sockets import EngineAddress, find_engine
from tests.support.fakes import FakeClock
from tests.support.listening import Heard

TASK = TaskSpec("t", (ContainerSpec("app", "shop", ports=(Port(80), Port(53, "udp"))),), 256, 512)


def no_engine() -> EngineAddress:
    return EngineAddress(None, "no Docker or Podman socket was found")


def command(image: str) -> LocalCommand:
    return LocalCommand(image, ("true",), ".")


def test_a_local_command_is_found_with_latest_for_a_missing_tag() -> None:
    commands = LocalCommands([command("shop"), command("host:5000/cart:2")])

    assert commands.find("shop:latest") == command("shop")
    assert commands.find("shop:1") is None
    assert commands.find("host:5000/cart:2") == command("host:5000/cart:2")
    assert commands.find("host:5000/cart") is None
    commands.replace([command("new@sha256:abc")])
    assert commands.find("shop") is None
    assert commands.all() == (command("new@sha256:abc"),)


def test_processes_are_chosen_where_no_engine_is(tmp_path: Path) -> None:
    runtimes = MachineRuntimes(tmp_path, "auto", LocalCommands([command("shop")]), find=no_engine)

    choice = asyncio.run(runtimes.choose(["shop"]))

    assert choice.runtime is runtimes.by_kind("process")
    assert choice.images["shop"].digest is None
    assert choice.reason == (
        "as processes: no container engine is reachable (no Docker or Podman socket was found);"
        " a process's CPU and memory are not limited"
    )


def test_neither_is_possible_says_why_for_both_and_what_to_do(tmp_path: Path) -> None:
    runtimes = MachineRuntimes(tmp_path, "auto", LocalCommands([command("shop")]), find=no_engine)

    with pytest.raises(CannotPull) as raised:
        asyncio.run(runtimes.choose(["shop", "cart"]))

    text = str(raised.value)
    assert "no container engine is reachable (no Docker or Podman socket was found)" in text
    assert "no local command stands in for cart" in text
    assert "Start Docker or Podman with the image at hand, or give the service a local command" in text


def test_local_commands_given_later_count(tmp_path: Path) -> None:
    commands = LocalCommands()
    runtimes = MachineRuntimes(tmp_path, "process", commands, find=no_engine)
    commands.replace([command("shop")])

    assert asyncio.run(runtimes.choose(["shop"])).runtime.kind == "process"


def test_container_mode_never_falls_back(tmp_path: Path) -> None:
    runtimes = MachineRuntimes(tmp_path, "container", LocalCommands([command("shop")]), find=no_engine)

    with pytest.raises(CannotPull, match="--runtime container"):
        asyncio.run(runtimes.choose(["shop"]))
    assert runtimes.by_kind("container") is None


def test_simulated_mode_runs_anything(tmp_path: Path) -> None:
    runtimes = MachineRuntimes(tmp_path, "simulated", LocalCommands(), find=no_engine)

    assert asyncio.run(runtimes.choose(["any"])).runtime is runtimes.by_kind("simulated")


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="choose one of auto, process, container, simulated"):
        MachineRuntimes(tmp_path, "docker", LocalCommands())


def test_nothing_is_found_in_a_new_folder(tmp_path: Path) -> None:
    runtimes = MachineRuntimes(tmp_path, "auto", LocalCommands(), find=no_engine)

    assert asyncio.run(runtimes.found(Heard())) == Found()
    assert not list(tmp_path.iterdir())


def test_containers_on_record_without_their_engine_are_not_taken_for_gone(tmp_path: Path) -> None:
    (tmp_path / "run" / "containers" / "t").mkdir(parents=True)
    runtimes = MachineRuntimes(tmp_path, "auto", LocalCommands(), find=no_engine)

    found = asyncio.run(runtimes.found(Heard()))
    assert "cannot be seen: no Docker or Podman socket" in found.unseen


def test_an_engine_is_found_by_the_variable_and_by_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        assert find_engine({"DOCKER_HOST": f"unix://{path}"}) == EngineAddress(f"unix://{path}")
    gone = find_engine({"HATOBA_DOCKER_HOST": f"unix://{path}", "HOME": str(tmp_path)})
    assert gone.url is None
    assert gone.problem == f"HATOBA_DOCKER_HOST=unix://{path}: Connection refused"


@pytest.mark.parametrize(
    ("url", "says"),
    [("ssh://me@host", "by unix://… or tcp://… only"), ("tcp://10.0.0.1:2375", "on another machine")],
)
def test_an_engine_that_cannot_serve_us_says_why(url: str, says: str) -> None:
    assert says in find_engine({"DOCKER_HOST": url}).problem


def test_reserved_ports_differ_and_are_free_after_the_release() -> None:
    first, second = Reservation(TASK), Reservation(TASK)
    numbers = {address.port for made in (first, second) for address in made.addresses}
    assert len(numbers) == 4
    assert all(FIRST_PORT <= number <= LAST_PORT for number in numbers)

    with socket.socket() as taken:
        with pytest.raises(OSError, match="in use"):
            taken.bind(("127.0.0.1", first.addresses[0].port))
        first.release()
        taken.bind(("127.0.0.1", first.addresses[0].port))
    second.release()


def test_a_script_says_when_a_simulated_container_ends() -> None:
    async def story() -> Heard:
        clock, heard = FakeClock(), Heard()
        script = Script(exits_after_s=5, exit_code=3, output=("hello",))
        runtime = SimulatedRuntime(clock, {"shop": script})
        addresses = await runtime.prepare(TASK, heard)
        assert len({(each.host, each.port) for each in addresses}) == 2
        await runtime.start("t", "app")
        await asyncio.sleep(0)
        clock.advance(4.9)
        await asyncio.sleep(0)
        assert heard.exits() == []
        clock.advance(0.1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await runtime.close()
        return heard

    assert asyncio.run(story()).told == [("line", "app", "hello"), ("exited", "app", 3)]


@pytest.mark.parametrize(("needs_s", "code"), [(1.0, 143), (99.0, 137)])
def test_a_simulated_stop_takes_its_time_or_the_time_out(needs_s: float, code: int) -> None:
    async def story() -> Heard:
        clock, heard = FakeClock(), Heard()
        runtime = SimulatedRuntime(clock, {"shop": Script(stop_s=needs_s)})
        await runtime.prepare(TASK, heard)
        await runtime.start("t", "app")
        stopping = asyncio.create_task(runtime.stop("t", "app", timeout_s=30))
        await asyncio.sleep(0)
        clock.advance(30)
        await stopping
        await runtime.stop("t", "app", timeout_s=30)
        await runtime.remove("t")
        return heard

    assert asyncio.run(story()).exits() == [code]


def test_a_simulated_image_may_not_be_had_or_not_start() -> None:
    async def story() -> None:
        scripts = {"shop": Script(cannot_start="broken"), "gone": Script(cannot_pull="no such image")}
        runtime = SimulatedRuntime(FakeClock(), scripts)
        with pytest.raises(CannotPull, match="no such image"):
            await runtime.pull("gone")
        await runtime.prepare(TASK, Heard())
        with pytest.raises(CannotStart, match="broken"):
            await runtime.start("t", "app")

    asyncio.run(story())
