"""Smithy RPC v2 CBOR: what newer SDKs prefer where a service offers it, as Cloud Map does.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cbor2

from hatoba.cloud.wire.errors import NotImplementedHere, ServiceError
from hatoba.cloud.wire.http import HttpResponse
from hatoba.cloud.wire.protocols.json_rpc import JsonRpc, expect_nothing
from hatoba.cloud.wire.protocols.writer import TreeWriter, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from botocore.model import OperationModel

    from hatoba.cloud.wire.http import HttpRequest
    from hatoba.cloud.wire.protocols.fault import Fault

_HEADERS = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}


class CborWriter(TreeWriter):
    """Writes what CBOR has and JSON has not: bytes, tagged timestamps, every float."""

    def write_float(self, value: object) -> Any:
        """Return the number, an infinite one too."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(value, "a number")
        return float(value)

    def write_blob(self, value: object) -> Any:
        """Return the bytes."""
        if not isinstance(value, bytes):
            raise wrong(value, "bytes")
        return value

    def write_timestamp(self, value: datetime, form: str) -> Any:
        """Return epoch seconds under tag 1, whatever form the model names."""
        del form
        return cbor2.CBORTag(1, round(value.timestamp(), 3))


class CborRpc(JsonRpc):
    """The protocol ``smithy-rpc-v2-cbor``."""

    def make_writer(self) -> TreeWriter:
        """Make a writer of CBOR trees."""
        return CborWriter()

    def parse(
        self, request: HttpRequest, operation: OperationModel, labels: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the parameters of the body."""
        if operation.has_event_stream_output:
            raise NotImplementedHere(f"{operation.name} as a stream of CBOR events")
        return super().parse(request, operation, labels)

    def decode(self, body: bytes) -> object:
        """Return the body as a tree."""
        return _decode(body)

    def answer(
        self, operation: OperationModel, result: Mapping[str, object], _request_id: str
    ) -> HttpResponse:
        """Return the result as CBOR; an empty body where the operation has no output."""
        shape = operation.output_shape
        if shape is None:
            expect_nothing(result)
            return HttpResponse(200, {"smithy-protocol": "rpc-v2-cbor"}, b"")
        tree = self.writer(operation.service_model.service_name).of(shape)(result)
        return HttpResponse(200, _HEADERS, cbor2.dumps(tree))

    def refuse(self, fault: Fault, _request_id: str) -> HttpResponse:
        """Return the error, its shape's full name in ``__type``."""
        tree = self.error_tree(fault)
        if fault.service is not None:
            tree["__type"] = f"com.amazonaws.{fault.service.service_name}#{fault.name}"
        return HttpResponse(fault.status, _HEADERS, cbor2.dumps(tree))


def _decode(body: bytes) -> object:
    if not body:
        return {}
    try:
        return cbor2.loads(body)
    except (cbor2.CBORDecodeError, RecursionError, ValueError, OverflowError, TypeError) as error:
        raise ServiceError("SerializationException", f"The body is no CBOR: {error}.") from error
