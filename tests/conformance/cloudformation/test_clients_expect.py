"""Texts, tokens and ways out of stuck states that clients of CloudFormation rely on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.wire import Call, Operations, ServiceError
from tests.unit.cloudformation.widgets import Shop, in_shop, template, widget

ONE = template(A=widget(Color="red"))
OTHER = template(A=widget(Color="blue"))


def test_a_change_set_for_a_deleted_stack_is_refused_with_its_state() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(ONE)
        arn = (await shop.stack())["StackId"]
        await shop.cfn("DeleteStack", StackName="s")
        await shop.settled(arn)
        with shop.refused(f"Stack:{arn} is in DELETE_COMPLETE state and can not be updated."):
            await shop.cfn("CreateChangeSet", StackName=arn, ChangeSetName="cs", TemplateBody=OTHER)

    in_shop(scenario)


def test_a_stack_made_again_under_its_name_has_another_arn() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(ONE)
        first = (await shop.stack())["StackId"]
        await shop.cfn("DeleteStack", StackName="s")
        await shop.settled(first)
        await shop.create(ONE)
        assert (await shop.stack())["StackId"] != first
        assert (await shop.stack(first))["StackStatus"] == "DELETE_COMPLETE"

    in_shop(scenario)


def test_a_replacement_says_why_a_new_physical_resource_is_made() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Size=1)))
        await shop.update(template(A=widget(Size=2)))
        told = (await shop.cfn("DescribeStackEvents", StackName="s"))["StackEvents"]
        reasons = [each.get("ResourceStatusReason", "") for each in told if each["LogicalResourceId"] == "A"]
        assert (
            "Requested update requires the creation of a new physical resource; hence creating one."
            in reasons
        )

    in_shop(scenario)


def test_events_of_one_operation_carry_its_id_and_the_clients_token() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(ONE, ClientRequestToken="one")
        await shop.update(OTHER, ClientRequestToken="two")
        told = (await shop.cfn("DescribeStackEvents", StackName="s"))["StackEvents"]
        by_token: dict[str, set[str]] = {}
        for event in told:
            by_token.setdefault(event["ClientRequestToken"], set()).add(event["OperationId"])
        assert by_token.keys() == {"one", "two"}
        assert [len(ids) for ids in by_token.values()] == [1, 1]
        assert len({event["EventId"] for event in told}) == len(told)

    in_shop(scenario)


def test_a_call_sent_again_with_its_token_begins_nothing_more() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.hold.add("A")
        first = await shop.cfn("CreateStack", StackName="s", TemplateBody=ONE, ClientRequestToken="t")
        again = await shop.cfn("CreateStack", StackName="s", TemplateBody=ONE, ClientRequestToken="t")
        assert first["StackId"] == again["StackId"]
        with shop.refused("Stack [s] already exists", "AlreadyExistsException"):
            await shop.cfn("CreateStack", StackName="s", TemplateBody=ONE, ClientRequestToken="other")

    in_shop(scenario)


def test_a_role_that_does_not_exist_is_refused() -> None:
    async def scenario(shop: Shop) -> None:
        with shop.refused("Role ARN is invalid or cannot be assumed"):
            await shop.create(ONE, RoleARN="arn:aws:iam::000000000000:role/none")

    in_shop(scenario)


def test_a_stack_that_was_rolled_back_takes_only_a_deletion() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.refuse.add("create A")
        assert await shop.create(ONE) == "ROLLBACK_COMPLETE"
        shop.widgets.refuse.clear()
        arn = (await shop.stack())["StackId"]
        for operation, params in (
            ("UpdateStack", {"TemplateBody": OTHER}),
            ("CreateChangeSet", {"TemplateBody": OTHER, "ChangeSetName": "cs"}),
        ):
            with shop.refused(f"Stack:{arn} is in ROLLBACK_COMPLETE state and can not be updated."):
                await shop.cfn(operation, StackName="s", **params)
        for operation in ("ContinueUpdateRollback", "RollbackStack", "CancelUpdateStack"):
            with pytest.raises(ServiceError):
                await shop.cfn(operation, StackName="s")
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(arn) == "DELETE_COMPLETE"

    in_shop(scenario)


def test_a_stack_in_review_can_be_deleted_or_created() -> None:
    async def scenario(shop: Shop) -> None:
        made = await shop.cfn(
            "CreateChangeSet", StackName="s", ChangeSetName="cs", ChangeSetType="CREATE", TemplateBody=ONE
        )
        assert (await shop.stack())["StackStatus"] == "REVIEW_IN_PROGRESS"
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(made["StackId"]) == "DELETE_COMPLETE"

    in_shop(scenario)


def test_an_update_that_went_back_leaves_parameters_tags_and_outputs_as_they_were() -> None:
    def text(color: str) -> str:
        return json.dumps(
            {
                "Parameters": {"Size": {"Type": "Number"}},
                "Resources": {"A": widget(Color=color), "B": widget(Size={"Ref": "Size"})},
                "Outputs": {"Color": {"Value": {"Fn::GetAtt": ["A", "Color"]}}},
            }
        )

    async def scenario(shop: Shop) -> None:
        given = [{"ParameterKey": "Size", "ParameterValue": "1"}]
        await shop.create(text("red"), Parameters=given, Tags=[{"Key": "k", "Value": "old"}])
        before = await shop.stack()
        shop.widgets.refuse.add("create B")
        changed = [{"ParameterKey": "Size", "ParameterValue": "2"}]
        tags = [{"Key": "k", "Value": "new"}]
        assert await shop.update(text("blue"), Parameters=changed, Tags=tags) == "UPDATE_ROLLBACK_COMPLETE"
        after = await shop.stack()
        for member in ("Parameters", "Tags", "Outputs"):
            assert after[member] == before[member]
        shop.widgets.refuse.clear()
        kept = [{"ParameterKey": "Size", "UsePreviousValue": True}]
        assert await shop.update(text("green"), Parameters=kept) == "UPDATE_COMPLETE"
        assert (await shop.stack())["Parameters"] == before["Parameters"]

    in_shop(scenario)


def test_a_secret_is_resolved_for_the_resource_and_shown_nowhere() -> None:
    async def scenario(shop: Shop) -> None:
        table = Operations("secretsmanager")

        @table.on("GetSecretValue")
        def get(_: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
            return {"Name": request["SecretId"], "SecretString": '{"password": "hush"}'}

        shop.bench.add(table)
        reference = "{{resolve:secretsmanager:mz/db:SecretString:password}}"
        assert await shop.create(template(A=widget(Color=reference))) == "CREATE_COMPLETE"
        assert [made["Color"] for made in shop.widgets.made.values()] == ["hush"]
        told = await shop.cfn("DescribeStackEvents", StackName="s")
        assert "hush" not in str(told)

    in_shop(scenario)


def test_describe_events_answers_for_a_stack() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(ONE)
        found = await shop.cfn("DescribeEvents", StackName="s")
        assert "OperationEvents" in found

    in_shop(scenario)
