"""Log groups and streams: lives, names, retention, tags."""

from __future__ import annotations

import asyncio

import pytest

from hatoba.cloud.logs.api.groups import RETENTION_DAYS
from hatoba.cloud.state import Scope
from tests.support.calls import SCOPE
from tests.unit.logs.bench import ARN, DAY_MS, GROUP, LogsBench


@pytest.fixture
def logs() -> LogsBench:
    return LogsBench()


def groups(logs: LogsBench, **params: object) -> list[str]:
    return [group["logGroupName"] for group in logs("DescribeLogGroups", **params)["logGroups"]]


def test_a_described_group_has_both_arns_and_no_retention(logs: LogsBench) -> None:
    (group,) = logs("DescribeLogGroups", logGroupNamePrefix=GROUP)["logGroups"]

    assert group == {
        "logGroupName": GROUP,
        "creationTime": logs.now,
        "retentionInDays": None,
        "metricFilterCount": 0,
        "arn": f"{ARN}:*",
        "storedBytes": 0,
        "logGroupClass": "STANDARD",
        "logGroupArn": ARN,
        "deletionProtectionEnabled": False,
    }


def test_a_group_is_created_once_and_deleted_once(logs: LogsBench) -> None:
    text = logs.refused("CreateLogGroup", "ResourceAlreadyExistsException", logGroupName=GROUP)
    assert text == "The specified log group already exists"

    assert logs("DeleteLogGroup", logGroupName=GROUP) == {}

    text = logs.refused("DeleteLogGroup", "ResourceNotFoundException", logGroupName=GROUP)
    assert text == "The specified log group does not exist."


def test_a_group_is_of_its_account_and_region(logs: LogsBench) -> None:
    elsewhere = Scope("111111111111", "us-east-1")
    found = logs.bench.call("logs", "DescribeLogGroups", scope=elsewhere)
    assert found["logGroups"] == []


def test_a_deleted_group_leaves_nothing_to_its_successor(logs: LogsBench) -> None:
    logs.append("old")
    logs("PutMetricFilter", **metric_filter())
    logs("DeleteLogGroup", logGroupName=GROUP)
    logs("CreateLogGroup", logGroupName=GROUP)

    assert logs.found() == []
    assert logs("DescribeLogStreams", logGroupName=GROUP)["logStreams"] == []
    assert logs("DescribeMetricFilters", logGroupName=GROUP)["metricFilters"] == []
    asyncio.run(logs.logs.housekeeping.sweep())
    assert logs.bench.state.execute("SELECT COUNT(*) FROM logs_events") == [(0,)]
    assert logs.bench.state.execute("SELECT COUNT(*) FROM logs_dropped") == [(0,)]


def metric_filter() -> dict[str, object]:
    transformation = {"metricName": "errors", "metricNamespace": "shop", "metricValue": "1"}
    return {
        "logGroupName": GROUP,
        "filterName": "errors",
        "filterPattern": "ERROR",
        "metricTransformations": [transformation],
    }


@pytest.mark.parametrize("name", ["", "with space", "colon:", "é", "x" * 513])
def test_a_bad_name_is_refused(logs: LogsBench, name: str) -> None:
    text = logs.refused("CreateLogGroup", "InvalidParameterException", logGroupName=name)
    assert "logGroupName" in text
    assert not name or f"Value '{name}' at 'logGroupName' failed to satisfy constraint: Member must" in text


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"kmsKeyId": "arn:aws:kms:x"}, "kmsKeyId"),
        ({"logGroupClass": "DELIVERY"}, "class DELIVERY"),
    ],
)
def test_what_is_not_here_is_refused_by_name(logs: LogsBench, params: dict[str, str], says: str) -> None:
    assert says in logs.refused("CreateLogGroup", "NotImplementedException", logGroupName="/new", **params)


