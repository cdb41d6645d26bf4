"""Change sets: what they say, and their life."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.cloudformation.widgets import TYPE, Shop, in_shop, template, widget

REF_A = {"Ref": "A"}
FIRST = template(A=widget(Size=1, Color="red"), B=widget(Parts=[REF_A]), C=widget(), D=widget(Color="x"))
NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


async def change_set(shop: Shop, text: str, kind: str = "UPDATE", name: str = "cs", **params: Any) -> Any:
    await shop.cfn(
        "CreateChangeSet",
        StackName="s",
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateBody=text,
        **params,
    )
    return await shop.cfn("DescribeChangeSet", StackName="s", ChangeSetName=name, IncludePropertyValues=True)


def test_a_new_stack_is_in_review_until_its_change_set_is_executed() -> None:
    async def scenario(shop: Shop) -> None:
        described = await change_set(shop, FIRST, "CREATE", Tags=[{"Key": "a", "Value": "b"}])
        assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
        assert {change["ResourceChange"]["Action"] for change in described["Changes"]} == {"Add"}
        stack = await shop.stack()
        assert (stack["StackStatus"], stack["StackStatusReason"]) == ("REVIEW_IN_PROGRESS", "User Initiated")
        assert stack["Tags"] == []
        assert "Parameters" not in stack
        assert "ChangeSetId" not in stack
        assert len(await shop.events()) == 1
        assert (await shop.cfn("GetTemplate", StackName="s"))["TemplateBody"] == FIRST
        with shop.refused("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks."):
            await shop.cfn("GetTemplateSummary", StackName="s")

        await shop.cfn("ExecuteChangeSet", ChangeSetName=described["ChangeSetId"])

        assert await shop.settled() == "CREATE_COMPLETE"
        stack = await shop.stack()
        assert stack["ChangeSetId"] == described["ChangeSetId"]
        assert "LastUpdatedTime" in stack
        assert stack["StackId"] == described["StackId"]

    in_shop(scenario)


def test_a_second_creating_change_set_belongs_to_the_same_stack() -> None:
    async def scenario(shop: Shop) -> None:
        one = await change_set(shop, FIRST, "CREATE", "one")
        two = await change_set(shop, FIRST, "CREATE", "two")
        assert one["StackId"] == two["StackId"]
        await shop.cfn("ExecuteChangeSet", StackName="s", ChangeSetName="two")
        await shop.settled()
        summaries = (await shop.cfn("ListChangeSets", StackName="s"))["Summaries"]
        assert [(item["ChangeSetName"], item["ExecutionStatus"]) for item in summaries] == [
            ("two", "EXECUTE_COMPLETE")
        ]
        with shop.refused("Stack [s] already exists and cannot be created again with the changeSet [three]."):
            await change_set(shop, FIRST, "CREATE", "three")

    in_shop(scenario)


def test_changes_say_what_happens_to_each_resource_and_why() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(FIRST)
        text = template(
            A=widget(Size=2, Color="red"), B=widget(Parts=[REF_A]), D=widget(Color="y"), E=widget()
        )

        described = await change_set(shop, text)

        changes = {item["ResourceChange"]["LogicalResourceId"]: item for item in described["Changes"]}
        assert list(changes) == ["A", "B", "C", "D", "E"]
        replaced = changes["A"]["ResourceChange"]
        assert replaced["Replacement"] == "True"
        assert replaced["PolicyAction"] == "ReplaceAndDelete"
        assert replaced["Details"] == [
            {
                "Target": {"Attribute": "Properties", "Name": "Size", "RequiresRecreation": "Always"},
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
        ]
        follower = changes["B"]["ResourceChange"]
        assert follower["Replacement"] == "False"
        assert follower["Details"][0]["Evaluation"] == "Dynamic"
        assert follower["Details"][0]["ChangeSource"] == "ResourceReference"
        assert follower["Details"][0]["CausingEntity"] == "A"
        after = json.loads(follower["AfterContext"])
        assert after["Properties"]["Parts"] == ["{{changeSet:KNOWN_AFTER_APPLY}}"]
        assert changes["C"]["ResourceChange"]["Action"] == "Remove"
        assert changes["C"]["ResourceChange"]["PolicyAction"] == "Delete"
        in_place = changes["D"]["ResourceChange"]
        assert (in_place["Action"], in_place["Replacement"], in_place["Scope"]) == (
            "Modify",
            "False",
            ["Properties"],
        )
        assert changes["E"]["ResourceChange"] == {
            "Action": "Add",
            "LogicalResourceId": "E",
            "ResourceType": TYPE,
            "Scope": [],
            "Details": [],
            "AfterContext": '{"Properties":{}}',
        }

    in_shop(scenario)


def test_a_parameter_is_named_as_the_cause() -> None:
    async def scenario(shop: Shop) -> None:
        text = json.dumps(
            {
                "Parameters": {"P": {"Type": "String"}},
                "Resources": {"A": widget(Color={"Ref": "P"})},
            }
        )
        given = [{"ParameterKey": "P", "ParameterValue": "1"}]
        await shop.create(text, Parameters=given)
        given = [{"ParameterKey": "P", "ParameterValue": "2"}]
        described = await change_set(shop, text, Parameters=given)
        (detail,) = described["Changes"][0]["ResourceChange"]["Details"]
        assert (detail["ChangeSource"], detail["CausingEntity"]) == ("ParameterReference", "P")

    in_shop(scenario)


def test_without_a_difference_the_call_succeeds_and_the_change_set_is_failed() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(FIRST)
        described = await change_set(shop, FIRST)
        assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
        assert described["StatusReason"] == NO_CHANGES
        assert described["Changes"] == []
        assert (await shop.stack())["StackStatus"] == "CREATE_COMPLETE"
        arn = described["ChangeSetId"]
        with shop.refused(
            f"ChangeSet [{arn}] cannot be executed in its current status of [FAILED]",
            "InvalidChangeSetStatus",
        ):
            await shop.cfn("ExecuteChangeSet", ChangeSetName=arn)
        with shop.refused("No updates are to be performed."):
            await shop.update(FIRST)

    in_shop(scenario)


def test_metadata_alone_is_no_change_and_an_output_alone_is_one() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget()))
        marked = template(A={**widget(), "Metadata": {"aws:cdk:path": "x"}})
        assert (await change_set(shop, marked, name="one"))["Status"] == "FAILED"
        described = await change_set(shop, template(outputs={"X": {"Value": "1"}}, A=widget()), name="two")
        assert (described["Status"], described["Changes"]) == ("CREATE_COMPLETE", [])
        await shop.cfn("ExecuteChangeSet", StackName="s", ChangeSetName="two")
        assert await shop.settled() == "UPDATE_COMPLETE"
        assert (await shop.stack())["Outputs"] == [{"OutputKey": "X", "OutputValue": "1"}]

    in_shop(scenario)


def test_change_sets_are_addressed_by_arn_or_by_name_and_stack() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(FIRST)
        arn = (await shop.stack())["StackId"]
        with shop.refused("ChangeSet [none] does not exist", "ChangeSetNotFound"):
            await shop.cfn("DescribeChangeSet", StackName=arn, ChangeSetName="none")
        with shop.refused("StackName must be specified if ChangeSetName is not specified as an ARN."):
            await shop.cfn("DescribeChangeSet", ChangeSetName="none")
        assert await shop.cfn("DeleteChangeSet", StackName="s", ChangeSetName="none") == {}
        with shop.refused("Stack [missing] does not exist"):
            await shop.cfn("DeleteChangeSet", StackName="missing", ChangeSetName="none")
        with shop.refused("Stack [missing] does not exist"):
            await shop.cfn("CreateChangeSet", StackName="missing", ChangeSetName="cs", TemplateBody=FIRST)

    in_shop(scenario)


def test_a_name_is_taken_until_its_change_set_is_executed_and_the_same_request_is_answered_again() -> None:
    async def scenario(shop: Shop) -> None:
        first = await change_set(shop, FIRST, "CREATE", ClientToken="t")
        again = await change_set(shop, FIRST, "CREATE", ClientToken="t")
        assert first["ChangeSetId"] == again["ChangeSetId"]
        with shop.refused("ChangeSet cs cannot be created", "AlreadyExistsException"):
            await change_set(shop, FIRST, "CREATE")
        await shop.cfn("ExecuteChangeSet", ChangeSetName=first["ChangeSetId"])
        await shop.settled()
        assert (await change_set(shop, FIRST))["ChangeSetId"] != first["ChangeSetId"]

    in_shop(scenario)


def test_what_newer_clients_send_is_accepted() -> None:
    async def scenario(shop: Shop) -> None:
        described = await change_set(
            shop,
            FIRST,
            "CREATE",
            ClientToken="t",
            ImportExistingResources=True,
            IncludeNestedStacks=True,
            RollbackConfiguration={},
            NotificationARNs=[],
            OnStackFailure="DO_NOTHING",
        )
        assert described["IncludeNestedStacks"] is True
        assert described["OnStackFailure"] == "DO_NOTHING"

    in_shop(scenario)


def test_a_resource_cannot_change_its_type() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget()))
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
        with shop.refused("modifies resource type of the following resources: [A]"):
            await change_set(shop, template(A=role), Capabilities=["CAPABILITY_IAM"])

    in_shop(scenario)
