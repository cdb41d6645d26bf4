"""Scale-in protection: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatoba.cloud.clock import timestamp
from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import errors, finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.model import Task
    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

MOST_UPDATED = 10
MOST_READ = 100
MINUTES = range(1, 2881)
DEFAULT_MINUTES = 120


class Protection:
    """Answers the operations on the protection of services' tasks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {"UpdateTaskProtection": self.update, "GetTaskProtection": self.get}

    def update(self, call: Call, request: t.UpdateTaskProtectionRequestTypeDef) -> Result:
        """Protect tasks for a time that begins now, or protect them no more."""
        cluster = finding.cluster(self._store, call.scope, request["cluster"])
        given = request.get("expiresInMinutes")
        minutes = DEFAULT_MINUTES if given is None else given
        if minutes not in MINUTES:
            raise errors.invalid("expiresInMinutes must be between 1 and 2880.")
        _check_count(request["tasks"], MOST_UPDATED)
        until = call.now + minutes * 60 if request["protectionEnabled"] else None
        found, failures = self._find(call.scope, cluster.name, request["tasks"])
        changed = [self._store.update_task(call.scope, each.key, protected_until=until) for each in found]
        return {"protectedTasks": [_shape(call, each) for each in changed], "failures": failures}

    def get(self, call: Call, request: t.GetTaskProtectionRequestTypeDef) -> Result:
        """Say which tasks are protected until when; without names, of every task of a service."""
        cluster = finding.cluster(self._store, call.scope, request["cluster"])
        if request.get("tasks"):
            _check_count(request["tasks"], MOST_READ)
            found, failures = self._find(call.scope, cluster.name, request["tasks"])
        else:
            everyone = self._store.tasks.list(call.scope, f"{cluster.name}/")
            found, failures = [each for each in everyone if each.service and each.is_live], []
        return {"protectedTasks": [_shape(call, each) for each in found], "failures": failures}

    def _find(
        self, scope: Scope, cluster: str, given: Sequence[str]
    ) -> tuple[list[Task], list[dict[str, str]]]:
        found: list[Task] = []
        failures: list[dict[str, str]] = []
        for name in given:
            key = f"{cluster}/{names.last_part(name)}"
            task = self._store.tasks.get(scope, key)
            if task is None:
                failures.append({"arn": names.task_arn(scope, key), "reason": "MISSING"})
            elif task.service is None or not task.is_live:
                detail = "Only a running task of a service can be protected."
                failures.append(
                    {"arn": names.task_arn(scope, key), "reason": "TASK_NOT_VALID", "detail": detail}
                )
            else:
                found.append(task)
        return found, failures


def _check_count(tasks: Sequence[str], most: int) -> None:
    if not 1 <= len(tasks) <= most:
        raise errors.invalid(f"tasks must name 1 to {most} tasks.")


def _shape(call: Call, task: Task) -> dict[str, object]:
    until = task.protected_until
    shown: dict[str, object] = {"taskArn": names.task_arn(call.scope, task.key), "protectionEnabled": False}
    if until is None or until <= call.now:
        return shown
    return shown | {"protectionEnabled": True, "expirationDate": timestamp(until)}
