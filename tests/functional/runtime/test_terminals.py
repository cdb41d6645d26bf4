"""A shell on a terminal inside a real container."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hatoba.runtime.protocol import Terminal
from tests.functional.runtime.test_containers import a_task, runtime, shell
from tests.support.engine import TestEngine
from tests.support.listening import Heard

pytestmark = [pytest.mark.containers, pytest.mark.xdist_group("containers")]


async def shown_until(terminal: Terminal, text: str) -> str:
    shown = ""
    async with asyncio.timeout(30):
        while text not in shown and (data := await terminal.read()):
            shown += data.decode()
    return shown


def test_a_shell_in_a_container_has_a_terminal_and_runs_as_root(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> tuple[str, int | None]:
        async with runtime(tmp_path, engine) as containers:
            task = a_task(shell("sleep 600", user="1234", environment={"GREETING": "hello"}))
            await containers.prepare(task, Heard())
            await containers.start("0123abcd", "app")
            terminal = await containers.terminal("0123abcd", "app", ["sh"])
            try:
                await terminal.resize(100, 30)
                await terminal.write(b"echo $GREETING-$((40+2)); id -u; tty\n")
                shown = await shown_until(terminal, "/dev/pts/")
                await terminal.write(b"exit 7\n")
                await shown_until(terminal, "there is no more")
                async with asyncio.timeout(30):
                    return shown, await terminal.ended()
            finally:
                await terminal.close()

    shown, code = asyncio.run(story())
    assert "hello-42\r\n0\r\n" in shown
    assert code == 7
