"""AWS::EC2::VPCEndpoint.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources.convert import document
from hatoba.cloud.cloudformation.resources.network import Thing
from hatoba.cloud.cloudformation.resources.protocol import Schema, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties


class VpcEndpoint(Thing):
    """A way to a service from inside a VPC. Ref is its id; nothing but its tags can be changed in place."""

    schema = Schema(
        "AWS::EC2::VPCEndpoint",
        properties=words(
            "PolicyDocument PrivateDnsEnabled RouteTableIds SecurityGroupIds ServiceName SubnetIds Tags"
            " VpcEndpointType VpcId"
        ),
        required=words("VpcId"),
        create_only=words("ServiceName VpcEndpointType VpcId"),
        attributes=words("Id"),
        tags="list",
        refused=words("DnsOptions IpAddressType ResourceConfigurationArn ServiceNetworkArn ServiceRegion"),
    )
    creates = "CreateVpcEndpoint"
    special = words("PolicyDocument")
    noun, tag_type, id_member = "VpcEndpoint", "vpc-endpoint", "VpcEndpointId"

    def params(self, properties: Properties) -> dict[str, Any]:
        """Write the policy as text."""
        params = super().params(properties)
        if "PolicyDocument" in properties:
            params["PolicyDocument"] = document(properties["PolicyDocument"], "#/PolicyDocument")
        return params

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it; one that is not there is told, not raised, by the operation."""
        await self.call(context, "DeleteVpcEndpoints", VpcEndpointIds=[physical_id])

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The id."""
        return {"Id": physical_id}
