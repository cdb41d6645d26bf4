"""From an operation's name and parameters to its result: the one way into a service."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from hatoba.cloud.wire import constraints
from hatoba.cloud.wire.errors import NotImplementedHere, UnknownOperation
from hatoba.cloud.wire.models import check_params, operation_model

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from hatoba.cloud.wire.call import Call
    from hatoba.cloud.wire.operations import Operations, Result


class Invoke(Protocol):
    """How one part of the cloud calls an operation of another, by AWS's API but without HTTP."""

    async def __call__(
        self, call: Call, service: str, operation: str, params: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the operation's output members.

        Args:
            call: On whose behalf: its scope, caller and time are kept.
            service: botocore's name of the service, such as ``servicediscovery``.
            operation: AWS's name of the operation.
            params: Members of the input shape.

        Raises:
            ServiceError: As the service raises it.
        """


Elsewhere = Callable[["Call", Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Answers the operations of services that are not ours."""


class Dispatcher:
    """Finds the function for an operation and runs it: validation before, one transaction around."""

    def __init__(
        self,
        services: Mapping[str, Operations],
        transaction: Callable[[], AbstractContextManager[None]],
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.services = dict(services)
        self._transaction = transaction
        self._elsewhere = elsewhere

    def serves(self, service: str) -> bool:
        """Say whether the service is one of ours."""
        return service in self.services

    async def __call__(
        self, call: Call, service: str, operation: str, params: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Run an operation for a part of the cloud; see :class:`Invoke`."""
        inner = call.of(service, operation)
        if service not in self.services:
            if self._elsewhere is None:
                raise UnknownOperation(service, operation)
            return await self._elsewhere(inner, params)
        return await self.run(inner, params)

    async def run(self, call: Call, params: Mapping[str, Any]) -> Result:
        """Validate the parameters of one of our services' operations and answer it.

        Raises:
            UnknownOperation: AWS has no such operation.
            ValidationError: The parameters do not fit.
            NotImplementedHere: AWS has it, this cloud has not.
            ServiceError: As the operation raises it.
        """
        model = operation_model(call.service, call.operation)
        operations = self.services[call.service]
        function = operations.get(call.operation)
        if function is None:
            raise NotImplementedHere(f"{call.service}:{call.operation}")
        if operations.strict_constraints:
            constraints.check(model, params)
        check_params(model, dict(params))
        if operations.guard is not None:
            operations.guard(call, params)
        if inspect.iscoroutinefunction(function):
            result: Result = await function(call, params)
            return result
        with self._transaction():
            answer = function(call, params)
        assert not isinstance(answer, Awaitable)
        return answer
