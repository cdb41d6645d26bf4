"""A plan as a CloudFormation template.

One rule makes all properties: a record's field ``launch_type`` is the property ``LaunchType``; what is None
is left out; the keys of plain mappings are free-form and stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from hatoba.plan.resources import Raw
from hatoba.plan.terms import Joined, Parameter, PseudoParameter, Reference, Term

if TYPE_CHECKING:
    from hatoba.plan.graph import Plan, PlanParameter
    from hatoba.plan.resources import Resource

FORMAT_VERSION = "2010-09-09"
SPELLED = {"ttl": "TTL", "size_in_gib": "SizeInGiB"}
_NOT_PROPERTIES = ("id", "depends_on", "condition", "tags")

Template = dict[str, Any]


def template(plan: Plan) -> Template:
    """The template of a plan; the same plan gives the same template, key by key."""
    parts: Template = {
        "AWSTemplateFormatVersion": FORMAT_VERSION,
        "Description": plan.description,
        "Parameters": {parameter.name: _parameter(parameter) for parameter in plan.parameters},
        "Conditions": {
            name: {"Fn::Equals": [{"Ref": parameter}, "true"]} for name, parameter in plan.conditions.items()
        },
        "Resources": {resource.id: _resource(resource) for resource in plan.resources},
        "Outputs": {
            output.id: {"Description": output.name, "Value": _value(output.value)} for output in plan.outputs
        },
    }
    return {name: part for name, part in parts.items() if part}


def _parameter(parameter: PlanParameter) -> Template:
    written: Template = {"Type": parameter.type, "Description": parameter.description}
    if parameter.default is not None:
        written["Default"] = parameter.default
    limits = {
        "AllowedValues": list(parameter.allowed_values) or None,
        "AllowedPattern": parameter.allowed_pattern,
        "MinValue": parameter.min_value,
        "MaxValue": parameter.max_value,
    }
    return written | {name: limit for name, limit in limits.items() if limit is not None}


def _resource(resource: Resource) -> Template:
    written: Template = {"Type": resource.type_name}
    if resource.condition:
        written["Condition"] = resource.condition
    if resource.depends_on:
        written["DependsOn"] = list(resource.depends_on)
    if isinstance(resource, Raw):
        if resource.deletion_policy:
            written["DeletionPolicy"] = resource.deletion_policy
            # A replacement has no creation that could fail before anything is in it.
            written["UpdateReplacePolicy"] = resource.deletion_policy.removesuffix("ExceptOnCreate")
        return written | {"Properties": _value(resource.properties)}
    written["Properties"] = _properties(resource) | _tags(resource)
    return written


def _properties(record: Any) -> Template:
    return {
        property_name(field.name): _value(value)
        for field in fields(record)
        if field.name not in _NOT_PROPERTIES
        for value in (getattr(record, field.name),)
        if value is not None
    }


def property_name(field: str) -> str:
    """A field's name in CloudFormation's spelling."""
    return SPELLED.get(field) or "".join(word[0].upper() + word[1:] for word in field.split("_"))


def _tags(resource: Resource) -> Template:
    tags: Mapping[str, str] = getattr(resource, "tags", {})
    if not tags or resource.TAGS == "none":
        return {}
    if resource.TAGS == "map":
        return {"Tags": dict(tags)}
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _value(value: object) -> object:
    if isinstance(value, (Reference, Parameter, PseudoParameter, Joined)):
        return _term(value)
    if isinstance(value, Mapping):
        return {key: _value(member) for key, member in value.items()}
    if isinstance(value, (tuple, list)):
        return [_value(member) for member in value]
    return _properties(value) if is_dataclass(value) else value


def _term(term: Term) -> Template:
    match term:
        case Reference(id=logical_id, attribute=None) | Parameter(name=logical_id):
            return {"Ref": logical_id}
        case Reference(id=logical_id, attribute=attribute):
            return {"Fn::GetAtt": [logical_id, attribute]}
        case PseudoParameter(name=name):
            return {"Ref": f"AWS::{name}"}
        case Joined(parts=parts):
            return {"Fn::Sub": "".join(_in_sub(part) for part in parts)}


def _in_sub(part: str | Reference | Parameter | PseudoParameter) -> str:
    match part:
        case Reference(attribute=None) | Parameter():
            return f"${{{part.id if isinstance(part, Reference) else part.name}}}"
        case Reference():
            return f"${{{part.id}.{part.attribute}}}"
        case PseudoParameter():
            return f"${{AWS::{part.name}}}"
        case str():
            return part.replace("${", "${!")
