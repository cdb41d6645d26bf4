"""A request for a stack, checked and completed to a revision; nothing is changed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from hatoba.cloud.cloudformation.act.adopt import check_plan, read_request
from hatoba.cloud.cloudformation.act.resolve import Resolver
from hatoba.cloud.cloudformation.act.source import template_text
from hatoba.cloud.cloudformation.act.transform import Transforms
from hatoba.cloud.cloudformation.control.capabilities import require
from hatoba.cloud.cloudformation.control.custom import refuse_custom_resources
from hatoba.cloud.cloudformation.control.members import check_allowed_types, refuse_what_has_no_effect
from hatoba.cloud.cloudformation.control.plan import Plan
from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.model import ParameterValue, Revision
from hatoba.cloud.cloudformation.template import Evaluator, graph, parameters, read_source, read_template
from hatoba.cloud.cloudformation.template.rules import assert_rules
from hatoba.cloud.wire import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudformation.model import Stack
    from hatoba.cloud.cloudformation.resources.registry import Registry
    from hatoba.cloud.cloudformation.store import Store
    from hatoba.cloud.cloudformation.template import Parameter, Template
    from hatoba.cloud.wire import Call
    from hatoba.cloud.world import World

_LOOKUPS = {
    "AWS::EC2::VPC::Id": ("DescribeVpcs", "VpcIds"),
    "AWS::EC2::Subnet::Id": ("DescribeSubnets", "SubnetIds"),
    "AWS::EC2::SecurityGroup::Id": ("DescribeSecurityGroups", "GroupIds"),
}
"""AWS's own parameter types whose values are looked up before anything is done."""


class Prepared(msgspec.Struct, frozen=True):
    """A request that can be carried out."""

    revision: Revision
    template: Template


