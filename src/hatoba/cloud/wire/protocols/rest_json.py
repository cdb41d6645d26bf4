"""REST-JSON: parameters in the path, the query string, headers and a JSON body.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hatoba.cloud.wire.errors import ServiceError
from hatoba.cloud.wire.http import NO_CONTENT, HttpResponse
from hatoba.cloud.wire.protocols.compiler import Misfit
from hatoba.cloud.wire.protocols.json_rpc import JsonRpc, decode_json, expect_nothing
from hatoba.cloud.wire.protocols.rest_members import output_headers, output_status, outside_body
from hatoba.cloud.wire.protocols.writer import wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, Shape, StructureShape

    from hatoba.cloud.wire.http import HttpRequest
    from hatoba.cloud.wire.protocols.fault import Fault

_HEADERS = {"content-type": "application/json"}


class RestJson(JsonRpc):
    """The protocol ``rest-json``."""

    def parse(
        self, request: HttpRequest, operation: OperationModel, labels: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the parameters from wherever the model puts each."""
        shape = operation.input_shape
        if shape is None:
            return {}
        try:
            return {**self._body(request, operation, shape), **outside_body(request, shape, labels)}
        except Misfit as error:
            raise ServiceError("BadRequestException", f"Invalid request input: {error}") from None

    def _body(self, request: HttpRequest, operation: OperationModel, shape: StructureShape) -> dict[str, Any]:
        reader = self.reader(operation.service_model.service_name)
        payload = shape.serialization.get("payload")
        if payload is None:
            if all("location" in member.serialization for member in shape.members.values()):
                return {}
            members: dict[str, Any] = reader.of(shape)(decode_json(request.content))
            return members
        member = shape.members[payload]
        if member.type_name == "blob":
            return {payload: request.content} if request.content else {}
        if member.type_name == "string":
            return {payload: request.content.decode()} if request.content else {}
        return {payload: reader.of(member)(decode_json(request.content))} if request.content else {}

    def answer(
        self, operation: OperationModel, result: Mapping[str, object], _request_id: str
    ) -> HttpResponse:
        """Return the result with the status that the model gives."""
        status = operation.http.get("responseCode", 200)
        shape = operation.output_shape
        if shape is None:
            expect_nothing(result)
            return HttpResponse(status, _HEADERS if status != NO_CONTENT else {}, b"")
        headers = output_headers(shape, result)
        status = output_status(shape, result) or status
        payload = shape.serialization.get("payload")
        writer = self.writer(operation.service_model.service_name)
        if payload is None:
            body = msgspec.json.encode(writer.of(shape)(result))
            return HttpResponse(status, {**_HEADERS, **headers}, body)
        writer.of(shape)({name: value for name, value in result.items() if name != payload})
        kind, body = self._payload(shape.members[payload], result.get(payload), operation)
        return HttpResponse(status, {"content-type": kind, **headers}, body)

    def _payload(self, member: Shape, value: object, operation: OperationModel) -> tuple[str, bytes]:
        match member.type_name:
            case "blob":
                if not isinstance(value, bytes | None):
                    raise wrong(value, "bytes")
                return "application/octet-stream", value or b""
            case "string":
                return "text/plain", str(value or "").encode()
            case _:
                if value is None:
                    return "application/json", b""
                tree = self.writer(operation.service_model.service_name).of(member)(value)
                return "application/json", msgspec.json.encode(tree)

    def refuse(self, fault: Fault, _request_id: str) -> HttpResponse:
        """Return the error, its type in the header that clients read first, and in the body."""
        headers = {**_HEADERS, "x-amzn-errortype": fault.name}
        if fault.shape is not None:
            headers |= output_headers(fault.shape, fault.members)
        return HttpResponse(fault.status, headers, msgspec.json.encode(self.error_tree(fault)))
