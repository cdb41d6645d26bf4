"""Which loopback port each API is served on: its own for life, kept in its record."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.model import Listener
from hatoba.cloud.state import Scope
from hatoba.runtime.ports import NoFreePort, free_port

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.world import Settings

FIRST_AFTER_SHARED = 20
HIGHEST_PORT = 65_535


class Ports:
    """Ports for APIs, and the one that they share (told apart by Host name)."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.host = settings.host
        self.scope = Scope(settings.account, settings.region)
        self._wanted = settings.gateway_port
        self._store = store

    def shared(self) -> int:
        """Return the shared port: the settings', or the one chosen once and kept."""
        if self._wanted:
            return self._wanted
        kept = self._store.listeners.get(self.scope, "shared")
        if kept is None:
            kept = self._store.listeners.put(self.scope, Listener(self._free(_anywhere())))
        return kept.port

    def leave_shared(self) -> bool:
        """Forget a chosen shared port that cannot be had; False when the settings fixed it."""
        if self._wanted:
            return False
        self._store.listeners.delete(self.scope, "shared")
        return True

    def choose(self) -> int:
        """Return a free port that no API has: from the shared one's +20 up, or any."""
        if not self._wanted:
            return self._free(_anywhere())
        return self._free(range(self._wanted + FIRST_AFTER_SHARED, HIGHEST_PORT))

    def _free(self, candidates: Iterable[int]) -> int:
        taken = {api.port for _, api in self._store.apis.everywhere()}
        for candidate in candidates:
            if candidate not in taken and self._can_be_bound(candidate):
                return candidate
        raise OSError(
            f"no free port on {self.host}: stop what uses them, or start with another --gateway-port"
        )

    def _can_be_bound(self, port: int) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((self.host, port))
            return True
        return False


def _anywhere() -> Iterator[int]:
    with contextlib.suppress(NoFreePort):
        while True:
            yield free_port("tcp")
