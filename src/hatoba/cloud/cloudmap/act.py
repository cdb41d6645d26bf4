"""Where Cloud Map touches the world: the VPC it asks EC2 for, and the hosted zone it gets from Route 53.

Route 53's records are not written yet: DNS is answered from Cloud Map's own records. When Route 53
shows the zones too, :class:`HostedZones` is the place to create and delete them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.call import random_id

if TYPE_CHECKING:
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import World

_ID_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class HostedZones:
    """The hosted zones behind DNS namespaces."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def vpc_fault(self, call: Call, vpc_id: str) -> str | None:
        """Say why a private zone cannot be attached to the VPC, in Route 53's words, or return None."""
        try:
            await self._world.invoke(call, "ec2", "DescribeVpcs", {"VpcIds": [vpc_id]})
        except ServiceError as error:
            if error.code.startswith("InvalidVpcID"):
                return f"The VPC {vpc_id} in region {call.region} that you provided is not a valid VPC."
            raise
        return None

    def create(self) -> str:
        """Return the id of a new hosted zone."""
        return "Z" + random_id(20, _ID_ALPHABET)
