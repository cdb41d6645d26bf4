"""What most resource types have in common."""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hatoba.cloud.cloudformation.errors import ResourceFailure
from hatoba.cloud.cloudformation.resources import convert, tags
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties, Schema

TAGS = frozenset({"Tags"})


class Base:
    """A type of one service. Subclasses say what they are by class variables, and override what differs.

    ``creates`` is the operation whose input shape the properties follow; ``special`` are the properties
    that do not, which the subclass turns into parameters itself.
    """

    schema: ClassVar[Schema]
    service: ClassVar[str]
    creates: ClassVar[str]
    special: ClassVar[frozenset[str]] = frozenset()

    def params(self, properties: Properties) -> dict[str, Any]:
        """Return the creating operation's parameters, without the special ones and the tags."""
        return convert.to_params(self.service, self.creates, properties, leave_out=self.special | TAGS)

    def check(self, properties: Properties) -> None:
        """Check the properties against the creating operation's shape."""
        self.params(properties)

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Nothing more to do: the creating call did it all."""

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Refuse: nothing but tags can be changed in place."""
        raise ResourceFailure(f"{self.schema.type} {physical_id}: this change is not supported in place.")

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Nothing: the type has no tags."""

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Nothing to ask for but Ref."""
        return {}

    def tags(self, context: Context) -> dict[str, str]:
        """Return the tags that the service may be given."""
        return tags.for_service(self.service, context.tags)

    async def call(self, context: Context, operation: str, /, **params: Any) -> Mapping[str, Any]:
        """Call an operation of the type's own service."""
        return await context.invoke(self.service, operation, params)

    async def call_unless(
        self, gone: frozenset[str], context: Context, operation: str, /, **params: Any
    ) -> Mapping[str, Any] | None:
        """Call an operation; None where its error says that what it is about does not exist."""
        try:
            return await context.invoke(self.service, operation, params)
        except ServiceError as error:
            if error.code in gone:
                return None
            raise


def resets(service: str, operation: str, old: Properties, new: Properties) -> dict[str, Any]:
    """Return what un-sets removed properties, for operations that leave absent members alone."""
    shape = convert.input_shape(service, operation)
    empty: dict[str, Any] = {"string": "", "list": [], "map": {}, "boolean": False}
    members = {name.lower(): (name, member) for name, member in shape.members.items()}
    result: dict[str, Any] = {}
    for name in old:
        if name not in new and name.lower() in members:
            member, inner = members[name.lower()]
            if inner.type_name in empty:
                result[member] = empty[inner.type_name]
    return result
