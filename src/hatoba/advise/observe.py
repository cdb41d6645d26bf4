"""Looking at a running system by read-only AWS calls, locally or on AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hatoba.advise.observe_network import look_at_network
from hatoba.advise.observe_tasks import look_at_task
from hatoba.advise.seen import (
    ApiSeen,
    AuthorizerSeen,
    DiscoverySeen,
    InstanceSeen,
    LinkSeen,
    NamespaceSeen,
    RegistrationSeen,
    RouteSeen,
    ServiceSeen,
    StoppedTask,
    SystemSeen,
    TaskSeen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_apigatewayv2.type_defs import ApiTypeDef, RouteTypeDef
    from types_boto3_ec2 import EC2Client
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import ServiceRegistryTypeDef, ServiceTypeDef
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_servicediscovery import ServiceDiscoveryClient

STOPPED_TASKS_LOOKED_AT = 10


class Clients(Protocol):
    """The AWS clients that looking needs."""

    @property
    def ecs(self) -> ECSClient:
        """Amazon ECS."""

    @property
    def servicediscovery(self) -> ServiceDiscoveryClient:
        """AWS Cloud Map."""

    @property
    def apigatewayv2(self) -> ApiGatewayV2Client:
        """Amazon API Gateway HTTP APIs."""

    @property
    def ec2(self) -> EC2Client:
        """Amazon EC2: the VPC network."""

    @property
    def iam(self) -> IAMClient:
        """IAM."""

    @property
    def logs(self) -> CloudWatchLogsClient:
        """Amazon CloudWatch Logs."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at: what a stack made, by its physical ids; None for everything in account and region."""

    ids: frozenset[str] | None = None
    is_here: bool = False

    def has(self, *ids: str) -> bool:
        """Whether something under one of its ids is to be looked at."""
        return self.ids is None or any(each in self.ids for each in ids)


def look(
    clients: Clients, issuer_error: Callable[[str], str | None], scope: Scope | None = None
) -> SystemSeen:
    """Return what stands. ``issuer_error`` says why an issuer's keys cannot be had, None when they can."""
    scope = scope or Scope(is_here=True)
    services = tuple(_services(clients, scope))
    gateway = clients.apigatewayv2
    apis = tuple(
        _api(gateway, api, issuer_error)
        for page in gateway.get_paginator("get_apis").paginate()
        for api in page["Items"]
        if scope.has(api.get("ApiId", ""))
    )
    links = _links(gateway, {route.vpc_link for api in apis for route in api.routes})
    tasks = [service.task for service in services if service.task]
    parts: tuple[TaskSeen | LinkSeen, ...] = (*tasks, *links)
    subnets = {each for part in parts for each in part.subnets}
    groups = {each for part in parts for each in part.groups}
    return SystemSeen(
        services=services,
        discoveries=tuple(_discoveries(clients.servicediscovery, scope)),
        apis=apis,
        links=links,
        namespaces=look_at_namespaces(clients.servicediscovery, scope),
        network=look_at_network(clients.ec2, subnets, groups),
        is_here=scope.is_here,
    )


def look_at_namespaces(cloud_map: ServiceDiscoveryClient, scope: Scope) -> tuple[NamespaceSeen, ...]:
    """Every namespace of the account and region: names collide across systems."""
    return tuple(
        NamespaceSeen(
            each["Id"], each["Name"], each["Type"], is_own=scope.ids is not None and scope.has(each["Id"])
        )
        for page in cloud_map.get_paginator("list_namespaces").paginate()
        for each in page["Namespaces"]
    )


def _services(clients: Clients, scope: Scope) -> Iterator[ServiceSeen]:
    ecs = clients.ecs
    for cluster in _clusters(ecs, scope):
        pages = ecs.get_paginator("list_services").paginate(
            cluster=cluster, PaginationConfig={"PageSize": 10}
        )
        for page in pages:
            arns = [arn for arn in page["serviceArns"] if scope.has(arn)]
            for service in ecs.describe_services(cluster=cluster, services=arns)["services"] if arns else ():
                yield _service(clients, cluster, service)


def _clusters(ecs: ECSClient, scope: Scope) -> Iterable[str]:
    if scope.ids is None:
        return ecs.list_clusters()["clusterArns"]
    # arn:…:service/CLUSTER/NAME
    return sorted({each.split("/")[-2] for each in scope.ids if ":service/" in each and each.count("/") > 1})


def _service(clients: Clients, cluster: str, service: ServiceTypeDef) -> ServiceSeen:
    deployments, events = service["deployments"], service["events"]
    registries = service.get("serviceRegistries", [])
    return ServiceSeen(
        name=service["serviceName"],
        desired=service["desiredCount"],
        running=service["runningCount"],
        rollout_state=deployments[0].get("rolloutState", "") if deployments else "",
        last_event=events[0]["message"] if events else "",
        registries=tuple(each.get("registryArn", "") for each in registries),
        stopped=tuple(_stopped(clients.ecs, cluster, service["serviceName"])),
        registrations=tuple(_registration(each) for each in registries),
        task=look_at_task(clients.ecs, clients.iam, clients.logs, service),
    )


