"""Looking at a running system by read-only AWS calls, locally or on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hatoba.advise.seen import (
    ApiSeen,
    AuthorizerSeen,
    DiscoverySeen,
    InstanceSeen,
    RouteSeen,
    ServiceSeen,
    StoppedTask,
    SystemSeen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_apigatewayv2.type_defs import ApiTypeDef
    from types_boto3_ecs import ECSClient
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


def look(clients: Clients, issuer_error: Callable[[str], str | None]) -> SystemSeen:
    """Return what stands. ``issuer_error`` says why an issuer's keys cannot be had, None when they can."""
    return SystemSeen(
        services=tuple(_services(clients.ecs)),
        discoveries=tuple(_discoveries(clients.servicediscovery)),
        apis=tuple(
            _api(clients.apigatewayv2, api, issuer_error)
            for page in clients.apigatewayv2.get_paginator("get_apis").paginate()
            for api in page["Items"]
        ),
    )


def _services(ecs: ECSClient) -> Iterator[ServiceSeen]:
    for cluster in ecs.list_clusters()["clusterArns"]:
        pages = ecs.get_paginator("list_services").paginate(
            cluster=cluster, PaginationConfig={"PageSize": 10}
        )
        for page in pages:
            if not page["serviceArns"]:
                continue
            for service in ecs.describe_services(cluster=cluster, services=page["serviceArns"])["services"]:
                deployments, events = service["deployments"], service["events"]
                yield ServiceSeen(
                    name=service["serviceName"],
                    desired=service["desiredCount"],
                    running=service["runningCount"],
                    rollout_state=deployments[0].get("rolloutState", "") if deployments else "",
                    last_event=events[0]["message"] if events else "",
                    registries=tuple(each["registryArn"] for each in service["serviceRegistries"]),
                    stopped=tuple(_stopped(ecs, cluster, service["serviceName"])),
                )


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


def _discoveries(cloud_map: ServiceDiscoveryClient) -> Iterator[DiscoverySeen]:
    namespaces = {
        namespace["Id"]: namespace["Name"]
        for page in cloud_map.get_paginator("list_namespaces").paginate()
        for namespace in page["Namespaces"]
    }
    for page in cloud_map.get_paginator("list_services").paginate():
        for summary in page["Services"]:
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


def _api(gateway: ApiGatewayV2Client, api: ApiTypeDef, issuer_error: Callable[[str], str | None]) -> ApiSeen:
    api_id = api["ApiId"]
    links = {link["VpcLinkId"]: link.get("VpcLinkStatus", "") for link in gateway.get_vpc_links()["Items"]}
    integrations = {each["IntegrationId"]: each for each in gateway.get_integrations(ApiId=api_id)["Items"]}
    routes = []
    for route in gateway.get_routes(ApiId=api_id)["Items"]:
        target = route.get("Target", "").removeprefix("integrations/")
        integration = integrations.get(target)
        link = integration.get("ConnectionId") if integration else None
        routes.append(
            RouteSeen(
                route_key=route["RouteKey"],
                has_target=integration is not None,
                integration_uri=integration.get("IntegrationUri") if integration else None,
                vpc_link_status=links.get(link, "gone") if link else None,
                authorizer=route.get("AuthorizerId"),
            )
        )
    authorizers = []
    for authorizer in gateway.get_authorizers(ApiId=api_id)["Items"]:
        jwt = authorizer.get("JwtConfiguration", {})
        issuer = jwt.get("Issuer", "")
        authorizers.append(
            AuthorizerSeen(authorizer["Name"], issuer, tuple(jwt.get("Audience", ())), issuer_error(issuer))
        )
    return ApiSeen(
        name=api["Name"],
        endpoint=api.get("ApiEndpoint", ""),
        stages=tuple(stage["StageName"] for stage in gateway.get_stages(ApiId=api_id)["Items"]),
        routes=tuple(routes),
        authorizers=tuple(authorizers),
        has_cors="CorsConfiguration" in api,
    )
