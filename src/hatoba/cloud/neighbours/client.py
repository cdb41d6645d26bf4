"""Calls from inside the cloud: botocore's own clients, with their HTTP turned inwards.

So a call from a stack or a task start passes the same customizations as a user's: S3's addressing,
Route 53's ids, checksums. Used in the worker thread only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError, UnknownServiceError
from botocore.response import StreamingBody

from hatoba.cloud.wire.errors import ServiceError, UnknownOperation, ValidationError
from hatoba.cloud.wire.http import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.awsrequest import AWSPreparedRequest
    from botocore.client import BaseClient

    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire.call import Call
    from hatoba.cloud.wire.http import HttpResponse

    Answer = Callable[[HttpRequest, str, Scope], HttpResponse]

_CONFIG = Config(
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
    parameter_validation=True,
)


_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""The profiles of whoever started the cloud are for AWS, not for calls inside of it."""


class InwardClients:
    """A botocore client for each service, scope and endpoint, kept."""

    def __init__(self, answer: Answer) -> None:
        """Make no client yet; ``answer`` takes what they would send."""
        self._answer = answer
        self._session = botocore.session.Session(_NO_FILES)
        self._clients: dict[tuple[str, Scope, str], BaseClient] = {}

    def invoke(self, call: Call, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the operation's output members; bodies that stream are read to the end.

        Raises:
            ServiceError: As the service raised it.
        """
        client = self._client(call)
        method = getattr(client, xform_name(call.operation), None)
        if method is None or call.operation not in client.meta.service_model.operation_names:
            raise UnknownOperation(call.service, call.operation)
        try:
            result: dict[str, Any] = method(**params)
        except ClientError as error:
            raise _as_service_error(error) from error
        except ParamValidationError as error:
            raise ValidationError(str(error)) from error
        result.pop("ResponseMetadata", None)
        return {name: _read(value) for name, value in result.items()}

    def _client(self, call: Call) -> BaseClient:
        key = (call.service, call.scope, call.endpoint)
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = self._make(call)
        return client

    def _make(self, call: Call) -> BaseClient:
        try:
            client: BaseClient = self._session.create_client(
                call.service,
                region_name=call.region,
                endpoint_url=call.endpoint,
                aws_access_key_id=call.account,
                aws_secret_access_key="unused",  # noqa: S106 - nothing here verifies a signature
                config=_CONFIG,
            )
        except UnknownServiceError as error:
            raise UnknownOperation(call.service, call.operation) from error
        signing_name: str = client.meta.service_model.signing_name
        scope = call.scope

        def send_inwards(request: AWSPreparedRequest, **_: object) -> AWSResponse:
            response = self._answer(_as_request(request), signing_name, scope)
            headers = HTTPHeaders()
            for name, value in response.headers.items():
                headers[name] = value
            return AWSResponse(request.url, response.status, headers, _Raw(response.body))

        client.meta.events.register("before-send", send_inwards)  # type: ignore[arg-type]  # answers are allowed here
        return client


class _Raw:
    """What botocore expects of urllib3: a body that streams."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self, amount: int | None = None, **_: object) -> bytes:
        size = len(self._body) if amount is None else amount
        piece, self._body = self._body[:size], self._body[size:]
        return piece

    def stream(self, **_: object) -> list[bytes]:
        return [self.read()]


def _as_request(request: AWSPreparedRequest) -> HttpRequest:
    url = urlsplit(request.url)
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    headers.setdefault("host", url.netloc)
    body = _bytes(request.body)
    return HttpRequest(request.method, url.path or "/", url.query, headers, body, url.scheme, "127.0.0.1")


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    read = getattr(body, "read", None)
    return _bytes(read()) if read is not None else b""


def _as_service_error(error: ClientError) -> ServiceError:
    described = error.response["Error"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return ServiceError(described.get("Code", "Unknown"), described.get("Message", ""), status=status)


def _read(value: object) -> object:
    return value.read() if isinstance(value, StreamingBody) else value
