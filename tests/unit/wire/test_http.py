from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.wire import Call
from hatoba.cloud.wire.app import WireApp
from hatoba.cloud.wire.http import LONGEST_CALL, HttpRequest, HttpResponse
from tests.unit.wire.botocore_side import app_of, table

HEADERS = [(b"X-Amz-Target", b"AmazonEC2ContainerServiceV20141113.ListClusters"), (b"Host", b"here:1")]


class Asgi:
    """An ASGI server of one request."""

    def __init__(self, **options: Any) -> None:
        self.params: Mapping[str, Any] = {}
        self.app = app_of([table("ecs", ListClusters=self._keep)], **options)
        self.sent: list[Mapping[str, Any]] = []

    def _keep(self, _call: Call, params: Mapping[str, Any]) -> Mapping[str, object]:
        self.params = params
        return {}

    def serve(self, messages: list[dict[str, Any]], scope: Mapping[str, Any] | None = None) -> None:
        waiting = iter(messages)

        async def receive() -> dict[str, Any]:
            return next(waiting)

        async def send(message: Mapping[str, Any]) -> None:
            self.sent.append(message)

        asyncio.run(self.app(dict(scope or http()), receive, send))

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return list(self.sent[0]["headers"])


def http(*headers: tuple[bytes, bytes], **parts: Any) -> dict[str, Any]:
    given = {"type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b""}
    return {**given, "headers": [*HEADERS, *headers], "client": ("127.0.0.1", 5), **parts}


def body(content: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


def test_a_body_in_pieces_is_read_whole() -> None:
    asgi = Asgi()
    asgi.serve([body(b'{"max', more=True), body(b"", more=True), body(b'Results":1}')])
    assert asgi.params == {"maxResults": 1}
    assert (b"content-length", b"2") in asgi.headers


def test_a_client_that_hangs_up_gets_no_answer() -> None:
    asgi = Asgi()
    asgi.serve([body(b"{", more=True), {"type": "http.disconnect"}])
    assert asgi.sent == []


def test_a_gzip_body_is_unpacked() -> None:
    asgi = Asgi()
    asgi.serve([body(gzip.compress(b'{"maxResults":2}'))], http((b"Content-Encoding", b"gzip")))
    assert asgi.params == {"maxResults": 2}


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (b"no gzip", b"gzip", 400),
        (gzip.compress(b"{}" * 100)[:-9], b"gzip", 400),
        (b"{}", b"br", 415),
        (gzip.compress(b" " * (LONGEST_CALL + 1), 1), b"gzip", 413),
        (b" " * (LONGEST_CALL + 1), b"identity", 413),
    ],
    ids=["no-gzip", "cut", "unknown", "bomb", "long"],
)
def test_an_unreadable_body_is_the_clients_fault(content: bytes, encoding: bytes, status: int) -> None:
    asgi = Asgi()
    asgi.serve([body(content)], http((b"Content-Encoding", encoding)))
    assert asgi.status == status


def test_every_answer_has_a_request_id() -> None:
    asgi = Asgi()
    asgi.serve([body(b"{}")])
    assert len(dict(asgi.headers)[b"x-amzn-requestid"]) == 36


class Cookies:
    async def answer(self, _request: HttpRequest) -> HttpResponse | None:
        return HttpResponse(204, {"X-A": "b"}, b"", ("a=1", "b=2"))


def test_cookies_come_one_by_one_and_204_has_no_length() -> None:
    asgi = Asgi(extra_routes=Cookies())
    asgi.serve([body(b"")])
    names = [name for name, _ in asgi.headers]
    assert names.count(b"set-cookie") == 2
    assert b"content-length" not in names


def test_the_lifespan_is_answered_and_websockets_are_not() -> None:
    asgi = Asgi()
    asgi.serve([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], {"type": "lifespan"})
    assert [message["type"] for message in asgi.sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    asgi = Asgi()
    asgi.serve([], {"type": "websocket"})
    assert asgi.sent[0]["type"] == "websocket.close"


def test_a_request_unpacks_its_body_once() -> None:
    request = HttpRequest("POST", "/", "", {"content-encoding": "gzip"}, gzip.compress(b"x"))
    assert request.content is request.content
    assert zlib.crc32(request.content) == zlib.crc32(b"x")


def test_the_chain_reads_like_a_table_of_contents() -> None:
    app: WireApp = Asgi().app
    assert [step.__name__ for step in app._chain] == [
        "_refuse_strange_names",
        "_answer_extra_routes",
        "_locate_service",
        "_identify_caller",
        "_pass_to_neighbours",
        "_name_operation",
        "_parse_parameters",
        "_run_operation",
        "_serialize_result",
    ]
