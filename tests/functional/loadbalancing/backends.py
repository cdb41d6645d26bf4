"""HTTP servers behind a load balancer, in threads of the test: each tells its name and what it was asked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Backend:
    """One target. ``status`` is what its health check gets."""

    name: str
    port: int = 0
    status: int = 200
    checks: list[str] = field(default_factory=list)


@contextmanager
def backend(name: str) -> Iterator[Backend]:
    """Run one until the block ends."""
    told = Backend(name)
    connections: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def do_GET(self) -> None:
            if self.path == "/health":
                told.checks.append(self.headers.get("User-Agent", ""))
                self._say(told.status, b"")
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._say(200, json.dumps({"name": name, "path": self.path, "headers": headers}).encode())

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    told.port = server.server_address[1]
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
