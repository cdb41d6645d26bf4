"""The door to dnspython: packets to questions, answers to packets.

RFC 1035 (messages), RFC 2308 (negative answers), RFC 6891 (EDNS), RFC 2782 (SRV).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hatoba.discovery.protocol import Answer, Record, Resolver

PLAIN_UDP_OCTETS = 512
OUR_UDP_OCTETS = 1232
"""What we say that we take over UDP: fits one packet on every network (dnsflagday.net/2020)."""

_HEADER_OCTETS = 12
_QUERY_RESPONSE_BIT = 0x80
_EDNS_VERSION = 0
_NAMES_IN_DATA = {
    dns.rdatatype.SRV: (3,),
    dns.rdatatype.CNAME: (0,),
    dns.rdatatype.NS: (0,),
    dns.rdatatype.SOA: (0, 1),
}
"""Which fields of a record's data are names."""


class Reply(msgspec.Struct, frozen=True):
    """Bytes to send, and what the query log says of them."""

    wire: bytes
    name: str = ""
    type: str = ""
    status: str = "FORMERR"
    answers: tuple[str, ...] = ()


def reply_to(packet: bytes, resolver: Resolver, *, over_udp: bool) -> Reply | None:
    """Answer one packet; None for what must not be answered (a response, or too short for a header)."""
    if len(packet) < _HEADER_OCTETS or packet[2] & _QUERY_RESPONSE_BIT:
        return None
    try:
        query = dns.message.from_wire(packet)
    except (dns.exception.DNSException, ValueError, IndexError, UnicodeError):
        return Reply(_formerr(packet))
    if query.opcode() != dns.opcode.QUERY:
        return _refusal(query, dns.rcode.NOTIMP)
    if query.edns > _EDNS_VERSION:
        return _refusal(query, dns.rcode.BADVERS)
    if len(query.question) != 1:
        return _refusal(query, dns.rcode.FORMERR)
    return _answer(query, resolver, over_udp=over_udp)


def _answer(query: dns.message.Message, resolver: Resolver, *, over_udp: bool) -> Reply:
    question = query.question[0]
    name = text_of(question.name)
    record_type = dns.rdatatype.to_text(question.rdtype)
    if question.rdclass not in {dns.rdataclass.IN, dns.rdataclass.ANY}:
        return _refusal(query, dns.rcode.REFUSED)
    answer = resolver.resolve(name.lower(), record_type)
    response = dns.message.make_response(query, our_payload=OUR_UDP_OCTETS)
    response.set_rcode(dns.rcode.from_text(answer.status))
    if answer.status != "REFUSED":
        response.flags |= dns.flags.AA
    _fill(response, answer, question.name)
    limit = _udp_limit(query) if over_udp else 0
    return Reply(
        wire=_to_wire(response, limit),
        name=name,
        type=record_type,
        status=answer.status,
        answers=tuple(record.data for record in answer.records),
    )


def _fill(response: dns.message.Message, answer: Answer, asked: dns.name.Name) -> None:
    response.answer.extend(_rrsets(answer.records, lambda name: asked if _same(name, asked) else None))
    response.additional.extend(_rrsets(answer.additional, lambda _: None))
    if not answer.records and answer.soa is not None:
        response.authority.extend(_rrsets((answer.soa,), lambda _: None))


def _rrsets(
    records: Sequence[Record], spelled: Callable[[str], dns.name.Name | None]
) -> list[dns.rrset.RRset]:
    """Return records by name and type; a name is spelled as the client spelled it where it asked for it."""
    sets: dict[tuple[str, str], dns.rrset.RRset] = {}
    for record in records:
        kind = dns.rdatatype.from_text(record.type)
        key = (record.name, record.type)
        if key not in sets:
            owner = spelled(record.name) or name_of(record.name)
            sets[key] = dns.rrset.RRset(owner, dns.rdataclass.IN, kind)
        sets[key].add(_rdata(kind, record.data), record.ttl)
    return list(sets.values())


def _rdata(kind: dns.rdatatype.RdataType, data: str) -> dns.rdata.Rdata:
    """Return the data of a record; a name in it may hold any character that an instance id may hold."""
    fields = data.split(" ")
    for position in _NAMES_IN_DATA.get(kind, ()):
        fields[position] = name_of(fields[position]).to_text()
    return dns.rdata.from_text(dns.rdataclass.IN, kind, " ".join(fields))


def name_of(text: str) -> dns.name.Name:
    """Return a name as DNS has it: each label between dots as it stands, nothing is an escape."""
    labels = [label.encode("latin-1") for label in text.removesuffix(".").split(".") if label]
    return dns.name.Name([*labels, b""])


def text_of(name: dns.name.Name) -> str:
    """Return a name without the dot at the end and without escapes."""
    return ".".join(label.decode("latin-1") for label in name.labels if label)


def _same(name: str, asked: dns.name.Name) -> bool:
    return name.lower() == text_of(asked).lower()


def _udp_limit(query: dns.message.Message) -> int:
    return max(PLAIN_UDP_OCTETS, min(query.payload, OUR_UDP_OCTETS)) if query.edns >= 0 else PLAIN_UDP_OCTETS


def _to_wire(response: dns.message.Message, limit: int) -> bytes:
    try:
        return response.to_wire(max_size=limit)
    except dns.exception.TooBig:
        return _truncated(response, limit)


def _truncated(response: dns.message.Message, limit: int) -> bytes:
    """Leave out the additional records first, which are a courtesy; then say TC: ask again over TCP."""
    response.additional.clear()
    try:
        return response.to_wire(max_size=limit)
    except dns.exception.TooBig:
        response.answer.clear()
        response.authority.clear()
        response.flags |= dns.flags.TC
        return response.to_wire(max_size=limit)


def _refusal(query: dns.message.Message, code: dns.rcode.Rcode) -> Reply:
    response = dns.message.make_response(query, our_payload=OUR_UDP_OCTETS)
    response.set_rcode(code)
    return Reply(response.to_wire(), status=dns.rcode.to_text(code))


def _formerr(packet: bytes) -> bytes:
    """Return a header that says FORMERR, with the query's id, opcode and RD: the rest cannot be trusted."""
    opcode_and_rd = packet[2] & 0x79
    return packet[:2] + bytes([_QUERY_RESPONSE_BIT | opcode_and_rd, int(dns.rcode.FORMERR)]) + bytes(8)
