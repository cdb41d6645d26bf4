"""Resource policies of the account: kept, described, forgotten."""

from __future__ import annotations

import pytest

from hatoba.cloud.wire import NotImplementedHere
from tests.unit.logs.bench import ARN, LogsBench


@pytest.fixture
def logs() -> LogsBench:
    return LogsBench()


def names(logs: LogsBench, **params: object) -> list[str]:
    return [each["policyName"] for each in logs("DescribeResourcePolicies", **params)["resourcePolicies"]]


def test_a_policy_is_kept_in_place_of_one_of_its_name_until_it_is_deleted(logs: LogsBench) -> None:
    logs("PutResourcePolicy", policyName="events", policyDocument="{}")
    put = logs("PutResourcePolicy", policyName="events", policyDocument='{"Version": "2012-10-17"}')

    assert put["resourcePolicy"] == {
        "policyName": "events",
        "policyDocument": '{"Version": "2012-10-17"}',
        "lastUpdatedTime": logs.now,
        "policyScope": "ACCOUNT",
    }
    assert logs("DescribeResourcePolicies")["resourcePolicies"] == [put["resourcePolicy"]]
    logs("DeleteResourcePolicy", policyName="events")
    assert names(logs) == []
    logs.refused("DeleteResourcePolicy", "ResourceNotFoundException", policyName="events")


def test_an_account_has_ten_policies_at_the_most(logs: LogsBench) -> None:
    for number in range(10):
        logs("PutResourcePolicy", policyName=f"p{number}", policyDocument="{}")

    message = logs.refused(
        "PutResourcePolicy", "LimitExceededException", policyName="more", policyDocument="{}"
    )

    assert message == "Resource limit exceeded."
    logs("PutResourcePolicy", policyName="p3", policyDocument='{"Statement": []}')
    first = logs("DescribeResourcePolicies", limit=6)
    assert len(first["resourcePolicies"]) == 6
    assert names(logs, nextToken=first["nextToken"]) == ["p6", "p7", "p8", "p9"]
    assert names(logs, policyScope="RESOURCE") == []


def test_what_is_no_policy_or_belongs_to_one_group_is_refused(logs: LogsBench) -> None:
    logs.refused("PutResourcePolicy", "InvalidParameterException", policyName="p")
    logs.refused("PutResourcePolicy", "InvalidParameterException", policyName="p", policyDocument="[]")
    logs.refused("DescribeResourcePolicies", "InvalidParameterException", nextToken="odd")
    with pytest.raises(NotImplementedHere, match="resourceArn of logs:PutResourcePolicy"):
        logs("PutResourcePolicy", policyName="p", policyDocument="{}", resourceArn=ARN)
