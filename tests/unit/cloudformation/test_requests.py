"""Requests: what is refused before anything is done, in AWS's words, and what is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hatoba.cloud.cloudformation.act.source import locate
from hatoba.cloud.cloudformation.errors import Invalid
from tests.unit.cloudformation.widgets import TYPE, Shop, in_shop, template, widget

ONE = template(A=widget())
ROLE: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
NAMED_ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "RoleName": "r"}}


def test_missing_stacks_are_missing_in_two_ways() -> None:
    async def scenario(shop: Shop) -> None:
        for operation in ("DescribeStacks", "GetTemplate", "DescribeStackResources"):
            with shop.refused("Stack with id none does not exist"):
                await shop.cfn(operation, StackName="none")
        for operation in ("DescribeStackEvents", "GetStackPolicy"):
            with shop.refused("Stack [none] does not exist"):
                await shop.cfn(operation, StackName="none")
        with shop.refused("Stack [none] does not exist"):
            await shop.cfn("UpdateStack", StackName="none", TemplateBody=ONE)
        assert await shop.cfn("DeleteStack", StackName="none") == {}

    in_shop(scenario)


def test_bad_names_templates_and_types_are_refused() -> None:
    async def scenario(shop: Shop) -> None:
        with shop.refused(
            "1 validation error detected: Value '1x' at 'stackName' failed to satisfy constraint: Member must"
            " satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        ):
            await shop.create(ONE, "1x")
        with shop.refused("Either Template URL or Template Body must be specified."):
            await shop.cfn("CreateStack", StackName="s")
        with shop.refused("Member must have length less than or equal to 51200"):
            await shop.create(" " * 51_201)
        with shop.refused("Template format error: Unrecognized resource types: [AWS::Nope::Thing]"):
            await shop.create(template(A={"Type": "AWS::Nope::Thing"}))
        with shop.refused("resource A does not support attribute type Nope in Fn::GetAtt"):
            await shop.create(template(A=widget(), B=widget(Color={"Fn::GetAtt": ["A", "Nope"]})))
        with shop.refused("No transform named 000000000000::Mine found."):
            await shop.create(json.dumps({"Transform": "Mine", "Resources": {"A": widget()}}))
        assert (await shop.cfn("ListStacks"))["StackSummaries"] == []

    in_shop(scenario)


def test_what_would_change_the_outcome_and_is_not_implemented_is_refused() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(ONE)
        unsupported = "NotImplementedException"
        with shop.refused("StackPolicyDuringUpdateURL of cloudformation:UpdateStack", unsupported):
            await shop.update(template(A=widget(Color="x")), StackPolicyDuringUpdateURL="http://x/y")
        changed = template(A=widget(Color="x"))
        with shop.refused("NotificationARNs", unsupported):
            await shop.update(changed, NotificationARNs=["arn:aws:sns:ap-northeast-1:000000000000:t"])
        alarm = {"Arn": "arn:aws:cloudwatch:x", "Type": "AWS::CloudWatch::Alarm"}
        with shop.refused("RollbackConfiguration", unsupported):
            await shop.update(changed, RollbackConfiguration={"RollbackTriggers": [alarm]})
        assert await shop.update(changed, NotificationARNs=[], RollbackConfiguration={}) == "UPDATE_COMPLETE"

    in_shop(scenario)


def test_a_template_is_held_to_the_resource_types_of_the_request() -> None:
    async def scenario(shop: Shop) -> None:
        told = f"Resource type {TYPE} is not allowed by parameter ResourceTypes [AWS::ECS::*, AWS::IAM::Role]"
        with shop.refused(told):
            await shop.create(ONE, ResourceTypes=["AWS::ECS::*", "AWS::IAM::Role"])
        assert await shop.create(ONE, ResourceTypes=["Test::*"]) == "CREATE_COMPLETE"

    in_shop(scenario)


def test_a_name_is_taken_once() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(ONE)
        with shop.refused("Stack [s] already exists", "AlreadyExistsException"):
            await shop.create(ONE)

    in_shop(scenario)


@pytest.mark.parametrize(
    ("resource", "given", "needed"),
    [
        (ROLE, [], "CAPABILITY_IAM"),
        (NAMED_ROLE, ["CAPABILITY_IAM"], None),
        (NAMED_ROLE, [], "CAPABILITY_NAMED_IAM"),
        (ROLE, ["CAPABILITY_NAMED_IAM"], None),
    ],
)
def test_iam_needs_a_capability(resource: Any, given: list[str], needed: str | None) -> None:
    async def scenario(shop: Shop) -> None:
        summary = await shop.cfn("GetTemplateSummary", TemplateBody=template(A=resource))
        assert summary["Capabilities"] == [
            "CAPABILITY_NAMED_IAM" if resource is NAMED_ROLE else "CAPABILITY_IAM"
        ]
        if needed is None:
            return
        with shop.refused(f"Requires capabilities : [{needed}]", "InsufficientCapabilitiesException"):
            await shop.create(template(A=resource), Capabilities=given)

    in_shop(scenario)


VERSIONED = json.dumps(
    {
        "Description": "what it is",
        "Parameters": {
            "Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/version"},
            "Secret": {"Type": "String", "NoEcho": True, "Default": "s3cret"},
        },
        "Rules": {
            "CheckVersion": {
                "Assertions": [
                    {
                        "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "Version"}]}]},
                        "AssertDescription": "version 6 required",
                    }
                ]
            }
        },
        "Resources": {"A": widget(Color={"Ref": "Version"}, Parts=[{"Ref": "Secret"}])},
    }
)


def test_systems_manager_values_are_resolved_and_shown_secrets_are_not() -> None:
    async def scenario(shop: Shop) -> None:
        with shop.refused("Unable to fetch parameters [/version] from parameter store for this account."):
            await shop.create(VERSIONED)
        shop.parameters["/version"] = "32"
        await shop.create(VERSIONED)
        stack = await shop.stack()
        assert stack["Parameters"] == [
            {"ParameterKey": "Version", "ParameterValue": "/version", "ResolvedValue": "32"},
            {"ParameterKey": "Secret", "ParameterValue": "****"},
        ]
        assert stack["Description"] == "what it is"
        assert shop.widgets.made["A-1"]["Color"] == "32"
        assert shop.widgets.made["A-1"]["Parts"] == ["s3cret"]
        shop.parameters["/version"] = "33"
        keep = [{"ParameterKey": "Version", "UsePreviousValue": True}]
        await shop.cfn("UpdateStack", StackName="s", UsePreviousTemplate=True, Parameters=keep)
        await shop.settled()
        assert shop.widgets.made["A-1"]["Color"] == "33"

    in_shop(scenario)


def test_a_rule_that_does_not_hold_rejects_the_operation() -> None:
    async def scenario(shop: Shop) -> None:
        shop.parameters["/version"] = "2"
        with shop.refused("version 6 required"):
            await shop.create(VERSIONED)
        assert (await shop.cfn("ListStacks"))["StackSummaries"] == []

    in_shop(scenario)


def test_a_template_comes_back_as_it_was_sent() -> None:
    async def scenario(shop: Shop) -> None:
        text = f"# a comment\nResources:\n  A: {{Type: '{TYPE}'}}   \n"
        await shop.create(text)
        assert (await shop.cfn("GetTemplate", StackName="s"))["TemplateBody"] == text

    in_shop(scenario)


def test_summary_and_validation_tell_what_a_template_declares() -> None:
    async def scenario(shop: Shop) -> None:
        summary = await shop.cfn("GetTemplateSummary", TemplateBody=VERSIONED)
        assert summary["ResourceTypes"] == [TYPE]
        assert summary["Version"] == "2010-09-09"
        assert summary["Parameters"][1] == {
            "ParameterKey": "Secret",
            "ParameterType": "String",
            "NoEcho": True,
            "DefaultValue": "s3cret",
            "ParameterConstraints": {},
        }
        valid = await shop.cfn("ValidateTemplate", TemplateBody=VERSIONED)
        assert valid["Parameters"][0] == {
            "ParameterKey": "Version",
            "DefaultValue": "/version",
            "NoEcho": False,
        }

    in_shop(scenario)


def test_resources_are_found_by_logical_and_by_physical_id() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A={**widget(), "Metadata": {"a": 1}}))
        detail = (await shop.cfn("DescribeStackResource", StackName="s", LogicalResourceId="A"))[
            "StackResourceDetail"
        ]
        assert (detail["PhysicalResourceId"], detail["Metadata"]) == ("A-1", '{"a": 1}')
        found = await shop.cfn("DescribeStackResources", PhysicalResourceId="A-1")
        assert found["StackResources"][0]["StackName"] == "s"
        with shop.refused("Resource X does not exist for stack s"):
            await shop.cfn("DescribeStackResource", StackName="s", LogicalResourceId="X")

    in_shop(scenario)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://127.0.0.1:4566/bucket/some/key.json", ("bucket", "some/key.json")),
        ("https://s3.ap-northeast-1.amazonaws.com/bucket/key", ("bucket", "key")),
        ("https://bucket.s3.ap-northeast-1.amazonaws.com/a%20b", ("bucket", "a b")),
        ("https://s3.amazonaws.com/bucket/key", ("bucket", "key")),
    ],
)
def test_template_urls_name_bucket_and_key(url: str, place: tuple[str, str]) -> None:
    assert locate(url, "http://127.0.0.1:4566") == place


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("s3://bucket/key", "S3 error: Domain name specified in bucket is not a valid S3 domain"),
        ("https://example.com/bucket/key", "TemplateURL must be a supported URL."),
    ],
)
def test_other_urls_are_refused(url: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        locate(url, "http://127.0.0.1:4566")
    assert caught.value.message == text
