"""Doors of a task's network to this machine's loopback.

::

    a container ─→ 127.0.0.1:51679, in the task's own network ─→ our socket there ─→ 127.0.0.1:<to_port>

A container's loopback is its own: nothing on this machine's can be reached from it. So sockets are made
in the task's network, by a small program (:mod:`hatoba.runtime.enter`); they stay where they were made, and
what comes in is passed on from here. Nothing listens on any network of this machine. The program enters
the network by itself where it may; else the engine runs it there, with this machine's own Python.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from hatoba.runtime import enter
from hatoba.runtime.relay import both_ways

if TYPE_CHECKING:
    from hatoba.runtime.protocol import Door

LOOPBACK = "127.0.0.1"
ENTER_WITHIN_S = 60.0
REPLY_WITHIN_S = 10.0
_CHUNK = 64 * 1024
_SYS_ADMIN = 1 << 21

Client = tuple[str, int]
Way = Literal["by itself", "by the engine", "none"]
Run = Callable[[Sequence[str], Sequence[str]], Coroutine[None, None, str]]
"""Runs a command with folders of this machine at their own paths, the last one to be written to; returns
what it said when it has ended."""


class ClosedDoor(Exception):
    """A task's network cannot be entered; the text says why."""


class OpenDoors:
    """The doors of one task, open until :meth:`close`."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._relays: set[asyncio.Task[None]] = set()

    @staticmethod
    async def open(pid: int, doors: Sequence[Door], run: Run | None = None) -> OpenDoors:
        """Open doors in the network of a process.

        Args:
            pid: The process.
            doors: Which.
            run: Runs a command in that network; None: it is entered from here.

        Raises:
            ClosedDoor: It cannot be entered.
        """
        opened = OpenDoors()
        sockets = await (sockets_in(pid, doors) if run is None else _sockets_by(run, doors))
        for door, made in zip(doors, sockets, strict=True):
            made.setblocking(False)
            await opened._serve(door, made)
        return opened

    async def close(self) -> None:
        """Close them, whatever is under way. May be called twice."""
        for server in self._servers:
            server.close()
        for transport in self._datagrams:
            transport.close()
        for relay in tuple(self._relays):
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _serve(self, door: Door, made: socket.socket) -> None:
        if door.protocol == "tcp":

            def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                self._keep(_pass_on(reader, writer, door.to_port))

            self._servers.append(await asyncio.start_server(serve, sock=made))
            return
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self, door.to_port), sock=made)
        self._datagrams.append(transport)

    def _keep(self, relay: asyncio._CoroutineLike[None]) -> None:
        task = asyncio.get_running_loop().create_task(relay)
        self._relays.add(task)
        task.add_done_callback(self._relays.discard)

    def ask(self, transport: asyncio.DatagramTransport, data: bytes, client: Client, to_port: int) -> None:
        """Pass a datagram on, and its reply back."""
        self._keep(_ask(transport, data, client, to_port))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, doors: OpenDoors, to_port: int) -> None:
        self._doors = doors
        self._to_port = to_port
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # uvloop's are not its subclasses

    def datagram_received(self, data: bytes, addr: Client) -> None:
        if self._transport is not None:
            self._doors.ask(self._transport, data, addr, self._to_port)


async def _ask(transport: asyncio.DatagramTransport, data: bytes, client: Client, to_port: int) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect((LOOPBACK, to_port))
        with contextlib.suppress(OSError, TimeoutError):
            await loop.sock_sendall(asking, data)
            async with asyncio.timeout(REPLY_WITHIN_S):
                transport.sendto(await loop.sock_recv(asking, _CHUNK), client)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to_port: int) -> None:
    try:
        there, back = await asyncio.open_connection(LOOPBACK, to_port)
    except OSError:
        writer.transport.abort()  # as from a port where nobody listens
        return
    await both_ways((reader, writer), (there, back))


def way_in(url: str) -> Way:
    """Return how networks of the engine at this address are entered: none that is not on this Linux is."""
    path = url.removeprefix("unix://")
    if sys.platform != "linux" or path == url:
        return "none"
    try:
        return "by itself" if _rules_all() or Path(path).stat().st_uid == os.geteuid() else "by the engine"
    except OSError:
        return "none"


def _rules_all() -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) & _SYS_ADMIN)
    return False


async def sockets_in(pid: int, doors: Sequence[Door]) -> list[socket.socket]:
    """Make sockets in the network of a process.

    Raises:
        ClosedDoor: It cannot be entered.
    """
    places = _places(doors)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", enter.__file__, str(pid), str(theirs.fileno()), places),
            pass_fds=[theirs.fileno()],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(ENTER_WITHIN_S):
                _, said = await process.communicate()
        except TimeoutError as error:
            process.kill()
            raise ClosedDoor(f"no answer within {ENTER_WITHIN_S:g} s") from error
        if process.returncode != 0:
            words = said.decode(errors="replace").strip().splitlines()
            raise ClosedDoor(words[-1] if words else f"it ended with {process.returncode}")
        ours.setblocking(False)
        _, descriptors, _, _ = socket.recv_fds(ours, 1, len(doors))
    return [socket.socket(fileno=each) for each in descriptors]


async def _sockets_by(run: Run, doors: Sequence[Door]) -> list[socket.socket]:
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="hatoba-") as folder, socket.socket(socket.AF_UNIX) as listener:
        path = f"{folder}/sockets"
        listener.bind(path)
        listener.listen(1)
        listener.setblocking(False)
        python, needed = _python()
        words = (python, "-I", "-S", enter.__file__, "0", path, _places(doors))
        running = loop.create_task(run(words, (*needed, folder)))
        coming = loop.create_task(loop.sock_accept(listener))
        try:
            async with asyncio.timeout(ENTER_WITHIN_S):
                await asyncio.wait({running, coming}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    raise ClosedDoor((await running).strip() or "it said nothing")
                channel, _ = coming.result()
                with channel:
                    channel.setblocking(True)
                    channel.settimeout(REPLY_WITHIN_S)
                    _, descriptors, _, _ = await asyncio.to_thread(socket.recv_fds, channel, 1, len(doors))
                # It ends now by itself: an engine that is interrupted in it may not remove it.
                await running
        except TimeoutError as error:
            raise ClosedDoor(f"no answer within {ENTER_WITHIN_S:g} s") from error
        finally:
            for each in (running, coming):
                each.cancel()
            await asyncio.gather(running, coming, return_exceptions=True)
    return [socket.socket(fileno=each) for each in descriptors]


def _places(doors: Sequence[Door]) -> str:
    return json.dumps([[door.host, door.port, door.protocol] for door in doors])


def _python() -> tuple[str, tuple[str, ...]]:
    """Return this Python's program, and the folders without which it does not start."""
    python = Path(sys.executable).resolve()
    libraries = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")
    folders = (*libraries, sys.base_prefix, str(python.parent), str(Path(enter.__file__).parent))
    return str(python), tuple(dict.fromkeys(each for each in folders if Path(each).exists()))


def nameservers() -> tuple[str, ...]:
    """Return the name servers of this machine that a container can ask too: none that is on loopback."""
    for file in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        with contextlib.suppress(OSError):
            words = [line.split() for line in Path(file).read_text().splitlines()]
            found = [each[1] for each in words if len(each) > 1 and each[0] == "nameserver"]
            elsewhere = tuple(each for each in found if not each.startswith("127.") and each != "::1")
            if elsewhere:
                return elsewhere
    return ()
