"""Drift detection: resources as they are, beside what their template wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hatoba.cloud.cloudformation.control.drift import differences
from tests.unit.cloudformation.widgets import Shop, in_shop, template, widget

STACK_TAGS = [{"Key": "Owner", "Value": "us"}]


async def detect(shop: Shop) -> Any:
    answer = await shop.cfn("DetectStackDrift", StackName="s")
    return await shop.cfn("DescribeStackDriftDetectionStatus", **answer)


async def drifts(shop: Shop, **params: Any) -> dict[str, Any]:
    found = (await shop.cfn("DescribeStackResourceDrifts", StackName="s", **params))["StackResourceDrifts"]
    return {item["LogicalResourceId"]: item for item in found}


def test_a_stack_that_nobody_touched_is_in_sync() -> None:
    async def scenario(shop: Shop) -> None:
        tags = [{"Key": "a", "Value": "b"}]
        await shop.create(template(A=widget(Color="red", Parts=[1, "2"], Tags=tags)), Tags=STACK_TAGS)
        assert (await shop.stack())["DriftInformation"] == {"StackDriftStatus": "NOT_CHECKED"}
        status = await detect(shop)
        assert (status["DetectionStatus"], status["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC")
        assert status["DriftedStackResourceCount"] == 0
        stack = await shop.stack()
        assert stack["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"
        assert "LastCheckTimestamp" in stack["DriftInformation"]
        (found,) = (await drifts(shop)).values()
        assert (found["StackResourceDriftStatus"], found["PropertyDifferences"]) == ("IN_SYNC", [])

    in_shop(scenario)


def test_a_changed_property_a_removed_one_and_a_new_tag_are_told() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Color="red", Parts=["p"]), B=widget()), Tags=STACK_TAGS)
        made = shop.widgets.made["A-1"]
        made["Color"] = "blue"
        made.pop("Parts")
        made["tags"]["by"] = "hand"
        status = await detect(shop)
        assert (status["StackDriftStatus"], status["DriftedStackResourceCount"]) == ("DRIFTED", 1)
        found = (await drifts(shop, StackResourceDriftStatusFilters=["MODIFIED"]))["A"]
        assert found["PropertyDifferences"] == [
            {
                "PropertyPath": "/Color",
                "ExpectedValue": "red",
                "ActualValue": "blue",
                "DifferenceType": "NOT_EQUAL",
            },
            {
                "PropertyPath": "/Parts",
                "ExpectedValue": '["p"]',
                "ActualValue": "null",
                "DifferenceType": "REMOVE",
            },
            {
                "PropertyPath": "/Tags/0",
                "ExpectedValue": "null",
                "ActualValue": '{"Key":"by","Value":"hand"}',
                "DifferenceType": "ADD",
            },
        ]
        assert json.loads(found["ActualProperties"]) == {
            "Color": "blue",
            "Tags": [{"Key": "by", "Value": "hand"}],
        }
        assert list(await drifts(shop, StackResourceDriftStatusFilters=["IN_SYNC"])) == ["B"]
        summary = (await shop.cfn("ListStackResources", StackName="s"))["StackResourceSummaries"][0]
        assert summary["DriftInformation"]["StackResourceDriftStatus"] == "MODIFIED"

    in_shop(scenario)


def test_a_deleted_resource_is_told_and_one_resource_can_be_looked_at_alone() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Color="red")))
        shop.widgets.made.clear()
        found = await shop.cfn("DetectStackResourceDrift", StackName="s", LogicalResourceId="A")
        assert found["StackResourceDrift"]["StackResourceDriftStatus"] == "DELETED"
        assert "ActualProperties" not in found["StackResourceDrift"]
        with shop.refused("Resource B does not exist for stack s"):
            await shop.cfn("DetectStackResourceDrift", StackName="s", LogicalResourceId="B")

    in_shop(scenario)


def test_a_resource_that_cannot_be_read_fails_the_detection_by_name() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(), B=widget()))
        shop.widgets.refuse.add("read A")
        status = await detect(shop)
        assert status["DetectionStatus"] == "DETECTION_FAILED"
        assert "[A]" in status["DetectionStatusReason"]
        assert list(await drifts(shop)) == ["B"]

    in_shop(scenario)


def test_a_stack_that_failed_is_not_looked_at() -> None:
    async def scenario(shop: Shop) -> None:
        shop.widgets.refuse.add("create A")
        await shop.create(template(A=widget()))
        with shop.refused("while it is in [ROLLBACK_COMPLETE] state."):
            await shop.cfn("DetectStackDrift", StackName="s")

    in_shop(scenario)


@pytest.mark.parametrize(
    ("expected", "actual", "told"),
    [
        ({"N": "80"}, {"N": 80, "M": 1}, []),
        ({"L": ["a", "b"]}, {"L": ["b", "a"]}, []),
        ({"L": [{"a": 1}, {"a": 2}]}, {"L": [{"a": 2, "z": 0}, {"a": 3}]}, [("/L/0/a", "NOT_EQUAL")]),
        ({"L": ["a", "b"]}, {"L": ["a"]}, [("/L/1", "REMOVE")]),
        ({"L": ["a"]}, {"L": ["a", "c"]}, [("/L/1", "ADD")]),
        ({"S": "{{resolve:ssm:x}}"}, {"S": "secret"}, []),
        ({"D": ""}, {}, []),
        ({"O": {"x": True}}, {"O": {"x": "false"}}, [("/O/x", "NOT_EQUAL")]),
    ],
)
def test_only_what_was_written_is_compared(expected: Any, actual: Any, told: list[tuple[str, str]]) -> None:
    assert [(item.path, item.kind) for item in differences(expected, actual)] == told
