"""What DNS answers for a namespace, from the same instances that DiscoverInstances answers.

::

    app.internal            SRV    1 1 8080 task-1.app.internal      one per instance that may be answered
    task-1.app.internal     A      127.0.0.1                         the target of its SRV record
    web.internal            A      127.0.0.1                         of a service with A records

https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsConfig.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.cloudmap.control.instances import CNAME, IPV4, IPV6, PORT
from hatoba.discovery import Answer, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from hatoba.cloud.cloudmap.model import Instance, Namespace, RoutingPolicy, Service

MULTIVALUE_ANSWERS = 8
NAME_SERVERS = (
    "ns-1536.awsdns-00.co.uk.",
    "ns-0.awsdns-00.com.",
    "ns-1024.awsdns-00.org.",
    "ns-512.awsdns-00.net.",
)
"""What Route 53 names in every private zone."""

NAME_SERVERS_TTL_S = 172_800
_ADDRESS_KEYS = {"A": IPV4, "AAAA": IPV6}


class RecordSet(msgspec.Struct, frozen=True):
    """The records of one name and type that may be answered, one for each instance."""

    policy: RoutingPolicy
    records: tuple[Record, ...]


Nodes = dict[str, dict[str, RecordSet]]
"""Name → record type → records."""


class Zone(msgspec.Struct, frozen=True):
    """A namespace's names.

    Attributes:
        name: The namespace's, in lower case.
        soa: Its SOA record.
        services: The names of its services with DNS, in lower case.
        nodes_of: Gives the names at and below one of these, from its instances.
    """

    name: str
    soa: Record
    services: frozenset[str]
    nodes_of: Callable[[str], Nodes]

    def node(self, name: str) -> dict[str, RecordSet] | None:
        """Return what stands at a name: empty where only names below it do (RFC 4592), None for nothing."""
        above = [self.nodes_of(each) for each in _with_names_above(name, self.name) if each in self.services]
        found = [nodes[name] for nodes in above if name in nodes]
        if found or name == self.name:
            return {kind: records for node in found for kind, records in node.items()}
        below = (self.nodes_of(each) for each in self.services if each.endswith("." + name))
        if any(below) or any(each.endswith("." + name) for nodes in above for each in nodes):
            return {}
        return None


def answer_from(zone: Zone, name: str, record_type: str, random: Random) -> Answer:
    """Answer a question about a name in the zone. ``random`` chooses among instances."""
    node = zone.node(name)
    if node is None:
        return Answer("NXDOMAIN", soa=zone.soa)
    if name == zone.name and record_type == "SOA":
        return Answer("NOERROR", (zone.soa,))
    if name == zone.name and record_type == "NS":
        return Answer("NOERROR", name_servers_of(name))
    wanted = node.get(record_type) or node.get("CNAME")
    if wanted is None:
        return Answer("NOERROR", soa=zone.soa)
    chosen = _choose(wanted, random)
    return Answer("NOERROR", chosen, _targets(zone, chosen), zone.soa)


def find_zone_name(name: str, zones: Iterable[str]) -> str | None:
    """Return the closest of the zones that the name is in, or None."""
    inside = [zone for zone in zones if name == zone or name.endswith("." + zone)]
    return max(inside, key=len, default=None)


def nodes_of(service: Service, name: str, instances: tuple[Instance, ...], *, answer_all: bool) -> Nodes:
    """Return the names that a service has in DNS.

    Args:
        service: With its DNS configuration.
        name: The service's full name, in lower case.
        instances: All of its instances.
        answer_all: Whether a MULTIVALUE name whose instances are all unhealthy answers them all the
            same (AWS's documents) or nothing (what users see with custom health checks).
    """
    if service.dns is None:
        return {}
    nodes: Nodes = {}
    policy = service.dns.routing_policy
    routed = _routed(instances, open_when_unhealthy=answer_all or policy == "WEIGHTED")
    for record in service.dns.records:
        made = tuple(
            Record(name, record.type, record.ttl, data)
            for each in routed
            if (data := _data(record.type, each, name)) is not None
        )
        if made:
            nodes.setdefault(name, {})[record.type] = RecordSet(policy, made)
        if record.type == "SRV":
            for each in instances:
                nodes[f"{each.id.lower()}.{name}"] = _target_sets(each, name, record.ttl)
    return nodes


def _routed(instances: tuple[Instance, ...], *, open_when_unhealthy: bool) -> tuple[Instance, ...]:
    healthy = tuple(each for each in instances if each.health != "UNHEALTHY")
    return instances if not healthy and open_when_unhealthy else healthy


def _data(record_type: str, instance: Instance, name: str) -> str | None:
    attributes = instance.attributes
    match record_type:
        case "SRV":
            return f"1 1 {attributes[PORT]} {instance.id}.{name}."
        case "CNAME":
            return attributes[CNAME]
        case _:
            return attributes.get(_ADDRESS_KEYS[record_type])


def _target_sets(instance: Instance, name: str, ttl: int) -> dict[str, RecordSet]:
    target = f"{instance.id.lower()}.{name}"
    return {
        kind: RecordSet("MULTIVALUE", (Record(target, kind, ttl, instance.attributes[key]),))
        for kind, key in _ADDRESS_KEYS.items()
        if key in instance.attributes
    }


def _choose(wanted: RecordSet, random: Random) -> tuple[Record, ...]:
    count = 1 if wanted.policy == "WEIGHTED" else min(MULTIVALUE_ANSWERS, len(wanted.records))
    return tuple(random.sample(wanted.records, count))


def _targets(zone: Zone, records: tuple[Record, ...]) -> tuple[Record, ...]:
    """Return the addresses of SRV targets, so that one question is enough."""
    found: list[Record] = []
    for record in records:
        if record.type == "SRV":
            target = record.data.rpartition(" ")[2].removesuffix(".").lower()
            for record_set in (zone.node(target) or {}).values():
                found.extend(record_set.records)
    return tuple(found)


def _with_names_above(name: str, apex: str) -> list[str]:
    """Return a name and the names between it and the apex."""
    names = []
    while name != apex:
        names.append(name)
        name = name.partition(".")[2]
    return names


def name_servers_of(apex: str) -> tuple[Record, ...]:
    """Return the NS records of a namespace of this name."""
    return tuple(Record(apex, "NS", NAME_SERVERS_TTL_S, each) for each in NAME_SERVERS)


def soa_of(namespace: Namespace) -> Record:
    """Return a namespace's SOA record; its TTL is how long a negative answer may be kept."""
    apex, ttl = namespace.name.lower(), namespace.soa_ttl or 0
    return Record(apex, "SOA", ttl, f"ns.{apex}. hostmaster.{apex}. 1 7200 900 1209600 {ttl}")
