"""Containers as tasks, by a real engine: network, output, limits, ends, and what a killed cloud leaves."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from hatoba.runtime.containers import ContainerRuntime
from hatoba.runtime.doors import Way
from hatoba.runtime.machine import LocalCommands, MachineRuntimes, sweep
from hatoba.runtime.protocol import (
    CannotExecute,
    CannotPull,
    CannotStart,
    ContainerSpec,
    LocalCommand,
    Memory,
    Mount,
    Port,
    TaskSpec,
)
from hatoba.runtime.sockets import EngineAddress, why_unreachable
from tests.support.engine import IMAGE, TestEngine
from tests.support.listening import Heard, asked
from tests.support.waiting import eventually

pytestmark = [pytest.mark.containers, pytest.mark.xdist_group("containers")]

SERVER = "mkdir /www; echo Congratulations! > /www/index.html; exec httpd -f -p 80 -h /www"


LOOK_AROUND = (
    "echo $GREETING; id -u; pwd; ulimit -n; touch /x 2>/dev/null || echo read-only;"
    " grep -c '/fast tmpfs' /proc/mounts"
)


def shell(script: str, name: str = "app", **members: object) -> ContainerSpec:
    return ContainerSpec(name, IMAGE, command=("sh", "-c", script), **members)  # type: ignore[arg-type] # any member


def a_task(*containers: ContainerSpec, task_id: str = "0123abcd") -> TaskSpec:
    return TaskSpec(task_id, containers, 256, 512, {"owner": "tests"})


@asynccontextmanager
async def runtime(
    folder: Path, engine: TestEngine, way: Way | None = None
) -> AsyncIterator[ContainerRuntime]:
    made = ContainerRuntime(folder, engine.url, way)
    try:
        yield made
    finally:
        for record in tuple(made._folders.read()):
            await made.remove(record.spec.task_id)
        await made.close()


async def run_to_the_end(folder: Path, engine: TestEngine, container: ContainerSpec) -> Heard:
    heard = Heard()
    async with runtime(folder, engine) as containers:
        task = a_task(container)
        await containers.prepare(task, heard)
        await containers.start(task.task_id, "app")
        await eventually(heard.exits)
    return heard


def test_a_published_port_answers_on_loopback(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> str:
        async with runtime(tmp_path, engine) as containers:
            (address,) = await containers.prepare(a_task(shell(SERVER, ports=(Port(80),))), Heard())
            assert address.host == "127.0.0.1"
            await containers.start("0123abcd", "app")
            return await eventually(lambda: asked(f"http://{address.host}:{address.port}/"))

    assert asyncio.run(story()) == "Congratulations!\n"


def test_every_line_comes_once_and_before_the_exit(tmp_path: Path, engine: TestEngine) -> None:
    script = "seq 1 3000; echo oops >&2; head -c 40000 /dev/zero | tr '\\0' x; echo; printf last; exit 3"

    heard = asyncio.run(run_to_the_end(tmp_path, engine, shell(script)))

    assert heard.told[-1] == ("exited", "app", 3)
    lines = heard.lines()
    assert sorted(lines, key=str) == sorted([*map(str, range(1, 3001)), "oops", "x" * 40000, "last"], key=str)
    assert [line for line in lines if str(line).isdigit()] == [str(number) for number in range(1, 3001)]


def test_environment_user_folder_and_entry_point_are_as_told(tmp_path: Path, engine: TestEngine) -> None:
    container = ContainerSpec(
        "app",
        IMAGE,
        entry_point=("sh", "-c"),
        command=(LOOK_AROUND,),
        environment={"GREETING": "hello world"},
        user="1234",
        working_directory="/bin",
        read_only_root=True,
        ulimits={"nofile": (512, 512), "nproc": (1024, 1024)},
        capabilities_added=("SYS_PTRACE",),
        in_memory=(Memory("/fast", 1),),
    )

    heard = asyncio.run(run_to_the_end(tmp_path, engine, container))

    assert heard.lines() == ["hello world", "1234", "/bin", "512", "read-only", "1"]


def test_a_container_on_a_terminal_shows_its_lines_and_has_the_kernel_parameters_asked_for(
    tmp_path: Path, engine: TestEngine
) -> None:
    container = shell(
        "test -t 0 && test -t 1 && echo on a terminal;"
        " cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax; echo; echo -n end",
        has_terminal=True,
        keeps_input_open=True,
        kernel_parameters={"net.core.somaxconn": "321", "kernel.msgmax": "4321"},
    )
    heard = asyncio.run(run_to_the_end(tmp_path, engine, container))

    assert heard.lines() == ["on a terminal", "321", "4321", "", "end"]


def test_containers_of_a_task_may_see_one_anothers_processes(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> list[object]:
        heard = Heard()
        async with runtime(tmp_path, engine) as containers:
            looking = shell("while ! ps | grep -q 'sleep 4321'; do sleep 0.05; done; echo seen", "looking")
            task = replace(a_task(shell("exec sleep 4321"), looking), shares_processes=True)
            await containers.prepare(task, heard)
            for name in ("app", "looking"):
                await containers.start(task.task_id, name)
            await eventually(lambda: heard.exits("looking"))
        return heard.lines("looking")

    assert asyncio.run(story()) == ["seen"]


def test_containers_of_a_task_share_their_network_and_volumes(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> tuple[Heard, str]:
        heard = Heard()
        mounts = (Mount("shared", "/shared"),)
        first = shell("echo from-first > /shared/file", "first", mounts=mounts)
        side = shell(
            "cat /shared/file; while ! wget -q -O - http://127.0.0.1/ 2>/dev/null; do sleep 0.1; done",
            "side",
            mounts=(Mount("shared", "/shared", read_only=True),),
        )
        async with runtime(tmp_path, engine) as containers:
            (address,) = await containers.prepare(
                a_task(first, shell(SERVER, "web", ports=(Port(80),)), side), heard
            )
            await containers.start("0123abcd", "first")
            await eventually(lambda: heard.exits("first"))
            await containers.start("0123abcd", "side")
            await containers.start("0123abcd", "web")
            await eventually(lambda: heard.exits("side"))
            page = await eventually(lambda: asked(f"http://{address.host}:{address.port}/"))
        return heard, page

    heard, page = asyncio.run(story())

    assert heard.lines("side") == ["from-first", "Congratulations!"]
    assert page == "Congratulations!\n"
    assert engine("volume", "ls", "-q") == ""


def test_a_stop_asks_first_and_kills_later(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> Heard:
        heard = Heard()
        polite = shell("trap 'echo bye; exit 7' TERM; echo up; while true; do sleep 0.1; done", "polite")
        stubborn = shell("trap '' TERM; echo up; while true; do sleep 0.1; done", "stubborn")
        async with runtime(tmp_path, engine) as containers:
            await containers.prepare(a_task(polite, stubborn), heard)
            for name in ("polite", "stubborn"):
                await containers.start("0123abcd", name)
                await eventually(lambda name=name: heard.lines(name))  # type: ignore[misc] # bound now
            await containers.stop("0123abcd", "polite", timeout_s=10)
            await containers.stop("0123abcd", "stubborn", timeout_s=1)
            await containers.stop("0123abcd", "stubborn", timeout_s=1)
        return heard

    heard = asyncio.run(story())

    assert heard.lines("polite") == ["up", "bye"]
    assert heard.exits("polite") == [7]
    assert heard.exits("stubborn") == [137]


def test_a_stop_asks_by_the_signal_that_the_image_names(tmp_path: Path, engine: TestEngine) -> None:
    image = "localhost/hatoba-stopped-by-usr1:1"
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nSTOPSIGNAL SIGUSR1\n")
    engine("build", "-q", "-t", image, str(tmp_path))

    async def story() -> Heard:
        heard = Heard()
        script = "trap 'exit 7' USR1; trap 'exit 8' TERM; echo up; while true; do sleep 0.1; done"
        async with runtime(tmp_path, engine) as containers:
            await containers.prepare(a_task(replace(shell(script), image=image)), heard)
            await containers.start("0123abcd", "app")
            await eventually(heard.lines)
            await containers.stop("0123abcd", "app", timeout_s=10)
        return heard

    try:
        assert asyncio.run(story()).exits() == [7]
    finally:
        engine("rmi", "--force", image)


def test_a_container_that_wants_more_memory_than_it_has_is_killed(tmp_path: Path, engine: TestEngine) -> None:
    greedy = shell("x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo got it", memory_mib=16)

    heard = asyncio.run(run_to_the_end(tmp_path, engine, greedy))

    assert heard.lines() == []
    assert heard.exits() == [137]


def test_a_container_is_started_again_inside_its_task(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> Heard:
        heard = Heard()
        async with runtime(tmp_path, engine) as containers:
            await containers.prepare(a_task(shell("echo run; touch /x 2>/dev/null; exit 1")), heard)
            first = await containers.start("0123abcd", "app")
            await eventually(heard.exits)
            assert await containers.start("0123abcd", "app") == first
            await eventually(lambda: len(heard.exits()) == 2)
        return heard

    assert asyncio.run(story()).told == [("line", "app", "run"), ("exited", "app", 1)] * 2


def test_the_next_cloud_takes_running_and_ended_containers_back(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> tuple[Heard, Heard]:
        before, after = Heard(), Heard()
        first = ContainerRuntime(tmp_path, engine.url)
        runs = shell("i=0; while true; do echo $i; i=$((i+1)); sleep 0.05; done", "runs", ports=(Port(80),))
        ends = shell("sleep 0.3; echo unheard; exit 5", "ends")
        addresses = await first.prepare(a_task(runs, ends), before)
        ids = {name: await first.start("0123abcd", name) for name in ("runs", "ends")}
        await eventually(lambda: len(before.lines("runs")) > 3)
        await first.close()
        await eventually(lambda: "exited" in engine("inspect", ids["ends"], "--format", "{{.State.Status}}"))

        async with runtime(tmp_path, engine) as second:
            (found,) = await second.found(after)
            assert found.addresses == addresses
            states = {each.name: (each.runtime_id, each.running, each.exit_code) for each in found.containers}
            assert states == {"runs": (ids["runs"], True, None), "ends": (ids["ends"], False, 5)}
            assert await second.found(after) == (found,)
            await eventually(lambda: len(after.lines("runs")) > 3)
            await second.stop("0123abcd", "runs", timeout_s=0)
        return before, after

    before, after = asyncio.run(story())

    lines = [*before.lines("runs"), *after.lines("runs")]
    assert lines == [str(number) for number in range(len(lines))]
    assert [*before.lines("ends"), *after.lines("ends")] == ["unheard"]
    assert after.exits("runs") == [137]


def test_an_engine_that_goes_and_comes_back_loses_no_line_and_no_end(
    tmp_path: Path, engine: TestEngine
) -> None:
    if engine.command[0] != "podman":
        pytest.skip("only Podman's service can be restarted by a test")
    url = f"unix://{tmp_path}/own.sock"

    def service() -> subprocess.Popen[bytes]:
        words = [*engine.command, "system", "service", "--time=0", url]
        return subprocess.Popen(words, env=dict(engine.environment), stderr=subprocess.DEVNULL)

    async def story() -> Heard:
        heard = Heard()
        script = "i=0; while [ $i -lt 40 ]; do echo $i; i=$((i+1)); sleep 0.1; done; exit 4"
        first = service()
        await eventually(lambda: why_unreachable(url) is None)
        containers = ContainerRuntime(tmp_path, url)
        await containers.prepare(a_task(shell(script)), heard)
        await containers.start("0123abcd", "app")
        await eventually(lambda: len(heard.lines()) > 5)
        first.kill()
        first.wait()
        await eventually(lambda: why_unreachable(url) is not None)
        second = service()
        await eventually(heard.exits, within_s=60)
        await containers.remove("0123abcd")
        await containers.close()
        second.kill()
        second.wait()
        return heard

    heard = asyncio.run(story())

    assert heard.lines() == [str(number) for number in range(40)]
    assert heard.exits() == [4]


def test_a_container_removed_by_somebody_else_has_ended(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> Heard:
        heard = Heard()
        async with runtime(tmp_path, engine) as containers:
            await containers.prepare(a_task(shell("sleep 60")), heard)
            container_id = await containers.start("0123abcd", "app")
            await asyncio.to_thread(engine, "rm", "-f", "-t", "0", container_id)
            await eventually(heard.exits)
        return heard

    assert asyncio.run(story()).exits() in ([None], [137])


def test_a_program_that_is_not_in_the_image_cannot_start(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> None:
        async with runtime(tmp_path, engine) as containers:
            await containers.prepare(a_task(ContainerSpec("app", IMAGE, command=("nope",))), Heard())
            with pytest.raises(CannotStart, match="nope"):
                await containers.start("0123abcd", "app")
            assert engine("ps", "-aq") == ""

    asyncio.run(story())


def test_an_image_that_is_here_is_not_pulled_and_another_cannot_be(
    tmp_path: Path, engine: TestEngine
) -> None:
    async def story() -> None:
        async with runtime(tmp_path, engine) as containers:
            assert (await containers.pull(IMAGE)).reference == IMAGE
            with pytest.raises(
                CannotPull, match=r"pull image manifest has been retried 1 time\(s\): failed to"
            ):
                await containers.pull("localhost:1/nowhere:1")

    asyncio.run(story())


def test_the_machine_prefers_containers_and_falls_back_to_processes(
    tmp_path: Path, engine: TestEngine
) -> None:
    async def story() -> None:
        local = LocalCommands([LocalCommand("localhost:1/nowhere:1", ("true",), str(tmp_path))])
        runtimes = MachineRuntimes(tmp_path, "auto", local, find=lambda: EngineAddress(engine.url))
        assert (await runtimes.choose([IMAGE])).runtime.kind == "container"
        fallback = await runtimes.choose(["localhost:1/nowhere:1"])
        assert fallback.runtime.kind == "process"
        assert "failed to resolve ref localhost:1/nowhere:1" in fallback.reason
        local.replace([])
        with pytest.raises(CannotPull, match="no local command stands in for localhost:1/nowhere:1"):
            await runtimes.choose(["localhost:1/nowhere:1"])
        await runtimes.close()

    asyncio.run(story())


def test_a_sweep_removes_what_a_dead_cloud_left(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> list[str]:
        dead = ContainerRuntime(tmp_path, engine.url)
        mounted = shell("sleep 60", mounts=(Mount("data", "/data"),))
        await dead.prepare(a_task(mounted, shell("sleep 60", "side")), Heard())
        await dead.start("0123abcd", "app")
        await dead.close()
        return await sweep(tmp_path, find=lambda: EngineAddress(engine.url))

    swept = asyncio.run(story())

    assert sorted(swept) == [
        "container app of task 0123abcd: removed",
        "container network of task 0123abcd: removed",
        "volume hatoba-0123abcd-data: removed",
    ]
    assert engine("ps", "-aq") == ""
    assert asyncio.run(sweep(tmp_path, find=lambda: EngineAddress(engine.url))) == []


def test_a_command_runs_inside_the_container(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> None:
        async with runtime(tmp_path, engine) as containers:
            container = shell("touch /inside; exec sleep 60", environment={"COLOUR": "red"})
            await containers.prepare(a_task(container), Heard())
            with pytest.raises(CannotExecute, match="does not run"):
                await containers.execute("0123abcd", "app", ("true",), timeout_s=5)
            await containers.start("0123abcd", "app")
            script = "ls /inside; echo $COLOUR; echo oops >&2; exit 4"
            done = await containers.execute("0123abcd", "app", ("sh", "-c", script), timeout_s=20)
            assert done.exit_code == 4
            assert sorted(done.output.split()) == ["/inside", "oops", "red"]
            with pytest.raises(TimeoutError):
                await containers.execute("0123abcd", "app", ("sleep", "30"), timeout_s=0.5)

    asyncio.run(story())


def test_what_a_container_uses_is_measured(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> None:
        async with runtime(tmp_path, engine) as containers:
            fill = "head -c 3000000 /dev/zero > /own; head -c 5000000 /dev/zero > /data/shared"
            mounts = (Mount("data", "/data"),)
            heard = Heard()
            await containers.prepare(
                a_task(shell(f"{fill}; echo; exec sleep 60", mounts=mounts, memory_mib=64)), heard
            )
            assert await containers.usage("0123abcd", "app") is None
            assert await containers.written_bytes("0123abcd") == 0
            await containers.start("0123abcd", "app")
            await eventually(heard.lines)
            assert 8_000_000 <= (await containers.written_bytes("0123abcd") or 0) < 9_000_000
            usage = await containers.usage("0123abcd", "app")
            assert usage is not None
            assert usage.memory_bytes > 0
            assert usage.memory_limit_bytes == 64 * 1024 * 1024
            assert all({"rx_bytes", "tx_bytes"} <= each.keys() for each in usage.networks.values())
            assert usage.networks

    asyncio.run(story())
