"""Clusters: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/clusters.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import errors, finding, shapes
from hatoba.cloud.ecs.model import Cluster
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

INSIGHTS = ("enhanced", "enabled", "disabled")
ALL = ("TAGS", "SETTINGS", "CONFIGURATIONS")


class Clusters:
    """Answers the operations on clusters."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "CreateCluster": self.create,
            "DescribeClusters": self.describe,
            "ListClusters": self.list,
            "UpdateCluster": self.update,
            "UpdateClusterSettings": self.update_settings,
            "PutClusterCapacityProviders": self.put_providers,
            "DeleteCluster": self.delete,
        }

    def create(self, call: Call, request: t.CreateClusterRequestTypeDef) -> Result:
        """Make a cluster; one that stands already is returned as it is."""
        name = finding.checked_cluster_name(request.get("clusterName") or names.DEFAULT_CLUSTER)
        standing = self._store.clusters.get(call.scope, name)
        if standing is not None and standing.status == "ACTIVE":
            return {"cluster": self._shape(call.scope, standing, ALL)}
        providers = tuple(request.get("capacityProviders") or ())
        _check_providers(providers)
        strategy = finding.strategy(request.get("defaultCapacityProviderStrategy"))
        finding.check_associated(strategy, providers)
        defaults = request.get("serviceConnectDefaults")
        record = Cluster(
            name=name,
            created_at=call.now,
            container_insights=_insights(request.get("settings")),
            capacity_providers=providers,
            default_strategy=strategy,
            configuration=_plain(request.get("configuration")),
            service_connect_namespace=defaults["namespace"] if defaults else None,
            tags=finding.tags(request.get("tags")),
        )
        return {"cluster": self._shape(call.scope, self._store.clusters.put(call.scope, record), ALL)}

    def describe(self, call: Call, request: t.DescribeClustersRequestTypeDef) -> Result:
        """Describe clusters by name or ARN; unknown ones are failures."""
        found: list[dict[str, object]] = []
        failures: list[dict[str, str]] = []
        for given in request.get("clusters") or [names.DEFAULT_CLUSTER]:
            name = names.cluster_name(given)
            record = self._store.clusters.get(call.scope, name)
            if record is None:
                failures.append({"arn": names.cluster_arn(call.scope, name), "reason": "MISSING"})
            else:
                found.append(self._shape(call.scope, record, request.get("include") or ()))
        return {"clusters": found, "failures": failures}

    def list(self, call: Call, request: t.ListClustersRequestTypeDef) -> Result:
        """List the ARNs of the active clusters."""
        arns = [
            names.cluster_arn(call.scope, each.name)
            for each in self._store.clusters.list(call.scope)
            if each.status == "ACTIVE"
        ]
        chosen, token = finding.page_of(arns, request, default=100)
        return {"clusterArns": chosen, "nextToken": token}

    def update(self, call: Call, request: t.UpdateClusterRequestTypeDef) -> Result:
        """Change settings, configuration and the Service Connect default."""
        record = finding.cluster(self._store, call.scope, request["cluster"])
        if "settings" in request:
            record = replace(record, container_insights=_insights(request["settings"]))
        if "configuration" in request:
            record = replace(record, configuration=_plain(request["configuration"]))
        if "serviceConnectDefaults" in request:
            namespace = request["serviceConnectDefaults"]["namespace"] or None
            record = replace(record, service_connect_namespace=namespace)
        return {"cluster": self._shape(call.scope, self._store.clusters.put(call.scope, record), ALL)}

    def update_settings(self, call: Call, request: t.UpdateClusterSettingsRequestTypeDef) -> Result:
        """Change settings."""
        record = finding.cluster(self._store, call.scope, request["cluster"])
        record = replace(record, container_insights=_insights(request["settings"]))
        return {"cluster": self._shape(call.scope, self._store.clusters.put(call.scope, record), ALL)}

    def put_providers(self, call: Call, request: t.PutClusterCapacityProvidersRequestTypeDef) -> Result:
        """Replace the capacity providers and the default strategy."""
        record = finding.cluster(self._store, call.scope, request["cluster"])
        providers = tuple(request["capacityProviders"])
        _check_providers(providers)
        strategy = finding.strategy(request["defaultCapacityProviderStrategy"])
        finding.check_associated(strategy, providers)
        self._check_free(call.scope, record, set(record.capacity_providers) - set(providers))
        record = replace(record, capacity_providers=providers, default_strategy=strategy)
        return {"cluster": self._shape(call.scope, self._store.clusters.put(call.scope, record), ALL)}

    def _check_free(self, scope: Scope, record: Cluster, removed: set[str]) -> None:
        """Refuse to remove a capacity provider that a service's strategy or a task of the cluster uses."""
        used = {
            item.provider
            for each in self._store.services.list(scope, f"{record.name}/")
            if each.status != "INACTIVE"
            for item in each.current.strategy
        }
        used |= {
            each.capacity_provider or ""
            for each in self._store.tasks.list(scope, f"{record.name}/")
            if each.last_status != "STOPPED"
        }
        if removed & used:
            found = ", ".join(sorted(removed & used))
            raise ServiceError(
                "ResourceInUseException",
                f"The specified capacity provider is in use and cannot be removed: {found}.",
            )

    def delete(self, call: Call, request: t.DeleteClusterRequestTypeDef) -> Result:
        """Delete an empty cluster: it stays as INACTIVE."""
        record = finding.cluster(self._store, call.scope, request["cluster"])
        services = self._store.services.list(call.scope, f"{record.name}/")
        if any(each.status != "INACTIVE" for each in services):
            raise ServiceError(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        tasks = self._store.tasks.list(call.scope, f"{record.name}/")
        if any(each.last_status != "STOPPED" for each in tasks):
            raise ServiceError(
                "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."
            )
        record = self._store.clusters.put(call.scope, replace(record, status="INACTIVE"))
        return {"cluster": self._shape(call.scope, record, ALL)}

    def _shape(self, scope: Scope, record: Cluster, include: Iterable[str]) -> dict[str, object]:
        services = self._store.services.list(scope, f"{record.name}/")
        tasks = self._store.tasks.list(scope, f"{record.name}/")
        return shapes.cluster(scope, record, services, tasks, include)


def _check_providers(providers: Iterable[str]) -> None:
    for each in providers:
        if each not in finding.FARGATE_PROVIDERS:
            raise errors.invalid(
                f"The specified capacity provider {each} was not found. This cloud has"
                f" {' and '.join(finding.FARGATE_PROVIDERS)}."
            )


def _insights(settings: Sequence[t.ClusterSettingTypeDef] | None) -> str:
    value = "disabled"
    for each in settings or ():
        value = each.get("value") or value
        if value not in INSIGHTS:
            raise errors.invalid(f"containerInsights is {value!r}; it can be {', '.join(INSIGHTS)}.")
    return value


def _plain(members: Mapping[str, object] | None) -> dict[str, object] | None:
    return dict(members) if members else None
