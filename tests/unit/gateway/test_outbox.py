"""What is written at the end of a turn of the loop: in order, once, and never to who has gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hatoba.gateway.outbox import Outbox
from tests.unit.gateway.test_connections import GET, Bench, Transport

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Turn:
    """A loop whose turn ends when it is told to."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def call_soon(self, function: Callable[[], None]) -> None:
        self.calls.append(function)

    def end(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def outbox_of(turn: Turn) -> Outbox:
    return Outbox(cast("asyncio.AbstractEventLoop", turn))


def put(outbox: Outbox, transport: Transport, data: bytes) -> None:
    outbox.put(cast("asyncio.Transport", transport), data)


def test_writes_wait_for_the_end_of_the_turn_and_keep_their_order() -> None:
    turn, one, other = Turn(), Transport(), Transport()
    outbox = outbox_of(turn)
    put(outbox, one, b"a")
    put(outbox, other, b"b")
    put(outbox, one, b"c")
    assert (one.written, other.written, len(turn.calls)) == (b"", b"", 1)
    turn.end()
    assert (one.written, other.written) == (b"ac", b"b")
    put(outbox, one, b"d")
    turn.end()
    assert one.written == b"acd"


def test_nothing_is_written_to_who_has_gone() -> None:
    turn, gone = Turn(), Transport()
    outbox = outbox_of(turn)
    put(outbox, gone, b"a")
    gone.close()
    turn.end()
    assert gone.written == b""


def test_what_was_flushed_is_not_written_again() -> None:
    turn, one = Turn(), Transport()
    outbox = outbox_of(turn)
    put(outbox, one, b"a")
    outbox.flush()
    turn.end()
    assert one.written == b"a"


def test_an_answer_is_written_before_its_connection_closes() -> None:
    bench, turn = Bench(), Turn()
    bench.serving.outbox = outbox_of(turn)
    bench.serving.picture.by_port.clear()
    bench.client.data_received(GET.replace(b"Host: a", b"Host: a\r\nConnection: close"))
    assert bench.wire.written.startswith(b"HTTP/1.1 404")
    assert bench.wire.is_closed
