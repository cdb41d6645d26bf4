"""AWS::Route53: hosted zones and record sets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Route53.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault, ResourceFailure
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import to_member
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

NO_ZONE = words("NoSuchHostedZone")
NOT_THERE = words("InvalidChangeBatch NoSuchHostedZone")


class HostedZone(Base):
    """A hosted zone; with VPCs it is a private one. Ref is its id."""

    schema = Schema(
        "AWS::Route53::HostedZone",
        properties=words("HostedZoneConfig HostedZoneTags Name VPCs"),
        create_only=words("Name"),
        attributes=words("Id NameServers"),
        tags="list",
        tag_property="HostedZoneTags",
        refused=words("DelegationSetId HostedZoneFeatures QueryLoggingConfig"),
    )
    service = "route53"

    def check(self, properties: Properties) -> None:
        """Check that it has a name."""
        if "Name" not in properties:
            raise PropertyFault("#", "required key [Name] not found")
        self._vpcs(properties)

    def _vpcs(self, properties: Properties) -> list[dict[str, str]]:
        given = properties.get("VPCs") or ()
        return [to_member(self.service, "CreateHostedZone", "VPC", vpc, where="#/VPCs") for vpc in given]

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        vpcs = self._vpcs(properties)
        config = {"Comment": _comment(properties), "PrivateZone": bool(vpcs)}
        params: dict[str, Any] = {"Name": properties["Name"], "HostedZoneConfig": config}
        if vpcs:
            params["VPC"] = vpcs[0]
        made = await self.call(context, "CreateHostedZone", CallerReference=context.token, **params)
        return str(made["HostedZone"]["Id"]).rpartition("/")[2]

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Tag it; let further VPCs see it."""
        if own := self.tags(context):
            await self._change_tags(context, physical_id, AddTags=tags.listed(own))
        found = await self.call(context, "GetHostedZone", Id=physical_id)
        there = [vpc["VPCId"] for vpc in found.get("VPCs") or ()]
        for vpc in self._vpcs(properties):
            if vpc["VPCId"] not in there:
                await self.call(context, "AssociateVPCWithHostedZone", HostedZoneId=physical_id, VPC=vpc)

    async def _change_tags(self, context: Context, physical_id: str, **changes: Any) -> None:
        named = {"ResourceType": "hostedzone", "ResourceId": physical_id}
        await self.call(context, "ChangeTagsForResource", **named, **changes)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Change the comment; take it from VPCs that are gone."""
        await self.call(context, "UpdateHostedZoneComment", Id=physical_id, Comment=_comment(new))
        for vpc in self._vpcs(old):
            if vpc not in self._vpcs(new):
                await self.call(context, "DisassociateVPCFromHostedZone", HostedZoneId=physical_id, VPC=vpc)

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        added, removed = tags.changed(tags.for_service(self.service, old), self.tags(context))
        if removed:
            await self._change_tags(context, physical_id, RemoveTagKeys=removed)
        if added:
            await self._change_tags(context, physical_id, AddTags=tags.listed(added))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, if it has no records but its own."""
        await self.call_unless(NO_ZONE, context, "DeleteHostedZone", Id=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id and name servers; a private zone has none."""
        found = await self.call(context, "GetHostedZone", Id=physical_id)
        servers = list((found.get("DelegationSet") or {}).get("NameServers") or ())
        return {"Id": physical_id, "NameServers": [] if properties.get("VPCs") else servers}


def _comment(properties: Properties) -> str:
    return str((properties.get("HostedZoneConfig") or {}).get("Comment", ""))


class Records(Base):
    """What one record set and a group of them have in common."""

    service = "route53"

    def records(self, properties: Properties) -> list[dict[str, Any]]:
        """Return the record sets in the API's words."""
        raise NotImplementedError

    def check(self, properties: Properties) -> None:
        """Check the record sets, and that a zone is named in one way."""
        if ("HostedZoneId" in properties) == ("HostedZoneName" in properties):
            raise PropertyFault("#", "give either HostedZoneId or HostedZoneName")
        self.records(properties)

    async def zone(self, context: Context, properties: Properties) -> str:
        """Return the zone's id."""
        if "HostedZoneId" in properties:
            return str(properties["HostedZoneId"])
        name = str(properties["HostedZoneName"])
        found = await self.call(context, "ListHostedZonesByName", DNSName=name)
        ids = [zone["Id"] for zone in found["HostedZones"] if zone["Name"] == f"{name.rstrip('.')}."]
        if len(ids) != 1:
            raise ResourceFailure(f"{len(ids)} hosted zones are named {name}; give HostedZoneId.")
        return str(ids[0]).rpartition("/")[2]

    async def change(self, context: Context, properties: Properties, *changes: tuple[str, Any]) -> None:
        """Change record sets, each by its own action, all or none."""
        batch = {"Changes": [{"Action": verb, "ResourceRecordSet": record} for verb, record in changes]}
        zone = await self.zone(context, properties)
        await self.call(context, "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put those that are wanted, delete those that are gone."""
        after = self.records(new)
        kept = [_identity(record) for record in after]
        gone = [record for record in self.records(old) if _identity(record) not in kept]
        changes = [*(("DELETE", record) for record in gone), *(("UPSERT", record) for record in after)]
        await self.change(context, new, *changes)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete them, if they did not go otherwise."""
        batch = {
            "Changes": [
                {"Action": "DELETE", "ResourceRecordSet": record} for record in self.records(properties)
            ]
        }
        zone = await self.zone(context, properties)
        await self.call_unless(
            NOT_THERE, context, "ChangeResourceRecordSets", HostedZoneId=zone, ChangeBatch=batch
        )


class RecordSet(Records):
    """A record set. Ref is its name."""

    schema = Schema(
        "AWS::Route53::RecordSet",
        properties=words(
            "AliasTarget Comment Failover GeoLocation HealthCheckId HostedZoneId HostedZoneName"
            " MultiValueAnswer Name Region ResourceRecords SetIdentifier TTL Type Weight"
        ),
        required=words("Name Type"),
        create_only=words("HostedZoneId HostedZoneName"),
        refused=words("CidrRoutingConfig GeoProximityLocation"),
    )

    def records(self, properties: Properties) -> list[dict[str, Any]]:
        """Return the one."""
        return [_record(properties, "#")]

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        (record,) = self.records(properties)
        await self.change(context, properties, ("CREATE", record))
        return str(properties["Name"])


class RecordSetGroup(Records):
    """Several record sets of one zone."""

    schema = Schema(
        "AWS::Route53::RecordSetGroup",
        properties=words("Comment HostedZoneId HostedZoneName RecordSets"),
        create_only=words("HostedZoneId HostedZoneName"),
    )

    def records(self, properties: Properties) -> list[dict[str, Any]]:
        """Return all."""
        given = enumerate(properties.get("RecordSets") or ())
        return [_record(record, f"#/RecordSets/{index}") for index, record in given]

    async def create(self, context: Context, properties: Properties) -> str:
        """Create them."""
        created = [("CREATE", record) for record in self.records(properties)]
        await self.change(context, properties, *created)
        return context.new_name()


def _record(properties: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return a record set in the API's words: values one by one, all else by the same name."""
    left_out = {"Comment", "HostedZoneId", "HostedZoneName", "ResourceRecords"}
    given = {name: value for name, value in properties.items() if name not in left_out}
    if "ResourceRecords" in properties:
        given["ResourceRecords"] = [{"Value": str(value)} for value in properties["ResourceRecords"]]
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": given}]}
    converted = to_member("route53", "ChangeResourceRecordSets", "ChangeBatch", batch, where=where)
    record: dict[str, Any] = converted["Changes"][0]["ResourceRecordSet"]
    if "AliasTarget" in record:
        record["AliasTarget"].setdefault("EvaluateTargetHealth", False)
    return record


def _identity(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return record["Name"], record["Type"], record.get("SetIdentifier")
