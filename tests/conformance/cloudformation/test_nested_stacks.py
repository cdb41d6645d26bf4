"""Stacks in stacks."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.cloudformation.widgets import Shop, in_shop, template, widget

BUCKET = "http://127.0.0.1:4566/texts"


def inner(color: str = "red", **more: Any) -> str:
    return json.dumps(
        {
            "Parameters": {"Color": {"Type": "String", "Default": color}},
            "Resources": {"Part": widget(Color={"Ref": "Color"}), **more},
            "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Part", "Arn"]}}},
        }
    )


def nested(key: str = "inner", **parameters: Any) -> dict[str, Any]:
    properties = {"TemplateURL": f"{BUCKET}/{key}", "Parameters": parameters}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": properties}


def outer(key: str = "inner", *, parameters: dict[str, Any] | None = None, **more: Any) -> str:
    told = {"Told": {"Value": {"Fn::GetAtt": "Inner.Outputs.Arn"}}}
    return template(outputs=told, Inner=nested(key, **(parameters or {})), **more)


async def child(shop: Shop) -> Any:
    """Return the stack inside, by its ARN as the parent's resource has it."""
    found = await shop.cfn("DescribeStackResource", StackName="s", LogicalResourceId="Inner")
    return await shop.stack(found["StackResourceDetail"]["PhysicalResourceId"])


async def failure(shop: Shop, status: str) -> str:
    return (await shop.reasons())["Inner", status]


def test_a_nested_stack_is_made_with_parameters_tags_and_outputs_and_goes_with_its_parent() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts["inner"] = inner()
        tags = [{"Key": "Owner", "Value": "mamezou"}]
        assert await shop.create(outer(parameters={"Color": "blue"}), Tags=tags) == "CREATE_COMPLETE"
        stack, parent = await child(shop), await shop.stack()
        assert stack["StackName"].startswith("s-Inner-")
        assert (stack["StackStatus"], stack["Tags"]) == ("CREATE_COMPLETE", tags)
        assert (stack["ParentId"], stack["RootId"]) == (parent["StackId"], parent["StackId"])
        assert "ParentId" not in parent
        ((made_id, made),) = shop.widgets.made.items()
        assert made["Color"] == "blue"
        assert parent["Outputs"][0]["OutputValue"] == f"arn:{made_id}"
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(parent["StackId"]) == "DELETE_COMPLETE"
        assert (await shop.stack(stack["StackId"]))["StackStatus"] == "DELETE_COMPLETE"
        assert shop.widgets.made == {}

    in_shop(scenario)


def test_a_stack_two_levels_down_knows_parent_and_root() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts.update(inner=outer("leaf"), leaf=inner())
        assert await shop.create(template(Inner=nested())) == "CREATE_COMPLETE"
        middle, root = await child(shop), await shop.stack()
        summaries = (await shop.cfn("ListStacks"))["StackSummaries"]
        (leaf,) = [each for each in summaries if each.get("ParentId") == middle["StackId"]]
        assert leaf["RootId"] == root["StackId"]

    in_shop(scenario)


def test_an_update_reaches_into_a_nested_stack() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts.update(inner=inner(), other=inner(More=widget()))
        await shop.create(outer(parameters={"Color": "red"}))
        assert await shop.update(outer(parameters={"Color": "blue"})) == "UPDATE_COMPLETE"
        assert [made["Color"] for made in shop.widgets.made.values()] == ["blue"]
        assert await shop.update(outer("other", parameters={"Color": "blue"})) == "UPDATE_COMPLETE"
        assert len(shop.widgets.made) == 2
        assert (await child(shop))["StackStatus"] == "UPDATE_COMPLETE"

    in_shop(scenario)


def test_a_nested_template_that_changed_at_its_address_is_a_change_and_the_same_one_is_none() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts["inner"] = inner()
        await shop.create(outer())
        with shop.refused("No updates are to be performed."):
            await shop.update(outer())
        shop.texts["inner"] = inner("green")
        made = await shop.cfn(
            "CreateChangeSet",
            StackName="s",
            ChangeSetName="cs",
            TemplateBody=outer(),
            IncludeNestedStacks=True,
        )
        (change,) = (await shop.cfn("DescribeChangeSet", ChangeSetName=made["Id"]))["Changes"]
        assert change["ResourceChange"]["LogicalResourceId"] == "Inner"
        assert change["ResourceChange"]["Details"][0]["ChangeSource"] == "Automatic"
        await shop.cfn("ExecuteChangeSet", ChangeSetName=made["Id"])
        assert await shop.settled() == "UPDATE_COMPLETE"
        assert [made["Color"] for made in shop.widgets.made.values()] == ["green"]

    in_shop(scenario)


