"""Processes as tasks, for real: ports, output, signals, and what a killed cloud leaves."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import urlopen

from hatoba.runtime.commands import LocalCommands
from hatoba.runtime.process import ProcessRuntime
from hatoba.runtime.protocol import (
    ContainerSpec,
    LocalCommand,
    Port,
    TaskSpec,
)
from tests.support.listening import Heard
from tests.support.waiting import eventually

IMAGE = "example.com/shop:1"


def commands(folder: Path, *words: str, **environment: str) -> LocalCommands:
    return LocalCommands([LocalCommand(IMAGE, words, str(folder), environment)])


def python(folder: Path, source: str) -> LocalCommands:
    return commands(folder, sys.executable, "-c", source)


def a_task(*containers: ContainerSpec, task_id: str = "0123abcd") -> TaskSpec:
    return TaskSpec(task_id, containers or (ContainerSpec("app", IMAGE),), 256, 512)


@asynccontextmanager
async def runtime(folder: Path, local: LocalCommands) -> AsyncIterator[ProcessRuntime]:
    made = ProcessRuntime(folder, local)
    try:
        yield made
    finally:
        for record in made._folders.read():
            await made.remove(record.spec.task_id)
        await made.close()


async def run_to_the_end(folder: Path, local: LocalCommands, *containers: ContainerSpec) -> Heard:
    heard = Heard()
    task = a_task(*containers)
    async with runtime(folder, local) as processes:
        await processes.prepare(task, heard)
        await processes.start(task.task_id, "app")
        await eventually(heard.exits)
    return heard


def test_a_process_listens_on_the_port_it_was_given(tmp_path: Path) -> None:
    server = (
        "import http.server, os; http.server.HTTPServer((os.environ['HOST'], int(os.environ['PORT'])),"
        " http.server.SimpleHTTPRequestHandler).serve_forever()"
    )
    (tmp_path / "index.html").write_text("Congratulations!")

    async def story() -> str:
        heard = Heard()
        async with runtime(tmp_path / ".hatoba", python(tmp_path, server)) as processes:
            task = a_task(ContainerSpec("app", IMAGE, ports=(Port(80),)))
            (address,) = await processes.prepare(task, heard)
            await processes.start(task.task_id, "app")
            return await eventually(lambda: asked(f"http://{address.host}:{address.port}/"))

    assert asyncio.run(story()) == "Congratulations!"


def asked(url: str) -> str:
    try:
        with urlopen(url, timeout=2) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


def test_every_line_comes_before_the_exit_even_an_incomplete_one(tmp_path: Path) -> None:
    heard = asyncio.run(
        run_to_the_end(tmp_path, commands(tmp_path, "sh", "-c", "seq 1 20000; echo oops >&2; printf last"))
    )

    assert heard.told[-1] == ("exited", "app", 0)
    assert heard.lines() == [*map(str, range(1, 20001)), "oops", "last"]
