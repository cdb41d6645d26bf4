"""What goes wrong with a stack, and what is left after it."""

from __future__ import annotations

from hatoba.cloud.state import Scope
from tests.unit.cloudformation.widgets import Shop, in_shop, template, widget

REF_A = {"Ref": "A"}
CHAIN = template(A=widget(), B=widget(Parts=[REF_A]), C=widget(Parts=[{"Ref": "B"}]))


def test_a_failed_creation_takes_everything_back() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.refuse.add("create B")
        assert await shop.create(CHAIN) == "ROLLBACK_COMPLETE"
        assert shop.widgets.made == {}
        reasons = await shop.reasons()
        assert reasons["B", "CREATE_FAILED"].startswith(
            'Resource handler returned message: "cannot create" (RequestToken: '
        )
        assert reasons["B", "CREATE_FAILED"].endswith("HandlerErrorCode: GeneralServiceException)")
        assert reasons["s", "ROLLBACK_IN_PROGRESS"] == (
            "The following resource(s) failed to create: [B]. Rollback requested by user."
        )
        assert "C" not in {event[0] for event in await shop.events()}
        with shop.refused("is in ROLLBACK_COMPLETE state and can not be updated."):
            await shop.update(CHAIN)

    in_shop(scenario)


def test_what_was_under_way_is_cancelled() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.refuse.add("create B")
        shop.widgets.hold.add("Slow")
        assert await shop.create(template(Slow=widget(), A=widget(), B=widget(Parts=[REF_A]))) == (
            "ROLLBACK_COMPLETE"
        )
        assert (await shop.reasons())["Slow", "CREATE_FAILED"] == "Resource creation cancelled"
        assert shop.widgets.made == {}

    in_shop(scenario)


def test_on_failure_says_what_becomes_of_a_failed_creation() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.refuse.add("create B")
        assert await shop.create(CHAIN, "left", OnFailure="DO_NOTHING") == "CREATE_FAILED"
        assert len(shop.widgets.made) == 1
        made = await shop.cfn("CreateStack", StackName="gone", TemplateBody=CHAIN, OnFailure="DELETE")
        assert await shop.settled(made["StackId"]) == "DELETE_COMPLETE"
        await shop.cfn("RollbackStack", StackName="left")
        assert await shop.settled("left") == "ROLLBACK_COMPLETE"
        assert shop.widgets.made == {}

    in_shop(scenario)


def test_a_creation_left_as_it_failed_goes_on_with_the_next_update() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.refuse.add("settle B")
        assert await shop.create(CHAIN, DisableRollback=True) == "CREATE_FAILED"
        shop.widgets.refuse.clear()
        shop.widgets.log.clear()
        assert await shop.update(CHAIN) == "UPDATE_COMPLETE"
        assert shop.widgets.log == ["settle B", "create C", "settle C"]
        assert sorted(shop.widgets.made) == ["A-1", "B-2", "C-3"]

    in_shop(scenario)


def test_a_failed_update_restores_what_was_changed_replaced_added_and_removed() -> None:
    async def scenario(shop: Shop) -> None:
        first = template(A=widget(Color="red"), B=widget(Size=1), C=widget(), E=widget(Parts=[{"Ref": "B"}]))
        await shop.create(first)
        before = dict(shop.widgets.made)
        shop.widgets.refuse.add("create Z")
        second = template(
            A=widget(Color="blue"),
            B=widget(Size=2),
            D=widget(),
            E=widget(Parts=[{"Ref": "B"}]),
            Z={**widget(), "DependsOn": ["A", "B", "D", "E"]},
        )
        assert await shop.update(second) == "UPDATE_ROLLBACK_COMPLETE"
        assert shop.widgets.made == before
        statuses = [event[1] for event in await shop.events() if event[0] == "s"]
        assert statuses[2:] == [
            "UPDATE_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE",
        ]
        assert (await shop.cfn("GetTemplate", StackName="s"))["TemplateBody"] == first
        with shop.refused("No updates are to be performed."):
            await shop.update(first)

    in_shop(scenario)


def test_a_rollback_that_fails_can_be_continued_or_left_with_a_resource_skipped() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Color="red"), B=widget()))
        shop.widgets.refuse.add("create Z")
        bad = template(A=widget(Color="blue"), B=widget(), Z={**widget(), "DependsOn": "A"})
        await shop.cfn("UpdateStack", StackName="s", TemplateBody=bad)
        while "create Z" not in shop.widgets.log:
            await shop.stack()
            await shop.breathe()
        shop.widgets.refuse.add("update A")
        assert await shop.settled() == "UPDATE_ROLLBACK_FAILED"
        await shop.cfn("ContinueUpdateRollback", StackName="s")
        assert await shop.settled() == "UPDATE_ROLLBACK_FAILED"
        await shop.cfn("ContinueUpdateRollback", StackName="s", ResourcesToSkip=["A"])
        assert await shop.settled() == "UPDATE_ROLLBACK_COMPLETE"

    in_shop(scenario)


