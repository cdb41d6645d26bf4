"""A command on a terminal of its own, on this machine: what an interactive session in a process task is."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import termios
from typing import TYPE_CHECKING

from hatoba.runtime import on_terminal
from hatoba.runtime.protocol import CannotExecute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_CHUNK = 32 * 1024
HANG_UP_WITHIN_S = 1.0


class ProcessTerminal:
    """See :class:`hatoba.runtime.protocol.Terminal`."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self._process = process
        self._master = master
        self._is_closed = False

    @staticmethod
    async def open(
        command: Sequence[str], *, directory: str, environment: Mapping[str, str]
    ) -> ProcessTerminal:
        """Start a command.

        Raises:
            CannotExecute: There is no terminal to be had, or no such folder.
        """
        try:
            master, slave = pty.openpty()
        except OSError as error:
            raise CannotExecute(f"no terminal can be had: {error.strerror}") from error
        try:
            os.set_blocking(master, False)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", on_terminal.__file__, *command),
                cwd=directory,
                env={"TERM": "xterm-256color", **environment},
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
            )
        except OSError as error:
            os.close(master)
            raise CannotExecute(f"{error.filename or directory}: {error.strerror}") from error
        finally:
            os.close(slave)
        return ProcessTerminal(process, master)

    async def read(self) -> bytes:
        """Return what it wrote next; nothing when all that had the terminal have ended."""
        loop = asyncio.get_running_loop()
        while not self._is_closed:
            try:
                return os.read(self._master, _CHUNK)
            except BlockingIOError:
                await _ready(self._master, loop.add_reader, loop.remove_reader)
            except OSError:  # EIO: nobody has the other side open any more
                break
        return b""

    async def write(self, data: bytes) -> None:
        """Type."""
        loop = asyncio.get_running_loop()
        while data and not self._is_closed:
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                await _ready(self._master, loop.add_writer, loop.remove_writer)
            except OSError:
                return

    async def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        if not self._is_closed:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    async def ended(self) -> int | None:
        """Wait for the command's end."""
        code = await self._process.wait()
        return 128 - code if code < 0 else code

    async def close(self) -> None:
        """Hang up, and kill what does not go."""
        if self._is_closed:
            return
        self._is_closed = True
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        os.close(self._master)
        for number in (signal.SIGHUP, signal.SIGKILL):
            if self._process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HANG_UP_WITHIN_S):
                    await self._process.wait()


async def _ready(
    descriptor: int,
    add: Callable[[int, Callable[[], None]], None],
    remove: Callable[[int], bool],
) -> None:
    """Wait until a descriptor can be read or written."""
    is_ready = asyncio.Event()
    add(descriptor, is_ready.set)
    try:
        await is_ready.wait()
    finally:
        remove(descriptor)
