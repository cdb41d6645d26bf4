"""A bench with API Gateway and small fakes of what it leans on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hatoba.cloud.apigateway import ApiGateway
from hatoba.cloud.state import Change, Scope
from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.cloud.world import DiscoveredInstance, IssuerKeys
from hatoba.gateway.protocol import GatewayError
from hatoba.gateway.snapshot import Api, Snapshot
from tests.support.calls import SCOPE, Bench

ISSUER = "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_AbCdEfGhI"
SERVICE_ARN = "arn:aws:servicediscovery:ap-northeast-1:000000000000:service/srv-1234567890abcdef"
LISTENER_ARN = "arn:aws:elasticloadbalancing:ap-northeast-1:000000000000:listener/app/alb/12/34"
LOG_GROUP_ARN = "arn:aws:logs:ap-northeast-1:000000000000:log-group:/aws/api-gateway/mz-dev"
LOG_FORMAT = '{"requestId":"$context.requestId","status":"$context.status"}'


class FakeGateway:
    """Keeps what it was told to serve; ports in ``taken`` cannot be listened on."""

    def __init__(self) -> None:
        self.served: list[Snapshot] = []
        self.taken: set[int] = set()
        self.refusals = 0

    async def start(self) -> None: ...

    async def push(self, snapshot: Snapshot) -> None:
        for port in [snapshot.port, *(api.port for api in snapshot.apis)]:
            if port in self.taken:
                self.refusals += 1
                raise GatewayError(f"127.0.0.1:{port} is taken by another program")
        self.served.append(snapshot)

    async def stop(self) -> None: ...

    @property
    def snapshot(self) -> Snapshot:
        return self.served[-1]

    @property
    def api(self) -> Api:
        return self.snapshot.apis[0]


class FakeInstances:
    """Instances by service id."""

    def __init__(self) -> None:
        self.by_service: dict[str, tuple[DiscoveredInstance, ...]] = {}
        self.queries: list[tuple[Scope, Mapping[str, str] | None]] = []

    def discover(
        self, scope: Scope, service_id: str, query: Mapping[str, str] | None = None
    ) -> tuple[DiscoveredInstance, ...]:
        self.queries.append((scope, query))
        return self.by_service.get(service_id, ())


class FakeKeys:
    """Keys by issuer; an issuer that is not there cannot be discovered."""

    def __init__(self) -> None:
        self.by_issuer: dict[str, IssuerKeys] = {ISSUER: IssuerKeys(({"kid": "k1", "n": "n", "e": "AQAB"},))}
        self.asked: list[str] = []

    async def discover(self, issuer: str) -> str | None:
        return None if issuer in self.by_issuer else "HTTP 404"

    async def keys(self, issuer: str) -> IssuerKeys:
        self.asked.append(issuer)
        return self.by_issuer.get(issuer, IssuerKeys(error="JWKS communication error"))


class FakeLogs:
    """Keeps events by group and stream; only groups in ``groups`` are there."""

    def __init__(self) -> None:
        self.groups = {"/aws/api-gateway/mz-dev"}
        self.events: list[tuple[Scope, str, str, tuple[int, str]]] = []

    def append(
        self,
        scope: Scope,
        group: str,
        stream: str,
        events: Sequence[tuple[int, str]],
        *,
        create_stream: bool = True,
    ) -> None:
        assert create_stream
        if group not in self.groups:
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        self.events.extend((scope, group, stream, event) for event in events)


class GatewayBench(Bench):
    """API Gateway with fakes around it: Cloud Map and EC2 know only what the test needs."""

    def __init__(self) -> None:
        super().__init__()
        self.gateway = FakeGateway()
        self.instances = FakeInstances()
        self.keys = FakeKeys()
        self.logs = FakeLogs()
        self.service = ApiGateway(self.world, self.gateway, self.instances, self.keys, self.logs)
        self.add(self.service.operations)
        self.listeners: set[str] = set()
        self.add(cloud_map())
        self.add(ec2())
        self.add(elbv2(self.listeners))

    def gw(self, operation: str, scope: Scope = SCOPE, **params: Any) -> Mapping[str, Any]:
        return self.call("apigatewayv2", operation, scope, **params)

    def refused(self, operation: str, **params: Any) -> tuple[str, str]:
        with pytest.raises(ServiceError) as caught:
            self.gw(operation, **params)
        return caught.value.code, caught.value.message

    def instances_changed(self, *instances: DiscoveredInstance) -> None:
        self.instances.by_service["srv-1234567890abcdef"] = instances
        self.state.changed(Change("cloudmap.instance", SCOPE, "any"))

    def api(self, **params: Any) -> str:
        return str(self.gw("CreateApi", Name="mz-dev-api-gateway", ProtocolType="HTTP", **params)["ApiId"])

    def link(self) -> str:
        link = self.gw("CreateVpcLink", Name="mz-dev-vpc-link", SubnetIds=["subnet-a"])
        return str(link["VpcLinkId"])

    def integration(self, api_id: str, link_id: str, **params: Any) -> str:
        made = self.gw(
            "CreateIntegration",
            ApiId=api_id,
            IntegrationType="HTTP_PROXY",
            **{
                "IntegrationMethod": "ANY",
                "ConnectionType": "VPC_LINK",
                "ConnectionId": link_id,
                "IntegrationUri": SERVICE_ARN,
                **params,
            },
        )
        return str(made["IntegrationId"])

    def public_integration(self, api_id: str, url: str = "http://backend.test/") -> str:
        made = self.gw(
            "CreateIntegration",
            ApiId=api_id,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri=url,
        )
        return str(made["IntegrationId"])

    def authorizer(self, api_id: str, **params: Any) -> str:
        made = self.gw(
            "CreateAuthorizer",
            ApiId=api_id,
            **{
                "Name": "mz-dev-jwt-authorizer",
                "AuthorizerType": "JWT",
                "IdentitySource": ["$request.header.Authorization"],
                "JwtConfiguration": {"Issuer": ISSUER, "Audience": ["client"]},
                **params,
            },
        )
        return str(made["AuthorizerId"])

    def route(self, api_id: str, route_key: str = "GET /{proxy+}", **params: Any) -> str:
        return str(self.gw("CreateRoute", ApiId=api_id, RouteKey=route_key, **params)["RouteId"])


def instance(identifier: str, health: str = "HEALTHY", **attributes: str) -> DiscoveredInstance:
    given = attributes or {"AWS_INSTANCE_IPV4": "127.0.0.1", "AWS_INSTANCE_PORT": "8080"}
    return DiscoveredInstance(identifier, given, health)


def cloud_map() -> Operations:
    operations = Operations("servicediscovery")

    @operations.on("GetService")
    def get_service(_: Call, request: Mapping[str, str]) -> Mapping[str, object]:
        if request["Id"] != "srv-1234567890abcdef":
            raise ServiceError("ServiceNotFound", request["Id"])
        return {"Service": {"Id": request["Id"]}}

    return operations


def elbv2(listeners: set[str]) -> Operations:
    operations = Operations("elbv2")

    @operations.on("DescribeListeners")
    def describe_listeners(_: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
        if not listeners >= set(request["ListenerArns"]):
            raise ServiceError("ListenerNotFound", "One or more listeners not found")
        return {"Listeners": []}

    return operations


def ec2() -> Operations:
    operations = Operations("ec2")

    @operations.on("DescribeSubnets")
    def describe_subnets(_: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
        for subnet in request["SubnetIds"]:
            if not subnet.startswith("subnet-"):
                raise ServiceError("InvalidSubnetID.NotFound", f"The subnet ID '{subnet}' does not exist")
        return {"Subnets": []}

    @operations.on("DescribeSecurityGroups")
    def describe_groups(_: Call, _request: Mapping[str, Any]) -> Mapping[str, object]:
        return {"SecurityGroups": []}

    return operations
