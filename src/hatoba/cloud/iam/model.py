"""What IAM keeps: frozen records. Policy documents are kept as the text that was sent."""

from __future__ import annotations

import msgspec


class Role(msgspec.Struct, frozen=True):
    """A role with its policies: ``inline`` by name, ``attached`` by ARN in the order of attaching."""

    name: str
    path: str
    role_id: str
    arn: str
    created_at: float
    trust: str
    description: str | None = None
    max_session_s: int = 3600
    boundary: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    inline: dict[str, str] = msgspec.field(default_factory=dict)
    attached: tuple[str, ...] = ()
    is_service_linked: bool = False

    @property
    def key(self) -> str:
        """Its name."""
        return self.name


class PolicyVersion(msgspec.Struct, frozen=True):
    """One version of a managed policy, such as ``v1``."""

    version_id: str
    document: str
    created_at: float


class Policy(msgspec.Struct, frozen=True):
    """A managed policy, a customer's or AWS's own."""

    arn: str
    name: str
    path: str
    policy_id: str
    created_at: float
    updated_at: float
    versions: tuple[PolicyVersion, ...]
    default_version: str = "v1"
    last_number: int = 1
    description: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    is_aws_managed: bool = False

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn

    def version(self, version_id: str) -> PolicyVersion | None:
        """Return a version by its id."""
        return next((version for version in self.versions if version.version_id == version_id), None)


class InstanceProfile(msgspec.Struct, frozen=True):
    """An instance profile, which holds one role at the most."""

    name: str
    path: str
    profile_id: str
    arn: str
    created_at: float
    roles: tuple[str, ...] = ()
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its name."""
        return self.name
