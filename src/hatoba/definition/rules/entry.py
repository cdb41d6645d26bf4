"""HTTP APIs: routes, CORS, authorizers, access logs, quotas.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from hatoba.definition.apigateway import Cors, HttpApi, JwtAuthorizer, Route
from hatoba.definition.faults import Finding
from hatoba.definition.inputs import HTTP_METHODS, METHOD_SET
from hatoba.definition.known import Known

_ROUTES, _INTEGRATIONS, _AUTHORIZERS, _AUDIENCES, _SCOPES = 300, 300, 10, 50, 10
_MAX_AGE_S = range(-1, 86_401)
_TIMEOUT_MS = range(50, 30_001)
_FORMAT_BYTES = 3072
_ORIGIN = re.compile(r"\*|https?://\*|https?://[^/?#\s*]+", re.IGNORECASE)
_SOURCE = re.compile(r"\$request\.(header|querystring)\.[A-Za-z0-9_-]+")
_ISSUER = re.compile(r"https://[^/?#\s]+(/[^?#\s]*[^/?#\s])?")
_VARIABLE = re.compile(r"\{([A-Za-z0-9._:-]+)(\+?)\}")
_ISSUER_LIMIT = 2048


def cors_origins(cors: Cors, known: Known) -> Iterable[Finding]:
    """Origins are exact, or a wildcard; credentials and a wildcard exclude each other."""
    origins = known(cors.allow_origins)
    texts = [origin for origin in map(known, origins or ()) if isinstance(origin, str)]
    for origin in texts:
        if not _ORIGIN.fullmatch(origin):
            yield Finding(
                f"{origin!r} is not an origin: scheme and host, perhaps a port, and nothing after it",
                'Write "https://app.example.com", "*", "https://*" or "http://*".',
            )
    if cors.allow_credentials and "*" in texts:
        yield Finding(
            "CORS with credentials cannot allow the origin *: browsers and API Gateway both refuse it",
            "Name the origins, or leave allow_credentials out.",
        )


def cors_methods(cors: Cors, _: Known) -> Iterable[Finding]:
    """Methods are those of HTTP, or a wildcard."""
    allowed = {*HTTP_METHODS, "*"} - {"ANY"}
    for method in cors.allow_methods:
        if method.upper() not in allowed:
            yield Finding(f"{method!r} is not an HTTP method", f"Use some of {', '.join(sorted(allowed))}.")


def cors_max_age(cors: Cors, known: Known) -> Iterable[Finding]:
    """Browsers may keep a preflight's answer for up to a day."""
    age = known(cors.max_age)
    if age is not None and age not in _MAX_AGE_S:
        yield Finding(
            f"a CORS max age of {age} s is not between -1 and 86400", "Choose one in that range; -1 is never."
        )


def issuer(authorizer: JwtAuthorizer, known: Known) -> Iterable[Finding]:
    """An issuer is an https URL as it stands in tokens, without a slash at its end."""
    url = known(authorizer.issuer)
    if url is not None and (not _ISSUER.fullmatch(url) or len(url) > _ISSUER_LIMIT):
        yield Finding(
            f"issuer {url!r} is not an https URL without a slash at its end",
            'For Cognito: "https://cognito-idp.REGION.amazonaws.com/POOL_ID".',
        )


def audience(authorizer: JwtAuthorizer, known: Known) -> Iterable[Finding]:
    """An authorizer has 1 to 50 audiences."""
    names = known(authorizer.audience)
    if names is not None and not 1 <= len(names) <= _AUDIENCES:
        yield Finding(
            f"authorizer {authorizer.name} has {len(names)} audiences; there are 1 to {_AUDIENCES}",
            "Give the client ids whose tokens count.",
        )


def identity_source(authorizer: JwtAuthorizer, _: Known) -> Iterable[Finding]:
    """A token comes from one header or one query parameter."""
    if not _SOURCE.fullmatch(authorizer.identity_source):
        yield Finding(
            f"identity source {authorizer.identity_source!r} is not one header or query parameter",
            "Write $request.header.NAME or $request.querystring.NAME.",
        )


def route_path(route: Route, _: Known) -> Iterable[Finding]:
    """A path starts with a slash, ends with none, and is greedy only at its end."""
    if route.path == "$default":
        return
    segments = route.path.split("/")[1:]
    if not route.path.startswith("/") or (route.path != "/" and "" in segments):
        yield Finding(
            f"route path {route.path!r} is not $default or segments that each follow one slash",
            "Write /orders/{id}: a slash first, none at the end.",
        )
        return
    for number, segment in enumerate(segments, start=1):
        variable = _VARIABLE.fullmatch(segment)
        if variable is None and ("{" in segment or "}" in segment):
            yield Finding(f"{segment!r} is not a whole variable", "Let a variable fill its segment: /{name}.")
        elif variable is not None and variable[2] and number < len(segments):
            yield Finding(f"the greedy {segment} is not the last segment", "Move it to the end of the path.")


