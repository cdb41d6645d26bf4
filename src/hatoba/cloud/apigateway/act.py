"""Where API Gateway touches the world: the loops that serve what is kept, and settle VPC links."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.apigateway.compile import (
    Picture,
    Surroundings,
    compile_domains,
    compile_snapshot,
    issuers_of,
    private_integrations,
)
from hatoba.cloud.apigateway.control.integrations import cloud_map_target, listener_target
from hatoba.cloud.apigateway.model import Configuration
from hatoba.cloud.apigateway.store import CHANGES
from hatoba.cloud.loop import reconcile_forever
from hatoba.cloud.state import Scope
from hatoba.gateway.protocol import GatewayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.apigateway.keyring import Keyring
    from hatoba.cloud.apigateway.ports import Ports
    from hatoba.cloud.apigateway.store import Store
    from hatoba.cloud.state import Change
    from hatoba.cloud.world import DiscoveredInstance, InstanceSource, LinkWalls, ListenerSource
    from hatoba.gateway.protocol import Gateway
    from hatoba.gateway.snapshot import Listener, Snapshot

_log = logging.getLogger(__name__)

BEHIND_INTEGRATIONS = (
    *("cloudmap.instance", "cloudmap.service"),
    *("loadbalancing.listener", "loadbalancing.rule", "loadbalancing.group", "loadbalancing.target"),
)
"""Kinds of change, in other services, that private integrations depend on."""

MOST_MOVES = 5
"""How often in one step APIs move to other ports before the step ends; the next one tries again."""


class Server:
    """The loop that compiles what is kept and pushes it to the gateway.

    Changes that come while a snapshot is pushed are served together by the next one.
    """

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        instances: InstanceSource,
        keyring: Keyring,
        ports: Ports,
        *,
        listeners: ListenerSource | None = None,
        walls: LinkWalls | None = None,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._instances = instances
        self._listeners = listeners
        self._walls = walls
        self._keyring = keyring
        self._ports = ports
        self._pushed: Snapshot | None = None

    async def serve_forever(self) -> None:
        """Serve every change, from now until cancelled."""
        walls = self._walls.kinds if self._walls else ()
        changes = self._store.state.feed.subscribe(*CHANGES, *BEHIND_INTEGRATIONS, *walls)
        try:
            await reconcile_forever("apigateway", changes, self.step)
        finally:
            self._store.state.feed.unsubscribe(changes)

    async def step(self, _woken_by: Sequence[Change] = ()) -> None:
        """Compile once, and push when anything differs from what is served."""
        for _ in range(MOST_MOVES):
            snapshot = await self._compile()
            if self._pushed is not None and replace(snapshot, version=self._pushed.version) == self._pushed:
                return
            versioned = replace(snapshot, version=self._next_version())
            try:
                await self._gateway.push(versioned)
            except GatewayError as error:
                if not self._move_away(versioned, error):
                    raise
            else:
                self._pushed = versioned
                return

    async def _compile(self) -> Snapshot:
        pictures = self._pictures()
        keys = await self._keyring.current(issuers_of(pictures))
        around = Surroundings(
            keys=keys,
            instances=self._discover(pictures),
            listeners=self._balance(pictures),
            refusal=self._refusal,
            listener_refusal=self._listener_refusal,
            links={
                (scope, link.vpc_link_id): link.source_ip
                for scope, link in self._store.vpc_links.everywhere()
                if link.status == "AVAILABLE"
            },
            domains=compile_domains(
                (domain for _, domain in self._store.domain_names.everywhere()),
                (mapping for _, mapping in self._store.api_mappings.everywhere()),
            ),
        )
        return compile_snapshot(0, self._ports.host, self._ports.shared(), pictures, around)

    def _pictures(self) -> list[Picture]:
        return [
            Picture(
                scope,
                api,
                tuple(
                    (stage, self._configuration(scope, stage.api_id, stage.deployment_id))
                    for stage in self._store.stages.list(scope, f"{api.api_id}/")
                ),
            )
            for scope, api in self._store.apis.everywhere()
        ]

    def _configuration(self, scope: Scope, api_id: str, deployment_id: str | None) -> Configuration:
        frozen = self._store.configurations.get(scope, f"{api_id}/{deployment_id}") if deployment_id else None
        return frozen.configuration if frozen else Configuration()

    def _discover(self, pictures: Sequence[Picture]) -> dict[str, tuple[DiscoveredInstance, ...]]:
        found: dict[str, tuple[DiscoveredInstance, ...]] = {}
        for picture in pictures:
            for integration in private_integrations(picture):
                uri = integration.integration_uri or ""
                target = cloud_map_target(uri)
                if target is not None and uri not in found:
                    scope = Scope(target.account, target.region)
                    there = self._instances.discover(scope, target.service_id, target.query or None)
                    found[uri] = tuple(self._past_guard(scope, each) for each in there)
        return found

    def _past_guard(self, scope: Scope, instance: DiscoveredInstance) -> DiscoveredInstance:
        return instance if self._walls is None else self._walls.behind_guard(scope, instance)

    def _refusal(self, scope: Scope, link_id: str, instance: DiscoveredInstance) -> str | None:
        link = self._store.vpc_links.get(scope, link_id)
        if self._walls is None or link is None:
            return None
        return self._walls.instance_refusal(scope, link.security_group_ids, link.source_ip, instance)

    def _listener_refusal(self, scope: Scope, link_id: str, arn: str) -> str | None:
        link = self._store.vpc_links.get(scope, link_id)
        if self._walls is None or link is None:
            return None
        return self._walls.listener_refusal(scope, link.security_group_ids, link.source_ip, arn)

    def _balance(self, pictures: Sequence[Picture]) -> dict[str, Listener]:
        if self._listeners is None:
            return {}
        named = {
            integration.integration_uri or ""
            for picture in pictures
            for integration in private_integrations(picture)
        }
        found = {arn: self._listeners.listener(arn) for arn in named if listener_target(arn) is not None}
        return {arn: listener for arn, listener in found.items() if listener is not None}

    def _next_version(self) -> int:
        return self._store.state.next_number(self._ports.scope, "apigateway.snapshot")

    def _move_away(self, snapshot: Snapshot, error: GatewayError) -> bool:
        """Give those whose port the error names another one; say whether there was any."""
        named = {int(number) for number in re.findall(r"\d{2,5}", str(error))}
        moved = self._ports.leave_shared() if snapshot.port in named else False
        with self._store.state.transaction():
            for scope, api in self._store.apis.everywhere():
                if api.port in named:
                    port = self._ports.choose()
                    _log.warning("API %s moves from port %d to %d: %s", api.api_id, api.port, port, error)
                    self._store.apis.put(scope, replace(api, port=port))
                    moved = True
        return moved


async def settle_links_forever(store: Store) -> None:
    """Make PENDING VPC links AVAILABLE and DELETING ones gone: there are no interfaces to wait for."""
    changes = store.state.feed.subscribe("apigateway.vpclink")

    async def step(_woken_by: Sequence[Change]) -> None:
        with store.state.transaction():
            for scope, link in store.vpc_links.everywhere():
                if link.status == "PENDING":
                    store.vpc_links.put(scope, replace(link, status="AVAILABLE"))
                elif link.status == "DELETING":
                    store.vpc_links.delete(scope, link.key)

    try:
        await reconcile_forever("apigateway links", changes, step)
    finally:
        store.state.feed.unsubscribe(changes)
