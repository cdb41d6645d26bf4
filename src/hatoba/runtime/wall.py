"""A wall around the network of a task of containers: what comes in over TCP is judged before it is let in.

::

    another container ─→ <task>:8080 ── nft: redirect ─→ our socket in the task's network ─→ who? which port?
    this machine ──────→ <task>:8080 ←──────────────────────────── a connection of ours ←── yes │ no: reset

One rule of nftables in the task's own network turns every new connection that does not come from this
machine to a socket of ours there, which is made as those of doors are. Who calls is known by its address.
Rules never change with what is allowed: each connection is asked about when it comes.
https://wiki.nftables.org/wiki-nftables/index.php/Performing_Network_Address_Translation_(NAT)
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from hatoba.runtime import enter
from hatoba.runtime.doors import ENTER_WITHIN_S, ClosedDoor, sockets_in, way_in
from hatoba.runtime.protocol import Door
from hatoba.runtime.relay import both_ways, closed, reset

if TYPE_CHECKING:
    from collections.abc import Collection

Admit = Callable[[str, int], Awaitable[bool]]
"""Says whether who has this address may reach a TCP port of the task."""

FIRST_PORT = 51690
_ANY = "0.0.0.0"
_ORIGINAL_DESTINATION = 80  # linux/netfilter_ipv4.h
_ADDRESS = "!2xH4s8x"
_RULES = """
add table ip hatoba
delete table ip hatoba
table ip hatoba {{
  chain wall {{
    type nat hook prerouting priority dstnat; policy accept;
    iifname != "lo" ip saddr != {gateway} meta l4proto tcp redirect to :{port}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a wall is built: in the network of a process, before a task's address.

    ``gateway`` is this machine as the network sees it.
    """

    pid: int
    address: str
    gateway: str
    port: int


class Wall:
    """The wall around one task, until :meth:`close`: then nothing comes in but from this machine."""

    def __init__(self, site: Site, admit: Admit) -> None:
        self._site = site
        self._admit = admit
        self._server: asyncio.Server | None = None

    @staticmethod
    async def build(site: Site, admit: Admit) -> Wall:
        """Build it, or build it again.

        Raises:
            ClosedDoor: The network cannot be entered, or nft refuses the rule.
        """
        wall = Wall(site, admit)
        (made,) = await sockets_in(site.pid, [Door(_ANY, site.port, 0)])
        made.setblocking(False)
        wall._server = await asyncio.start_server(wall._serve, sock=made)
        try:
            await _nft(site.pid, _RULES.format(gateway=site.gateway, port=site.port))
        except ClosedDoor:
            wall.close()
            raise
        return wall

    def close(self) -> None:
        """Let nobody through any more. Idempotent."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            port = _wanted(writer.get_extra_info("socket"))
            if port == self._site.port or not await self._admit(writer.get_extra_info("peername")[0], port):
                reset(writer)
                return
            await both_ways((reader, writer), await asyncio.open_connection(self._site.address, port))
        except OSError:
            reset(writer)
        finally:
            await closed(writer)


def free_port(taken: Collection[int]) -> int:
    """Return a port for the wall's socket that no container of the task needs."""
    return next(port for port in count(FIRST_PORT) if port not in taken)


def why_no_wall(url: str) -> str | None:
    """Return why no wall can be built at tasks of the engine at this address; None where it can."""
    if way_in(url) != "by itself":
        return "the networks of its engine cannot be entered from here (by root, on the engine's own Linux)"
    if shutil.which("nft") is None:
        return "there is no nft (install nftables)"
    return None


def _wanted(made: socket.socket) -> int:
    """Return the port that a redirected connection was opened to."""
    found = made.getsockopt(socket.SOL_IP, _ORIGINAL_DESTINATION, struct.calcsize(_ADDRESS))
    port: int = struct.unpack(_ADDRESS, found)[0]
    return port


async def _nft(pid: int, rules: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", enter.__file__, str(pid), "--", "nft", "-f", "-"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ENTER_WITHIN_S):
            _, said = await process.communicate(rules.encode())
    except TimeoutError as error:
        process.kill()
        raise ClosedDoor(f"nft did not end within {ENTER_WITHIN_S:g} s") from error
    if process.returncode != 0:
        words = said.decode(errors="replace").strip().splitlines()
        raise ClosedDoor(f"nft: {words[0] if words else process.returncode}")
