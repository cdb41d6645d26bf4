"""Tasks: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/standalone-tasks.html."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec

from hatoba.cloud.ecs import names, texts
from hatoba.cloud.ecs.api import errors, finding, overrides, platforms, shapes
from hatoba.cloud.ecs.control import making, placement
from hatoba.cloud.ecs.definition import read_overrides
from hatoba.cloud.ecs.model import Token
from hatoba.cloud.wire import NotImplementedHere, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.model import Json, Network, StrategyItem, Task, TaskDefinition
    from hatoba.cloud.ecs.pace import Pace
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation
    from hatoba.cloud.world import World

MOST_RUN = 10
MOST_DESCRIBED = 100
TOKEN_IS_KEPT_S = 24 * 3600.0
STARTED_BY = re.compile(r"[A-Za-z0-9/_-]{1,128}")
TOKEN = re.compile(r"[!-~]{1,64}")
NOT_WITH_STARTED_BY = ("containerInstance", "family", "launchType", "serviceName")
NOT_FOUND = "The referenced task was not found."


class Tasks:
    """Answers the operations on tasks."""

    def __init__(self, world: World, store: Store, pace: Pace) -> None:
        self._world = world
        self._store = store
        self._pace = pace

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "RunTask": self.run,
            "StopTask": self.stop,
            "ListTasks": self.list,
            "DescribeTasks": self.describe,
        }

    async def run(self, call: Call, request: t.RunTaskRequestTypeDef) -> Result:
        """Start tasks that belong to no service."""
        _check_run(request)
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        definition, view = finding.task_definition(self._store, call.scope, request["taskDefinition"])
        changes = overrides.checked(request.get("overrides"), view)
        platforms.checked(
            request.get("platformVersion"), view, executes=bool(request.get("enableExecuteCommand"))
        )
        _, strategy = finding.launch(cluster, request)
        network = await finding.network(self._world, call, request.get("networkConfiguration"))
        with self._store.state.transaction():
            self._forget_old(call)
            earlier = self._earlier(call, cluster.name, request)
            if earlier is not None:
                return {"tasks": earlier, "failures": []}
            tasks = self._add(call, cluster.name, request, definition, (network, strategy), changes=changes)
            self._remember(call, cluster.name, request, tasks)
        return {
            "tasks": [shapes.task(call.scope, each, with_tags=True) for each in tasks],
            "failures": [],
        }

    def _add(
        self,
        call: Call,
        cluster: str,
        request: t.RunTaskRequestTypeDef,
        definition: TaskDefinition,
        place: tuple[Network, tuple[StrategyItem, ...]],
        *,
        changes: Json,
    ) -> list[Task]:
        network, strategy = place
        tags = finding.tags(request.get("tags"))
        if request.get("propagateTags") == "TASK_DEFINITION":
            tags = {**making.propagated_tags("TASK_DEFINITION", {}, definition.tags), **tags}
        if request.get("enableECSManagedTags"):
            tags["aws:ecs:clusterName"] = cluster
        tasks: list[Task] = []
        for _ in range(request.get("count") or 1):
            order = making.Order(
                cluster=cluster,
                task_definition_arn=names.task_definition_arn(
                    call.scope, definition.family, definition.revision
                ),
                group=request.get("group") or f"family:{definition.family}",
                network=network,
                subnet=placement.spread(network.subnets, tasks),
                started_by=request.get("startedBy"),
                capacity_provider=placement.provider(strategy, tasks),
                overrides=changes,
                changes=read_overrides(changes),
                enable_execute_command=bool(request.get("enableExecuteCommand")),
            )
            task = making.new_task(order, definition, call.now, tags)
            self._store.add_task(call.scope, task)
            tasks.append(task)
        return tasks

    def _earlier(
        self, call: Call, cluster: str, request: t.RunTaskRequestTypeDef
    ) -> list[dict[str, object]] | None:
        """Return what the same request with the same token ran before."""
        token = request.get("clientToken")
        kept = self._store.tokens.get(call.scope, f"{cluster}/{token}") if token else None
        if kept is None or call.now - kept.created_at > TOKEN_IS_KEPT_S:
            return None
        if kept.fingerprint != _fingerprint(request):
            arns = [names.task_arn(call.scope, key) for key in kept.tasks]
            raise ServiceError(
                "ConflictException",
                "The RunTask request could not be processed due to conflicts: the client token was used with"
                " other parameters.",
                members={"resourceIds": arns},
            )
        found = [self._store.tasks.get(call.scope, key) for key in kept.tasks]
        return [shapes.task(call.scope, each, with_tags=True) for each in found if each is not None]

    def _remember(
        self, call: Call, cluster: str, request: t.RunTaskRequestTypeDef, tasks: list[Task]
    ) -> None:
        token = request.get("clientToken")
        if token:
            keys = tuple(each.key for each in tasks)
            self._store.tokens.put(call.scope, Token(cluster, token, _fingerprint(request), keys, call.now))

    def _forget_old(self, call: Call) -> None:
        """Forget tasks of no service that stopped long ago."""
        for task in self._store.tasks.list(call.scope):
            stopped_at = task.stopped_at
            if task.service is None and stopped_at and call.now - stopped_at > self._pace.keep_stopped_s:
                self._store.forget_task(call.scope, task)

    def stop(self, call: Call, request: t.StopTaskRequestTypeDef) -> Result:
        """Ask for a task's end. A service replaces it."""
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        task = self._store.tasks.get(call.scope, f"{cluster.name}/{names.last_part(request['task'])}")
        if task is None:
            raise errors.invalid(NOT_FOUND)
        if task.desired_status != "STOPPED":
            task = self._store.update_task(
                call.scope,
                task.key,
                desired_status="STOPPED",
                stop_code="UserInitiated",
                stopped_reason=request.get("reason") or texts.STOPPED_BY_USER,
                is_ready=False,
                tags={},
            )
        return {"task": shapes.task(call.scope, task, with_tags=False)}

    def list(self, call: Call, request: t.ListTasksRequestTypeDef) -> Result:
        """List the ARNs of a cluster's tasks that fit every filter."""
        if request.get("startedBy") and any(request.get(each) for each in NOT_WITH_STARTED_BY):
            raise errors.invalid("cannot specify startedBy with other arguments")
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        if request.get("containerInstance"):
            raise NotImplementedHere("ecs:ListTasks with containerInstance")
        service = request.get("serviceName")
        if service:
            owner = finding.service(self._store, call.scope, cluster.name, service)
            tasks = self._store.tasks_of(call.scope, owner.key)
        else:
            tasks = self._store.tasks.list(call.scope, f"{cluster.name}/")
        arns = sorted(names.task_arn(call.scope, each.key) for each in tasks if _fits(each, request))
        chosen, token = finding.page_of(arns, request, default=100)
        return {"taskArns": chosen, "nextToken": token}

    def describe(self, call: Call, request: t.DescribeTasksRequestTypeDef) -> Result:
        """Describe tasks by id or ARN; unknown ones are failures."""
        if not request["tasks"]:
            raise errors.invalid("Tasks cannot be empty.")
        if len(request["tasks"]) > MOST_DESCRIBED:
            raise errors.invalid("Too many tasks requested.")
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        with_tags = "TAGS" in (request.get("include") or ())
        found: list[dict[str, object]] = []
        failures: list[dict[str, str]] = []
        for given in request["tasks"]:
            key = f"{cluster.name}/{names.last_part(given)}"
            task = self._store.tasks.get(call.scope, key)
            if task is None:
                failures.append({"arn": names.task_arn(call.scope, key), "reason": "MISSING"})
            else:
                found.append(shapes.task(call.scope, task, with_tags=with_tags))
        return {"tasks": found, "failures": failures}


