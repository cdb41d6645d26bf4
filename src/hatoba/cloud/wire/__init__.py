"""AWS's wire protocols, in front of every service of the cloud.

::

    HTTP request ─ app ─ locate (which service, who signed?) ─ protocols.*.parse (bytes → params)
        ─ Dispatcher: constraints, validation, one transaction ─ the service's operation
        ─ protocols.*.answer (result → bytes), or .refuse (error → bytes)

    of others it asks by ``doors``: Credentials (sts), ExtraRoutes (server), Neighbourhood (neighbours)

Shapes, required members, errors and protocols are read from botocore's own service models. An operation
is a function of a :class:`Call` and its parameters that returns the members of its output shape, or
raises a :class:`ServiceError`. What has no function is refused by name, in the protocol's error shape.

Inside the cloud the same operations are called without HTTP, through :class:`Dispatcher`.
"""

from hatoba.cloud.wire.call import Call, Caller
from hatoba.cloud.wire.dispatch import Dispatcher, Invoke
from hatoba.cloud.wire.errors import (
    NotImplementedHere,
    ServiceError,
    UnknownOperation,
    ValidationError,
)
from hatoba.cloud.wire.operations import Operations, Params, Result

__all__ = [
    "Call",
    "Caller",
    "Dispatcher",
    "Invoke",
    "NotImplementedHere",
    "Operations",
    "Params",
    "Result",
    "ServiceError",
    "UnknownOperation",
    "ValidationError",
]
