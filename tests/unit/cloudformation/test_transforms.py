"""Transforms: language extensions, what is included from S3, and SAM's types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hatoba.cloud.wire import Call, Operations, ServiceError
from tests.unit.cloudformation.test_change_sets import change_set
from tests.unit.cloudformation.widgets import Shop, in_shop, template, widget

EXPAND = ["CAPABILITY_AUTO_EXPAND"]
SERVERLESS = "AWS::Serverless-2016-10-31"


def extended(resources: Mapping[str, Any], **sections: Any) -> str:
    return json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": resources, **sections})


def test_a_loop_makes_an_entry_per_item_in_resources_and_outputs() -> None:
    text = extended(
        {
            "Fn::ForEach::Colors": [
                "Color",
                {"Ref": "Colors"},
                {"Widget&{Color}": widget(Color={"Ref": "Color"}, Parts=[{"Fn::Sub": "p-${Color}"}])},
            ]
        },
        Parameters={"Colors": {"Type": "CommaDelimitedList"}},
        Outputs={
            "Fn::ForEach::Out": [
                "Color",
                ["red"],
                {"Out${Color}": {"Value": {"Fn::GetAtt": ["Widget${Color}", "Color"]}}},
            ]
        },
    )

    async def scenario(shop: Shop) -> None:
        given = [{"ParameterKey": "Colors", "ParameterValue": "red,light-blue"}]
        assert await shop.create(text, Capabilities=EXPAND, Parameters=given) == "CREATE_COMPLETE"
        assert {item["Color"]: item["Parts"] for item in shop.widgets.made.values()} == {
            "red": ["p-red"],
            "light-blue": ["p-light-blue"],
        }
        found = (await shop.cfn("ListStackResources", StackName="s"))["StackResourceSummaries"]
        assert [item["LogicalResourceId"] for item in found] == ["Widgetlightblue", "Widgetred"]
        assert (await shop.stack())["Outputs"] == [{"OutputKey": "Outred", "OutputValue": "red"}]

    in_shop(scenario)


def test_length_json_and_the_default_of_a_map_are_functions_of_the_extensions() -> None:
    text = extended(
        {
            "A": widget(
                Color={"Fn::ToJsonString": {"a": [1]}},
                Parts=[
                    {"Fn::Length": ["x", "y"]},
                    {"Fn::FindInMap": ["M", "k", "no", {"DefaultValue": "d"}]},
                ],
            )
        },
        Mappings={"M": {"k": {"yes": "1"}}},
    )

    async def scenario(shop: Shop) -> None:
        await shop.create(text, Capabilities=EXPAND)
        (made,) = shop.widgets.made.values()
        assert made["Color"] == '{"a":[1]}'
        assert made["Parts"] == [2, "d"]

    in_shop(scenario)


def test_a_deletion_policy_may_depend_on_a_parameter() -> None:
    resource = {
        **widget(),
        "DeletionPolicy": {"Fn::If": ["Keep", "Retain", "Delete"]},
    }
    text = extended(
        {"A": resource},
        Parameters={"P": {"Type": "String", "Default": "yes"}},
        Conditions={"Keep": {"Fn::Equals": [{"Ref": "P"}, "yes"]}},
    )

    async def scenario(shop: Shop) -> None:
        await shop.create(text, Capabilities=EXPAND)
        await shop.cfn("DeleteStack", StackName=(stack_id := (await shop.stack())["StackId"]))
        assert await shop.settled(stack_id) == "DELETE_COMPLETE"
        assert len(shop.widgets.made) == 1

    in_shop(scenario)


def test_the_extensions_are_refused_where_the_template_does_not_name_them() -> None:
    async def scenario(shop: Shop) -> None:
        with shop.refused("Fn::Length needs the transform AWS::LanguageExtensions"):
            await shop.create(template(A=widget(Parts=[{"Fn::Length": []}])))

    in_shop(scenario)


def test_a_loop_that_makes_a_name_twice_is_refused() -> None:
    async def scenario(shop: Shop) -> None:
        text = extended({"A": widget(), "Fn::ForEach::X": ["I", ["1"], {"A": widget()}]})
        with shop.refused("which exist already"):
            await shop.create(text, Capabilities=EXPAND)
        text = extended({"Fn::ForEach::X": ["I", ["1", "2"], {"A": widget()}]})
        with shop.refused("more than once"):
            await shop.create(text, Capabilities=EXPAND)

    in_shop(scenario)


def test_expanding_needs_a_capability_unless_a_change_set_shows_the_outcome() -> None:
    text = extended({"A": widget()})

    async def scenario(shop: Shop) -> None:
        with shop.refused(
            "Requires capabilities : [CAPABILITY_AUTO_EXPAND]", "InsufficientCapabilitiesException"
        ):
            await shop.create(text)
        described = await change_set(shop, text, "CREATE")
        assert described["Status"] == "CREATE_COMPLETE"
        summary = await shop.cfn("GetTemplateSummary", TemplateBody=text)
        assert summary["Capabilities"] == EXPAND
        assert summary["DeclaredTransforms"] == ["AWS::LanguageExtensions"]

    in_shop(scenario)


def test_an_empty_change_set_of_a_transformed_template_says_so_in_other_words() -> None:
    text = extended({"A": widget()})

    async def scenario(shop: Shop) -> None:
        await shop.create(text, Capabilities=EXPAND)
        described = await change_set(shop, text)
        assert described["Status"] == "FAILED"
        assert described["StatusReason"] == "No updates are to be performed."

    in_shop(scenario)


def test_both_stages_of_a_template_are_shown() -> None:
    text = extended({"Fn::ForEach::X": ["I", ["1"], {"A${I}": widget()}]})

    async def scenario(shop: Shop) -> None:
        await shop.create(text, Capabilities=EXPAND)
        assert (await shop.cfn("GetTemplate", StackName="s"))["TemplateBody"] == text
        answer = await shop.cfn("GetTemplate", StackName="s", TemplateStage="Processed")
        assert json.loads(answer["TemplateBody"]) == {"Resources": {"A1": widget()}}

    in_shop(scenario)


def store(objects: dict[str, str]) -> Operations:
    table = Operations("s3")

    @table.on("GetObject")
    def get(_: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
        name = f"{request['Bucket']}/{request['Key']}"
        if name not in objects:
            raise ServiceError("NoSuchKey", "The specified key does not exist.")
        return {"Body": objects[name].encode()}

    return table


def test_a_snippet_from_s3_is_put_beside_what_includes_it() -> None:
    include = {"Name": "AWS::Include", "Parameters": {"Location": {"Ref": "Where"}}}
    text = json.dumps(
        {
            "Parameters": {"Where": {"Type": "String", "Default": "s3://b/parts.yaml"}},
            "Resources": {"Fn::Transform": include, "B": widget(Color={"Fn::GetAtt": ["A", "Arn"]})},
        }
    )

    async def scenario(shop: Shop) -> None:
        shop.bench.add(store({"b/parts.yaml": "A: {Type: 'Test::Shop::Widget', Properties: {Color: red}}"}))
        assert await shop.create(text, Capabilities=EXPAND) == "CREATE_COMPLETE"
        assert {item["Color"] for item in shop.widgets.made.values()} == {"red", "arn:A-1"}
        missing = text.replace("parts.yaml", "none.yaml")
        with shop.refused("Transform AWS::Include failed with: S3 error: The specified key does not exist."):
            await shop.create(missing, "t", Capabilities=EXPAND)

    in_shop(scenario)


def test_another_macro_inside_a_template_is_refused() -> None:
    async def scenario(shop: Shop) -> None:
        body = {"Fn::Transform": {"Name": "Mine"}, "A": widget()}
        with shop.refused("Fn::Transform Mine is not implemented"):
            await shop.create(template(**body), Capabilities=EXPAND)

    in_shop(scenario)
