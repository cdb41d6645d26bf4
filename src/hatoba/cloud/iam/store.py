"""IAM's tables, in the account's world without a region, and lookups in IAM's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.iam.catalogue import Catalogue
from hatoba.cloud.iam.errors import no_such_entity
from hatoba.cloud.iam.model import InstanceProfile, Policy, Role
from hatoba.cloud.wire.call import random_id

if TYPE_CHECKING:
    from hatoba.cloud.state import Scope, State

_UPPER_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Store:
    """Everything IAM keeps. ``get_*`` raises NoSuchEntity."""

    def __init__(self, state: State) -> None:
        self.roles = state.table("iam.role", Role)
        self.policies = state.table("iam.policy", Policy)
        self.profiles = state.table("iam.profile", InstanceProfile)
        self.catalogue = Catalogue()

    def get_role(self, scope: Scope, name: str) -> Role:
        """Return a role by its name."""
        role = self.roles.get(scope.globally(), name)
        if role is None:
            raise no_such_entity(f"The role with name {name} cannot be found.")
        return role

    def put_role(self, scope: Scope, role: Role) -> Role:
        """Keep a role."""
        return self.roles.put(scope.globally(), role)

    def list_roles(self, scope: Scope) -> tuple[Role, ...]:
        """Return the account's roles by name."""
        return self.roles.list(scope.globally())

    def find_policy(self, scope: Scope, arn: str) -> Policy | None:
        """Return a managed policy, the account's or AWS's own."""
        return self.catalogue.find(arn) or self.policies.get(scope.globally(), arn)

    def get_policy(self, scope: Scope, arn: str) -> Policy:
        """Return a managed policy."""
        policy = self.find_policy(scope, arn)
        if policy is None:
            raise no_such_entity(f"Policy {arn} was not found.")
        return policy

    def put_policy(self, scope: Scope, policy: Policy) -> Policy:
        """Keep a customer's policy."""
        return self.policies.put(scope.globally(), policy)

    def get_profile(self, scope: Scope, name: str) -> InstanceProfile:
        """Return an instance profile by its name."""
        profile = self.profiles.get(scope.globally(), name)
        if profile is None:
            raise no_such_entity(f"Instance Profile {name} cannot be found.")
        return profile

    def put_profile(self, scope: Scope, profile: InstanceProfile) -> InstanceProfile:
        """Keep an instance profile."""
        return self.profiles.put(scope.globally(), profile)

    def list_profiles(self, scope: Scope) -> tuple[InstanceProfile, ...]:
        """Return the account's instance profiles by name."""
        return self.profiles.list(scope.globally())


def unique_id(prefix: str) -> str:
    """Return a unique id as IAM gives: a prefix such as ``AROA``, and 17 characters."""
    return prefix + random_id(17, _UPPER_BASE32)
