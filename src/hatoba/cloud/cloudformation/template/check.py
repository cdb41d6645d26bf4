"""The checks of a template's form, with AWS's texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template import graph

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from hatoba.cloud.cloudformation.template.values import Value

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Rules",
        "Transform",
        "Resources",
        "Outputs",
        "Hooks",
    }
)
RESOURCE_MEMBERS = frozenset(
    {
        "Type",
        "Properties",
        "Condition",
        "DependsOn",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "CreationPolicy",
        "UpdatePolicy",
        "Metadata",
    }
)
DELETION_POLICIES = frozenset({"Delete", "Retain", "Snapshot", "RetainExceptOnCreate"})
PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NoValue",
        "NotificationARNs",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+")


def sections(document: dict[str, Value]) -> None:
    """Check sections and the members of their entries.

    Raises:
        Invalid: With AWS's text for the first fault.
    """
    strange = [name for name in document if name not in SECTIONS]
    if strange:
        raise Invalid(f"Invalid template property or properties [{', '.join(strange)}]")
    for name in ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs"):
        _mapping(document.get(name), f"/{name}")
    if not document.get("Resources"):
        raise Invalid("Template format error: At least one Resources member must be defined.")
    _no_nulls(document, "")
    _parameters(document)
    for logical_id, body in document["Resources"].items():
        _resource(logical_id, body)
    for key, body in (document.get("Outputs") or {}).items():
        _mapping(body, f"/Outputs/{key}")
        if "Value" not in body:
            raise Invalid("Template format error: Every Outputs member must contain a Value object")


def source(document: dict[str, Value]) -> None:
    """Check the sections that no transform touches, in a template that is still to be processed.

    Raises:
        Invalid: With AWS's text for the first fault.
    """
    for name in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
        _mapping(document.get(name), f"/{name}")
    _parameters(document)


def is_plain(body: Value, member: str) -> bool:
    """Say whether an entry can be read before any transform: a map that has its required member."""
    return isinstance(body, dict) and member in body and (member != "Type" or isinstance(body[member], str))


def _parameters(document: dict[str, Value]) -> None:
    for name, body in (document.get("Parameters") or {}).items():
        _mapping(body, f"/Parameters/{name}")
        if "Type" not in body:
            raise Invalid(
                f"Template format error: [/Parameters/{name}] Every Parameters object must contain a"
                " Type member."
            )


def _mapping(value: Value, place: str) -> None:
    if value is not None and not isinstance(value, dict):
        raise Invalid(f"Template format error: [{place}] a mapping is expected here.")


def _no_nulls(value: Value, place: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if place:
                _no_nulls(item, f"{place}/{key}")
            elif key not in {"Metadata", "Transform"}:
                _no_nulls(item, f"/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _no_nulls(item, f"{place}/{index}")
    elif value is None and place.count("/") > 1:
        raise Invalid(f"Template format error: [{place}] 'null' values are not allowed in templates")


def _resource(logical_id: str, body: Value) -> None:
    if not _LOGICAL_ID.fullmatch(logical_id):
        raise Invalid(f"Template format error: Resource name {logical_id} is non alphanumeric.")
    if not isinstance(body, dict):
        raise Invalid(f"Template format error: [/Resources/{logical_id}] resource definition is malformed")
    if not isinstance(body.get("Type"), str):
        raise Invalid(
            f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a"
            " Type member."
        )
    for member in body:
        if member not in RESOURCE_MEMBERS:
            raise Invalid(f"Invalid template resource property '{member}'")
    _mapping(body.get("Properties"), f"/Resources/{logical_id}/Properties")
    depends_on = body.get("DependsOn", [])
    if not isinstance(depends_on, str) and not (
        isinstance(depends_on, list) and all(isinstance(name, str) for name in depends_on)
    ):
        raise Invalid("Template format error: DependsOn must be a string or list of strings.")
    for member in ("DeletionPolicy", "UpdateReplacePolicy"):
        policy = body.get(member, "Delete")
        if isinstance(policy, str) and policy not in DELETION_POLICIES:
            raise Invalid(f"Template format error: Unrecognized {member} {policy} for resource {logical_id}")


def references(document: dict[str, Value]) -> None:
    """Check that everything referred to exists, and that no resource needs itself.

    Raises:
        Invalid: With AWS's text.
    """
    resources: dict[str, Value] = document["Resources"]
    known = resources.keys() | (document.get("Parameters") or {}).keys() | PSEUDO_PARAMETERS
    _names_exist(resources, known, resources.keys(), "Resources")
    outputs = document.get("Outputs") or {}
    _names_exist(outputs, known, resources.keys(), "Outputs")
    _conditions_exist(document)
    needs = {name: graph.needs(body) & resources.keys() for name, body in resources.items()}
    circle = graph.circle(needs)
    if circle:
        raise Invalid(f"Circular dependency between resources: [{', '.join(sorted(circle))}]")


def _names_exist(
    entries: dict[str, Value], known: AbstractSet[str], resources: AbstractSet[str], block: str
) -> None:
    missing: dict[str, None] = {}
    for body in entries.values():
        for reference in graph.references(body):
            if reference.name not in (resources if reference.attribute else known):
                missing[reference.name] = None
        depends_on = body.get("DependsOn", ())
        for name in (depends_on,) if isinstance(depends_on, str) else depends_on:
            if name not in resources:
                missing[name] = None
    if missing:
        raise Invalid(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in the"
            f" {block} block of the template"
        )


def _conditions_exist(document: dict[str, Value]) -> None:
    known = (document.get("Conditions") or {}).keys()
    for section in ("Conditions", "Resources", "Outputs"):
        for name in graph.conditions_of_if(document.get(section) or {}):
            if name not in known:
                raise Invalid(f"Template error: unresolved condition dependency {name} in Fn::If")
        for entry, body in (document.get(section) or {}).items():
            condition = body.get("Condition") if isinstance(body, dict) else None
            if isinstance(condition, str) and condition not in known:
                raise Invalid(
                    f"Template format error: Unresolved dependencies [{condition}]. Cannot reference"
                    f" resources in the Conditions block of the template"
                    if section == "Conditions"
                    else f"Template format error: Unresolved condition {condition} in /{section}/{entry}"
                )
