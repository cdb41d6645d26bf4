"""Packets that are no DNS, or nearly: none breaks the server."""

from __future__ import annotations

import dns.message
from hypothesis import given
from hypothesis import strategies as st

from hatoba.discovery.wire import reply_to
from tests.unit.discovery.test_wire import NAMES


@given(packet=st.binary(max_size=600), over_udp=st.booleans())
def test_no_packet_breaks_it(packet: bytes, *, over_udp: bool) -> None:
    reply = reply_to(packet, NAMES, over_udp=over_udp)

    assert reply is None or reply.wire[:2] == packet[:2]


@given(
    at=st.integers(0, 200),
    byte=st.integers(0, 255),
    end=st.integers(0, 200),
    name=st.sampled_from(["web.app.internal", "many.app.internal", "example.com"]),
)
def test_no_damaged_query_breaks_it(at: int, byte: int, end: int, name: str) -> None:
    packet = bytearray(dns.message.make_query(name, "SRV", use_edns=0).to_wire())
    packet[at % len(packet)] = byte
    damaged = bytes(packet[: max(end, 1)])

    reply = reply_to(damaged, NAMES, over_udp=True)

    if reply is not None:
        assert len(reply.wire) <= 1232
        assert reply.wire[2] & 0x80
