"""botocore's protocol test vectors, run backwards. What is left out is named, with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import StructureShape

from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.protocols import RestRoutes, all_protocols, fault_of
from tests.conformance.wire.vectors import Vector, as_python, as_vector, vectors
from tests.unit.wire.botocore_side import parsed

PROTOCOLS = all_protocols()

TOKEN = "the token is filled in by the client; the server reads it"
EMPTY = "what is empty or null is not sent, so the server cannot know that it was given"
PARSERS_LIMIT = "botocore's own list leaves it out too: its parser does not read this"

INPUTS_LEFT_OUT = {
    "Ec2ProtocolIdempotencyTokenAutoFill": TOKEN,
    "QueryProtocolIdempotencyTokenAutoFill": TOKEN,
    "RestJsonQueryIdempotencyTokenAutoFill": TOKEN,
    "Ec2EmptyQueryLists": EMPTY,
    "QueryEmptyQueryMaps": EMPTY,
    "AwsJson11StructuresDontSerializeNullValues": EMPTY,
    "RestJsonHttpPrefixHeadersAreNotPresent": EMPTY,
    "RestJsonNullAndEmptyHeaders": EMPTY,
    "RestJsonOmitsNullQuery": EMPTY,
    "RestJsonOmitsEmptyListQueryValues": EMPTY,
    "RestJsonDoesntSerializeNullStructureValues": EMPTY,
    "RestJsonHttpWithEmptyStructurePayload": EMPTY,
    "RestJsonHttpWithHeadersButNoPayload": EMPTY,
    "RpcV2CborClientDoesntSerializeNullStructureValues": EMPTY,
    "RestJsonHostWithPath": "the path in front is the client's endpoint",
    "RestJsonQueryParamsStringListMap": "a server reads every name of the query into the map, as others show",
    "RestJsonQueryPrecedence": "which of two values of one name is sent is the client's decision",
    "MediaTypeHeaderInputBase64": "the header is given to the operation as the JSON value, not as its text",
}

OUTPUTS_LEFT_OUT = {
    "Ec2ComplexError": PARSERS_LIMIT,
    "Ec2XmlLists": PARSERS_LIMIT,
    "QueryXmlLists": PARSERS_LIMIT,
    "RestJsonHttpPayloadTraitsWithNoBlobBody": PARSERS_LIMIT,
    "RestJsonHttpPayloadWithUnsetUnion": PARSERS_LIMIT,
    "RestJsonInputAndOutputWithQuotedStringHeaders": PARSERS_LIMIT,
    "HttpPrefixHeadersResponse": "an empty prefix takes every header, also those that we add",
}


def is_left_out(vector: Vector, named: dict[str, str]) -> bool:
    return (
        vector.case["id"] in named or "gzip" in vector.case["id"].lower() or "Encoding" in vector.case["id"]
    )


INPUTS = [vector for vector in vectors("input") if not is_left_out(vector, INPUTS_LEFT_OUT)]
OUTPUTS = [vector for vector in vectors("output") if not is_left_out(vector, OUTPUTS_LEFT_OUT)]
ERRORS = [vector for vector in OUTPUTS if "error" in vector.case]
RESULTS = [vector for vector in OUTPUTS if "error" not in vector.case]


def labels_of(vector: Vector) -> dict[str, str]:
    if vector.file != "rest-json":
        return {}
    request = vector.request()
    found = RestRoutes(vector.operation.service_model).match(request.method, request.path)
    assert found is not None, request
    return found[1]


@pytest.mark.parametrize("vector", INPUTS, ids=lambda vector: vector.id)
def test_what_a_client_sends_is_understood(vector: Vector) -> None:
    operation = vector.operation
    protocol = PROTOCOLS[operation.metadata["protocol"]]
    found = protocol.parse(vector.request(), operation, labels_of(vector))
    assert as_vector(found) == vector.case["params"]


@pytest.mark.parametrize("vector", RESULTS, ids=lambda vector: vector.id)
def test_what_we_answer_is_read_as_it_was_meant(vector: Vector) -> None:
    operation = vector.operation
    protocol = operation.metadata["protocol"]
    wanted: dict[str, Any] = vector.case["result"]
    shape = operation.output_shape
    result = as_python(shape, wanted) if shape is not None else {}
    response = PROTOCOLS[protocol].answer(operation, result, "id")
    assert response.status == vector.case["response"].get("status_code", 200)
    if shape is not None and protocol == "query":
        shape.serialization.setdefault("resultWrapper", f"{operation.name}Result")
    found = as_vector(parsed(operation, response, protocol))
    assert {name: value for name, value in found.items() if name != "ResponseMetadata"} == wanted


@pytest.mark.parametrize("vector", ERRORS, ids=lambda vector: vector.id)
def test_an_error_is_read_as_it_was_meant(vector: Vector) -> None:
    operation = vector.operation
    protocol = operation.metadata["protocol"]
    code, message = vector.case.get("errorCode", ""), vector.case.get("errorMessage") or ""
    wanted: dict[str, Any] = vector.case["error"]
    shapes = [shape for shape in operation.service_model.error_shapes if isinstance(shape, StructureShape)]
    shape = next(shape for shape in shapes if code in {shape.name, shape.error_code})
    members = {name: item for name, item in as_python(shape, wanted).items() if name.lower() != "message"}
    fault = fault_of(ServiceError(code, message, members=members), operation.service_model)
    response = PROTOCOLS[protocol].refuse(fault, "id")
    assert response.status == vector.case["response"]["status_code"]
    found = as_vector(parsed(operation, response, protocol))
    assert found.pop("Error")["Code"] == code
    assert {name: value for name, value in found.items() if name != "ResponseMetadata"} == wanted


def test_only_vectors_that_exist_are_left_out() -> None:
    assert set(INPUTS_LEFT_OUT) <= {vector.case["id"] for vector in vectors("input")}
    assert set(OUTPUTS_LEFT_OUT) <= {vector.case["id"] for vector in vectors("output")}
