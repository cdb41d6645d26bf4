"""The doctor's rules: from what was seen to what is wrong, why it matters, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hatoba.advise.findings import Finding, Level, Rule
from hatoba.advise.rules import entry, network, roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.advise.seen import DiscoverySeen, RouteSeen, ServiceSeen, SystemSeen

__all__ = ["Finding", "Level", "Rule", "examine", "remedy_for"]


def services_run_their_tasks(seen: SystemSeen) -> Iterator[Finding]:
    """A service below its desired count: the last stopped task tells why."""
    for service in seen.services:
        if service.running < service.desired:
            reason, remedy = _why_tasks_stop(service)
            yield Finding(
                "problem",
                f"service {service.name}",
                f"{service.running} of {service.desired} tasks run. {reason}",
                remedy,
            )


def deployments_end(seen: SystemSeen) -> Iterator[Finding]:
    """A deployment that failed leaves the old revision, or nothing, running."""
    for service in seen.services:
        if service.rollout_state == "FAILED":
            yield Finding(
                "problem",
                f"service {service.name}",
                f"Its last deployment failed. {service.last_event}",
                "`hatoba ps --all` shows why its tasks stopped; correct it and deploy again.",
            )


def routes_lead_somewhere(seen: SystemSeen) -> Iterator[Finding]:
    """An API without routes, or a route without an integration, answers 404."""
    for api in seen.apis:
        if not api.routes:
            yield Finding(
                "problem", f"API {api.name}", "It has no route: every request gets 404.", "Add a route."
            )
        if not api.stages:
            yield Finding(
                "problem",
                f"API {api.name}",
                "It has no stage: every request gets 404.",
                "Add the stage $default.",
            )
        for route in api.routes:
            if not route.has_target:
                yield Finding(
                    "problem",
                    f"route {route.route_key}",
                    "It has no integration: its requests get 404.",
                    "Give the route a target.",
                )


def links_are_available(seen: SystemSeen) -> Iterator[Finding]:
    """A VPC link that is not AVAILABLE passes nothing on."""
    for route in _routes(seen):
        if route.vpc_link_status not in {None, "AVAILABLE"}:
            yield Finding(
                "problem",
                f"route {route.route_key}",
                f"Its VPC link is {route.vpc_link_status}: requests fail with 503.",
                "Wait for AVAILABLE; traffic wakes an INACTIVE one; a FAILED one must be made anew.",
            )


def targets_can_be_reached(seen: SystemSeen) -> Iterator[Finding]:
    """No healthy instance with address and port behind a private integration: 500."""
    by_arn = {discovery.arn: discovery for discovery in seen.discoveries}
    for route in _routes(seen):
        arn = (route.integration_uri or "").partition("?")[0]
        discovery = by_arn.get(arn)
        if discovery is not None:
            yield from _faults_of(discovery, route)


def issuers_answer(seen: SystemSeen) -> Iterator[Finding]:
    """Keys that cannot be had, or an audience that nobody has: every token gets 401."""
    for api in seen.apis:
        for authorizer in api.authorizers:
            if authorizer.issuer_error:
                yield Finding(
                    "problem",
                    f"authorizer {authorizer.name}",
                    f"No keys of {authorizer.issuer}: every token gets 401. {authorizer.issuer_error}",
                    "The issuer must answer /.well-known/openid-configuration within 1.5 seconds.",
                )
            if not authorizer.audience:
                yield Finding(
                    "warning",
                    f"authorizer {authorizer.name}",
                    "It names no audience: tokens may get 401.",
                    "Name the user pool's client ids.",
                )


def health_is_reported(seen: SystemSeen) -> Iterator[Finding]:
    """Without a custom health check an instance counts from its registration on, ready or not."""
    for discovery in seen.discoveries:
        if not discovery.has_health_check and any(route.integration_uri for route in _routes(seen)):
            yield Finding(
                "warning",
                f"Cloud Map service {discovery.name}",
                "It has no custom health check: requests reach tasks that are not ready, and get 503.",
                "Give it HealthCheckCustomConfig. It cannot be added later: the service must be made anew.",
            )


RULES: tuple[Rule, ...] = (
    services_run_their_tasks,
    deployments_end,
    routes_lead_somewhere,
    links_are_available,
    targets_can_be_reached,
    issuers_answer,
    health_is_reported,
    entry.discovery_has_ports,
    entry.registrations_name_a_port,
    entry.namespaces_are_alone,
    entry.stages_leave_the_path_alone,
    entry.audiences_fit_the_issuer,
    roles.log_groups_stand,
)

ON_AWS: tuple[Rule, ...] = (
    network.links_reach_tasks,
    network.links_share_the_vpc,
    network.zones_have_links,
    network.links_span_zones,
    network.images_can_be_pulled,
    roles.roles_allow_what_starting_needs,
)
"""Rules about what the local cloud does not bar: there a problem of theirs is a warning for later."""


def examine(seen: SystemSeen) -> tuple[Finding, ...]:
    """Return what is wrong, problems first."""
    findings = [finding for rule in RULES for finding in rule(seen)]
    beyond = (finding for rule in ON_AWS for finding in rule(seen))
    findings += [_for_later(finding) if seen.is_here else finding for finding in beyond]
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.level))


def _for_later(finding: Finding) -> Finding:
    if finding.level == "warning":
        return finding
    return replace(finding, level="warning", what=f"On AWS: {finding.what}")


_REMEDIES = (
    (
        "CannotPullContainerError",
        "Build or load the image, start Docker or Podman, or give the container a local command.",
    ),
    ("log group", "Create the log group, or set awslogs-create-group."),
    ("OutOfMemory", "Give the task more memory."),
    ("health checks", "Run the health check's command in the container and read its output."),
    ("Essential container", "`hatoba logs` shows what it wrote before it ended."),
)


def remedy_for(reason: str) -> str:
    """Return what to do about a task that stopped for this reason."""
    found = next((remedy for words, remedy in _REMEDIES if words in reason), None)
    return found or "`hatoba logs` and `hatoba ps --all` may tell more."


def _why_tasks_stop(service: ServiceSeen) -> tuple[str, str]:
    for task in service.stopped:
        told = " ".join((task.reason, *task.container_reasons)).strip()
        if told and task.stop_code != "UserInitiated":
            return f"The last task stopped: {told}.".replace("..", "."), remedy_for(told)
    return service.last_event, "`hatoba ps --all` shows its tasks, `hatoba logs` what they wrote."


def _routes(seen: SystemSeen) -> Iterator[RouteSeen]:
    return (route for api in seen.apis for route in api.routes)


def _faults_of(discovery: DiscoverySeen, route: RouteSeen) -> Iterator[Finding]:
    subject = f"Cloud Map service {discovery.name}"
    if discovery.instances is None:
        return
    healthy = [instance for instance in discovery.instances if instance.health != "UNHEALTHY"]
    without_port = [each.instance_id for each in healthy if "AWS_INSTANCE_PORT" not in each.attributes]
    if "SRV" not in discovery.record_types and without_port:
        yield Finding(
            "problem",
            subject,
            f"Its instances have no port: {route.route_key} gets 500 “No target endpoints found”.",
            "Use SRV records, and name the container and its port in the service's registry.",
        )
    elif not healthy:
        yield Finding(
            "problem",
            subject,
            f"It has {len(discovery.instances)} instances, none healthy: {route.route_key} gets 500.",
            "`hatoba ps --all` shows whether its tasks run, `hatoba logs` why not.",
        )
