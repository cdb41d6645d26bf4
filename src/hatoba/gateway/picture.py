"""The snapshot made ready to serve: routers built, keys loaded, formats and mappings compiled.

Built beside the picture that is being served, then swapped in with one assignment. Verified tokens and
token buckets are taken over from the picture before, where their configuration is the same.
"""

from __future__ import annotations

import logging
import re
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from hatoba.gateway.access_log import LogFormat
from hatoba.gateway.authorizer import Authorizer
from hatoba.gateway.balancer import Balancer
from hatoba.gateway.cors import CorsRules
from hatoba.gateway.mapping import ParameterMapping
from hatoba.gateway.routing import DEFAULT, Router
from hatoba.gateway.served import (
    Address,
    IdentitySource,
    MappedPath,
    Picture,
    PublicUrl,
    Rotation,
    ServedApi,
    ServedDomain,
    ServedIntegration,
    ServedRoute,
    ServedStage,
)
from hatoba.gateway.throttle import Bucket, Throttling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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

_log = logging.getLogger(__name__)

MakeBucket: TypeAlias = "Callable[[Throttle, float, str], Throttling]"
"""Makes the bucket of a route that has a name of its own, full."""

HTTP_PORT, HTTPS_PORT = 80, 443

_NOT_IN_AUTHORITY = re.compile(rb"[^!-~]|[\\/?#<>\"]")


def compile_picture(
    snapshot: Snapshot, before: Picture, now: float, make_bucket: MakeBucket = Bucket
) -> Picture:
    """Build what serves ``snapshot``. ``now`` is monotonic seconds, for the token buckets.

    An API that cannot be compiled is a fault of ours. It must not keep the others from changing: it is
    served as before, by its own addresses, and the log says why.
    """
    picture = Picture(snapshot.version, snapshot.host, snapshot.port, counts=before.counts)
    compiler = _Compiler(snapshot, picture, before, now, make_bucket)
    for api in snapshot.apis:
        try:
            served = compiler.api(api)
        except Exception:  # noqa: BLE001 - one API's outer edge
            _log.exception("API %s cannot be compiled; it is served as it was before", api.api_id)
            _keep(api, before, picture)
            continue
        if api.port:
            picture.by_port[api.port] = served
        for host in api.hosts:
            picture.by_host[host.lower()] = served
    for domain in snapshot.domains:
        picture.by_domain[domain.name.lower()] = compiler.domain(domain)
    picture.addresses = frozenset(compiler.addresses)
    return picture


def _keep(api: Api, before: Picture, picture: Picture) -> None:
    if api.port in before.by_port:
        picture.by_port[api.port] = before.by_port[api.port]
    for host in api.hosts:
        if host.lower() in before.by_host:
            picture.by_host[host.lower()] = before.by_host[host.lower()]


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
            if mapping.api_id in self._all_stages and mapping.stage in self._all_stages[mapping.api_id][1]
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
