"""AWS::Events and AWS::Scheduler: rules, buses, schedules and their groups.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Scheduler.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import document, to_member
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.resources.tagged import Tagged, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

GONE = words("ResourceNotFoundException")
DEFAULT_BUS = "default"
LONGEST_NAME = 64


class Rule(Tagged):
    """A rule of EventBridge with its targets. Ref is its name, with its bus where that is no default."""

    schema = Schema(
        "AWS::Events::Rule",
        properties=words(
            "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags Targets"
        ),
        create_only=words("EventBusName Name"),
        attributes=words("Arn"),
        tags="list",
    )
    service = "events"
    creates = "PutRule"
    special = words("EventPattern Targets")
    tagging = Tagging("ResourceARN")

    def params(self, properties: Properties) -> dict[str, Any]:
        """Write the pattern as text."""
        params = super().params(properties)
        if "EventPattern" in properties:
            params["EventPattern"] = document(properties["EventPattern"], "#/EventPattern")
        return params

    def check(self, properties: Properties) -> None:
        """Check the rule and its targets."""
        self.params(properties)
        _targets(properties)

    async def create(self, context: Context, properties: Properties) -> str:
        """Put it; its targets follow."""
        params = {"Name": context.new_name(LONGEST_NAME), **self.params(properties)}
        await self.call(context, self.creates, **params, **self.tag_params(context))
        bus = str(params.get("EventBusName", DEFAULT_BUS))
        return str(params["Name"]) if bus == DEFAULT_BUS else f"{bus}|{params['Name']}"

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Put its targets."""
        if targets := _targets(properties):
            bus, name = _address(physical_id)
            await self.call(context, "PutTargets", Rule=name, EventBusName=bus, Targets=targets)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it again; remove the targets that are gone."""
        bus, name = _address(physical_id)
        await self.call(context, self.creates, **{**self.params(new), "Name": name, "EventBusName": bus})
        kept = {target["Id"] for target in _targets(new)}
        gone = [target["Id"] for target in _targets(old) if target["Id"] not in kept]
        if gone:
            await self.call(context, "RemoveTargets", Rule=name, EventBusName=bus, Ids=gone)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Remove all targets, then delete it."""
        bus, name = _address(physical_id)
        found = await self.call_unless(GONE, context, "ListTargetsByRule", Rule=name, EventBusName=bus)
        ids = [target["Id"] for target in (found or {}).get("Targets", ())]
        if ids:
            await self.call_unless(GONE, context, "RemoveTargets", Rule=name, EventBusName=bus, Ids=ids)
        await self.call_unless(GONE, context, "DeleteRule", Name=name, EventBusName=bus)

    async def tag_target(self, context: Context, physical_id: str) -> str:
        """Return the ARN."""
        bus, name = _address(physical_id)
        path = name if bus == DEFAULT_BUS else f"{bus}/{name}"
        return f"arn:aws:events:{context.scope.region}:{context.scope.account}:rule/{path}"

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        return {"Arn": await self.tag_target(context, physical_id)}


def _address(physical_id: str) -> tuple[str, str]:
    """Return bus and name of a rule."""
    bus, _, name = physical_id.rpartition("|")
    return bus.rpartition("/")[2] or DEFAULT_BUS, name


def _targets(properties: Properties) -> list[dict[str, Any]]:
    """Return the targets in the API's words; the template spells those of ECS in its own way."""
    given = [
        {**target, "EcsParameters": _of_ecs(target["EcsParameters"])}
        if isinstance(target, dict) and isinstance(target.get("EcsParameters"), dict)
        else target
        for target in properties.get("Targets") or ()
    ]
    targets: list[dict[str, Any]] = to_member("events", "PutTargets", "Targets", given, where="#/Targets")
    return targets


