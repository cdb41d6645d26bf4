"""Packets in, packets out; the client is dnspython."""

from __future__ import annotations

from collections.abc import Mapping

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype

from hatoba.discovery import Answer, Record
from hatoba.discovery.wire import reply_to

SOA = Record("app.internal", "SOA", 15, "ns.app.internal. hostmaster.app.internal. 1 7200 900 1209600 15")


class Names:
    """A resolver of given answers."""

    def __init__(self, answers: Mapping[tuple[str, str], Answer]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, str]] = []

    def resolve(self, name: str, record_type: str) -> Answer:
        self.asked.append((name, record_type))
        return self._answers.get((name, record_type), Answer("NXDOMAIN", soa=SOA))


def srv(count: int) -> Answer:
    targets = [f"task-{number}.web.app.internal" for number in range(count)]
    return Answer(
        "NOERROR",
        tuple(Record("web.app.internal", "SRV", 60, f"1 1 8080 {target}.") for target in targets),
        tuple(Record(target, "A", 60, "10.0.0.1") for target in targets),
    )


NAMES = Names(
    {
        ("web.app.internal", "SRV"): srv(2),
        ("many.app.internal", "SRV"): srv(40),
        ("web.app.internal", "AAAA"): Answer("NOERROR", soa=SOA),
        ("app.internal", "NS"): Answer("NOERROR", (Record("app.internal", "NS", 60, "ns.example.com."),)),
        ("example.com", "A"): Answer("REFUSED"),
    }
)


def asked(query: dns.message.Message, *, over_udp: bool = True) -> dns.message.Message:
    reply = reply_to(query.to_wire(), NAMES, over_udp=over_udp)
    assert reply is not None
    return dns.message.from_wire(reply.wire)


def test_an_answer_is_authoritative_and_carries_its_targets() -> None:
    response = asked(dns.message.make_query("web.app.internal", "SRV"))

    assert response.rcode() == dns.rcode.NOERROR
    assert response.flags & dns.flags.AA
    assert not response.flags & dns.flags.RA
    (answer,) = response.answer
    assert (answer.ttl, answer.rdtype) == (60, dns.rdatatype.SRV)
    assert {str(each.target) for each in answer} == {
        "task-0.web.app.internal.",
        "task-1.web.app.internal.",
    }
    assert len(response.additional) == 2


def test_a_name_is_asked_in_lower_case_and_answered_as_it_was_spelled() -> None:
    response = asked(dns.message.make_query("WeB.App.Internal", "SRV"))

    assert NAMES.asked[-1] == ("web.app.internal", "SRV")
    assert str(response.answer[0].name) == "WeB.App.Internal."
    assert str(response.question[0].name) == "WeB.App.Internal."


def test_name_servers_are_names() -> None:
    (answer,) = asked(dns.message.make_query("app.internal", "NS")).answer

    assert [each.target.to_text() for each in answer] == ["ns.example.com."]


def test_negative_answers_carry_the_soa() -> None:
    missing = asked(dns.message.make_query("nothing.app.internal", "A"))
    empty = asked(dns.message.make_query("web.app.internal", "AAAA"))

    assert (missing.rcode(), empty.rcode()) == (dns.rcode.NXDOMAIN, dns.rcode.NOERROR)
    for response in (missing, empty):
        (soa,) = response.authority
        assert (soa.ttl, soa[0].minimum, str(soa.name)) == (15, 15, "app.internal.")


def test_another_ones_name_is_refused_without_authority() -> None:
    response = asked(dns.message.make_query("example.com", "A"))

    assert response.rcode() == dns.rcode.REFUSED
    assert not response.flags & dns.flags.AA


def test_a_long_answer_is_cut_for_udp_and_whole_for_tcp() -> None:
    query = dns.message.make_query("many.app.internal", "SRV")

    cut, whole = asked(query), asked(query, over_udp=False)

    assert cut.flags & dns.flags.TC
    assert cut.answer == []
    assert len(cut.to_wire()) <= 512
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == 40


def test_additional_records_are_left_out_before_an_answer_is_cut() -> None:
    names = Names({("web.app.internal", "SRV"): srv(8)})
    query = dns.message.make_query("web.app.internal", "SRV")

    reply = reply_to(query.to_wire(), names, over_udp=True)

    assert reply is not None
    response = dns.message.from_wire(reply.wire)
    assert len(reply.wire) <= 512
    assert not response.flags & dns.flags.TC
    assert len(response.answer[0]) == 8


def test_edns_makes_room_for_more() -> None:
    names = Names({("web.app.internal", "SRV"): srv(8)})
    query = dns.message.make_query("web.app.internal", "SRV", use_edns=0, payload=1232)

    reply = reply_to(query.to_wire(), names, over_udp=True)

    assert reply is not None
    response = dns.message.from_wire(reply.wire)
    assert response.edns == 0
    assert len(response.additional) == 8
    assert 512 < len(reply.wire) <= 1232


def test_edns_of_another_version_is_refused() -> None:
    query = dns.message.make_query("web.app.internal", "SRV", use_edns=1)

    assert asked(query).rcode() == dns.rcode.BADVERS


def test_ids_with_special_characters_are_names() -> None:
    target = "a@b/c:d.web.app.internal"
    names = Names(
        {
            ("web.app.internal", "SRV"): Answer(
                "NOERROR",
                (Record("web.app.internal", "SRV", 60, f"1 1 80 {target}."),),
                (Record(target, "A", 60, "10.0.0.1"),),
            )
        }
    )

    reply = reply_to(dns.message.make_query("web.app.internal", "SRV").to_wire(), names, over_udp=True)

    assert reply is not None
    response = dns.message.from_wire(reply.wire)
    assert response.answer[0][0].target.labels[0] == b"a@b/c:d"
    assert response.additional[0].name == response.answer[0][0].target


def test_other_operations_are_not_implemented() -> None:
    query = dns.message.make_query("web.app.internal", "SRV")
    query.set_opcode(dns.opcode.STATUS)

    assert asked(query).rcode() == dns.rcode.NOTIMP


def test_several_questions_are_a_format_error() -> None:
    query = dns.message.make_query("web.app.internal", "SRV")
    query.question.append(dns.message.make_query("x.app.internal", "A").question[0])

    assert asked(query).rcode() == dns.rcode.FORMERR


def test_a_packet_that_is_no_dns_is_a_format_error_with_its_id() -> None:
    reply = reply_to(b"\xbe\xef\x01\x00\x00\x01" + b"\xff" * 20, NAMES, over_udp=True)

    assert reply is not None
    response = dns.message.from_wire(reply.wire)
    assert (response.id, response.rcode()) == (0xBEEF, dns.rcode.FORMERR)


def test_responses_and_scraps_get_no_answer() -> None:
    response = dns.message.make_response(dns.message.make_query("web.app.internal", "A"))

    assert reply_to(response.to_wire(), NAMES, over_udp=True) is None
    assert reply_to(b"short", NAMES, over_udp=True) is None
