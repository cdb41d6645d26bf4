"""Templates as they are shown, summed up, and validated; stack policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hatoba.cloud.cloudformation.act.source import template_text
from hatoba.cloud.cloudformation.api.names import refuse_members, stack_named, stack_with_id
from hatoba.cloud.cloudformation.control.capabilities import AUTO_EXPAND, needed
from hatoba.cloud.cloudformation.control.policy import check
from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.model import Revision
from hatoba.cloud.cloudformation.template import read_source
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import (
        GetStackPolicyInputTypeDef,
        GetTemplateInputTypeDef,
        GetTemplateSummaryInputTypeDef,
        SetStackPolicyInputTypeDef,
        ValidateTemplateInputTypeDef,
    )

    from hatoba.cloud.cloudformation.model import Stack
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.cloudformation.template import Template
    from hatoba.cloud.wire import Call, Operations, Result
    from hatoba.cloud.world import World


class Templates:
    """The operations about templates."""

    def __init__(self, world: World, store: Store, registry: Registry) -> None:
        self._world = world
        self._registry = registry
        self._store = store

    def add_to(self, operations: Operations) -> None:
        """Answer these operations."""
        operations.add("GetTemplate", self.get)
        operations.add("GetTemplateSummary", self.summary)
        operations.add("ValidateTemplate", self.validate)
        operations.add("GetStackPolicy", self.get_policy)
        operations.add("SetStackPolicy", self.set_policy)

    def get(self, call: Call, request: GetTemplateInputTypeDef) -> Result:
        """Return the text as it was submitted: CDK decides by it whether anything changed.

        A stack in review answers with the template of its newest change set.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
        """
        name = request.get("ChangeSetName")
        if name:
            revision = self._of_change_set(call, name, request.get("StackName"))
        else:
            revision = self._of_stack(call, stack_with_id(self._store, call, request.get("StackName", "")))
        is_processed = request.get("TemplateStage") == "Processed"
        return {
            "TemplateBody": revision.effective if is_processed else revision.template,
            "StagesAvailable": ["Original", "Processed"],
        }

    def _of_stack(self, call: Call, stack: Stack) -> Revision:
        if stack.shown is not None:
            return stack.shown
        change_sets = self._store.change_sets_of(call.scope, stack.id)
        return change_sets[-1].revision if change_sets else Revision("{}")

    def _of_change_set(self, call: Call, name: str, stack_name: str | None) -> Revision:
        if name.startswith("arn:"):
            found = self._store.change_sets.get(call.scope, name)
        else:
            stack = stack_with_id(self._store, call, stack_name or "")
            items = self._store.change_sets_of(call.scope, stack.id)
            found = next((item for item in items if item.name == name), None)
        if found is None:
            raise ServiceError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", status=404)
        return found.revision

    async def summary(self, call: Call, request: GetTemplateSummaryInputTypeDef) -> Result:
        """Sum a template up.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html
        """
        name = request.get("StackName")
        if name:
            stack = stack_with_id(self._store, call, name)
            if stack.status == "REVIEW_IN_PROGRESS":
                raise Invalid("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
            text = self._of_stack(call, stack).template
        else:
            text = await template_text(self._world, call, request, None)
        template = read_source(text)
        types = list(dict.fromkeys(item.type for item in template.resources.values()))
        shown: dict[str, Any] = {
            **_common(template),
            "Parameters": _declarations(template),
            "ResourceTypes": types,
            "Version": template.version,
            "ResourceIdentifierSummaries": [self._identifiers(template, kind) for kind in types],
        }
        if "Metadata" in template.document:
            shown["Metadata"] = json.dumps(template.document["Metadata"])
        return shown

    def _identifiers(self, template: Template, kind: str) -> dict[str, Any]:
        """Return by what resources of a type are named, where they can be imported."""
        names = [item.logical_id for item in template.resources.values() if item.type == kind]
        shown: dict[str, Any] = {"ResourceType": kind, "LogicalResourceIds": names}
        identifier = self._registry.identifier(kind)
        if identifier is not None:
            shown["ResourceIdentifiers"] = list(identifier)
        return shown

    async def validate(self, call: Call, request: ValidateTemplateInputTypeDef) -> Result:
        """Check a template's form.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
        """
        template = read_source(await template_text(self._world, call, request, None))
        members = ("ParameterKey", "DefaultValue", "NoEcho", "Description")
        return {
            **_common(template),
            "Parameters": [
                {key: item[key] for key in members if key in item} for item in _declarations(template)
            ],
        }

    def get_policy(self, call: Call, request: GetStackPolicyInputTypeDef) -> Result:
        """Return the stack policy.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetStackPolicy.html
        """
        return {"StackPolicyBody": stack_named(self._store, call, request["StackName"]).policy}

    def set_policy(self, call: Call, request: SetStackPolicyInputTypeDef) -> Result:
        """Keep a stack policy; updates are held to it from now on.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SetStackPolicy.html
        """
        stack = stack_named(self._store, call, request["StackName"])
        refuse_members("SetStackPolicy", request, "StackPolicyURL")
        text = request.get("StackPolicyBody")
        self._store.stacks.put(call.scope, replace(stack, policy=check(text) if text else None))
        return {}


def _common(template: Template) -> dict[str, Any]:
    capability, reason = needed(template)
    if template.transforms:  # what resources they make is not known before they are carried out
        capability = AUTO_EXPAND
        reason = f"The following transform(s) require capabilities: [{', '.join(template.transforms)}]"
    shown: dict[str, Any] = {"Description": template.description}
    if capability is not None:
        shown["Capabilities"] = [capability]
        shown["CapabilitiesReason"] = reason
    if template.transforms:
        shown["DeclaredTransforms"] = list(template.transforms)
    return shown


def _declarations(template: Template) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for parameter in template.parameters.values():
        entry: dict[str, Any] = {
            "ParameterKey": parameter.name,
            "ParameterType": parameter.type,
            "NoEcho": parameter.no_echo,
        }
        if parameter.default is not None:
            entry["DefaultValue"] = parameter.default
        if parameter.description is not None:
            entry["Description"] = parameter.description
        constraints: dict[str, Any] = {}
        if parameter.allowed_values:
            constraints["AllowedValues"] = list(parameter.allowed_values)
        entry["ParameterConstraints"] = constraints
        shown.append(entry)
    return shown
