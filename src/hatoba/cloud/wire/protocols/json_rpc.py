"""AWS JSON 1.0 and 1.1: everything in the body, the operation in ``X-Amz-Target``.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from botocore.model import StructureShape

from hatoba.cloud.wire.errors import ServiceError
from hatoba.cloud.wire.http import HttpResponse
from hatoba.cloud.wire.protocols import event_stream
from hatoba.cloud.wire.protocols.compiler import Misfit
from hatoba.cloud.wire.protocols.reader import TreeReader
from hatoba.cloud.wire.protocols.writer import TreeWriter, unknown_member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    from hatoba.cloud.wire.http import HttpRequest
    from hatoba.cloud.wire.protocols.fault import Fault


class PerService:
    """Compilers by service: shapes of different services may have the same name."""

    def __init__(self) -> None:
        self._readers: dict[str, TreeReader] = {}
        self._writers: dict[str, TreeWriter] = {}

    def reader(self, service: str) -> TreeReader:
        """Return the service's reader of trees."""
        found = self._readers.get(service)
        return found if found is not None else self._readers.setdefault(service, self.make_reader())

    def writer(self, service: str) -> TreeWriter:
        """Return the service's writer of trees."""
        found = self._writers.get(service)
        return found if found is not None else self._writers.setdefault(service, self.make_writer())

    def make_reader(self) -> TreeReader:
        """Make a reader."""
        return TreeReader()

    def make_writer(self) -> TreeWriter:
        """Make a writer."""
        return TreeWriter()


class JsonRpc(PerService):
    """The protocol ``json``, of either version."""

    def parse(
        self, request: HttpRequest, operation: OperationModel, _labels: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the parameters of the body."""
        tree = self.decode(request.content)
        shape = operation.input_shape
        if shape is None:
            return {}
        try:
            parameters: dict[str, Any] = self.reader(operation.service_model.service_name).of(shape)(tree)
        except Misfit as error:
            raise ServiceError("SerializationException", str(error)) from None
        return parameters

    def decode(self, body: bytes) -> object:
        """Return the body as a tree."""
        return decode_json(body)

    def answer(
        self, operation: OperationModel, result: Mapping[str, object], _request_id: str
    ) -> HttpResponse:
        """Return the result as JSON; nothing where the operation has no output."""
        shape = operation.output_shape
        if shape is None:
            expect_nothing(result)
            return HttpResponse(200, self._headers(operation.metadata), b"")
        writer = self.writer(operation.service_model.service_name)
        if operation.has_event_stream_output:
            return _streaming(shape, result, writer)
        tree = writer.of(shape)(result)
        return HttpResponse(200, self._headers(operation.metadata), msgspec.json.encode(tree))

    def refuse(self, fault: Fault, _request_id: str) -> HttpResponse:
        """Return the error, its type in ``__type``."""
        metadata = fault.service.metadata if fault.service else {}
        return HttpResponse(
            fault.status, self._headers(metadata), msgspec.json.encode(self.error_tree(fault))
        )

    def error_tree(self, fault: Fault) -> dict[str, Any]:
        """Return the members of an error and its type."""
        if fault.shape is None or fault.service is None:
            return {"__type": fault.name, "message": fault.message}
        members = self.writer(fault.service.service_name).of(fault.shape)(fault.members)
        has_message = any(name.lower() == "message" for name in members)
        return {"__type": fault.name, **members} | ({} if has_message else {"message": fault.message})

    @staticmethod
    def _headers(metadata: Mapping[str, str]) -> dict[str, str]:
        return {"content-type": f"application/x-amz-json-{metadata.get('jsonVersion', '1.1')}"}


def _streaming(shape: StructureShape, result: Mapping[str, object], writer: TreeWriter) -> HttpResponse:
    """Return a response whose one member is a stream of events."""
    [(name, events)] = result.items()
    member = shape.members.get(name)
    if not isinstance(member, StructureShape):
        raise unknown_member(shape, name)
    headers = {"content-type": event_stream.CONTENT_TYPE}
    return HttpResponse(200, headers, stream=event_stream.frames(events, member, writer))


def decode_json(body: bytes) -> object:
    """Decode a body, an empty one as no members.

    Raises:
        ServiceError: ``SerializationException``: it is no JSON.
    """
    if not body:
        return {}
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ServiceError("SerializationException", f"The body is no JSON: {error}.") from error


def expect_nothing(result: Mapping[str, object]) -> None:
    """Raise when an operation without output returned members."""
    if result:
        raise Misfit(f"the model has no output, the operation gave {', '.join(result)}")
