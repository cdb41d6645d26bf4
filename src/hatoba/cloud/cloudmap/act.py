"""Where Cloud Map touches the world: the VPC it asks EC2 for, and the hosted zones that Route 53 shows.

Cloud Map's own records are the truth; Route 53's are made of them when it is asked, so a namespace costs
nothing there while nobody looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.control.hosted_zone import hosted_zone
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.call import random_id

if TYPE_CHECKING:
    from hatoba.cloud.cloudmap.store import Store
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import HostedZone, World

_ID_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class HostedZones:
    """The hosted zones behind DNS namespaces; a :class:`hatoba.cloud.world.HostedZones`."""

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store

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

    def hosted_zones(self, account: str) -> tuple[HostedZone, ...]:
        """Return all of an account's; see :class:`hatoba.cloud.world.HostedZones`."""
        return tuple(
            hosted_zone(
                scope.region,
                namespace,
                [
                    (service, self._store.instances_of(scope, service.id))
                    for service in self._store.services_in(scope, namespace.id)
                ],
            )
            for scope, namespace in self._store.namespaces.everywhere()
            if scope.account == account and namespace.has_dns
        )
