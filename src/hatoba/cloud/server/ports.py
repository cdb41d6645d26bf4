"""Which ports a cloud has: those it was asked for; else those of a killed cloud before it; else free ones.

Tasks outlive a cloud that is killed. Where its endpoint and its DNS server were they know from their
environment, or by doors of their network, and can be told nothing new. So a free port is one that the system
gives to no outgoing connection: nobody sits on it when the next cloud comes.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from hatoba.cloud.server.ready import StartFailed
from hatoba.discovery.server import bind_both
from hatoba.runtime.ports import NoFreePort, free_port

if TYPE_CHECKING:
    from hatoba.cloud.server.runfile import RunFile
    from hatoba.cloud.world import Settings
    from hatoba.discovery.server import DnsSockets

REMEDY = "Another local cloud may use the port. `--port 0` takes free ports for everything."
_TRIES = 20


def bind(settings: Settings, before: RunFile | None) -> socket.socket:
    """Return the socket of the cloud's endpoint, listening.

    Args:
        settings: What was asked for; port 0: any.
        before: The cloud that was killed in the same folder.

    Raises:
        StartFailed: The port that was asked for cannot be used, or none is free.
    """
    if not settings.port and before is not None:
        with contextlib.suppress(OSError):
            return _listen(settings.host, before.port)
    try:
        return _listen(settings.host, settings.port or _free())
    except OSError as error:
        raise StartFailed(
            f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}.",
            REMEDY,
        ) from error


def bind_dns(settings: Settings, before: RunFile | None) -> DnsSockets:
    """Return the sockets of the DNS server, as :func:`bind` does for the endpoint.

    Raises:
        StartFailed: As there.
    """
    host, wanted = settings.host, settings.dns_port
    if not wanted and before is not None:
        with contextlib.suppress(OSError):
            return bind_both(host, before.dns_port)
    try:
        return bind_both(host, wanted) if wanted else _dns_anywhere(host)
    except OSError as error:
        raise StartFailed(str(error.strerror), REMEDY) from error


def _dns_anywhere(host: str) -> DnsSockets:
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):  # free for TCP need not be free for UDP
            return bind_both(host, _free())
    return bind_both(host, _free())


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


def _free() -> int:
    try:
        return free_port("tcp")
    except NoFreePort as error:
        raise StartFailed("The local cloud found no port.", str(error)) from error
