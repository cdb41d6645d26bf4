"""Tasks that a command starts and stays with: their output as it comes, their exit code as its own."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatoba.cli import output
from hatoba.cli.exits import Exit, Failure
from hatoba.cli.interrupting import Interrupted, raise_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, TaskTypeDef
    from types_boto3_logs import CloudWatchLogsClient

POLL_S = 0.2
ID_SHOWN = 8
TASKS_OF_A_CALL = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the tasks beside their definition: a command, environment, one of the containers."""

    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    container: str | None = None
    count: int = 1
    detach: bool = False
    within_s: float | None = None


def environment_of(settings: Sequence[str]) -> dict[str, str]:
    """Return NAME=VALUE words as a mapping.

    Raises:
        Failure: One has no name or no ``=``.
    """
    found = {}
    for word in settings:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise Failure(f"--set {word} sets nothing.", "Write --set NAME=VALUE.", Exit.USAGE)
        found[name] = value
    return found


def run_to_the_end(ecs: ECSClient, logs: CloudWatchLogsClient, asked: dict[str, Any], wish: Wish) -> int:
    """Start tasks, show what they write until the last has ended; return the first exit code that is not 0.

    Args:
        ecs: ECS, where they run.
        logs: CloudWatch Logs, where they write.
        asked: RunTask's parameters without count and overrides.
        wish: What is asked beside.

    Raises:
        Failure: They cannot be started.
    """
    definition = ecs.describe_task_definition(taskDefinition=asked["taskDefinition"])["taskDefinition"]
    containers = definition["containerDefinitions"]
    asked["overrides"] = {"containerOverrides": _overrides(containers, wish)}
    tasks: list[TaskTypeDef] = []
    for first in range(0, wish.count, TASKS_OF_A_CALL):
        answer = ecs.run_task(**asked, count=min(wish.count - first, TASKS_OF_A_CALL))
        for failed in answer["failures"]:
            raise Failure(
                f"A task could not be started: {failed.get('reason')} {failed.get('detail', '')}".strip()
            )
        tasks += answer["tasks"]
    if wish.detach:
        output.print_text(task["taskArn"].rpartition("/")[2] for task in tasks)
        return int(Exit.DONE)
    cluster = tasks[0]["clusterArn"]
    writers = [_Stream(logs, each, task["taskArn"]) for task in tasks for each in containers]
    raise_on_signals()
    deadline = None if wish.within_s is None else time.monotonic() + wish.within_s
    try:
        ended = _follow(ecs, cluster, [task["taskArn"] for task in tasks], writers, deadline)
    except Interrupted:
        _stop(ecs, tasks, "Ctrl-C")
        return int(Exit.INTERRUPTED)
    if ended is None:
        _stop(ecs, tasks, "--timeout")
        return int(Exit.TIMED_OUT)
    codes = [_exit_code(task, wish.container) for task in ended]
    return next((code for code in codes if code), int(Exit.DONE))


def _overrides(containers: Sequence[ContainerDefinitionOutputTypeDef], wish: Wish) -> list[dict[str, object]]:
    if not wish.command and not wish.environment:
        return []
    names = [each["name"] for each in containers]
    name = wish.container or next(each["name"] for each in containers if each.get("essential", True))
    if name not in names:
        raise Failure(
            f"The task definition has no container {name}.", f"It has {', '.join(names)}.", Exit.USAGE
        )
    override: dict[str, object] = {"name": name}
    if wish.command:
        override["command"] = list(wish.command)
    if wish.environment:
        override["environment"] = [{"name": key, "value": text} for key, text in wish.environment.items()]
    return [override]


class _Stream:
    """What one container of one task writes, read on and on."""

    def __init__(
        self, logs: CloudWatchLogsClient, container: ContainerDefinitionOutputTypeDef, task: str
    ) -> None:
        self._logs = logs
        self._token: str | None = None
        configured = container.get("logConfiguration")
        options: Mapping[str, str] = configured.get("options", {}) if configured else {}
        self._group = options.get("awslogs-group")
        prefix = options.get("awslogs-stream-prefix")
        self.name = f"{prefix}/{container['name']}/{task.rpartition('/')[2]}"

    def lines(self) -> Iterator[str]:
        """Return what was written since the last look."""
        if self._group is None:
            return
        from botocore.exceptions import ClientError

        while True:
            given: dict[str, Any] = {"nextToken": self._token} if self._token else {}
            try:
                page = self._logs.get_log_events(
                    logGroupName=self._group, logStreamName=self.name, startFromHead=True, **given
                )
            except ClientError as error:
                if error.response["Error"].get("Code") == "ResourceNotFoundException":
                    return  # it has not begun
                raise
            yield from (event.get("message", "") for event in page["events"])
            if page["nextForwardToken"] == self._token:
                return
            self._token = page["nextForwardToken"]


def _stop(ecs: ECSClient, tasks: Sequence[TaskTypeDef], by: str) -> None:
    for task in tasks:
        reason = f"Stopped by {by} of the command that started it"
        ecs.stop_task(cluster=task["clusterArn"], task=task["taskArn"], reason=reason)
    output.say("Asked the task to stop." if len(tasks) == 1 else "Asked the tasks to stop.")


def _follow(
    ecs: ECSClient, cluster: str, arns: Sequence[str], writers: Sequence[_Stream], deadline: float | None
) -> list[TaskTypeDef] | None:
    """Show what is written until all tasks have stopped; return them then, None after too long."""
    shows_task = len(arns) > 1
    while True:
        tasks = [
            task
            for first in range(0, len(arns), 100)
            for task in ecs.describe_tasks(cluster=cluster, tasks=arns[first : first + 100])["tasks"]
        ]
        for writer in writers:
            for line in writer.lines():
                shown = f"{writer.name.rpartition('/')[2][:ID_SHOWN]}  {line}" if shows_task else line
                sys.stdout.write(f"{shown}\n")
        sys.stdout.flush()
        if all(task["lastStatus"] == "STOPPED" for task in tasks):
            return tasks
        if deadline is not None and time.monotonic() > deadline:
            return None
        time.sleep(POLL_S)


def _exit_code(task: TaskTypeDef, container: str | None) -> int:
    """Return how a task ended, by its container's exit code, 1 where it has none; say why that is not 0."""
    codes = {each["name"]: each.get("exitCode") for each in task["containers"]}
    known = [code for name, code in codes.items() if container in {None, name} and code is not None]
    code = next((each for each in known if each), 0) if known else int(Exit.FAILED)
    if code:
        identifier = task["taskArn"].rpartition("/")[2]
        output.say(f"Task {identifier} ended with {code}: {task.get('stoppedReason', 'no reason was given')}")
        for each in task["containers"]:
            if each.get("reason"):
                output.say(f"   {each['name']}: {each['reason']}")
    return code
