"""Elastic Load Balancing's errors, under the codes that clients match on."""

from __future__ import annotations

from hatoba.cloud.wire import ServiceError


def not_found(noun: str, what: str) -> ServiceError:
    """Nothing stands under this name; ``noun`` is LoadBalancer, TargetGroup, Listener or Rule."""
    words = {
        "LoadBalancer": f"Load balancers '[{what}]' not found",
        "TargetGroup": f"Target groups '{what}' not found",
        "Listener": "One or more listeners not found",
        "Rule": "One or more rules not found",
    }
    return ServiceError(f"{noun}NotFound", words[noun])


def invalid(message: str) -> ServiceError:
    """The parameters contradict each other, or the service."""
    return ServiceError("ValidationError", message)


def invalid_configuration(message: str) -> ServiceError:
    """The configuration asked for is not valid."""
    return ServiceError("InvalidConfigurationRequest", message)


def in_use(message: str) -> ServiceError:
    """Something else uses it."""
    return ServiceError("ResourceInUse", message)


def not_permitted(message: str) -> ServiceError:
    """The operation is not permitted on this resource."""
    return ServiceError("OperationNotPermitted", message)
