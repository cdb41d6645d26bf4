"""Elastic Load Balancing as the cloud runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.loadbalancing.act.probe import probe as real_probe
from hatoba.cloud.loadbalancing.act.watch import Watch
from hatoba.cloud.loadbalancing.api.listeners import Listeners
from hatoba.cloud.loadbalancing.api.load_balancers import LoadBalancers
from hatoba.cloud.loadbalancing.api.rules import Rules
from hatoba.cloud.loadbalancing.api.tags import Tags
from hatoba.cloud.loadbalancing.api.target_groups import TargetGroups
from hatoba.cloud.loadbalancing.api.targets import Targets
from hatoba.cloud.loadbalancing.picture import Pictures
from hatoba.cloud.loadbalancing.store import Store
from hatoba.cloud.wire import Operations

if TYPE_CHECKING:
    from hatoba.cloud.loadbalancing.act.probe import Probe
    from hatoba.cloud.world import FlightCounter, Loop, TargetWalls, World
    from hatoba.gateway.snapshot import Listener

DRAIN_S = 1.0


class LoadBalancing:
    """The service ``elbv2``; also the :class:`hatoba.cloud.world.ListenerSource` of API Gateway.

    Args:
        world: What every service is given.
        probe: Checks one address.
        drain_s: How long a deregistered target drains that nothing is in flight to; its group's delay
            may be shorter.
        flights: Who knows what is in flight; None where nobody does.
        walls: What keeps load balancers from targets; None lets everything through.
    """

    def __init__(
        self,
        world: World,
        *,
        probe: Probe = real_probe,
        drain_s: float = DRAIN_S,
        flights: FlightCounter | None = None,
        walls: TargetWalls | None = None,
    ) -> None:
        store = Store(world.state)
        self._watch = Watch(store, world.clock, probe, flights, walls)
        self._pictures = Pictures(store, walls)
        self._operations = Operations("elbv2", strict_constraints=True)
        for noun in (
            LoadBalancers(store, world.invoke),
            TargetGroups(store, world.invoke),
            Targets(store, drain_s),
            Listeners(store, world.invoke),
            Rules(store),
            Tags(store),
        ):
            noun.register(self._operations)

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._operations

    def listener(self, arn: str) -> Listener | None:
        """Return a listener as the gateway carries it out; see :class:`hatoba.cloud.world.ListenerSource`."""
        return self._pictures.listener(arn)

    def loops(self) -> tuple[Loop, ...]:
        """Return the loop that checks targets."""
        return (self._watch.run,)

    async def close(self) -> None:
        """Release nothing: the loop let go of its checks."""
