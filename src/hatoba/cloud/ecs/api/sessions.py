"""ECS Exec: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import errors, finding
from hatoba.cloud.ecs.api.tasks import NOT_FOUND
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.ecs.session.sessions import Sessions
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

ONLY_INTERACTIVE = "Interactive is the only mode supported currently."
NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or the execute"
    " command agent isn’t running. Wait and try again or run a new task with execute command enabled and try"  # noqa: RUF001 - AWS's own apostrophe
    " again."
)


class ExecuteCommand:
    """Answers the operation that opens sessions."""

    def __init__(self, outside: Outside, sessions: Sessions) -> None:
        self._outside = outside
        self._store = outside.store
        self._sessions = sessions

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {"ExecuteCommand": self.execute}

    async def execute(self, call: Call, request: t.ExecuteCommandRequestTypeDef) -> Result:
        """Make a session for a command, which starts when a client joins it."""
        if not request["interactive"]:
            raise errors.invalid(ONLY_INTERACTIVE)
        cluster = finding.cluster(self._store, call.scope, request.get("cluster"))
        task = self._store.tasks.get(call.scope, f"{cluster.name}/{names.last_part(request['task'])}")
        if task is None:
            raise errors.invalid(NOT_FOUND)
        if not task.enable_execute_command:
            raise errors.invalid(NOT_ENABLED)
        container = task.container(_container(task, request.get("container")))
        try:
            command = shlex.split(request["command"])
        except ValueError as error:
            raise errors.invalid(f"The command cannot be read: {error}.") from error
        if not command:
            raise errors.invalid("Command cannot be empty.")
        runtime = self._outside.runtimes.by_kind(task.runtime) if task.runtime else None
        if runtime is None or container.last_status != "RUNNING":
            raise ServiceError(
                "TargetNotConnectedException",
                "The execute command failed due to an internal error. Try again later.",
            )
        session = await self._sessions.new(runtime, task, container.name, command)
        return {
            "clusterArn": names.cluster_arn(call.scope, task.cluster),
            "containerArn": names.container_arn(call.scope, task.key, container.id),
            "containerName": container.name,
            "interactive": True,
            "session": {
                "sessionId": session.id,
                "streamUrl": session.stream_url,
                "tokenValue": session.token,
            },
            "taskArn": names.task_arn(call.scope, task.key),
        }


def _container(task: Task, given: str | None) -> str:
    known = [each.name for each in task.containers]
    if given is None and len(known) > 1:
        raise errors.invalid(f"The task has several containers: name one of {', '.join(known)}.")
    if given is not None and given not in known:
        raise errors.invalid(f"The task has no container {given}; it has {', '.join(known)}.")
    return given or known[0]
