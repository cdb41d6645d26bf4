from __future__ import annotations

from dataclasses import replace

import pytest

from hatoba.advise.doctor import Finding, examine
from hatoba.advise.seen import (
    ApiSeen,
    AuthorizerSeen,
    DiscoverySeen,
    InstanceSeen,
    RouteSeen,
    ServiceSeen,
    StoppedTask,
    SystemSeen,
)

ARN = "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-1"
SERVICE = ServiceSeen("app", 1, 1, "COMPLETED", "(service app) has reached a steady state.", (ARN,))
INSTANCE = InstanceSeen("task", "HEALTHY", {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": "8080"})
DISCOVERY = DiscoverySeen(ARN, "app.example.internal", "example.internal", ("SRV",), True, (INSTANCE,))
ROUTE = RouteSeen("GET /{proxy+}", True, ARN, "AVAILABLE", "auth")
AUTHORIZER = AuthorizerSeen("jwt", "https://issuer.example", ("client",), None)
API = ApiSeen("api", "http://127.0.0.1:4600", ("$default",), (ROUTE,), (AUTHORIZER,))
HEALTHY = SystemSeen((SERVICE,), (DISCOVERY,), (API,))


def only(seen: SystemSeen) -> Finding:
    (finding,) = examine(seen)
    return finding


def test_a_system_in_order_has_no_finding() -> None:
    assert examine(HEALTHY) == ()


@pytest.mark.parametrize(
    ("reason", "containers", "remedy"),
    [
        ("CannotPullContainerError: ref pull has been retried 1 time(s): not found", (), "local command"),
        ("Essential container in task exited", (), "hatoba logs"),
        (
            "Essential container in task exited",
            ("OutOfMemoryError: Container killed due to memory usage",),
            "memory",
        ),
        (
            "ResourceInitializationError: … The specified log group does not exist.",
            (),
            "Create the log group",
        ),
        ("Task failed container health checks", (), "health check's command"),
    ],
)
def test_a_service_below_its_count_tells_why_its_last_task_stopped(
    reason: str, containers: tuple[str, ...], remedy: str
) -> None:
    stopped = StoppedTask("t", "TaskFailedToStart", reason, containers)

    finding = only(replace(HEALTHY, services=(replace(SERVICE, running=0, stopped=(stopped,)),)))

    assert finding.level == "problem"
    assert finding.subject == "service app"
    assert reason in finding.what
    assert remedy in finding.remedy


def test_a_task_that_a_person_stopped_is_not_the_reason() -> None:
    stopped = StoppedTask("t", "UserInitiated", "Task stopped by user")

    finding = only(replace(HEALTHY, services=(replace(SERVICE, running=0, stopped=(stopped,)),)))

    assert "Task stopped by user" not in finding.what


def test_a_failed_deployment_is_found() -> None:
    finding = only(replace(HEALTHY, services=(replace(SERVICE, rollout_state="FAILED"),)))

    assert "last deployment failed" in finding.what


def test_a_route_without_an_integration_gets_404() -> None:
    route = replace(ROUTE, has_target=False, integration_uri=None)

    assert "404" in only(replace(HEALTHY, apis=(replace(API, routes=(route,)),))).what


def test_an_api_without_a_route_or_a_stage_gets_404() -> None:
    findings = examine(replace(HEALTHY, apis=(replace(API, routes=(), stages=()),)))

    assert [finding.what.split(":")[0] for finding in findings] == ["It has no route", "It has no stage"]


@pytest.mark.parametrize("status", ["PENDING", "INACTIVE", "FAILED", "gone"])
def test_a_link_that_is_not_available_gets_503(status: str) -> None:
    route = replace(ROUTE, vpc_link_status=status)

    finding = only(replace(HEALTHY, apis=(replace(API, routes=(route,)),)))

    assert status in finding.what
    assert "503" in finding.what


def test_no_healthy_instance_gets_500() -> None:
    sick = replace(DISCOVERY, instances=(replace(INSTANCE, health="UNHEALTHY"),))

    finding = only(replace(HEALTHY, discoveries=(sick,)))

    assert "1 instances, none healthy" in finding.what
    assert "500" in finding.what


def test_instances_without_a_port_get_500_and_srv_is_the_remedy() -> None:
    instance = replace(INSTANCE, attributes={"AWS_INSTANCE_IPV4": "127.0.0.1"})
    plain = replace(DISCOVERY, record_types=("A",), instances=(instance,))

    finding = only(replace(HEALTHY, discoveries=(plain,)))

    assert "no port" in finding.what
    assert "SRV" in finding.remedy


def test_an_issuer_whose_keys_cannot_be_had_gets_401() -> None:
    authorizer = replace(AUTHORIZER, issuer_error="JWKS communication error")

    finding = only(replace(HEALTHY, apis=(replace(API, authorizers=(authorizer,)),)))

    assert "401" in finding.what
    assert "JWKS communication error" in finding.what


def test_an_authorizer_without_an_audience_and_a_missing_health_check_are_warnings() -> None:
    api = replace(API, authorizers=(replace(AUTHORIZER, audience=()),))
    discovery = replace(DISCOVERY, has_health_check=False)

    findings = examine(replace(HEALTHY, apis=(api,), discoveries=(discovery,)))

    assert [finding.level for finding in findings] == ["warning", "warning"]


def test_problems_come_before_warnings() -> None:
    api = replace(API, authorizers=(replace(AUTHORIZER, audience=()),))
    seen = replace(HEALTHY, apis=(api,), services=(replace(SERVICE, running=0),))

    assert [finding.level for finding in examine(seen)] == ["problem", "warning"]
