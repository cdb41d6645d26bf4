"""VPC endpoints, network ACLs, prefix lists and VPN gateways: what VPC constructs make or look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.clock import timestamp
from hatoba.cloud.ec2.api.lists import described
from hatoba.cloud.ec2.control.ids import derived_id, random_ids
from hatoba.cloud.ec2.control.tags import listed, specified
from hatoba.cloud.ec2.errors import invalid_value, missing, not_found
from hatoba.cloud.ec2.model import NetworkAcl, VpcEndpoint
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from types_boto3_ec2.type_defs import (
        CreateVpcEndpointRequestTypeDef,
        DeleteVpcEndpointsRequestTypeDef,
        DescribeNetworkAclsRequestTypeDef,
        DescribePrefixListsRequestTypeDef,
        DescribeVpcEndpointsRequestTypeDef,
        DescribeVpnGatewaysRequestTypeDef,
    )

    from hatoba.cloud.ec2.control.filters import Fields
    from hatoba.cloud.ec2.store import Network, Store
    from hatoba.cloud.wire import Call, Result

_KINDS = ("Gateway", "Interface")
_GATEWAY_SERVICES = ("s3", "dynamodb")
_ALLOW_ALL = (
    '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)
_LAST_RULE = 32767
_ENDPOINT_FIELDS: Fields[VpcEndpoint] = {
    "vpc-endpoint-id": lambda each: each.id,
    "vpc-endpoint-type": lambda each: each.type,
    "vpc-endpoint-state": lambda _: "available",
    "vpc-id": lambda each: each.vpc_id,
    "service-name": lambda each: each.service_name,
}


class EndpointsApi:
    """The operations on VPC endpoints. They are records: every service is reached without them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_vpc_endpoint(self, call: Call, request: CreateVpcEndpointRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html."""
        network = self._store.network(call)
        kind = request.get("VpcEndpointType", "Gateway")
        if kind not in _KINDS:
            raise NotImplementedHere(f"ec2:CreateVpcEndpoint with VpcEndpointType {kind}")
        if "ServiceName" not in request:
            raise missing("serviceName")
        vpc = network.vpcs.get(request["VpcId"])
        groups = request.get("SecurityGroupIds") or (
            [network.default_group(vpc.id).id] if kind == "Interface" else []
        )
        token = request.get("ClientToken")
        endpoint = network.endpoints.made_with(token) or network.endpoints.add(
            VpcEndpoint(
                id=random_ids("vpce"),
                owner=call.account,
                vpc_id=vpc.id,
                type=kind,
                service_name=request["ServiceName"],
                created_at=call.now,
                policy=request.get("PolicyDocument", _ALLOW_ALL),
                route_table_ids=tuple(
                    network.route_tables.get(each).id for each in request.get("RouteTableIds", ())
                ),
                subnet_ids=tuple(network.subnets.get(each).id for each in request.get("SubnetIds", ())),
                group_ids=tuple(network.groups.get(each).id for each in groups),
                private_dns=request.get("PrivateDnsEnabled", kind == "Interface"),
                tags=specified(request.get("TagSpecifications", ()), "vpc-endpoint"),
                client_token=token,
            )
        )
        return {"VpcEndpoint": _endpoint_shown(network, endpoint), "ClientToken": token}

    def describe_vpc_endpoints(self, call: Call, request: DescribeVpcEndpointsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html."""
        network = self._store.network(call)
        found = network.endpoints.named(request.get("VpcEndpointIds", ()))
        page, token = described(found, request, request.get("Filters", ()), _ENDPOINT_FIELDS)
        return {"VpcEndpoints": [_endpoint_shown(network, each) for each in page], "NextToken": token}

    def delete_vpc_endpoints(self, call: Call, request: DeleteVpcEndpointsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html."""
        network = self._store.network(call)
        failed: list[dict[str, object]] = []
        for wanted in request["VpcEndpointIds"]:
            try:
                network.endpoints.delete(network.endpoints.get(wanted).id)
            except ServiceError as fault:
                failed.append({"ResourceId": wanted, "Error": {"Code": fault.code, "Message": fault.message}})
        return {"Unsuccessful": failed}


class SurroundingsApi:
    """What can be looked at but not made here: network ACLs, prefix lists, VPN gateways."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe_network_acls(self, call: Call, request: DescribeNetworkAclsRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html."""
        network = self._store.network(call)
        fields: Fields[NetworkAcl] = {
            "network-acl-id": lambda each: each.id,
            "vpc-id": lambda each: each.vpc_id,
            "owner-id": lambda each: each.owner,
            "default": lambda _: "true",
            "association.subnet-id": lambda each: _subnet_ids(network, each),
            "association.network-acl-id": lambda each: each.id,
        }
        found = network.acls.named(request.get("NetworkAclIds", ()))
        page, token = described(found, request, request.get("Filters", ()), fields)
        return {"NetworkAcls": [_acl_shown(network, each) for each in page], "NextToken": token}

    def describe_prefix_lists(self, call: Call, request: DescribePrefixListsRequestTypeDef) -> Result:
        """Return the prefix lists of the services that gateway endpoints are for.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html
        """
        shown = {
            derived_id("pl", f"{call.region}/{service}"): f"com.amazonaws.{call.region}.{service}"
            for service in _GATEWAY_SERVICES
        }
        for wanted in request.get("PrefixListIds", ()):
            if wanted not in shown:
                raise not_found("pl", wanted)
        chosen = set(request.get("PrefixListIds") or shown)
        for each in request.get("Filters", ()):
            values = each.get("Values", ())
            match each.get("Name"):
                case "prefix-list-id":
                    chosen &= set(values)
                case "prefix-list-name":
                    chosen &= {key for key, name in shown.items() if name in values}
                case name:
                    raise invalid_value(f"The filter '{name}' is invalid")
        return {
            "PrefixLists": [
                {"PrefixListId": key, "PrefixListName": name, "Cidrs": []}
                for key, name in shown.items()
                if key in chosen
            ]
        }

    def describe_vpn_gateways(self, _call: Call, request: DescribeVpnGatewaysRequestTypeDef) -> Result:
        """Return none: none can be made here. CDK asks when it looks up a VPC.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpnGateways.html
        """
        for wanted in request.get("VpnGatewayIds", ()):
            raise ServiceError(
                "InvalidVpnGatewayID.NotFound", f"The vpnGateway ID '{wanted}' does not exist", status=400
            )
        return {"VpnGateways": []}


def _endpoint_shown(network: Network, endpoint: VpcEndpoint) -> dict[str, Any]:
    return {
        "VpcEndpointId": endpoint.id,
        "VpcEndpointType": endpoint.type,
        "VpcId": endpoint.vpc_id,
        "ServiceName": endpoint.service_name,
        "State": "available",
        "PolicyDocument": endpoint.policy,
        "RouteTableIds": list(endpoint.route_table_ids),
        "SubnetIds": list(endpoint.subnet_ids),
        "Groups": [
            {"GroupId": each, "GroupName": network.groups.get(each).name} for each in endpoint.group_ids
        ],
        "PrivateDnsEnabled": endpoint.private_dns,
        "RequesterManaged": False,
        "NetworkInterfaceIds": [],
        "DnsEntries": [],
        "CreationTimestamp": timestamp(endpoint.created_at),
        "OwnerId": endpoint.owner,
        "Tags": listed(endpoint.tags),
    }


def _subnet_ids(network: Network, acl: NetworkAcl) -> list[str]:
    return [each.id for each in network.subnets if each.vpc_id == acl.vpc_id]


def _acl_shown(network: Network, acl: NetworkAcl) -> dict[str, Any]:
    return {
        "NetworkAclId": acl.id,
        "VpcId": acl.vpc_id,
        "OwnerId": acl.owner,
        "IsDefault": True,
        "Associations": [
            {
                "NetworkAclAssociationId": derived_id("aclassoc", subnet_id),
                "NetworkAclId": acl.id,
                "SubnetId": subnet_id,
            }
            for subnet_id in _subnet_ids(network, acl)
        ],
        "Entries": [
            _entry(number, action, is_egress=is_egress)
            for is_egress in (True, False)
            for number, action in ((100, "allow"), (_LAST_RULE, "deny"))
        ],
        "Tags": listed(acl.tags),
    }


def _entry(number: int, action: str, *, is_egress: bool) -> dict[str, Any]:
    return {
        "CidrBlock": "0.0.0.0/0",
        "Egress": is_egress,
        "Protocol": "-1",
        "RuleAction": action,
        "RuleNumber": number,
    }
