"""AWS::ServiceDiscovery: namespaces, services, instances; operations that are waited for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ServiceDiscovery.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hatoba.cloud.cloudformation.errors import ResourceFailure
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import to_member
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = frozenset({"NamespaceNotFound", "ServiceNotFound", "InstanceNotFound", "ResourceNotFoundException"})
OPERATIONS = ("cloudmap.operation", "cloudmap.namespace", "cloudmap.service", "cloudmap.instance")
_NOTHING_SAID = {"DnsProperties": {"SOA": {"TTL": 15}}}
"""The properties of a private namespace that says nothing of them."""


class Part(Base):
    """What namespaces and services have in common."""

    service = "servicediscovery"

    async def finish(self, context: Context, answer: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Wait for the operation that a call began; return its targets."""
        operation_id = (answer or {}).get("OperationId")
        if not operation_id:
            return {}
        found: dict[str, Any] = {}

        async def is_done() -> bool:
            operation = (await self.call(context, "GetOperation", OperationId=operation_id))["Operation"]
            if operation.get("Status") == "FAIL":
                raise ResourceFailure(str(operation.get("ErrorMessage") or operation.get("ErrorCode")))
            found.update(operation.get("Targets") or {})
            return bool(operation.get("Status") == "SUCCESS")

        await context.wait(OPERATIONS, is_done, f"Cloud Map operation {operation_id}")
        return found

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        arn = (await self.attributes(context, physical_id, properties))["Arn"]
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        if removed:
            await self.call(context, "UntagResource", ResourceARN=arn, TagKeys=removed)
        if added:
            await self.call(context, "TagResource", ResourceARN=arn, Tags=tags.listed(added))


class Namespace(Part):
    """What both kinds of namespace have in common; ``updates`` is the operation that changes one."""

    updates: ClassVar[str]

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; it has an id when its operation is done."""
        params = {**self.params(properties), "CreatorRequestId": context.token}
        if own := self.tags(context):
            params["Tags"] = tags.listed(own)
        targets = await self.finish(context, await self.call(context, self.creates, **params))
        return str(targets["NAMESPACE"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change description and SOA; what is left out is as if it had never been said."""
        namespace = {"Description": new.get("Description", "")}
        if "Properties" in {**old, **new}:
            namespace["Properties"] = to_member(
                self.service,
                self.creates,
                "Properties",
                new.get("Properties", _NOTHING_SAID),
                where="#/Properties",
            )
        await self.finish(
            context, await self.call(context, self.updates, Id=physical_id, Namespace=namespace)
        )

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it and wait until it is gone."""
        await self.finish(context, await self.call_unless(GONE, context, "DeleteNamespace", Id=physical_id))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id, ARN and, of a DNS namespace, the hosted zone."""
        namespace = (await self.call(context, "GetNamespace", Id=physical_id))["Namespace"]
        zone = ((namespace.get("Properties") or {}).get("DnsProperties") or {}).get("HostedZoneId")
        found = {"Id": physical_id, "Arn": namespace.get("Arn"), "HostedZoneId": zone}
        return {name: found[name] for name in self.schema.attributes}


class PrivateDnsNamespace(Namespace):
    """A namespace answered by DNS in one VPC."""

    schema = Schema(
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        properties=words("Description Name Properties Tags Vpc"),
        required=words("Name Vpc"),
        create_only=words("Name Vpc"),
        attributes=words("Id Arn HostedZoneId"),
        tags="list",
    )
    creates = "CreatePrivateDnsNamespace"
    updates = "UpdatePrivateDnsNamespace"


class HttpNamespace(Namespace):
    """A namespace asked by DiscoverInstances only."""

    schema = Schema(
        "AWS::ServiceDiscovery::HttpNamespace",
        properties=words("Description Name Tags"),
        required=words("Name"),
        create_only=words("Name"),
        attributes=words("Id Arn"),
        tags="list",
    )
    creates = "CreateHttpNamespace"
    updates = "UpdateHttpNamespace"


class Service(Part):
    """A Cloud Map service."""

    schema = Schema(
        "AWS::ServiceDiscovery::Service",
        properties=words(
            "Description DnsConfig HealthCheckConfig HealthCheckCustomConfig Name NamespaceId Tags Type"
        ),
        create_only=words("HealthCheckCustomConfig Name NamespaceId Type"),
        attributes=words("Id Arn Name"),
        tags="list",
        refused=words("ServiceAttributes"),
    )
    creates = "CreateService"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"Name": context.new_name(63), **self.params(properties), "CreatorRequestId": context.token}
        if own := self.tags(context):
            params["Tags"] = tags.listed(own)
        return str((await self.call(context, "CreateService", **params))["Service"]["Id"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change description, records and health check; what is left out is removed."""
        params = self.params(new)
        service: dict[str, Any] = {"Description": new.get("Description", "")}
        if "DnsConfig" in params:
            service["DnsConfig"] = {"DnsRecords": params["DnsConfig"]["DnsRecords"]}
        if "HealthCheckConfig" in params:
            service["HealthCheckConfig"] = params["HealthCheckConfig"]
        await self.finish(context, await self.call(context, "UpdateService", Id=physical_id, Service=service))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, as soon as its last instance is gone: ECS takes them out on its own time."""

        async def is_gone() -> bool:
            try:
                await self.call_unless(GONE, context, "DeleteService", Id=physical_id)
            except ServiceError as error:
                if error.code != "ResourceInUse" or not await self._is_emptying(context, physical_id):
                    raise
                return False
            return True

        await context.wait(OPERATIONS, is_gone, f"Cloud Map service {physical_id}")

    async def _is_emptying(self, context: Context, physical_id: str) -> bool:
        """Say whether a running deregistration will change the service's instances soon."""
        running = await self.call(
            context,
            "ListOperations",
            Filters=[
                {"Name": "SERVICE_ID", "Values": [physical_id], "Condition": "EQ"},
                {"Name": "STATUS", "Values": ["SUBMITTED", "PENDING"], "Condition": "IN"},
            ],
        )
        return bool(running.get("Operations"))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id, ARN, name."""
        service = (await self.call(context, "GetService", Id=physical_id))["Service"]
        return {"Id": physical_id, "Arn": service.get("Arn"), "Name": service.get("Name")}


class Instance(Part):
    """An instance that the template registers itself."""

    schema = Schema(
        "AWS::ServiceDiscovery::Instance",
        properties=words("InstanceAttributes InstanceId ServiceId"),
        required=words("InstanceAttributes ServiceId"),
        create_only=words("InstanceId ServiceId"),
    )
    creates = "RegisterInstance"
    special = words("InstanceAttributes")

    async def create(self, context: Context, properties: Properties) -> str:
        """Register it."""
        physical_id = str(properties.get("InstanceId") or context.new_name(64))
        await self._register(context, physical_id, properties)
        return physical_id

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Register it again: that replaces its attributes."""
        await self._register(context, physical_id, new)

    async def _register(self, context: Context, physical_id: str, properties: Properties) -> None:
        given = to_member(
            self.service,
            self.creates,
            "Attributes",
            properties["InstanceAttributes"],
            where="#/InstanceAttributes",
        )
        answer = await self.call(
            context,
            "RegisterInstance",
            ServiceId=properties["ServiceId"],
            InstanceId=physical_id,
            Attributes=given,
        )
        await self.finish(context, answer)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deregister it."""
        answer = await self.call_unless(
            GONE, context, "DeregisterInstance", ServiceId=properties["ServiceId"], InstanceId=physical_id
        )
        await self.finish(context, answer)