def test_groups_are_listed_by_prefix_pattern_class_and_identifier(logs: LogsBench) -> None:
    logs("CreateLogGroup", logGroupName="/aws/api-gateway/mz-dev")
    logs("CreateLogGroup", logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")

    assert groups(logs) == ["/aws/api-gateway/mz-dev", GROUP, "/rare"]
    assert groups(logs, logGroupNamePrefix="/aws/api") == ["/aws/api-gateway/mz-dev"]
    assert groups(logs, logGroupNamePattern="FARGATE") == [GROUP]
    assert groups(logs, logGroupClass="INFREQUENT_ACCESS") == ["/rare"]
    assert groups(logs, logGroupIdentifiers=[ARN, "/rare"]) == [GROUP, "/rare"]
    text = logs.refused(
        "DescribeLogGroups", "InvalidParameterException", logGroupNamePrefix="a", logGroupNamePattern="b"
    )
    assert text == "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."


def test_list_log_groups_takes_alternatives_and_beginnings(logs: LogsBench) -> None:
    logs("CreateLogGroup", logGroupName="/aws/api-gateway/mz-dev")

    def names(pattern: str) -> list[str]:
        found = logs("ListLogGroups", logGroupNamePattern=pattern)["logGroups"]
        return [group["logGroupName"] for group in found]

    assert names("^/aws/api") == ["/aws/api-gateway/mz-dev"]
    assert names("^fargate") == []
    assert names("gateway|fargate") == ["/aws/api-gateway/mz-dev", GROUP]
    assert logs("ListLogGroups")["logGroups"][1] == {
        "logGroupName": GROUP,
        "logGroupArn": ARN,
        "logGroupClass": "STANDARD",
    }


def test_groups_come_in_pages(logs: LogsBench) -> None:
    for number in range(60):
        logs("CreateLogGroup", logGroupName=f"/n/{number:02}")

    first = logs("DescribeLogGroups")
    assert len(first["logGroups"]) == 50
    second = logs("DescribeLogGroups", nextToken=first["nextToken"])
    assert len(second["logGroups"]) == 11
    assert second["nextToken"] is None
    logs.refused("DescribeLogGroups", "InvalidParameterException", nextToken="nonsense!")
    text = logs.refused("DescribeLogGroups", "InvalidParameterException", limit=51)
    assert "Value '51' at 'limit'" in text


def test_retention_is_one_of_awss_values(logs: LogsBench) -> None:
    logs("PutRetentionPolicy", logGroupName=GROUP, retentionInDays=7)
    assert logs("DescribeLogGroups")["logGroups"][0]["retentionInDays"] == 7
    logs("DeleteRetentionPolicy", logGroupName=GROUP)
    assert logs("DescribeLogGroups")["logGroups"][0]["retentionInDays"] is None

    text = logs.refused(
        "PutRetentionPolicy", "InvalidParameterException", logGroupName=GROUP, retentionInDays=2
    )
    assert text == f"Invalid retention value. Valid values are: {list(RETENTION_DAYS)}"


def test_retention_removes_old_events_and_their_bytes(logs: LogsBench) -> None:
    logs("PutRetentionPolicy", logGroupName=GROUP, retentionInDays=7)
    logs.append("old", at=logs.now - 6 * DAY_MS)
    logs.append("new")
    logs.clock.advance(2 * 24 * 60 * 60)

    assert asyncio.run(logs.logs.housekeeping.sweep()) == 1

    assert logs.found() == ["new"]
    assert logs("DescribeLogGroups")["logGroups"][0]["storedBytes"] == len("new") + 26


def test_retention_acts_by_itself_as_time_goes_by(logs: LogsBench) -> None:
    logs("PutRetentionPolicy", logGroupName=GROUP, retentionInDays=1)
    logs.append("old")

    async def story() -> None:
        loops = [asyncio.ensure_future(loop()) for loop in logs.logs.loops()]
        await asyncio.sleep(0)
        logs.clock.advance(2 * 24 * 60 * 60)
        for _ in range(10):
            await asyncio.sleep(0)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)

    asyncio.run(story())

    assert logs.found() == []


def test_tags_by_arn_and_by_name_are_the_same(logs: LogsBench) -> None:
    logs("TagResource", resourceArn=ARN, tags={"Owner": "mamezou", "Environment": "dev"})
    logs("TagLogGroup", logGroupName=GROUP, tags={"Environment": "test"})
    assert logs("ListTagsForResource", resourceArn=ARN)["tags"] == {"Owner": "mamezou", "Environment": "test"}
    logs("UntagResource", resourceArn=ARN, tagKeys=["Owner", "absent"])
    logs("UntagLogGroup", logGroupName=GROUP, tags=["Environment"])
    assert logs("ListTagsLogGroup", logGroupName=GROUP)["tags"] == {}


