"""A wire application served by uvicorn in a thread of its own, and boto3 clients for it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import uvicorn
from botocore.config import Config

from hatoba.cloud.wire.app import WireApp
from tests.support.waiting import wait_until

REGION = "ap-northeast-1"
ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Served:
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, *, region: str = REGION, account: str = ACCOUNT, **options: Any) -> Any:
        settings: dict[str, Any] = {
            "retries": {"total_max_attempts": 1},
            "inject_host_prefix": False,
            **options,
        }
        return boto3.client(
            service,  # type: ignore[call-overload]  # the service's name is known at run time only
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="any",
            config=Config(**settings),
        )


@contextlib.contextmanager
def served(make: Callable[[int], WireApp]) -> Iterator[Served]:
    """Serve the application that ``make`` returns; it is made in the thread that runs it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    servers: list[uvicorn.Server] = []

    async def run() -> None:
        config = uvicorn.Config(make(port), log_config=None, access_log=False, lifespan="on")
        servers.append(uvicorn.Server(config))
        await servers[0].serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    try:
        wait_until(lambda: servers and servers[0].started, what="the server's start")
        yield Served(port)
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(10)
        listener.close()
