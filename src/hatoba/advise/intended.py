"""A system before it is deployed: what its template says, and what stands of what it presumes.

::

    template + parameters ──Reading──→ services, links, routes as they will be ─┐
    EC2, Cloud Map, IAM, Logs ──read-only calls──→ what is presumed to stand  ──┴─→ SystemSeen → rules
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hatoba.advise.network import GroupRule, GroupSeen
from hatoba.advise.observe import Scope, look_at_namespaces
from hatoba.advise.observe_network import look_at_network
from hatoba.advise.observe_tasks import look_at_role, managed_statements, statements
from hatoba.advise.seen import (
    ApiSeen,
    AuthorizerSeen,
    DiscoverySeen,
    LinkSeen,
    NamespaceSeen,
    RegistrationSeen,
    RoleSeen,
    RouteSeen,
    ServiceSeen,
    SystemSeen,
    TaskSeen,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hatoba.advise.observe import Clients
    from hatoba.advise.reading import Reading

NAMESPACES = (
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::PublicDnsNamespace",
    "AWS::ServiceDiscovery::HttpNamespace",
)


def intend(
    reading: Reading, clients: Clients, issuer_error: Callable[[str], str | None], scope: Scope
) -> SystemSeen:
    """Return a system as it would be, with what it presumes as it stands."""
    read = _Intention(reading, clients)
    services, links = tuple(read.services()), tuple(read.links())
    tasks = [service.task for service in services if service.task]
    parts: tuple[TaskSeen | LinkSeen, ...] = (*tasks, *links)
    standing = look_at_namespaces(clients.servicediscovery, scope)
    own = tuple(read.namespaces())
    return SystemSeen(
        services=services,
        discoveries=tuple(read.discoveries()),
        apis=tuple(read.apis(issuer_error)),
        links=links,
        # What this system made itself is no collision with what it intends.
        namespaces=(*own, *(each for each in standing if not each.is_own)),
        network=look_at_network(
            clients.ec2,
            {each for part in parts for each in part.subnets if not each.startswith("@")},
            {each for part in parts for each in part.groups if not each.startswith("@")},
            tuple(read.groups()),
        ),
        is_here=scope.is_here,
    )


class _Intention:
    """Pictures of what a template will make. Ids of what stands nowhere yet begin with ``@``."""

    def __init__(self, reading: Reading, clients: Clients) -> None:
        self._reading = reading
        self._clients = clients
        self._own_log_groups = {
            str(made.get("LogGroupName")) for _, made in reading.resources("AWS::Logs::LogGroup")
        }

    def namespaces(self) -> Iterator[NamespaceSeen]:
        for _, made in self._reading.resources(*NAMESPACES):
            yield NamespaceSeen("", str(made.get("Name")), "", is_own=True)

    def discoveries(self) -> Iterator[DiscoverySeen]:
        for name, made in self._reading.resources("AWS::ServiceDiscovery::Service"):
            records = made.get("DnsConfig", {}).get("DnsRecords", [])
            yield DiscoverySeen(
                arn=f"@{name}",
                name=str(made.get("Name")),
                namespace="",
                record_types=tuple(each["Type"] for each in records),
                has_health_check="HealthCheckCustomConfig" in made or "HealthCheckConfig" in made,
                instances=None,
            )

    def links(self) -> Iterator[LinkSeen]:
        for name, made in self._reading.resources("AWS::ApiGatewayV2::VpcLink"):
            subnets, groups = _texts(made.get("SubnetIds")), _texts(made.get("SecurityGroupIds"))
            yield LinkSeen(f"@{name}", str(made.get("Name")), subnets, groups)

    def groups(self) -> Iterator[GroupSeen]:
        beside = {
            kind: [made for _, made in self._reading.resources(f"AWS::EC2::SecurityGroup{kind}")]
            for kind in ("Ingress", "Egress")
        }
        for name, made in self._reading.resources("AWS::EC2::SecurityGroup"):
            rules = {
                kind: tuple(
                    _rule(rule)
                    for rule in (
                        *made.get(f"SecurityGroup{kind}", []),
                        *(one for one in beside[kind] if one.get("GroupId") == f"@{name}"),
                    )
                )
                for kind in beside
            }
            # A group without egress rules of its own lets everything out.
            out = rules["Egress"] or (GroupRule("-1", None, None, ("0.0.0.0/0",)),)
            yield GroupSeen(f"@{name}", str(made.get("GroupName", name)), rules["Ingress"], out)

    def services(self) -> Iterator[ServiceSeen]:
        definitions = dict(self._reading.resources("AWS::ECS::TaskDefinition"))
        for name, made in self._reading.resources("AWS::ECS::Service"):
            registries = made.get("ServiceRegistries", [])
            definition = definitions.get(str(made.get("TaskDefinition", "")).removeprefix("@"))
            yield ServiceSeen(
                name=str(made.get("ServiceName", name)),
                desired=0,
                running=0,
                rollout_state="",
                last_event="",
                registries=tuple(str(each.get("RegistryArn")) for each in registries),
                registrations=tuple(_registration(each) for each in registries),
                task=self._task(made, definition) if definition is not None else None,
            )

    def _task(self, service: Mapping[str, Any], definition: Mapping[str, Any]) -> TaskSeen:
        containers = definition.get("ContainerDefinitions", [])
        network = service.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
        role = definition.get("ExecutionRoleArn")
        return TaskSeen(
            images=tuple(dict.fromkeys(str(each.get("Image")) for each in containers)),
            ports=tuple(
                (str(each.get("Name")), int(port["ContainerPort"]))
                for each in containers
                for port in each.get("PortMappings", [])
            ),
            log_groups=tuple(dict.fromkeys(self._log_groups(containers))),
            secrets=tuple(
                str(secret.get("ValueFrom")) for each in containers for secret in each.get("Secrets", [])
            ),
            execution_role=self._role(str(role)) if role else None,
            subnets=_texts(network.get("Subnets")),
            groups=_texts(network.get("SecurityGroups")),
            has_public_ip=network.get("AssignPublicIp") == "ENABLED",
        )

    def _log_groups(self, containers: list[Mapping[str, Any]]) -> Iterator[tuple[str, bool, bool]]:
        for container in containers:
            options = container.get("LogConfiguration", {}).get("Options", {})
            name = str(options.get("awslogs-group", ""))
            if name:
                stands = name.startswith("@") or name in self._own_log_groups or self._stands(name)
                yield name, str(options.get("awslogs-create-group")) == "true", stands

    def _stands(self, log_group: str) -> bool:
        found = self._clients.logs.describe_log_groups(logGroupNamePrefix=log_group)["logGroups"]
        return any(each.get("logGroupName") == log_group for each in found)

    def _role(self, role: str) -> RoleSeen:
        if not role.startswith("@"):
            return look_at_role(self._clients.iam, role)
        from botocore.exceptions import ClientError

        roles = dict(self._reading.resources("AWS::IAM::Role"))
        made = roles.get(role.removeprefix("@"), {})
        said = [one for each in made.get("Policies", []) for one in statements(each.get("PolicyDocument"))]
        for _, policy in self._reading.resources("AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
            if role in (policy.get("RoleName"), *policy.get("Roles", [])):
                said += statements(policy.get("PolicyDocument"))
        seen = RoleSeen(str(made.get("RoleName", role)), tuple(said))
        try:
            for arn in _texts(made.get("ManagedPolicyArns")):
                said += managed_statements(self._clients.iam, arn)
        except ClientError as error:
            return replace(
                seen, problem=f"{error.operation_name}: {error.response['Error'].get('Message', '')}"
            )
        return replace(seen, statements=tuple(said))

    def apis(self, issuer_error: Callable[[str], str | None]) -> Iterator[ApiSeen]:
        for name, made in self._reading.resources("AWS::ApiGatewayV2::Api"):
            authorizers = {
                f"@{key}": each
                for key, each in self._reading.resources("AWS::ApiGatewayV2::Authorizer")
                if each.get("ApiId") == f"@{name}"
            }
            stages = [
                str(each.get("StageName"))
                for _, each in self._reading.resources("AWS::ApiGatewayV2::Stage")
                if each.get("ApiId") == f"@{name}"
            ]
            yield ApiSeen(
                name=str(made.get("Name")),
                endpoint="",
                stages=tuple(stages),
                routes=tuple(self._routes(name, authorizers)),
                authorizers=tuple(_authorizer(each, issuer_error) for each in authorizers.values()),
            )

    def _routes(self, api: str, authorizers: Mapping[str, Mapping[str, Any]]) -> Iterator[RouteSeen]:
        integrations = dict(self._reading.resources("AWS::ApiGatewayV2::Integration"))
        for _, made in self._reading.resources("AWS::ApiGatewayV2::Route"):
            if made.get("ApiId") != f"@{api}":
                continue
            target = integrations.get(str(made.get("Target", "")).removeprefix("integrations/@"))
            authorizer = authorizers.get(str(made.get("AuthorizerId")))
            yield RouteSeen(
                route_key=str(made.get("RouteKey")),
                has_target=target is not None,
                integration_uri=str(target.get("IntegrationUri")) if target else None,
                vpc_link_status=None,
                authorizer=str(authorizer.get("Name")) if authorizer else None,
                vpc_link=target.get("ConnectionId") if target else None,
                scopes=_texts(made.get("AuthorizationScopes")),
                rewrites_path="overwrite:path" in (target or {}).get("RequestParameters", {}),
            )


def _authorizer(made: Mapping[str, Any], issuer_error: Callable[[str], str | None]) -> AuthorizerSeen:
    jwt = made.get("JwtConfiguration", {})
    issuer = str(jwt.get("Issuer", ""))
    # A pool that the same stack makes stands nowhere yet.
    error = None if "@" in issuer else issuer_error(issuer)
    return AuthorizerSeen(str(made.get("Name")), issuer, _texts(jwt.get("Audience")), error)


def _registration(found: Mapping[str, Any]) -> RegistrationSeen:
    port = found.get("ContainerPort", found.get("Port"))
    return RegistrationSeen(
        str(found.get("RegistryArn")),
        str(found.get("ContainerName", "")),
        None if port is None else int(port),
    )


def _rule(found: Mapping[str, Any]) -> GroupRule:
    keys = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId")
    first, last = found.get("FromPort"), found.get("ToPort")
    return GroupRule(
        str(found.get("IpProtocol", "-1")),
        None if first is None else int(first),
        None if last is None else int(last),
        tuple(str(found[key]) for key in keys if key in found),
    )


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)
