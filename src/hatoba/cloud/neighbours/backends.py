"""moto's backends, one for each service, account and region (or partition)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from moto.backends import get_backend
from moto.core.base_backend import BackendDict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.core.base_backend import BaseBackend

    Place = tuple[str, str, str]

OURS = frozenset(
    {
        *("ec2", "ecs", "iam", "sts", "logs", "servicediscovery", "cloudformation", "apigatewayv2"),
        *("moto_api", "instance_metadata"),
    }
)
"""What moto may load for itself and nobody can reach: our own services answer for them."""


def backends_of(service: str) -> Any:
    """Return all backends of a service, by account and region."""
    return cast("Any", get_backend)(service)  # it is typed for names that stand in the code only


def backend_of(service: str, account: str, region: str) -> BaseBackend:
    """Return a backend, made if it is not there."""
    found: BaseBackend = backends_of(service)[account][region]
    return found


def loaded_services() -> tuple[Any, ...]:
    """Return the backends of each service that was called so far."""
    return tuple(cast("Any", BackendDict)._instances)  # noqa: SLF001 - moto lists them nowhere else


def loaded_backends() -> Iterator[tuple[Place, BaseBackend]]:
    """Return what was called so far, of the services that are moto's here."""
    for service in loaded_services():
        if service.service_name not in OURS:
            for account, region, backend in tuple(service.iter_backends()):
                yield (service.service_name, account, region), backend


def reset_backends() -> None:
    """Empty every backend of every service."""
    BackendDict.reset()
