"""EC2's errors, in its own words."""

from __future__ import annotations

from hatoba.cloud.wire import ServiceError

_NOT_FOUND: dict[str, tuple[str, str]] = {
    "vpc": ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    "subnet": ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    "sg": ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    "sgr": (
        "InvalidSecurityGroupRuleId.NotFound",
        "The security group rule ID '{}' does not exist",
    ),
    "eni": ("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"),
    "rtb": ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    "igw": ("InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist"),
    "acl": ("InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
    "eipalloc": ("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
    "nat": ("NatGatewayNotFound", "NAT gateway {} was not found"),
    "vpce": ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"),
    "rtbassoc": ("InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    "pl": ("InvalidPrefixListID.NotFound", "The prefix list ID '{}' does not exist"),
}
_MALFORMED: dict[str, str] = {
    "vpc": "InvalidVpcID.Malformed",
    "subnet": "InvalidSubnetID.Malformed",
    "sg": "InvalidGroupId.Malformed",
    "sgr": "InvalidSecurityGroupRuleId.Malformed",
    "eni": "InvalidNetworkInterfaceID.Malformed",
    "rtb": "InvalidRouteTableID.Malformed",
    "igw": "InvalidInternetGatewayId.Malformed",
    "nat": "InvalidNatGatewayID.Malformed",
    "vpce": "InvalidVpcEndpointId.Malformed",
}


def not_found(prefix: str, resource_id: str) -> ServiceError:
    """Return the error for an id that nothing has, or that is no id of the kind."""
    if prefix in _MALFORMED and not resource_id.startswith(prefix + "-"):
        return ServiceError(
            _MALFORMED[prefix], f'Invalid id: "{resource_id}" (expecting "{prefix}-...")', status=400
        )
    code, text = _NOT_FOUND[prefix]
    return ServiceError(code, text.format(resource_id), status=400)


def invalid_value(message: str) -> ServiceError:
    """Return InvalidParameterValue."""
    return ServiceError("InvalidParameterValue", message, status=400)


def missing(parameter: str) -> ServiceError:
    """Return MissingParameter."""
    return ServiceError("MissingParameter", f"The request must contain the parameter {parameter}", status=400)


def in_use(message: str) -> ServiceError:
    """Return DependencyViolation: something else needs it."""
    return ServiceError("DependencyViolation", message, status=400)


def error(code: str, message: str) -> ServiceError:
    """Return any other of EC2's errors."""
    return ServiceError(code, message, status=400)
