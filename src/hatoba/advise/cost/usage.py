"""What of a template costs something: services and how big they are, balancers, APIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Template = Mapping[str, Any]

FREE = frozenset(
    {
        *("AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Route"),
        *(
            "AWS::ApiGatewayV2::Stage",
            "AWS::ApiGatewayV2::VpcLink",
            "AWS::ApplicationAutoScaling::ScalableTarget",
        ),
        *(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::SecurityGroupIngress",
        ),
        *("AWS::ECS::Cluster", "AWS::ECS::ClusterCapacityProviderAssociations", "AWS::ECS::TaskDefinition"),
        *(
            "AWS::ElasticLoadBalancingV2::Listener",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::IAM::Role",
        ),
        *("AWS::Logs::LogGroup", "AWS::ServiceDiscovery::Service"),
    }
)
"""Types that cost nothing of their own; what goes through them is counted elsewhere."""
COUNTED = frozenset(
    {
        *("AWS::ECS::Service", "AWS::ApiGatewayV2::Api", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "AWS::Scheduler::Schedule",
    }
)


@dataclass(frozen=True, slots=True)
class ServiceUsage:
    """An ECS service: how many tasks, how big each is. ``at_most`` is more where it scales."""

    name: str
    tasks: int
    at_most: int
    cpu: int
    memory: int
    is_arm: bool = False
    storage_gib: int = 20
    is_registered: bool = False
    has_public_address: bool = False
    is_on_spot: bool = False


@dataclass(frozen=True)
class Usage:
    """What a template makes that costs something; ``balancers`` maps name to kind."""

    services: tuple[ServiceUsage, ...] = ()
    apis: tuple[str, ...] = ()
    balancers: Mapping[str, str] = field(default_factory=dict)
    namespaces: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    has_access_log: bool = False
    others: tuple[str, ...] = ()


def usage(template: Template, parameters: Mapping[str, str]) -> Usage:
    """Read a template with the values of its parameters; defaults count where none is given."""
    read = _Reading(template, parameters)
    return Usage(
        services=tuple(read.services()),
        apis=tuple(read.names("AWS::ApiGatewayV2::Api", "Name")),
        balancers=dict(read.balancers()),
        namespaces=tuple(read.names("AWS::ServiceDiscovery::PrivateDnsNamespace", "Name")),
        schedules=tuple(read.names("AWS::Scheduler::Schedule", "Name")),
        has_access_log=any("AccessLogSettings" in each for _, each in read.of("AWS::ApiGatewayV2::Stage")),
        others=tuple(read.others()),
    )


class _Reading:
    def __init__(self, template: Template, parameters: Mapping[str, str]) -> None:
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        defaults = {name: each.get("Default") for name, each in template.get("Parameters", {}).items()}
        self._values = {**defaults, **parameters}

    def of(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Resources of a type: logical id and properties."""
        for logical_id, resource in self._resources.items():
            if resource.get("Type") == kind:
                yield logical_id, resource.get("Properties", {})

    def names(self, kind: str, member: str) -> Iterator[str]:
        """The names of a type's resources."""
        for logical_id, properties in self.of(kind):
            yield str(self._value(properties.get(member)) or logical_id)

    def others(self) -> Iterator[str]:
        """What this module knows nothing of."""
        for logical_id, resource in self._resources.items():
            if resource.get("Type") not in FREE | COUNTED:
                yield f"{logical_id} ({resource.get('Type')})"

    def balancers(self) -> Iterator[tuple[str, str]]:
        for logical_id, properties in self.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
            yield logical_id, str(properties.get("Type", "application"))

    def services(self) -> Iterator[ServiceUsage]:
        targets = self.of("AWS::ApplicationAutoScaling::ScalableTarget")
        scaled = {self._scaled(properties): properties for _, properties in targets}
        for logical_id, properties in self.of("AWS::ECS::Service"):
            bounds = scaled.get(logical_id, {})
            count = self._whole(properties.get("DesiredCount"), self._whole(bounds.get("MinCapacity"), 1))
            yield self._service(logical_id, properties, count, self._whole(bounds.get("MaxCapacity"), count))

    def _service(self, logical_id: str, service: Mapping[str, Any], count: int, most: int) -> ServiceUsage:
        reference = service.get("TaskDefinition")
        target = reference.get("Ref") if isinstance(reference, Mapping) else None
        task = self._resources.get(target or "", {}).get("Properties", {})
        network = service.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
        providers = [each.get("CapacityProvider") for each in service.get("CapacityProviderStrategy", ())]
        return ServiceUsage(
            name=str(self._value(service.get("ServiceName")) or logical_id),
            tasks=count,
            at_most=max(most, count),
            cpu=self._whole(task.get("Cpu"), 256),
            memory=self._whole(task.get("Memory"), 512),
            is_arm=task.get("RuntimePlatform", {}).get("CpuArchitecture") == "ARM64",
            storage_gib=self._whole(task.get("EphemeralStorage", {}).get("SizeInGiB"), 20),
            is_registered=bool(service.get("ServiceRegistries")),
            has_public_address=network.get("AssignPublicIp") == "ENABLED",
            is_on_spot="FARGATE_SPOT" in providers,
        )

    def _scaled(self, properties: Mapping[str, Any]) -> str:
        """The logical id of the service that a scalable target names or refers to."""
        text = str(properties.get("ResourceId"))
        name = text.rpartition("/")[2]
        return next(
            (
                each
                for each, service in self.of("AWS::ECS::Service")
                if f"{{{each}.Name}}" in text or service.get("ServiceName") == name
            ),
            "",
        )

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping) and set(value) == {"Ref"}:
            return self._values.get(value["Ref"])
        return None if isinstance(value, Mapping) else value

    def _whole(self, value: Any, otherwise: int) -> int:
        known = self._value(value)
        try:
            return int(known)
        except (TypeError, ValueError):
            return otherwise
