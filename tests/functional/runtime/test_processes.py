"""Processes as tasks, for real: ports, output, signals, and what a killed cloud leaves."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from hatoba.runtime.machine import LocalCommands, MachineRuntimes, sweep
from hatoba.runtime.process import ProcessRuntime
from hatoba.runtime.processes import marked
from hatoba.runtime.protocol import (
    CannotCreateVolume,
    CannotExecute,
    CannotPull,
    CannotStart,
    ContainerSpec,
    Found,
    LocalCommand,
    Mount,
    Port,
    TaskSpec,
)
from hatoba.runtime.sockets import EngineAddress
from tests.support.listening import Heard, asked
from tests.support.waiting import eventually, wait_until

IMAGE = "example.com/shop:1"
TASK = "0123abcd"
SERVER = (
    "import http.server, os; http.server.HTTPServer((os.environ['HOST'], int(os.environ['PORT'])),"
    " http.server.SimpleHTTPRequestHandler).serve_forever()"
)


def commands(folder: Path, *words: str, **environment: str) -> LocalCommands:
    return LocalCommands([LocalCommand(IMAGE, words, str(folder), environment)])


def shell(folder: Path, script: str) -> LocalCommands:
    return commands(folder, "sh", "-c", script)


def a_task(*containers: ContainerSpec) -> TaskSpec:
    return TaskSpec(TASK, containers or (ContainerSpec("app", IMAGE),), 256, 512)


@asynccontextmanager
async def runtime(folder: Path, local: LocalCommands) -> AsyncIterator[ProcessRuntime]:
    made = ProcessRuntime(folder, local)
    try:
        yield made
    finally:
        for record in tuple(made._folders.read()):
            await made.remove(record.spec.task_id)
        await made.close()


async def run_to_the_end(folder: Path, local: LocalCommands, *containers: ContainerSpec) -> Heard:
    heard = Heard()
    async with runtime(folder, local) as processes:
        await processes.prepare(a_task(*containers), heard)
        await processes.start(TASK, "app")
        await eventually(heard.exits)
    return heard


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_process_listens_on_the_port_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("Congratulations!")

    async def story() -> str:
        async with runtime(
            tmp_path / ".hatoba", commands(tmp_path, sys.executable, "-c", SERVER)
        ) as processes:
            (address,) = await processes.prepare(
                a_task(ContainerSpec("app", IMAGE, ports=(Port(80),))), Heard()
            )
            await processes.start(TASK, "app")
            return await eventually(lambda: asked(f"http://{address.host}:{address.port}/"))

    assert asyncio.run(story()) == "Congratulations!"


def test_every_line_comes_before_the_exit_even_an_incomplete_one(tmp_path: Path) -> None:
    heard = asyncio.run(run_to_the_end(tmp_path, shell(tmp_path, "seq 1 20000; echo oops >&2; printf last")))

    assert heard.told[-1] == ("exited", "app", 0)
    assert heard.lines() == [*map(str, range(1, 20001)), "oops", "last"]


def test_a_line_is_heard_within_50_ms(tmp_path: Path) -> None:
    async def story() -> list[float]:
        heard = Heard()
        script = "for i in 1 2 3 4 5 6 7 8 9; do date +%s.%N; sleep 0.05; done"
        async with runtime(tmp_path, shell(tmp_path, script)) as processes:
            await processes.prepare(a_task(), heard)
            await processes.start(TASK, "app")
            await eventually(heard.exits)
        return [at - float(str(line)) for at, line in zip(heard.times, heard.lines(), strict=True)]

    # The median: a busy machine may hold up one or the other.
    assert sorted(asyncio.run(story()))[4] < 0.05


def test_the_environment_is_the_containers_own_and_little_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    monkeypatch.setenv("SOME_TOKEN", "the user's own")
    container = ContainerSpec(
        "app",
        IMAGE,
        entry_point=("python", "-m"),
        command=("run", "batch"),
        environment={"A": "container", "B": "container"},
        ports=(Port(80), Port(443)),
        mounts=(Mount("work-files", "/work"),),
    )

    heard = asyncio.run(run_to_the_end(tmp_path, commands(tmp_path, "env", B="local"), container))

    seen = dict(str(line).split("=", 1) for line in heard.lines())
    assert seen["A"] == "container"
    assert seen["B"] == "local"
    assert seen["HOST"] == "127.0.0.1"
    assert seen["PORT"] == seen["PORT_80"] != seen["PORT_443"]
    assert seen["HATOBA_TASK_ID"] == TASK
    assert seen["HATOBA_COMMAND"] == '["run", "batch"]'
    assert seen["HATOBA_ENTRY_POINT"] == '["python", "-m"]'
    assert seen["HATOBA_VOLUME_WORK_FILES"].endswith("/volumes/work-files")
    assert seen["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert not {"AWS_SECRET_ACCESS_KEY", "SOME_TOKEN"} & seen.keys()


def test_a_command_that_one_task_asks_for_runs_in_place_of_the_local_one(tmp_path: Path) -> None:
    asked_for = ContainerSpec("app", IMAGE, command=("pwd",), is_overridden=True)

    heard = asyncio.run(run_to_the_end(tmp_path, shell(tmp_path, "echo the usual"), asked_for))

    assert heard.lines() == [str(tmp_path)]


def test_containers_of_a_task_share_a_volume_and_reach_one_another(tmp_path: Path) -> None:
    mounts = (Mount("data", "/data"),)
    script = (
        'if [ "$HATOBA_CONTAINER" = app ]; then echo hello > "$HATOBA_VOLUME_DATA/file"; exit; fi;'
        ' cat "$HATOBA_VOLUME_DATA/file"; echo "$HOST"'
    )

    async def story() -> Heard:
        heard = Heard()
        side = ContainerSpec("side", IMAGE, ports=(Port(80),), mounts=mounts)
        async with runtime(tmp_path / "hatoba", shell(tmp_path, script)) as processes:
            await processes.prepare(a_task(ContainerSpec("app", IMAGE, mounts=mounts), side), heard)
            for name in ("app", "side"):
                await processes.start(TASK, name)
                await eventually(lambda name=name: heard.exits(name))  # type: ignore[misc] # bound now
            assert (tmp_path / "hatoba/run/tasks" / TASK / "volumes/data/file").exists()
        assert not (tmp_path / "hatoba/run/tasks" / TASK).exists()
        return heard

    assert asyncio.run(story()).lines("side") == ["hello", "127.0.0.1"]


def test_a_stop_asks_first_and_kills_later_children_too(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sh -c 'trap \"\" TERM; while true; do sleep 0.1; done' & echo $!; wait"

    async def story() -> Heard:
        heard = Heard()
        async with runtime(tmp_path, shell(tmp_path, stubborn)) as processes:
            await processes.prepare(a_task(), heard)
            await processes.start(TASK, "app")
            child = int(str((await eventually(heard.lines))[0]))
            await processes.stop(TASK, "app", timeout_s=0.3)
            await processes.stop(TASK, "app", timeout_s=0.3)
            await eventually(lambda: not lives(child))
        return heard

    assert asyncio.run(story()).exits() == [137]


def test_a_process_that_ends_on_sigterm_is_not_killed(tmp_path: Path) -> None:
    polite = "trap 'echo bye; exit 7' TERM; echo up; while true; do sleep 0.05; done"

    async def story() -> Heard:
        heard = Heard()
        async with runtime(tmp_path, shell(tmp_path, polite)) as processes:
            await processes.prepare(a_task(), heard)
            await processes.start(TASK, "app")
            await eventually(heard.lines)
            await processes.stop(TASK, "app", timeout_s=10)
        return heard

    assert asyncio.run(story()).told[-2:] == [("line", "app", "bye"), ("exited", "app", 7)]


def test_a_process_that_does_not_heed_sigterm_by_itself_ends_with_143(tmp_path: Path) -> None:
    async def story() -> Heard:
        heard = Heard()
        async with runtime(tmp_path, commands(tmp_path, "sleep", "60")) as processes:
            await processes.prepare(a_task(), heard)
            await processes.start(TASK, "app")
            await processes.stop(TASK, "app", timeout_s=30)
        return heard

    assert asyncio.run(story()).exits() == [143]


def test_what_left_the_process_group_is_found_and_killed_when_the_task_is_removed(tmp_path: Path) -> None:
    runaway = "import os, time; print(os.getpid(), flush=True); os.setsid(); time.sleep(60)"
    script = f'{sys.executable} -c "{runaway}" & sleep 60'

    async def story() -> None:
        heard = Heard()
        async with runtime(tmp_path, shell(tmp_path, script)) as processes:
            await processes.prepare(a_task(), heard)
            await processes.start(TASK, "app")
            pid = int(str((await eventually(heard.lines))[0]))
            await eventually(lambda: os.getsid(pid) == pid)
            await processes.remove(TASK)
            await eventually(lambda: not lives(pid))
            assert not (tmp_path / "run" / "tasks" / TASK).exists()
            await processes.remove(TASK)

    asyncio.run(story())


def test_a_container_is_started_again_inside_its_task_on_the_same_port(tmp_path: Path) -> None:
    async def story() -> Heard:
        heard = Heard()
        container = ContainerSpec("app", IMAGE, ports=(Port(80),))
        async with runtime(tmp_path, shell(tmp_path, "echo $PORT; exit 1")) as processes:
            await processes.prepare(a_task(container), heard)
            await processes.start(TASK, "app")
            await eventually(heard.exits)
            await processes.start(TASK, "app")
            await eventually(lambda: len(heard.exits()) == 2)
        return heard

    heard = asyncio.run(story())

    assert [kind for kind, _, _ in heard.told] == ["line", "exited"] * 2
    assert len(set(heard.lines())) == 1


@pytest.mark.parametrize(
    ("words", "folder", "says"),
    [
        (("no-such-program",), ".", "cannot be executed: No such file or directory"),
        (("./data.txt",), ".", "cannot be executed: Permission denied"),
        (("true",), "nowhere", "which is no folder"),
    ],
)
def test_a_command_that_cannot_run_says_what_to_try(
    tmp_path: Path, words: tuple[str, ...], folder: str, says: str
) -> None:
    (tmp_path / "data.txt").write_text("no program")

    with pytest.raises(CannotStart, match=says):
        asyncio.run(run_to_the_end(tmp_path, commands(tmp_path / folder, *words)))


def test_a_volume_that_cannot_be_made_says_which_and_why(tmp_path: Path) -> None:
    async def story() -> None:
        async with runtime(tmp_path, shell(tmp_path, "true")) as processes:
            await processes.prepare(
                a_task(ContainerSpec("app", IMAGE, mounts=(Mount("data", "/data"),))), Heard()
            )
            (processes._folders.of(TASK) / "volumes").write_text("in the way")
            with pytest.raises(
                CannotCreateVolume, match=r"the volume data cannot be made in .*: Not a directory"
            ):
                await processes.start(TASK, "app")

    asyncio.run(story())


def test_an_image_without_a_local_command_cannot_be_pulled(tmp_path: Path) -> None:
    processes = ProcessRuntime(tmp_path, LocalCommands())

    with pytest.raises(CannotPull, match=r"no local command stands in for example.com/shop:1; give"):
        asyncio.run(processes.pull(IMAGE))


def test_processes_are_found_though_the_engine_that_had_containers_is_away(tmp_path: Path) -> None:
    async def story() -> Found:
        local = shell(tmp_path, "sleep 100")
        async with runtime(tmp_path, local) as processes:
            await processes.prepare(a_task(), Heard())
            await processes.start(TASK, "app")
            (tmp_path / "run" / "containers" / "another").mkdir(parents=True)
            away = EngineAddress(None, "no socket answers")
            machine = MachineRuntimes(tmp_path, "auto", local, find=lambda: away)
            return await machine.found(Heard())

    found = asyncio.run(story())
    assert [(kind, task.task_id) for kind, task in found.tasks] == [("process", TASK)]
    assert found.unseen == "the containers of an earlier run cannot be seen: no socket answers"


def test_the_next_cloud_takes_running_and_ended_processes_back(tmp_path: Path) -> None:
    script = (
        'if [ "$HATOBA_CONTAINER" = ends ]; then read line < fifo; echo unheard; exit 5; fi;'
        "i=0; while true; do echo $i; i=$((i+1)); sleep 0.01; done"
    )
    os.mkfifo(tmp_path / "fifo")

    async def story() -> tuple[Heard, Heard]:
        before, after = Heard(), Heard()
        local = shell(tmp_path, script)
        first = ProcessRuntime(tmp_path, local)
        task = a_task(ContainerSpec("runs", IMAGE, ports=(Port(80),)), ContainerSpec("ends", IMAGE))
        addresses = await first.prepare(task, before)
        pids = {name: await first.start(TASK, name) for name in ("runs", "ends")}
        await eventually(lambda: len(before.lines("runs")) > 5)
        await first.close()
        (tmp_path / "fifo").write_text("go\n")
        await eventually(lambda: not lives(int(pids["ends"])))

        async with runtime(tmp_path, local) as second:
            (found,) = await second.found(after)
            assert found.addresses == addresses
            states = {each.name: (each.runtime_id, each.running, each.exit_code) for each in found.containers}
            assert states == {"runs": (pids["runs"], True, None), "ends": (pids["ends"], False, None)}
            assert await second.found(after) == (found,)
            await eventually(lambda: len(after.lines("runs")) > 5)
            os.kill(int(pids["runs"]), signal.SIGKILL)
            await eventually(lambda: after.exits("runs"))
            await second.start(TASK, "runs")
        return before, after

    before, after = asyncio.run(story())

    lines = [*before.lines("runs"), *after.lines("runs")]
    restarted = lines.index("0", 1) if "0" in lines[1:] else len(lines)
    assert lines[:restarted] == [str(number) for number in range(restarted)]
    assert after.lines("ends") == ["unheard"]
    assert after.exits("runs")[0] is None


CLOUD = """
import asyncio, sys
from pathlib import Path
from hatoba.runtime.machine import LocalCommands
from hatoba.runtime.process import ProcessRuntime
from hatoba.runtime.protocol import ContainerSpec, LocalCommand, TaskSpec
from tests.support.listening import Heard

