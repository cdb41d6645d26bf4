"""``hatoba dig``: what DNS answers for a name of a Cloud Map namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cli import local, output
from hatoba.cli.exits import Exit, Failure

if TYPE_CHECKING:
    from pathlib import Path

    from dns.message import Message
    from dns.rrset import RRset

ANSWER_WITHIN_S = 2.0


def dig(folder: Path, name: str, record_type: str, *, as_json: bool) -> None:
    """Print the answer's records, and the additional ones, as a resolver sees them."""
    run = local.running(folder)
    message = _ask(run.host, run.dns_port, name, record_type)
    rows = [row for section in (message.answer, message.additional) for row in _rows(section)]
    status = _status(message)
    if as_json:
        output.print_json({"status": status, "records": rows})
        return
    columns = {"name": "NAME", "ttl": "TTL", "type": "TYPE", "value": "VALUE"}
    output.print_table(rows, columns, empty=f"{status}: no {record_type} record for {name}.")


def _ask(host: str, port: int, name: str, record_type: str) -> Message:
    import dns.exception
    import dns.message
    import dns.query
    import dns.rdatatype

    try:
        query = dns.message.make_query(name, dns.rdatatype.from_text(record_type))
        answer, _ = dns.query.udp_with_fallback(query, host, port=port, timeout=ANSWER_WITHIN_S)
    except dns.rdatatype.UnknownRdatatype:
        raise Failure(
            f"{record_type} is no DNS record type.", "Try A, AAAA, SRV or CNAME.", Exit.USAGE
        ) from None
    except dns.exception.Timeout:
        raise Failure(
            f"DNS at {host}:{port} does not answer.", "`hatoba doctor` looks for the reason."
        ) from None
    except dns.exception.DNSException as error:
        raise Failure(f"{name}: {error}", "Write a name such as service.namespace.", Exit.USAGE) from None
    return answer


def _status(message: Message) -> str:
    import dns.rcode

    return dns.rcode.to_text(message.rcode())


def _rows(section: list[RRset]) -> list[output.Row]:
    import dns.rdatatype

    rows: list[output.Row] = []
    for records in section:
        rows += [
            {
                "name": records.name.to_text(),
                "ttl": records.ttl,
                "type": dns.rdatatype.to_text(records.rdtype),
                "value": record.to_text(),
            }
            for record in records
        ]
    return rows
