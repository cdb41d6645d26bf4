"""The DNS server on real sockets, asked by dnspython and by dig."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import dns.asyncquery
import dns.flags
import dns.message
import dns.rcode
import pytest

from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.ec2 import Ec2
from hatoba.discovery import Answer, DnsServer, QueryLine
from tests.support.calls import Bench

HOST = "127.0.0.1"
NAME = "mz-dev-app.mz-dev-application-service.internal"


class ReferenceNames(Bench):
    """Cloud Map beside EC2, with the namespace and the service of the reference system."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud_map = CloudMap(self.world, random=Random(3))
        self.add(self.cloud_map.operations)
        self.add(Ec2(self.world).operations)
        self.service_id = ""

    async def ask(self, operation: str, **params: Any) -> Any:
        return await self.acall("servicediscovery", operation, **params)

    async def build(self) -> None:
        (vpc,) = (await self.acall("ec2", "DescribeVpcs"))["Vpcs"]
        made = await self.ask("CreatePrivateDnsNamespace", Name=NAME.partition(".")[2], Vpc=vpc["VpcId"])
        done = (await self.ask("GetOperation", OperationId=made["OperationId"]))["Operation"]
        assert done["Status"] == "SUCCESS", done
        service = await self.ask(
            "CreateService",
            Name="mz-dev-app",
            NamespaceId=done["Targets"]["NAMESPACE"],
            DnsConfig={"DnsRecords": [{"Type": "SRV", "TTL": 300}]},
            HealthCheckCustomConfig={"FailureThreshold": 1},
        )
        self.service_id = service["Service"]["Id"]

    async def register(self, instance_id: str, port: int) -> None:
        await self.ask(
            "RegisterInstance",
            ServiceId=self.service_id,
            InstanceId=instance_id,
            Attributes={"AWS_INSTANCE_IPV4": HOST, "AWS_INSTANCE_PORT": str(port)},
        )


@asynccontextmanager
async def running(
    names: ReferenceNames, on_query: Callable[[QueryLine], None] | None = None
) -> AsyncIterator[DnsServer]:
    await names.build()
    server = DnsServer(HOST, 0, names.cloud_map.resolver, on_query=on_query)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def over_udp(server: DnsServer, name: str, kind: str) -> dns.message.Message:
    return await dns.asyncquery.udp(dns.message.make_query(name, kind), HOST, port=server.port, timeout=60)


async def over_tcp(server: DnsServer, name: str, kind: str) -> dns.message.Message:
    return await dns.asyncquery.tcp(dns.message.make_query(name, kind), HOST, port=server.port, timeout=60)


def test_a_registered_instance_is_answered_over_udp_and_tcp() -> None:
    async def scenario() -> None:
        names = ReferenceNames()
        async with running(names) as server:
            missing = await over_udp(server, NAME, "SRV")
            assert missing.rcode() == dns.rcode.NXDOMAIN

            await names.register("task-1", 8080)

            for response in (await over_udp(server, NAME, "SRV"), await over_tcp(server, NAME, "SRV")):
                (answer,) = response.answer
                assert (answer.ttl, answer[0].port) == (300, 8080)
                target = await over_udp(server, str(answer[0].target), "A")
                assert [each.address for each in target.answer[0]] == [HOST]

    asyncio.run(scenario())


def test_a_long_answer_is_asked_for_again_over_tcp() -> None:
    async def scenario() -> None:
        names = ReferenceNames()
        async with running(names) as server:
            for number in range(8):
                await names.register(f"task-{'0' * 50}{number}", 8080)
            query = dns.message.make_query(NAME, "SRV")

            assert (await over_udp(server, NAME, "SRV")).flags & dns.flags.TC
            response, used_tcp = await dns.asyncquery.udp_with_fallback(
                query, HOST, port=server.port, timeout=60
            )

            assert used_tcp
            assert len(response.answer[0]) == 8

    asyncio.run(scenario())


