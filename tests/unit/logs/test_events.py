"""Log events: what is kept, read back, searched; filters on them."""

from __future__ import annotations

import pytest

from hatoba.cloud.wire import ServiceError
from tests.support.calls import SCOPE
from tests.unit.logs.bench import DAY_MS, GROUP, LogsBench, messages_of

HOUR_MS = 60 * 60 * 1000


@pytest.fixture
def logs() -> LogsBench:
    return LogsBench()


def put(logs: LogsBench, *events: tuple[int, str], **params: object) -> dict[str, object]:
    given = [{"timestamp": at, "message": message} for at, message in events]
    answer = logs("PutLogEvents", logGroupName=GROUP, logStreamName="s", logEvents=given, **params)
    return {name: value for name, value in answer.items() if value is not None}


def refused_put(logs: LogsBench, *events: tuple[int, str]) -> str:
    given = [{"timestamp": at, "message": message} for at, message in events]
    return logs.refused(
        "PutLogEvents",
        "InvalidParameterException",
        logGroupName=GROUP,
        logStreamName="s",
        logEvents=given,
    )


@pytest.fixture
def stream(logs: LogsBench) -> LogsBench:
    logs("CreateLogStream", logGroupName=GROUP, logStreamName="s")
    return logs


def test_put_events_come_back_with_both_times(stream: LogsBench) -> None:
    answer = put(stream, (stream.now - 5, "one"), (stream.now, "two"), sequenceToken="ignored")

    assert answer.keys() == {"nextSequenceToken"}
    assert stream.get()["events"] == [
        {"timestamp": stream.now - 5, "message": "one", "ingestionTime": stream.now},
        {"timestamp": stream.now, "message": "two", "ingestionTime": stream.now},
    ]
    (described,) = stream("DescribeLogStreams", logGroupName=GROUP)["logStreams"]
    assert described["firstEventTimestamp"] == stream.now - 5
    assert described["lastEventTimestamp"] == described["lastIngestionTime"] == stream.now
    assert described["uploadSequenceToken"] == answer["nextSequenceToken"]


def test_too_old_expired_and_too_new_events_are_rejected_and_the_rest_kept(stream: LogsBench) -> None:
    stream("PutRetentionPolicy", logGroupName=GROUP, retentionInDays=7)
    now = stream.now
    answer = put(
        stream,
        (now - 15 * DAY_MS, "too old"),
        (now - 8 * DAY_MS, "expired"),
        (now, "good"),
        (now + 2 * HOUR_MS, "still good"),
        (now + 2 * HOUR_MS + 1, "too new"),
    )

    assert answer["rejectedLogEventsInfo"] == {
        "tooNewLogEventStartIndex": 4,
        "tooOldLogEventEndIndex": 1,
        "expiredLogEventEndIndex": 2,
    }
    assert messages_of(stream.get()["events"]) == ["good", "still good"]


def test_a_batch_out_of_order_too_long_or_too_large_is_refused(stream: LogsBench) -> None:
    now = stream.now
    assert refused_put(stream, (now, "b"), (now - 1, "a")) == (
        "Log events in a single PutLogEvents request must be in chronological order."
    )
    assert "cannot span more than 24 hours" in refused_put(stream, (now - DAY_MS - 1, "a"), (now, "b"))
    assert refused_put(stream, (now, "x" * 1_048_551)) == (
        "Upload too large: 1048577 bytes exceeds limit of 1048576"
    )
    put(stream, (now, "x" * 1_048_550))


def test_ten_thousand_events_are_the_most(stream: LogsBench) -> None:
    text = refused_put(stream, *[(stream.now, "x")] * 10_001)
    assert "Member must have length less than or equal to 10000" in text


def test_events_of_no_group_or_no_stream_are_refused(logs: LogsBench) -> None:
    with pytest.raises(ServiceError, match="log stream does not exist"):
        put(logs, (logs.now, "x"))
    with pytest.raises(ServiceError, match="log group does not exist"):
        logs.logs.append(SCOPE, "/gone", "s", [(logs.now, "x")])
    with pytest.raises(ServiceError, match="log stream does not exist"):
        logs.logs.append(SCOPE, GROUP, "s", [(logs.now, "x")], create_stream=False)


def test_the_sink_makes_the_stream_and_leaves_out_empty_messages(logs: LogsBench) -> None:
    logs.append("one", "", "lone \ud800 surrogate")
    logs.logs.append(SCOPE, GROUP, "empty", [])

    assert messages_of(logs.get()["events"]) == ["one", "lone ? surrogate"]
    assert logs.get(logStreamName="empty")["events"] == []


