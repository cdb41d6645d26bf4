"""The snapshot made ready to serve: routers built, keys loaded, formats and mappings compiled.

Built beside the picture that is being served, then swapped in with one assignment. Verified tokens and
token buckets are taken over from the picture before, where their configuration is the same.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import msgspec

from hatoba.gateway.access_log import LogFormat
from hatoba.gateway.authorizer import Authorizer
from hatoba.gateway.balancer import Balancer
from hatoba.gateway.cors import CorsRules
from hatoba.gateway.mapping import ParameterMapping
from hatoba.gateway.routing import DEFAULT, Router, choose_stage
from hatoba.gateway.throttle import Bucket, Throttling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hatoba.gateway.request import Request
    from hatoba.gateway.snapshot import (
        Api,
        ApiMapping,
        Domain,
        Endpoint,
        Integration,
        JwtAuthorizer,
        Listener,
        Route,
        Snapshot,
        Stage,
        Target,
        Throttle,
        Tls,
    )

MakeBucket: TypeAlias = "Callable[[Throttle, float, str], Throttling]"
"""Makes the bucket of a route that has a name of its own, full."""

HTTP_PORT, HTTPS_PORT = 80, 443
REMEMBERED_PATHS = 4_096


class Address(NamedTuple):
    """Where a connection goes. ``tls`` is the name asked for and checked, None without TLS."""

    host: str
    port: int
    tls: str | None = None


class Rotation:
    """An integration's addresses, taken in turn, beginning anywhere; why there are none, if that is known."""

    def __init__(self, addresses: tuple[Address, ...], refusal: str = "") -> None:
        self.all = addresses
        self.refusal = refusal
        self._next = random.randrange(len(addresses)) if addresses else 0  # noqa: S311 - spread, not secrecy

    def turn(self) -> tuple[Address, ...]:
        """Return the addresses in the order in which this request should try them."""
        count = len(self.all)
        if count <= 1:
            return self.all
        at = self._next
        self._next = (at + 1) % count
        return self.all[at:] + self.all[:at]


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """A public integration's URL, with ``{variable}`` still in its path; ``$default`` passes its own on."""

    address: Address
    host: bytes
    path: str
    query: str | None
    passes_path: bool = False

    def fill(self, variables: Mapping[str, str], path: str) -> str:
        """Return the path with the route's variables put in, or with the request's behind it."""
        if "{" not in self.path:
            if self.passes_path and path != "/":
                return self.path.rstrip("/") + path
            return self.path
        return _PLACEHOLDER.sub(lambda found: variables.get(found[1].rstrip("+"), ""), self.path) or "/"


_NOT_IN_AUTHORITY = re.compile(rb"[^!-~]|[\\/?#<>\"]")
_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")


@dataclass(frozen=True, slots=True)
class ServedIntegration:
    """Where requests go, compiled. ``arn`` names it in the access log where nothing can be reached.

    With a ``balancer`` that chooses for each request, and ``rotation`` is empty. ``instances`` are the ids of
    those that the addresses belong to. ``refusal`` says why there are none where there could be.
    """

    config: Integration
    arn: str
    url: PublicUrl | None
    rotation: Rotation
    timeout_s: float
    passes_unchanged: bool
    request_mapping: ParameterMapping
    response_mappings: Mapping[int, ParameterMapping]
    balancer: Balancer | None = None
    instances: Mapping[Address, str] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ServedRoute:
    """One route, compiled."""

    key: str
    integration: ServedIntegration | None
    authorizer: Authorizer | None
    identity: IdentitySource | None
    scopes: tuple[str, ...]
    bucket: Throttling | None


class IdentitySource:
    """Where the token stands in a request: ``$request.header.X`` or ``$request.querystring.x``."""

    def __init__(self, expression: str) -> None:
        place, _, name = expression.removeprefix("$request.").partition(".")
        self._header = name.lower().encode("latin-1") if place == "header" else None
        self._name = name

    def read(self, request: Request) -> str | None:
        """Return the value found, if any."""
        return request.parameter(self._name) if self._header is None else request.text(self._header)


@dataclass(frozen=True, slots=True)
class ServedStage:
    """One stage, compiled."""

    name: str
    router: Router[ServedRoute]
    cors: CorsRules | None
    log: LogFormat | None
    destination: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ServedApi:
    """One API, compiled."""

    api_id: str
    account: str
    stages: Mapping[str, ServedStage]
    stage_names: frozenset[str]
    mapping: MappedPath | None = None
    _places: dict[tuple[str, str], Place | None] = field(default_factory=dict, compare=False)

    def find(self, method: str, path: str) -> Place | None:
        """Return who takes a request, or None where no stage does. What is asked for again is remembered."""
        asked = (method, path)
        if asked in self._places:
            return self._places[asked]
        chosen = choose_stage(path, self.stage_names)
        if chosen is None and self.mapping is not None:
            chosen = self.mapping.within(path)
        place = None
        if chosen is not None:
            place = _place(self.stages[chosen[0]], method, chosen[1])
        if len(self._places) >= REMEMBERED_PATHS:
            self._places.clear()
        self._places[asked] = place
        return place


