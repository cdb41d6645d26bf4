"""Capacity as Fargate has it: two capacity providers, and never a container instance.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.ecs import names, texts
from hatoba.cloud.ecs.api import errors, finding
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

SPOT = "FARGATE_SPOT"
MOST_DESCRIBED = 100
MOST_ATTRIBUTES = 10


class Capacity:
    """Answers the operations on capacity providers, container instances and their attributes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "DescribeCapacityProviders": self.describe_providers,
            "ListContainerInstances": self.list_instances,
            "DescribeContainerInstances": self.describe_instances,
            "ListAttributes": self.list_attributes,
            "PutAttributes": self.put_attributes,
            "DeleteAttributes": self.delete_attributes,
        }

    def describe_providers(self, call: Call, request: t.DescribeCapacityProvidersRequestTypeDef) -> Result:
        """Describe AWS's two by name or ARN, or those of a cluster; unknown ones are failures."""
        known: tuple[str, ...] = finding.FARGATE_PROVIDERS
        if request.get("cluster"):
            known = finding.cluster(self._store, call.scope, request["cluster"]).capacity_providers
        asked = [names.last_part(each) for each in request.get("capacityProviders") or known]
        chosen, token = finding.page_of(sorted(each for each in asked if each in known), request, default=10)
        return {
            "capacityProviders": [
                {
                    "capacityProviderArn": names.arn(call.scope, f"capacity-provider/{each}"),
                    "name": each,
                    "status": "ACTIVE",
                    "tags": [],
                }
                for each in chosen
            ],
            "failures": [
                {"arn": names.arn(call.scope, f"capacity-provider/{each}"), "reason": "MISSING"}
                for each in asked
                if each not in known
            ],
            "nextToken": token,
        }

    def list_instances(self, call: Call, request: t.ListContainerInstancesRequestTypeDef) -> Result:
        """List nothing: tasks on Fargate run on no container instance."""
        finding.cluster(self._store, call.scope, request.get("cluster"))
        return {"containerInstanceArns": []}

    def describe_instances(self, call: Call, request: t.DescribeContainerInstancesRequestTypeDef) -> Result:
        """Find none of them."""
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        asked = request["containerInstances"]
        if not 1 <= len(asked) <= MOST_DESCRIBED:
            raise errors.invalid(f"containerInstances must have 1 to {MOST_DESCRIBED} items.")
        arns = [
            names.arn(call.scope, f"container-instance/{cluster.name}/{names.last_part(each)}")
            for each in asked
        ]
        return {"containerInstances": [], "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns]}

    def list_attributes(self, call: Call, request: t.ListAttributesRequestTypeDef) -> Result:
        """List nothing: only container instances have attributes of their own."""
        finding.cluster(self._store, call.scope, request.get("cluster"))
        if request.get("attributeValue") and not request.get("attributeName"):
            raise errors.invalid("attributeValue needs an attributeName.")
        return {"attributes": []}

    def put_attributes(self, call: Call, request: t.PutAttributesRequestTypeDef) -> Result:
        """Find no container instance to put them on."""
        finding.cluster(self._store, call.scope, request.get("cluster"))
        _check_attributes(len(request["attributes"]))
        raise _no_target([each.get("targetId", "") for each in request["attributes"]])

    def delete_attributes(self, call: Call, request: t.DeleteAttributesRequestTypeDef) -> Result:
        """Find no container instance to delete them from."""
        finding.cluster(self._store, call.scope, request.get("cluster"))
        _check_attributes(len(request["attributes"]))
        raise _no_target([each.get("targetId", "") for each in request["attributes"]])


def _check_attributes(count: int) -> None:
    if not 1 <= count <= MOST_ATTRIBUTES:
        raise errors.invalid(f"attributes must have 1 to {MOST_ATTRIBUTES} items.")


def _no_target(targets: list[str]) -> ServiceError:
    return ServiceError(
        "TargetNotFoundException",
        f"The specified targets {', '.join(targets)} were not found: tasks on Fargate run on no container"
        " instance.",
    )


def interrupt(store: Store, task_id: str) -> Task:
    """Take a Spot task's capacity away: SIGTERM now, SIGKILL after its stop timeout, at most two minutes.

    Raises:
        ServiceError: ``InvalidParameterException``: there is no such task, or it does not run on Spot.
    """
    scope, task = store.task_of(task_id) or (None, None)
    if scope is None or task is None or not task.is_live:
        raise errors.invalid(f"No task {task_id} runs.")
    if task.capacity_provider != SPOT:
        where = task.capacity_provider or "FARGATE"
        raise errors.invalid(f"Task {task_id} runs on {where}: only tasks on {SPOT} are interrupted.")
    return store.update_task(
        scope,
        task.key,
        desired_status="STOPPED",
        stop_code="SpotInterruption",
        stopped_reason=texts.SPOT_INTERRUPTED,
        is_ready=False,
    )
