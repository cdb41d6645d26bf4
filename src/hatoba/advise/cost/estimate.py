"""An estimate: lines of quantity and price, by service, for given traffic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatoba.advise.cost.prices import Price, Prices
    from hatoba.advise.cost.usage import ServiceUsage, Usage

HOURS = 730
"""Hours of a month, as AWS's own calculator has them."""
SHARED = "shared"
METERED_KB = 512
"""An HTTP API's request is metered in units of so much."""
MILLION = 1_000_000
FIRST_MILLIONS = 300
LCU_CONNECTIONS = 25
INCLUDED_GIB = 20
_LOG_LINE_BYTES = 400


@dataclass(frozen=True, slots=True)
class Traffic:
    """What goes through the system in a month.

    ``request_kb`` is a request with its answer; ``log_gb`` what the tasks write; ``discovery_calls`` those of
    clients that call DiscoverInstances.
    """

    requests: int = 1_000_000
    request_kb: float = 10.0
    log_gb: float = 1.0
    discovery_calls: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is paid: ``usd`` is None where its price is not known."""

    of: str
    what: str
    quantity: float
    unit: str
    price: Price | None
    item: str

    @property
    def usd(self) -> float | None:
        """The month's cost."""
        return None if self.price is None else self.quantity * self.price.usd


@dataclass(frozen=True)
class Estimate:
    """A month of a system in a region, with what was assumed and what is not counted."""

    region: str
    traffic: Traffic
    lines: tuple[Line, ...]
    assumptions: tuple[str, ...]
    not_counted: tuple[str, ...]

    @property
    def total(self) -> float:
        """The sum of what has a known price."""
        return sum(line.usd or 0.0 for line in self.lines)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """Lines whose price is not known."""
        return tuple(line for line in self.lines if line.price is None)

    def by_owner(self) -> dict[str, float]:
        """The sums by service, and of what they share."""
        sums: dict[str, float] = {}
        for line in self.lines:
            sums[line.of] = sums.get(line.of, 0.0) + (line.usd or 0.0)
        return sums

    def prices(self) -> tuple[Price, ...]:
        """The prices that were used, each once."""
        return tuple(dict.fromkeys(line.price for line in self.lines if line.price is not None))


def estimate(used: Usage, traffic: Traffic, prices: Prices) -> Estimate:
    """The month of what a template makes, under a traffic, at a region's prices."""
    lines = [line for service in used.services for line in _service(service, prices)]
    lines += _shared(used, traffic, prices)
    return Estimate(
        prices.region, traffic, tuple(lines), tuple(_assumptions(used, traffic)), tuple(_not_counted(used))
    )


def _service(service: ServiceUsage, prices: Prices) -> Iterator[Line]:
    arch = "arm" if service.is_arm else "x86"
    hours = service.tasks * HOURS

    def line(what: str, quantity: float, unit: str, item: str) -> Line:
        return Line(service.name, what, quantity, unit, prices.get(item), item)

    yield line("Fargate vCPU", hours * service.cpu / 1024, "vCPU-hours", f"fargate_{arch}_vcpu_hour")
    yield line("Fargate memory", hours * service.memory / 1024, "GB-hours", f"fargate_{arch}_gb_hour")
    if service.storage_gib > INCLUDED_GIB:
        more = service.storage_gib - INCLUDED_GIB
        yield line("Fargate storage", hours * more, "GB-hours", "fargate_storage_gb_hour")
    if service.has_public_address:
        yield line("Public IPv4 addresses", hours, "hours", "public_ipv4_hour")
    if service.is_registered:
        yield line("Cloud Map registrations", service.tasks, "resources", "cloudmap_resource_month")


def _shared(used: Usage, traffic: Traffic, prices: Prices) -> Iterator[Line]:
    def line(what: str, quantity: float, unit: str, item: str) -> Line:
        return Line(SHARED, what, quantity, unit, prices.get(item), item)

    if used.apis:
        units = traffic.requests * math.ceil(traffic.request_kb / METERED_KB) / MILLION
        yield line("HTTP API requests", min(units, FIRST_MILLIONS), "million", "http_api_million")
        if units > FIRST_MILLIONS:
            more = units - FIRST_MILLIONS
            yield line("HTTP API requests over 300 million", more, "million", "http_api_million_over_300")
    for name, kind in used.balancers.items():
        short = "alb" if kind == "application" else "nlb"
        unit = "lcu" if kind == "application" else "nlcu"
        yield line(f"{short.upper()} {name}", HOURS, "hours", f"{short}_hour")
        share = 1 / len(used.balancers)
        capacity = capacity_units(traffic, share) * HOURS
        what = f"{short.upper()} {name} capacity"
        yield line(what, capacity, f"{unit.upper()}-hours", f"{short}_{unit}_hour")
    if used.namespaces and traffic.discovery_calls:
        calls = traffic.discovery_calls / MILLION
        yield line("Cloud Map discovery calls", calls, "million", "cloudmap_million_calls")
    for name in used.namespaces:
        yield line(f"Route 53 hosted zone of {name}", 1, "zones", "route53_zone_month")
    written = traffic.log_gb + (traffic.requests * _LOG_LINE_BYTES / 1e9 if used.has_access_log else 0.0)
    if used.services or used.apis:
        yield line("CloudWatch Logs taken in", written, "GB", "logs_gb")
    if used.schedules:
        yield line("EventBridge Scheduler", len(used.schedules), "schedules", "scheduler_million")


def capacity_units(traffic: Traffic, share: float = 1.0) -> float:
    """The capacity units of a balancer in an average hour: by bytes, or by connections if those are more."""
    by_bytes = traffic.requests * traffic.request_kb / 1e6 / HOURS
    by_connections = traffic.requests / (HOURS * 3600) / LCU_CONNECTIONS
    return max(by_bytes, by_connections) * share


def _assumptions(used: Usage, traffic: Traffic) -> Iterator[str]:
    yield f"A month has {HOURS} hours; tasks run all of them. Prices are on demand, in USD, before tax."
    yield (
        f"{traffic.requests:,} requests of {traffic.request_kb:g} KB with their answers,"
        f" {traffic.log_gb:g} GB of logs from the tasks."
    )
    if used.has_access_log:
        yield f"A line of the access log has {_LOG_LINE_BYTES} bytes."
    if used.balancers:
        yield "A balancer's capacity is that of an average hour, with a new connection for each request."
    for service in used.services:
        if service.at_most > service.tasks:
            yield f"{service.name} scales: counted with {service.tasks} tasks, it may have {service.at_most}."
        if service.is_on_spot:
            yield f"{service.name} runs partly on Fargate Spot, whose price changes: counted as on demand."


def _not_counted(used: Usage) -> Iterator[str]:
    yield "Data out to the internet, the subnets' NAT gateways or VPC endpoints, storage of logs and images."
    if used.apis and not used.balancers:
        yield "API Gateway's own calls of DiscoverInstances: whether they are charged is not known."
    if used.schedules:
        yield "The tasks of schedules and jobs: they cost what a service's task costs while they run."
    for other in used.others:
        yield f"{other}: its type is not in this estimate."


def change(before: Estimate | None, after: Estimate) -> str:
    """One line for a plan: how much more or less a month is, and whether something has no known price."""
    was = before.total if before is not None else 0.0
    difference = after.total - was
    sign = "+" if difference >= 0 else "-"
    text = f"Monthly cost: {sign}{abs(difference):.2f} USD, to {after.total:.2f} USD"
    unknown = ", ".join(dict.fromkeys(line.what for line in after.unknown))
    return text + (f", without {unknown} (no known price)" if unknown else "")
