"""What the client gets when a back end fails: facts/api-gateway.md sections 5 and 7."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.functional.gateway.backend import Backend, echo, free_port, never, saying
from tests.functional.gateway.served import ARN, route
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functional.gateway.backend import Asked
    from tests.functional.gateway.served import Served

UNAVAILABLE = b'{"message":"Service Unavailable"}'


@pytest.fixture
def other(served: Served) -> Iterator[Backend]:
    backend = Backend(served.loop).start()
    yield backend
    backend.stop()


def test_no_instance_is_500_and_the_log_names_the_service(served: Served) -> None:
    served.push_routes(route(), ports=())
    answer = served.ask()
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')
    assert served.line_of(answer)["error"] == f"No target endpoints found for integration {ARN}"


def test_a_refused_connection_is_503(served: Served) -> None:
    served.push_routes(route(), ports=(free_port(),))
    answer = served.ask()
    assert (answer.status, answer.body) == (503, UNAVAILABLE)
    assert answer.headers["content-length"] == "33"
    assert "cannot be reached" in served.line_of(answer)["error"]


def test_another_instance_takes_what_one_refused(served: Served) -> None:
    served.push_routes(route(), ports=(free_port(), served.backend.port, free_port()))
    assert {served.ask("POST", "/", b"once").status for _ in range(12)} == {200}
    assert len(served.backend.asked) == 12


@pytest.mark.parametrize("timeout_ms", [50, 300])
def test_a_time_out_is_503_after_its_time(served: Served, timeout_ms: int) -> None:
    served.push_routes(route(timeout_ms=timeout_ms))
    served.backend.script = never
    began = time.monotonic()
    answer = served.ask()
    assert (answer.status, answer.body) == (503, UNAVAILABLE)
    assert timeout_ms / 1000 <= time.monotonic() - began < timeout_ms / 1000 + 2
    assert str(timeout_ms) in served.line_of(answer)["error"]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
    ],
)
def test_a_response_cut_short_is_503_and_never_passed_on_as_whole(served: Served, said: bytes) -> None:
    served.push_routes(route())
    served.backend.script = saying(said, close=True)
    answer = served.ask("POST", "/")
    assert (answer.status, answer.body) == (503, UNAVAILABLE)


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    ],
)
def test_what_is_not_http_is_503(served: Served, said: bytes) -> None:
    served.push_routes(route())
    served.backend.script = saying(said)
    assert served.ask("POST", "/").status == 503


def test_a_response_larger_than_10_mb_is_500(served: Served) -> None:
    served.push_routes(route())
    size = 10 * 1024 * 1024 + 1
    served.backend.script = saying(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
    assert served.ask().status == 500


def test_bytes_after_a_response_are_not_the_next_response(served: Served) -> None:
    served.push_routes(route())
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    served.backend.script = saying(one + b"abc" + one + b"bad")
    assert {served.ask().body for _ in range(5)} == {b"abc"}


def test_a_body_after_head_is_not_the_next_response(served: Served) -> None:
    served.push_routes(route())
    served.backend.script = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
    assert served.ask("HEAD", "/").status == 200
    assert served.ask("GET", "/").body == b"abc"


class ClosesOnSecond:
    """Answers the first request of each connection and closes at the second, without an answer."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}

    async def __call__(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.seen[asked.connection] = self.seen.get(asked.connection, 0) + 1
        if self.seen[asked.connection] == 1:
            await echo(asked, writer)
        else:
            writer.close()


def test_a_stale_connection_is_replaced_where_repeating_is_safe(served: Served) -> None:
    served.push_routes(route())
    served.backend.script = script = ClosesOnSecond()
    assert [served.ask("GET", "/").status for _ in range(6)] == [200] * 6
    assert max(script.seen.values()) == 2


def test_what_must_not_be_sent_twice_is_not(served: Served) -> None:
    served.push_routes(route())
    served.backend.script = ClosesOnSecond()
    assert served.ask("GET", "/").status == 200
    sent = len(served.backend.asked)
    assert served.ask("POST", "/").status == 503
    assert len(served.backend.asked) == sent + 1


def test_a_new_connection_that_closes_is_not_tried_again(served: Served, other: Backend) -> None:
    served.push_routes(route(), ports=(other.port,))
    other.script = saying(b"", close=True)
    assert served.ask("GET", "/").status == 503
    assert len(other.asked) == 1


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"], ids=["nothing", "half an answer"]
)
def test_an_instance_that_breaks_off_is_passed_over_where_repeating_is_safe(
    served: Served, other: Backend, said: bytes
) -> None:
    served.push_routes(route(), ports=(served.backend.port, other.port))
    other.script = saying(said, close=True)

    assert [served.ask("GET", "/").status for _ in range(6)] == [200] * 6
    assert len(other.asked) == 3, "they are taken in turn, so half of the requests met the broken one first"


