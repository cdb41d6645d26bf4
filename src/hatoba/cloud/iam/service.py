"""IAM as one service of the cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.iam.api.linked_roles import LinkedRoles
from hatoba.cloud.iam.api.policies import Policies
from hatoba.cloud.iam.api.profiles import InstanceProfiles
from hatoba.cloud.iam.api.role_policies import RolePolicies
from hatoba.cloud.iam.api.roles import Roles
from hatoba.cloud.iam.api.users import Users
from hatoba.cloud.iam.store import Store
from hatoba.cloud.wire import Operations

if TYPE_CHECKING:
    from hatoba.cloud.world import Loop, World


class Iam:
    """AWS IAM: roles, their policies, managed policies, instance profiles."""

    def __init__(self, world: World) -> None:
        store = Store(world.state)
        roles = Roles(store)
        self._operations = Operations("iam", strict_constraints=True)
        for noun in (
            roles,
            RolePolicies(store, roles),
            Policies(store),
            InstanceProfiles(store, roles),
            LinkedRoles(store),
            Users(),
        ):
            noun.register(self._operations)

    @property
    def operations(self) -> Operations:
        """What it answers."""
        return self._operations

    def loops(self) -> tuple[Loop, ...]:
        """Return no loops: nothing in IAM happens by itself."""
        return ()

    async def close(self) -> None:
        """Release nothing."""