def _registration(found: ServiceRegistryTypeDef) -> RegistrationSeen:
    port = found.get("containerPort", found.get("port"))
    return RegistrationSeen(found.get("registryArn", ""), found.get("containerName", ""), port)


def _stopped(ecs: ECSClient, cluster: str, service: str) -> Iterator[StoppedTask]:
    arns = ecs.list_tasks(
        cluster=cluster, serviceName=service, desiredStatus="STOPPED", maxResults=STOPPED_TASKS_LOOKED_AT
    )["taskArns"]
    if not arns:
        return
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    for task in sorted(tasks, key=lambda task: task["createdAt"], reverse=True):
        yield StoppedTask(
            task["taskArn"].rpartition("/")[2],
            task.get("stopCode", ""),
            task.get("stoppedReason", ""),
            tuple(container["reason"] for container in task["containers"] if container.get("reason")),
        )


def _discoveries(cloud_map: ServiceDiscoveryClient, scope: Scope) -> Iterator[DiscoverySeen]:
    namespaces = {
        namespace["Id"]: namespace["Name"]
        for page in cloud_map.get_paginator("list_namespaces").paginate()
        for namespace in page["Namespaces"]
    }
    for page in cloud_map.get_paginator("list_services").paginate():
        for summary in page["Services"]:
            if not scope.has(summary["Id"], summary.get("Arn", "")):
                continue
            service = cloud_map.get_service(Id=summary["Id"])["Service"]
            namespace = namespaces.get(service["NamespaceId"], "")
            found = cloud_map.discover_instances(
                NamespaceName=namespace, ServiceName=service["Name"], HealthStatus="ALL"
            )
            yield DiscoverySeen(
                arn=service["Arn"],
                name=f"{service['Name']}.{namespace}",
                namespace=namespace,
                record_types=tuple(
                    each["Type"] for each in service.get("DnsConfig", {}).get("DnsRecords", [])
                ),
                has_health_check="HealthCheckCustomConfig" in service or "HealthCheckConfig" in service,
                instances=tuple(
                    InstanceSeen(each["InstanceId"], each["HealthStatus"], dict(each["Attributes"]))
                    for each in found["Instances"]
                ),
            )


def _links(gateway: ApiGatewayV2Client, wanted: set[str | None]) -> tuple[LinkSeen, ...]:
    return tuple(
        LinkSeen(each["VpcLinkId"], each["Name"], tuple(each["SubnetIds"]), tuple(each["SecurityGroupIds"]))
        for each in gateway.get_vpc_links()["Items"]
        if each["VpcLinkId"] in wanted
    )


def _api(gateway: ApiGatewayV2Client, api: ApiTypeDef, issuer_error: Callable[[str], str | None]) -> ApiSeen:
    api_id = api["ApiId"]
    names = {
        each.get("AuthorizerId", ""): each["Name"] for each in gateway.get_authorizers(ApiId=api_id)["Items"]
    }
    return ApiSeen(
        name=api["Name"],
        endpoint=api.get("ApiEndpoint", ""),
        stages=tuple(stage["StageName"] for stage in gateway.get_stages(ApiId=api_id)["Items"]),
        routes=tuple(_routes(gateway, api_id, names)),
        authorizers=tuple(_authorizers(gateway, api_id, issuer_error)),
    )


def _routes(gateway: ApiGatewayV2Client, api_id: str, authorizers: dict[str, str]) -> Iterator[RouteSeen]:
    links = {link["VpcLinkId"]: link.get("VpcLinkStatus", "") for link in gateway.get_vpc_links()["Items"]}
    integrations = {each["IntegrationId"]: each for each in gateway.get_integrations(ApiId=api_id)["Items"]}
    for route in gateway.get_routes(ApiId=api_id)["Items"]:
        target = route.get("Target", "").removeprefix("integrations/")
        integration = integrations.get(target)
        link = integration.get("ConnectionId") if integration else None
        yield RouteSeen(
            route_key=route["RouteKey"],
            has_target=integration is not None,
            integration_uri=integration.get("IntegrationUri") if integration else None,
            vpc_link_status=links.get(link, "gone") if link else None,
            authorizer=_authorizer_of(route, authorizers),
            vpc_link=link,
            scopes=tuple(route.get("AuthorizationScopes", ())),
            rewrites_path="overwrite:path" in (integration or {}).get("RequestParameters", {}),
        )


def _authorizer_of(route: RouteTypeDef, names: dict[str, str]) -> str | None:
    found = route.get("AuthorizerId")
    return names.get(found, found) if found else None


def _authorizers(
    gateway: ApiGatewayV2Client, api_id: str, issuer_error: Callable[[str], str | None]
) -> Iterator[AuthorizerSeen]:
    for authorizer in gateway.get_authorizers(ApiId=api_id)["Items"]:
        jwt = authorizer.get("JwtConfiguration", {})
        issuer = jwt.get("Issuer", "")
        yield AuthorizerSeen(authorizer["Name"], issuer, tuple(jwt.get("Audience", ())), issuer_error(issuer))
