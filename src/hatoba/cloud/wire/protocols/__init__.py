"""AWS's protocols, one module each: bytes to parameters, a result or an error to bytes.

::

    json_rpc   JSON 1.0, 1.1      ─┐
    rest_json  REST-JSON          ─┼─ reader (tree → parameters), writer (result → tree)
    cbor       Smithy RPC v2 CBOR ─┘
    query      Query, EC2 Query   ─── form (fields → parameters), xml (result → elements)

Each reads the shapes of botocore's models once and keeps the functions it made of them (``compiler``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from hatoba.cloud.wire.protocols.cbor import CborRpc
from hatoba.cloud.wire.protocols.compiler import Misfit
from hatoba.cloud.wire.protocols.fault import Fault, fault_of
from hatoba.cloud.wire.protocols.json_rpc import JsonRpc
from hatoba.cloud.wire.protocols.query import Ec2Query, Query
from hatoba.cloud.wire.protocols.rest_json import RestJson
from hatoba.cloud.wire.protocols.rest_routes import RestRoutes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    from hatoba.cloud.wire.http import HttpRequest, HttpResponse

__all__ = ["Fault", "Misfit", "RestRoutes", "WireProtocol", "all_protocols", "fault_of"]


class WireProtocol(Protocol):
    """How one protocol says what botocore's models mean."""

    def parse(
        self, request: HttpRequest, operation: OperationModel, labels: Mapping[str, str], /
    ) -> dict[str, Any]:
        """Return the parameters of a request, not yet validated.

        Args:
            request: The request as it came.
            operation: Which operation it is for.
            labels: URI labels, decoded; only REST protocols have them.

        Raises:
            ServiceError: The request cannot be read as the operation's input shape.
        """

    def answer(
        self, operation: OperationModel, result: Mapping[str, object], request_id: str, /
    ) -> HttpResponse:
        """Return a result's bytes.

        Raises:
            Misfit: The result is not of the operation's output shape: a bug of the operation.
        """

    def refuse(self, fault: Fault, request_id: str, /) -> HttpResponse:
        """Return an error's bytes."""


def all_protocols() -> dict[str, WireProtocol]:
    """Make every protocol, by botocore's names. Of REST-XML there are only errors, which are like Query's."""
    query = Query()
    return {
        "json": JsonRpc(),
        "rest-json": RestJson(),
        "query": query,
        "rest-xml": query,
        "ec2": Ec2Query(),
        "smithy-rpc-v2-cbor": CborRpc(),
    }
