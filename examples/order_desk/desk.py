"""What the programs of the order desk share: answering with JSON, and calling others by name."""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

Answer = tuple[int, Any]
Handler = Callable[[str, str, Any], Answer]
TRIES = 3


@cache
def cloud_map() -> Any:
    """Return the client of AWS Cloud Map; where it is, the environment says."""
    import boto3

    return boto3.client("servicediscovery")


def call(name: str, path: str, body: object = None) -> Any:
    """Call a service by its name in Cloud Map, ``stock.desk.internal``, and return what it answers.

    The ports of services differ, so address and port are asked for: DiscoverInstances knows both. A task that
    ends just now is asked for no second time.
    """
    service, _, namespace = name.partition(".")
    for _ in range(TRIES):
        found = cloud_map().discover_instances(
            NamespaceName=namespace, ServiceName=service, HealthStatus="HEALTHY"
        )["Instances"]
        if not found:
            continue
        where = random.choice(found)["Attributes"]  # noqa: S311 - spreads load, guards nothing
        url = f"http://{where['AWS_INSTANCE_IPV4']}:{where['AWS_INSTANCE_PORT']}{path}"
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=5) as answer:
                return json.load(answer)
        except URLError as error:
            print(f"{name}: {error}", flush=True)
    raise LookupError(f"nobody answers for {name}")


def serve(answer: Handler) -> None:
    """Answer HTTP with JSON until ECS says that it is time to end."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave in one packet

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = json.loads(self.rfile.read(length) or "null")
            try:
                status, said = answer(self.command, self.path, given)
            except LookupError as error:
                status, said = 503, {"message": str(error)}
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            print(format % args, flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, port = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))
    with ThreadingHTTPServer((host, port), Door) as server:
        server.daemon_threads = True
        print(f"listening on {host}:{port}", flush=True)
        server.serve_forever()


LOCK = threading.Lock()
"""Requests are answered in threads: what they share is changed by one at a time."""
