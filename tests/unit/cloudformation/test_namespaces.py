"""AWS::ServiceDiscovery: what an update asks for of what a template no longer says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from hatoba.cloud.cloudformation.resources.cloudmap import HttpNamespace, Namespace, PrivateDnsNamespace
from hatoba.cloud.cloudformation.resources.protocol import Context
from tests.support.calls import SCOPE

SOA = {"Properties": {"DnsProperties": {"SOA": {"TTL": 300}}}}


class Desk:
    """The part of a Context that an update needs: it writes down what is asked."""

    scope = SCOPE

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def invoke(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((f"{service}:{operation}", params))
        return {}


def updated(kind: Namespace, old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    desk = Desk()
    asyncio.run(kind.update(cast("Context", desk), "ns-1", old, new))
    ((operation, params),) = desk.asked
    assert (operation, params["Id"]) == (f"servicediscovery:{kind.updates}", "ns-1")
    namespace: Mapping[str, Any] = params["Namespace"]
    return namespace


def test_a_ttl_that_is_taken_out_goes_back_to_awss_own() -> None:
    kept = {"DnsProperties": {"SOA": {"TTL": 300}}}

    assert updated(PrivateDnsNamespace(), {}, SOA)["Properties"] == kept
    assert updated(PrivateDnsNamespace(), SOA, SOA)["Properties"] == kept
    assert updated(PrivateDnsNamespace(), SOA, {})["Properties"] == {"DnsProperties": {"SOA": {"TTL": 15}}}
    assert "Properties" not in updated(PrivateDnsNamespace(), {}, {"Description": "ours"})


def test_a_description_that_is_taken_out_is_emptied() -> None:
    for kind in (PrivateDnsNamespace(), HttpNamespace()):
        assert updated(kind, {"Description": "ours"}, {}) == {"Description": ""}
