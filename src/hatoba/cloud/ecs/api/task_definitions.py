"""Task definitions: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definitions.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.ecs import names, rules
from hatoba.cloud.ecs.api import errors, finding, shapes
from hatoba.cloud.ecs.model import TaskDefinition
from hatoba.cloud.wire import NotImplementedHere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

NOT_FOUND = "Unable to describe task definition."
FAMILY_STATUSES = ("ACTIVE", "INACTIVE", "ALL")
MOST_DELETED = 10


class TaskDefinitions:
    """Answers the operations on task definitions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "RegisterTaskDefinition": self.register,
            "DescribeTaskDefinition": self.describe,
            "ListTaskDefinitions": self.list,
            "ListTaskDefinitionFamilies": self.list_families,
            "DeregisterTaskDefinition": self.deregister,
            "DeleteTaskDefinitions": self.delete,
        }

    def register(self, call: Call, request: t.RegisterTaskDefinitionRequestTypeDef) -> Result:
        """Check a definition and keep it as the next revision of its family."""
        fault = rules.fault(request)
        if fault is not None:
            raise errors.client(fault)
        unsupported = rules.unsupported(request)
        if unsupported is not None:
            raise NotImplementedHere(f"ecs:RegisterTaskDefinition with {unsupported}")
        definition = {key: value for key, value in request.items() if key != "tags"}
        record = TaskDefinition(
            family=request["family"],
            revision=self._store.state.next_number(call.scope, f"ecs.revision.{request['family']}"),
            definition=_completed(definition),
            registered_at=call.now,
            registered_by=call.caller.arn,
            tags=finding.tags(request.get("tags")),
        )
        self._store.task_definitions.put(call.scope, record)
        return {
            "taskDefinition": shapes.task_definition(call.scope, record),
            "tags": shapes.tag_list(record.tags),
        }

    def describe(self, call: Call, request: t.DescribeTaskDefinitionRequestTypeDef) -> Result:
        """Describe one revision, the newest active one where none is named."""
        record = self._find(call.scope, request["taskDefinition"])
        answer: dict[str, object] = {"taskDefinition": shapes.task_definition(call.scope, record)}
        if "TAGS" in (request.get("include") or ()):
            answer["tags"] = shapes.tag_list(record.tags)
        return answer

    def list(self, call: Call, request: t.ListTaskDefinitionsRequestTypeDef) -> Result:
        """List the ARNs of one status, by family and revision."""
        status = request.get("status") or "ACTIVE"
        family = request.get("familyPrefix")
        records = (
            self._store.family(call.scope, family)
            if family
            else self._store.task_definitions.list(call.scope)
        )
        is_descending = request.get("sort") == "DESC"
        keys = sorted((_sort_key(each) for each in records if each.status == status), reverse=is_descending)
        chosen, token = finding.page_of(keys, request, default=100, is_descending=is_descending)
        arns = [names.task_definition_arn(call.scope, *_split(key)) for key in chosen]
        return {"taskDefinitionArns": arns, "nextToken": token}

    def list_families(self, call: Call, request: t.ListTaskDefinitionFamiliesRequestTypeDef) -> Result:
        """List the families that have revisions of the status asked for; all of them without one."""
        wanted = request.get("status") or "ALL"
        if wanted not in FAMILY_STATUSES:
            raise errors.invalid(f"status must be one of {', '.join(FAMILY_STATUSES)}.")
        records = self._store.task_definitions.list(call.scope, request.get("familyPrefix") or "")
        active = {each.family for each in records if each.status == "ACTIVE"}
        every = {each.family for each in records}
        families = {"ACTIVE": active, "INACTIVE": every - active, "ALL": every}[wanted]
        chosen, token = finding.page_of(sorted(families), request, default=100)
        return {"families": chosen, "nextToken": token}

    def deregister(self, call: Call, request: t.DeregisterTaskDefinitionRequestTypeDef) -> Result:
        """Make a revision INACTIVE: what runs from it runs on, nothing new starts from it."""
        name = request["taskDefinition"]
        if ":" not in name.rsplit("task-definition/", 1)[-1]:
            raise errors.client("Missing revision number. Must be of format: family:revision.")
        record = self._find(call.scope, name)
        if record.status == "ACTIVE":
            record = replace(record, status="INACTIVE", deregistered_at=call.now)
            self._store.task_definitions.put(call.scope, record)
        return {"taskDefinition": shapes.task_definition(call.scope, record)}

    def delete(self, call: Call, request: t.DeleteTaskDefinitionsRequestTypeDef) -> Result:
        """Delete INACTIVE revisions; others are failures."""
        if len(request["taskDefinitions"]) > MOST_DELETED:
            raise errors.invalid(f"taskDefinitions can have at most {MOST_DELETED} items.")
        deleted: list[dict[str, object]] = []
        failures: list[dict[str, str]] = []
        for name in request["taskDefinitions"]:
            record = self._store.task_definition(call.scope, name)
            if record is None:
                failures.append({"arn": name, "reason": "The specified task definition does not exist."})
            elif record.status == "ACTIVE":
                reason = (
                    "The specified task definition is still in ACTIVE status. Please deregister the target"
                    " and try again."
                )
                arn = names.task_definition_arn(call.scope, record.family, record.revision)
                failures.append({"arn": arn, "reason": reason})
            else:
                record = replace(record, status="DELETE_IN_PROGRESS", delete_requested_at=call.now)
                deleted.append(shapes.task_definition(call.scope, record))
                self._delete(call.scope, record)
        return {"taskDefinitions": deleted, "failures": failures}

    def _delete(self, scope: Scope, record: TaskDefinition) -> None:
        """Forget a revision, or keep it as DELETE_IN_PROGRESS while something was started from it."""
        arn = names.task_definition_arn(scope, record.family, record.revision)
        is_used = any(task.task_definition == arn for task in self._store.tasks.list(scope)) or any(
            arn in {each.revision.task_definition for each in service.deployments}
            for service in self._store.services.list(scope)
        )
        if is_used:
            self._store.task_definitions.put(scope, record)
        else:
            self._store.task_definitions.delete(scope, record.key)

    def _find(self, scope: Scope, name: str) -> TaskDefinition:
        record = self._store.task_definition(scope, name)
        if record is None:
            raise errors.client(NOT_FOUND)
        return record


