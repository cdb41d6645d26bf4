"""Account settings: set for one, for all, listed as they count, and refused where they cannot be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE
from tests.unit.ecs.yard import Yard

ROOT = f"arn:aws:iam::{SCOPE.account}:root"
BOB = f"arn:aws:iam::{SCOPE.account}:user/bob"
INSIGHTS = "containerInsights"


def call(yard: Yard, operation: str, **params: Any) -> Any:
    return asyncio.run(yard.call(operation, **params))


def effective(yard: Yard, **params: Any) -> dict[str, str]:
    found = call(yard, "ListAccountSettings", effectiveSettings=True, **params)["settings"]
    return {each["name"]: each["value"] for each in found}


def test_nothing_is_set_in_a_new_account_but_everything_counts() -> None:
    yard = Yard()
    assert call(yard, "ListAccountSettings")["settings"] == []
    counting = effective(yard)
    assert counting["taskLongArnFormat"] == "enabled"
    assert counting[INSIGHTS] == "disabled"


def test_a_principals_own_setting_counts_before_the_accounts() -> None:
    yard = Yard()
    answer = call(yard, "PutAccountSettingDefault", name=INSIGHTS, value="enabled")
    assert answer["setting"] == {
        "name": INSIGHTS,
        "value": "enabled",
        "principalArn": ROOT,
        "type": "user",
    }
    assert effective(yard, principalArn=BOB, name=INSIGHTS) == {INSIGHTS: "enabled"}
    call(yard, "PutAccountSetting", name=INSIGHTS, value="enhanced", principalArn=BOB)
    assert effective(yard, principalArn=BOB, name=INSIGHTS) == {INSIGHTS: "enhanced"}
    call(yard, "DeleteAccountSetting", name=INSIGHTS, principalArn=BOB)
    assert effective(yard, principalArn=BOB, name=INSIGHTS) == {INSIGHTS: "enabled"}
    assert effective(yard, principalArn=BOB, name=INSIGHTS, value="disabled") == {}


@pytest.mark.parametrize(
    ("name", "value"), [(INSIGHTS, "on"), ("guardDutyActivate", "on"), ("fargateFIPSMode", "")]
)
def test_a_value_that_a_setting_cannot_have_is_refused(name: str, value: str) -> None:
    with pytest.raises(ServiceError) as refused:
        call(Yard(), "PutAccountSetting", name=name, value=value)
    assert refused.value.code == "InvalidParameterException"
    assert name in refused.value.message


def test_settings_come_in_pages() -> None:
    yard = Yard()
    first = call(yard, "ListAccountSettings", effectiveSettings=True, maxResults=3)
    token = first["nextToken"]
    second = call(yard, "ListAccountSettings", effectiveSettings=True, maxResults=3, nextToken=token)
    assert len(first["settings"]) == len(second["settings"]) == 3
    assert first["settings"][-1]["name"] < second["settings"][0]["name"]
