"""What Docker Engine answers otherwise than Podman, by a server that answers as its API's reference says.

https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from hatoba.runtime.engine import Engine, EngineError
from hatoba.runtime.protocol import Blocks

STATS = {
    "read": "2026-11-22T14:00:50.123456789Z",
    "cpu_stats": {"cpu_usage": {"total_usage": 5}, "system_cpu_usage": 50, "online_cpus": 2},
    "memory_stats": {"usage": 1000, "limit": 4000, "stats": {"inactive_file": 300, "active_file": 7}},
    "pids_stats": {"current": 3, "limit": 100},
    "networks": {"eth0": {"rx_bytes": 11, "tx_bytes": 12, "rx_packets": 1, "endpoint_id": "e"}},
    "blkio_stats": {
        "io_service_bytes_recursive": [{"major": 8, "minor": 0, "op": "read", "value": 4096}],
        "io_serviced_recursive": None,
    },
}
STOPPED = {"read": "0001-01-01T00:00:00Z", "cpu_stats": {}, "memory_stats": {}, "pids_stats": {}}
DIED = (
    b'{"status":"exec_die","id":"e1","Type":"container","Action":"exec_die","Actor":{"ID":"e1"}}\n'
    b'{"status":"die","id":"c1","Type":"container","Action":"die","Actor":{"ID":"c1"},"time":1}\n'
)
DENIED = (
    "pull access denied for x, repository does not exist or may require 'docker login': denied: requested"
    " access to the resource is denied"
)
DISKS = {
    "Volumes": [
        {"Name": "a", "UsageData": {"Size": 10}},
        {"Name": "b", "UsageData": {"Size": -1}},
        {"Name": "c", "UsageData": None},
        {"Name": "other", "UsageData": {"Size": 99}},
    ]
}
INSPECTED = {
    "SizeRw": 12,
    "State": {"Pid": 42, "Running": True},
    # API 1.52 tells addresses by network only.
    "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2", "Gateway": "172.17.0.1"}}},
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def says(answer: Any, status: int = 200) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(answer, status=status)

    return handler


class Execution:
    """A command whose output has ended and which is gone only a look later."""

    def __init__(self) -> None:
        self.looks = 0

    async def inspected(self, _: web.Request) -> web.StreamResponse:
        self.looks += 1
        running = self.looks < 3
        state = {"Running": running, "ExitCode": None if running else 7, "ProcessConfig": {"tty": False}}
        return web.json_response(state)

    async def started(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        transport = request.transport
        assert transport is not None
        transport.write(
            b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"
            b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n\x01\x00\x00\x00\x00\x00\x00\x03hi\n"
        )
        transport.close()
        return web.Response()


@asynccontextmanager
async def docker() -> AsyncIterator[Engine]:
    execution = Execution()

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for start in range(0, len(DIED), 50):  # as the network cuts it
            await response.write(DIED[start : start + 50])
        return response

    application = web.Application()
    application.add_routes(
        [
            web.get("/events", events),
            web.get("/version", says({"ApiVersion": "1.52"})),
            web.get("/v1.52/info", says({"NCPU": 2, "Architecture": "x86_64"})),
            web.get("/v1.52/containers/c1/stats", says(STATS)),
            web.get("/v1.52/containers/ended/stats", says(STOPPED)),
            web.get("/v1.52/containers/c1/json", says(INSPECTED)),
            web.get("/system/df", says(DISKS)),
            web.post("/v1.52/images/create", says({"message": DENIED}, 404)),
            web.post("/v1.52/containers/c1/exec", says({"Id": "e1"}, 201)),
            web.post("/v1.52/exec/e1/start", execution.started),
            web.get("/v1.52/exec/e1/json", execution.inspected),
        ]
    )
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    engine = Engine(f"tcp://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield engine
    finally:
        await engine.close()
        await runner.cleanup()


def test_used_memory_is_without_the_files_that_can_go_and_a_stopped_container_uses_nothing() -> None:
    async def story() -> None:
        async with docker() as engine:
            usage = await engine.usage("c1")
            assert usage is not None
            assert (usage.memory_bytes, usage.memory_limit_bytes, usage.processes) == (700, 4000, 3)
            assert (usage.cpu_ns, usage.system_cpu_ns, usage.cpus) == (5, 50, 2)
            assert usage.networks == {"eth0": {"rx_bytes": 11, "tx_bytes": 12, "rx_packets": 1}}
            assert usage.blocks == (Blocks(8, 0, "read", 4096),)
            assert await engine.usage("ended") is None

    asyncio.run(story())


def test_a_disk_is_what_a_container_and_the_volumes_that_are_named_have_of_files() -> None:
    async def story() -> None:
        async with docker() as engine:
            assert await engine.written_bytes("c1") == 12
            assert await engine.written_bytes("gone") == 0
            assert await engine.volume_bytes(["a", "b", "c", "nowhere"]) == 10

    asyncio.run(story())


def test_the_end_of_a_container_is_told_from_that_of_a_command_in_it() -> None:
    async def story() -> None:
        async with docker() as engine:
            assert [each async for each in engine.deaths({"a": "b"})] == ["c1"]

    asyncio.run(story())


def test_a_commands_exit_code_is_waited_for() -> None:
    async def story() -> None:
        async with docker() as engine:
            assert await engine.execute("c1", ["true"]) == (7, b"hi\n")

    asyncio.run(story())


def test_the_registrys_refusal_is_told_in_the_engines_words() -> None:
    async def story() -> None:
        async with docker() as engine:
            with pytest.raises(EngineError, match="pull access denied for x"):
                await engine.pull("x:1")

    asyncio.run(story())


def test_a_containers_address_and_the_machines_size_are_found() -> None:
    async def story() -> None:
        async with docker() as engine:
            place = await engine.place("c1")
            assert (place.pid, place.address, place.gateway) == (42, "172.17.0.2", "172.17.0.1")
            assert await engine.cpus() == 2

    asyncio.run(story())
