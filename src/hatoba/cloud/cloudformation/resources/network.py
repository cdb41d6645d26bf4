"""AWS::EC2's network: VPC, subnets, route tables, gateways.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import scalar
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.security_groups import retag
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

TARGETS = words(
    "CarrierGatewayId CoreNetworkArn EgressOnlyInternetGatewayId GatewayId InstanceId LocalGatewayId"
    " NatGatewayId NetworkInterfaceId OdbNetworkArn TransitGatewayId VpcEndpointId VpcPeeringConnectionId"
)


class Thing(Base):
    """What the things of a network have in common: Create, Delete, an id, tags when it is made.

    ``noun`` is the API's name, ``tag_type`` EC2's word for it in TagSpecifications, ``id_member`` its id.
    """

    service = "ec2"
    noun: ClassVar[str]
    tag_type: ClassVar[str]
    id_member: ClassVar[str]

    def check(self, properties: Properties) -> None:
        """Check what the creating operation takes."""
        self.params(properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = self.params(properties)
        if own := self.tags(context):
            params["TagSpecifications"] = [{"ResourceType": self.tag_type, "Tags": tags.listed(own)}]
        made = await self.call(context, self.creates, **params)
        return str((made.get(self.noun) or made)[self.id_member])

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags."""
        await retag(self, context, physical_id, old)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.unless_gone(context, f"Delete{self.noun}", **{self.id_member: physical_id})

    async def unless_gone(self, context: Context, operation: str, /, **params: Any) -> None:
        """Call an operation; that what it is about is not there any more is no error."""
        try:
            await self.call(context, operation, **params)
        except ServiceError as error:
            if not error.code.endswith((".NotFound", "NotFound", ".NotAttached")):
                raise

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The id, once more."""
        return {self.id_member: physical_id}


class Vpc(Thing):
    """A VPC, with its DNS attributes."""

    schema = Schema(
        "AWS::EC2::VPC",
        properties=words("CidrBlock EnableDnsHostnames EnableDnsSupport InstanceTenancy Tags"),
        create_only=words("CidrBlock InstanceTenancy"),
        attributes=words("CidrBlock DefaultNetworkAcl DefaultSecurityGroup VpcId"),
        tags="list",
        refused=words("Ipv4IpamPoolId Ipv4NetmaskLength VpcEncryptionControl"),
    )
    creates = "CreateVpc"
    special = words("EnableDnsHostnames EnableDnsSupport")
    noun, tag_type, id_member = "Vpc", "vpc", "VpcId"

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Set the DNS attributes: support is on by default, host names are not."""
        for name, default in (("EnableDnsSupport", True), ("EnableDnsHostnames", False)):
            value = scalar("boolean", properties.get(name, default), f"#/{name}")
            await self.call(context, "ModifyVpcAttribute", VpcId=physical_id, **{name: {"Value": value}})

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Settling sets the DNS attributes."""

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id, block, default group and default access control list."""
        of_vpc = [{"Name": "vpc-id", "Values": [physical_id]}]
        named = {"Name": "group-name", "Values": ["default"]}
        default = {"Name": "default", "Values": ["true"]}
        groups = await self.call(context, "DescribeSecurityGroups", Filters=[*of_vpc, named])
        acls = await self.call(context, "DescribeNetworkAcls", Filters=[*of_vpc, default])
        return {
            "VpcId": physical_id,
            "CidrBlock": properties.get("CidrBlock"),
            "DefaultSecurityGroup": groups["SecurityGroups"][0]["GroupId"],
            "DefaultNetworkAcl": acls["NetworkAcls"][0]["NetworkAclId"],
        }


