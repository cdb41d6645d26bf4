"""Tags: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.api import errors, finding, shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_ecs import type_defs as t

    from hatoba.cloud.ecs.store import Store
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Result
    from hatoba.cloud.wire.operations import Operation

    Change = Callable[[dict[str, str]], dict[str, str]]


class Tags:
    """Answers the operations on tags of clusters, services, tasks and task definitions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def operations(self) -> dict[str, Operation]:
        """By AWS's names."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list,
        }

    def tag(self, call: Call, request: t.TagResourceRequestTypeDef) -> Result:
        """Add tags, in place of those with the same key."""
        added = finding.tags(request["tags"])
        self._change(call.scope, request["resourceArn"], lambda tags: finding.limited({**tags, **added}))
        return {}

    def untag(self, call: Call, request: t.UntagResourceRequestTypeDef) -> Result:
        """Remove tags by key."""
        gone = set(request["tagKeys"])
        self._change(
            call.scope,
            request["resourceArn"],
            lambda tags: {key: value for key, value in tags.items() if key not in gone},
        )
        return {}

    def list(self, call: Call, request: t.ListTagsForResourceRequestTypeDef) -> Result:
        """List a resource's tags."""
        tags = self._change(call.scope, request["resourceArn"], None)
        return {"tags": shapes.tag_list(tags)}

    def _change(self, scope: Scope, arn: str, change: Change | None) -> dict[str, str]:
        """Change the tags of what an ARN names and return them; only return them without a change."""
        kind, _, rest = names.resource_of(arn).partition("/")
        changers = {
            "cluster": self._of_cluster,
            "service": self._of_service,
            "task": self._of_task,
            "task-definition": self._of_task_definition,
        }
        if kind not in changers or not arn.startswith("arn:"):
            raise errors.invalid(f"Invalid resource ARN {arn}: tags belong to {', '.join(changers)}.")
        return changers[kind](scope, rest, change or (lambda tags: tags))

    def _of_cluster(self, scope: Scope, key: str, change: Change) -> dict[str, str]:
        record = self._store.clusters.get(scope, key)
        if record is None:
            raise errors.cluster_not_found()
        if record.status != "ACTIVE":
            raise errors.invalid(
                "The specified cluster is inactive. Specify an active cluster and try again."
            )
        changed = replace(record, tags=change(record.tags))
        if changed != record:
            self._store.clusters.put(scope, changed)
        return changed.tags

    def _of_service(self, scope: Scope, key: str, change: Change) -> dict[str, str]:
        record = self._store.services.get(scope, key)
        if record is None:
            raise errors.invalid("The specified service is not found.")
        changed = replace(record, tags=change(record.tags))
        if changed != record:
            self._store.put_service(scope, changed)
        return changed.tags

    def _of_task(self, scope: Scope, key: str, change: Change) -> dict[str, str]:
        record = self._store.tasks.get(scope, key)
        if record is None:
            raise errors.invalid("The specified task is not found.")
        return self._store.update_task(scope, key, tags=change(record.tags)).tags

    def _of_task_definition(self, scope: Scope, key: str, change: Change) -> dict[str, str]:
        record = self._store.task_definition(scope, key)
        if record is None:
            raise errors.invalid("The specified task definition is not found.")
        changed = replace(record, tags=change(record.tags))
        if changed != record:
            self._store.task_definitions.put(scope, changed)
        return changed.tags
