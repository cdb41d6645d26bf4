from __future__ import annotations

from typing import Any

import pytest
from botocore.model import StringShape

from hatoba.cloud.wire import Dispatcher, Operations, ValidationError
from hatoba.cloud.wire.constraints import check, python_pattern
from hatoba.cloud.wire.directory import LISTINGS
from hatoba.cloud.wire.models import operation_model, service_model
from tests.support.calls import SCOPE, Bench


def faults(service: str, operation: str, **params: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        check(operation_model(service, operation), params)
    return caught.value.message


def test_a_pattern_is_quoted_as_the_model_has_it() -> None:
    name = {"Name": "bad name!", "Vpc": "vpc-1"}
    assert faults("servicediscovery", "CreatePrivateDnsNamespace", **name) == (
        "1 validation error detected: Value 'bad name!' at 'name' failed to satisfy constraint: Member must"
        " satisfy regular expression pattern: ^(?!arn:)[!-~]{1,253}$"
    )


def test_a_length_says_its_limit() -> None:
    assert faults("cloudformation", "CreateStack", StackName="a", TemplateBody="") == (
        "1 validation error detected: Value '' at 'templateBody' failed to satisfy constraint: Member must"
        " have length greater than or equal to 1"
    )


def test_a_range_says_its_limit() -> None:
    text = faults("iam", "CreateRole", RoleName="r", AssumeRolePolicyDocument="{}", MaxSessionDuration=43201)
    assert text == (
        "1 validation error detected: Value '43201' at 'maxSessionDuration' failed to satisfy constraint:"
        " Member must have value less than or equal to 43200"
    )


def test_an_enum_lists_its_values() -> None:
    assert faults("cloudformation", "CreateStack", StackName="a", OnFailure="MAYBE") == (
        "1 validation error detected: Value 'MAYBE' at 'onFailure' failed to satisfy constraint: Member must"
        " satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]"
    )


def test_a_missing_member_is_null() -> None:
    assert faults("cloudformation", "CreateStack") == (
        "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must"
        " not be null"
    )


def test_several_faults_are_counted_and_places_are_named() -> None:
    tags = [{"Key": "k" * 129, "Value": "v"}, {"Key": "k"}]
    assert faults("iam", "TagRole", RoleName="r", Tags=tags) == (
        f"2 validation errors detected: Value '{'k' * 129}' at 'tags.1.member.key' failed to satisfy"
        " constraint: Member must have length less than or equal to 128; Value null at"
        " 'tags.2.member.value' failed to satisfy constraint: Member must not be null"
    )


def test_what_fits_passes() -> None:
    check(operation_model("iam", "TagRole"), {"RoleName": "r", "Tags": [{"Key": "aws ü/x", "Value": ""}]})


@pytest.mark.parametrize("value", [None, 1, [], {}, "x"])
def test_a_value_of_another_type_is_left_to_the_validator(value: object) -> None:
    check(operation_model("ecs", "ListClusters"), {"nextToken": value})


def test_only_services_that_opt_in_are_checked() -> None:
    for is_strict in (False, True):
        bench = Bench()
        operations = Operations("cloudformation", strict_constraints=is_strict)
        operations.add("DeleteStack", lambda _call, _params: {})
        bench.dispatcher = Dispatcher({"cloudformation": operations}, bench.state.transaction)
        if is_strict:
            with pytest.raises(ValidationError, match="Value '' at 'clientRequestToken'"):
                bench.call("cloudformation", "DeleteStack", SCOPE, StackName="s", ClientRequestToken="")
        else:
            bench.call("cloudformation", "DeleteStack", SCOPE, StackName="s", ClientRequestToken="x")


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.service)
def test_every_pattern_of_the_models_can_be_checked(listing: Any) -> None:
    model = service_model(listing.service)
    for name in model.shape_names:
        shape = model.shape_for(name)
        pattern = shape.metadata.get("pattern")
        if isinstance(shape, StringShape) and pattern:
            assert python_pattern(pattern) is not None, (name, pattern)


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        (r"[\w+=,.@-]+", "a_9@", "ü"),
        (r"[\d]*", "12", "\u0661"),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "aws ü/x-1", "a!"),
        (r"[\w-_]*", "a-_", "a+"),
        ("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+", "a\U0001f600", "a\x01"),
    ],
)
def test_javas_patterns_mean_what_they_mean_in_java(pattern: str, fits: str, does_not: str) -> None:
    compiled = python_pattern(pattern)
    assert compiled is not None
    assert compiled.fullmatch(fits)
    assert not compiled.fullmatch(does_not)


def test_keys_of_a_map_have_rules_of_their_own() -> None:
    given = {"ServiceId": "srv-1", "InstanceId": "i-1", "Attributes": {"two words": "v"}}
    assert faults("servicediscovery", "RegisterInstance", **given) == (
        "1 validation error detected: Value '{two words=v}' at 'attributes' failed to satisfy constraint: Map"
        " keys must satisfy constraint: [Member must satisfy regular expression pattern: ^[a-zA-Z0-9!-~]+$]"
    )
