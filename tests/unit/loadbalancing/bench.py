"""A bench with Elastic Load Balancing and EC2, and checks whose outcome the test decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.loadbalancing import LoadBalancing
from hatoba.cloud.loadbalancing.control.health import Look
from hatoba.cloud.loadbalancing.model import HealthCheck
from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.gateway.snapshot import Listener
from tests.support.calls import Bench


class FakeProbe:
    """Passes every check, save those of addresses in ``troubles``; counts them."""

    def __init__(self) -> None:
        self.troubles: dict[str, tuple[str, str]] = {}
        self.asked: list[str] = []

    async def __call__(self, check: HealthCheck, host: str, port: int) -> Look:
        del check
        self.asked.append(f"{host}:{port}")
        return Look(self.troubles.get(f"{host}:{port}"))


CERTIFICATE = "arn:aws:acm:ap-northeast-1:000000000000:certificate/0c1d-2e"


def acm() -> Operations:
    """Return an ACM with one certificate."""

    def describe(_: Call, request: Mapping[str, Any]) -> dict[str, object]:
        if request["CertificateArn"] != CERTIFICATE:
            raise ServiceError("ResourceNotFoundException", "Could not find certificate")
        names = ["shop.example", "*.Shop.example"]
        return {"Certificate": {"DomainName": "shop.example", "SubjectAlternativeNames": names}}

    operations = Operations("acm")
    operations.add("DescribeCertificate", describe)
    return operations


class BalancingBench(Bench):
    """One VPC, the default one, with its subnets."""

    def __init__(self) -> None:
        super().__init__()
        self.probe = FakeProbe()
        self.flights: dict[str, int] = {}
        self.service = LoadBalancing(self.world, probe=self.probe, drain_s=1.0, flights=self)
        self.add(self.service.operations)
        self.add(Ec2(self.world).operations)
        self.add(acm())
        subnets = self.call("ec2", "DescribeSubnets")["Subnets"]
        self.vpc: str = subnets[0]["VpcId"]
        self.subnets: list[str] = [each["SubnetId"] for each in subnets[:2]]

    async def in_flight(self) -> Mapping[str, int]:
        return self.flights

    def lb(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return self.call("elbv2", operation, **params)

    def refused(self, operation: str, **params: Any) -> tuple[str, str]:
        with pytest.raises(ServiceError) as caught:
            self.lb(operation, **params)
        return caught.value.code, caught.value.message

    def balancer(self, name: str = "lb", **params: Any) -> str:
        made = self.lb("CreateLoadBalancer", Name=name, **{"Subnets": self.subnets, **params})
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def group(self, name: str = "app", **params: Any) -> str:
        given = {"Protocol": "HTTP", "Port": 80, "VpcId": self.vpc, "TargetType": "ip", **params}
        return str(self.lb("CreateTargetGroup", Name=name, **given)["TargetGroups"][0]["TargetGroupArn"])

    def listener(self, balancer: str, group: str | None = None, **params: Any) -> str:
        actions = [{"Type": "forward", "TargetGroupArn": group}]
        given = {"Protocol": "HTTP", "Port": 80, "DefaultActions": actions, **params}
        made = self.lb("CreateListener", LoadBalancerArn=balancer, **given)
        return str(made["Listeners"][0]["ListenerArn"])

    def register(self, group: str, *ports: int) -> None:
        self.lb("RegisterTargets", TargetGroupArn=group, Targets=targets(*ports))

    def health(self, group: str, **params: Any) -> dict[int, tuple[str, str | None]]:
        found = self.lb("DescribeTargetHealth", TargetGroupArn=group, **params)["TargetHealthDescriptions"]
        return {
            each["Target"]["Port"]: (each["TargetHealth"]["State"], each["TargetHealth"].get("Reason"))
            for each in found
        }

    def picture(self, listener: str) -> Listener:
        found = self.service.listener(listener)
        assert found is not None
        return found


def targets(*ports: int) -> list[dict[str, Any]]:
    return [{"Id": "10.0.0.1", "Port": port} for port in ports]
