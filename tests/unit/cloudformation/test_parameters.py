"""Parameters: completed, checked, and the texts of what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template.document import Parameter
from hatoba.cloud.cloudformation.template.parameters import as_value, complete, is_from_ssm, value_type

PORT = Parameter("Port", "Number", default="80", min_value=1, max_value=65535)
STAGE = Parameter("Stage", "String", allowed_values=("dev", "prod"))


def given(**values: Any) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def declared(*parameters: Parameter) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in parameters}


def test_defaults_fill_what_is_not_given_and_blank_is_a_value() -> None:
    text = Parameter("Text", "String", default="x")
    assert complete(declared(PORT, text), given(Text="")) == {"Port": "80", "Text": ""}


def test_previous_values_are_used_on_request_only() -> None:
    use = [{"ParameterKey": "Port", "UsePreviousValue": True}]
    assert complete(declared(PORT), use, {"Port": "81"}) == {"Port": "81"}
    assert complete(declared(PORT), [], {"Port": "81"}) == {"Port": "80"}


@pytest.mark.parametrize(
    ("parameter", "values", "message"),
    [
        (STAGE, {}, "Parameters: [Stage] must have values"),
        (STAGE, {"Stage": "dev", "Other": "1"}, "Parameters: [Other] do not exist in the template"),
        (STAGE, {"Stage": "x"}, "Parameter 'Stage' must be one of AllowedValues [dev, prod]"),
        (PORT, {"Port": "x"}, "Parameter 'Port' must be a number"),
        (PORT, {"Port": "0"}, "Parameter 'Port' must be a number not less than 1"),
        (PORT, {"Port": "70000"}, "Parameter 'Port' must be a number not greater than 65535"),
        (
            Parameter("P", "String", allowed_pattern="[a-z]+"),
            {"P": "A"},
            "Parameter 'P' must match pattern [a-z]+",
        ),
        (
            Parameter("P", "String", min_length=3),
            {"P": "ab"},
            "Parameter 'P' must contain at least 3 characters",
        ),
        (
            Parameter("P", "String", max_length=1),
            {"P": "ab"},
            "Parameter 'P' must contain at most 1 characters",
        ),
        (
            Parameter("P", "String", max_length=1, constraint_description="one letter"),
            {"P": "ab"},
            "Parameter 'P' failed to satisfy constraint: one letter",
        ),
    ],
)
def test_what_is_wrong_is_said_in_aws_words(
    parameter: Parameter, values: dict[str, str], message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        complete(declared(parameter), given(**values))
    assert caught.value.message == message


def test_list_types_give_lists_and_systems_manager_types_their_inner_type() -> None:
    subnets = Parameter("S", "List<AWS::EC2::Subnet::Id>")
    version = Parameter("V", "AWS::SSM::Parameter::Value<List<String>>")
    assert as_value(subnets, "a, b") == ["a", "b"]
    assert (is_from_ssm(version), value_type(version), as_value(version, "1,2")) == (
        True,
        "List<String>",
        ["1", "2"],
    )
    assert as_value(Parameter("P", "String"), "a,b") == "a,b"
