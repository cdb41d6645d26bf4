"""Which routes may exist: the form of a route key, and which keys get in each other's way.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.control.common import check_length
from hatoba.cloud.apigateway.errors import bad_request, conflict
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hatoba.cloud.apigateway.model import Authorizer, Integration, Route

DEFAULT_ROUTE_KEY = "$default"
MOST_SCOPES = 10
_KEY = re.compile(r"(?:ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) (/|(?:/[^/\s]+)+)")
_VARIABLE = re.compile(r"\{[A-Za-z0-9._:-]+\}")
_GREEDY = re.compile(r"\{[A-Za-z0-9._:-]+\+\}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""As https://www.rfc-editor.org/rfc/rfc6749 section 3.3 has it: no token can hold another."""
_BAD_KEY = (
    "The provided route key is not formatted properly for HTTP protocol."
    ' Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
)
_BAD_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."
)


def check_route(
    route: Route,
    others: Iterable[Route],
    integrations: Sequence[Integration],
    authorizers: Sequence[Authorizer],
) -> None:
    """Refuse a route that API Gateway would refuse beside ``others`` of the same API."""
    check_route_key(route.route_key)
    for other in others:
        if other.route_id != route.route_id:
            _check_beside(route.route_key, other.route_key)
    check_length("OperationName", route.operation_name, 1, 64)
    _check_target(route, integrations)
    _check_authorization(route, authorizers)


def check_route_key(key: str) -> None:
    """Refuse a route key that is no ``METHOD /path`` and not ``$default``."""
    if key == DEFAULT_ROUTE_KEY:
        return
    found = _KEY.fullmatch(key)
    if found is None:
        raise bad_request(_BAD_KEY)
    segments = _segments(found.group(1))
    for number, segment in enumerate(segments, start=1):
        if "{" not in segment and "}" not in segment:
            continue
        is_greedy = _GREEDY.fullmatch(segment) is not None
        if not (_VARIABLE.fullmatch(segment) or (is_greedy and number == len(segments))):
            raise bad_request(_BAD_KEY)


def _check_beside(key: str, other: str) -> None:
    if key == other:
        raise conflict(f"Route with key {key} already exists for this API")
    if DEFAULT_ROUTE_KEY in {key, other}:
        return
    for mine, theirs in zip(
        _segments(key.partition(" ")[2]), _segments(other.partition(" ")[2]), strict=False
    ):
        if mine == theirs:
            continue
        if _VARIABLE.fullmatch(mine) and _VARIABLE.fullmatch(theirs):
            raise conflict(
                f'The provided route key "{key}" has a conflicting variable'
                f' on the same hierarchical level as "{other}"'
            )
        return


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _check_target(route: Route, integrations: Sequence[Integration]) -> None:
    if route.target is None:
        return
    check_length("Target", route.target, 1, 128)
    known = {integration.integration_id for integration in integrations}
    if not route.target.startswith("integrations/") or route.integration_id not in known:
        raise bad_request(
            f"Invalid route target {route.target}."
            " Write integrations/ followed by the id of an integration of this API."
        )


def _check_authorization(route: Route, authorizers: Sequence[Authorizer]) -> None:
    if len(route.authorization_scopes or ()) > MOST_SCOPES:
        raise bad_request(f"A route has at most {MOST_SCOPES} authorization scopes.")
    for scope in route.authorization_scopes or ():
        if not _SCOPE.fullmatch(scope):
            raise bad_request(
                f"Authorization scope {scope!r} is none: no spaces, quotes, backslashes, only ASCII."
            )
    if route.authorization_type in {"AWS_IAM", "CUSTOM"}:
        raise NotImplementedHere(f"A route with authorization type {route.authorization_type}")
    if route.authorization_type == "JWT":
        known = {authorizer.authorizer_id for authorizer in authorizers}
        if route.authorizer_id not in known:
            raise bad_request(_BAD_AUTHORIZER)