class Subnet(Thing):
    """A subnet."""

    schema = Schema(
        "AWS::EC2::Subnet",
        properties=words("AvailabilityZone AvailabilityZoneId CidrBlock MapPublicIpOnLaunch Tags VpcId"),
        required=words("VpcId"),
        create_only=words("AvailabilityZone AvailabilityZoneId CidrBlock VpcId"),
        attributes=words("AvailabilityZone CidrBlock SubnetId VpcId"),
        tags="list",
        refused=words(
            "AssignIpv6AddressOnCreation EnableDns64 EnableLniAtDeviceIndex Ipv4IpamPoolId"
            " Ipv4NetmaskLength Ipv6CidrBlock Ipv6IpamPoolId Ipv6Native Ipv6NetmaskLength OutpostArn"
            " PrivateDnsNameOptionsOnLaunch"
        ),
    )
    creates = "CreateSubnet"
    special = words("MapPublicIpOnLaunch")
    noun, tag_type, id_member = "Subnet", "subnet", "SubnetId"

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Set whether what is launched gets a public address."""
        value = scalar("boolean", properties.get("MapPublicIpOnLaunch", False), "#/MapPublicIpOnLaunch")
        await self.call(
            context, "ModifySubnetAttribute", SubnetId=physical_id, MapPublicIpOnLaunch={"Value": value}
        )

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Settling sets the attribute."""

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id, block, zone and VPC."""
        found = (await self.call(context, "DescribeSubnets", SubnetIds=[physical_id]))["Subnets"][0]
        return {name: found.get(name) for name in self.schema.attributes}


class RouteTable(Thing):
    """A route table."""

    schema = Schema(
        "AWS::EC2::RouteTable",
        properties=words("Tags VpcId"),
        required=words("VpcId"),
        create_only=words("VpcId"),
        attributes=words("RouteTableId"),
        tags="list",
    )
    creates = "CreateRouteTable"
    noun, tag_type, id_member = "RouteTable", "route-table", "RouteTableId"


class InternetGateway(Thing):
    """An internet gateway."""

    schema = Schema(
        "AWS::EC2::InternetGateway",
        properties=words("Tags"),
        attributes=words("InternetGatewayId"),
        tags="list",
    )
    creates = "CreateInternetGateway"
    noun, tag_type, id_member = "InternetGateway", "internet-gateway", "InternetGatewayId"


class NatGateway(Thing):
    """A NAT gateway; it can be used when it is available."""

    schema = Schema(
        "AWS::EC2::NatGateway",
        properties=words("AllocationId ConnectivityType PrivateIpAddress SubnetId Tags"),
        create_only=words("AllocationId ConnectivityType PrivateIpAddress SubnetId"),
        attributes=words("NatGatewayId"),
        tags="list",
        refused=words(
            "AvailabilityMode AvailabilityZoneAddresses MaxDrainDurationSeconds SecondaryAllocationIds"
            " SecondaryPrivateIpAddressCount SecondaryPrivateIpAddresses VpcId"
        ),
    )
    creates = "CreateNatGateway"
    noun, tag_type, id_member = "NatGateway", "natgateway", "NatGatewayId"

    async def _state(self, context: Context, physical_id: str) -> str:
        try:
            found = await self.call(context, "DescribeNatGateways", NatGatewayIds=[physical_id])
        except ServiceError as error:
            if "NotFound" in error.code:
                return "deleted"
            raise
        gateways = found.get("NatGateways") or [{"State": "deleted"}]
        return str(gateways[0]["State"])

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait until it is available."""

        async def is_available() -> bool:
            return await self._state(context, physical_id) == "available"

        await context.wait(("ec2.nat_gateway",), is_available, f"NAT gateway {physical_id}")

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it and wait until it is gone."""
        await super().delete(context, physical_id, properties)

        async def is_gone() -> bool:
            return await self._state(context, physical_id) == "deleted"

        await context.wait(("ec2.nat_gateway",), is_gone, f"NAT gateway {physical_id}")


class Eip(Thing):
    """An elastic address; Ref is the address itself."""

    schema = Schema(
        "AWS::EC2::EIP",
        properties=words("Domain Tags"),
        attributes=words("AllocationId PublicIp"),
        tags="list",
        refused=words("Address InstanceId IpamPoolId NetworkBorderGroup PublicIpv4Pool TransferAddress"),
    )
    creates = "AllocateAddress"
    noun, tag_type, id_member = "Address", "elastic-ip", "PublicIp"

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing: the only domain left is vpc."""

    async def _allocation(self, context: Context, physical_id: str) -> str | None:
        found = await self.call_unless(
            words("InvalidAddress.NotFound"), context, "DescribeAddresses", PublicIps=[physical_id]
        )
        addresses = (found or {}).get("Addresses") or ()
        return str(addresses[0]["AllocationId"]) if addresses else None

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Set and remove tags; they belong to the allocation."""
        allocation = await self._allocation(context, physical_id)
        if allocation:
            await retag(self, context, allocation, old)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Release it."""
        allocation = await self._allocation(context, physical_id)
        if allocation:
            await self.unless_gone(context, "ReleaseAddress", AllocationId=allocation)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The address and its allocation."""
        return {"PublicIp": physical_id, "AllocationId": await self._allocation(context, physical_id)}


class Route(Thing):
    """A route of a table, known by its destination."""

    schema = Schema(
        "AWS::EC2::Route",
        properties=words("DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId RouteTableId")
        | TARGETS,
        required=words("RouteTableId"),
        create_only=words(
            "DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId RouteTableId"
        ),
        attributes=words("CidrBlock"),
    )
    creates = "CreateRoute"

    def _destination(self, properties: Properties) -> dict[str, Any]:
        names = words("DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId RouteTableId")
        return {name: properties[name] for name in names if name in properties}

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it; its id joins table and destination."""
        await self.call(context, "CreateRoute", **self.params(properties))
        return f"{properties['RouteTableId']}|{self._cidr(properties)}"

    @staticmethod
    def _cidr(properties: Properties) -> str:
        names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
        return str(next((properties[name] for name in names if name in properties), ""))

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Lead it elsewhere."""
        await self.call(context, "ReplaceRoute", **self.params(new))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.unless_gone(context, "DeleteRoute", **self._destination(properties))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The destination."""
        return {"CidrBlock": self._cidr(properties)}


class SubnetRouteTableAssociation(Thing):
    """Which table a subnet uses."""

    schema = Schema(
        "AWS::EC2::SubnetRouteTableAssociation",
        properties=words("RouteTableId SubnetId"),
        required=words("RouteTableId SubnetId"),
        create_only=words("RouteTableId SubnetId"),
        attributes=words("Id"),
    )
    creates = "AssociateRouteTable"
    noun, id_member = "Association", "AssociationId"

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Let the subnet use its VPC's main table again."""
        await self.unless_gone(context, "DisassociateRouteTable", AssociationId=physical_id)

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The id, once more."""
        return {"Id": physical_id}


class VpcGatewayAttachment(Thing):
    """An internet gateway attached to a VPC."""

    schema = Schema(
        "AWS::EC2::VPCGatewayAttachment",
        properties=words("InternetGatewayId VpcId"),
        required=words("VpcId"),
        create_only=words("VpcId"),
        attributes=words("AttachmentType"),
        refused=words("VpnGatewayId"),
    )
    creates = "AttachInternetGateway"

    async def create(self, context: Context, properties: Properties) -> str:
        """Attach it."""
        await self.call(context, "AttachInternetGateway", **self.params(properties))
        return f"IGW|{properties['VpcId']}"

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Detach the old gateway and attach the new one."""
        await self.delete(context, physical_id, old)
        await self.call(context, "AttachInternetGateway", **self.params(new))

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Detach it."""
        await self.unless_gone(context, "DetachInternetGateway", **self.params(properties))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """What kind of gateway it is."""
        return {"AttachmentType": "IGW"}
