"""Whatever a stranger sends, the answer is never a 5xx: only a bug of ours is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hatoba.cloud.wire import Call, Operations
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.wire.directory import BY_SERVICE, Listing
from hatoba.cloud.wire.http import HttpRequest
from hatoba.cloud.wire.models import operation_model, service_model
from tests.unit.wire.botocore_side import app_of, finished, request_of, scope_header
from tests.unit.wire.samples import sample

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
NAMES = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), max_size=30)


def accept(_call: Call, _params: object) -> Mapping[str, object]:
    return {}


def accepted(service: str) -> list[str]:
    """Return the operations whose answer may be empty, as that of a stream of events may not."""
    names = service_model(service).operation_names
    return [name for name in names if not operation_model(service, name).has_event_stream_output]


def accepting(service: str) -> WireApp:
    table = Operations(service, strict_constraints=True)
    for name in accepted(service):
        table.add(name, accept)
    return app_of([table])


APPS = {service: accepting(service) for service in BY_SERVICE}


def status_of(service: str, request: HttpRequest) -> int:
    return finished(APPS[service].answer(request)).status


def with_body(request: HttpRequest, body: bytes) -> HttpRequest:
    return HttpRequest(request.method, request.path, request.query, request.headers, body)


@st.composite
def bent(draw: st.DrawFn, tree: Any) -> Any:
    """Replace something inside of a tree of parameters by anything."""
    if isinstance(tree, dict) and tree and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(tree)))
        return {**tree, name: draw(bent(tree[name]))}
    if isinstance(tree, list) and tree and draw(st.booleans()):
        return [draw(bent(tree[0])), *tree[1:]]
    return draw(TREES)


def calls(*services: str) -> st.SearchStrategy[tuple[Listing, str]]:
    every = [(BY_SERVICE[name], op) for name in services for op in accepted(name)]
    return st.sampled_from(every)


def sampled(service: str, operation: str) -> dict[str, Any]:
    shape = operation_model(service, operation).input_shape
    return {} if shape is None else sample(shape)


@QUICK
@given(st.data(), calls("ecs", "servicediscovery", "logs"))
def test_json_of_any_shape_is_never_a_5xx(data: st.DataObject, called: tuple[Listing, str]) -> None:
    listing, operation = called
    request = request_of(operation_model(listing.service, operation), {}, "json")
    tree = data.draw(bent(msgspec.to_builtins(sampled(listing.service, operation))))
    assert status_of(listing.service, with_body(request, msgspec.json.encode(tree))) < 500


@QUICK
@given(st.data(), calls("servicediscovery"))
def test_cbor_of_any_shape_is_never_a_5xx(data: st.DataObject, called: tuple[Listing, str]) -> None:
    listing, operation = called
    request = request_of(operation_model(listing.service, operation), {}, "smithy-rpc-v2-cbor")
    body = (
        cbor2.dumps(data.draw(bent(sampled(listing.service, operation))))
        if data.draw(st.booleans())
        else data.draw(st.binary(max_size=40))
    )
    assert status_of(listing.service, with_body(request, body)) < 500


@QUICK
@given(
    calls("iam", "sts", "cloudformation", "ec2"),
    st.lists(st.tuples(NAMES, NAMES), max_size=6),
    st.binary(max_size=30),
)
def test_forms_of_any_fields_are_never_a_5xx(
    called: tuple[Listing, str], fields: list[tuple[str, str]], tail: bytes
) -> None:
    listing, operation = called
    model = operation_model(listing.service, operation)
    request = request_of(model, sampled(listing.service, operation), listing.protocols[0])
    bodies = request.body.split(b"&")[: len(tail) % 7 + 2]
    body = b"&".join(bodies) + b"&" + "&".join(f"{name}={value}" for name, value in fields).encode() + tail
    assert status_of(listing.service, with_body(request, body)) < 500


@QUICK
@given(st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "X"]), NAMES, NAMES, TREES)
def test_paths_and_bodies_of_rest_json_are_never_a_5xx(method: str, path: str, query: str, tree: Any) -> None:
    headers = {"authorization": scope_header("apigateway")}
    for where in (f"/v2/apis/{path}", f"/v2/{path}", f"/v2/apis/a/stages/{path}", "/v2/apis"):
        request = HttpRequest(method, where, query, headers, msgspec.json.encode(tree))
        assert status_of("apigatewayv2", request) < 500


@QUICK
@given(NAMES, NAMES, NAMES, st.binary(max_size=60))
def test_headers_of_any_kind_are_never_a_5xx(authorization: str, target: str, kind: str, body: bytes) -> None:
    for credential in (authorization, f"AWS4-HMAC-SHA256 Credential={authorization}"):
        headers = {"authorization": credential, "x-amz-target": target, "content-type": kind}
        request = HttpRequest("POST", f"/{target}", kind, headers, body)
        assert status_of("ecs", request) < 500


@pytest.mark.parametrize("service", list(BY_SERVICE))
def test_whole_samples_with_strict_constraints_are_never_a_5xx(service: str) -> None:
    for operation in accepted(service):
        request = request_of(
            operation_model(service, operation), sampled(service, operation), BY_SERVICE[service].protocols[0]
        )
        assert status_of(service, request) < 500, operation
