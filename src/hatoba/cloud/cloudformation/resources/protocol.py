"""What a resource type offers to the engine, and what the engine offers to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hatoba.cloud.cloudformation.model import WaitSignal
    from hatoba.cloud.state import Scope

Properties: TypeAlias = Mapping[str, Any]
"""Resolved properties, named as in a template (PascalCase); values are JSON."""

TagForm = Literal["list", "map"]


def words(text: str) -> frozenset[str]:
    """Return the words of a text, for tables of names that read as prose."""
    return frozenset(text.split())


class Schema(msgspec.Struct, frozen=True):
    """What CloudFormation's registry says of a type.

    Attributes:
        type: Such as ``AWS::ECS::Cluster``.
        properties: All that are accepted.
        required: Those that must be given.
        create_only: Those whose change needs a new physical resource.
        attributes: What GetAtt can ask for.
        tags: The form of the tags; None where the type has none.
        tag_property: The property with the tags.
        is_open: Any property is accepted.
        refused: Properties that AWS has and hatoba does not implement; using one fails the resource by name.
        open_attributes: What GetAtt can ask for beside ``attributes``: all names that begin so.
        is_looked_into: Every update of the stack updates the resource, changed properties or not.
    """

    type: str
    properties: frozenset[str]
    required: frozenset[str] = frozenset()
    create_only: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    tags: TagForm | None = None
    tag_property: str = "Tags"
    is_open: bool = False
    refused: frozenset[str] = frozenset()
    open_attributes: str | None = None
    is_looked_into: bool = False

    def has_attribute(self, name: str) -> bool:
        """Say whether GetAtt can ask for it."""
        is_open = self.open_attributes is not None and name.startswith(self.open_attributes)
        return is_open or name in self.attributes


class Context(Protocol):
    """The stack and the resource that a handler works for, and its way to the other services."""

    @property
    def scope(self) -> Scope:
        """The stack's account and region."""

    @property
    def stack_name(self) -> str:
        """The stack's name."""

    @property
    def logical_id(self) -> str:
        """The resource's name in the template."""

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags the resource shall have: the stack's, its own, and AWS's system tags."""

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities that the stack's operation was given."""

    async def invoke(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation.

        Raises:
            ServiceError: As the service raises it; the engine words it as the resource's failure.
        """

    @property
    def token(self) -> str:
        """An idempotency token of 32 characters: the same for each try to make this physical resource."""

    def new_name(self, most: int = 255) -> str:
        """Return STACK-LOGICALID-RANDOM12, of at most ``most`` characters; the same on each call."""

    async def wait(self, kinds: tuple[str, ...], look: Callable[[], Awaitable[bool]], what: str) -> None:
        """Return as soon as ``look`` says True; it is asked again when a record of ``kinds`` changed.

        Raises:
            ResourceFailure: It took longer than any such thing may; ``what`` names it.
        """

    async def wait_up_to(
        self, seconds: float, kinds: tuple[str, ...], look: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Do as :meth:`wait` for so long, and return whether that was too short."""

    def nest(self, stack_id: str) -> None:
        """Note that a stack is nested in this one."""

    def open_handle(self) -> str:
        """Return an address that takes signals by HTTP PUT; the same on each call."""

    def signals(self, handle: str) -> tuple[WaitSignal, ...]:
        """Return what was told to an address."""

    def close_handle(self, handle: str) -> None:
        """Take signals there no more."""


class Handler(Protocol):
    """One resource type. A method may be called again after a crash; never twice at once for one resource."""

    @property
    def schema(self) -> Schema:
        """What is known of the type."""

    def check(self, properties: Properties) -> None:
        """Check properties below the first level, as far as no call is needed.

        Raises:
            PropertyFault: A property is unknown or of the wrong type.
        """

    async def create(self, context: Context, properties: Properties) -> str:
        """Make the physical resource by one call, and return its physical id.

        What it takes beyond that one call belongs in :meth:`settle`, so that whatever was made is known.
        """

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Make the rest and wait until it can be used. After create, after update, after a crash."""

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change the resource in place from ``old`` to ``new``; no create-only property differs."""

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Make the resource's tags ``context.tags``; ``old`` are those that the stack gave it before."""

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete the resource and wait until it is gone. One that is gone already is no error."""

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Return what GetAtt answers, by name; ``Ref`` where Ref is not the physical id."""
