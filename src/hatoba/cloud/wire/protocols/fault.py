"""A :class:`ServiceError` brought together with what the service's model says about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from botocore.model import StructureShape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import ServiceModel

    from hatoba.cloud.wire.errors import ServiceError

BAD_REQUEST = 400
SERVER_ERROR = 500


class Fault(msgspec.Struct, frozen=True):
    """An error as a protocol writes it.

    Attributes:
        name: The error shape's name, which JSON and CBOR clients match on.
        code: The error trait's code, which Query clients match on; often the same.
        members: The error shape's members, its message among them.
        shape: The error shape; None for an error that the model does not know.
    """

    name: str
    code: str
    message: str
    status: int
    members: Mapping[str, object]
    shape: StructureShape | None
    service: ServiceModel | None

    @property
    def is_the_senders(self) -> bool:
        """Whether the client is at fault."""
        return self.status < SERVER_ERROR


def fault_of(error: ServiceError, service: ServiceModel | None) -> Fault:
    """Find the error's shape by its name or code, and from it the status and the message's spelling."""
    shape = _shape_of(error.code, service)
    name, code = (shape.name, shape.error_code) if shape is not None else (error.code, error.code)
    message_member = "message"
    if shape is not None:
        message_member = next((m for m in shape.members if m.lower() == "message"), "")
    members = dict(error.members)
    if message_member:
        members[message_member] = error.message
    status = error.status or _status_of(shape)
    return Fault(name, code, error.message, status, members, shape, service)


def _shape_of(code: str, service: ServiceModel | None) -> StructureShape | None:
    if service is None:
        return None
    for shape in service.error_shapes:
        if isinstance(shape, StructureShape) and code in {shape.name, shape.error_code}:
            return shape
    return None


def _status_of(shape: StructureShape | None) -> int:
    if shape is None:
        return BAD_REQUEST
    trait = shape.metadata.get("error", {})
    traits: Mapping[str, object] = getattr(shape, "_shape_model", {})  # botocore keeps ``fault`` to itself
    status: int = trait.get("httpStatusCode", SERVER_ERROR if traits.get("fault") else BAD_REQUEST)
    return status
