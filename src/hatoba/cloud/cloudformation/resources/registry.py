"""The resource types that there are: the table of contents of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import PropertyFault
from hatoba.cloud.cloudformation.resources import (
    apigateway,
    balancing,
    cdk,
    cloudmap,
    cognito,
    domains,
    dynamodb,
    ecs,
    ecs_service,
    endpoints,
    iam,
    log_filters,
    logs,
    messages,
    network,
    route53,
    scaling,
    schedules,
    secrets,
    security_groups,
    stacks,
    storage,
    waiting,
)
from hatoba.cloud.cloudformation.resources.identifiers import IDENTIFIERS
from hatoba.cloud.cloudformation.resources.readers import READERS, WRITE_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Handler, Properties
    from hatoba.cloud.cloudformation.resources.readers import Reader

HANDLERS: tuple[Handler, ...] = (
    apigateway.Api(),
    apigateway.Stage(),
    apigateway.VpcLink(),
    apigateway.Authorizer(),
    apigateway.Integration(),
    apigateway.Route(),
    apigateway.Deployment(),
    domains.DomainName(),
    domains.ApiMapping(),
    logs.LogGroup(),
    log_filters.LogStream(),
    log_filters.MetricFilter(),
    log_filters.SubscriptionFilter(),
    cloudmap.PrivateDnsNamespace(),
    cloudmap.HttpNamespace(),
    cloudmap.Service(),
    cloudmap.Instance(),
    ecs.Cluster(),
    ecs.ClusterCapacityProviderAssociations(),
    ecs.TaskDefinition(),
    ecs_service.Service(),
    security_groups.SecurityGroup(),
    security_groups.SecurityGroupIngress(),
    security_groups.SecurityGroupEgress(),
    network.Vpc(),
    network.Subnet(),
    network.RouteTable(),
    network.Route(),
    network.SubnetRouteTableAssociation(),
    network.InternetGateway(),
    network.VpcGatewayAttachment(),
    network.NatGateway(),
    network.Eip(),
    endpoints.VpcEndpoint(),
    iam.Role(),
    iam.RolePolicy(),
    iam.Policy(),
    iam.ManagedPolicy(),
    iam.InstanceProfile(),
    storage.Bucket(),
    storage.BucketPolicy(),
    storage.Repository(),
    storage.Parameter(),
    balancing.LoadBalancer(),
    balancing.TargetGroup(),
    balancing.Listener(),
    balancing.ListenerRule(),
    scaling.ScalableTarget(),
    scaling.ScalingPolicy(),
    scaling.Alarm(),
    schedules.Rule(),
    schedules.EventBus(),
    schedules.Schedule(),
    schedules.ScheduleGroup(),
    dynamodb.Table(),
    messages.Queue(),
    messages.Topic(),
    secrets.Secret(),
    secrets.Key(),
    secrets.Alias(),
    cognito.UserPool(),
    cognito.UserPoolClient(),
    cognito.UserPoolDomain(),
    cognito.UserPoolResourceServer(),
    route53.HostedZone(),
    route53.RecordSet(),
    route53.RecordSetGroup(),
    stacks.Stack(),
    waiting.WaitConditionHandle(),
    waiting.WaitCondition(),
    cdk.CdkMetadata(),
)


class Registry:
    """Handlers and readers by type name."""

    def __init__(
        self,
        handlers: Iterable[Handler] = HANDLERS,
        readers: Mapping[str, Reader] = READERS,
        identifiers: Mapping[str, tuple[str, ...]] = IDENTIFIERS,
    ) -> None:
        self._by_type: Mapping[str, Handler] = {handler.schema.type: handler for handler in handlers}
        self._readers = readers
        self._identifiers = identifiers

    def reader(self, type_name: str) -> Reader | None:
        """Return what reads resources of a type back, or None where nothing does."""
        return self._readers.get(type_name)

    @staticmethod
    def write_only(type_name: str) -> frozenset[str]:
        """Return the properties of a type that cannot be read back."""
        return WRITE_ONLY.get(type_name, frozenset())

    def get(self, type_name: str) -> Handler | None:
        """Return the handler of a type, or None where there is none."""
        return self._by_type.get(type_name)

    def handler(self, type_name: str) -> Handler:
        """Return the handler of a type that is known to exist: it was checked before the operation began."""
        return self._by_type[type_name]

    def identifier(self, type_name: str) -> tuple[str, ...] | None:
        """Return what names a resource of a type that can be imported; None where it cannot."""
        return self._identifiers.get(type_name)

    def unknown(self, type_names: Iterable[str]) -> tuple[str, ...]:
        """Return the types there is no handler for, sorted."""
        return tuple(sorted({name for name in type_names if name not in self._by_type}))


def check(handler: Handler, properties: Properties) -> None:
    """Check properties before any call is made.

    Raises:
        PropertyFault: One is unknown, missing, of the wrong type or not implemented.
    """
    schema = handler.schema
    for name in properties:
        if name in schema.refused:
            raise PropertyFault(
                "#", f"property [{name}] of {schema.type} is not implemented by hatoba's local cloud"
            )
        if name not in schema.properties and not schema.is_open:
            raise PropertyFault("#", f"extraneous key [{name}] is not permitted")
    for name in sorted(schema.required):
        if name not in properties:
            raise PropertyFault("#", f"required key [{name}] not found")
    handler.check(properties)