def test_a_nested_stack_that_fails_fails_its_parent_and_nothing_is_left() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts["inner"] = inner()
        shop.widgets.refuse.add("create Part")
        assert await shop.create(outer(A=widget())) == "ROLLBACK_COMPLETE"
        told = await failure(shop, "CREATE_FAILED")
        assert "Embedded stack arn:aws:cloudformation:" in told
        assert "was not successfully created: The following resource(s) failed to create: [Part]." in told
        assert shop.widgets.made == {}
        assert (await child(shop))["StackStatus"] == "DELETE_COMPLETE"

    in_shop(scenario)


def test_a_nested_update_that_fails_goes_back_with_its_parent() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts.update(inner=inner(), other=inner(More=widget()))
        await shop.create(outer(A=widget(Color="red")))
        shop.widgets.refuse.add("create More")
        changed = outer("other", A=widget(Color="blue"), parameters={"Color": "blue"})
        assert await shop.update(changed) == "UPDATE_ROLLBACK_COMPLETE"
        told = await failure(shop, "UPDATE_FAILED")
        assert "was not successfully updated. Currently in UPDATE_ROLLBACK_COMPLETE with reason: " in told
        assert "The following resource(s) failed to create: [More]." in told
        assert sorted(made["Color"] for made in shop.widgets.made.values()) == ["red", "red"]

    in_shop(scenario)


def test_a_nested_stack_goes_back_when_something_else_fails() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts["inner"] = inner()
        await shop.create(outer(A={**widget(Color="red"), "DependsOn": "Inner"}))
        shop.widgets.refuse.add("update A")
        later = {**widget(Color="blue"), "DependsOn": "Inner"}
        changed = outer(parameters={"Color": "blue"}, A=later)
        await shop.cfn("UpdateStack", StackName="s", TemplateBody=changed)
        while (await shop.stack())["StackStatus"] == "UPDATE_IN_PROGRESS":
            await shop.breathe()
        shop.widgets.refuse.clear()
        assert await shop.settled() == "UPDATE_ROLLBACK_COMPLETE"
        assert sorted(made["Color"] for made in shop.widgets.made.values()) == ["red", "red"]
        assert (await child(shop))["Outputs"]

    in_shop(scenario)


def test_a_cancelled_update_is_cancelled_in_nested_stacks() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts["inner"] = inner()
        await shop.create(outer())
        shop.widgets.hold.add("Part")
        await shop.cfn("UpdateStack", StackName="s", TemplateBody=outer(parameters={"Color": "blue"}))
        while (await child(shop))["StackStatus"] != "UPDATE_IN_PROGRESS":
            await shop.breathe()
        shop.widgets.hold.clear()
        await shop.cfn("CancelUpdateStack", StackName="s")
        assert await shop.settled() == "UPDATE_ROLLBACK_COMPLETE"
        assert [made["Color"] for made in shop.widgets.made.values()] == ["red"]

    in_shop(scenario)


def test_an_output_that_a_nested_stack_has_not_fails_the_parent_by_name() -> None:
    async def scenario(shop: Shop) -> None:
        shop.texts["inner"] = template(Part=widget())
        assert await shop.create(outer()) == "ROLLBACK_COMPLETE"
        assert "Outputs.Arn" in (await shop.reasons())["s", "ROLLBACK_IN_PROGRESS"]

    in_shop(scenario)


def test_a_missing_template_and_a_list_for_a_parameter_fail_the_resource() -> None:
    async def scenario(shop: Shop) -> None:
        assert await shop.create(outer("nowhere"), "a") == "ROLLBACK_COMPLETE"
        assert (
            "S3 error: The specified key does not exist."
            in (await shop.reasons("a"))["Inner", "CREATE_FAILED"]
        )
        assert await shop.create(outer(parameters={"Color": ["a", "b"]}), "b") == "ROLLBACK_COMPLETE"
        assert (
            "#/Parameters/Color: expected type: String" in (await shop.reasons("b"))["Inner", "CREATE_FAILED"]
        )

    in_shop(scenario)
