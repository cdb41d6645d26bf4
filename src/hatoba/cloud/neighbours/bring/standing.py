"""What stands in neighbours that have a companion, as JSON in AWS's words. In the worker thread only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatoba.cloud.neighbours.backends import loaded_services
from hatoba.cloud.state import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


def standing(changed: Collection[tuple[str, str, str]]) -> Mapping[tuple[str, Scope], bytes]:
    """Return what stands in these backends, by service and scope; of services without a companion nothing."""
    found = {}
    for backends in loaded_services():
        read = _READERS.get(backends.service_name)
        if read is None:
            continue
        for account, region, backend in tuple(backends.iter_backends()):
            if (backends.service_name, account, region) in changed:
                found[backends.service_name, Scope(account, region)] = json.dumps(read(backend)).encode()
    return found


def _rules(backend: Any) -> Mapping[str, object]:
    rules = [rule for bus in backend.event_buses.values() for rule in bus.rules.values()]
    return {
        "Rules": [
            {
                "Arn": rule.arn,
                "Name": rule.name,
                "EventBusName": rule.event_bus_name,
                "EventPattern": rule.event_pattern.dump(),
                "ScheduleExpression": rule.scheduled_expression,
                "State": rule.state,
                "Targets": rule.targets,
            }
            for rule in rules
        ]
    }


def _schedules(backend: Any) -> Mapping[str, object]:
    groups = backend.schedule_groups.values()
    return {"Schedules": [each.to_dict() for group in groups for each in group.schedules.values()]}


def _scaling(backend: Any) -> Mapping[str, object]:
    """Leave out what belongs to a target that is gone: on AWS it goes with its target."""
    targets = {
        (target.service_namespace, target.resource_id, dimension): target
        for dimension, by_resource in backend.targets.items()
        for target in by_resource.values()
    }

    def has_target(each: Any) -> bool:
        return (each.service_namespace, each.resource_id, each.scalable_dimension) in targets

    return {
        "Targets": [
            {
                "ServiceNamespace": each.service_namespace,
                "ResourceId": each.resource_id,
                "ScalableDimension": each.scalable_dimension,
                "MinCapacity": each.min_capacity,
                "MaxCapacity": each.max_capacity,
                "SuspendedState": each.suspended_state or {},
            }
            for each in targets.values()
        ],
        "Policies": [
            {
                "PolicyName": each.policy_name,
                "ServiceNamespace": each.service_namespace,
                "ResourceId": each.resource_id,
                "PolicyType": each.policy_type,
                "TargetTracking": each.target_tracking_scaling_policy_configuration,
                "Alarms": [alarm.name for alarm in each.alarms],
            }
            for each in backend.policies.values()
            if has_target(each)
        ],
        "Actions": [
            {
                "Arn": each.arn,
                "Name": each.scheduled_action_name,
                "ServiceNamespace": each.service_namespace,
                "ResourceId": each.resource_id,
                "Schedule": each.schedule,
                "Timezone": each.timezone,
                "StartTime": each.start_time,
                "EndTime": each.end_time,
                "Action": each.scalable_target_action,
            }
            for each in backend.scheduled_actions
            if has_target(each)
        ],
    }


_READERS: Mapping[str, Callable[[Any], Mapping[str, object]]] = {
    "events": _rules,
    "scheduler": _schedules,
    "application-autoscaling": _scaling,
}
