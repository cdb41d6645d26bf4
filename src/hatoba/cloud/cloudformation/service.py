"""CloudFormation, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.act import handles
from hatoba.cloud.cloudformation.act.drift import Detector
from hatoba.cloud.cloudformation.act.engine import Engine
from hatoba.cloud.cloudformation.act.grace import GRACE_S, Grace
from hatoba.cloud.cloudformation.act.intake import Intake
from hatoba.cloud.cloudformation.api.change_sets import ChangeSets
from hatoba.cloud.cloudformation.api.describe import Descriptions
from hatoba.cloud.cloudformation.api.drift import Drift
from hatoba.cloud.cloudformation.api.stacks import Stacks
from hatoba.cloud.cloudformation.api.templates import Templates
from hatoba.cloud.cloudformation.resources.registry import Registry
from hatoba.cloud.cloudformation.store import Store
from hatoba.cloud.wire import Operations

if TYPE_CHECKING:
    from hatoba.cloud.world import Loop, World


class CloudFormation:
    """AWS CloudFormation; see :class:`hatoba.cloud.world.Service`."""

    def __init__(self, world: World, registry: Registry | None = None, *, grace_s: float = GRACE_S) -> None:
        """Make the service.

        Args:
            world: The cloud around it.
            registry: The resource types: all of hatoba's when it is not given.
            grace_s: How long a call that begins an operation waits for its end at the most.
        """
        store = Store(world.state)
        registry = registry or Registry()
        intake = Intake(world, store, registry)
        grace = Grace(world, store, grace_s)
        self._store = store
        self._engine = Engine(world, store, registry)
        self._operations = Operations("cloudformation")
        Stacks(store, intake, grace).add_to(self._operations)
        ChangeSets(store, intake, grace).add_to(self._operations)
        Descriptions(store).add_to(self._operations)
        Templates(world, store, registry).add_to(self._operations)
        Drift(store, Detector(world, store, registry)).add_to(self._operations)

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._operations

    def loops(self) -> tuple[Loop, ...]:
        """The engine's loop: it runs every stack operation."""
        return (self._engine.loop,)

    def takes_signal(self, method: str, path: str) -> bool:
        """Say whether a request that is not AWS's API tells something to a wait condition."""
        return method == "PUT" and handles.is_address(path)

    def signal(self, path: str, body: bytes) -> tuple[int, str]:
        """Take what such a request tells; return the HTTP status and a word on what is wrong."""
        return handles.take(self._store, path, body)

    async def close(self) -> None:
        """Nothing is held: operations that were under way go on when the cloud starts again."""
