"""A template's sections as records, with the checks that need no parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template import check
from hatoba.cloud.cloudformation.template.parse import parse
from hatoba.cloud.cloudformation.template.values import as_text

if TYPE_CHECKING:
    from hatoba.cloud.cloudformation.template.values import Value


class Parameter(msgspec.Struct, frozen=True):
    """One entry of Parameters; ``default`` is None where a value must be given."""

    name: str
    type: str
    default: str | None = None
    no_echo: bool = False
    description: str | None = None
    allowed_values: tuple[str, ...] = ()
    allowed_pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_value: float | None = None
    max_value: float | None = None
    constraint_description: str | None = None


class Resource(msgspec.Struct, frozen=True):
    """One entry of Resources, as written."""

    logical_id: str
    type: str
    properties: dict[str, Value] = msgspec.field(default_factory=dict)
    condition: str | None = None
    depends_on: tuple[str, ...] = ()
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Value = None


class Output(msgspec.Struct, frozen=True):
    """One entry of Outputs, as written."""

    key: str
    value: Value
    description: str | None = None
    export_name: Value = None
    condition: str | None = None


class Template(msgspec.Struct, frozen=True):
    """A template that is well formed; whether its resource types exist is not looked at here."""

    text: str
    document: dict[str, Value]
    parameters: dict[str, Parameter]
    resources: dict[str, Resource]
    outputs: dict[str, Output]

    @property
    def description(self) -> str | None:
        """The template's own description."""
        text = self.document.get("Description")
        return None if text is None else as_text(text)

    @property
    def version(self) -> str:
        """AWSTemplateFormatVersion; there is only one."""
        return as_text(self.document.get("AWSTemplateFormatVersion", "2010-09-09"))

    @property
    def mappings(self) -> dict[str, Value]:
        """The section Mappings."""
        return self.document.get("Mappings") or {}

    @property
    def conditions(self) -> dict[str, Value]:
        """The section Conditions."""
        return self.document.get("Conditions") or {}

    @property
    def rules(self) -> dict[str, Value]:
        """The section Rules."""
        return self.document.get("Rules") or {}

    @property
    def transforms(self) -> tuple[str, ...]:
        """The macros named by the section Transform."""
        declared = self.document.get("Transform") or []
        return tuple(_macro(item) for item in (declared if isinstance(declared, list) else [declared]))


def read_template(text: str) -> Template:
    """Return the template, checked as far as its text alone allows.

    Raises:
        Invalid: With AWS's text for the first fault.
    """
    document = parse(text)
    check.sections(document)
    template = _read(text, document)
    check.references(document)
    return template


def read_source(text: str) -> Template:
    """Return a template as it was submitted: where transforms come first, only what they leave alone is read.

    Raises:
        Invalid: With AWS's text for the first fault.
    """
    document = parse(text)
    if not document.get("Transform") and "Fn::Transform" not in text and "Fn::ForEach" not in text:
        return read_template(text)
    check.source(document)
    resources, outputs = document.get("Resources") or {}, document.get("Outputs") or {}
    plain = {
        "Resources": {name: body for name, body in resources.items() if check.is_plain(body, "Type")},
        "Outputs": {name: body for name, body in outputs.items() if check.is_plain(body, "Value")},
    }
    return replace(_read(text, {**document, **plain}), document=document)


def _read(text: str, document: dict[str, Value]) -> Template:
    return Template(
        text=text,
        document=document,
        parameters={
            name: _parameter(name, body) for name, body in (document.get("Parameters") or {}).items()
        },
        resources={name: _resource(name, body) for name, body in document["Resources"].items()},
        outputs={name: _output(name, body) for name, body in (document.get("Outputs") or {}).items()},
    )


def _macro(declared: Value) -> str:
    return as_text(declared.get("Name", "")) if isinstance(declared, dict) else as_text(declared)


def _parameter(name: str, body: dict[str, Value]) -> Parameter:
    def text(member: str) -> str | None:
        return None if body.get(member) is None else as_text(body[member])

    def number(member: str) -> float | None:
        try:
            return None if body.get(member) is None else float(body[member])
        except (TypeError, ValueError) as error:
            raise Invalid(f"Template format error: {member} of parameter {name} must be a number.") from error

    shortest, longest = number("MinLength"), number("MaxLength")
    default = body.get("Default")
    return Parameter(
        name=name,
        type=as_text(body["Type"]),
        default=",".join(map(as_text, default)) if isinstance(default, list) else text("Default"),
        no_echo=as_text(body.get("NoEcho", False)).lower() == "true",
        description=text("Description"),
        allowed_values=tuple(map(as_text, body.get("AllowedValues") or ())),
        allowed_pattern=text("AllowedPattern"),
        min_length=None if shortest is None else int(shortest),
        max_length=None if longest is None else int(longest),
        min_value=number("MinValue"),
        max_value=number("MaxValue"),
        constraint_description=text("ConstraintDescription"),
    )


def _resource(logical_id: str, body: dict[str, Value]) -> Resource:
    depends_on = body.get("DependsOn") or []
    deletion_policy = body.get("DeletionPolicy")
    return Resource(
        logical_id=logical_id,
        type=as_text(body["Type"]),
        properties=body.get("Properties") or {},
        condition=body.get("Condition"),
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        deletion_policy=as_text(deletion_policy or "Delete"),
        update_replace_policy=as_text(body.get("UpdateReplacePolicy") or "Delete"),
        metadata=body.get("Metadata"),
    )


def _output(key: str, body: dict[str, Value]) -> Output:
    description = body.get("Description")
    return Output(
        key=key,
        value=body["Value"],
        description=None if description is None else as_text(description),
        export_name=(body.get("Export") or {}).get("Name"),
        condition=body.get("Condition"),
    )
