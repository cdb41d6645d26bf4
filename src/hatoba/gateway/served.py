"""What is served, ready for a request to pass through: APIs, stages, routes, integrations, addresses.

Records only; :mod:`hatoba.gateway.picture` makes them of a snapshot.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, final

from hatoba.gateway.access_log import LogFormat
from hatoba.gateway.authorizer import Authorizer
from hatoba.gateway.balancer import Balancer
from hatoba.gateway.cors import CorsRules
from hatoba.gateway.mapping import ParameterMapping
from hatoba.gateway.routing import Router, choose_stage
from hatoba.gateway.snapshot import Integration
from hatoba.gateway.throttle import Throttling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatoba.gateway.request import Request

REMEMBERED_PATHS = 4_096


class Address(NamedTuple):
    """Where a connection goes. ``tls`` is the name asked for and checked, None without TLS."""

    host: str
    port: int
    tls: str | None = None


@final
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


@dataclass(frozen=True)
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


_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")


@dataclass(frozen=True)
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


@final
class IdentitySource:
    """Where the token stands in a request: ``$request.header.X`` or ``$request.querystring.x``."""

    def __init__(self, expression: str) -> None:
        place, _, name = expression.removeprefix("$request.").partition(".")
        self._header = name.lower().encode("latin-1") if place == "header" else None
        self._name = name

    def read(self, request: Request) -> str | None:
        """Return the value found, if any."""
        return request.parameter(self._name) if self._header is None else request.text(self._header)


@dataclass(frozen=True)
class ServedRoute:
    """One route, compiled."""

    key: str
    integration: ServedIntegration | None
    authorizer: Authorizer | None
    identity: IdentitySource | None
    scopes: tuple[str, ...]
    bucket: Throttling | None


@dataclass(frozen=True)
class ServedStage:
    """One stage, compiled."""

    name: str
    router: Router[ServedRoute]
    cors: CorsRules | None
    log: LogFormat | None
    destination: str
    variables: Mapping[str, str]


@dataclass(frozen=True)
class MappedPath:
    """An API mapping of a custom domain name: which path, and the stage that it leads to."""

    path: str
    stage: str

    def within(self, path: str) -> tuple[str, str]:
        """Return the stage and the path within it, as a named stage's first segment would give them."""
        return self.stage, path[len(self.path) + 1 :] or "/" if self.path else path


@final
class Forward:
    """A request goes to this integration, with this path and these variables of its route."""

    __slots__ = ("integration", "path", "variables")

    def __init__(self, integration: ServedIntegration, path: str, variables: Mapping[str, str]) -> None:
        self.integration = integration
        self.path = path
        self.variables = variables


@final
class Place:
    """The stage that answers a request, the route that takes it, if one does, and where that leads."""

    __slots__ = ("forward", "route", "stage")

    def __init__(self, stage: ServedStage, route: ServedRoute | None, forward: Forward | None) -> None:
        self.stage = stage
        self.route = route
        self.forward = forward


def _place(stage: ServedStage, method: str, path: str) -> Place:
    match = stage.router.match(method, path)
    if match is None:
        return Place(stage, None, None)
    integration = match.route.integration
    forward = None if integration is None else Forward(integration, path, match.variables)
    return Place(stage, match.route, forward)


@dataclass(frozen=True)
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


@final
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


@dataclass
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