def _fits(task: Task, request: t.ListTasksRequestTypeDef) -> bool:
    definition = task.task_definition.rsplit("/", 1)[-1]
    return (
        task.desired_status == (request.get("desiredStatus") or "RUNNING")
        and request.get("family") in {None, definition.rpartition(":")[0]}
        and request.get("startedBy") in {None, task.started_by}
        and request.get("launchType") in {None, shapes.LAUNCH_TYPE}
    )


def _check_run(request: t.RunTaskRequestTypeDef) -> None:
    errors.refuse(
        "RunTask", request, "placementConstraints", "placementStrategy", "referenceId", "volumeConfigurations"
    )
    if not 1 <= (1 if request.get("count") is None else request["count"]) <= MOST_RUN:
        raise errors.invalid(f"Count must be between 1 and {MOST_RUN}.")
    if request.get("propagateTags") == "SERVICE":
        raise errors.invalid("propagateTags SERVICE is not supported by RunTask: use TASK_DEFINITION.")
    started_by = request.get("startedBy")
    if started_by and not STARTED_BY.fullmatch(started_by):
        raise errors.invalid("startedBy must have up to 128 letters, digits, hyphens, slashes, underscores.")
    token = request.get("clientToken")
    if token is not None and not TOKEN.fullmatch(token):
        raise errors.invalid("clientToken must have 1 to 64 printable ASCII characters.")


def _fingerprint(request: Mapping[str, Any]) -> str:
    members = {key: value for key, value in request.items() if key != "clientToken"}
    return hashlib.sha256(msgspec.json.encode(members, order="sorted")).hexdigest()
