"""The loop that serves changes: versions, what is pushed and when, ports that are taken, keys that change."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from hatoba.cloud.apigateway import ApiGateway
from hatoba.cloud.apigateway.access_logs import LARGEST_ENTRY
from hatoba.cloud.apigateway.keyring import REFRESH_S
from hatoba.cloud.world import IssuerKeys
from hatoba.gateway.protocol import GatewayError
from hatoba.gateway.records import AccessLogLine
from tests.support.calls import SCOPE
from tests.support.fakes import FakeClock
from tests.support.waiting import eventually
from tests.unit.apigateway.fakes import ISSUER, LOG_GROUP_ARN, GatewayBench, instance


@pytest.fixture
def bench() -> GatewayBench:
    return GatewayBench()


def running(bench: GatewayBench, act: Callable[[], Awaitable[None]]) -> None:
    """Run the service's loops while ``act`` acts and looks."""

    async def run() -> None:
        tasks = [asyncio.ensure_future(loop()) for loop in bench.service.loops()]
        try:
            await eventually(lambda: bench.gateway.served)
            await act()
        finally:
            for task in tasks:
                task.cancel()

    asyncio.run(run())


def with_private_route(bench: GatewayBench) -> str:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
    integration = bench.integration(api, bench.link())
    bench.route(api, Target=f"integrations/{integration}")
    return api


def endpoints(bench: GatewayBench) -> list[str]:
    targets = bench.gateway.snapshot.targets.values()
    return [endpoint.instance_id for target in targets for endpoint in target.endpoints]


def test_an_instance_that_comes_or_goes_reaches_traffic(bench: GatewayBench) -> None:
    with_private_route(bench)

    def serves(*wanted: str) -> bool:
        return endpoints(bench) == [*wanted]

    async def act() -> None:
        await eventually(lambda: bench.gateway.snapshot.targets)
        bench.instances_changed(instance("one"), instance("two"))
        await eventually(lambda: serves("one", "two"))
        bench.instances_changed(instance("two"))
        await eventually(lambda: serves("two"))
        bench.instances_changed()
        await eventually(serves)

    running(bench, act)


def test_many_changes_at_once_are_pushed_together(bench: GatewayBench) -> None:
    with_private_route(bench)

    async def act() -> None:
        await eventually(lambda: bench.gateway.snapshot.targets)
        before = len(bench.gateway.served)
        for number in range(50):
            bench.instances_changed(*(instance(f"task-{each:02}") for each in range(number + 1)))
        await eventually(lambda: len(endpoints(bench)) == 50)
        assert len(bench.gateway.served) - before <= 2

    running(bench, act)


def test_what_changes_nothing_is_not_pushed(bench: GatewayBench) -> None:
    api = with_private_route(bench)

    async def act() -> None:
        await eventually(lambda: bench.gateway.snapshot.targets)
        await bench.acall("apigatewayv2", "TagResource", ResourceArn=arn(api), Tags={"a": "b"})
        count = len(bench.gateway.served)
        await bench.acall("apigatewayv2", "UpdateApi", ApiId=api, DisableExecuteApiEndpoint=True)
        await eventually(lambda: bench.gateway.api.stages == ())
        assert len(bench.gateway.served) == count + 1

    running(bench, act)


def arn(api: str) -> str:
    return f"arn:aws:apigateway:ap-northeast-1::/apis/{api}"


def test_versions_rise_over_restarts_and_ports_stay(bench: GatewayBench) -> None:
    with_private_route(bench)

    async def nothing() -> None:
        pass

    running(bench, nothing)
    first, port = bench.gateway.snapshot.version, bench.gateway.api.port

    bench.service = ApiGateway(bench.world, bench.gateway, bench.instances, bench.keys, bench.logs)
    bench.gateway.served.clear()
    running(bench, nothing)

    assert bench.gateway.snapshot.version > first
    assert bench.gateway.api.port == port


