"""What is asked of our own services for a neighbour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hatoba.cloud.neighbours.gathering import containers, network
from hatoba.cloud.wire import Call, Operations
from hatoba.cloud.wire.pages import page
from tests.support.calls import SCOPE, Bench

MANY = tuple(f"s{number:03}" for number in range(205))


def ecs(services: Mapping[str, Sequence[str]]) -> Operations:
    """An ECS that lists these services by cluster, in pages of at most 100."""
    table = Operations("ecs")

    def listed(member: str, arns: Sequence[str], request: Mapping[str, Any]) -> dict[str, object]:
        assert request["maxResults"] <= 100
        chosen, token = page(arns, token=request.get("nextToken"), limit=request["maxResults"], key=str)
        return {member: chosen, "nextToken": token}

    @table.on("ListClusters")
    def list_clusters(_call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        return listed("clusterArns", [f"arn:aws:ecs:r:a:cluster/{name}" for name in services], request)

    @table.on("ListServices")
    def list_services(_call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        cluster = request["cluster"]
        arns = [f"arn:aws:ecs:r:a:service/{cluster}/{name}" for name in services[cluster]]
        return listed("serviceArns", arns, request)

    return table


def nothing_of(noun: str) -> Callable[[Call, Mapping[str, Any]], dict[str, object]]:
    return lambda _call, _request: {noun: []}


def test_all_services_are_gathered_by_cluster_over_all_pages() -> None:
    bench = Bench()
    bench.add(ecs({"empty": (), "full": MANY}))

    gathered = asyncio.run(containers(bench.world, SCOPE))

    assert {cluster: tuple(names) for cluster, names in gathered.items()} == {"empty": (), "full": MANY}


def test_a_network_is_what_ec2_describes() -> None:
    ec2 = Operations("ec2")
    for noun in ("Vpcs", "Subnets", "SecurityGroups"):
        ec2.add(f"Describe{noun}", nothing_of(noun))
    bench = Bench()
    bench.add(ec2)

    assert asyncio.run(network(bench.world, SCOPE)) == {
        "DescribeVpcs": {"Vpcs": []},
        "DescribeSubnets": {"Subnets": []},
        "DescribeSecurityGroups": {"SecurityGroups": []},
    }
