"""A template with its parameters' values, read as far as it is known before a deployment. Pure.

What is known only later, such as another resource's id, reads as ``@`` and that resource's logical id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOOKED_UP = "AWS::SSM::Parameter::Value<"
"""The beginning of a parameter's type whose value CloudFormation looks up in Systems Manager."""

_IN_SUB = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class Reading:
    """One template in one environment; ``pseudo`` are values such as ``AWS::Region``."""

    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    pseudo: Mapping[str, str]

    def resources(self, *types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Logical id and properties, read, of each resource of these types that its condition lets be."""
        for name, resource in self.template.get("Resources", {}).items():
            condition = resource.get("Condition")
            if resource.get("Type") in types and (condition is None or self.holds({"Condition": condition})):
                yield name, self.value(resource.get("Properties", {}))

    def value(self, written: Any) -> Any:
        """What is written somewhere in the template, read."""
        if isinstance(written, list):
            return [read for each in written if (read := self.value(each)) is not None]
        if not isinstance(written, dict):
            return written
        if len(written) == 1:
            ((key, inner),) = written.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._function(key, inner)
        return {key: read for key, each in written.items() if (read := self.value(each)) is not None}

    def holds(self, condition: Any) -> bool:
        """Whether a condition is true."""
        ((key, inner),) = condition.items()
        if key == "Condition":
            return self.holds(self.template["Conditions"][inner])
        if key == "Fn::Equals":
            return str(self.value(inner[0])) == str(self.value(inner[1]))
        if key == "Fn::Not":
            return not self.holds(inner[0])
        answers = [self.holds(each) for each in inner]
        return all(answers) if key == "Fn::And" else any(answers)

    def _function(self, key: str, inner: Any) -> Any:
        match key:
            case "Ref":
                return self._reference(inner)
            case "Fn::GetAtt":
                return f"@{inner[0] if isinstance(inner, list) else inner.partition('.')[0]}"
            case "Fn::If":
                return self.value(inner[1] if self.holds({"Condition": inner[0]}) else inner[2])
            case "Fn::Join":
                return str(inner[0]).join(str(each) for each in self.value(inner[1]))
            case "Fn::Sub":
                return self._substituted(inner)
            case _:
                return f"@{key}"

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return None
        if name in self.pseudo:
            return self.pseudo[name]
        declared = self.template.get("Parameters", {}).get(name)
        if declared is None:
            return f"@{name}"
        text = self.parameters.get(name, declared.get("Default", ""))
        kind = str(declared.get("Type", "String")).removeprefix(LOOKED_UP)
        return text.split(",") if kind == "CommaDelimitedList" or kind.startswith("List<") else text

    def _substituted(self, inner: Any) -> str:
        text, own = (inner, {}) if isinstance(inner, str) else inner

        def one(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.value(own[name]))
            return f"@{name.partition('.')[0]}" if "." in name else str(self._reference(name))

        return _IN_SUB.sub(one, text)
