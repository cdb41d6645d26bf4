"""Service deployments and revisions: what was rolled out, how it went, and a way to stop it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.clock import timestamp
from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import errors, finding, shapes
from hatoba.cloud.ecs.control import breaker, making
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.model import Alarms, Deployment, Rollout, Service, Task
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

MOST_DESCRIBED = 20
GOES_ON = frozenset({"STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
"""A deployment that is to stop once more goes on with stopping.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
"""
_ROLLBACKS = {
    "COMPLETED": "ROLLBACK_SUCCESSFUL",
    "IN_PROGRESS": "ROLLBACK_IN_PROGRESS",
    "FAILED": "ROLLBACK_FAILED",
}


class Deployments:
    """Answers the operations on service deployments and service revisions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "ListServiceDeployments": self.list_of,
            "DescribeServiceDeployments": self.describe,
            "DescribeServiceRevisions": self.describe_revisions,
            "StopServiceDeployment": self.stop,
        }

    def list_of(self, call: Call, request: t.ListServiceDeploymentsRequestTypeDef) -> Result:
        """List a service's deployments, newest first."""
        service = finding.service(self._store, call.scope, request.get("cluster"), request["service"])
        history = self._history(call.scope, service)
        wanted = request.get("status") or ()
        created = request.get("createdAt") or {}
        after, before = created.get("after"), created.get("before")
        briefs: dict[str, dict[str, object]] = {}
        for each in history:
            at = timestamp(each.created_at)
            status = _status(each, service, history)
            if each.rolls_back or (wanted and status not in wanted):
                continue
            if (after and at <= after) or (before and at >= before):  # type: ignore[operator]  # parsed times
                continue
            # Newest first: the page's key counts down. Of the same moment there may be two.
            briefs[f"{10**12 - each.created_at:.6f} {each.number}"] = self._brief(
                call.scope, service, each, status
            )
        chosen, token = finding.page_of(sorted(briefs), request, default=20)
        return {"serviceDeployments": [briefs[key] for key in chosen], "nextToken": token}

    def describe(self, call: Call, request: t.DescribeServiceDeploymentsRequestTypeDef) -> Result:
        """Describe deployments by ARN; unknown ones are failures."""
        if len(request["serviceDeploymentArns"]) > MOST_DESCRIBED:
            raise errors.invalid(f"serviceDeploymentArns can have at most {MOST_DESCRIBED} items.")
        found: list[dict[str, object]] = []
        failures: list[dict[str, str]] = []
        for arn in request["serviceDeploymentArns"]:
            service = self._service_of(call.scope, arn)
            history = self._history(call.scope, service) if service else ()
            each = next((one for one in history if one.service_deployment_id == names.last_part(arn)), None)
            if service is None or each is None:
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(self._shape(call.scope, service, each, history))
        return {"serviceDeployments": found, "failures": failures}

    def describe_revisions(self, call: Call, request: t.DescribeServiceRevisionsRequestTypeDef) -> Result:
        """Describe what deployments deployed, by the ARNs of their revisions."""
        if len(request["serviceRevisionArns"]) > MOST_DESCRIBED:
            raise errors.invalid(f"serviceRevisionArns can have at most {MOST_DESCRIBED} items.")
        found: list[dict[str, object]] = []
        failures: list[dict[str, str]] = []
        for arn in request["serviceRevisionArns"]:
            service = self._service_of(call.scope, arn)
            history = self._history(call.scope, service) if service else ()
            each = next((one for one in history if one.number == names.last_part(arn)), None)
            if service is None or each is None:
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(_revision(call.scope, service, each))
        return {"serviceRevisions": found, "failures": failures}

    def stop(self, call: Call, request: t.StopServiceDeploymentRequestTypeDef) -> Result:
        """Roll a deployment in progress back to the last completed one."""
        arn = request["serviceDeploymentArn"]
        if request.get("stopType") == "ABORT":
            raise NotImplementedHere("ecs:StopServiceDeployment with stopType ABORT")
        service = self._service_of(call.scope, arn)
        history = self._history(call.scope, service) if service else ()
        asked = [each for each in history if each.service_deployment_id == names.last_part(arn)]
        if service is None or not asked:
            raise ServiceError("ServiceDeploymentNotFoundException", f"There is no service deployment {arn}.")
        status = _status(asked[0], service, history)
        if status in GOES_ON:
            return {"serviceDeploymentArn": arn}
        if status not in {"PENDING", "IN_PROGRESS"}:
            raise ServiceError("ConflictException", "The service deployment is not in progress.")
        if service.last_completed is None:
            raise ServiceError(
                "ConflictException", "There is no completed deployment to roll back to. Update the service."
            )
        stopped = replace(asked[0], stop_requested=True, updated_at=call.now)
        self._store.put_service(call.scope, making.with_changed(service, stopped))
        return {"serviceDeploymentArn": arn}

    def _service_of(self, scope: Scope, arn: str) -> Service | None:
        """Return the service that the ARN of a deployment or revision names."""
        parts = names.resource_of(arn).split("/")
        return self._store.services.get(scope, "/".join(parts[1:3]))

    def _history(self, scope: Scope, service: Service) -> tuple[Deployment, ...]:
        """Return the deployments of this life of the service, in no order."""
        past = [each.deployment for each in self._store.past_deployments.list(scope, f"{service.key}/")]
        return (*service.deployments, *(each for each in past if each.created_at >= service.created_at))

    def _brief(self, scope: Scope, service: Service, each: Deployment, status: str) -> dict[str, object]:
        return {
            "serviceDeploymentArn": names.service_deployment_arn(
                scope, service.key, each.service_deployment_id
            ),
            "serviceArn": names.service_arn(scope, service.key),
            "clusterArn": names.cluster_arn(scope, service.cluster),
            "createdAt": timestamp(each.created_at),
            "startedAt": None if status == "PENDING" else timestamp(each.started_at or each.created_at),
            "finishedAt": None if each.finished_at is None else timestamp(each.finished_at),
            "targetServiceRevisionArn": names.service_revision_arn(scope, service.key, each.number),
            "status": status,
            "statusReason": each.rollout_reason,
        }

    def _shape(
        self, scope: Scope, service: Service, each: Deployment, history: Sequence[Deployment]
    ) -> dict[str, object]:
        tasks = self._store.tasks_of(scope, service.key)
        status = _status(each, service, history)
        shape = self._brief(scope, service, each, status)
        shape.pop("targetServiceRevisionArn")
        shape["updatedAt"] = timestamp(each.updated_at)
        shape["stoppedAt"] = shape["finishedAt"] if status == "STOPPED" else None
        shape["targetServiceRevision"] = shapes.revision_summary(scope, service, each, tasks)
        shape["sourceServiceRevisions"] = self._sources(scope, service, each, tasks)
        past = self._store.past_deployments.get(scope, f"{service.key}/{each.number}")
        rollout = past.rollout if past else service.rollout
        desired = each.desired_count if past else service.desired_count
        shape["deploymentConfiguration"] = shapes.rollout(rollout)
        shape["deploymentCircuitBreaker"] = {
            "status": _breaker_status(rollout, each),
            "failureCount": each.failures,
            "threshold": breaker.threshold(desired, rollout.threshold),
        }
        if rollout.alarms is not None:
            shape["alarms"] = _alarms(rollout.alarms, each)
        way_back = _way_back(each, history)
        if way_back is not None:
            shape["rollback"] = {
                "reason": way_back.rollout_reason,
                "startedAt": timestamp(way_back.created_at),
                "serviceRevisionArn": names.service_revision_arn(scope, service.key, way_back.number),
            }
        return shape

    def _sources(
        self, scope: Scope, service: Service, each: Deployment, tasks: Sequence[Task]
    ) -> list[dict[str, object]]:
        """Return the revisions that the deployment still replaces."""
        older = [one for one in service.deployments if one.created_at < each.created_at]
        return [shapes.revision_summary(scope, service, one, tasks) for one in older]