async def main():
    local = LocalCommands([LocalCommand("i", ("sleep", "60"), ".")])
    runtime = ProcessRuntime(Path(sys.argv[1]), local)
    for name in ("one", "two"):
        await runtime.prepare(TaskSpec(name, (ContainerSpec("app", "i"),), 256, 512), Heard())
        print(await runtime.start(name, "app"), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_sweep_ends_what_a_killed_cloud_left(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CLOUD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as cloud:
        assert cloud.stdout is not None
        pids = [int(cloud.stdout.readline()) for _ in range(2)]
        cloud.kill()
    assert all(lives(pid) for pid in pids)
    (tmp_path / "run" / "tasks" / "two" / "task.json").write_text("half a rec")

    swept = asyncio.run(sweep(tmp_path, find=lambda: EngineAddress(None, "none")))

    wait_until(lambda: not any(lives(pid) for pid in pids), what="the processes to go")
    assert {line for line in swept if "process" in line} == {
        f"process {pids[0]} (app of task one): killed",
        f"process {pids[1]} (app of task two): killed",
    }
    assert not any((tmp_path / "run" / "tasks").iterdir())
    assert asyncio.run(sweep(tmp_path, find=lambda: EngineAddress(None, "none"))) == []


def test_a_process_started_in_the_moment_of_a_crash_is_ended_by_the_next_cloud(tmp_path: Path) -> None:
    async def story() -> None:
        local = shell(tmp_path, "sleep 60")
        first = ProcessRuntime(tmp_path, local)
        await first.prepare(a_task(), Heard())
        unrecorded = first._folders.of(TASK) / "task.json"
        before_the_start = unrecorded.read_bytes()
        pid = int(await first.start(TASK, "app"))
        await first.close()
        unrecorded.write_bytes(before_the_start)
        async with runtime(tmp_path, local) as second:
            (found,) = await second.found(Heard())
            assert found.containers == ()
            await eventually(lambda: not lives(pid))

    asyncio.run(story())


def test_records_and_output_are_for_the_user_alone(tmp_path: Path) -> None:
    async def story() -> set[int]:
        async with runtime(tmp_path, shell(tmp_path, "sleep 60")) as processes:
            await processes.prepare(a_task(), Heard())
            await processes.start(TASK, "app")
            folder = processes._folders.of(TASK)
            assert folder.stat().st_mode & 0o777 == 0o700
            assert marked({"HATOBA_TASK_ID": TASK})
            return {path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()}

    assert asyncio.run(story()) == {0o600}


def test_a_chatty_process_does_not_fill_the_disk(tmp_path: Path) -> None:
    script = "yes 0123456789012345678901234567890123456789 | head -c 30000000; echo; echo end; sleep 60"

    async def story() -> int:
        heard = Heard()
        async with runtime(tmp_path, shell(tmp_path, script)) as processes:
            await processes.prepare(a_task(), heard)
            await processes.start(TASK, "app")
            await eventually(lambda: heard.told and heard.told[-1] == ("line", "app", "end"))
            output = processes._folders.output(TASK, "app")
            assert output.stat().st_size > 30_000_000
            return output.stat().st_blocks * 512

    held = asyncio.run(story())

    if sys.platform == "linux":
        assert held < 8_000_000


def test_a_command_runs_with_the_containers_environment_in_its_folder(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "work").mkdir()
        container = ContainerSpec("app", IMAGE, ports=(Port(80),), environment={"COLOUR": "red"})
        async with runtime(tmp_path, shell(tmp_path / "work", "exec sleep 60")) as processes:
            (address,) = await processes.prepare(a_task(container), Heard())
            await processes.start(TASK, "app")
            script = 'echo "$COLOUR $HOST:$PORT" in "$(pwd)"; echo oops >&2; exit 4'
            done = await processes.execute(TASK, "app", ("sh", "-c", script), timeout_s=10)
            assert done.exit_code == 4
            assert done.output == f"red {address.host}:{address.port} in {tmp_path / 'work'}\noops\n"

    asyncio.run(story())


def test_a_command_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    async def story() -> None:
        async with runtime(tmp_path, shell(tmp_path, "exec sleep 60")) as processes:
            await processes.prepare(a_task(), Heard())
            await processes.start(TASK, "app")
            before = {each.pid for each in psutil.Process().children(recursive=True)}
            with pytest.raises(TimeoutError):
                await processes.execute(TASK, "app", ("sh", "-c", "sleep 50; true"), timeout_s=0.3)
            await eventually(
                lambda: {each.pid for each in psutil.Process().children(recursive=True)} <= before
            )
            assert not list(processes._folders.of(TASK).glob("*.exec-*"))

    asyncio.run(story())


@pytest.mark.parametrize(("command", "exit_code"), [("no-such-program", 127), ("/etc/passwd", 126)])
def test_a_command_that_cannot_be_executed_ends_as_in_a_shell(
    tmp_path: Path, command: str, exit_code: int
) -> None:
    async def story() -> None:
        async with runtime(tmp_path, shell(tmp_path, "exec sleep 60")) as processes:
            await processes.prepare(a_task(), Heard())
            await processes.start(TASK, "app")
            assert (await processes.execute(TASK, "app", (command,), timeout_s=5)).exit_code == exit_code

    asyncio.run(story())


def test_nothing_is_executed_where_no_container_runs(tmp_path: Path) -> None:
    async def story() -> None:
        async with runtime(tmp_path, shell(tmp_path, "exec sleep 60")) as processes:
            await processes.prepare(a_task(), Heard())
            with pytest.raises(CannotExecute, match="does not run"):
                await processes.execute(TASK, "app", ("true",), timeout_s=5)

    asyncio.run(story())


def test_what_a_process_and_its_children_use_is_measured(tmp_path: Path) -> None:
    async def story() -> None:
        async with runtime(tmp_path, shell(tmp_path, "sleep 60 & sleep 61; true")) as processes:
            await processes.prepare(a_task(), Heard())
            assert await processes.usage(TASK, "app") is None
            await processes.start(TASK, "app")
            deadline = asyncio.get_running_loop().time() + 10
            while (usage := await processes.usage(TASK, "app")) is None or usage.processes < 3:
                assert asyncio.get_running_loop().time() < deadline, usage
            assert usage.memory_bytes > 100_000
            assert 0 <= usage.cpu_ns < usage.system_cpu_ns

    asyncio.run(story())
