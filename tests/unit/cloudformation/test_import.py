"""Resources that stand already and come under a stack."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.cloudformation.test_change_sets import change_set
from tests.unit.cloudformation.widgets import TYPE, Shop, in_shop, template, widget


def wanted(**ids: str) -> list[dict[str, Any]]:
    return [
        {"ResourceType": TYPE, "LogicalResourceId": name, "ResourceIdentifier": {"Id": physical}}
        for name, physical in ids.items()
    ]


def kept(**properties: Any) -> dict[str, Any]:
    return {**widget(**properties), "DeletionPolicy": "Retain"}


def stands(shop: Shop, *ids: str) -> None:
    for physical in ids:
        shop.widgets.made[physical] = {"Color": "red", "tags": {"by": "hand"}}


def test_a_new_stack_takes_over_what_stands() -> None:
    async def scenario(shop: Shop) -> None:
        stands(shop, "w1", "w2")
        text = template(A=kept(Color="red"), B=kept(Parts=[{"Ref": "A"}]))
        described = await change_set(shop, text, "IMPORT", ResourcesToImport=wanted(A="w1", B="w2"))
        assert [
            (change["ResourceChange"]["Action"], change["ResourceChange"]["PhysicalResourceId"])
            for change in described["Changes"]
        ] == [("Import", "w1"), ("Import", "w2")]
        assert (await shop.stack())["StackStatus"] == "REVIEW_IN_PROGRESS"
        await shop.cfn("ExecuteChangeSet", StackName="s", ChangeSetName="cs")
        assert await shop.settled() == "IMPORT_COMPLETE"
        assert not [line for line in shop.widgets.log if line.startswith("create")]
        events = [event for event in await shop.events() if event[0] in {"s", "A"}]
        assert events == [
            ("s", "REVIEW_IN_PROGRESS", ""),
            ("s", "IMPORT_IN_PROGRESS", ""),
            ("A", "IMPORT_IN_PROGRESS", "w1"),
            ("A", "IMPORT_COMPLETE", "w1"),
            ("A", "UPDATE_COMPLETE", "w1"),
            ("s", "IMPORT_COMPLETE", ""),
        ]
        assert shop.widgets.made["w1"]["tags"]["aws:cloudformation:logical-id"] == "A"
        assert await shop.update(template(A=kept(Color="blue"))) == "UPDATE_COMPLETE"
        assert shop.widgets.made["w1"]["Color"] == "blue"

    in_shop(scenario)


def test_a_stack_that_exists_takes_more_over_and_changes_nothing_else() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Color="red")))
        stands(shop, "w2")
        items = wanted(B="w2")
        with shop.refused("You have modified resources [A] in your template that are not being imported."):
            await change_set(shop, template(A=widget(), B=kept()), "IMPORT", ResourcesToImport=items)
        text = template(outputs={"X": {"Value": "1"}}, A=widget(Color="red"), B=kept())
        with shop.refused("you cannot modify or add [Outputs]"):
            await change_set(shop, text, "IMPORT", ResourcesToImport=items)
        text = template(A=widget(Color="red"), B=kept())
        await change_set(shop, text, "IMPORT", ResourcesToImport=items)
        await shop.cfn("ExecuteChangeSet", StackName="s", ChangeSetName="cs")
        assert await shop.settled() == "IMPORT_COMPLETE"
        with shop.refused("Resource [w2] already belongs to stack"):
            await shop.cfn(
                "CreateChangeSet",
                StackName="other",
                ChangeSetName="cs",
                ChangeSetType="IMPORT",
                TemplateBody=template(B=kept()),
                ResourcesToImport=items,
            )

    in_shop(scenario)


def test_an_import_of_what_is_not_there_lets_go_of_everything() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget()))
        stands(shop, "w2")
        text = template(A=widget(), B=kept(), C=kept(Parts=[{"Ref": "B"}]))
        await change_set(shop, text, "IMPORT", ResourcesToImport=wanted(B="w2", C="none"))
        await shop.cfn("ExecuteChangeSet", StackName="s", ChangeSetName="cs")
        assert await shop.settled() == "IMPORT_ROLLBACK_COMPLETE"
        found = (await shop.cfn("ListStackResources", StackName="s"))["StackResourceSummaries"]
        assert [item["LogicalResourceId"] for item in found] == ["A"]
        assert "w2" in shop.widgets.made
        reasons = await shop.reasons()
        assert "with identifier 'none' was not found" in reasons[("C", "IMPORT_FAILED")]
        assert reasons[("s", "IMPORT_ROLLBACK_IN_PROGRESS")] == (
            "The following resource(s) failed to import: [C]. "
        )
        assert await shop.update(template(A=widget(Color="x"))) == "UPDATE_COMPLETE"

    in_shop(scenario)


def test_what_cannot_be_imported_is_refused() -> None:
    async def scenario(shop: Shop) -> None:
        with shop.refused("must have a DeletionPolicy attribute"):
            await change_set(shop, template(A=widget()), "IMPORT", ResourcesToImport=wanted(A="w"))
        with shop.refused("Resource [B] of type [Test::Shop::Widget] is not in the template."):
            await change_set(shop, template(A=kept()), "IMPORT", ResourcesToImport=wanted(B="w"))
        item = {**wanted(A="w")[0], "ResourceIdentifier": {"Name": "w"}}
        with shop.refused("must be identified by [Id], not by [Name]"):
            await change_set(shop, template(A=kept()), "IMPORT", ResourcesToImport=[item])
        with shop.refused("ResourcesToImport must be specified"):
            await change_set(shop, template(A=kept()), "IMPORT")
        assert (await shop.cfn("ListStacks"))["StackSummaries"] == []

    in_shop(scenario)


def test_the_summary_of_a_template_says_what_resources_are_named_by() -> None:
    async def scenario(shop: Shop) -> None:
        role = {"Type": "AWS::IAM::Role", "Properties": {}}
        text = json.dumps({"Resources": {"A": widget(), "R": role}})
        summary = await shop.cfn("GetTemplateSummary", TemplateBody=text)
        assert summary["ResourceIdentifierSummaries"] == [
            {"ResourceType": TYPE, "LogicalResourceIds": ["A"], "ResourceIdentifiers": ["Id"]},
            {"ResourceType": "AWS::IAM::Role", "LogicalResourceIds": ["R"]},
        ]

    in_shop(scenario)
