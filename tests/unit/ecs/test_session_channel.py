"""The conversation of an ECS Exec session, both of our sides talking to one another."""

from __future__ import annotations

from uuid import UUID

import pytest

from hatoba.cloud.ecs.session import channel as c
from hatoba.cloud.ecs.session import message as m


class Line:
    """An agent and a client; ``passed`` is what either was told."""

    def __init__(self) -> None:
        self.agent = c.AgentChannel("ecs-execute-command-1")
        self.client = c.ClientChannel()
        self.at_agent: list[c.Event] = []
        self.at_client: list[c.Event] = []

    def talk(self, now: float = 1.0) -> None:
        """Carry everything to and fro."""
        while (down := self.agent.taken()) or (up := self.client.taken()):
            for data in down:
                self.at_client += filter(None, [self.client.receive(data, now)])
            for data in self.client.taken() if down else up:
                self.at_agent += filter(None, [self.agent.receive(data, now)])


@pytest.fixture
def line() -> Line:
    made = Line()
    made.agent.begin(0.0)
    made.talk()
    return made


def test_a_message_is_laid_out_as_the_plugin_reads_it() -> None:
    identifier = UUID("00112233-4455-6677-8899-aabbccddeeff")
    data = m.encode(m.Message("output_stream_data", 7, m.OUTPUT, b"hi", 5, identifier))
    assert data[:4] == (116).to_bytes(4, "big")
    assert data[4:36] == b"output_stream_data".ljust(32)
    assert data[40:56] == (5).to_bytes(8, "big") + (7).to_bytes(8, "big")
    assert data[64:80].hex() == "8899aabbccddeeff0011223344556677"
    assert data[112:] == (1).to_bytes(4, "big") + (2).to_bytes(4, "big") + b"hi"
    assert m.decode(data).id == identifier


@pytest.mark.parametrize(
    "data", [b"", b"short", bytes(120), bytes([0, 0, 0, 116]) + bytes(112) + b"\0\0\0\1x"]
)
def test_bytes_that_are_no_message_are_told(data: bytes) -> None:
    try:
        assert m.decode(data).payload == b""
    except m.BadMessage:
        return
    assert not data.strip(b"\0")


def test_both_sides_begin_after_the_handshake(line: Line) -> None:
    assert (line.at_agent, line.at_client) == ([c.Begun()], [c.Begun()])
    assert line.agent.is_acknowledged


def test_what_is_typed_and_written_goes_over(line: Line) -> None:
    line.client.resize(100, 30, 2.0)
    line.client.type(b"ls\r", 2.0)
    line.agent.output(b"x" * 3000, 2.0)
    line.agent.exit_code(3, 2.0)
    line.agent.close("bye", 2.0)
    line.talk()
    assert line.at_agent[1:] == [c.Resized(100, 30), c.Typed(b"ls\r")]
    shown = b"".join(each.data for each in line.at_client if isinstance(each, c.Typed))
    assert shown == b"x" * 3000
    assert (line.client.exit_code, line.at_client[-1]) == (3, c.Ended("bye"))


def test_what_is_not_acknowledged_is_sent_again_and_taken_once(line: Line) -> None:
    line.agent.output(b"lost", 2.0)
    (lost,) = line.agent.taken()
    line.agent.tick(2.1)
    assert line.agent.taken() == []
    line.agent.tick(3.0)
    assert line.agent.taken() == [lost]
    line.agent.tick(4.0)
    line.talk()
    assert line.client.receive(lost, 5.0) is None
    assert [each for each in line.at_client if isinstance(each, c.Typed)] == [c.Typed(b"lost")]


def test_a_message_before_its_turn_is_neither_taken_nor_acknowledged(line: Line) -> None:
    line.agent.output(b"one", 2.0)
    line.agent.output(b"two", 2.0)
    _, two = line.agent.taken()
    assert line.client.receive(two, 2.0) is None
    assert line.client.taken() == []


def test_a_client_may_end_the_session_and_refuse_it(line: Line) -> None:
    flag = m.new("input_stream_data", 1, m.FLAG, (2).to_bytes(4, "big"), 2.0)
    assert line.agent.receive(m.encode(flag), 2.0) == c.Ended()
    refusing = c.AgentChannel("s")
    refusing.begin(0.0)
    errors = m.new("input_stream_data", 0, m.HANDSHAKE_RESPONSE, b'{"Errors": ["no"]}', 2.0)
    assert refusing.receive(m.encode(errors), 2.0) == c.Ended("the client refused the session: ['no']")