class Forward(msgspec.Struct, frozen=True, gc=False):
    """A request goes to this integration."""

    integration: ServedIntegration
    path: str
    variables: Mapping[str, str]


class Place(NamedTuple):
    """The stage that answers a request, the route that takes it, if one does, and where that leads."""

    stage: ServedStage
    route: ServedRoute | None
    forward: Forward | None


def _place(stage: ServedStage, method: str, path: str) -> Place:
    match = stage.router.match(method, path)
    if match is None:
        return Place(stage, None, None)
    route, variables = match
    integration = route.integration
    return Place(stage, route, None if integration is None else Forward(integration, path, variables))


@dataclass(frozen=True, slots=True)
class MappedPath:
    """An API mapping of a custom domain name: which path, and the stage that it leads to."""

    path: str
    stage: str

    def within(self, path: str) -> tuple[str, str]:
        """Return the stage and the path within it, as a named stage's first segment would give them."""
        return self.stage, path[len(self.path) + 1 :] or "/" if self.path else path


class ServedDomain:
    """A custom domain name: the API of each mapping, the longest path first."""

    def __init__(self, apis: Iterable[tuple[str, ServedApi]]) -> None:
        self._apis = sorted(apis, key=lambda each: len(each[0]), reverse=True)

    def choose(self, path: str) -> ServedApi | None:
        """Return the API whose mapping has the longest path that begins ``path``, segment by segment."""
        for mapped, api in self._apis:
            if not mapped or path == f"/{mapped}" or path.startswith(f"/{mapped}/"):
                return api
        return None


@dataclass(slots=True)
class Picture:
    """All that is served at one moment, by own port and by Host name."""

    version: int = -1
    host: str = "127.0.0.1"
    shared_port: int = 0
    by_port: dict[int, ServedApi] = field(default_factory=dict)
    by_host: dict[str, ServedApi] = field(default_factory=dict)
    by_domain: dict[str, ServedDomain] = field(default_factory=dict)
    authorizers: dict[tuple[str, str], Authorizer] = field(default_factory=dict)
    buckets: dict[tuple[str, str, str], Throttling] = field(default_factory=dict)
    addresses: frozenset[Address] = frozenset()
    counts: Counter[str] = field(default_factory=Counter)

    def named(self, request: Request) -> ServedApi | None:
        """Return the API that a request on the shared port names by its Host."""
        api = self.by_host.get(request.host)
        if api is None and request.host in self.by_domain:
            return self.by_domain[request.host].choose(request.path)
        return api


def compile_picture(
    snapshot: Snapshot, before: Picture, now: float, make_bucket: MakeBucket = Bucket
) -> Picture:
    """Build what serves ``snapshot``. ``now`` is monotonic seconds, for the token buckets."""
    picture = Picture(snapshot.version, snapshot.host, snapshot.port, counts=before.counts)
    compiler = _Compiler(snapshot, picture, before, now, make_bucket)
    for api in snapshot.apis:
        served = compiler.api(api)
        if api.port:
            picture.by_port[api.port] = served
        for host in api.hosts:
            picture.by_host[host.lower()] = served
    for domain in snapshot.domains:
        picture.by_domain[domain.name.lower()] = compiler.domain(domain)
    picture.addresses = frozenset(compiler.addresses)
    return picture


