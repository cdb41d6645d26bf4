"""API Gateway with the real gateway process: what is created is served, with tokens of the local issuer."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from msgspec.structs import replace

from hatoba.cloud.apigateway import ApiGateway
from hatoba.cloud.clock import SystemClock
from hatoba.cloud.identity import Identity, TokenRequest
from hatoba.cloud.state import Change
from hatoba.cloud.world import DiscoveredInstance, World
from hatoba.gateway.process import GatewayProcess
from hatoba.gateway.records import AccessLogLine
from tests.support.calls import SCOPE, Bench
from tests.support.waiting import eventually
from tests.unit.apigateway.fakes import (
    LOG_FORMAT,
    LOG_GROUP_ARN,
    SERVICE_ARN,
    FakeInstances,
    FakeLogs,
    cloud_map,
    ec2,
)

SERVICE = SERVICE_ARN.rpartition("/")[2]


class Cloud:
    """API Gateway, the local issuer and a gateway process over one state in memory."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder, SystemClock())
        settings = replace(self.bench.world.settings, gateway_port=0)
        self.world: World = replace(self.bench.world, settings=settings)
        self.instances = FakeInstances()
        self.logs = FakeLogs()
        self.identity = Identity(self.world)
        self.gateway = GatewayProcess(folder, self._deliver)
        self.service = ApiGateway(self.world, self.gateway, self.instances, self.identity, self.logs)
        for operations in (self.service.operations, cloud_map(), ec2()):
            self.bench.add(operations)

    def _deliver(self, lines: Sequence[AccessLogLine]) -> None:
        self.service.deliver(lines)

    async def gw(self, operation: str, **params: Any) -> Any:
        return await self.bench.acall("apigatewayv2", operation, **params)

    async def reference_api(self) -> str:
        """Create the reference system's API; return its endpoint."""
        pool = self.identity.default_pool(SCOPE)
        api = await self.gw("CreateApi", Name="mz-dev-api-gateway", ProtocolType="HTTP")
        of_api = {"ApiId": api["ApiId"]}
        await self.gw(
            "CreateStage",
            **of_api,
            StageName="$default",
            AutoDeploy=True,
            AccessLogSettings={"DestinationArn": LOG_GROUP_ARN, "Format": LOG_FORMAT},
        )
        link = await self.gw("CreateVpcLink", Name="link", SubnetIds=["subnet-a"])
        integration = await self.gw(
            "CreateIntegration",
            **of_api,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            ConnectionType="VPC_LINK",
            ConnectionId=link["VpcLinkId"],
            IntegrationUri=SERVICE_ARN,
        )
        authorizer = await self.gw(
            "CreateAuthorizer",
            **of_api,
            Name="jwt",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": pool.issuer, "Audience": [pool.client_id]},
        )
        await self.gw(
            "CreateRoute",
            **of_api,
            RouteKey="GET /{proxy+}",
            Target=f"integrations/{integration['IntegrationId']}",
            AuthorizationType="JWT",
            AuthorizerId=authorizer["AuthorizerId"],
        )
        return str(api["ApiEndpoint"])

    def register(self, *ports: int) -> None:
        self.instances.by_service[SERVICE] = tuple(
            DiscoveredInstance(
                f"task-{port}", {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": str(port)}, "HEALTHY"
            )
            for port in ports
        )
        self.world.state.changed(Change("cloudmap.instance", SCOPE, "any"))

    async def token(self, **members: Any) -> str:
        return await self.identity.mint(SCOPE, TokenRequest(**members))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Cloud]:
    cloud = Cloud(folder)
    await cloud.gateway.start()
    loops = [asyncio.ensure_future(loop()) for loop in cloud.service.loops()]
    try:
        yield cloud
    finally:
        for loop in loops:
            loop.cancel()
        await cloud.gateway.stop()


