"""Rules about roles, logs, discovery, names and tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hatoba.advise.doctor import Finding
from hatoba.advise.rules import entry, roles
from hatoba.advise.seen import (
    ApiSeen,
    AuthorizerSeen,
    DiscoverySeen,
    NamespaceSeen,
    RegistrationSeen,
    RoleSeen,
    RouteSeen,
    ServiceSeen,
    StatementSeen,
    SystemSeen,
    TaskSeen,
)

ARN = "arn:aws:servicediscovery:us-east-1:111122223333:service/srv-1"
ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"
MANAGED = StatementSeen(
    "Allow",
    (
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ),
    ("*",),
)
EXECUTOR = RoleSeen("executor", (MANAGED,))
TASK = TaskSeen((ECR,), (("app", 80),), (("/app", False, True),), (), EXECUTOR)
SERVICE = ServiceSeen("app", 1, 1, "", "", (ARN,), (), (RegistrationSeen(ARN, "app", 80),), TASK)
DISCOVERY = DiscoverySeen(ARN, "app.internal", "internal", ("SRV",), True, None)
POOL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab1"
AUTHORIZER = AuthorizerSeen("jwt", POOL, ("client1",), None)
ROUTE = RouteSeen("GET /", True, ARN, None, "jwt", "link")
API = ApiSeen("api", "", ("$default",), (ROUTE,), (AUTHORIZER,))
SEEN = SystemSeen((SERVICE,), (DISCOVERY,), (API,), namespaces=(NamespaceSeen("ns-1", "internal", "DNS"),))
RULES = (
    roles.roles_allow_what_starting_needs,
    roles.log_groups_stand,
    entry.discovery_has_ports,
    entry.registrations_name_a_port,
    entry.namespaces_are_alone,
    entry.stages_leave_the_path_alone,
    entry.audiences_fit_the_issuer,
)


def findings(seen: SystemSeen) -> tuple[Finding, ...]:
    return tuple(finding for rule in RULES for finding in rule(seen))


def only(seen: SystemSeen) -> Finding:
    (finding,) = findings(seen)
    return finding


def with_task(task: TaskSeen) -> SystemSeen:
    return replace(SEEN, services=(replace(SERVICE, task=task),))


def with_authorizer(**changes: object) -> SystemSeen:
    authorizer = replace(AUTHORIZER, **changes)  # type: ignore[arg-type] # a test's own words
    return replace(SEEN, apis=(replace(API, authorizers=(authorizer,)),))


def test_a_system_in_order_has_no_finding() -> None:
    assert findings(SEEN) == ()


def test_an_execution_role_without_the_images_actions_is_found() -> None:
    logs_only = RoleSeen("executor", (StatementSeen("Allow", ("logs:*",), ("*",)),))
    finding = only(with_task(replace(TASK, execution_role=logs_only)))

    assert finding.subject == "role executor"
    assert "ecr:GetAuthorizationToken" in finding.what
    assert "AmazonECSTaskExecutionRolePolicy" in finding.remedy


def test_an_execution_role_without_the_logs_actions_is_found() -> None:
    images_only = RoleSeen("executor", (StatementSeen("Allow", ("ECR:*",), ("*",)),))
    finding = only(with_task(replace(TASK, execution_role=images_only)))

    assert "logs:CreateLogStream, logs:PutLogEvents" in finding.what


def test_a_log_group_that_the_task_makes_needs_one_action_more() -> None:
    finding = only(with_task(replace(TASK, log_groups=(("/app", True, False),))))

    assert "logs:CreateLogGroup" in finding.what


@pytest.mark.parametrize(
    ("reference", "action"),
    [
        (SECRET, "secretsmanager:GetSecretValue"),
        (f"{SECRET}:password::", "secretsmanager:GetSecretValue"),
        ("arn:aws:ssm:us-east-1:111122223333:parameter/db", "ssm:GetParameters"),
        ("/db/password", "ssm:GetParameters"),
    ],
)
def test_an_execution_role_that_may_not_read_a_secret_is_found(reference: str, action: str) -> None:
    finding = only(with_task(replace(TASK, secrets=(reference,))))

    assert action in finding.what
    assert "ResourceInitializationError" in finding.what


@pytest.mark.parametrize(
    ("statement", "is_allowed"),
    [
        (StatementSeen("Allow", ("secretsmanager:GetSecretValue",), (SECRET,)), True),
        (StatementSeen("Allow", ("secretsmanager:Get*",), (f"{SECRET[:-6]}??????",)), True),
        (StatementSeen("Allow", ("*",), ("*",)), True),
        (StatementSeen("Allow", ("secretsmanager:GetSecretValue",), (f"{SECRET}x",)), False),
        (StatementSeen("Allow", ("secretsmanager:DescribeSecret",), ("*",)), False),
    ],
)
def test_a_statement_allows_by_action_and_resource(
    statement: StatementSeen,
    is_allowed: bool,  # noqa: FBT001 - a row
) -> None:
    assert roles.allows(RoleSeen("r", (statement,)), "secretsmanager:GetSecretValue", SECRET) is is_allowed


def test_a_denial_counts_more_than_what_allows() -> None:
    denied = RoleSeen("r", (MANAGED, StatementSeen("Deny", ("logs:*",), ("*",))))

    assert not roles.allows(denied, "logs:PutLogEvents", "*")
    assert roles.allows(denied, "ecr:BatchGetImage", "*")


def test_no_execution_role_at_all_is_found() -> None:
    assert "no execution role" in only(with_task(replace(TASK, execution_role=None))).what


def test_a_role_that_cannot_be_looked_at_is_a_warning() -> None:
    hidden = RoleSeen("executor", problem="ListRolePolicies: no")

    assert only(with_task(replace(TASK, execution_role=hidden))).level == "warning"


def test_a_log_group_that_is_not_there_is_found() -> None:
    assert "no log group /app" in only(with_task(replace(TASK, log_groups=(("/app", False, False),)))).what


def test_a_records_in_place_of_srv_are_found_before_anything_is_registered() -> None:
    finding = only(replace(SEEN, discoveries=(replace(DISCOVERY, record_types=("A",)),)))

    assert "500" in finding.what
    assert "SRV" in finding.remedy


def test_a_service_registered_without_a_port_is_found() -> None:
    service = replace(SERVICE, registrations=(RegistrationSeen(ARN, "", None),))

    assert "without a container's port" in only(replace(SEEN, services=(service,))).what


def test_a_registered_port_that_the_container_does_not_open_is_found() -> None:
    finding = only(with_task(replace(TASK, ports=(("app", 8080),))))

    assert "registers port 80" in finding.what
    assert "app:8080" in finding.what


def test_two_namespaces_with_one_name_are_found() -> None:
    twice = (*SEEN.namespaces, NamespaceSeen("ns-2", "internal", "DNS"))
    finding = only(replace(SEEN, namespaces=twice))

    assert "ns-1, ns-2" in finding.what


def test_a_collision_of_others_is_no_business_of_this_system() -> None:
    names = (
        NamespaceSeen("ns-1", "internal", "DNS", is_own=True),
        NamespaceSeen("ns-2", "others", "DNS"),
        NamespaceSeen("ns-3", "others", "DNS"),
    )

    assert findings(replace(SEEN, namespaces=names)) == ()


def test_a_named_stage_in_front_of_a_private_integration_is_a_warning() -> None:
    seen = replace(SEEN, apis=(replace(API, stages=("dev",)),))

    assert "/dev/" in only(seen).what
    rewritten = replace(API, stages=("dev",), routes=(replace(ROUTE, rewrites_path=True),))
    assert findings(replace(SEEN, apis=(rewritten,))) == ()


@pytest.mark.parametrize("audience", ["us-east-1_Ab1", "https://api.example.com", "api/read", "arn:aws:x"])
def test_an_audience_that_is_no_client_of_the_pool_is_found(audience: str) -> None:
    finding = only(with_authorizer(audience=(audience,)))

    assert audience in finding.what
    assert "client_id" in finding.what
    assert "401" in finding.what


def test_another_issuers_audience_may_be_anything() -> None:
    assert findings(with_authorizer(issuer="https://issuer.example", audience=("https://api",))) == ()


def test_scopes_need_access_tokens() -> None:
    scoped = replace(API, routes=(replace(ROUTE, scopes=("read",)),))
    finding = only(replace(SEEN, apis=(scoped,)))

    assert finding.level == "warning"
    assert "access token" in finding.remedy


@pytest.mark.parametrize("issuer", [f"{POOL}/", "https://team.auth.us-east-1.amazoncognito.com"])
def test_an_issuer_that_no_token_names_is_found(issuer: str) -> None:
    assert "401" in only(with_authorizer(issuer=issuer)).what
