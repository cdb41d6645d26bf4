"""Cloud Map's hosted zones, brought into Route 53: always as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.route53.models import FakeZone, route53_backends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatoba.cloud.world import HostedZone, RecordSet

_PARTITION = "aws"


class ServiceZone(FakeZone):
    """A zone that another service of AWS made: it comes and goes with that service's own records."""


def bring_zones(account: str, zones: Sequence[HostedZone]) -> None:
    """Let exactly these zones of other services stand in an account, beside the zones that users made."""
    backend: Any = route53_backends[account][_PARTITION]
    theirs = {key: zone for key, zone in backend.zones.items() if not isinstance(zone, ServiceZone)}
    backend.zones = theirs | {zone.id: _made(zone) for zone in zones}


def _made(zone: HostedZone) -> ServiceZone:
    name = f"{zone.name}."
    kind: Any = ServiceZone  # moto leaves abstract what only its CloudFormation needs
    made: ServiceZone = kind(name, zone.id, zone.vpc_id is not None, zone.owner_arn, zone.comment)
    if zone.vpc_id is not None:
        made.add_vpc(zone.vpc_id, zone.region)
    for record in zone.records:
        made.add_rrset(_record_set(record))
    return made


def _record_set(record: RecordSet) -> dict[str, object]:
    shown: dict[str, object] = {
        "Name": f"{record.name}.",
        "Type": record.type,
        "TTL": record.ttl,
        "ResourceRecords": list(record.values),
    }
    if record.set_identifier is not None:
        shown["SetIdentifier"] = record.set_identifier
        shown |= {"MultiValueAnswer": "true"} if record.weight is None else {"Weight": record.weight}
    return shown
