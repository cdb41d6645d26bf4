"""AWS::CloudFormation::Stack: a stack in a stack.

::

    parent: CREATE_IN_PROGRESS ── CreateStack ──→ child: its own operation, its own events
            UPDATE_IN_PROGRESS ── UpdateStack ──→   (each update of the parent looks into it)
            outputs, reason    ←─ DescribeStacks ─ child, when it has settled

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

# ruff: noqa: ARG002 - one Protocol for all types: few need every argument
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatoba.cloud.cloudformation.errors import PropertyFault, ResourceFailure
from hatoba.cloud.cloudformation.resources import tags
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.convert import scalar
from hatoba.cloud.cloudformation.resources.protocol import Schema, words
from hatoba.cloud.cloudformation.template.values import as_text
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.cloudformation.resources.protocol import Context, Properties

KINDS = ("cloudformation.stack",)
NO_UPDATES = "No updates are to be performed."
SETTLED = frozenset(
    {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "ROLLBACK_COMPLETE"}
)
OUTPUTS = "Outputs."


class Stack(Base):
    """A nested stack. Ref is its ARN, GetAtt Outputs.NAME its outputs."""

    schema = Schema(
        "AWS::CloudFormation::Stack",
        properties=words("NotificationARNs Parameters Tags TemplateURL TimeoutInMinutes"),
        required=words("TemplateURL"),
        tags="list",
        open_attributes=OUTPUTS,
        is_looked_into=True,
    )
    service = "cloudformation"
    creates = "CreateStack"

    def check(self, properties: Properties) -> None:
        """Check the form of the parameters."""
        _parameters(properties)

    def params(self, properties: Properties) -> dict[str, Any]:
        """Return what creating and updating have in common."""
        return {
            "TemplateURL": str(properties["TemplateURL"]),
            "Parameters": _parameters(properties),
            "NotificationARNs": list(properties.get("NotificationARNs") or ()),
        }

    def tag_params(self, context: Context) -> dict[str, Any]:
        """Return the tags that the stack passes on."""
        own = {key: value for key, value in context.tags.items() if not key.startswith("aws:")}
        return {"Tags": tags.listed(own), "Capabilities": list(context.capabilities)}

    async def create(self, context: Context, properties: Properties) -> str:
        """Begin to create it."""
        name = context.new_name(128)
        params = {"StackName": name, **self.params(properties), **self.tag_params(context)}
        if "TimeoutInMinutes" in properties:
            params["TimeoutInMinutes"] = scalar("integer", properties["TimeoutInMinutes"], "#/Timeout")
        try:
            made = await self.call(context, self.creates, **params)
            stack_id = str(made["StackId"])
        except ServiceError as error:
            if error.code != "AlreadyExistsException":
                raise
            stack_id = (await self._stack(context, name))["StackId"]  # a killed cloud had begun it
        context.nest(stack_id)
        return stack_id

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait until it stands."""
        stack = await self._quiet(context, physical_id)
        status = stack["StackStatus"]
        if status not in SETTLED or status == "ROLLBACK_COMPLETE":
            raise ResourceFailure(await self._told(context, physical_id, "created"))

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Update it and wait: what its template says may have changed though its address has not."""
        stack = await self._quiet(context, physical_id)
        if stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
            await self.call(context, "ContinueUpdateRollback", StackName=physical_id)
            stack = await self._quiet(context, physical_id)
        params = {"StackName": physical_id, **self.params(new), **self.tag_params(context)}
        try:
            await self.call(context, "UpdateStack", **params)
        except ServiceError as error:
            if error.message != NO_UPDATES:
                raise
            return
        stack = await self._quiet(context, physical_id)
        if stack["StackStatus"] != "UPDATE_COMPLETE":
            raise ResourceFailure(await self._told(context, physical_id, "updated"))

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        """Nothing: an update has given it its tags."""

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it with all that is in it."""
        await self.call(context, "DeleteStack", StackName=physical_id)
        stack = await self._quiet(context, physical_id)
        if stack["StackStatus"] != "DELETE_COMPLETE":
            raise ResourceFailure(await self._told(context, physical_id, "deleted"))

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its outputs."""
        stack = await self._stack(context, physical_id)
        return {
            f"{OUTPUTS}{output['OutputKey']}": output["OutputValue"] for output in stack.get("Outputs", ())
        }

    async def _stack(self, context: Context, name: str) -> Mapping[str, Any]:
        found = await self.call(context, "DescribeStacks", StackName=name)
        stack: Mapping[str, Any] = found["Stacks"][0]
        return stack

    async def _quiet(self, context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the stack when no operation runs on it any more."""
        stack: Mapping[str, Any] = {}

        async def is_quiet() -> bool:
            nonlocal stack
            stack = await self._stack(context, physical_id)
            return not stack["StackStatus"].endswith("_IN_PROGRESS")

        await context.wait(KINDS, is_quiet, f"the stack {physical_id}")
        return stack

    async def _told(self, context: Context, physical_id: str, done: str) -> str:
        """Return in AWS's words why it failed: by the event in which it began to go back."""
        events = (await self.call(context, "DescribeStackEvents", StackName=physical_id))["StackEvents"]
        own = [event for event in events if event.get("PhysicalResourceId") == physical_id]
        reason = next((text for event in own if (text := _reason(event))), "")
        if done == "updated":
            return (
                f"Embedded stack {physical_id} was not successfully updated. Currently in"
                f" {own[0]['ResourceStatus']} with reason: {reason}"
            )
        return f"Embedded stack {physical_id} was not successfully {done}: {reason}"


def _reason(event: Mapping[str, Any]) -> str:
    text: str = event.get("ResourceStatusReason", "")
    return "" if text == "User Initiated" else text


def _parameters(properties: Properties) -> list[dict[str, str]]:
    """Return the parameters as the API has them.

    Raises:
        PropertyFault: One is no text; a list must be joined.
    """
    given = properties.get("Parameters") or {}
    if not isinstance(given, dict):
        raise PropertyFault("#/Parameters", "expected type: JSONObject")
    for name, value in given.items():
        if isinstance(value, dict | list):
            raise PropertyFault(f"#/Parameters/{name}", "expected type: String, found: JSONArray")
    return [{"ParameterKey": name, "ParameterValue": as_text(value)} for name, value in given.items()]
