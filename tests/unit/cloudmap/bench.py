"""A cloud with Cloud Map and one VPC, ``vpc-1``."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.cloudmap.model import Instance
from hatoba.cloud.cloudmap.store import Store
from hatoba.cloud.wire import Call, Operations, ServiceError
from tests.support.calls import SCOPE, Bench

A_RECORD = {"DnsRecords": [{"Type": "A", "TTL": 60}]}
SRV_RECORD = {"DnsRecords": [{"Type": "SRV", "TTL": 300}]}


class CloudMapBench(Bench):
    """``bench("GetNamespace", Id=…)`` calls Cloud Map; the helpers make what most tests begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud_map = CloudMap(self.world, random=Random(7))
        self.add(self.cloud_map.operations)
        self.add(_one_vpc())

    def __call__(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return self.call("servicediscovery", operation, **params)

    def done(self, operation: str, **params: Any) -> Mapping[str, Any]:
        """Call an asynchronous operation and return what GetOperation says of it."""
        answer = self(operation, **params)
        outcome: Mapping[str, Any] = self("GetOperation", OperationId=answer["OperationId"])["Operation"]
        return outcome

    def namespace(self, name: str = "app.internal", kind: str = "PrivateDns", **params: Any) -> str:
        if kind == "PrivateDns":
            params.setdefault("Vpc", "vpc-1")
        done = self.done(f"Create{kind}Namespace", Name=name, **params)
        assert done["Status"] == "SUCCESS", done
        namespace_id: str = done["Targets"]["NAMESPACE"]
        return namespace_id

    def service(self, namespace_id: str, name: str = "web", **params: Any) -> str:
        service_id: str = self("CreateService", NamespaceId=namespace_id, Name=name, **params)["Service"][
            "Id"
        ]
        return service_id

    def register(self, service_id: str, instance_id: str, **attributes: str) -> Mapping[str, Any]:
        return self.done(
            "RegisterInstance", ServiceId=service_id, InstanceId=instance_id, Attributes=attributes
        )

    def fill(self, service_id: str, count: int, **attributes: str) -> None:
        """Let ``count`` instances stand behind a service, without a call for each."""
        instances = Store(self.state).instances
        with self.state.transaction():
            for number in range(count):
                instances.put(
                    SCOPE,
                    Instance(f"i-{number}", service_id, SCOPE.account, attributes, creator_request_id=""),
                )

    def refused(self, operation: str, **params: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            self(operation, **params)
        return caught.value


def _one_vpc() -> Operations:
    ec2 = Operations("ec2")

    def describe_vpcs(_: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
        for vpc_id in request["VpcIds"]:
            if vpc_id not in {"vpc-1", "vpc-2"}:
                raise ServiceError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
        return {"Vpcs": [{"VpcId": vpc_id} for vpc_id in request["VpcIds"]]}

    ec2.add("DescribeVpcs", describe_vpcs)
    return ec2


__all__ = ["A_RECORD", "SCOPE", "SRV_RECORD", "CloudMapBench"]
