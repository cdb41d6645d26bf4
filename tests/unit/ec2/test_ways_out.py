from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.ec2.bench import Ec2Bench, filter_of, tags_of


def gateway_of(cloud: Ec2Bench, vpc_id: str) -> str:
    gateway_id: str = cloud("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    cloud("AttachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc_id)
    return gateway_id


def table_of(cloud: Ec2Bench, vpc_id: str) -> str:
    table_id: str = cloud("CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    return table_id


def shown(cloud: Ec2Bench, table_id: str) -> Mapping[str, Any]:
    (table,) = cloud("DescribeRouteTables", RouteTableIds=[table_id])["RouteTables"]
    found: Mapping[str, Any] = table
    return found


def test_a_gateway_is_attached_once_and_deleted_when_detached(cloud: Ec2Bench) -> None:
    vpc_id, other = cloud.vpc(), cloud.vpc()
    gateway_id = gateway_of(cloud, vpc_id)

    again = cloud.refused("AttachInternetGateway", InternetGatewayId=gateway_id, VpcId=other)
    assert (again.code, again.message) == (
        "Resource.AlreadyAssociated",
        f"resource {gateway_id} is already attached to network {vpc_id}",
    )
    error = cloud.refused("DetachInternetGateway", InternetGatewayId=gateway_id, VpcId=other)
    assert error.code == "Gateway.NotAttached"
    assert cloud.refused("DeleteInternetGateway", InternetGatewayId=gateway_id).code == "DependencyViolation"
    assert cloud.refused("DeleteVpc", VpcId=vpc_id).code == "DependencyViolation"

    cloud("DetachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc_id)
    cloud("DeleteInternetGateway", InternetGatewayId=gateway_id)
    cloud("DeleteVpc", VpcId=vpc_id)
    error = cloud.refused("DescribeInternetGateways", InternetGatewayIds=[gateway_id])
    assert error.code == "InvalidInternetGatewayID.NotFound"


def test_routes_come_and_go(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    gateway_id, table_id = gateway_of(cloud, vpc_id), table_of(cloud, vpc_id)
    out: dict[str, Any] = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}

    assert cloud("CreateRoute", **out, GatewayId=gateway_id)["Return"] is True
    assert shown(cloud, table_id)["Routes"] == [
        {
            "DestinationCidrBlock": "10.0.0.0/16",
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        },
        {
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": gateway_id,
            "Origin": "CreateRoute",
            "State": "active",
        },
    ]
    error = cloud.refused("CreateRoute", **out, GatewayId=gateway_id)
    assert (error.code, error.message) == (
        "RouteAlreadyExists",
        "The route identified by 0.0.0.0/0 already exists.",
    )
    cloud("DeleteRoute", **out)
    error = cloud.refused("DeleteRoute", **out)
    assert (error.code, error.message) == (
        "InvalidRoute.NotFound",
        f"no route with destination-cidr-block 0.0.0.0/0 in route table {table_id}",
    )
    local: dict[str, Any] = {"RouteTableId": table_id, "DestinationCidrBlock": "10.0.0.0/16"}
    assert cloud.refused("DeleteRoute", **local).code == "InvalidParameterValue"


def test_a_route_leads_to_something_in_its_vpc(cloud: Ec2Bench) -> None:
    table_id = table_of(cloud, cloud.vpc())
    out: dict[str, Any] = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}

    error = cloud.refused("CreateRoute", **out, GatewayId="igw-0")
    assert error.code == "InvalidInternetGatewayID.NotFound"
    elsewhere = gateway_of(cloud, cloud.vpc())
    assert cloud.refused("CreateRoute", **out, GatewayId=elsewhere).code == "InvalidParameterValue"
    assert cloud.refused("CreateRoute", **out).code == "MissingParameter"
    error = cloud.refused("CreateRoute", **out, TransitGatewayId="tgw-0")
    assert error.code == "NotImplementedException"


def test_a_subnet_has_one_table(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    subnet_id = cloud.subnet(vpc_id)
    first, second = table_of(cloud, vpc_id), table_of(cloud, vpc_id)

    made = cloud("AssociateRouteTable", RouteTableId=first, SubnetId=subnet_id)
    assert made["AssociationState"] == {"State": "associated"}
    error = cloud.refused("AssociateRouteTable", RouteTableId=second, SubnetId=subnet_id)
    assert error.code == "Resource.AlreadyAssociated"
    assert cloud.refused("DeleteRouteTable", RouteTableId=first).code == "DependencyViolation"

    moved = cloud("ReplaceRouteTableAssociation", AssociationId=made["AssociationId"], RouteTableId=second)[
        "NewAssociationId"
    ]
    (table,) = cloud("DescribeRouteTables", Filters=[filter_of("association.subnet-id", subnet_id)])[
        "RouteTables"
    ]
    assert table["RouteTableId"] == second
    cloud("DisassociateRouteTable", AssociationId=moved)
    cloud("DeleteRouteTable", RouteTableId=first)
    cloud("DeleteRouteTable", RouteTableId=second)


def test_the_main_table_stays(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    (main,) = cloud("DescribeRouteTables", Filters=[filter_of("vpc-id", vpc_id)])["RouteTables"]

    assert cloud.refused("DeleteRouteTable", RouteTableId=main["RouteTableId"]).code == "DependencyViolation"
    association = main["Associations"][0]["RouteTableAssociationId"]
    error = cloud.refused("DisassociateRouteTable", AssociationId=association)
    assert error.code == "InvalidParameterValue"


def test_a_nat_gateway_uses_an_address_and_an_interface(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    subnet_id = cloud.subnet(vpc_id)
    address = cloud("AllocateAddress", Domain="vpc", TagSpecifications=tags_of("elastic-ip", Name="out"))
    made = cloud("CreateNatGateway", SubnetId=subnet_id, AllocationId=address["AllocationId"])["NatGateway"]
    nat_id = made["NatGatewayId"]

    (found,) = cloud("DescribeNatGateways", NatGatewayIds=[nat_id])["NatGateways"]
    assert (found["State"], found["VpcId"], found["SubnetId"]) == ("available", vpc_id, subnet_id)
    assert found["NatGatewayAddresses"][0]["PublicIp"] == address["PublicIp"]
    (interface,) = cloud("DescribeNetworkInterfaces", Filters=[filter_of("subnet-id", subnet_id)])[
        "NetworkInterfaces"
    ]
    assert (interface["Status"], interface["RequesterManaged"]) == ("in-use", True)
    assert cloud.refused("DeleteSubnet", SubnetId=subnet_id).code == "DependencyViolation"
    error = cloud.refused("DeleteNetworkInterface", NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert error.code == "InvalidParameterValue"
    error = cloud.refused("ReleaseAddress", AllocationId=address["AllocationId"])
    assert error.code == "InvalidIPAddress.InUse"

    association = found["NatGatewayAddresses"][0]["AssociationId"]
    assert cloud.refused("DisassociateAddress", AssociationId=association).code == "AuthFailure"

    cloud("DeleteNatGateway", NatGatewayId=nat_id)
    gone = cloud.refused("DisassociateAddress", AssociationId=association)
    assert gone.code == "InvalidAssociationID.NotFound"
    assert cloud.refused("DescribeNatGateways", NatGatewayIds=[nat_id]).code == "NatGatewayNotFound"
    (left,) = cloud("DescribeAddresses", AllocationIds=[address["AllocationId"]])["Addresses"]
    assert left["AssociationId"] is None
    assert left["Tags"] == [{"Key": "Name", "Value": "out"}]
    elsewhere = {"AllocationId": address["AllocationId"], "NetworkBorderGroup": "us-east-1-wl1"}
    assert cloud.refused("ReleaseAddress", **elsewhere).code == "InvalidParameterValue"
    cloud("ReleaseAddress", AllocationId=address["AllocationId"], NetworkBorderGroup="ap-northeast-1")
    assert cloud("DescribeAddresses")["Addresses"] == []
    cloud("DeleteSubnet", SubnetId=subnet_id)


def test_an_endpoint_is_a_record_of_its_vpc(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    service = "com.amazonaws.ap-northeast-1.s3"
    made = cloud(
        "CreateVpcEndpoint", VpcId=vpc_id, ServiceName=service, RouteTableIds=[table_of(cloud, vpc_id)]
    )["VpcEndpoint"]

    (found,) = cloud("DescribeVpcEndpoints", Filters=[filter_of("service-name", "*.s3")])["VpcEndpoints"]
    assert found == made
    assert (found["VpcEndpointType"], found["State"]) == ("Gateway", "available")
    assert cloud.refused("DeleteVpc", VpcId=vpc_id).code == "DependencyViolation"

    answer = cloud("DeleteVpcEndpoints", VpcEndpointIds=[made["VpcEndpointId"], "vpce-0"])
    assert [each["ResourceId"] for each in answer["Unsuccessful"]] == ["vpce-0"]
    assert cloud("DescribeVpcEndpoints")["VpcEndpoints"] == []


def test_prefix_lists_are_those_of_gateway_endpoints(cloud: Ec2Bench) -> None:
    name = "com.amazonaws.ap-northeast-1.s3"

    (found,) = cloud("DescribePrefixLists", Filters=[filter_of("prefix-list-name", name)])["PrefixLists"]

    assert found["PrefixListName"] == name
    assert cloud("DescribeVpnGateways")["VpnGateways"] == []


def test_the_account_knows_its_default_vpc(cloud: Ec2Bench) -> None:
    (found,) = cloud("DescribeAccountAttributes", AttributeNames=["default-vpc"])["AccountAttributes"]

    assert found == {
        "AttributeName": "default-vpc",
        "AttributeValues": [{"AttributeValue": cloud.default_vpc()}],
    }


def test_tokens_of_two_kinds_are_apart_and_each_makes_one(cloud: Ec2Bench) -> None:
    vpc_id = cloud.vpc()
    subnet_id = cloud.subnet(vpc_id)
    token: dict[str, Any] = {"ClientToken": "once"}
    tables = [cloud("CreateRouteTable", VpcId=vpc_id, **token)["RouteTable"] for _ in range(2)]
    nats = [
        cloud("CreateNatGateway", SubnetId=subnet_id, ConnectivityType="private", **token)["NatGateway"]
        for _ in range(2)
    ]
    endpoints = [
        cloud("CreateVpcEndpoint", VpcId=vpc_id, ServiceName="s", **token)["VpcEndpoint"] for _ in range(2)
    ]

    for first, second in (tables, nats, endpoints):
        assert first == second
