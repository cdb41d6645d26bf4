"""API Gateway as one service of the cloud: its operations, its loops, its way to the logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.apigateway.access_logs import AccessLogs
from hatoba.cloud.apigateway.act import Server, settle_links_forever
from hatoba.cloud.apigateway.api.api_mappings import ApiMappings
from hatoba.cloud.apigateway.api.apis import Apis
from hatoba.cloud.apigateway.api.authorizers import Authorizers
from hatoba.cloud.apigateway.api.definitions import Around, Definitions
from hatoba.cloud.apigateway.api.deployments import Deployments
from hatoba.cloud.apigateway.api.domains import DomainNames
from hatoba.cloud.apigateway.api.integrations import Integrations
from hatoba.cloud.apigateway.api.routes import Routes
from hatoba.cloud.apigateway.api.stages import Stages
from hatoba.cloud.apigateway.api.tags import Tags
from hatoba.cloud.apigateway.api.vpc_links import VpcLinks
from hatoba.cloud.apigateway.keyring import Keyring
from hatoba.cloud.apigateway.ports import Ports
from hatoba.cloud.apigateway.store import Store
from hatoba.cloud.wire import Operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.world import InstanceSource, KeySource, LinkWalls, ListenerSource, LogSink, Loop, World
    from hatoba.gateway.protocol import Gateway
    from hatoba.gateway.records import AccessLogLine


class ApiGateway:
    """Amazon API Gateway's HTTP APIs.

    Args:
        world: The cloud.
        gateway: Serves what is compiled here. Its owner starts it before the loops run, and stops it.
        instances: Who stands behind a Cloud Map service.
        keys: The keys of token issuers.
        logs: Where access logs go.
        listeners: What stands behind a load balancer's listener; None knows of no load balancers.
        walls: What keeps VPC links from instances and load balancers; None lets everything through.
    """

    def __init__(
        self,
        world: World,
        gateway: Gateway,
        instances: InstanceSource,
        keys: KeySource,
        logs: LogSink,
        *,
        listeners: ListenerSource | None = None,
        walls: LinkWalls | None = None,
    ) -> None:
        store = Store(world.state)
        ports = Ports(world.settings, store)
        self._keyring = Keyring(keys, world.clock, world.state, ports.scope)
        self._server = Server(
            store, gateway, instances, self._keyring, ports, listeners=listeners, walls=walls
        )
        self._access_logs = AccessLogs(logs)
        self._store = store
        self._ports = ports
        self._operations = Operations("apigatewayv2", strict_constraints=True)
        apis = Apis(store, ports.host, ports.choose)
        for noun in (
            apis,
            Definitions(Around(store, world.invoke, self._keyring, apis, ports.choose)),
            Routes(store),
            Integrations(store, world.invoke),
            Authorizers(store, self._keyring),
            Stages(store),
            Deployments(store),
            VpcLinks(store, world.invoke),
            DomainNames(store),
            ApiMappings(store),
            Tags(store),
        ):
            noun.register(self._operations)

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._operations

    @property
    def shared_port(self) -> int:
        """The port that all APIs share, told apart by Host name."""
        return self._ports.shared()

    async def serve(self) -> None:
        """Serve what stands, once, before anybody is told that this cloud is ready.

        Raises:
            GatewayError: The port that all APIs share cannot be had.
        """
        await self._server.step()

    def loops(self) -> tuple[Loop, ...]:
        """Return the loops that serve changes, settle VPC links, and keep issuers' keys fresh."""
        return (
            self._server.serve_forever,
            lambda: settle_links_forever(self._store),
            self._keyring.refresh_forever,
        )

    def deliver(self, lines: Sequence[AccessLogLine]) -> None:
        """Take a batch of access-log lines from the gateway (its ``on_lines``)."""
        self._access_logs.deliver(lines)

    async def close(self) -> None:
        """Release nothing: the gateway goes on serving until its owner stops it."""
