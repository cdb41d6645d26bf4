"""Records as members of output shapes, where several operations show the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.clock import timestamp

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.model import Revision, Stack, StackEvent, StackResource

HIDDEN = "****"


def shown_parameters(revision: Revision | None) -> list[dict[str, Any]]:
    """Return parameters as they are shown: those marked NoEcho hidden."""
    shown: list[dict[str, Any]] = []
    for item in revision.parameters if revision else ():
        entry = {"ParameterKey": item.key, "ParameterValue": HIDDEN if item.no_echo else item.value}
        if item.resolved is not None:
            entry["ResolvedValue"] = HIDDEN if item.no_echo else item.resolved
        shown.append(entry)
    return shown


def shown_tags(revision: Revision | None) -> list[dict[str, str]]:
    """Return a stack's tags."""
    return [{"Key": key, "Value": value} for key, value in (revision.tags if revision else {}).items()]


def shown_stack(stack: Stack) -> dict[str, Any]:
    """Return a stack as DescribeStacks shows it. One in review has neither parameters nor tags yet."""
    revision = stack.shown
    shown: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set_id,
        "Description": revision.description if revision else None,
        "Parameters": shown_parameters(revision) or None,
        "CreationTime": timestamp(stack.created),
        "LastUpdatedTime": _time(stack.updated),
        "DeletionTime": _time(stack.deleted),
        "RollbackConfiguration": revision.rollback_configuration if revision else {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": list(revision.notification_arns) if revision else [],
        "TimeoutInMinutes": stack.timeout_minutes,
        "Capabilities": (list(revision.capabilities) or None) if revision else None,
        "Outputs": [
            {
                key: value
                for key, value in (
                    ("OutputKey", output.key),
                    ("OutputValue", output.value),
                    ("Description", output.description),
                    ("ExportName", output.export_name),
                )
                if value is not None
            }
            for output in stack.outputs
        ]
        or None,
        "RoleARN": revision.role_arn if revision else None,
        "ParentId": stack.parent_id,
        "RootId": stack.root_id,
        "Tags": shown_tags(revision),
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": _checked("StackDriftStatus", stack.detection, stack.detected_at),
    }
    return {key: value for key, value in shown.items() if value is not None}


def _time(seconds: float | None) -> Any:
    return None if seconds is None else timestamp(seconds)


def _checked(member: str, status: str, at: float | None) -> dict[str, Any]:
    shown: dict[str, Any] = {member: status}
    if at is not None:
        shown["LastCheckTimestamp"] = timestamp(at)
    return shown


def shown_event(event: StackEvent) -> dict[str, Any]:
    """Return one event."""
    shown = {
        "StackId": event.stack_id,
        "EventId": event.id,
        "StackName": event.stack_name,
        "OperationId": event.operation_id,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id or "",
        "ResourceType": event.type,
        "Timestamp": timestamp(event.at),
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
    }
    return {key: value for key, value in shown.items() if value is not None}


def shown_resource(stack: Stack, record: StackResource, *, summary: bool = False) -> dict[str, Any]:
    """Return a resource as DescribeStackResources shows it, or as a summary of ListStackResources."""
    shown: dict[str, Any] = {
        "LogicalResourceId": record.logical_id,
        "PhysicalResourceId": record.physical_id,
        "ResourceType": record.type,
        "ResourceStatus": record.status,
        "ResourceStatusReason": record.reason,
        "DriftInformation": _checked("StackResourceDriftStatus", record.drift, record.drift_at),
    }
    if summary:
        shown["LastUpdatedTimestamp"] = timestamp(record.updated)
    else:
        shown["StackId"] = stack.id
        shown["StackName"] = stack.name
        shown["Timestamp"] = timestamp(record.updated)
    return {key: value for key, value in shown.items() if value is not None}


def resource_detail(stack: Stack, record: StackResource) -> dict[str, Any]:
    """Return a resource as DescribeStackResource shows it."""
    shown = shown_resource(stack, record)
    shown["LastUpdatedTimestamp"] = shown.pop("Timestamp")
    if record.metadata is not None:
        shown["Metadata"] = record.metadata
    return shown
