"""``hatoba exec``: a command in a running container, and its exit code; on a terminal, an interactive one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import termios
import time
import tty
from typing import TYPE_CHECKING

from hatoba.cli import local
from hatoba.cloud.ecs.session import channel as c

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aiohttp import ClientWebSocketResponse

ANSWER_AFTER_S = 10.0
RESEND_EVERY_S = 0.5
_CHUNK = 4096


def execute(
    folder: Path, task: str, container: str | None, command: Sequence[str], *, timeout_s: float
) -> int:
    """Run a command and return its exit code: on a terminal live, else it prints what the command wrote."""
    asked: dict[str, object] = {"task": task, "command": list(command)}
    if container:
        asked["container"] = container
    run = local.running(folder)
    if sys.stdin.isatty() and sys.stdout.isatty():
        session = local.ask(run, "POST", "session", asked, within_s=ANSWER_AFTER_S)
        with _raw(sys.stdin.fileno()):
            return asyncio.run(_talk(session["stream_url"], session["token"]))
    asked["timeout_s"] = timeout_s
    answer = local.ask(run, "POST", "execute", asked, within_s=timeout_s + ANSWER_AFTER_S)
    sys.stdout.write(answer["output"])
    sys.stdout.flush()
    return int(answer["exit_code"])


@contextlib.contextmanager
def _raw(terminal: int) -> Iterator[None]:
    """Let every key go to the other side, Ctrl-C too."""
    before = termios.tcgetattr(terminal)
    try:
        tty.setraw(terminal)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


async def _talk(stream_url: str, token: str) -> int:
    """Be the terminal of a session; return the command's exit code."""
    import aiohttp

    async with aiohttp.ClientSession() as client, client.ws_connect(stream_url) as socket:
        await socket.send_str(json.dumps({"TokenValue": token, "ClientVersion": "hatoba"}))
        return await _Terminal(socket).hold()


class _Terminal:
    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._channel = c.ClientChannel()
        self._news = asyncio.Event()

    async def hold(self) -> int:
        """Show and type until the session ends."""
        loop = asyncio.get_running_loop()
        sending = asyncio.create_task(self._send())
        try:
            async for message in self._socket:
                event = self._channel.receive(message.data, time.time())
                if isinstance(event, c.Typed):
                    sys.stdout.buffer.write(event.data)
                    sys.stdout.buffer.flush()
                elif isinstance(event, c.Begun):
                    self._resize()
                    loop.add_reader(sys.stdin.fileno(), self._type)
                    loop.add_signal_handler(signal.SIGWINCH, self._resize)
                elif isinstance(event, c.Ended):
                    if event.reason:
                        sys.stderr.write(f"{event.reason}\r\n")
                    break
                self._news.set()
        finally:
            loop.remove_reader(sys.stdin.fileno())
            sending.cancel()
        return 1 if self._channel.exit_code is None else self._channel.exit_code

    def _type(self) -> None:
        self._channel.type(os.read(sys.stdin.fileno(), _CHUNK), time.time())
        self._news.set()

    def _resize(self) -> None:
        size = shutil.get_terminal_size()
        self._channel.resize(size.columns, size.lines, time.time())
        self._news.set()

    async def _send(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RESEND_EVERY_S):
                    await self._news.wait()
            self._news.clear()
            self._channel.tick(time.time())
            for data in self._channel.taken():
                await self._socket.send_bytes(data)
