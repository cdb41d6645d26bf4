"""Whether API Gateway finds the tasks, and whether tokens are of the kind that it is told to accept."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from hatoba.advise.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.advise.seen import AuthorizerSeen, SystemSeen

_COGNITO = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/(?P<pool>[\w-]+)")
_HOSTED = re.compile(r"https://[^/]+\.auth\.[a-z0-9-]+\.amazoncognito\.com")


def discovery_has_ports(seen: SystemSeen) -> Iterator[Finding]:
    """A records know no port, and an HTTP API needs one: 500."""
    behind = {(route.integration_uri or "").partition("?")[0] for api in seen.apis for route in api.routes}
    for discovery in seen.discoveries:
        types = discovery.record_types
        # Instances tell more than records do: a rule of its own looks at those that stand.
        if discovery.arn in behind and types and "SRV" not in types and not discovery.instances:
            yield Finding(
                "problem",
                f"Cloud Map service {discovery.name}",
                f"It has {' and '.join(types)} records, which name no port: requests get 500 "
                "“No target endpoints found”.",
                "Use SRV records. The type cannot be changed: the service is made anew.",
            )


def registrations_name_a_port(seen: SystemSeen) -> Iterator[Finding]:
    """A service that registers without a port, or with one that its container does not open."""
    srv = {discovery.arn for discovery in seen.discoveries if "SRV" in discovery.record_types}
    for service in seen.services:
        for each in service.registrations:
            if each.arn in srv and each.port is None:
                yield Finding(
                    "problem",
                    f"service {service.name}",
                    "It is registered under SRV records without a container's port: ECS refuses that.",
                    "Name the container and its port in the service's registry.",
                )
            elif each.port is not None and service.task is not None and each.container:
                yield from _unopened(service.name, each.container, each.port, service.task.ports)


def _unopened(
    service: str, container: str, port: int, ports: tuple[tuple[str, int], ...]
) -> Iterator[Finding]:
    if (container, port) not in ports:
        opened = ", ".join(f"{name}:{number}" for name, number in ports) or "no port"
        yield Finding(
            "problem",
            f"service {service}",
            f"It registers port {port} of container {container}, but its task definition opens {opened}.",
            f"Add {port} to the container's ports, or register the port that it opens.",
        )


def namespaces_are_alone(seen: SystemSeen) -> Iterator[Finding]:
    """API Gateway asks for instances by name: of two namespaces with one name it finds the first."""
    counts = Counter(namespace.name for namespace in seen.namespaces)
    own = {namespace.name for namespace in seen.namespaces if namespace.is_own}
    for name, count in counts.items():
        if count > 1 and (name in own or not own):
            ids = sorted(
                each.namespace_id for each in seen.namespaces if each.name == name and each.namespace_id
            )
            yield Finding(
                "problem",
                f"namespace {name}",
                f"The name stands {count} times in this account and region ({', '.join(ids)}): "
                "API Gateway finds the instances of one of them only, others get 500.",
                "Give each environment a namespace name of its own.",
            )


def stages_leave_the_path_alone(seen: SystemSeen) -> Iterator[Finding]:
    """A named stage is part of the path that a private integration sends on: 404 from the container."""
    for api in seen.apis:
        named = [stage for stage in api.stages if stage != "$default"]
        for route in api.routes:
            if named and route.vpc_link and not route.rewrites_path:
                yield Finding(
                    "warning",
                    f"route {route.route_key}",
                    f"Through stage {named[0]} the container sees /{named[0]}/… and may answer 404.",
                    "Use the stage $default, or map overwrite:path to $request.path.",
                )


def audiences_fit_the_issuer(seen: SystemSeen) -> Iterator[Finding]:
    """An audience that no token of the issuer has: every token gets 401."""
    for api in seen.apis:
        scoped = {route.authorizer for route in api.routes if route.scopes}
        for authorizer in api.authorizers:
            yield from _wrong_issuer(authorizer)
            yield from _wrong_audience(authorizer, has_scopes=authorizer.name in scoped)


def _wrong_issuer(authorizer: AuthorizerSeen) -> Iterator[Finding]:
    subject = f"authorizer {authorizer.name}"
    if _HOSTED.match(authorizer.issuer):
        yield Finding(
            "problem",
            subject,
            f"{authorizer.issuer} is the sign-in page's address; tokens name the user pool: 401.",
            "Use https://cognito-idp.REGION.amazonaws.com/POOL_ID.",
        )
    elif authorizer.issuer.endswith("/") and _COGNITO.match(authorizer.issuer):
        yield Finding(
            "problem",
            subject,
            f"{authorizer.issuer} ends with a slash; Cognito's tokens name it without: 401.",
            "Take the slash away.",
        )


def _wrong_audience(authorizer: AuthorizerSeen, *, has_scopes: bool) -> Iterator[Finding]:
    found = _COGNITO.match(authorizer.issuer)
    if found is None:
        return
    strange = [
        each
        for each in authorizer.audience
        if each == found["pool"] or each.startswith(("https://", "arn:")) or "/" in each
    ]
    if strange:
        yield Finding(
            "problem",
            f"authorizer {authorizer.name}",
            f"Audience {', '.join(strange)} is in no token of Cognito: its ID tokens have the client's id as "
            "aud, its access tokens have no aud but client_id. Every token gets 401.",
            "Name the ids of the user pool's clients.",
        )
    if has_scopes:
        yield Finding(
            "warning",
            f"authorizer {authorizer.name}",
            "Routes ask for scopes, which only access tokens have: ID tokens get 403 there.",
            "Let callers send the access token; `hatoba token --use access --scope …` mints one here.",
        )
