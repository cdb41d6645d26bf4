"""AWS Query and EC2 Query: a form in, XML out.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire.errors import ValidationError
from hatoba.cloud.wire.http import HttpResponse
from hatoba.cloud.wire.models import invalid_code
from hatoba.cloud.wire.protocols.compiler import Misfit
from hatoba.cloud.wire.protocols.form import Ec2FormReader, FormReader, form_tree
from hatoba.cloud.wire.protocols.json_rpc import expect_nothing
from hatoba.cloud.wire.protocols.xml import Ec2XmlWriter, XmlWriter, escaped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    from hatoba.cloud.wire.http import HttpRequest
    from hatoba.cloud.wire.protocols.fault import Fault

_HEADERS = {"content-type": "text/xml"}

_OF_SIGNATURE_2 = {
    "AWSAccessKeyId",
    "SignatureVersion",
    "SignatureMethod",
    "Signature",
    "Timestamp",
    "Expires",
}
_NOT_PARAMETERS = frozenset({"Action", "Version", "SecurityToken"} | _OF_SIGNATURE_2)


class Query:
    """The protocol ``query``."""

    def __init__(self) -> None:
        self._readers: dict[str, FormReader] = {}
        self._writers: dict[str, XmlWriter] = {}

    def make_reader(self) -> FormReader:
        """Make a reader of forms."""
        return FormReader()

    def make_writer(self) -> XmlWriter:
        """Make a writer of XML."""
        return XmlWriter()

    def reader(self, service: str) -> FormReader:
        """Return the service's reader of forms."""
        found = self._readers.get(service)
        return found if found is not None else self._readers.setdefault(service, self.make_reader())

    def writer(self, service: str) -> XmlWriter:
        """Return the service's writer of XML."""
        found = self._writers.get(service)
        return found if found is not None else self._writers.setdefault(service, self.make_writer())

    def parse(
        self, request: HttpRequest, operation: OperationModel, _labels: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the parameters of the form."""
        service = operation.service_model.service_name
        fields = [
            (name, value)
            for name, value in request.form_items
            if name not in _NOT_PARAMETERS and not name.startswith("X-Amz-")
        ]
        try:
            tree = form_tree(fields)
            shape = operation.input_shape
            if shape is None:
                return {}
            parameters: dict[str, Any] = self.reader(service).of(shape)(tree)
        except Misfit as error:
            raise ValidationError(str(error), invalid_code(service)) from None
        return parameters

    def answer(
        self, operation: OperationModel, result: Mapping[str, object], request_id: str
    ) -> HttpResponse:
        """Return the result in its wrapper, with the request's id."""
        namespace = escaped(operation.metadata.get("xmlNamespace", ""))
        out = [f'<{operation.name}Response xmlns="{namespace}">']
        shape = operation.output_shape
        if shape is None:
            expect_nothing(result)
        else:
            wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
            self.writer(operation.service_model.service_name).of(shape)(result, wrapper, out)
        out.append(
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation.name}Response>"
        )
        return HttpResponse(operation.http.get("responseCode", 200), _HEADERS, "".join(out).encode())

    def refuse(self, fault: Fault, request_id: str) -> HttpResponse:
        """Return an ErrorResponse."""
        namespace = escaped(fault.service.metadata.get("xmlNamespace", "")) if fault.service else ""
        blame = "Sender" if fault.is_the_senders else "Receiver"
        body = (
            f'<ErrorResponse xmlns="{namespace}"><Error><Type>{blame}</Type>'
            f"<Code>{escaped(fault.code)}</Code><Message>{escaped(fault.message)}</Message>"
            f"{self._members(fault)}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return HttpResponse(fault.status, _HEADERS, body.encode())

    def _members(self, fault: Fault) -> str:
        if fault.shape is None or fault.service is None:
            return ""
        further = {name: value for name, value in fault.members.items() if name.lower() != "message"}
        if not further:
            return ""
        out: list[str] = []
        self.writer(fault.service.service_name).of(fault.shape)(further, "Members", out)
        return "".join(out[1:-1])


class Ec2Query(Query):
    """The protocol ``ec2``: no wrapper, ``requestId`` first."""

    def make_reader(self) -> FormReader:
        """Make a reader of EC2's forms."""
        return Ec2FormReader()

    def make_writer(self) -> XmlWriter:
        """Make a writer of EC2's XML."""
        return Ec2XmlWriter()

    def answer(
        self, operation: OperationModel, result: Mapping[str, object], request_id: str
    ) -> HttpResponse:
        """Return the members beside the request's id; ``return`` where the operation has no output."""
        namespace = escaped(operation.metadata.get("xmlNamespace", ""))
        tag = f"{operation.name}Response"
        out: list[str] = []
        shape = operation.output_shape
        if shape is None:
            expect_nothing(result)
            out = ["", "<return>true</return>", f"</{tag}>"]
        else:
            self.writer(operation.service_model.service_name).of(shape)(result, tag, out)
        out[0] = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag} xmlns="{namespace}/">'
            f"<requestId>{request_id}</requestId>"
        )
        headers = {"content-type": "text/xml;charset=UTF-8"}
        return HttpResponse(operation.http.get("responseCode", 200), headers, "".join(out).encode())

    def refuse(self, fault: Fault, request_id: str) -> HttpResponse:
        """Return a Response with Errors."""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{escaped(fault.code)}</Code><Message>{escaped(fault.message)}</Message>"
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
        return HttpResponse(fault.status, {"content-type": "text/xml;charset=UTF-8"}, body.encode())
