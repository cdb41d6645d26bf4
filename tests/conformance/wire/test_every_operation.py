"""Every operation of our services' models: read and written whole, refused by name when it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.model import StructureShape

from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.cloud.wire.directory import LISTINGS
from hatoba.cloud.wire.models import operation_model, service_model
from tests.unit.wire.botocore_side import app_of, exchange
from tests.unit.wire.samples import TEXT, sample

SPOKEN = [(listing.service, protocol) for listing in LISTINGS for protocol in listing.protocols]


class Echo:
    """Answers every operation of a service with a sample of its output, and keeps what came in."""

    def __init__(self, service: str) -> None:
        self.table = Operations(service)
        self.received: Mapping[str, Any] = {}
        for name in service_model(service).operation_names:
            self.table.add(name, self.answer)

    def answer(self, call: Call, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self.received = params
        return output_sample(call.service, call.operation)


def output_sample(service: str, operation: str) -> dict[str, Any]:
    shape = operation_model(service, operation).output_shape
    return {} if shape is None else sample(shape)


def input_sample(service: str, operation: str, *, required_only: bool = False) -> dict[str, Any]:
    shape = operation_model(service, operation).input_shape
    return {} if shape is None else sample(shape, required_only=required_only)


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_every_member_goes_over_the_wire_and_back(service: str, protocol: str) -> None:
    echo = Echo(service)
    app = app_of([echo.table])
    for operation in service_model(service).operation_names:
        if operation_model(service, operation).has_event_stream_output:
            continue
        sent = input_sample(service, operation)
        response, answer = exchange(app, service, operation, sent, protocol)
        assert response.status < 300, (operation, response.body)
        assert echo.received == sent, operation
        assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == response.status
        if operation == "ExportApi":  # botocore gives a payload of bytes as text
            answer["body"] = answer["body"].encode()
        assert answer == output_sample(service, operation), operation


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_what_is_not_implemented_is_refused_by_name(service: str, protocol: str) -> None:
    app = app_of([Operations(service)])
    for operation in service_model(service).operation_names:
        sent = input_sample(service, operation, required_only=True)
        response, answer = exchange(app, service, operation, sent, protocol)
        assert 400 <= response.status < 500
        assert answer["Error"]["Code"] == "NotImplementedException", operation
        assert f"{service}:{operation} is not implemented" in answer["Error"]["Message"]
        if protocol != "smithy-rpc-v2-cbor":  # botocore's parser of CBOR drops it
            assert answer["ResponseMetadata"]["RequestId"] == response.headers["x-amzn-requestid"]


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_every_modelled_error_keeps_its_status_and_members(service: str, protocol: str) -> None:
    raised: list[ServiceError] = []

    def fail(_call: Call, _params: object) -> Mapping[str, Any]:
        raise raised[-1]

    table = Operations(service)
    for name in service_model(service).operation_names:
        table.add(name, fail)
    app = app_of([table])
    seen: set[str] = set()
    for operation in service_model(service).operation_names:
        for shape in operation_model(service, operation).error_shapes:
            if shape.name in seen:
                continue
            seen.add(shape.name)
            assert isinstance(shape, StructureShape)
            members = {name: value for name, value in sample(shape).items() if name.lower() != "message"}
            raised.append(ServiceError(shape.name, TEXT, members=members))
            response, answer = exchange(app, service, operation, input_sample(service, operation), protocol)
            error = answer["Error"]
            assert error["Code"] == (shape.error_code if protocol in {"query", "ec2"} else shape.name)
            assert error["Message"] == TEXT
            assert response.status == shape.metadata.get("error", {}).get("httpStatusCode", response.status)
            assert response.status in {400, 500} or "error" in shape.metadata
            for name, value in members.items():
                assert answer[name] == value, (operation, shape.name)
