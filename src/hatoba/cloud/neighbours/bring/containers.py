"""ECS's clusters and services, brought to where moto's scaling of applications looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ecs.models import Cluster, Service, ecs_backends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hatoba.cloud.state import Scope


class OurCluster(Cluster):
    """A cluster that stands in our ECS: others here are moto's own, such as those that its Batch makes."""


class OurService(Service):
    """A service that stands in our ECS."""


_cluster: Any = OurCluster
_service: Any = OurService
"""moto leaves abstract in them what only its CloudFormation needs."""


def bring_containers(scope: Scope, services: Mapping[str, Sequence[str]]) -> None:
    """Let exactly these of ours stand in moto's ECS, which nobody but moto itself can reach.

    Args:
        scope: The account and region.
        services: The names of the services, by the name of their cluster.
    """
    backend: Any = ecs_backends[scope.account][scope.region]
    clusters = {name: _cluster(name, scope.account, scope.region) for name in services}
    ours = {
        f"{cluster}:{name}": _service(clusters[cluster], name, 0, backend)
        for cluster, names in services.items()
        for name in names
    }
    backend.clusters = _without(backend.clusters, OurCluster) | clusters
    backend.services = _without(backend.services, OurService) | ours


def _without(records: Mapping[str, object], kind: type) -> dict[str, object]:
    return {key: each for key, each in records.items() if not isinstance(each, kind)}
