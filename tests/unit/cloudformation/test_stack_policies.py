"""Stack policies, held to; and what RetainExceptOnCreate does to a rollback."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hatoba.cloud.cloudformation.control.policy import PolicyAction, denial
from tests.unit.cloudformation.widgets import TYPE, Shop, in_shop, template, widget


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": [{"Principal": "*", **each} for each in statements]})


ALLOW_ALL = {"Effect": "Allow", "Action": "Update:*", "Resource": "*"}
NEVER_REPLACE_A = {
    "Effect": "Deny",
    "Action": ["Update:Replace", "Update:Delete"],
    "Resource": "LogicalResourceId/A",
}
PROTECTED = policy(ALLOW_ALL, NEVER_REPLACE_A)


@pytest.mark.parametrize(
    ("text", "action", "is_denied"),
    [
        (policy(ALLOW_ALL), "Update:Modify", False),
        (PROTECTED, "Update:Modify", False),
        (PROTECTED, "Update:Delete", True),
        (policy({**ALLOW_ALL, "Resource": "LogicalResourceId/B*"}), "Update:Modify", True),
        (
            policy({"Effect": "Allow", "NotAction": "Update:Delete", "NotResource": "x"}),
            "Update:Modify",
            False,
        ),
        (
            policy({**ALLOW_ALL, "Condition": {"StringLike": {"ResourceType": "AWS::*"}}}),
            "Update:Modify",
            True,
        ),
        (
            policy({**ALLOW_ALL, "Condition": {"StringEquals": {"ResourceType": [TYPE]}}}),
            "Update:Modify",
            False,
        ),
    ],
)
def test_a_denial_wins_and_what_nothing_allows_is_denied(
    text: str, action: PolicyAction, *, is_denied: bool
) -> None:
    assert (denial(text, action, "A", TYPE) is not None) is is_denied


def test_an_update_is_held_to_the_policy_and_rolls_back() -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget(Size=1), B=widget()), StackPolicyBody=PROTECTED)
        assert await shop.update(template(A=widget(Size=1, Color="x"), B=widget())) == "UPDATE_COMPLETE"
        bigger = template(A=widget(Size=2, Color="x"), B=widget())
        assert await shop.update(bigger) == "UPDATE_ROLLBACK_COMPLETE"
        told = (await shop.reasons())[("A", "UPDATE_FAILED")]
        assert told == "Action denied by stack policy: Statement [#2] denies [Update:Replace] for A"
        assert list(shop.widgets.made) == ["A-1", "B-2"]
        assert await shop.update(template(B=widget())) == "UPDATE_ROLLBACK_COMPLETE"
        assert list(shop.widgets.made) == ["A-1", "B-2"]

        during = policy(ALLOW_ALL)
        assert await shop.update(bigger, StackPolicyDuringUpdateBody=during) == "UPDATE_COMPLETE"
        assert (await shop.cfn("GetStackPolicy", StackName="s"))["StackPolicyBody"] == PROTECTED

    in_shop(scenario)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"Statement": []}',
        policy({"Effect": "Perhaps", "Action": "Update:*", "Resource": "*"}),
        policy({"Effect": "Deny", "Resource": "*"}),
        policy({**ALLOW_ALL, "Condition": {"Bool": {"x": "true"}}}),
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget()))
        with shop.refused("Error validating stack policy"):
            await shop.cfn("SetStackPolicy", StackName="s", StackPolicyBody=text)

    in_shop(scenario)


@pytest.mark.parametrize("is_given", [True, False])
def test_new_resources_outlive_a_rollback_unless_the_request_says_otherwise(*, is_given: bool) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.create(template(A=widget()))
        shop.widgets.refuse.add("create C")
        kept = {**widget(), "DeletionPolicy": "Retain"}
        text = template(A=widget(), B=kept, C={**widget(), "DependsOn": "B"})
        assert await shop.update(text, RetainExceptOnCreate=is_given) == "UPDATE_ROLLBACK_COMPLETE"
        assert ("B-2" in shop.widgets.made) is not is_given

    in_shop(scenario)
