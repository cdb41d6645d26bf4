"""Which ports a cloud has: those it was asked for; else those of a killed cloud before it; else free ones.

Tasks outlive a cloud that is killed. Where its endpoint and its DNS server were they know from their
environment, or by doors of their network, and can be told nothing new.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.server.ready import StartFailed

if TYPE_CHECKING:
    from hatoba.cloud.server.runfile import RunFile
    from hatoba.cloud.world import Settings


def bind(settings: Settings, before: RunFile | None) -> socket.socket:
    """Return the socket of the cloud's endpoint, listening.

    Args:
        settings: What was asked for; port 0: any.
        before: The cloud that was killed in the same folder.

    Raises:
        StartFailed: The port that was asked for cannot be used.
    """
    if settings.port == 0 and before is not None:
        with contextlib.suppress(OSError):
            return _listen(settings.host, before.port)
    try:
        return _listen(settings.host, settings.port)
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
        gateway_port=settings.gateway_port or _free(settings.host),
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
    return _free(host)


def _free(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