def test_the_latest_page_comes_first_unless_asked_from_the_head(logs: LogsBench) -> None:
    logs.append(*"abcde")

    assert messages_of(logs.get(limit=2)["events"]) == ["d", "e"]
    assert messages_of(logs.get(limit=2, startFromHead=True)["events"]) == ["a", "b"]


def test_pages_go_forward_until_the_token_stays_the_same(logs: LogsBench) -> None:
    logs.append(*"abcde")
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(3):
        page = logs.get(limit=2, startFromHead=True, **token)
        seen += messages_of(page["events"])
        token = {"nextToken": page["nextForwardToken"]}
    end = logs.get(startFromHead=True, **token)
    assert (seen, end["events"]) == (list("abcde"), [])
    assert end["nextForwardToken"] == token["nextToken"]

    logs.append("f", at=logs.now + 100)

    assert messages_of(logs.get(nextToken=end["nextForwardToken"], startFromHead=True)["events"]) == ["f"]
    assert messages_of(logs.get(nextToken=end["nextBackwardToken"], limit=1)["events"]) == ["e"]


def test_pages_go_backward_until_the_token_stays_the_same(logs: LogsBench) -> None:
    logs.append(*"abcde")
    first = logs.get(limit=3)
    second = logs.get(limit=3, nextToken=first["nextBackwardToken"])
    end = logs.get(limit=3, nextToken=second["nextBackwardToken"])

    assert messages_of(second["events"]) == ["a", "b"]
    assert end["events"] == []
    assert end["nextBackwardToken"] == second["nextBackwardToken"]
    assert messages_of(logs.get(nextToken=end["nextForwardToken"], limit=1)["events"]) == ["a"]


@pytest.mark.parametrize("from_head", [False, True])
def test_a_follower_of_an_empty_stream_sees_what_comes(stream: LogsBench, *, from_head: bool) -> None:
    token = stream.get(startFromHead=from_head)["nextForwardToken"]
    stream.append("first")

    assert messages_of(stream.get(nextToken=token, startFromHead=True)["events"]) == ["first"]


def test_events_of_one_millisecond_keep_their_order(logs: LogsBench) -> None:
    logs.logs.append(SCOPE, GROUP, "s", [(logs.now, text) for text in "cab"])
    page = logs.get(limit=2, startFromHead=True)

    assert messages_of(page["events"]) == ["c", "a"]
    assert messages_of(logs.get(nextToken=page["nextForwardToken"])["events"]) == ["b"]


def test_the_end_time_is_left_out_by_get_and_counts_for_filter(logs: LogsBench) -> None:
    logs.append(*"abc")
    span = {"startTime": logs.now, "endTime": logs.now + 1}

    assert messages_of(logs.get(**span)["events"]) == ["a"]
    assert logs.found(**span) == ["a", "b"]


def test_a_page_holds_a_mebibyte(logs: LogsBench) -> None:
    logs.append(*["x" * 400_000] * 5)

    assert len(logs.get(startFromHead=True)["events"]) == 3
    assert len(logs.get()["events"]) == 3
    assert len(logs.found()) == 3


def test_a_strange_token_is_refused(stream: LogsBench) -> None:
    for operation, more in (("GetLogEvents", {"logStreamName": "s"}), ("FilterLogEvents", {})):
        text = stream.refused(
            operation, "InvalidParameterException", logGroupName=GROUP, nextToken="x", **more
        )
        assert text == "The specified nextToken is invalid."


def test_filter_merges_streams_by_time_and_names_them(logs: LogsBench) -> None:
    logs.append("1", "4", stream="a", at=logs.now)
    logs.append("2", stream="b", at=logs.now)
    logs.append("3", stream="c", at=logs.now)
    events = logs("FilterLogEvents", logGroupName=GROUP)["events"]

    assert [(event["logStreamName"], event["message"]) for event in events] == [
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
        ("a", "4"),
    ]
    assert len({event["eventId"] for event in events}) == 4
    assert {len(event["eventId"]) for event in events} == {56}
    assert logs.found(logStreamNames=["b", "c"]) == ["2", "3"]
    assert logs.found(logStreamNamePrefix="a") == ["1", "4"]
    assert logs.found(logStreamNamePrefix="none") == []


def test_filter_refuses_both_names_and_prefix_and_unknown_names(logs: LogsBench) -> None:
    logs.refused(
        "FilterLogEvents",
        "InvalidParameterException",
        logGroupName=GROUP,
        logStreamNames=["a"],
        logStreamNamePrefix="a",
    )
    logs.refused("FilterLogEvents", "ResourceNotFoundException", logGroupName=GROUP, logStreamNames=["a"])
    logs.refused("FilterLogEvents", "InvalidParameterException", logGroupName=GROUP, logGroupIdentifier="x")
    logs.refused("FilterLogEvents", "InvalidParameterException")