def test_a_resource_that_cannot_be_deleted_fails_the_deletion_until_it_is_retained() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(CHAIN)
        arn = (await shop.stack())["StackId"]
        shop.widgets.refuse.add("delete B")
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(arn) == "DELETE_FAILED"
        assert (await shop.stack())["StackStatusReason"] == (
            "The following resource(s) failed to delete: [B]. "
        )
        await shop.cfn("DeleteStack", StackName="s", RetainResources=["B"])
        assert await shop.settled(arn) == "DELETE_COMPLETE"
        assert list(shop.widgets.made) == ["B-2"]

    in_shop(scenario)


def test_a_forced_deletion_leaves_behind_what_cannot_be_deleted() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(CHAIN)
        arn = (await shop.stack())["StackId"]
        with shop.refused("Specify a deletion mode only when deleting a stack in DELETE_FAILED state."):
            await shop.cfn("DeleteStack", StackName="s", DeletionMode="FORCE_DELETE_STACK")
        shop.widgets.refuse.add("delete B")
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(arn) == "DELETE_FAILED"
        await shop.cfn("DeleteStack", StackName="s", DeletionMode="FORCE_DELETE_STACK")
        assert await shop.settled(arn) == "DELETE_COMPLETE"
        assert list(shop.widgets.made) == ["B-2"]
        told = [status for name, status, _ in await shop.events(arn) if name == "B"]
        assert told[-2:] == ["DELETE_FAILED", "DELETE_SKIPPED"]

    in_shop(scenario)


def test_termination_protection_refuses_deletion() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(CHAIN, EnableTerminationProtection=True)
        with shop.refused("Stack [s] cannot be deleted while TerminationProtection is enabled"):
            await shop.cfn("DeleteStack", StackName="s")
        await shop.cfn("UpdateTerminationProtection", StackName="s", EnableTerminationProtection=False)
        await shop.cfn("DeleteStack", StackName="s")

    in_shop(scenario)


def test_a_creation_that_takes_too_long_goes_back() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.hold.add("A")
        await shop.cfn("CreateStack", StackName="s", TemplateBody=CHAIN, TimeoutInMinutes=5)
        while "create A" not in shop.widgets.log:
            await shop.breathe()
        shop.clock.advance(299)
        await shop.breathe()
        assert (await shop.stack())["StackStatus"] == "CREATE_IN_PROGRESS"
        shop.clock.advance(1)
        assert await shop.settled() == "ROLLBACK_COMPLETE"
        assert (await shop.reasons())["s", "ROLLBACK_IN_PROGRESS"] == (
            "Stack creation time exceeded the specified timeout. The following resource(s) failed to create:"
            " [A]. Rollback requested by user."
        )

    in_shop(scenario)


def test_a_cancelled_update_goes_back() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Color="red")))
        shop.widgets.hold.add("A")
        await shop.cfn("UpdateStack", StackName="s", TemplateBody=template(A=widget(Color="blue")))
        while "update A" not in shop.widgets.log:
            await shop.breathe()
        shop.widgets.hold.clear()
        await shop.cfn("CancelUpdateStack", StackName="s")
        assert await shop.settled() == "UPDATE_ROLLBACK_COMPLETE"
        assert shop.widgets.made["A-1"]["Color"] == "red"

    in_shop(scenario)


def test_a_stack_under_creation_can_be_deleted() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.hold.add("A")
        made = await shop.cfn("CreateStack", StackName="s", TemplateBody=CHAIN)
        while "create A" not in shop.widgets.log:
            await shop.breathe()
        await shop.cfn("DeleteStack", StackName="s")
        assert await shop.settled(made["StackId"]) == "DELETE_COMPLETE"
        assert shop.widgets.made == {}

    in_shop(scenario)


def test_an_unknown_property_fails_the_resource_before_anything_is_called() -> None:
    async def scenario(shop: Shop) -> None:
        assert await shop.create(template(A=widget(Colour="red"))) == "ROLLBACK_COMPLETE"
        assert (await shop.reasons())["A", "CREATE_FAILED"] == (
            "Properties validation failed for resource A with message:\n"
            "#: extraneous key [Colour] is not permitted"
        )
        assert shop.widgets.log == []

    in_shop(scenario)


def test_accounts_and_regions_are_worlds_of_their_own() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(CHAIN)
        elsewhere = Scope("000000000000", "eu-west-1")
        found = await shop.bench.acall("cloudformation", "DescribeStacks", elsewhere)
        assert found["Stacks"] == []

    in_shop(scenario)
