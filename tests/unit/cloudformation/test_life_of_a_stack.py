"""Stacks are created, updated and deleted: order, events, statuses."""

from __future__ import annotations

import itertools

from hatoba.cloud.cloudformation.store import Store
from tests.support.calls import SCOPE
from tests.unit.cloudformation.widgets import Shop, in_shop, template, widget

REF_A = {"Ref": "A"}
TWO = template(B=widget(Parts=[REF_A]), A=widget(Color="red"))


def test_a_resource_waits_for_those_it_needs_and_tells_its_events_in_aws_order() -> None:
    async def scenario(shop: Shop) -> None:
        assert await shop.create(TWO) == "CREATE_COMPLETE"
        assert await shop.events() == [
            ("s", "CREATE_IN_PROGRESS", ""),
            ("A", "CREATE_IN_PROGRESS", ""),
            ("A", "CREATE_IN_PROGRESS", "A-1"),
            ("A", "CREATE_COMPLETE", "A-1"),
            ("B", "CREATE_IN_PROGRESS", ""),
            ("B", "CREATE_IN_PROGRESS", "B-2"),
            ("B", "CREATE_COMPLETE", "B-2"),
            ("s", "CREATE_COMPLETE", ""),
        ]
        reasons = await shop.reasons()
        assert reasons["s", "CREATE_IN_PROGRESS"] == "User Initiated"
        assert reasons["A", "CREATE_IN_PROGRESS"] == "Resource creation Initiated"
        assert shop.widgets.made["B-2"]["Parts"] == ["A-1"]

    in_shop(scenario)


def test_events_of_one_moment_are_a_millisecond_apart_so_that_clients_can_order_them() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(TWO)
        found = (await shop.cfn("DescribeStackEvents", StackName="s"))["StackEvents"]
        assert [each["LogicalResourceId"] for each in found] == ["s", *"BBBAAA", "s"]
        times = [each["Timestamp"] for each in reversed(found)]
        gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
        assert min(gaps) >= 0.001

    in_shop(scenario)


def test_a_deletion_goes_the_other_way_round_and_leaves_a_stack_that_only_its_arn_finds() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(TWO)
        arn = (await shop.stack())["StackId"]
        shop.widgets.log.clear()
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(arn) == "DELETE_COMPLETE"
        assert shop.widgets.log == ["delete B", "delete A"]
        assert "DeletionTime" in await shop.stack(arn)
        assert (await shop.cfn("DescribeStacks"))["Stacks"] == []
        again = await shop.cfn("CreateStack", StackName="s", TemplateBody=TWO)
        assert again["StackId"] != arn

    in_shop(scenario)


def test_an_update_in_place_a_replacement_and_a_removal_tell_what_aws_tells() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(
            template(A=widget(Color="red"), B=widget(Size=1), C=widget(Color="red"), D=widget(Parts=[REF_A]))
        )
        before = len(await shop.events())
        assert (
            await shop.update(template(A=widget(Color="blue"), B=widget(Size=2), D=widget(Parts=[REF_A])))
            == "UPDATE_COMPLETE"
        )
        events = (await shop.events())[before:]
        assert [event for event in events if event[0] == "A"] == [
            ("A", "UPDATE_IN_PROGRESS", "A-1"),
            ("A", "UPDATE_COMPLETE", "A-1"),
        ]
        assert [event for event in events if event[0] == "B"] == [
            ("B", "UPDATE_IN_PROGRESS", "B-2"),
            ("B", "UPDATE_IN_PROGRESS", "B-5"),
            ("B", "UPDATE_COMPLETE", "B-5"),
            ("B", "DELETE_IN_PROGRESS", "B-2"),
            ("B", "DELETE_COMPLETE", "B-2"),
        ]
        assert [event for event in events if event[0] == "C"] == [
            ("C", "DELETE_IN_PROGRESS", "C-3"),
            ("C", "DELETE_COMPLETE", "C-3"),
        ]
        assert [event for event in events if event[0] == "D"] == []
        statuses = [event[1] for event in events if event[0] == "s"]
        assert statuses == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"]
        cleanup = events.index(("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""))
        assert all(event[1].startswith("DELETE") for event in events[cleanup + 1 : -1])
        assert sorted(shop.widgets.made) == ["A-1", "B-5", "D-4"]
        shown = await shop.cfn("DescribeStackResources", StackName="s")
        assert [item["LogicalResourceId"] for item in shown["StackResources"]] == ["A", "B", "D"]

    in_shop(scenario)


def test_the_replacement_of_one_resource_reaches_those_that_refer_to_it() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Size=1), B=widget(Parts=[REF_A])))
        await shop.update(template(A=widget(Size=2), B=widget(Parts=[REF_A])))
        assert shop.widgets.made["B-2"]["Parts"] == ["A-3"]
        assert "A-1" not in shop.widgets.made

    in_shop(scenario)


