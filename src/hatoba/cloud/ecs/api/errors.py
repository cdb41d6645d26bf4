"""ECS's errors, in its words.

::

    ServiceError
    ├── ClusterNotFoundException · ServiceNotFoundException · ServiceNotActiveException
    ├── InvalidParameterException      a member does not fit
    ├── ClientException                an action cannot be done with what stands
    └── NotImplementedException        AWS has it, hatoba has not
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping


def invalid(message: str) -> ServiceError:
    """A member does not fit."""
    return ServiceError("InvalidParameterException", message)


def client(message: str) -> ServiceError:
    """What is asked cannot be done with what stands."""
    return ServiceError("ClientException", message)


def cluster_not_found() -> ServiceError:
    """There is no such cluster, or it was deleted."""
    return ServiceError("ClusterNotFoundException", "Cluster not found.")


def service_not_found() -> ServiceError:
    """There is no such service in the cluster."""
    return ServiceError("ServiceNotFoundException", "Service not found.")


def refuse(operation: str, request: Mapping[str, Any], *members: str) -> None:
    """Refuse members that are not supported here. Empty ones, which some clients always send, pass.

    Raises:
        NotImplementedHere: Naming the member.
    """
    for member in members:
        if request.get(member):
            raise NotImplementedHere(f"ecs:{operation} with {member}")
