"""Cloud Map's errors. Codes have no ``Exception`` at their end; Terraform and the SDKs match on that.

The service answers all of them with status 400 (seen by Go SDK clients), whatever the model's traits say.
"""

from __future__ import annotations

from hatoba.cloud.wire import ServiceError


def cloud_map_error(code: str, message: str, **members: object) -> ServiceError:
    """Return an error in Cloud Map's shape; ``members`` are those of its own, such as NamespaceId."""
    return ServiceError(code, message, status=400, members=dict(members))


def invalid_input(message: str) -> ServiceError:
    """Return InvalidInput: one or more values do not fit."""
    return cloud_map_error("InvalidInput", message)


def namespace_not_found(_ref: str) -> ServiceError:
    """Return NamespaceNotFound, in the text that AWS has for it."""
    return cloud_map_error("NamespaceNotFound", "Namespace not found")


def service_not_found(_ref: str) -> ServiceError:
    """Return ServiceNotFound."""
    return cloud_map_error("ServiceNotFound", "Service not found")


def instance_not_found(instance_id: str, service_id: str) -> ServiceError:
    """Return InstanceNotFound; AWS's text is not known."""
    return cloud_map_error("InstanceNotFound", f"Instance {instance_id} of service {service_id} not found")


def resource_not_found(arn: str) -> ServiceError:
    """Return what the tag operations answer for an ARN of nothing."""
    return cloud_map_error("ResourceNotFoundException", f"Resource {arn} not found")


def resource_in_use(message: str) -> ServiceError:
    """Return ResourceInUse: something still stands in or behind it."""
    return cloud_map_error("ResourceInUse", message)


def limit_exceeded(message: str) -> ServiceError:
    """Return ResourceLimitExceeded: a quota is used up."""
    return cloud_map_error("ResourceLimitExceeded", message)


def not_here(what: str, instead: str) -> ServiceError:
    """Return the refusal of what AWS has and this cloud has not."""
    return cloud_map_error(
        "NotImplementedException", f"{what} is not implemented by hatoba's local cloud. {instead}"
    )
