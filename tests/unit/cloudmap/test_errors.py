"""Each error that the model gives an operation: provoked, or named as one that cannot happen here."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.wire.models import service_model
from tests.unit.cloudmap.bench import A_RECORD, SRV_RECORD, CloudMapBench

ARN = "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-none"
ADDRESS = {"AWS_INSTANCE_IPV4": "10.0.0.1"}
TAGS = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
MANY = {f"k{number}": "v" for number in range(30)}

NEVER = {"DuplicateRequest", "RequestLimitExceeded"}
"""Nothing runs in the background, nothing is throttled: docs/fidelity/cloudmap.md."""

NEVER_OF = {
    ("UpdateHttpNamespace", "ResourceInUse"),
    ("UpdatePrivateDnsNamespace", "ResourceInUse"),
    ("UpdatePublicDnsNamespace", "ResourceInUse"),
    ("RegisterInstance", "ResourceInUse"),
    ("DeregisterInstance", "ResourceInUse"),
    ("CreateService", "ResourceLimitExceeded"),
}
"""AWS does not say when, or of how many."""

NO_SERVICE: dict[str, dict[str, Any]] = {
    "UpdateService": {"Id": "srv-none", "Service": {}},
    "DeleteService": {"Id": "srv-none"},
    "GetService": {"Id": "srv-none"},
    "GetServiceAttributes": {"ServiceId": "srv-none"},
    "UpdateServiceAttributes": {"ServiceId": "srv-none", "Attributes": {"k": "v"}},
    "DeleteServiceAttributes": {"ServiceId": "srv-none", "Attributes": ["k"]},
    "RegisterInstance": {"ServiceId": "srv-none", "InstanceId": "i-1", "Attributes": ADDRESS},
    "DeregisterInstance": {"ServiceId": "srv-none", "InstanceId": "i-1"},
    "GetInstance": {"ServiceId": "srv-none", "InstanceId": "i-1"},
    "GetInstancesHealthStatus": {"ServiceId": "srv-none"},
    "UpdateInstanceCustomHealthStatus": {"ServiceId": "srv-none", "InstanceId": "i-1", "Status": "HEALTHY"},
    "ListInstances": {"ServiceId": "srv-none"},
    "DiscoverInstances": {"NamespaceName": "app.internal", "ServiceName": "none"},
    "DiscoverInstancesRevision": {"NamespaceName": "app.internal", "ServiceName": "none"},
}
NO_NAMESPACE: dict[str, dict[str, Any]] = {
    "UpdateHttpNamespace": {"Id": "ns-none", "Namespace": {"Description": ""}},
    "UpdatePrivateDnsNamespace": {"Id": "ns-none", "Namespace": {}},
    "UpdatePublicDnsNamespace": {"Id": "ns-none", "Namespace": {}},
    "DeleteNamespace": {"Id": "ns-none"},
    "GetNamespace": {"Id": "ns-none"},
    "CreateService": {"Name": "new", "NamespaceId": "ns-none", "DnsConfig": A_RECORD},
    "DiscoverInstances": {"NamespaceName": "none", "ServiceName": "web"},
    "DiscoverInstancesRevision": {"NamespaceName": "none", "ServiceName": "web"},
}
NO_INSTANCE: dict[str, dict[str, Any]] = {
    "DeregisterInstance": {"InstanceId": "none"},
    "GetInstance": {"InstanceId": "none"},
    "GetInstancesHealthStatus": {"Instances": ["none"]},
    "UpdateInstanceCustomHealthStatus": {"InstanceId": "none", "Status": "HEALTHY"},
}
NO_RESOURCE: dict[str, dict[str, Any]] = {
    "ListTagsForResource": {"ResourceARN": ARN},
    "TagResource": {"ResourceARN": ARN, "Tags": TAGS[:1]},
    "UntagResource": {"ResourceARN": ARN, "TagKeys": ["k"]},
}
PLAIN = {
    "ServiceNotFound": NO_SERVICE,
    "NamespaceNotFound": NO_NAMESPACE,
    "ResourceNotFoundException": NO_RESOURCE,
}
LISTS = ("ListNamespaces", "ListServices", "ListOperations")
CREATED = {
    "CreateHttpNamespace": {"Name": "new"},
    "CreatePublicDnsNamespace": {"Name": "new.example.com"},
    "CreatePrivateDnsNamespace": {"Name": "new", "Vpc": "vpc-1"},
}


class Standing:
    """One of each: a namespace ``app.internal``, its service ``web``, its instance ``i-1``."""

    def __init__(self, cloud: CloudMapBench) -> None:
        self.cloud = cloud
        self.namespace = cloud.namespace(CreatorRequestId="r1")
        self.service = cloud.service(self.namespace, DnsConfig=A_RECORD)
        cloud.register(self.service, "i-1", **ADDRESS)

    def call_for(self, operation: str, code: str) -> dict[str, Any]:
        """Return the parameters that an operation refuses with this error."""
        if code in PLAIN:
            return PLAIN[code][operation]
        provoke = {
            "InvalidInput": self._invalid,
            "InstanceNotFound": self._without_the_instance,
            "TooManyTagsException": self._too_many_tags,
            "NamespaceAlreadyExists": self._twice,
            "ResourceLimitExceeded": self._beyond_the_quota,
        }.get(code, self._alone)
        return provoke(operation)

    def _invalid(self, operation: str) -> dict[str, Any]:
        return {"MaxResults": 0} if operation in LISTS else {}

    def _without_the_instance(self, operation: str) -> dict[str, Any]:
        return {"ServiceId": self.service, **NO_INSTANCE[operation]}

    def _alone(self, operation: str) -> dict[str, Any]:
        """Return what provokes the error that only this operation has."""
        service, instance = {"ServiceId": self.service}, {"InstanceId": "i-1"}
        alone: dict[str, dict[str, Any]] = {
            "CreateService": {"Name": "web", "NamespaceId": self.namespace, "DnsConfig": SRV_RECORD},
            "DeleteService": {"Id": self.service},
            "DeleteNamespace": {"Id": self.namespace},
            "GetOperation": {"OperationId": "none"},
            "UpdateInstanceCustomHealthStatus": {**service, **instance, "Status": "HEALTHY"},
            "UpdateServiceAttributes": {**service, "Attributes": MANY},
        }
        self.cloud("UpdateServiceAttributes", ServiceId=self.service, Attributes={"one": "more"})
        return alone[operation]

    def _twice(self, operation: str) -> dict[str, Any]:
        params = {**CREATED[operation], "CreatorRequestId": "r1"}
        self.cloud(operation, **params)
        return params

    def _too_many_tags(self, operation: str) -> dict[str, Any]:
        if operation == "TagResource":
            return {"ResourceARN": self.cloud("GetService", Id=self.service)["Service"]["Arn"], "Tags": TAGS}
        if operation == "CreateService":
            return {"Name": "new", "NamespaceId": self.namespace, "DnsConfig": A_RECORD, "Tags": TAGS}
        return {**CREATED[operation], "Tags": TAGS}

    def _beyond_the_quota(self, operation: str) -> dict[str, Any]:
        if operation == "RegisterInstance":
            self.cloud.fill(self.service, 1000, **ADDRESS)
            return {"ServiceId": self.service, "InstanceId": "one-more", "Attributes": ADDRESS}
        for number in range(49):
            self.cloud("CreateHttpNamespace", Name=f"n{number}")
        return CREATED[operation]


def possible() -> list[tuple[str, str]]:
    model = service_model("servicediscovery")
    pairs = [
        (operation, error.name)
        for operation in sorted(model.operation_names)
        for error in model.operation_model(operation).error_shapes
    ]
    return [
        (operation, error)
        for operation, error in pairs
        if error not in NEVER and (operation, error) not in NEVER_OF
    ]


@pytest.mark.parametrize(("operation", "error"), possible())
def test_an_operation_raises_each_error_that_the_model_gives_it(
    cloud: CloudMapBench, operation: str, error: str
) -> None:
    params = Standing(cloud).call_for(operation, error)

    refused = cloud.refused(operation, **params)

    assert (refused.code, refused.status) == (error, 400)