def test_the_filter_of_a_uri_is_passed_to_discovery(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
    uri = "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-1234567890abcdef?stage=prod&x="
    bench.integration(api, bench.link(), IntegrationUri=uri)

    async def act() -> None:
        await eventually(lambda: bench.gateway.snapshot.targets)

    running(bench, act)

    assert bench.instances.queries[-1] == (SCOPE, {"stage": "prod", "x": ""})


def test_an_api_whose_port_is_taken_moves_to_another(bench: GatewayBench) -> None:
    api = bench.api()
    (record,) = bench.gw("GetApis")["Items"]
    taken = int(record["ApiEndpoint"].rpartition(":")[2])
    bench.gateway.taken.add(taken)

    async def nothing() -> None:
        pass

    running(bench, nothing)

    endpoint = bench.gw("GetApi", ApiId=api)["ApiEndpoint"]
    assert bench.gateway.api.port != taken
    assert endpoint == f"http://127.0.0.1:{bench.gateway.api.port}"


def test_a_shared_port_that_the_settings_fix_is_an_error_until_it_is_free(bench: GatewayBench) -> None:
    bench.gateway.taken.add(4580)

    async def run() -> None:
        loop = asyncio.ensure_future(bench.service.loops()[0]())
        try:
            await eventually(lambda: bench.gateway.refusals)
            assert bench.gateway.served == []
            bench.gateway.taken.clear()
            await eventually(lambda: bench.gateway.served)
        finally:
            loop.cancel()

    asyncio.run(run())


def test_a_port_in_use_is_not_chosen(bench: GatewayBench) -> None:
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", 4600))
        except OSError:
            pytest.skip("port 4600 is in use, so it is not chosen anyway")
        other.listen()
        endpoint = bench.gw("GetApi", ApiId=bench.api())["ApiEndpoint"]

    assert not endpoint.endswith(":4600")


def test_keys_that_change_reach_traffic(bench: GatewayBench) -> None:
    api = bench.api()
    bench.gw("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
    bench.route(api, AuthorizationType="JWT", AuthorizerId=bench.authorizer(api))
    clock = bench.clock
    assert isinstance(clock, FakeClock)

    def kids() -> list[str]:
        (route,) = bench.gateway.api.stages[0].routes
        assert route.authorizer is not None
        return [key["kid"] for key in route.authorizer.keys]

    async def act() -> None:
        assert kids() == ["k1"]
        bench.keys.by_issuer[ISSUER] = IssuerKeys(({"kid": "k2", "n": "n", "e": "AQAB"},))
        clock.advance(REFRESH_S)
        await eventually(lambda: kids() == ["k2"])

    running(bench, act)


def test_an_error_that_names_no_port_is_raised_and_tried_again(bench: GatewayBench) -> None:
    class Broken:
        def __init__(self) -> None:
            self.tries = 0

        async def start(self) -> None: ...

        async def stop(self) -> None: ...

        async def push(self, _: object) -> None:
            self.tries += 1
            raise GatewayError("the gateway did not answer")

    broken = Broken()
    service = ApiGateway(bench.world, broken, bench.instances, bench.keys, bench.logs)

    async def run() -> None:
        loop = asyncio.ensure_future(service.loops()[0]())
        await eventually(lambda: broken.tries >= 2)
        loop.cancel()

    asyncio.run(run())


def test_access_log_lines_go_to_the_group_of_their_destination(bench: GatewayBench) -> None:
    lines = [
        AccessLogLine(LOG_GROUP_ARN, "a1b2c3d4e5", "$default", 1_790_000_000.25, "one"),
        AccessLogLine(LOG_GROUP_ARN, "a1b2c3d4e5", "$default", 1_790_000_000.5, "two"),
    ]

    bench.service.deliver(lines)

    assert bench.logs.events == [
        (SCOPE, "/aws/api-gateway/mz-dev", "a1b2c3d4e5/$default", (1_790_000_000_250, "one")),
        (SCOPE, "/aws/api-gateway/mz-dev", "a1b2c3d4e5/$default", (1_790_000_000_500, "two")),
    ]


@pytest.mark.parametrize("letter", ["x", "\u00fc", "\u65e5"])
def test_a_log_entry_has_a_mebibyte_at_the_most(bench: GatewayBench, letter: str) -> None:
    fits = letter * (LARGEST_ENTRY // len(letter.encode()))

    for line in (fits, fits + letter):
        bench.service.deliver([AccessLogLine(LOG_GROUP_ARN, "a", "s", 1.0, line)])

    assert [event[3][1] for event in bench.logs.events] == [fits, fits]


def test_lines_for_a_group_that_is_not_there_are_dropped_and_the_others_kept(
    bench: GatewayBench, caplog: pytest.LogCaptureFixture
) -> None:
    gone = LOG_GROUP_ARN.replace("mz-dev", "gone")

    for _ in range(3):
        bench.service.deliver(
            [AccessLogLine(gone, "a", "s", 1.0, "x"), AccessLogLine(LOG_GROUP_ARN, "a", "s", 1.0, "y")]
        )

    assert [event[3][1] for event in bench.logs.events] == ["y", "y", "y"]
    assert len([record for record in caplog.records if gone in record.getMessage()]) == 1
