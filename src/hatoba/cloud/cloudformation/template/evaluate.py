"""Conditions and intrinsic functions: template values to plain values.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template import functions, graph
from hatoba.cloud.cloudformation.template.values import NO_VALUE, UNKNOWN, as_text, is_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hatoba.cloud.cloudformation.template.document import Template
    from hatoba.cloud.cloudformation.template.values import Value


def _unknown(_name: str, _attribute: str | None) -> Value:
    return UNKNOWN


class Environment(msgspec.Struct, frozen=True):
    """What a template's references resolve to.

    Attributes:
        parameters: Value per parameter; lists for list types.
        pseudo: Value per pseudo parameter, ``AWS::Region`` and so on.
        resource: Answers Ref (attribute None) and GetAtt of a resource.
        exports: Export name to value, in this account and region.
        zones: Region to its availability zones, as far as asked.
    """

    parameters: Mapping[str, Value]
    pseudo: Mapping[str, Value]
    resource: Callable[[str, str | None], Value] = _unknown
    exports: Mapping[str, str] = msgspec.field(default_factory=dict)
    zones: Mapping[str, list[str]] = msgspec.field(default_factory=dict)


class Evaluator:
    """Evaluates one template in one environment. ``imported`` names the exports it has used."""

    def __init__(self, template: Template, environment: Environment) -> None:
        self._template = template
        self._environment = environment
        self._decided: dict[str, bool] = {}
        self._deciding: list[str] = []
        self.imported: set[str] = set()
        self._special: dict[str, Callable[[Value], Value]] = {
            "Ref": self._ref,
            "Condition": lambda body: self.condition(as_text(body)),
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Sub": self._sub,
        }
        self._by_arguments: dict[str, Callable[[Value], Value]] = {
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import_value,
            "Fn::GetAZs": self._get_azs,
            **functions.PURE,
        }

    def is_active(self, condition: str | None) -> bool:
        """Say whether what carries this condition (None: none) is part of the stack."""
        return condition is None or self.condition(condition)

    def condition(self, name: str) -> bool:
        """Return what the condition of the section Conditions comes to."""
        if name not in self._decided:
            if name not in self._template.conditions:
                raise Invalid(f"Template error: unresolved condition dependency {name} in Fn::If")
            if name in self._deciding:
                raise Invalid(f"Template format error: Circular dependency in condition {name}")
            self._deciding.append(name)
            outcome = self.value(self._template.conditions[name])
            self._deciding.pop()
            self._decided[name] = functions.truth(outcome, name)
        return self._decided[name]

    def properties(self, value: dict[str, Value]) -> dict[str, Value]:
        """Return a resource's properties with everything resolved."""
        resolved = self.value(value)
        return resolved if isinstance(resolved, dict) else {}

    def value(self, value: Value) -> Value:
        """Return ``value`` with every function in it evaluated."""
        if isinstance(value, list):
            items = [self.value(item) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, body),) = value.items()
            if name in self._special and (name != "Condition" or isinstance(body, str)):
                return self._special[name](body)
            if name in self._by_arguments:
                return self._call(name, body)
            if name.startswith("Fn::"):
                raise Invalid(f"Template error: {name} is not implemented by hatoba's local cloud.")
        resolved = {key: self.value(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _call(self, name: str, body: Value) -> Value:
        arguments = self.value(body)
        if is_unknown(arguments):
            return functions.with_unknown(name, arguments)
        return self._by_arguments[name](arguments)

    def _ref(self, body: Value) -> Value:
        name = as_text(body)
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._environment.pseudo:
            return self._environment.pseudo[name]
        if name in self._environment.parameters:
            return self._environment.parameters[name]
        return self._resource(name, None)

    def _get_att(self, body: Value) -> Value:
        parts = body.split(".", 1) if isinstance(body, str) else body
        if not isinstance(parts, list) or len(parts) < 2:  # noqa: PLR2004 - resource and attribute
            raise Invalid("Template error: every Fn::GetAtt object requires two non-empty parameters")
        return self._resource(parts[0], ".".join(as_text(self.value(part)) for part in parts[1:]))

    def _resource(self, name: str, attribute: str | None) -> Value:
        resource = self._template.resources.get(name)
        if resource is None or not self.is_active(resource.condition):
            raise Invalid(
                f"Template format error: Unresolved resource dependencies [{name}] in the Resources block"
                " of the template"
            )
        return self._environment.resource(name, attribute)

    def _if(self, body: Value) -> Value:
        if not isinstance(body, list) or len(body) != 3:  # noqa: PLR2004 - condition, then, else
            raise Invalid("Template error: Fn::If requires a list argument with three elements")
        return self.value(body[1] if self.condition(as_text(body[0])) else body[2])

    def _sub(self, body: Value) -> Value:
        text, given = (body, {}) if isinstance(body, str) else functions.sub_arguments(body)
        values = {key: self.value(item) for key, item in given.items()}
        unknown = False
        pieces: list[str] = []
        end = 0
        for match in graph.PLACEHOLDER.finditer(text):
            pieces.append(text[end : match.start()])
            end = match.end()
            literal, name = match.groups()
            found = f"${{{name}}}" if literal else self._placeholder(name.strip(), values)
            unknown = unknown or found is UNKNOWN
            pieces.append(functions.sub_text(name, found))
        return UNKNOWN if unknown else "".join((*pieces, text[end:]))

    def _placeholder(self, name: str, given: Mapping[str, Value]) -> Value:
        if name in given:
            return given[name]
        reference = graph.placeholder(name)
        if reference.attribute is None:
            return self._ref(reference.name)
        return self._resource(reference.name, reference.attribute)

    def _find_in_map(self, arguments: Value) -> Value:
        if not isinstance(arguments, list) or len(arguments) not in {3, 4}:
            raise Invalid("Template error: every Fn::FindInMap object requires three parameters")
        keys = [as_text(item) for item in arguments[:3]]
        found: Value = self._template.mappings
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                if len(arguments) > 3 and isinstance(arguments[3], dict) and "DefaultValue" in arguments[3]:  # noqa: PLR2004 - the fourth
                    return arguments[3]["DefaultValue"]
                raise Invalid(f"Template error: Unable to get mapping for {'::'.join(keys)}")
            found = found[key]
        return found

    def _import_value(self, name: Value) -> Value:
        exported = self._environment.exports.get(as_text(name))
        if exported is None:
            raise Invalid(f"No export named {as_text(name)} found.")
        self.imported.add(as_text(name))
        return exported

    def _get_azs(self, region: Value) -> Value:
        name = as_text(region) or as_text(self._environment.pseudo.get("AWS::Region", ""))
        return self._environment.zones.get(name) or [f"{name}{letter}" for letter in "acd"]