def test_a_request_on_a_stale_connection_goes_to_another_instance(served: Served, other: Backend) -> None:
    served.push_routes(route(), ports=(served.backend.port, other.port))
    other.script = script = ClosesOnSecond()

    assert [served.ask("GET", "/").status for _ in range(4)] == [200] * 4
    assert list(script.seen.values()) == [2], "asked twice, and not on a connection of its own once more"


def test_a_request_is_repeated_once_and_not_at_every_instance(served: Served, other: Backend) -> None:
    served.push_routes(route(), ports=(served.backend.port, other.port, other.port))
    served.backend.script = other.script = saying(b"", close=True)

    assert served.ask("GET", "/").status == 503
    assert len(served.backend.asked) + len(other.asked) == 2


def test_what_must_not_be_sent_twice_goes_to_no_other_instance(served: Served, other: Backend) -> None:
    served.push_routes(route(), ports=(served.backend.port, other.port))
    served.backend.script = other.script = saying(b"", close=True)

    assert served.ask("POST", "/").status == 503
    assert len(served.backend.asked) + len(other.asked) == 1


@pytest.mark.parametrize("reset", [False, True])
def test_a_client_that_leaves_takes_its_request_with_it(
    served: Served, other: Backend, *, reset: bool
) -> None:
    served.push_routes(route(), ports=(other.port,))
    other.script = never
    client = served.connect()
    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: other.asked, what="the request at the back end")
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    wait_until(lambda: other.gone == 1, what="the back end's connection to close")


def test_requests_under_way_survive_any_snapshot(served: Served, other: Backend) -> None:
    release = asyncio.Event()

    async def hold(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        await echo(asked, writer)

    other.script = hold
    served.push_routes(route(), ports=(other.port,))
    statuses: list[int] = []
    clients = [threading.Thread(target=lambda: statuses.append(served.ask().status)) for _ in range(10)]
    for each in clients:
        each.start()
    wait_until(lambda: len(other.asked) == 10, what="ten requests at the back end")
    served.push_routes(route(), ports=(served.backend.port,))
    served.push_routes(route(), ports=())
    served.push_routes()
    served.push()
    served.loop.call(release.set)
    for each in clients:
        each.join(60)
    assert statuses == [200] * 10


def test_a_change_is_seen_as_soon_as_it_is_acknowledged(served: Served, other: Backend) -> None:
    for ports, status in (((served.backend.port,), 200), ((), 500), ((other.port,), 200), ((), 500)):
        served.push_routes(route(), ports=ports)
        assert served.ask().status == status


def test_connections_are_kept_and_used_again(served: Served, other: Backend) -> None:
    served.push_routes(route(), ports=(other.port,))
    for _ in range(20):
        assert served.ask().status == 200
    assert other.connections == 1


def test_idle_connections_to_a_removed_instance_are_closed(served: Served, other: Backend) -> None:
    served.push_routes(route(), ports=(other.port,))
    assert served.ask().status == 200
    served.push_routes(route(), ports=())
    wait_until(lambda: other.gone == 1, what="the idle connection to close")
