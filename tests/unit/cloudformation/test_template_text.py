"""Template texts: what is read, and AWS's words for what cannot be."""

from __future__ import annotations

import pytest

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template import read_template
from hatoba.cloud.cloudformation.template.parse import parse

UNRESOLVED = (
    "Template format error: Unresolved resource dependencies [C] in the Resources block of the template"
)
LOG_GROUP = "{Type: 'AWS::Logs::LogGroup'}"


def test_short_tags_become_the_functions_they_stand_for() -> None:
    assert parse("a: !Ref X\nb: !GetAtt X.Arn.Y\nc: !GetAtt [X, Arn]\nd: !If [C, !Sub '${X}', 1]") == {
        "a": {"Ref": "X"},
        "b": {"Fn::GetAtt": ["X", "Arn.Y"]},
        "c": {"Fn::GetAtt": ["X", "Arn"]},
        "d": {"Fn::If": ["C", {"Fn::Sub": "${X}"}, 1]},
    }


def test_numbers_with_a_point_dates_and_leading_zeros_stay_text() -> None:
    text = "a: 12.0\nb: 2012-10-17\nc: 012345678901\nd: 80\ne: true\nf: 22:22\ng: -1"
    assert parse(text) == {
        "a": "12.0",
        "b": "2012-10-17",
        "c": "012345678901",
        "d": 80,
        "e": True,
        "f": "22:22",
        "g": -1,
    }


def test_json_keeps_numbers_with_a_point_as_written() -> None:
    assert parse('{"a": 12.0, "b": 3}') == {"a": "12.0", "b": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c", "Template format error: YAML not well-formed. (line 1, column 5)"),
        ('{"Resources": {"A": tru}', "Template format error: JSON not well-formed. (line 1, column 21)"),
        (
            "a: &x [1]\nb: *x",
            "Template format error: YAML aliases are not allowed in CloudFormation templates",
        ),
        ("just words", "Template format error: unsupported structure."),
        (
            "Resources: {}",
            "Template format error: At least one Resources member must be defined.",
        ),
        (
            "Description: x",
            "Template format error: At least one Resources member must be defined.",
        ),
        (
            "Resources: {A: {Properties: {}}}",
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
        (
            f"Resources: {{A: {LOG_GROUP}}}\nOutputs: {{X: {{Description: d}}}}",
            "Template format error: Every Outputs member must contain a Value object",
        ),
        (
            f"Resources: {{A: {LOG_GROUP}}}\nOutputs: {{X: {{Value: null}}}}",
            "Template format error: [/Outputs/X/Value] 'null' values are not allowed in templates",
        ),
        (
            "Resources: {A: {Type: 'AWS::Logs::LogGroup', Propertys: {}}}",
            "Invalid template resource property 'Propertys'",
        ),
        (f"Resources: {{A: {LOG_GROUP}}}\nOutput: {{}}", "Invalid template property or properties [Output]"),
        (
            "Resources: {A: {Type: X, Properties: {B: !Ref C}}}",
            UNRESOLVED,
        ),
        (
            "Resources: {A: {Type: X, DependsOn: [C]}}",
            UNRESOLVED,
        ),
        (
            "Resources: {A: {Type: X, Properties: {B: !Sub '${C.Arn} ${!Literal}'}}}",
            UNRESOLVED,
        ),
        (
            "Resources: {A: {Type: X, Properties: {B: !If [C, 1, 2]}}}",
            "Template error: unresolved condition dependency C in Fn::If",
        ),
        (
            "Resources: {A: {Type: X, Properties: {B: !Ref C}}, C: {Type: X, DependsOn: A}}",
            "Circular dependency between resources: [A, C]",
        ),
    ],
)
def test_what_is_malformed_is_refused_in_aws_words(text: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_template(text)
    assert caught.value.message == message
    assert caught.value.code == "ValidationError"


def test_only_the_resources_of_a_circle_are_named() -> None:
    text = (
        "Resources: {A: {Type: X, DependsOn: B}, B: {Type: X, DependsOn: A},"
        " C: {Type: X, DependsOn: A}, D: {Type: X}}"
    )
    with pytest.raises(Invalid, match=r"\[A, B\]"):
        read_template(text)


def test_metadata_may_hold_null() -> None:
    template = read_template(f"Metadata: {{a: null}}\nResources: {{A: {LOG_GROUP}}}")
    assert template.resources["A"].type == "AWS::Logs::LogGroup"