def test_stack_tags_reach_every_resource_and_follow_the_stack() -> None:
    async def scenario(shop: Shop) -> None:
        text = template(A=widget(Tags=[{"Key": "own", "Value": "1"}]))
        await shop.create(text, Tags=[{"Key": "Owner", "Value": "mamezou"}])
        tags = shop.widgets.made["A-1"]["tags"]
        assert tags["Owner"] == "mamezou"
        assert tags["own"] == "1"
        assert tags["aws:cloudformation:stack-name"] == "s"
        assert (await shop.stack())["Tags"] == [{"Key": "Owner", "Value": "mamezou"}]
        assert await shop.update(text, Tags=[{"Key": "Owner", "Value": "other"}]) == "UPDATE_COMPLETE"
        assert shop.widgets.made["A-1"]["tags"]["Owner"] == "other"

    in_shop(scenario)


def test_outputs_follow_conditions_and_exports_are_listed() -> None:
    async def scenario(shop: Shop) -> None:
        outputs = {
            "Arn": {"Value": {"Fn::GetAtt": ["A", "Arn"]}, "Description": "d", "Export": {"Name": "the-arn"}},
            "Id": {"Value": REF_A},
        }
        await shop.create(template(outputs=outputs, A=widget()))
        assert (await shop.stack())["Outputs"] == [
            {"OutputKey": "Arn", "OutputValue": "arn:A-1", "Description": "d", "ExportName": "the-arn"},
            {"OutputKey": "Id", "OutputValue": "A-1"},
        ]
        (export,) = (await shop.cfn("ListExports"))["Exports"]
        assert (export["Name"], export["Value"]) == ("the-arn", "arn:A-1")

    in_shop(scenario)


def test_an_export_in_use_blocks_deletion_and_change() -> None:
    async def scenario(shop: Shop) -> None:
        exporting = {"Arn": {"Value": {"Fn::GetAtt": ["A", "Arn"]}, "Export": {"Name": "the-arn"}}}
        await shop.create(template(outputs=exporting, A=widget()))
        await shop.create(template(B=widget(Parts=[{"Fn::ImportValue": "the-arn"}])), "user")
        assert shop.widgets.made["B-2"]["Parts"] == ["arn:A-1"]
        assert (await shop.cfn("ListImports", ExportName="the-arn"))["Imports"] == ["user"]
        with shop.refused("Export the-arn cannot be deleted as it is in use by user"):
            await shop.cfn("DeleteStack", StackName="s")
        assert await shop.update(template(A=widget(Color="x"))) == "UPDATE_ROLLBACK_COMPLETE"
        assert "in use by user" in (await shop.reasons())["s", "UPDATE_ROLLBACK_IN_PROGRESS"]

    in_shop(scenario)


def test_policies_keep_what_they_say() -> None:
    async def scenario(shop: Shop) -> None:
        kept = {**widget(), "DeletionPolicy": "Retain"}
        old_kept = {**widget(Size=1), "UpdateReplacePolicy": "Retain"}
        await shop.create(template(A=kept, B=old_kept))
        await shop.update(template(A=kept, B={**old_kept, "Properties": {"Size": 2}}))
        assert sorted(shop.widgets.made) == ["A-1", "B-2", "B-3"]
        arn = (await shop.stack())["StackId"]
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(arn) == "DELETE_COMPLETE"
        assert ("A", "DELETE_SKIPPED", "A-1") in await shop.events(arn)
        assert sorted(shop.widgets.made) == ["A-1", "B-2"]

    in_shop(scenario)


def test_dynamic_references_are_resolved_for_the_resource_and_kept_unresolved() -> None:
    async def scenario(shop: Shop) -> None:
        shop.parameters["/color"] = "green"
        await shop.create(template(A=widget(Color="dark {{resolve:ssm:/color}}")))
        assert shop.widgets.made["A-1"]["Color"] == "dark green"
        events = (await shop.cfn("DescribeStackEvents", StackName="s"))["StackEvents"]
        assert not any("green" in event.get("ResourceProperties", "") for event in events)

    in_shop(scenario)


def test_a_deleted_stack_is_forgotten_after_ninety_days() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget()))
        arn = (await shop.stack())["StackId"]
        await shop.create(template(A=widget()), "other")
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(arn) == "DELETE_COMPLETE"
        store = Store(shop.bench.state)
        now = shop.clock.now()
        store.prune(now + 89 * 86_400)
        assert (await shop.stack(arn))["StackStatus"] == "DELETE_COMPLETE"
        store.prune(now + 91 * 86_400)
        with shop.refused(f"Stack with id {arn} does not exist"):
            await shop.stack(arn)
        assert store.events_of(SCOPE, arn) == ()
        assert (await shop.stack("other"))["StackStatus"] == "CREATE_COMPLETE"

    in_shop(scenario)
