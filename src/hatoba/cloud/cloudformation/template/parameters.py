"""Parameters: what was given, completed by defaults and earlier values, and checked.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatoba.cloud.cloudformation.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatoba.cloud.cloudformation.template.document import Parameter
    from hatoba.cloud.cloudformation.template.values import Value

_SSM = "AWS::SSM::Parameter::Value<"
_PLAIN = frozenset({"String", "Number", "CommaDelimitedList", "List<Number>", "AWS::SSM::Parameter::Name"})


def is_from_ssm(parameter: Parameter) -> bool:
    """Say whether the parameter's value names a parameter of Systems Manager, whose value counts."""
    return parameter.type.startswith(_SSM)


def value_type(parameter: Parameter) -> str:
    """Return the type of the value that Ref gives, without the way through Systems Manager."""
    return parameter.type[len(_SSM) : -1] if is_from_ssm(parameter) else parameter.type


def is_list(parameter: Parameter) -> bool:
    """Say whether Ref gives a list."""
    kind = value_type(parameter)
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def as_value(parameter: Parameter, text: str) -> Value:
    """Return what Ref gives for the parameter's text."""
    if not is_list(parameter):
        return text
    return [item.strip() for item in text.split(",")] if text else []


def complete(
    declared: Mapping[str, Parameter],
    given: Iterable[Mapping[str, Value]],
    previous: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return a value per declared parameter and check each.

    Args:
        declared: The template's parameters.
        given: ParameterKey with ParameterValue or UsePreviousValue, as in a request.
        previous: Values of the stack's last successful state; None for a new stack.

    Raises:
        Invalid: Unknown, missing or unfit values, with AWS's texts.
    """
    wanted = {item["ParameterKey"]: item for item in given if "ParameterKey" in item}
    strange = [name for name in wanted if name not in declared]
    if strange:
        raise Invalid(f"Parameters: [{', '.join(strange)}] do not exist in the template")
    values: dict[str, str] = {}
    missing: list[str] = []
    for name, parameter in declared.items():
        value = _value(parameter, wanted.get(name), previous or {})
        if value is None:
            missing.append(name)
        else:
            values[name] = value
    if missing:
        raise Invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        if not is_from_ssm(declared[name]):
            check(declared[name], value)
    return values


def _value(
    parameter: Parameter, given: Mapping[str, Value] | None, previous: Mapping[str, str]
) -> str | None:
    if given is None:
        return parameter.default
    if given.get("UsePreviousValue"):
        return previous.get(parameter.name)
    value: str | None = given.get("ParameterValue")
    return parameter.default if value is None else value


def check(parameter: Parameter, text: str) -> None:
    """Check one value against the parameter's type and constraints.

    Raises:
        Invalid: With AWS's text, or the parameter's ConstraintDescription.
    """
    items = as_value(parameter, text) if is_list(parameter) else [text]
    fault = _length_fault(parameter, text)
    for item in items:
        fault = fault or _item_fault(parameter, item)
    if fault is None:
        return
    if parameter.constraint_description:
        fault = f"failed to satisfy constraint: {parameter.constraint_description}"
    raise Invalid(f"Parameter '{parameter.name}' {fault}")


def _length_fault(parameter: Parameter, text: str) -> str | None:
    if parameter.min_length is not None and len(text) < parameter.min_length:
        return f"must contain at least {parameter.min_length} characters"
    if parameter.max_length is not None and len(text) > parameter.max_length:
        return f"must contain at most {parameter.max_length} characters"
    return None


def _item_fault(parameter: Parameter, text: str) -> str | None:
    if parameter.allowed_values and text not in parameter.allowed_values:
        return f"must be one of AllowedValues [{', '.join(parameter.allowed_values)}]"
    if parameter.allowed_pattern and not re.fullmatch(parameter.allowed_pattern, text):
        return f"must match pattern {parameter.allowed_pattern}"
    if value_type(parameter) in {"Number", "List<Number>"}:
        return _number_fault(parameter, text)
    return None


def _number_fault(parameter: Parameter, text: str) -> str | None:
    try:
        number = float(text)
    except ValueError:
        return "must be a number"
    if parameter.min_value is not None and number < parameter.min_value:
        return f"must be a number not less than {parameter.min_value:g}"
    if parameter.max_value is not None and number > parameter.max_value:
        return f"must be a number not greater than {parameter.max_value:g}"
    return None


def is_known_type(parameter: Parameter) -> bool:
    """Say whether CloudFormation has a parameter type of this name."""
    kind = value_type(parameter)
    return kind in _PLAIN or kind.startswith(("AWS::", "List<AWS::", "List<String>"))
