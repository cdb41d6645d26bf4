"""One real gateway process for a test module, its snapshots and its clients."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.gateway.process import GatewayProcess
from hatoba.gateway.snapshot import (
    AccessLog,
    Api,
    Cors,
    Endpoint,
    Integration,
    Route,
    Snapshot,
    Stage,
    Target,
)
from tests.functional.gateway.backend import Backend, free_port
from tests.functional.gateway.loops import LoopThread
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hatoba.gateway.records import AccessLogLine

ARN = "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-1"
LOG = AccessLog(
    "arn:aws:logs:ap-northeast-1:000000000000:log-group:/aws/api-gateway/mz-dev",
    '{"requestId":"$context.requestId","status":"$context.status","routeKey":"$context.routeKey",'
    '"path":"$context.path","length":"$context.responseLength","error":"$context.integrationErrorMessage"}',
)
ORIGIN = "https://a.example"
CORS = Cors((ORIGIN,), ("GET", "POST"), ("authorization",), ("x-total",), allow_credentials=True, max_age=300)


@dataclass
class Answer:
    """An answer as a plain client got it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """The gateway, one API on its own port and by name on the shared one, and a back end."""

    folder: Path
    loop: LoopThread = field(default_factory=LoopThread)
    lines: list[AccessLogLine] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    shared_port: int = field(default_factory=free_port)
    versions: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.backend = Backend(self.loop).start()
        self.gateway = GatewayProcess(self.folder, self.lines.extend)

    def start(self) -> Served:
        self.loop.run(self.gateway.start())
        return self

    def close(self) -> None:
        self.loop.run(self.gateway.stop())
        self.backend.stop()
        self.loop.close()

    def snapshot(self, *stages: Stage, ports: Sequence[int] | None = None) -> Snapshot:
        api = Api("abc1234567", "000000000000", "r", self.port, ("abc1234567.execute-api.local",), stages)
        endpoints = tuple(
            Endpoint(f"i{port}", "127.0.0.1", port)
            for port in ((self.backend.port,) if ports is None else ports)
        )
        target = {"t": Target(ARN, endpoints)}
        return Snapshot(next(self.versions), "127.0.0.1", self.shared_port, (api,), target)

    def push(self, *stages: Stage, ports: Sequence[int] | None = None) -> Snapshot:
        pushed = self.snapshot(*stages, ports=ports)
        self.loop.run(self.gateway.push(pushed))
        return pushed

    def push_routes(self, *routes: Route, ports: Sequence[int] | None = None) -> Snapshot:
        return self.push(Stage("$default", routes, CORS, LOG), ports=ports)

    def connect(self, port: int | None = None) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port or self.port), timeout=60)

    def ask(
        self, method: str = "GET", target: str = "/", body: bytes | None = None, port: int = 0, **headers: str
    ) -> Answer:
        """Ask once, on a connection of its own; ``x_y="z"`` is the header ``x-y: z``."""
        client = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            client.request(method, target, body, names)
            got = client.getresponse()
            fields = {name.lower(): value for name, value in got.getheaders()}
            return Answer(got.status, fields, got.read())
        finally:
            client.close()

    def raw(self, data: bytes, *, port: int | None = None) -> bytes:
        """Send bytes on a connection of their own; return all that comes until it is closed."""
        with self.connect(port) as client:
            client.sendall(data)
            return read_all(client)

    def line_of(self, answer: Answer) -> dict[str, str]:
        """Wait for an answer's access-log line."""
        wanted = answer.headers["apigw-requestid"]

        def find() -> dict[str, str] | None:
            for each in self.lines:
                parsed: dict[str, str] = json.loads(each.line)
                if parsed["requestId"] == wanted:
                    return parsed
            return None

        found = wait_until(find, what=f"the access-log line of {wanted}")
        assert found is not None
        return found


def read_all(client: socket.socket) -> bytes:
    parts: list[bytes] = []
    try:
        while part := client.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def route(key: str = "ANY /{proxy+}", **changes: object) -> Route:
    """Build a route to the private back end; what is given changes its integration."""
    return Route(f"r-{key}", key, replace(Integration("i", target="t"), **changes))
