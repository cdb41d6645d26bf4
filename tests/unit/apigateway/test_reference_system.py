"""The reference system's API, created as its clients create it, and what the gateway is told."""

from __future__ import annotations

import asyncio

from hatoba.gateway.snapshot import Endpoint
from tests.support.waiting import eventually
from tests.unit.apigateway.fakes import (
    ISSUER,
    LOG_FORMAT,
    LOG_GROUP_ARN,
    SERVICE_ARN,
    GatewayBench,
    instance,
)


def reference_system() -> tuple[GatewayBench, str]:
    bench = GatewayBench()
    api = bench.api(
        CorsConfiguration={
            "AllowOrigins": ["https://app.example"],
            "AllowHeaders": ["authorization", "origin"],
            "AllowMethods": ["GET", "POST", "DELETE", "PUT"],
            "AllowCredentials": True,
            "MaxAge": 80000,
        },
        Tags={"Owner": "mamezou"},
    )
    bench.gw(
        "CreateStage",
        ApiId=api,
        StageName="$default",
        AutoDeploy=True,
        AccessLogSettings={"DestinationArn": f"{LOG_GROUP_ARN}:*", "Format": LOG_FORMAT},
    )
    integration = bench.integration(api, bench.link())
    authorizer = bench.authorizer(api)
    bench.route(
        api,
        "GET /{proxy+}",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
    )
    return bench, api


async def run_until_served(bench: GatewayBench) -> None:
    tasks = [asyncio.ensure_future(loop()) for loop in bench.service.loops()]
    try:
        await eventually(lambda: bench.gateway.served and bench.gateway.snapshot.targets)
        await eventually(lambda: next(iter(bench.gateway.snapshot.targets.values())).endpoints)
    finally:
        for task in tasks:
            task.cancel()


def test_the_gateway_is_told_the_whole_reference_system() -> None:
    bench, api_id = reference_system()
    bench.instances_changed(instance("task-1"))

    asyncio.run(run_until_served(bench))

    snapshot = bench.gateway.snapshot
    api = bench.gateway.api
    assert snapshot.port == 4580
    assert api.api_id == api_id
    assert api.port >= 4600
    assert api.hosts == (
        f"{api_id}.execute-api.ap-northeast-1.amazonaws.com",
        f"{api_id}.execute-api.ap-northeast-1.localhost",
    )
    (stage,) = api.stages
    assert stage.name == "$default"
    assert stage.cors is not None
    assert stage.cors.allow_origins == ("https://app.example",)
    assert stage.cors.allow_credentials
    assert stage.cors.max_age == 80000
    assert stage.access_log is not None
    assert stage.access_log.destination == LOG_GROUP_ARN
    assert stage.access_log.format == LOG_FORMAT
    (route,) = stage.routes
    assert route.route_key == "GET /{proxy+}"
    assert route.authorizer is not None
    assert route.authorizer.issuer == ISSUER
    assert route.authorizer.keys == ({"kid": "k1", "n": "n", "e": "AQAB"},)
    assert route.integration is not None
    assert route.integration.timeout_ms == 30_000
    target = snapshot.targets[route.integration.target or ""]
    assert target.arn == SERVICE_ARN
    assert target.endpoints == (Endpoint("task-1", "127.0.0.1", 8080),)
