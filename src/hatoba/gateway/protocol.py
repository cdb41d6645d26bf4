"""What the gateway does for the cloud: the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hatoba.gateway.records import AccessLogLine
    from hatoba.gateway.snapshot import Snapshot

OnLines = Callable[["Sequence[AccessLogLine]"], None]
"""Gets batches of access-log lines, on the event loop's thread, some 50 ms after the requests."""


class Gateway(Protocol):
    """The gateway process, as its owner sees it."""

    async def start(self) -> None:
        """Start the process, or take back the one that an earlier cloud of this folder left.

        From then on it is started again with the last snapshot whenever it dies.
        """

    async def push(self, snapshot: Snapshot) -> None:
        """Serve this snapshot. Returns when requests are answered by it; an older version is ignored.

        Raises:
            GatewayError: The snapshot cannot be served, such as a port that is taken; says which.
        """

    async def stop(self) -> None:
        """Drain: finish running requests, deliver the last lines, end the process. Idempotent."""


class GatewayError(Exception):
    """The gateway cannot do what it was told. The text says where, what, and what to try."""
