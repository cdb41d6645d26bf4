"""What a task in containers reaches of this machine: by doors in its own network, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from hatoba.discovery import Answer, DnsServer, Record
from hatoba.runtime.containers import ContainerRuntime
from hatoba.runtime.doors import Way
from hatoba.runtime.protocol import Door, DoorsClosed, Port, TaskSpec
from tests.functional.runtime.test_containers import SERVER, a_task, runtime, shell
from tests.support.engine import TestEngine
from tests.support.listening import Heard, asked
from tests.support.waiting import eventually

pytestmark = [pytest.mark.containers, pytest.mark.xdist_group("containers")]

HERE = "127.0.0.1:51679"
RESOLVER = "169.254.169.253"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"


class OneName:
    """Knows where ``app.internal`` is."""

    def resolve(self, name: str, record_type: str) -> Answer:
        if name != "app.internal":
            return Answer("REFUSED")
        return Answer("NOERROR", (Record(name, "A", 10, "10.1.2.3"),) if record_type == "A" else ())


async def hello() -> tuple[asyncio.Server, int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HELLO)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, cast("int", server.sockets[0].getsockname()[1])


def with_doors(task: TaskSpec, http: int, dns: int) -> TaskSpec:
    doors = (Door("127.0.0.1", 51679, http), Door(RESOLVER, 53, dns, "udp"), Door(RESOLVER, 53, dns))
    return replace(task, doors=doors, nameservers=(RESOLVER,))


@pytest.mark.parametrize("way", ["by itself", "by the engine"])
def test_a_container_reaches_by_its_doors_what_listens_on_loopback(
    tmp_path: Path, engine: TestEngine, way: Way
) -> None:
    async def story() -> list[object]:
        server, port = await hello()
        dns = DnsServer("127.0.0.1", 0, OneName())
        await dns.start()
        heard = Heard()
        script = f"wget -q -O - http://{HERE}/; nslookup app.internal; cat /etc/resolv.conf"
        try:
            async with runtime(tmp_path, engine, way) as containers:
                assert containers.reach == "doors"
                await containers.prepare(with_doors(a_task(shell(script)), port, dns.port), heard)
                await containers.start("0123abcd", "app")
                await eventually(heard.exits, within_s=60)
        finally:
            server.close()
            await dns.stop()
        return heard.lines()

    said = asyncio.run(story())
    assert said[0] == "hello"
    assert "Address: 10.1.2.3" in said
    assert f"nameserver {RESOLVER}" in said


def test_doors_that_cannot_be_opened_are_told_once_and_then_not_tried(
    tmp_path: Path, engine: TestEngine
) -> None:
    async def story() -> None:
        heard = Heard()
        async with runtime(tmp_path, engine) as containers:
            task = a_task(shell("echo up"))
            nowhere = replace(task, doors=(Door("127.0.0.1", 80, 1), Door("127.0.0.1", 80, 1)))
            with pytest.raises(DoorsClosed, match="in use"):
                await containers.prepare(nowhere, heard)
            assert containers.reach == "nothing"
            assert "nothing in it reaches this cloud" in containers.leaves_out(task)[0]
            await containers.remove("0123abcd")
            await containers.prepare(task, heard)
            await containers.start("0123abcd", "app")
            await eventually(heard.exits, within_s=60)
        assert heard.lines() == ["up"]

    asyncio.run(story())


def test_a_task_with_doors_is_reached_at_its_own_address(tmp_path: Path, engine: TestEngine) -> None:
    async def story() -> tuple[str, int, str]:
        async with runtime(tmp_path, engine) as containers:
            task = with_doors(a_task(shell(SERVER, ports=(Port(80),))), 1, 1)
            (address,) = await containers.prepare(task, Heard())
            await containers.start("0123abcd", "app")
            url = f"http://{address.host}:{address.port}/"
            return address.host, address.port, await eventually(lambda: asked(url), within_s=60)

    host, port, page = asyncio.run(story())
    assert (port, page) == (80, "Congratulations!\n")
    assert not host.startswith("127.")


def test_the_doors_of_a_killed_clouds_task_are_open_again_in_the_next(
    tmp_path: Path, engine: TestEngine
) -> None:
    async def story() -> list[object]:
        server, port = await hello()
        heard = Heard()
        try:
            killed = ContainerRuntime(tmp_path, engine.url)
            script = f"read line < /go; wget -q -O - http://{HERE}/; exit 3"
            task = with_doors(a_task(shell(f"mkfifo /go; {script}")), port, port)
            await killed.prepare(task, heard)
            container = await killed.start("0123abcd", "app")
            await killed.close()
            async with runtime(tmp_path, engine) as containers:
                await containers.found(heard)
                await containers.execute("0123abcd", "app", ["sh", "-c", "echo > /go"], timeout_s=20)
                await eventually(heard.exits, within_s=60)
        finally:
            server.close()
        assert container
        return heard.lines()

    assert asyncio.run(story()) == ["hello"]