def test_filter_pages_lose_and_double_nothing_in_either_direction(logs: LogsBench) -> None:
    for number in range(25):
        logs.append(f"{'keep' if number % 3 else 'skip'} {number}", stream=f"s{number % 4}", at=logs.now)
    wanted = [f"keep {number}" for number in range(25) if number % 3]
    for from_head in (True, False):
        seen: list[str] = []
        token: dict[str, str] = {"startFromHead": from_head}  # type: ignore[dict-item] # the first request only
        while True:
            page = logs("FilterLogEvents", logGroupName=GROUP, filterPattern="keep", limit=4, **token)
            seen += messages_of(page["events"])
            if page["nextToken"] is None:
                break
            token = {"nextToken": page["nextToken"]}
        assert seen == (wanted if from_head else wanted[::-1])


def test_a_bad_pattern_is_refused_with_the_reason(logs: LogsBench) -> None:
    text = logs.refused(
        "FilterLogEvents", "InvalidParameterException", logGroupName=GROUP, filterPattern="{ $.a"
    )
    assert text == "Invalid filter pattern: it begins with { and does not end with }"


def test_an_infrequent_access_group_is_not_read_by_these_operations(logs: LogsBench) -> None:
    logs("CreateLogGroup", logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
    text = logs.refused("FilterLogEvents", "InvalidParameterException", logGroupName="/rare")
    assert "INFREQUENT_ACCESS" in text


def test_a_metric_filter_is_tried_out(logs: LogsBench) -> None:
    answer = logs(
        "TestMetricFilter",
        filterPattern="[level=ERROR, code > 400]",
        logEventMessages=["ERROR 404", "INFO 404", "ERROR 200"],
    )
    assert answer["matches"] == [
        {
            "eventNumber": 1,
            "eventMessage": "ERROR 404",
            "extractedValues": {"$level": "ERROR", "$code": "404"},
        }
    ]


def test_metric_filters_are_kept_replaced_and_found(logs: LogsBench) -> None:
    made = {"metricName": "errors", "metricNamespace": "shop", "metricValue": "1", "defaultValue": 0.0}
    base = {"logGroupName": GROUP, "filterName": "errors", "metricTransformations": [made]}
    logs("PutMetricFilter", filterPattern="WARN", **base)
    logs("PutMetricFilter", filterPattern="ERROR", **base)

    (found,) = logs("DescribeMetricFilters", metricName="errors", metricNamespace="shop")["metricFilters"]
    assert (found["filterName"], found["filterPattern"], found["logGroupName"]) == ("errors", "ERROR", GROUP)
    assert found["metricTransformations"] == [{**made, "dimensions": None, "unit": None}]
    assert logs("DescribeLogGroups")["logGroups"][0]["metricFilterCount"] == 1
    assert logs("DescribeMetricFilters", filterNamePrefix="x")["metricFilters"] == []
    logs.refused("DescribeMetricFilters", "InvalidParameterException", metricName="errors")
    logs.refused("PutMetricFilter", "InvalidParameterException", filterPattern="[a", **base)
    text = logs.refused(
        "PutMetricFilter", "NotImplementedException", filterPattern="", applyOnTransformedLogs=True, **base
    )
    assert "applyOnTransformedLogs" in text
    logs("DeleteMetricFilter", logGroupName=GROUP, filterName="errors")
    logs.refused("DeleteMetricFilter", "ResourceNotFoundException", logGroupName=GROUP, filterName="errors")


def test_two_subscription_filters_are_the_most_for_a_group(logs: LogsBench) -> None:
    base = {"logGroupName": GROUP, "filterPattern": "", "destinationArn": "arn:aws:lambda:x"}
    for name in ("one", "two", "one"):
        logs("PutSubscriptionFilter", filterName=name, **base)
    logs.refused("PutSubscriptionFilter", "LimitExceededException", filterName="three", **base)

    found = logs("DescribeSubscriptionFilters", logGroupName=GROUP)["subscriptionFilters"]
    assert [(each["filterName"], each["distribution"]) for each in found] == [
        ("one", "ByLogStream"),
        ("two", "ByLogStream"),
    ]
    logs("DeleteSubscriptionFilter", logGroupName=GROUP, filterName="one")
    logs.refused(
        "DeleteSubscriptionFilter", "ResourceNotFoundException", logGroupName=GROUP, filterName="one"
    )
