"""Free loopback ports for tasks, kept until the task takes them."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.runtime.protocol import Address

if TYPE_CHECKING:
    from hatoba.runtime.protocol import TaskSpec

LOOPBACK = "127.0.0.1"
# Below the range that systems give to outgoing connections (32768 and up on Linux, 49152 on macOS), so
# that a busy client cannot sit on the port between its choice and the process's bind.
FIRST_PORT = 20_000
LAST_PORT = 32_000
_TRIES = 400

_TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


class NoFreePort(Exception):
    """No loopback port is free."""


class ReservedPort:
    """A port that nobody else can bind until it is released."""

    def __init__(self, protocol: str) -> None:
        """Reserve a free port.

        Raises:
            NoFreePort: With what to try.
        """
        self._socket = _bound(protocol)
        self.number: int = self._socket.getsockname()[1]

    def release(self) -> None:
        """Let the process bind it. Idempotent."""
        self._socket.close()


def free_port(protocol: str) -> int:
    """Return a port that was free a moment ago.

    Raises:
        NoFreePort: With what to try.
    """
    reserved = ReservedPort(protocol)
    reserved.release()
    return reserved.number


class Reservation:
    """A loopback port for each container port of a task."""

    def __init__(self, task: TaskSpec) -> None:
        """Reserve them all.

        Raises:
            NoFreePort: With what to try; nothing is reserved then.
        """
        self._ports: list[ReservedPort] = []
        addresses = []
        try:
            for container in task.containers:
                for port in container.ports:
                    self._ports.append(ReservedPort(port.protocol))
                    number = self._ports[-1].number
                    addresses.append(
                        Address(container.name, port.container_port, LOOPBACK, number, port.protocol)
                    )
        except NoFreePort:
            self.release()
            raise
        self.addresses: tuple[Address, ...] = tuple(addresses)

    def release(self) -> None:
        """Let the task bind its ports. Idempotent."""
        for port in self._ports:
            port.release()


def at_home(addresses: tuple[Address, ...], host: str) -> tuple[Address, ...]:
    """Return a task's addresses in its own network: each container port is the port there."""
    return tuple(replace(each, host=host, port=each.container_port) for each in addresses)


def is_of_this_machine(host: str) -> bool:
    """Say whether an address belongs to an interface of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return bool(host)


def _bound(protocol: str) -> socket.socket:
    for _ in range(_TRIES):
        candidate = socket.socket(socket.AF_INET, _TYPES[protocol])
        try:
            candidate.bind((LOOPBACK, random.randint(FIRST_PORT, LAST_PORT)))  # noqa: S311 - no secret
        except OSError:
            candidate.close()
        else:
            return candidate
    raise NoFreePort(
        f"no free {protocol} port on {LOOPBACK} between {FIRST_PORT} and {LAST_PORT};"
        " stop what holds them, such as systems that are left running (hatoba down)"
    )