def test_several_questions_travel_over_one_tcp_connection() -> None:
    async def scenario() -> None:
        async with running(ReferenceNames()) as server:
            reader, writer = await asyncio.open_connection(HOST, server.port)
            for name in (NAME, "example.com"):
                wire = dns.message.make_query(name, "SRV").to_wire()
                writer.write(len(wire).to_bytes(2, "big") + wire)
            for expected in (dns.rcode.NXDOMAIN, dns.rcode.REFUSED):
                length = int.from_bytes(await reader.readexactly(2), "big")
                assert dns.message.from_wire(await reader.readexactly(length)).rcode() == expected
            writer.close()

    asyncio.run(scenario())


def test_garbage_is_survived() -> None:
    async def scenario() -> None:
        async with running(ReferenceNames()) as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for packet in (b"", b"x", b"\xff" * 12, b"\x00" * 700):
                    sender.sendto(packet, (HOST, server.port))
            _, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(b"\xff\xffnonsense")
            writer.close()

            assert (await over_udp(server, "example.com", "A")).rcode() == dns.rcode.REFUSED

    asyncio.run(scenario())


def test_a_resolver_that_fails_is_a_server_failure(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def resolve(self, name: str, record_type: str) -> Answer:
            raise RuntimeError(f"{name} {record_type}")

    async def scenario() -> None:
        server = DnsServer(HOST, 0, Broken())
        await server.start()
        try:
            assert (await over_udp(server, NAME, "A")).rcode() == dns.rcode.SERVFAIL
        finally:
            await server.stop()

    asyncio.run(scenario())
    assert "could not be answered" in caplog.text


def test_each_query_is_told_with_its_answer() -> None:
    async def scenario() -> None:
        lines: list[QueryLine] = []
        names = ReferenceNames()
        async with running(names, lines.append) as server:
            await names.register("task-1", 8080)
            await over_udp(server, NAME, "SRV")
            await over_tcp(server, "example.com", "A")

        assert [(each.transport, each.name, each.type, each.status) for each in lines] == [
            ("udp", NAME, "SRV", "NOERROR"),
            ("tcp", "example.com", "A", "REFUSED"),
        ]
        assert lines[0].answers == (f"1 1 8080 task-1.{NAME}.",)
        assert lines[0].client.startswith(HOST)

    asyncio.run(scenario())


def test_a_port_that_is_taken_is_named() -> None:
    async def scenario() -> None:
        async with running(ReferenceNames()) as server:
            second = DnsServer(HOST, server.port, ReferenceNames().cloud_map.resolver)

            with pytest.raises(OSError, match=f"{HOST}:{server.port}"):
                await second.start()
            await second.stop()

    asyncio.run(scenario())


def test_stopping_lets_go_of_open_connections() -> None:
    async def scenario() -> None:
        async with running(ReferenceNames()) as server:
            reader, writer = await asyncio.open_connection(HOST, server.port)
            assert (await over_udp(server, "example.com", "A")).rcode() == dns.rcode.REFUSED
            await server.stop()

            async with asyncio.timeout(60):
                assert await reader.read() == b""
            writer.close()

    asyncio.run(scenario())


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig is not installed")
def test_dig_reads_the_answer() -> None:
    async def dig(server: DnsServer, *words: str) -> list[str]:
        process = await asyncio.create_subprocess_exec(
            "dig",
            f"@{HOST}",
            "-p",
            str(server.port),
            "+short",
            *words,
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
        return output.decode().split("\n")[:-1]

    async def scenario() -> None:
        names = ReferenceNames()
        async with running(names) as server:
            await names.register("task-1", 8080)

            assert await dig(server, NAME.upper(), "SRV") == [f"1 1 8080 task-1.{NAME}."]
            assert await dig(server, "+tcp", f"task-1.{NAME}", "A") == [HOST]
            assert await dig(server, f"missing.{NAME}", "A") == []

    asyncio.run(scenario())
