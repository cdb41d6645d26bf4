"""What a change set would do, resource by resource, in words that a person knows.

::

    DescribeChangeSet ──changes_of──→ Change: verb, properties before and after, what forces a replacement
                                         └──openings.marks──→ what it opens and whom it permits
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hatoba.deploy.openings import Mark, marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from types_boto3_cloudformation.type_defs import (
        DescribeChangeSetOutputTypeDef,
        ResourceChangeTypeDef,
        ResourceTargetDefinitionTypeDef,
    )

Verb: TypeAlias = Literal["add", "change", "replace", "redeploy", "delete", "import"]
Recreation: TypeAlias = Literal["Never", "Conditionally", "Always"]

FORCE_NEW_DEPLOYMENT = "ForceNewDeployment"
"""The property of an ECS service that changes at each deployment, so that its tasks are started anew."""

_STRENGTH: Mapping[str, int] = {"Never": 0, "Conditionally": 1, "Always": 2}


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property that changes. ``cause`` is the parameter or resource whose change leads to it."""

    name: str
    before: object = None
    after: object = None
    recreation: Recreation = "Never"
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a change set would do to one resource. ``replaces`` names the properties that force a new one."""

    action: Literal["Add", "Modify", "Remove", "Import", "Dynamic"]
    logical_id: str
    resource_type: str
    physical_id: str | None = None
    replacement: Literal["True", "False", "Conditional"] | None = None
    replaces: tuple[str, ...] = ()
    properties: tuple[PropertyChange, ...] = ()
    marks: tuple[Mark, ...] = ()
    is_kept: bool = False
    is_redeployment: bool = False

    @property
    def verb(self) -> Verb:
        """What happens, in one word; ``redeploy`` starts a service's tasks anew and changes nothing else."""
        match self.action:
            case "Add":
                return "add"
            case "Remove":
                return "delete"
            case "Import":
                return "import"
            case _:
                if self.replacement in {"True", "Conditional"} and not self.is_redeployment:
                    return "replace"
                return "redeploy" if self.is_redeployment else "change"

    @property
    def loses(self) -> bool:
        """Whether what stands now is deleted by it."""
        return self.verb in {"replace", "delete"} and not self.is_kept


def changes_of(described: DescribeChangeSetOutputTypeDef) -> Iterator[Change]:
    """The changes on one page of a change set."""
    for change in described.get("Changes", []):
        if "ResourceChange" in change:
            yield _change(change["ResourceChange"])


def with_redeployments(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Tell services that are only started anew, and what only follows from them, from real changes."""
    found = tuple(changes)
    services = {
        change.logical_id
        for change in found
        if change.action == "Modify"
        and [each.name for each in change.properties] == [FORCE_NEW_DEPLOYMENT]
        and change.replacement in {None, "False"}
    }
    return tuple(
        replace(change, is_redeployment=True)
        if change.logical_id in services or _only_follows(change, services)
        else change
        for change in found
    )


def _only_follows(change: Change, services: set[str]) -> bool:
    causes = [(each.cause or "").partition(".")[0] for each in change.properties]
    return change.action == "Modify" and bool(causes) and all(cause in services for cause in causes)


def _change(found: ResourceChangeTypeDef) -> Change:
    before, after = (_context(text) for text in (found.get("BeforeContext"), found.get("AfterContext")))
    action = found.get("Action", "Modify")
    properties = tuple(_properties(found, before, after)) if action == "Modify" else ()
    made = Change(
        action=action,  # type: ignore[arg-type]  # newer actions pass through as they are
        logical_id=found.get("LogicalResourceId", ""),
        resource_type=found.get("ResourceType", ""),
        physical_id=found.get("PhysicalResourceId"),
        replacement=found.get("Replacement"),
        replaces=tuple(each.name for each in properties if each.recreation != "Never"),
        properties=properties,
        is_kept=found.get("PolicyAction") in {"Retain", "ReplaceAndRetain"},
    )
    return replace(made, marks=marks(made.resource_type, before, after))


def _properties(
    found: ResourceChangeTypeDef, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[PropertyChange]:
    """One for each property, however many reasons the change set gives for it."""
    merged: dict[str, PropertyChange] = {}
    for detail in found.get("Details", []):
        target = detail.get("Target", {})
        name = target.get("Name") or target.get("Attribute", "Properties")
        known = merged.get(name)
        recreation = target.get("RequiresRecreation", "Never")
        if known is not None and _STRENGTH[known.recreation] >= _STRENGTH[recreation]:
            recreation = known.recreation
        merged[name] = PropertyChange(
            name,
            before.get(name, _said(target, "BeforeValue")),
            after.get(name, _said(target, "AfterValue")),
            recreation,
            detail.get("CausingEntity") or (known.cause if known else None),
        )
    yield from merged.values()


def _said(target: ResourceTargetDefinitionTypeDef, key: Literal["BeforeValue", "AfterValue"]) -> object:
    return target.get(key)


def _context(text: str | None) -> Mapping[str, Any]:
    """The properties in a change's context, empty where CloudFormation gave none that can be read."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    properties = read.get("Properties", {}) if isinstance(read, dict) else {}
    return properties if isinstance(properties, dict) else {}