def _of_ecs(given: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {"PlacementStrategies": "PlacementStrategy", "TagList": "Tags"}
    ecs = {renamed.get(name, name): value for name, value in given.items()}
    network = ecs.get("NetworkConfiguration")
    if isinstance(network, dict) and "AwsVpcConfiguration" in network:
        ecs["NetworkConfiguration"] = {"AwsvpcConfiguration": network["AwsVpcConfiguration"]}
    return ecs


class EventBus(Tagged):
    """An event bus of one's own."""

    schema = Schema(
        "AWS::Events::EventBus",
        properties=words("Description Name Tags"),
        required=words("Name"),
        create_only=words("Name"),
        attributes=words("Arn Name"),
        tags="list",
        refused=words("DeadLetterConfig EventSourceName KmsKeyIdentifier LogConfig Policy"),
    )
    service = "events"
    creates = "CreateEventBus"
    tagging = Tagging("ResourceARN")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        await self.call(context, self.creates, **self.params(properties), **self.tag_params(context))
        return str(properties["Name"])

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(GONE, context, "DeleteEventBus", Name=physical_id)

    async def tag_target(self, context: Context, physical_id: str) -> str:
        """Return the ARN."""
        return f"arn:aws:events:{context.scope.region}:{context.scope.account}:event-bus/{physical_id}"

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and name."""
        return {"Arn": await self.tag_target(context, physical_id), "Name": physical_id}


class Schedule(Base):
    """A schedule of EventBridge Scheduler. Ref is its name."""

    schema = Schema(
        "AWS::Scheduler::Schedule",
        properties=words(
            "Description EndDate FlexibleTimeWindow GroupName KmsKeyArn Name ScheduleExpression"
            " ScheduleExpressionTimezone StartDate State Target"
        ),
        required=words("FlexibleTimeWindow ScheduleExpression Target"),
        create_only=words("Name"),
        attributes=words("Arn"),
    )
    service = "scheduler"
    creates = "CreateSchedule"

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"Name": context.new_name(LONGEST_NAME), **self.params(properties)}
        await self.call(context, self.creates, **params)
        return str(params["Name"])

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Give it all again: what is left out is un-set. One of another group is made anew there."""
        params = {**self.params(new), "Name": physical_id}
        if _group(old) == _group(new):
            await self.call(context, "UpdateSchedule", **params)
            return
        await self.call(context, self.creates, **params)
        await self.delete(context, physical_id, old)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it."""
        await self.call_unless(
            GONE, context, "DeleteSchedule", Name=physical_id, GroupName=_group(properties)
        )

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN."""
        scope = context.scope
        path = f"{_group(properties)}/{physical_id}"
        return {"Arn": f"arn:aws:scheduler:{scope.region}:{scope.account}:schedule/{path}"}


def _group(properties: Properties) -> str:
    return str(properties.get("GroupName") or "default")


class ScheduleGroup(Tagged):
    """A group of schedules."""

    schema = Schema(
        "AWS::Scheduler::ScheduleGroup",
        properties=words("Name Tags"),
        create_only=words("Name"),
        attributes=words("Arn CreationDate LastModificationDate State"),
        tags="list",
    )
    service = "scheduler"
    creates = "CreateScheduleGroup"
    tagging = Tagging("ResourceArn")

    async def create(self, context: Context, properties: Properties) -> str:
        """Create it."""
        params = {"Name": context.new_name(LONGEST_NAME), **self.params(properties)}
        if own := self.tags(context):
            params["Tags"] = tags.listed(own)
        await self.call(context, self.creates, **params)
        return str(params["Name"])

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it, with all its schedules."""
        await self.call_unless(GONE, context, "DeleteScheduleGroup", Name=physical_id)

    async def tag_target(self, context: Context, physical_id: str) -> str:
        """Return the ARN."""
        scope = context.scope
        return f"arn:aws:scheduler:{scope.region}:{scope.account}:schedule-group/{physical_id}"

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN, dates and state."""
        found = await self.call(context, "GetScheduleGroup", Name=physical_id)
        return {
            "Arn": found["Arn"],
            "CreationDate": _text(found.get("CreationDate")),
            "LastModificationDate": _text(found.get("LastModificationDate")),
            "State": found.get("State", "ACTIVE"),
        }


def _text(moment: Any) -> str:
    return moment.isoformat() if moment is not None else ""