def route_methods(route: Route, known: Known) -> Iterable[Finding]:
    """A route has methods, and ``$default`` has none of its own."""
    methods = known(route.methods)
    if methods is not None and (not methods or not METHOD_SET.issuperset(methods)):
        yield Finding(
            f"route {route.path} has the methods {sorted(methods)}",
            f"Choose at least one of {', '.join(HTTP_METHODS)}.",
        )
    if route.path == "$default" and methods is not None and tuple(methods) != ("ANY",):
        yield Finding("the route $default takes every method", "Leave methods out.")


def route_scopes(route: Route, _: Known) -> Iterable[Finding]:
    """Scopes are up to 10, and checked by an authorizer."""
    if len(route.scopes) > _SCOPES:
        yield Finding(
            f"route {route.path} has {len(route.scopes)} scopes; up to {_SCOPES} count", "Remove some."
        )
    if route.scopes and route.authorizer is None:
        yield Finding(f"route {route.path} has scopes but no authorizer to check them", "Add authorizer=….")


def route_timeout(route: Route, _: Known) -> Iterable[Finding]:
    """An integration waits 50 ms to 30 s."""
    if route.timeout_ms is not None and route.timeout_ms not in _TIMEOUT_MS:
        yield Finding(
            f"route {route.path} waits {route.timeout_ms} ms; API Gateway waits 50 to 30000", "Correct it."
        )


def route_keys(api: HttpApi, known: Known) -> Iterable[Finding]:
    """A route key is there once, and variables on one level have one name."""
    keys = Counter(key for route in api.routes for key in _keys(route, known))
    for key, count in keys.items():
        if count > 1:
            yield Finding(f"route {key} is there {count} times in API {api.name}", "Remove one of them.")
    named: dict[tuple[str, ...], str] = {}
    for key in keys:
        method, _, path = key.partition(" ")
        for level, variable in _variables(method, path):
            if named.setdefault(level, variable) != variable:
                yield Finding(
                    f"route {key} names a variable {variable} where another route says {named[level]}",
                    "Give variables on one level of the path the same name.",
                )


def _keys(route: Route, known: Known) -> list[str]:
    if route.path == "$default":
        return ["$default"]
    return [f"{method} {route.path}" for method in sorted(known(route.methods) or ())]


def _variables(method: str, path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    level: tuple[str, ...] = (method,)
    for segment in path.split("/")[1:]:
        variable = _VARIABLE.fullmatch(segment)
        # A greedy variable may stand beside a plain one: they match different paths.
        kind = "{+}" if variable and variable[2] else "{}"
        if variable:
            yield (*level, kind), variable[1]
        level = (*level, kind if variable else segment)


def quotas(api: HttpApi, known: Known) -> Iterable[Finding]:
    """An API has up to 300 routes and integrations and up to 10 authorizers."""
    counts = {
        "routes": (sum(len(_keys(route, known)) for route in api.routes), _ROUTES),
        "integrations": (len({(id(r.service), r.timeout_ms) for r in api.routes}), _INTEGRATIONS),
        "authorizers": (len({id(r.authorizer) for r in api.routes if r.authorizer}), _AUTHORIZERS),
    }
    for what, (count, limit) in counts.items():
        if count > limit:
            yield Finding(
                f"API {api.name} has {count} {what}; API Gateway allows {limit}",
                "Split the API, or take several paths together with a greedy route.",
            )
    names = Counter(
        name for name, _ in {(r.authorizer.name, id(r.authorizer)) for r in api.routes if r.authorizer}
    )
    for name, count in names.items():
        if count > 1:
            yield Finding(f"two authorizers of API {api.name} are named {name!r}", "Name each differently.")


def access_log(api: HttpApi, _: Known) -> Iterable[Finding]:
    """An access log's line names the request and fits into 3 KB."""
    line = json.dumps(dict(api.access_log_format))
    if api.access_log is None:
        return
    if "$context.requestId" not in line and "$context.extendedRequestId" not in line:
        yield Finding(
            f"the access log of API {api.name} does not name the request",
            'Add "requestId": "$context.requestId" to access_log_format.',
        )
    if len(line.encode()) > _FORMAT_BYTES:
        yield Finding(
            f"the access log format of API {api.name} is longer than 3 KB", "Leave out some fields."
        )
