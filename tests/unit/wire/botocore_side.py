"""The client's side without a socket: botocore's own serializers and parsers around a WireApp."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.model import OperationModel
from botocore.parsers import ResponseParser, create_parser
from botocore.serialize import create_serializer

from hatoba.cloud.state import State
from hatoba.cloud.wire import Dispatcher, Operations
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.wire.directory import BY_SERVICE
from hatoba.cloud.wire.http import HttpRequest, HttpResponse
from hatoba.cloud.wire.models import operation_model
from hatoba.cloud.world import Settings
from tests.support.fakes import FakeClock

T = TypeVar("T")

REGION = "eu-west-1"
ACCOUNT = "111122223333"


def app_of(tables: Iterable[Operations], **options: Any) -> WireApp:
    """Return an application in front of these tables, over a state in memory."""
    dispatcher = Dispatcher({table.service: table for table in tables}, State().transaction)
    return WireApp(dispatcher, FakeClock(), Settings(folder=Path("unused")), **options)


def table(service: str, **operations: Any) -> Operations:
    """Return a table of these functions."""
    made = Operations(service)
    for name, function in operations.items():
        made.add(name, function)
    return made


def scope_header(signing_name: str, access_key: str = ACCOUNT, region: str = REGION) -> str:
    """Return an Authorization header whose signature nobody checks."""
    credential = f"{access_key}/20260101/{region}/{signing_name}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"


@cache
def serializer(protocol: str) -> Any:
    return create_serializer(protocol, include_validation=False)


@cache
def parser(protocol: str) -> ResponseParser:
    return create_parser(protocol)


def request_of(model: OperationModel, params: Mapping[str, Any], protocol: str) -> HttpRequest:
    """Return the request that botocore sends for these parameters."""
    wanted = serializer(protocol).serialize_to_request(dict(params), model)
    prepare_request_dict(wanted, endpoint_url="http://127.0.0.1:4566", user_agent="test")
    prepared = create_request_object(wanted).prepare()
    url = urlsplit(prepared.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in prepared.headers.items()
    }
    headers |= {
        "host": url.netloc,
        "authorization": scope_header(BY_SERVICE[model.service_model.service_name].signing_name),
    }
    body = prepared.body or b""
    assert isinstance(body, str | bytes | bytearray)
    raw = body.encode() if isinstance(body, str) else bytes(body)
    return HttpRequest(prepared.method, url.path or "/", url.query, headers, raw)


def parsed(model: OperationModel, response: HttpResponse, protocol: str) -> dict[str, Any]:
    """Return what botocore reads out of a response."""
    raw = {"status_code": response.status, "headers": _Headers(response.headers), "body": response.body}
    found: dict[str, Any] = parser(protocol).parse(raw, model.output_shape)  # type: ignore[arg-type]  # None where there is no output
    if response.status >= 300 and model.error_shapes:
        code = found.get("Error", {}).get("Code")
        shape = model.service_model.shape_for_error_code(code)
        if shape is not None:
            found |= {
                name: value
                for name, value in parser(protocol).parse(raw, shape).items()
                if name not in {"Error", "ResponseMetadata"}
            }
    return found


class _Headers(dict[str, str]):
    """Headers by names of any case, as botocore's HTTP session gives them."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that waits for nothing, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("the operation waited for something")


def exchange(
    app: WireApp, service: str, operation: str, params: Mapping[str, Any], protocol: str = ""
) -> tuple[HttpResponse, dict[str, Any]]:
    """Send a call through the application and read its answer, as a botocore client does."""
    model = operation_model(service, operation)
    protocol = protocol or BY_SERVICE[service].protocols[0]
    response = finished(app.answer(request_of(model, params, protocol)))
    return response, parsed(model, response, protocol)