def test_tags_are_asked_for_by_the_arn_without_its_star(logs: LogsBench) -> None:
    logs.refused("ListTagsForResource", "InvalidParameterException", resourceArn=f"{ARN}:*")
    logs.refused("ListTagsForResource", "InvalidParameterException", resourceArn="arn:aws:s3:::bucket")
    logs.refused("ListTagsForResource", "ResourceNotFoundException", resourceArn=f"{ARN}-gone")


def test_fifty_tags_are_the_most(logs: LogsBench) -> None:
    logs("TagResource", resourceArn=ARN, tags={f"k{number}": "v" for number in range(50)})
    logs.refused("TagResource", "TooManyTagsException", resourceArn=ARN, tags={"one": "more"})


def test_a_protected_group_is_not_deleted(logs: LogsBench) -> None:
    logs("PutLogGroupDeletionProtection", logGroupIdentifier=GROUP, deletionProtectionEnabled=True)
    assert "deletion protection" in logs.refused("DeleteLogGroup", "ValidationException", logGroupName=GROUP)
    logs("PutLogGroupDeletionProtection", logGroupIdentifier=ARN, deletionProtectionEnabled=False)
    logs("DeleteLogGroup", logGroupName=GROUP)


def test_streams_are_created_described_and_deleted(logs: LogsBench) -> None:
    logs("CreateLogStream", logGroupName=GROUP, logStreamName="web/app/1")
    text = logs.refused(
        "CreateLogStream", "ResourceAlreadyExistsException", logGroupName=GROUP, logStreamName="web/app/1"
    )
    assert text == "The specified log stream already exists"
    (stream,) = logs("DescribeLogStreams", logGroupName=GROUP)["logStreams"]
    assert stream == {
        "logStreamName": "web/app/1",
        "creationTime": logs.now,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
        "uploadSequenceToken": None,
        "arn": f"{ARN}:log-stream:web/app/1",
        "storedBytes": 0,
    }
    logs("DeleteLogStream", logGroupName=GROUP, logStreamName="web/app/1")
    text = logs.refused(
        "DeleteLogStream", "ResourceNotFoundException", logGroupName=GROUP, logStreamName="web/app/1"
    )
    assert text == "The specified log stream does not exist."


def test_streams_are_ordered_by_name_or_by_their_last_event(logs: LogsBench) -> None:
    logs.append("x", stream="a", at=logs.now + 5)
    logs.append("x", stream="b", at=logs.now + 1)
    logs.append("x", stream="c", at=logs.now + 9)

    def names(**params: object) -> list[str]:
        found = logs("DescribeLogStreams", logGroupIdentifier=ARN, **params)["logStreams"]
        return [stream["logStreamName"] for stream in found]

    assert names() == ["a", "b", "c"]
    assert names(descending=True) == ["c", "b", "a"]
    assert names(orderBy="LastEventTime") == ["b", "a", "c"]
    assert names(orderBy="LastEventTime", descending=True, limit=1) == ["c"]
    assert names(logStreamNamePrefix="b") == ["b"]
    text = logs.refused(
        "DescribeLogStreams",
        "InvalidParameterException",
        logGroupName=GROUP,
        orderBy="LastEventTime",
        logStreamNamePrefix="b",
    )
    assert text == "Cannot order by LastEventTime with a logStreamNamePrefix."


@pytest.mark.parametrize("descending", [False, True])
def test_streams_come_in_pages_in_both_directions(logs: LogsBench, *, descending: bool) -> None:
    for name in "abcde":
        logs.append("x", stream=name)
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(3):
        page = logs("DescribeLogStreams", logGroupName=GROUP, limit=2, descending=descending, **token)
        seen += [stream["logStreamName"] for stream in page["logStreams"]]
        token = {"nextToken": page["nextToken"]}

    assert seen == sorted("abcde", reverse=descending)
    assert token == {"nextToken": None}


def test_a_subscriber_hears_of_appended_events(logs: LogsBench) -> None:
    changes = logs.bench.state.feed.subscribe("logs.stream")
    logs.append("x", stream="web/app/1")

    assert {(change.scope, change.key) for change in changes.take()} == {(SCOPE, f"{GROUP}\nweb/app/1")}
