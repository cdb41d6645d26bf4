"""Which resource types there are, and the check that every one of them begins with."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources.identifiers import IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Handler, Properties
    from hatoba.cloud.cloudformation.resources.readers import Reader


class Registry:
    """Handlers and readers by type name; hatoba's own are loaded with the first that is asked for."""

    def __init__(
        self,
        handlers: Iterable[Handler] | None = None,
        readers: Mapping[str, Reader] | None = None,
        identifiers: Mapping[str, tuple[str, ...]] = IDENTIFIERS,
    ) -> None:
        self._handlers = handlers
        self._given_readers = readers
        self._identifiers = identifiers

    @cached_property
    def _by_type(self) -> Mapping[str, Handler]:
        handlers = self._handlers
        if handlers is None:
            from hatoba.cloud.cloudformation.resources.catalogue import HANDLERS

            handlers = HANDLERS
        return {handler.schema.type: handler for handler in handlers}

    @cached_property
    def _readers(self) -> Mapping[str, Reader]:
        if self._given_readers is not None:
            return self._given_readers
        from hatoba.cloud.cloudformation.resources.readers import READERS

        return READERS

    def reader(self, type_name: str) -> Reader | None:
        """Return what reads resources of a type back, or None where nothing does."""
        return self._readers.get(type_name)

    @staticmethod
    def write_only(type_name: str) -> frozenset[str]:
        """Return the properties of a type that cannot be read back."""
        from hatoba.cloud.cloudformation.resources.readers import WRITE_ONLY

        return WRITE_ONLY.get(type_name, frozenset())

    def get(self, type_name: str) -> Handler | None:
        """Return the handler of a type, or None where there is none."""
        return self._by_type.get(type_name)

    def handler(self, type_name: str) -> Handler:
        """Return the handler of a type that is known to exist: it was checked before the operation began."""
        return self._by_type[type_name]

    def identifier(self, type_name: str) -> tuple[str, ...] | None:
        """Return what names a resource of a type that can be imported; None where it cannot."""
        return self._identifiers.get(type_name)

    def unknown(self, type_names: Iterable[str]) -> tuple[str, ...]:
        """Return the types there is no handler for, sorted."""
        return tuple(sorted({name for name in type_names if name not in self._by_type}))


def check(handler: Handler, properties: Properties) -> None:
    """Check properties before any call is made.

    Raises:
        PropertyFault: One is unknown, missing, of the wrong type or not implemented.
    """
    schema = handler.schema
    for name in properties:
        if name in schema.refused:
            raise PropertyFault(
                "#", f"property [{name}] of {schema.type} is not implemented by hatoba's local cloud"
            )
        if name not in schema.properties and not schema.is_open:
            raise PropertyFault("#", f"extraneous key [{name}] is not permitted")
    for name in sorted(schema.required):
        if name not in properties:
            raise PropertyFault("#", f"required key [{name}] not found")
    handler.check(properties)
