"""EC2 as the cloud runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ec2.operations import ec2_operations
from hatoba.cloud.ec2.store import Store

if TYPE_CHECKING:
    from hatoba.cloud.wire import Operations
    from hatoba.cloud.world import Loop, World


class Ec2:
    """The service ``ec2``: its network part. A :class:`hatoba.cloud.world.Service`."""

    def __init__(self, world: World) -> None:
        self._operations = ec2_operations(Store(world.state))

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._operations

    def loops(self) -> tuple[Loop, ...]:
        """Return none: every call's work is done within the call."""
        return ()

    async def close(self) -> None:
        """Hold nothing, release nothing."""
