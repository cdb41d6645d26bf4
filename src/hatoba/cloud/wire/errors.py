"""Errors that reach a client, as AWS names them.

::

    ServiceError              a code, a message, members of its own; an HTTP status
    ├── ValidationError       the parameters do not fit the operation's input shape
    ├── UnknownOperation      no such operation in the service's model
    └── NotImplementedHere    AWS has it, hatoba has not; said by name

Code raises them; :mod:`hatoba.cloud.wire.app` alone turns them into bytes.
"""

from __future__ import annotations


class ServiceError(Exception):
    """An error of a service, in AWS's words.

    Args:
        code: The code that clients match on, such as ``ClusterNotFoundException``.
        message: AWS's text where a fact gives it, else where, what, and what to try.
        status: HTTP status; None takes the one of the service's model, 400 where it has none.
        members: Further members of the modelled error shape, such as ``resourceIds``.
    """

    def __init__(
        self, code: str, message: str, *, status: int | None = None, members: dict[str, object] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members: dict[str, object] = members or {}


class ValidationError(ServiceError):
    """The parameters do not fit the operation's input shape; each service has its own code for it."""

    def __init__(self, message: str, code: str = "ValidationException") -> None:
        super().__init__(code, message, status=400)


class UnknownOperation(ServiceError):
    """The service's model has no such operation."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__("UnknownOperationException", f"{service} has no operation {operation}.", status=400)


class NotImplementedHere(ServiceError):
    """AWS has it, hatoba has not. The answer names it and never pretends success."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "NotImplementedException",
            f"{what} is not implemented by hatoba's local cloud. docs/coverage.md lists what is.",
            status=400,
        )
