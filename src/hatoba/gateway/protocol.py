"""What the gateway does for the cloud: the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hatoba.gateway.records import AccessLogLine, Story
    from hatoba.gateway.snapshot import Snapshot

OnLines = Callable[["Sequence[AccessLogLine]"], None]
"""Gets batches of access-log lines, on the event loop's thread, some 50 ms after the requests."""


class Remembering(Protocol):
    """What the gateway tells of single requests."""

    async def stories(
        self, request_id: str | None = None, after: float = 0.0, limit: int = 100
    ) -> Sequence[Story]:
        """Tell what became of requests, the oldest first; each worker remembers its last thousand.

        Args:
            request_id: The request's id, as in ``apigw-requestid``; None for the last ones.
            after: Only of those that ended after this moment, epoch seconds.
            limit: At most so many, the last ones.
        """


class Counting(Protocol):
    """What the gateway tells of back ends, and of load balancers' target groups."""

    async def requests(self) -> Mapping[str, int]:
        """Count the requests that each target group got since the gateway began, by its ARN.

        A number is less than before when a process of the gateway has died meanwhile.
        """

    async def in_flight(self) -> Mapping[str, int]:
        """Count the requests that wait for a back end's answer now, by its ``host:port``."""


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


class CountingGateway(Gateway, Counting, Protocol):
    """The gateway as the whole cloud sees it."""


class GatewayError(Exception):
    """The gateway cannot do what it was told. The text says where, what, and what to try."""


def taken(snapshot: Snapshot, port: int, error: OSError) -> str:
    """Return the text of the error of a port that cannot be had."""
    names = [api.api_id for api in snapshot.apis if api.port == port]
    what = f"API {names[0]}" if names else "the gateway's shared port"
    return (
        f"{what}: cannot listen on {snapshot.host} port {port}: {error.strerror or error}. "
        "End what uses the port, or choose another."
    )