class Intake:
    """Reads the members that CreateStack, UpdateStack and CreateChangeSet share."""

    def __init__(self, world: World, store: Store, registry: Registry) -> None:
        self._world = world
        self._store = store
        self._registry = registry
        self._transforms = Transforms(world)

    async def prepare(self, call: Call, request: Mapping[str, Any], stack: Stack) -> Prepared:
        """Return the revision that a request asks for.

        Args:
            call: The request's call.
            request: Its members.
            stack: The stack as it is; a new one has no revision yet.

        Raises:
            ServiceError: With AWS's text for whatever is wrong.
        """
        refuse_what_has_no_effect(request)
        before = stack.revision
        text = await template_text(self._world, call, request, before.template if before else None)
        source = read_source(text)
        capabilities = tuple(request.get("Capabilities") or ())
        await self._check_role(call, request.get("RoleARN"))
        previous = {item.key: item.value for item in (before.parameters if before else ())}
        values = parameters.complete(source.parameters, request.get("Parameters") or (), previous)
        resolver = Resolver(self._world, self._store, call.scope)
        revision = Revision(
            template=text,
            parameters=await self._resolved(call, source, values, resolver),
            tags=_tags(request, before),
            description=source.description,
            capabilities=capabilities,
            notification_arns=tuple(request.get("NotificationARNs") or ()),
            role_arn=request.get("RoleARN") or (before.role_arn if before else None),
            rollback_configuration=dict(request.get("RollbackConfiguration") or {}),
        )
        processed = await self._processed(call, stack, revision, source, resolver)
        revision = replace(revision, processed=processed)
        template = source if processed is None else read_template(processed)
        # a change set shows what a transform made before it is executed; the others do it unseen
        has_macros = processed is not None and "ChangeSetName" not in request
        require(template, capabilities, has_macros=has_macros)
        environment = await resolver.environment(stack, revision, template)
        evaluator = Evaluator(template, environment)
        assert_rules(template, evaluator)
        types = (item.type for item in template.resources.values() if evaluator.is_active(item.condition))
        check_allowed_types(types, request.get("ResourceTypes"))
        self._check_types(template, evaluator)
        return Prepared(revision, template)

    async def _processed(
        self, call: Call, stack: Stack, revision: Revision, source: Template, resolver: Resolver
    ) -> str | None:
        evaluator = Evaluator(source, await resolver.environment(stack, revision, source))
        values = {
            item.key: item.value if item.resolved is None else item.resolved for item in revision.parameters
        }
        return await self._transforms.processed(call, source, evaluator, values)

    async def plan(
        self, call: Call, stack: Stack, prepared: Prepared, imports: Mapping[str, str] | None = None
    ) -> Plan:
        """Return what the revision would change.

        Args:
            call: The request's call.
            stack: As it is.
            prepared: What it shall be.
            imports: Logical to physical id of what is not made but taken over.

        Raises:
            Invalid: The template cannot be evaluated.
        """
        before = stack.revision
        plan = Plan(
            self._registry,
            stack,
            self._store.resources_of(call.scope, stack.id),
            revision=prepared.revision,
            template=prepared.template,
            old_template=read_template(before.effective) if before else None,
            imports=imports,
        )
        resolver = Resolver(self._world, self._store, call.scope)
        plan.make(await resolver.environment(stack, prepared.revision, prepared.template, plan.value_of))
        for name, url in plan.undecided.items():
            if await self._has_new_text(call, stack, name, url):
                plan.renew(name)
        return plan

    async def _has_new_text(self, call: Call, stack: Stack, name: str, url: str) -> bool:
        """Say whether other text than a nested stack's own stands at its template's address."""
        record = self._store.resources.get(call.scope, f"{stack.id}|{name}")
        nested = self._store.stacks.get(call.scope, record.physical_id or "") if record else None
        if nested is None or nested.revision is None:
            return True
        text = await template_text(self._world, call, {"TemplateURL": url}, None)
        return text != nested.revision.template

    async def plan_import(
        self, call: Call, stack: Stack, prepared: Prepared, items: Iterable[Mapping[str, Any]]
    ) -> tuple[Plan, dict[str, str]]:
        """Return what an import would do, and logical to physical id of what it takes over.

        Raises:
            Invalid: It would do anything else, or names what cannot be imported.
        """
        imports = read_request(items, prepared.template, self._registry)
        plan = await self.plan(call, stack, prepared, imports)
        check_plan(self._store, call.scope, stack, prepared, plan)
        return plan, imports

    def _check_types(self, template: Template, evaluator: Evaluator) -> None:
        """Refuse types and attributes that are not there. What a condition takes out may be anything."""
        active = [item for item in template.resources.values() if evaluator.is_active(item.condition)]
        refuse_custom_resources(active)
        unknown = self._registry.unknown(item.type for item in active)
        if unknown:
            raise Invalid(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
        for section in ("Resources", "Outputs"):
            for reference in graph.references(template.document.get(section) or {}):
                resource = template.resources.get(reference.name)
                handler = self._registry.get(resource.type) if resource else None
                if reference.attribute in {None, "?"} or handler is None:
                    continue
                if not handler.schema.has_attribute(str(reference.attribute)):
                    raise Invalid(
                        f"Template error: resource {reference.name} does not support attribute type"
                        f" {reference.attribute} in Fn::GetAtt"
                    )

    async def _check_role(self, call: Call, role_arn: str | None) -> None:
        if role_arn is None:
            return
        name = role_arn.rpartition("/")[2]
        try:
            await self._world.invoke(call, "iam", "GetRole", {"RoleName": name})
        except ServiceError as error:
            raise Invalid("Role ARN is invalid or cannot be assumed") from error

    async def _resolved(
        self, call: Call, template: Template, values: Mapping[str, str], resolver: Resolver
    ) -> tuple[ParameterValue, ...]:
        found: list[ParameterValue] = []
        for name, value in values.items():
            parameter = template.parameters[name]
            if not parameters.is_known_type(parameter):
                raise Invalid(f"Template format error: Unrecognized parameter type: {parameter.type}")
            resolved = await resolver.ssm(value) if parameters.is_from_ssm(parameter) else None
            await self._look_up(call, parameter, value if resolved is None else resolved)
            found.append(ParameterValue(name, value, resolved, parameter.no_echo))
        return tuple(found)

    async def _look_up(self, call: Call, parameter: Parameter, text: str) -> None:
        kind = parameters.value_type(parameter).removeprefix("List<").removesuffix(">")
        if kind not in _LOOKUPS or not text:
            return
        operation, member = _LOOKUPS[kind]
        value = parameters.as_value(parameter, text)
        for item in value if isinstance(value, list) else [value]:
            try:
                await self._world.invoke(call, "ec2", operation, {member: [item]})
            except ServiceError as error:
                raise Invalid(
                    f"Parameter validation failed: parameter value {item} for parameter name"
                    f" {parameter.name} does not exist"
                ) from error


def _tags(request: Mapping[str, Any], before: Revision | None) -> dict[str, str]:
    """Return the stack's tags; an update that does not speak of them keeps them."""
    if request.get("Tags") is None:
        return dict(before.tags) if before else {}
    tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    if any(key.startswith("aws:") for key in tags):
        raise Invalid("aws: prefixed tag key names are not allowed for external use.")
    return tags
