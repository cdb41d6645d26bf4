"""Log groups: create, describe, delete, retention, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hatoba.cloud.logs.errors import exists, invalid
from hatoba.cloud.logs.model import INFREQUENT_ACCESS, STANDARD, LogGroup
from hatoba.cloud.logs.names import group_arn, group_in_arn, named_group
from hatoba.cloud.logs.refusing import refusing
from hatoba.cloud.wire import NotImplementedHere, ServiceError
from hatoba.cloud.wire.pages import InvalidToken, page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_logs.type_defs import (
        CreateLogGroupRequestTypeDef,
        DeleteLogGroupRequestTypeDef,
        DeleteRetentionPolicyRequestTypeDef,
        DescribeLogGroupsRequestTypeDef,
        ListLogGroupsRequestTypeDef,
        ListTagsForResourceRequestTypeDef,
        ListTagsLogGroupRequestTypeDef,
        PutLogGroupDeletionProtectionRequestTypeDef,
        PutRetentionPolicyRequestTypeDef,
        TagLogGroupRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagLogGroupRequestTypeDef,
        UntagResourceRequestTypeDef,
    )

    from hatoba.cloud.logs.store import LogStore
    from hatoba.cloud.state import Scope
    from hatoba.cloud.wire import Call, Operations, Result

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
CLASSES = (STANDARD, INFREQUENT_ACCESS)
MAX_TAGS = 50
PAGE = 50
_LIST_FILTERS = (
    "includeLinkedAccounts",
    "accountIdentifiers",
    "dataSources",
    "fieldIndexNames",
    "logGroupTags",
)


class GroupOperations:
    """The operations on log groups."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def register(self, operations: Operations) -> None:
        """Add them to the service's table."""
        operations.add("CreateLogGroup", refusing(self.create, "kmsKeyId"))
        operations.add("DeleteLogGroup", self.delete)
        operations.add(
            "DescribeLogGroups", refusing(self.describe, "accountIdentifiers", "includeLinkedAccounts")
        )
        operations.add("ListLogGroups", refusing(self.list_groups, *_LIST_FILTERS))
        operations.add("PutRetentionPolicy", self.put_retention)
        operations.add("DeleteRetentionPolicy", self.delete_retention)
        operations.add("PutLogGroupDeletionProtection", self.put_deletion_protection)
        operations.add("TagResource", self.tag)
        operations.add("UntagResource", self.untag)
        operations.add("ListTagsForResource", self.list_tags)
        operations.add("TagLogGroup", self.tag_group)
        operations.add("UntagLogGroup", self.untag_group)
        operations.add("ListTagsLogGroup", self.list_group_tags)

    def create(self, call: Call, request: CreateLogGroupRequestTypeDef) -> Result:
        """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html."""
        name = request["logGroupName"]
        log_class = request.get("logGroupClass", STANDARD)
        if log_class not in CLASSES:
            raise NotImplementedHere(f"The log group class {log_class}")
        if self._store.groups.get(call.scope, name) is not None:
            raise exists("log group")
        self._store.groups.put(
            call.scope,
            LogGroup(
                name,
                self._store.new_group_number(),
                int(call.now * 1000),
                log_class=log_class,
                tags=dict(request.get("tags", {})),
                deletion_protected=request.get("deletionProtectionEnabled", False),
            ),
        )
        return {}

    def delete(self, call: Call, request: DeleteLogGroupRequestTypeDef) -> Result:
        """Delete the group and all that is in it."""
        group = self._store.group(call.scope, request["logGroupName"])
        if group.deletion_protected:
            raise ServiceError(
                "ValidationException",
                f"The log group {group.name} has deletion protection; take it off with"
                " PutLogGroupDeletionProtection first.",
            )
        self._store.delete_group(call.scope, group.name)
        return {}

    def describe(self, call: Call, request: DescribeLogGroupsRequestTypeDef) -> Result:
        """Return groups ordered by name; ``arn`` ends in ``:*``, ``logGroupArn`` does not."""
        prefix, pattern = request.get("logGroupNamePrefix"), request.get("logGroupNamePattern")
        if prefix and pattern:
            raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        groups = self._store.groups.list(call.scope, prefix or "")
        if pattern:
            groups = tuple(group for group in groups if pattern.lower() in group.name.lower())
        if log_class := request.get("logGroupClass"):
            groups = tuple(group for group in groups if group.log_class == log_class)
        if identifiers := request.get("logGroupIdentifiers"):
            names = {named_group(call.scope, None, identifier) for identifier in identifiers}
            groups = tuple(group for group in groups if group.name in names)
        chosen, token = _page(groups, request.get("nextToken"), request.get("limit", PAGE))
        return {"logGroups": [self._described(call.scope, group) for group in chosen], "nextToken": token}

    def list_groups(self, call: Call, request: ListLogGroupsRequestTypeDef) -> Result:
        """Return groups by name; a pattern is texts with ``|`` between, ``^`` before a beginning."""
        wanted = request.get("logGroupNamePattern", "").split("|")
        groups = [
            group
            for group in self._store.groups.list(call.scope)
            if group.log_class == request.get("logGroupClass", group.log_class)
            and any(f"^{group.name}".find(text) >= 0 for text in wanted)
        ]
        chosen, token = _page(groups, request.get("nextToken"), request.get("limit", PAGE))
        summaries = [
            {
                "logGroupName": group.name,
                "logGroupArn": group_arn(call.scope, group.name),
                "logGroupClass": group.log_class,
            }
            for group in chosen
        ]
        return {"logGroups": summaries, "nextToken": token}

    def put_retention(self, call: Call, request: PutRetentionPolicyRequestTypeDef) -> Result:
        """Keep the group's events for so many days from now on."""
        days = request["retentionInDays"]
        if days not in RETENTION_DAYS:
            raise invalid(f"Invalid retention value. Valid values are: {list(RETENTION_DAYS)}")
        group = self._store.group(call.scope, request["logGroupName"])
        self._store.groups.put(call.scope, replace(group, retention_days=days))
        return {}

    def delete_retention(self, call: Call, request: DeleteRetentionPolicyRequestTypeDef) -> Result:
        """Keep the group's events for ever."""
        group = self._store.group(call.scope, request["logGroupName"])
        self._store.groups.put(call.scope, replace(group, retention_days=None))
        return {}

    def put_deletion_protection(
        self, call: Call, request: PutLogGroupDeletionProtectionRequestTypeDef
    ) -> Result:
        """Refuse, or allow, the group's deletion."""
        name = named_group(call.scope, None, request["logGroupIdentifier"])
        group = self._store.group(call.scope, name)
        enabled = request["deletionProtectionEnabled"]
        self._store.groups.put(call.scope, replace(group, deletion_protected=enabled))
        return {}

    def tag(self, call: Call, request: TagResourceRequestTypeDef) -> Result:
        """Add tags to the group that an ARN (without ``:*``) names."""
        self._add_tags(call, group_in_arn(call.scope, request["resourceArn"]), request["tags"])
        return {}

    def untag(self, call: Call, request: UntagResourceRequestTypeDef) -> Result:
        """Take tags off the group that an ARN names."""
        self._remove_tags(call, group_in_arn(call.scope, request["resourceArn"]), request["tagKeys"])
        return {}

    def list_tags(self, call: Call, request: ListTagsForResourceRequestTypeDef) -> Result:
        """Return the tags of the group that an ARN names."""
        name = group_in_arn(call.scope, request["resourceArn"])
        return {"tags": self._store.group(call.scope, name).tags}

    def tag_group(self, call: Call, request: TagLogGroupRequestTypeDef) -> Result:
        """Add tags by the group's name: the older way."""
        self._add_tags(call, request["logGroupName"], request["tags"])
        return {}

    def untag_group(self, call: Call, request: UntagLogGroupRequestTypeDef) -> Result:
        """Take tags off by the group's name: the older way."""
        self._remove_tags(call, request["logGroupName"], request["tags"])
        return {}

    def list_group_tags(self, call: Call, request: ListTagsLogGroupRequestTypeDef) -> Result:
        """Return tags by the group's name: the older way."""
        return {"tags": self._store.group(call.scope, request["logGroupName"]).tags}

    def _add_tags(self, call: Call, name: str, tags: Mapping[str, str]) -> None:
        group = self._store.group(call.scope, name)
        together = group.tags | dict(tags)
        if len(together) > MAX_TAGS:
            raise ServiceError(
                "TooManyTagsException",
                f"A resource can have no more than {MAX_TAGS} tags.",
                members={"resourceName": group_arn(call.scope, name)},
            )
        self._store.groups.put(call.scope, replace(group, tags=together))

    def _remove_tags(self, call: Call, name: str, keys: Iterable[str]) -> None:
        group = self._store.group(call.scope, name)
        left = {key: value for key, value in group.tags.items() if key not in set(keys)}
        self._store.groups.put(call.scope, replace(group, tags=left))

    def _described(self, scope: Scope, group: LogGroup) -> dict[str, object]:
        arn = group_arn(scope, group.name)
        return {
            "logGroupName": group.name,
            "creationTime": group.created,
            "retentionInDays": group.retention_days,
            "metricFilterCount": len(self._store.metric_filters.list(scope, f"{group.name}\n")),
            "arn": f"{arn}:*",
            "storedBytes": self._store.stored_bytes(scope, group.name),
            "logGroupClass": group.log_class,
            "logGroupArn": arn,
            "deletionProtectionEnabled": group.deletion_protected,
        }


def _page(groups: Sequence[LogGroup], token: str | None, limit: int) -> tuple[list[LogGroup], str | None]:
    try:
        return page(groups, token=token, limit=limit, key=lambda group: group.name)
    except InvalidToken as error:
        raise invalid("The specified nextToken is invalid.") from error