@asynccontextmanager
async def backend(text: str) -> AsyncIterator[int]:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=text)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def get(url: str, token: str | None = None, host: str | None = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if host:
        headers["Host"] = host
    try:
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            return answer.status, await answer.text()
    except aiohttp.ClientConnectorError:
        return 0, "nobody listens"


async def answers(url: str, expected: tuple[int, str], token: str | None = None) -> None:
    deadline = time.monotonic() + 10
    while (found := await get(url, token)) != expected:
        assert time.monotonic() < deadline, f"{url} answers {found}, not {expected}"


def drive(folder: Path, act: Callable[[Cloud], Awaitable[None]]) -> None:
    async def run() -> None:
        async with running(folder) as cloud:
            await act(cloud)

    asyncio.run(run())


def test_the_reference_system_is_served_to_a_good_token_and_to_no_wrong_one(tmp_path: Path) -> None:
    async def act(cloud: Cloud) -> None:
        async with backend("Congratulations!") as port:
            cloud.register(port)
            url = await cloud.reference_api()
            good = await cloud.token()
            await answers(url, (200, "Congratulations!"), good)

            assert await get(url) == (401, '{"message":"Unauthorized"}')
            for wrong in ("expired", "not-yet-valid", "audience", "issuer", "forged", "alg-none"):
                token = await cloud.token(wrong=wrong)
                assert await get(url, token) == (401, '{"message":"Unauthorized"}'), wrong
            await eventually(lambda: len(cloud.logs.events) >= 8)
            assert all('"requestId":"' in event[3][1] for event in cloud.logs.events)

    drive(tmp_path, act)


def test_an_api_answers_by_host_name_on_the_shared_port(tmp_path: Path) -> None:
    async def act(cloud: Cloud) -> None:
        async with backend("hello") as port:
            cloud.register(port)
            await answers(await cloud.reference_api(), (200, "hello"), await cloud.token())
            (api,) = (await cloud.gw("GetApis"))["Items"]

            shared = f"http://127.0.0.1:{cloud.service.shared_port}/"
            for suffix in ("amazonaws.com", "localhost"):
                host = f"{api['ApiId']}.execute-api.ap-northeast-1.{suffix}"
                assert await get(shared, await cloud.token(), host) == (200, "hello")

    drive(tmp_path, act)


def test_an_instance_that_is_registered_gets_requests_in_a_tenth_of_a_second(tmp_path: Path) -> None:
    async def act(cloud: Cloud) -> None:
        async with backend("one") as one, backend("two") as two:
            cloud.register(one)
            url, token = await cloud.reference_api(), await cloud.token(lifetime_s=60)
            await answers(url, (200, "one"), token)

            fastest_s = 10.0
            for port, text in [(two, "two"), (one, "one")] * 3:
                changed_at = time.monotonic()
                cloud.register(port)
                await answers(url, (200, text), token)
                fastest_s = min(fastest_s, time.monotonic() - changed_at)
            assert fastest_s < 0.1  # the best of six: the machine may be busy with other tests

    drive(tmp_path, act)


def test_an_api_whose_port_was_taken_while_the_cloud_was_away_moves(tmp_path: Path) -> None:
    async def act(cloud: Cloud) -> None:
        with socket.socket() as other:
            api = await cloud.gw("CreateApi", Name="a", ProtocolType="HTTP")
            record = cloud.service._store.apis.get(SCOPE, api["ApiId"])
            assert record is not None
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = other.getsockname()[1]
            cloud.service._store.apis.put(SCOPE, replace(record, port=taken))

            async def endpoint() -> str:
                return str((await cloud.gw("GetApi", ApiId=api["ApiId"]))["ApiEndpoint"])

            deadline = time.monotonic() + 10
            while (moved := await endpoint()).endswith(f":{taken}"):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)
            await answers(moved, (404, '{"message":"Not Found"}'))

    drive(tmp_path, act)


def test_a_custom_domain_name_answers_by_host_name_and_mapping(tmp_path: Path) -> None:
    async def act(cloud: Cloud) -> None:
        async with backend("hello") as port:
            cloud.register(port)
            await answers(await cloud.reference_api(), (200, "hello"), await cloud.token())
            (api,) = (await cloud.gw("GetApis"))["Items"]
            certificate = "arn:aws:acm:ap-northeast-1:000000000000:certificate/0c1d"
            await cloud.gw(
                "CreateDomainName",
                DomainName="api.example.com",
                DomainNameConfigurations=[{"CertificateArn": certificate}],
            )
            mapping = {"DomainName": "api.example.com", "ApiId": api["ApiId"], "Stage": "$default"}
            await cloud.gw("CreateApiMapping", **mapping, ApiMappingKey="orders/v1")
            await cloud.gw("UpdateApi", ApiId=api["ApiId"], DisableExecuteApiEndpoint=True)

            shared = f"http://127.0.0.1:{cloud.service.shared_port}"
            good, name = await cloud.token(), "api.example.com"
            not_found = (404, '{"message":"Not Found"}')
            await answers(api["ApiEndpoint"], not_found, good)
            assert await get(f"{shared}/orders/v1/5", good, name) == (200, "hello")
            assert await get(f"{shared}/orders/v1/5", None, name) == (401, '{"message":"Unauthorized"}')
            assert await get(f"{shared}/orders/v2", good, name) == not_found

    drive(tmp_path, act)
