"""Reading a template before it is deployed."""

from __future__ import annotations

from typing import Any

import pytest

from hatoba.advise.reading import Reading

PARAMETERS = {
    "Vpc": {"Type": "AWS::EC2::VPC::Id"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "On": {"Type": "String", "Default": "true"},
    "Shared": {"Type": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"},
}
CONDITIONS = {
    "IsOn": {"Fn::Equals": [{"Ref": "On"}, "true"]},
    "IsOff": {"Fn::Not": [{"Condition": "IsOn"}]},
    "Both": {"Fn::And": [{"Condition": "IsOn"}, {"Condition": "IsOff"}]},
    "Either": {"Fn::Or": [{"Condition": "IsOn"}, {"Condition": "IsOff"}]},
}
TEMPLATE: dict[str, Any] = {
    "Parameters": PARAMETERS,
    "Conditions": CONDITIONS,
    "Resources": {
        "Here": {"Type": "A::B::C", "Condition": "Either", "Properties": {"Vpc": {"Ref": "Vpc"}}},
        "Away": {"Type": "A::B::C", "Condition": "Both"},
    },
}
READING = Reading(
    TEMPLATE,
    {"Vpc": "vpc-1", "Subnets": "subnet-1,subnet-2", "Shared": "subnet-3"},
    {"AWS::Region": "eu-west-1"},
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"Ref": "Vpc"}, "vpc-1"),
        ({"Ref": "Subnets"}, ["subnet-1", "subnet-2"]),
        ({"Ref": "On"}, "true"),
        ({"Ref": "Shared"}, ["subnet-3"]),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Here"}, "@Here"),
        ({"Fn::GetAtt": ["Here", "Arn"]}, "@Here"),
        ({"Fn::GetAtt": "Here.Arn"}, "@Here"),
        (
            {"Fn::Sub": "${Vpc} in ${AWS::Region}, ${!kept}, ${Here.Arn}"},
            "vpc-1 in eu-west-1, ${kept}, @Here",
        ),
        ({"Fn::Sub": ["${a}-${Vpc}", {"a": {"Ref": "On"}}]}, "true-vpc-1"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Vpc"}]]}, "a/vpc-1"),
        ({"Fn::If": ["IsOff", "yes", {"Ref": "Vpc"}]}, "vpc-1"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        ({"Fn::ImportValue": "other"}, "@Fn::ImportValue"),
    ],
)
def test_what_is_known_is_read_and_the_rest_named(written: object, read: object) -> None:
    assert READING.value(written) == read


def test_only_resources_whose_condition_holds_are_there() -> None:
    assert dict(READING.resources("A::B::C")) == {"Here": {"Vpc": "vpc-1"}}