class _Compiler:
    def __init__(
        self, snapshot: Snapshot, picture: Picture, before: Picture, now: float, make_bucket: MakeBucket
    ) -> None:
        self._make_bucket = make_bucket
        self._picture = picture
        self._before = before
        self._now = now
        self._targets = snapshot.targets
        self._all_stages: dict[str, tuple[Api, dict[str, ServedStage]]] = {}
        self.addresses: set[Address] = set()

    def api(self, api: Api) -> ServedApi:
        stages = {stage.name: self._stage(api, stage) for stage in api.stages}
        self._all_stages[api.api_id] = (api, stages)
        public = {stage.name: stages[stage.name] for stage in api.stages if not stage.by_domain_only}
        return ServedApi(api.api_id, api.account, public, frozenset(public))

    def domain(self, domain: Domain) -> ServedDomain:
        return ServedDomain(
            (mapping.path, self._mapped(mapping))
            for mapping in domain.mappings
            if mapping.stage in self._all_stages[mapping.api_id][1]
        )

    def _mapped(self, mapping: ApiMapping) -> ServedApi:
        """Return the API as a mapping shows it: no stage is named by the path, one stands behind it."""
        api, stages = self._all_stages[mapping.api_id]
        mapped = MappedPath(mapping.path, mapping.stage)
        return ServedApi(api.api_id, api.account, stages, frozenset(), mapped)

    def _stage(self, api: Api, stage: Stage) -> ServedStage:
        return ServedStage(
            stage.name,
            Router((route.route_key, self._route(api, stage, route)) for route in stage.routes),
            None if stage.cors is None else CorsRules(stage.cors),
            None if stage.access_log is None else LogFormat(stage.access_log.format),
            "" if stage.access_log is None else stage.access_log.destination,
            stage.stage_variables,
        )

    def _route(self, api: Api, stage: Stage, route: Route) -> ServedRoute:
        jwt = route.authorizer
        return ServedRoute(
            route.route_key,
            None if route.integration is None else self._integration(route.integration, route.route_key),
            None if jwt is None else self._authorizer(api.api_id, jwt),
            None if jwt is None else IdentitySource(jwt.identity_source),
            route.scopes,
            self._bucket(api, stage, route),
        )

    def _authorizer(self, api_id: str, config: JwtAuthorizer) -> Authorizer:
        key = (api_id, config.authorizer_id)
        for known in (self._picture.authorizers.get(key), self._before.authorizers.get(key)):
            if known is not None and known.config == config:
                self._picture.authorizers[key] = known
                return known
        built = Authorizer(config)
        self._picture.authorizers[key] = built
        return built

    def _bucket(self, api: Api, stage: Stage, route: Route) -> Throttling | None:
        if route.throttle is None:
            return None
        key = (api.api_id, stage.name, route.route_key)
        bucket = self._before.buckets.get(key)
        if bucket is None or bucket.limits != route.throttle:
            bucket = self._make_bucket(route.throttle, self._now, "\n".join(key))
        self._picture.buckets[key] = bucket
        return bucket

    def _integration(self, config: Integration, route_key: str) -> ServedIntegration:
        target = None if config.target is None else self._targets.get(config.target)
        url = None if config.url is None else _public(config.url, passes_path=route_key == DEFAULT)
        addresses: tuple[Address, ...] = () if url is None else (url.address,)
        if target is not None:
            addresses = tuple(_address_of(each, config.tls) for each in target.endpoints)
        self.addresses.update(addresses)
        listener = None if target is None else target.listener
        balancer = None if listener is None else self._balancer(listener, config.tls)
        return ServedIntegration(
            config,
            (config.target or config.url or "") if target is None else target.arn,
            url,
            Rotation(addresses),
            config.timeout_ms / 1000,
            config.url is None and not config.request_parameters and balancer is None,
            ParameterMapping(config.request_parameters),
            {int(status): ParameterMapping(each) for status, each in config.response_parameters.items()},
            balancer,
            {_address_of(each, config.tls): each.instance_id for each in _endpoints(target)},
            "" if target is None else target.refusal,
        )

    def _balancer(self, listener: Listener, tls: Tls | None) -> Balancer | None:
        """Compile a listener. One that speaks plain HTTP ends no TLS: nothing gets through."""
        if tls is not None and listener.kind == "application":
            return None

        def groups(number: int) -> Sequence[Rotation]:
            targets = listener.rules[number].targets
            rotations = [
                Rotation(tuple(_address_of(each, tls) for each in one.endpoints), one.refusal)
                for one in targets
            ]
            self.addresses.update(*(each.all for each in rotations))
            return rotations

        return Balancer(listener, groups, self._picture.counts)


def _endpoints(target: Target | None) -> Iterable[Endpoint]:
    if target is None:
        return ()
    rules = () if target.listener is None else target.listener.rules
    return chain(target.endpoints, *(group.endpoints for rule in rules for group in rule.targets))


def _address_of(endpoint: Endpoint, tls: Tls | None) -> Address:
    return Address(endpoint.host, endpoint.port, None if tls is None else tls.server_name or endpoint.host)


def _public(url: str, *, passes_path: bool) -> PublicUrl | None:
    """Take a URL apart. One that nobody can connect to is None: its route alone answers 500."""
    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host = parts.hostname or ""
        port = parts.port or (HTTPS_PORT if secure else HTTP_PORT)
        authority = parts.netloc.rpartition("@")[2].encode("ascii")
    except ValueError:
        return None
    if not host or _NOT_IN_AUTHORITY.search(authority):
        return None
    address = Address(host, port, host if secure else None)
    return PublicUrl(address, authority, parts.path or "/", parts.query or None, passes_path)
