"""Which ports a cloud has: those it was asked for; else those of a killed cloud before it; else free ones.

Tasks outlive a cloud that is killed. Where its endpoint and its DNS server were they know from their
environment, or by doors of their network, and can be told nothing new. So a free port is one that the system
gives to no outgoing connection: nobody sits on it when the next cloud comes.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.server.ready import StartFailed
from hatoba.runtime.ports import NoFreePort, free_port

if TYPE_CHECKING:
    from hatoba.cloud.server.runfile import RunFile
    from hatoba.cloud.world import Settings


def bind(settings: Settings, before: RunFile | None) -> socket.socket:
    """Return the socket of the cloud's endpoint, listening.

    Args:
        settings: What was asked for; port 0: any.
        before: The cloud that was killed in the same folder.

    Raises:
        StartFailed: The port that was asked for cannot be used, or none is free.
    """
    wanted = settings.port
    if not wanted and before is not None:
        with contextlib.suppress(OSError):
            return _listen(settings.host, before.port)
    try:
        return _listen(settings.host, wanted or _free("tcp"))
    except OSError as error:
        raise StartFailed(
            f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}.",
            "Another local cloud may run there. `--port 0` takes free ports for everything.",
        ) from error


def with_ports(settings: Settings, listener: socket.socket, before: RunFile | None) -> Settings:
    """Return the settings with a number for every port."""
    return replace(
        settings,
        port=listener.getsockname()[1],
        gateway_port=settings.gateway_port or _free("tcp"),
        dns_port=settings.dns_port or _dns(settings.host, before),
    )


def _listen(host: str, port: int) -> socket.socket:
    # The protocol by name: asyncio turns Nagle's delay off only for sockets that say TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(1024)
    return listener


def _dns(host: str, before: RunFile | None) -> int:
    if before is not None:
        with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.bind((host, before.dns_port))
            return before.dns_port
    return _free("udp")


def _free(protocol: str) -> int:
    try:
        return free_port(protocol)
    except NoFreePort as error:
        raise StartFailed("The local cloud found no port.", str(error)) from error