def _way_back(each: Deployment, history: Sequence[Deployment]) -> Deployment | None:
    return next((one for one in history if one.rolls_back == each.id), None)


def _status(each: Deployment, service: Service, history: Sequence[Deployment]) -> str:
    way_back = _way_back(each, history)
    if way_back is not None:
        is_overtaken = way_back.rollout_state == "IN_PROGRESS" and not _is_newest(way_back, service)
        return _ROLLBACKS["FAILED" if is_overtaken else way_back.rollout_state]
    if each.rollout_state == "COMPLETED":
        return "SUCCESSFUL"
    if each.rollout_state == "FAILED":
        return "STOPPED"
    if not _is_newest(each, service):
        # A newer one, or the end of the service, overtook it: it stops with its last task.
        return "STOP_REQUESTED" if each.id in {one.id for one in service.deployments} else "STOPPED"
    if each.stop_requested:
        return "ROLLBACK_REQUESTED"
    return "IN_PROGRESS" if each.started_at else "PENDING"


def _is_newest(each: Deployment, service: Service) -> bool:
    return service.status == "ACTIVE" and service.primary.id == each.id


def _breaker_status(rollout: Rollout, each: Deployment) -> str:
    if not rollout.breaker:
        return "DISABLED"
    if each.rollout_state == "FAILED" and not each.alarms_gone_off:
        return "TRIGGERED"
    return "MONITORING" if each.rollout_state == "IN_PROGRESS" else "MONITORING_COMPLETE"


def _alarms(alarms: Alarms, each: Deployment) -> dict[str, object]:
    status = "MONITORING" if each.rollout_state == "IN_PROGRESS" else "MONITORING_COMPLETE"
    if not alarms.enable:
        status = "DISABLED"
    elif each.alarms_gone_off:
        status = "TRIGGERED"
    return {
        "status": status,
        "alarmNames": list(alarms.names),
        "triggeredAlarmNames": list(each.alarms_gone_off),
    }


def _revision(scope: Scope, service: Service, each: Deployment) -> dict[str, object]:
    revision = each.revision
    return {
        "serviceRevisionArn": names.service_revision_arn(scope, service.key, each.number),
        "serviceArn": names.service_arn(scope, service.key),
        "clusterArn": names.cluster_arn(scope, service.cluster),
        "taskDefinition": revision.task_definition,
        **shapes.launch(revision.launch_type, revision.strategy),
        "platformVersion": shapes.PLATFORM_VERSION,
        "platformFamily": shapes.PLATFORM_FAMILY,
        "loadBalancers": shapes.load_balancers(revision.load_balancers),
        "serviceRegistries": shapes.registries(revision.registries),
        "networkConfiguration": shapes.network(revision.network),
        "createdAt": timestamp(each.created_at),
    }
