"""Services: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import balancing, errors, finding, platforms, shapes
from hatoba.cloud.ecs.api.settings import Settings
from hatoba.cloud.ecs.control import making
from hatoba.cloud.ecs.definition import read
from hatoba.cloud.ecs.model import Revision, Service
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.ecs.model import Registry
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation
    from hatoba.cloud.world import World

MOST_DESCRIBED = 10
UNSUPPORTED = (
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
)
SWITCH_WITHOUT_FORCE = (
    "When switching from launch type to capacity provider strategy on an existing service, or making a change"
    " to a capacity provider strategy on a service that is already using one, you must force a new"
    " deployment."
)


class Services:
    """Answers the operations on services."""

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "CreateService": self.create,
            "UpdateService": self.update,
            "DescribeServices": self.describe,
            "ListServices": self.list,
            "DeleteService": self.delete,
        }

    async def create(self, call: Call, request: t.CreateServiceRequestTypeDef) -> Result:
        """Make a service; its tasks follow."""
        _refuse_unsupported("CreateService", request)
        settings = Settings.of_new(request)
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        fingerprint = _fingerprint(request)
        same = self._same(call.scope, f"{cluster.name}/{request['serviceName']}", fingerprint)
        if same is not None:
            return {"service": self._shape(call.scope, same, with_tags=True)}
        if not request.get("taskDefinition"):
            raise errors.invalid("TaskDefinition can not be blank.")
        definition, view = finding.task_definition(self._store, call.scope, request["taskDefinition"])
        launch_type, strategy = finding.launch(cluster, request)
        revision = Revision(
            task_definition=names.task_definition_arn(call.scope, definition.family, definition.revision),
            network=await finding.network(self._world, call, request.get("networkConfiguration")),
            registries=await finding.registries(self._world, call, request.get("serviceRegistries"), view),
            load_balancers=await balancing.load_balancers(
                self._world, call, request.get("loadBalancers"), view
            ),
            launch_type=launch_type,
            strategy=strategy,
            platform_version=platforms.checked(
                request.get("platformVersion"), view, executes=bool(request.get("enableExecuteCommand"))
            ),
        )
        with self._store.state.transaction():
            same = self._same(call.scope, f"{cluster.name}/{request['serviceName']}", fingerprint)
            if same is not None:
                return {"service": self._shape(call.scope, same, with_tags=True)}
            record = Service(
                cluster=cluster.name,
                name=request["serviceName"],
                desired_count=settings.desired_count,
                created_at=call.now,
                created_by=call.caller.arn,
                last_revision=revision,
                deployments=(making.new_deployment(revision, settings.desired_count, call.now),),
                rollout=settings.rollout,
                health_check_grace_s=settings.health_check_grace_s,
                zone_rebalancing=settings.zone_rebalancing,
                enable_execute_command=settings.enable_execute_command,
                enable_managed_tags=settings.enable_managed_tags,
                propagate_tags=settings.propagate_tags,
                fingerprint=fingerprint,
                tags=finding.tags(request.get("tags")),
            )
            self._store.put_service(call.scope, record)
        return {"service": self._shape(call.scope, record, with_tags=True)}

    def _same(self, scope: Scope, key: str, fingerprint: str) -> Service | None:
        """Return the service that this request, made again, created before.

        Raises:
            ServiceError: Another service of that name stands, or still drains.
        """
        standing = self._store.services.get(scope, key)
        if standing is None or standing.status == "INACTIVE":
            return None
        if standing.status == "DRAINING":
            raise errors.invalid("Unable to Start a service that is still Draining.")
        if standing.fingerprint == fingerprint:
            return standing
        raise errors.invalid("Creation of service was not idempotent.")

    async def update(self, call: Call, request: t.UpdateServiceRequestTypeDef) -> Result:
        """Change a service; where what it deploys changes, or when asked to, with a new deployment."""
        _refuse_unsupported("UpdateService", request)
        before = self._active(call, request)
        network, registries = before.current.network, before.current.registries
        balancers = before.current.load_balancers
        if request.get("networkConfiguration"):
            network = await finding.network(self._world, call, request["networkConfiguration"])
        if "serviceRegistries" in request:
            registries = await self._registries(call, request, before)
        if "loadBalancers" in request:
            view = self._view(call.scope, request, before)
            balancers = await balancing.load_balancers(self._world, call, request["loadBalancers"], view)
        with self._store.state.transaction():
            record = self._active(call, request)
            wanted = replace(
                record.current,
                network=network,
                registries=registries,
                load_balancers=balancers,
                task_definition=self._definition(call.scope, request, record),
                platform_version=self._platform(call.scope, request, record),
            )
            cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
            wanted = _with_strategy(wanted, request, cluster.capacity_providers)
            record = Settings.changed(record, request)
            record = self._deploy(record, wanted, call.now, is_forced=bool(request.get("forceNewDeployment")))
            self._store.put_service(call.scope, record)
        return {"service": self._shape(call.scope, record, with_tags=True)}

    def _active(self, call: Call, request: t.UpdateServiceRequestTypeDef) -> Service:
        record = finding.service(self._store, call.scope, request.get("cluster"), request["service"])
        if record.status != "ACTIVE":
            raise ServiceError("ServiceNotActiveException", "Service was not ACTIVE.")
        return record

    async def _registries(
        self, call: Call, request: t.UpdateServiceRequestTypeDef, before: Service
    ) -> tuple[Registry, ...]:
        view = self._view(call.scope, request, before)
        return await finding.registries(self._world, call, request["serviceRegistries"], view)

    def _view(
        self, scope: Scope, request: t.UpdateServiceRequestTypeDef, record: Service
    ) -> TaskDefinitionView:
        arn = self._definition(scope, request, record)
        definition = self._store.task_definition(scope, arn)
        assert definition is not None, f"{arn} is gone"
        return read(definition.definition)

    def _definition(self, scope: Scope, request: t.UpdateServiceRequestTypeDef, record: Service) -> str:
        """Return the wanted definition; the one that a service has may be INACTIVE by now."""
        name = request.get("taskDefinition")
        if not name:
            return record.current.task_definition
        definition, _ = finding.task_definition(self._store, scope, name)
        return names.task_definition_arn(scope, definition.family, definition.revision)

    def _platform(self, scope: Scope, request: t.UpdateServiceRequestTypeDef, record: Service) -> str:
        """Return the wanted platform version, which must suit the wanted definition."""
        before = record.current.platform_version
        if not request.keys() & {"platformVersion", "taskDefinition", "enableExecuteCommand"}:
            return before
        view = self._view(scope, request, record)
        executes = request.get("enableExecuteCommand", record.enable_execute_command)
        return platforms.checked(request.get("platformVersion") or before, view, executes=executes)

    def _deploy(self, record: Service, wanted: Revision, now: float, *, is_forced: bool) -> Service:
        if wanted == record.current and not is_forced:
            return record
        return making.with_deployment(record, making.new_deployment(wanted, record.desired_count, now))

    def describe(self, call: Call, request: t.DescribeServicesRequestTypeDef) -> Result:
        """Describe services by name or ARN, INACTIVE ones too; unknown ones are failures."""
        if not request["services"]:
            raise errors.invalid("Services cannot be empty.")
        if len(request["services"]) > MOST_DESCRIBED:
            raise errors.invalid("Too many services requested.")
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        with_tags = "TAGS" in (request.get("include") or ())
        found: list[dict[str, object]] = []
        failures: list[dict[str, str]] = []
        for given in request["services"]:
            key = f"{cluster.name}/{names.last_part(given)}"
            record = self._store.services.get(call.scope, key)
            if record is None:
                failures.append({"arn": names.service_arn(call.scope, key), "reason": "MISSING"})
            else:
                found.append(self._shape(call.scope, record, with_tags=with_tags))
        return {"services": found, "failures": failures}

    def list(self, call: Call, request: t.ListServicesRequestTypeDef) -> Result:
        """List the ARNs of the cluster's active services."""
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        launch_type = request.get("launchType")
        arns = [
            names.service_arn(call.scope, each.key)
            for each in self._store.services.list(call.scope, f"{cluster.name}/")
            if each.status == "ACTIVE"
            and launch_type in {None, each.current.launch_type}
            and request.get("schedulingStrategy") in {None, "REPLICA"}
        ]
        chosen, token = finding.page_of(arns, request, default=10)
        return {"serviceArns": chosen, "nextToken": token}

    def delete(self, call: Call, request: t.DeleteServiceRequestTypeDef) -> Result:
        """Drain a service; it is INACTIVE once its tasks, instances and interfaces are gone."""
        record = finding.service(self._store, call.scope, request.get("cluster"), request["service"])
        if record.status == "INACTIVE":
            raise errors.service_not_found()
        if record.status == "ACTIVE":
            if record.desired_count and not request.get("force"):
                raise errors.invalid("The service cannot be stopped while it is scaled above 0.")
            record = replace(record, status="DRAINING", desired_count=0)
            self._store.put_service(call.scope, record)
        return {"service": self._shape(call.scope, record, with_tags=True)}

    def _shape(self, scope: Scope, record: Service, *, with_tags: bool) -> dict[str, object]:
        tasks = self._store.tasks_of(scope, record.key)
        return shapes.service(scope, record, tasks, with_tags=with_tags)


def _refuse_unsupported(operation: str, request: Mapping[str, Any]) -> None:
    errors.refuse(operation, request, *UNSUPPORTED)
    if (request.get("serviceConnectConfiguration") or {}).get("enabled"):
        errors.refuse(operation, request, "serviceConnectConfiguration")


def _with_strategy(
    wanted: Revision, request: t.UpdateServiceRequestTypeDef, associated: Collection[str]
) -> Revision:
    if "capacityProviderStrategy" not in request:
        return wanted
    strategy = finding.strategy(request["capacityProviderStrategy"])
    if strategy == wanted.strategy:
        return wanted
    if not request.get("forceNewDeployment"):
        raise errors.invalid(SWITCH_WITHOUT_FORCE)
    finding.check_associated(strategy, associated)
    return replace(wanted, strategy=strategy, launch_type=None if strategy else "FARGATE")


def _fingerprint(request: Mapping[str, Any]) -> str:
    """Return a mark of what was asked for, without the token."""
    members = {key: value for key, value in request.items() if key != "clientToken"}
    return hashlib.sha256(msgspec.json.encode(members, order="sorted")).hexdigest()
