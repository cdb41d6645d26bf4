"""A cloud with EC2's network part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE, Bench


class Ec2Bench(Bench):
    """``bench("DescribeVpcs")`` calls EC2."""

    def __init__(self) -> None:
        super().__init__()
        self.ec2 = Ec2(self.world)
        self.add(self.ec2.operations)

    def __call__(self, operation: str, scope: Scope = SCOPE, **params: Any) -> Mapping[str, Any]:
        return self.call("ec2", operation, scope, **params)

    def refused(self, operation: str, **params: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            self(operation, **params)
        return caught.value

    def vpc(self, cidr: str = "10.0.0.0/16") -> str:
        vpc_id: str = self("CreateVpc", CidrBlock=cidr)["Vpc"]["VpcId"]
        return vpc_id

    def subnet(self, vpc_id: str, cidr: str = "10.0.0.0/24", **params: Any) -> str:
        subnet_id: str = self("CreateSubnet", VpcId=vpc_id, CidrBlock=cidr, **params)["Subnet"]["SubnetId"]
        return subnet_id

    def group(self, vpc_id: str, name: str = "web", **params: Any) -> str:
        made = self("CreateSecurityGroup", VpcId=vpc_id, GroupName=name, Description="ours", **params)
        group_id: str = made["GroupId"]
        return group_id

    def interface(self, subnet_id: str, **params: Any) -> Mapping[str, Any]:
        made: Mapping[str, Any] = self("CreateNetworkInterface", SubnetId=subnet_id, **params)[
            "NetworkInterface"
        ]
        return made

    def default_vpc(self, scope: Scope = SCOPE) -> str:
        (vpc,) = self("DescribeVpcs", scope, Filters=[filter_of("is-default", "true")])["Vpcs"]
        vpc_id: str = vpc["VpcId"]
        return vpc_id


def filter_of(name: str, *values: str) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}


def tags_of(resource_type: str, **tags: str) -> list[dict[str, Any]]:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": resource_type, "Tags": listed}]
