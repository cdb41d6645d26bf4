"""The table of what a service answers: operation name → function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from hatoba.cloud.wire.call import Call

Params = Mapping[str, Any]
"""Members of an input shape, already validated: str, int, float, bool, bytes, datetime, list, dict."""

Result = Mapping[str, object]
"""Members of an output shape. A member that is None is left out on the wire."""

Operation = Callable[["Call", Any], Result | Awaitable[Result]]

Guard = Callable[["Call", Params], None]
"""Raises a ServiceError for a call that is not to be answered."""

F = TypeVar("F", bound=Operation)


class Operations:
    """What one service answers, by AWS's operation names.

    A plain function runs in one state transaction: all of its writes are kept, or none. A coroutine
    function waits for the world first and opens its own transactions.
    """

    def __init__(self, service: str, *, strict_constraints: bool = False, guard: Guard | None = None) -> None:
        """Make an empty table.

        Args:
            service: botocore's name of the service, such as ``servicediscovery``.
            strict_constraints: Check lengths, ranges, patterns and enums before each call, in AWS's
                words; see :mod:`hatoba.cloud.wire.constraints`.
            guard: Looks at each call first, and may refuse it.
        """
        self.service = service
        self.strict_constraints = strict_constraints
        self.guard = guard
        self._by_name: dict[str, Operation] = {}

    def add(self, name: str, operation: Operation) -> None:
        """Answer the operation ``name`` by this function."""
        if name in self._by_name:
            raise ValueError(f"{self.service}.{name} has two functions")
        self._by_name[name] = operation

    def on(self, name: str) -> Callable[[F], F]:
        """Decorate the function that answers the operation ``name``."""

        def register(operation: F) -> F:
            self.add(name, operation)
            return operation

        return register

    def get(self, name: str) -> Operation | None:
        """Return the function for ``name``, or None where it is not implemented."""
        return self._by_name.get(name)

    def names(self) -> tuple[str, ...]:
        """Return the implemented operations, sorted."""
        return tuple(sorted(self._by_name))