def _sort_key(record: TaskDefinition) -> str:
    """Return what sorts by family, letter by letter, then by revision: a space comes before all letters."""
    return f"{record.family} {record.revision:08d}"


def _split(key: str) -> tuple[str, int]:
    family, revision = key.split(" ")
    return family, int(revision)


def _completed(definition: dict[str, Any]) -> dict[str, Any]:
    """Return the definition as it is returned: as written, with what ECS always adds and nothing more.

    Whatever else were added, such as a port's protocol, would show up as a change in Terraform's next plan.
    """
    is_awsvpc = definition.get("networkMode") == "awsvpc"
    containers = [
        _completed_container(each, is_awsvpc=is_awsvpc) for each in definition["containerDefinitions"]
    ]
    completed = {"volumes": [], "placementConstraints": [], **definition, "containerDefinitions": containers}
    for size in ("cpu", "memory"):
        if size in definition:
            completed[size] = rules.size_text(size, definition[size])
    return completed


def _completed_container(container: Mapping[str, Any], *, is_awsvpc: bool) -> dict[str, Any]:
    added: dict[str, Any] = {
        "cpu": 0,
        "essential": True,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
    }
    completed = {**added, **container}
    if is_awsvpc and "portMappings" in container:
        completed["portMappings"] = [
            {**each, "hostPort": each["containerPort"]} if each.get("containerPort") else each
            for each in container["portMappings"]
        ]
    return completed
