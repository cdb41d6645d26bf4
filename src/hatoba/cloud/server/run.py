"""The life of a cloud: bind, make, listen, say ready, serve until told to stop, drain, end.

On SIGTERM, SIGINT or ``POST /_hatoba/stop`` it drains: tasks are deregistered and stopped, then the
gateway ends, then the cloud. Killed, it leaves tasks and gateway running; the next cloud of the same
folder takes them back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from importlib.metadata import version
from typing import TYPE_CHECKING

import uvicorn
from msgspec.structs import replace

from hatoba.cloud.server import runfile
from hatoba.cloud.server.alone import only_one_in
from hatoba.cloud.server.answering import WholeAnswers
from hatoba.cloud.server.ports import REMEDY, bind, bind_dns
from hatoba.cloud.server.ready import StartFailed, say_ready, told_to_go
from hatoba.gateway.protocol import GatewayError
from hatoba.gateway.workers import GatewayWorkers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hatoba.cloud.server.assembly import Cloud
    from hatoba.cloud.server.settings import Start
    from hatoba.cloud.wire.app import WireApp
    from hatoba.cloud.world import Loop, Settings
    from hatoba.discovery.server import DnsSockets
    from hatoba.gateway.records import AccessLogLine

_log = logging.getLogger(__name__)

KEEP_ALIVE_S = 600
"""Longer than any client keeps an idle connection (Go 90 s, Java 60 s, others until their next poll): the
client must be the one that closes. Our closing could meet its next request on the way, and what is no GET is
not sent again."""


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the cloud decides when to drain."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(start: Start) -> None:
    """Run a cloud until it is told to stop.

    Raises:
        StartFailed: It cannot start.
    """
    stopping = asyncio.Event()
    _on_signals(stopping.set)
    # Half of the cloud's start are imports: the definition is checked and the gateway starts beside them.
    loading = asyncio.create_task(asyncio.to_thread(_load_services), name="imports")
    if start.is_held and not await told_to_go():
        await loading
        return
    with only_one_in(start.settings.folder):
        await _serve(start.settings, loading, stopping)


async def _serve(settings: Settings, loading: asyncio.Task[None], stopping: asyncio.Event) -> None:
    before = runfile.left_behind(settings.folder)
    listener, dns = bind(settings, before), bind_dns(settings, before)
    settings = replace(settings, port=listener.getsockname()[1], dns_port=dns[0].getsockname()[1])
    lines = _Lines()
    gateway = GatewayWorkers(settings.folder, lines.deliver, settings.gateway_workers)
    gateway_start = asyncio.create_task(gateway.start(), name="gateway start")
    await loading
    cloud = await _make(settings, gateway, gateway_start)
    lines.cloud = cloud
    server = _Server(
        uvicorn.Config(
            _app(cloud, gateway, stopping.set),
            http=WholeAnswers,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    loops: list[asyncio.Task[None]] = []
    try:
        await _start(cloud, gateway_start, dns)
        loops = [_run_loop(loop) for loop in cloud.loops]
        run_file = _describe(settings, cloud.apigateway.shared_port)
        runfile.write(settings.folder, run_file)
        say_ready(run_file)
        await stopping.wait()
        _log.info("draining")
        await cloud.ecs.stop_everything()
    finally:
        await _end(cloud, loops)
        server.should_exit = True
        await serving
        cloud.state.close()
        runfile.remove(settings.folder)


def _load_services() -> None:
    """Import what :func:`_make` and :func:`_app` use."""
    import hatoba.cloud.server.app
    import hatoba.cloud.server.assembly  # noqa: F401 - loaded for others


class _Lines:
    """Takes access-log lines from the gateway, which starts before there is a cloud to take them."""

    def __init__(self) -> None:
        self.cloud: Cloud | None = None
        self._early: list[AccessLogLine] = []

    def deliver(self, lines: Sequence[AccessLogLine]) -> None:
        """Pass lines on; those that came too early with the next ones."""
        self._early += lines
        if self.cloud is not None:
            early, self._early = self._early, []
            self.cloud.apigateway.deliver(early)


async def _make(settings: Settings, gateway: GatewayWorkers, gateway_start: asyncio.Task[None]) -> Cloud:
    from hatoba.cloud.clock import SystemClock
    from hatoba.cloud.server.assembly import Cloud
    from hatoba.cloud.state import StateError

    try:
        return Cloud(settings, SystemClock(), gateway)
    except StateError as error:
        with contextlib.suppress(GatewayError):
            await gateway_start
        await gateway.stop()
        raise StartFailed(str(error), "") from error


def _app(cloud: Cloud, gateway: GatewayWorkers, stop: Callable[[], None]) -> WireApp:
    from hatoba.cloud.server.app import server_app

    return server_app(cloud, version("hatoba"), gateway, stop)


async def _start(cloud: Cloud, gateway_start: asyncio.Task[None], dns: DnsSockets) -> None:
    async def until_gateway_runs() -> None:
        await gateway_start

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(until_gateway_runs())
            group.create_task(cloud.dns.start(dns))
            group.create_task(cloud.identity.prepare())
        await cloud.apigateway.serve()
    except* (GatewayError, OSError) as errors:
        first = errors.exceptions[0]
        raise StartFailed(str(first), REMEDY) from first


def _run_loop(loop: Loop) -> asyncio.Task[None]:
    async def until_cancelled() -> None:
        await loop()

    return asyncio.create_task(until_cancelled(), name=getattr(loop, "__qualname__", "loop"))


async def _end(cloud: Cloud, loops: list[asyncio.Task[None]]) -> None:
    for task in loops:
        task.cancel()
    for task, outcome in zip(loops, await asyncio.gather(*loops, return_exceptions=True), strict=True):
        if isinstance(outcome, Exception):
            _log.error("the loop %s ended with an error", task.get_name(), exc_info=outcome)
    for service in reversed(cloud.services):
        await service.close()
    await cloud.gateway.stop()
    await cloud.dns.stop()
    await cloud.runtimes.close()
    await cloud.neighbours.close()


def _on_signals(stop: Callable[[], None]) -> None:
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            running.add_signal_handler(number, stop)


def _describe(settings: Settings, gateway_port: int) -> runfile.RunFile:
    return runfile.RunFile(
        pid=os.getpid(),
        created=runfile.created_now(),
        version=version("hatoba"),
        host=settings.host,
        port=settings.port,
        gateway_port=gateway_port,
        dns_port=settings.dns_port,
        region=settings.region,
        account=settings.account,
        runtime=settings.runtime,
    )
