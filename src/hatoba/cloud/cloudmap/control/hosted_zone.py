"""A namespace as Route 53 shows it: its hosted zone, with one record set for each instance and record.

https://docs.aws.amazon.com/cloud-map/latest/dg/services-values.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudmap.control.zone import NAME_SERVERS, NAME_SERVERS_TTL_S, nodes_of, soa_of
from hatoba.cloud.world import HostedZone, RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hatoba.cloud.cloudmap.model import Instance, Namespace, Service

_WEIGHT = 1


def hosted_zone(
    region: str, namespace: Namespace, services: Iterable[tuple[Service, Sequence[Instance]]]
) -> HostedZone:
    """Return the hosted zone of a DNS namespace, with the records of its services' instances."""
    assert namespace.hosted_zone_id is not None
    soa = soa_of(namespace)
    records = [
        RecordSet(soa.name, "NS", NAME_SERVERS_TTL_S, NAME_SERVERS),
        RecordSet(soa.name, "SOA", soa.ttl, (soa.data,)),
    ]
    for service, instances in services:
        for instance in instances:
            records.extend(_records(namespace, service, instance))
    return HostedZone(
        id=namespace.hosted_zone_id,
        name=namespace.name,
        owner_arn=namespace.arn,
        comment=namespace.description or "",
        region=region,
        vpc_id=namespace.vpc,
        records=tuple(records),
    )


def _records(namespace: Namespace, service: Service, instance: Instance) -> Iterator[RecordSet]:
    name = f"{service.name}.{namespace.name}".lower()
    is_weighted = service.dns is not None and service.dns.routing_policy == "WEIGHTED"
    for node, by_type in nodes_of(service, name, (instance,), answer_all=True).items():
        is_shared = (
            node == name
        )  # other instances have records of this name too; a target is its instance's own
        for record_set in by_type.values():
            for record in record_set.records:
                yield RecordSet(
                    name=record.name,
                    type=record.type,
                    ttl=record.ttl,
                    values=(record.data,),
                    set_identifier=instance.id if is_shared else None,
                    weight=_WEIGHT if is_shared and is_weighted else None,
                )
