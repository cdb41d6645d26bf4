"""How tasks are found: namespaces and services of AWS Cloud Map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from hatoba.definition.construct import Construct, construct
from hatoba.definition.values import Attribute, Count, Joined, Text


@construct
class PrivateDnsNamespace(Construct):
    """A private DNS namespace: a hosted zone that answers inside one VPC."""

    name: str
    vpc: Text
    description: str = ""
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def id(self) -> Attribute:
        """The namespace's id."""
        return Attribute(self, "id")


@construct
class Service(Construct):
    """A name in a namespace under which an ECS service registers its tasks.

    SRV records carry the port, which an HTTP API's private integration needs. The custom health check lets
    ECS say which tasks are healthy; it cannot be added later.
    https://docs.aws.amazon.com/cloud-map/latest/api/API_HealthCheckCustomConfig.html
    """

    name: str
    namespace: PrivateDnsNamespace
    record: Literal["SRV", "A", "AAAA", "CNAME"] = "SRV"
    ttl: Count = 300
    routing_policy: Literal["MULTIVALUE", "WEIGHTED"] = "MULTIVALUE"
    failure_threshold: int | None = 1
    description: str = ""
    tags: Mapping[str, str] = Field(default_factory=dict)

    @property
    def arn(self) -> Attribute:
        """The service's ARN."""
        return Attribute(self, "arn")

    @property
    def host(self) -> Attribute:
        """The name that its tasks are found by, ``SERVICE.NAMESPACE``: what others have in ``environment``.

        With SRV records a caller asks for them, or calls ``DiscoverInstances``, and learns address and port.
        """
        return Attribute(self, "host")

    def url(self, port: int, path: str = "") -> Joined:
        """``http://SERVICE.NAMESPACE:PORT``, for callers that know nothing but DNS: it needs A records."""
        return "http://" + self.host + f":{port}{path}"
