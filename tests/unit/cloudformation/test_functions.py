"""Conditions and intrinsic functions."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.cloud.cloudformation.errors import Invalid
from hatoba.cloud.cloudformation.template import UNKNOWN, Environment, Evaluator, read_template

TEXT = """
Parameters:
  Name: {Type: String}
  Items: {Type: CommaDelimitedList}
Mappings:
  ByRegion: {ap-northeast-1: {Ami: ami-1}}
Conditions:
  Yes: !Equals [!Ref Name, n]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Condition No]
  Any: !Or [!Condition Yes, !Condition No]
Resources:
  Queue: {Type: X}
  Absent: {Type: X, Condition: 'No'}
"""
PSEUDO = {"AWS::Region": "ap-northeast-1", "AWS::AccountId": "000000000000", "AWS::Partition": "aws"}


def evaluator(**changes: Any) -> Evaluator:
    def resource(name: str, attribute: str | None) -> Any:
        return f"{name}-id" if attribute is None else f"{name}.{attribute}!"

    given: dict[str, Any] = {
        "parameters": {"Name": "n", "Items": ["a", "b"]},
        "pseudo": PSEUDO,
        "resource": resource,
        **changes,
    }
    return Evaluator(read_template(TEXT), Environment(**given))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Name"}, "n"),
        ({"Ref": "Items"}, ["a", "b"]),
        ({"Ref": "Queue"}, "Queue-id"),
        ({"Ref": "AWS::Region"}, "ap-northeast-1"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Queue.Arn!"),
        ({"Fn::GetAtt": "Queue.Arn"}, "Queue.Arn!"),
        ({"Fn::Join": ["-", ["x", {"Ref": "Name"}, 1]]}, "x-n-1"),
        ({"Fn::Join": [",", {"Ref": "Items"}]}, "a,b"),
        ({"Fn::Select": ["1", {"Ref": "Items"}]}, "b"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "ap-northeast-1a"),
        ({"Fn::Split": ["|", "a|b"]}, ["a", "b"]),
        ({"Fn::Sub": "${Name}/${Queue}/${Queue.Arn}/${!Name}/${AWS::Region}"}, None),
        ({"Fn::Sub": ["${x}-${Name}", {"x": {"Ref": "Queue"}}]}, "Queue-id-n"),
        ({"Fn::FindInMap": ["ByRegion", {"Ref": "AWS::Region"}, "Ami"]}, "ami-1"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, "8"]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::If": ["Yes", "then", {"Ref": "Absent"}]}, "then"),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ([1, {"Ref": "AWS::NoValue"}], [1]),
        ({"Fn::ImportValue": "their-export"}, "theirs"),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
        ({"Fn::Contains": [["1", "2"], {"Ref": "Name"}]}, False),
        ({"Fn::EachMemberIn": [["a"], {"Ref": "Items"}]}, True),
        ({"Fn::Equals": [80, "80"]}, True),
    ],
)
def test_each_function_comes_to_its_value(value: Any, expected: Any) -> None:
    if expected is None:
        expected = "n/Queue-id/Queue.Arn!/${Name}/ap-northeast-1"
    assert evaluator(exports={"their-export": "theirs"}).value(value) == expected


def test_conditions_build_on_one_another() -> None:
    decided = evaluator()
    assert [decided.condition(name) for name in ("Yes", "No", "Both", "Any")] == [True, False, False, True]


def test_an_import_is_remembered() -> None:
    asked = evaluator(exports={"x": "1"})
    asked.value({"Fn::ImportValue": "x"})
    assert asked.imported == {"x"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::FindInMap": ["ByRegion", "eu", "Ami"]}, "Unable to get mapping for ByRegion::eu::Ami"),
        ({"Fn::ImportValue": "none"}, "No export named none found."),
        ({"Fn::Select": [2, ["a"]]}, "Fn::Select cannot select nonexistent value at index 2"),
        ({"Ref": "Absent"}, r"Unresolved resource dependencies \[Absent\]"),
        ({"Fn::If": ["Nope", 1, 2]}, "unresolved condition dependency Nope in Fn::If"),
        ({"Fn::Transform": {}}, "Fn::Transform is not implemented"),
    ],
)
def test_what_cannot_be_evaluated_says_so(value: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        evaluator().value(value)


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Join": ["/", ["integrations", {"Ref": "Queue"}]]},
        {"Fn::Sub": "x ${Queue.Arn}"},
        {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Queue"}]}]},
    ],
)
def test_what_is_built_on_something_unknown_is_unknown(value: Any) -> None:
    assert evaluator(resource=lambda *_: UNKNOWN).value(value) is UNKNOWN


def test_a_known_item_is_selected_from_a_list_with_unknown_ones() -> None:
    asked = evaluator(resource=lambda *_: UNKNOWN)
    assert asked.value({"Fn::Select": [1, [{"Ref": "Queue"}, "known"]]}) == "known"
