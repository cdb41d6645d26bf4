"""Wait conditions and their handles; custom resources."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.unit.cloudformation.widgets import Shop, in_shop, template, widget


def waiting(**properties: Any) -> str:
    given = {"Handle": {"Ref": "Handle"}, "Timeout": "60", **properties}
    return template(
        outputs={"Told": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}},
        Handle={"Type": "AWS::CloudFormation::WaitConditionHandle"},
        Wait={"Type": "AWS::CloudFormation::WaitCondition", "Properties": given},
    )


async def begun(shop: Shop, **properties: Any) -> str:
    """Begin a stack, and return the path of its handle's address."""
    await shop.cfn("CreateStack", StackName="s", TemplateBody=waiting(**properties))
    while True:
        resources = (await shop.cfn("DescribeStackResources", StackName="s"))["StackResources"]
        found = {each["LogicalResourceId"]: each.get("PhysicalResourceId") for each in resources}
        if found.get("Wait"):
            return urlsplit(str(found["Handle"])).path
        await shop.breathe()


def tell(shop: Shop, path: str, unique_id: str, status: str = "SUCCESS", **more: str) -> tuple[int, str]:
    body = {"Status": status, "UniqueId": unique_id, "Reason": "because", **more}
    assert shop.service.takes_signal("PUT", path)
    return shop.service.signal(path, json.dumps(body).encode())


def test_a_stack_waits_for_as_many_signals_as_it_asks_for() -> None:
    async def scenario(shop: Shop) -> None:
        path = await begun(shop, Count=2)
        assert tell(shop, path, "one", Data="1") == (200, "")
        assert tell(shop, path, "one", Data="uno") == (200, "")
        assert (await shop.stack())["StackStatus"] == "CREATE_IN_PROGRESS"
        assert tell(shop, path, "two", Data="2") == (200, "")
        assert await shop.settled() == "CREATE_COMPLETE"
        (output,) = (await shop.stack())["Outputs"]
        assert json.loads(output["OutputValue"]) == {"one": "uno", "two": "2"}
        await shop.cfn("DeleteStack", StackName="s")
        await shop.settled((await shop.cfn("ListStacks"))["StackSummaries"][0]["StackId"])
        assert tell(shop, path, "three")[0] == 403

    in_shop(scenario)


def test_a_signal_of_failure_fails_the_stack() -> None:
    async def scenario(shop: Shop) -> None:
        path = await begun(shop)
        tell(shop, path, "one", "FAILURE")
        assert await shop.settled() == "ROLLBACK_COMPLETE"
        told = (await shop.reasons())["Wait", "CREATE_FAILED"]
        assert "WaitCondition received failed message: 'because' for uniqueId: one" in told

    in_shop(scenario)


def test_a_signal_that_does_not_come_fails_the_stack() -> None:
    async def scenario(shop: Shop) -> None:
        path = await begun(shop, Count=2)
        while (await shop.stack())["StackStatus"] == "CREATE_IN_PROGRESS":
            tell(shop, path, "one")
            shop.clock.advance(61)
            await shop.breathe()
        assert await shop.settled() == "ROLLBACK_COMPLETE"
        told = (await shop.reasons())["Wait", "CREATE_FAILED"]
        assert "WaitCondition timed out. Received 1 conditions when expecting 2" in told

    in_shop(scenario)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"Status": "MAYBE", "UniqueId": "1"}', b"x" * 5000])
def test_what_is_no_signal_is_refused(body: bytes) -> None:
    async def scenario(shop: Shop) -> None:
        path = await begun(shop)
        assert shop.service.signal(path, body)[0] in {400, 413}
        assert not shop.service.takes_signal("GET", path)
        assert not shop.service.takes_signal("PUT", path + "/../x")

    in_shop(scenario)


def test_a_construct_that_is_known_for_its_custom_resource_is_answered_with_its_option() -> None:
    async def scenario(shop: Shop) -> None:
        properties = {"ServiceToken": "arn:aws:lambda:x"}
        body = template(A={"Type": "Custom::VpcRestrictDefaultSG", "Properties": properties})
        with shop.refused("restrictDefaultSecurityGroup: false of CDK's ec2.Vpc"):
            await shop.create(body)

    in_shop(scenario)


@pytest.mark.parametrize("kind", ["Custom::Thing", "AWS::CloudFormation::CustomResource"])
def test_a_custom_resource_is_refused_by_name_with_what_to_try(kind: str) -> None:
    async def scenario(shop: Shop) -> None:
        body = template(A=widget(), C={"Type": kind, "Properties": {"ServiceToken": "arn:aws:lambda:x"}})
        with shop.refused(f"custom resources are not implemented by hatoba's local cloud: [C ({kind})]"):
            await shop.create(body)
        with shop.refused("Leave them out by a Condition that is false here"):
            await shop.create(body)

    in_shop(scenario)
