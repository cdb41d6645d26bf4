"""CloudWatch Logs as boto3 and the AWS CLI use it, and its speed on disk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hatoba.cli.here.logs import Reader
from hatoba.cloud.clock import SystemClock
from hatoba.cloud.logs import Logs
from hatoba.cloud.state import State
from hatoba.cloud.wire import Dispatcher
from hatoba.cloud.world import Settings, World
from tests.functional.wire.serving import ACCOUNT, REGION, Served
from tests.support.calls import SCOPE, Bench

SEARCH = (
    *("logs", "filter-log-events", "--log-group-name", "/searched", "--filter-pattern", "ERROR"),
    *("--query", "events[].[logStreamName, message]", "--output", "text"),
)


def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def logs(cloud: Served) -> Any:
    return cloud.client("logs")


def test_the_life_of_a_group_as_terraform_leads_it(logs: Any) -> None:
    name = "/aws/ecs/fargate/mz-dev-app"
    logs.create_log_group(logGroupName=name, tags={"Owner": "mamezou"})
    logs.put_retention_policy(logGroupName=name, retentionInDays=7)
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert group["retentionInDays"] == 7
    arn = group["arn"].removesuffix(":*")
    assert arn == group["logGroupArn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
    logs.tag_resource(resourceArn=arn, tags={"Environment": "mz-dev-site"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {
        "Owner": "mamezou",
        "Environment": "mz-dev-site",
    }
    logs.delete_log_group(logGroupName=name)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=name)


def test_paginators_find_every_event_and_every_stream(logs: Any) -> None:
    logs.create_log_group(logGroupName="/paged")
    for number in range(60):
        logs.create_log_stream(logGroupName="/paged", logStreamName=f"s{number:02}")
    events = [{"timestamp": now_ms(), "message": f"line {number} ログ"} for number in range(250)]
    logs.put_log_events(logGroupName="/paged", logStreamName="s07", logEvents=events)

    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/paged", PaginationConfig={"PageSize": 40}
    )
    streams = logs.get_paginator("describe_log_streams").paginate(logGroupName="/paged")

    assert [event["message"] for page in pages for event in page["events"]] == [
        event["message"] for event in events
    ]
    assert len([stream for page in streams for stream in page["logStreams"]]) == 60


def test_live_tail_shows_events_as_they_come(logs: Any) -> None:
    logs.create_log_group(logGroupName="/live")
    logs.create_log_stream(logGroupName="/live", logStreamName="web/app/1")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/live"

    def put(*messages: str) -> None:
        events = [{"timestamp": now_ms(), "message": message} for message in messages]
        logs.put_log_events(logGroupName="/live", logStreamName="web/app/1", logEvents=events)

    put("ERROR before")
    answer = logs.start_live_tail(
        logGroupIdentifiers=[arn], logStreamNamePrefixes=["web/"], logEventFilterPattern="ERROR"
    )
    stream = iter(answer["responseStream"])
    assert next(stream)["sessionStart"]["logGroupIdentifiers"] == [arn]
    put("ERROR one", "INFO two", "ERROR three")

    found: list[str] = []
    while len(found) < 2:
        found += [event["message"] for event in next(stream)["sessionUpdate"]["sessionResults"]]
    answer["responseStream"].close()

    assert found == ["ERROR one", "ERROR three"]


def test_what_is_not_here_is_refused_by_name(logs: Any) -> None:
    with pytest.raises(ClientError, match="logs:StartQuery is not implemented"):
        logs.start_query(logGroupName="/x", startTime=0, endTime=1, queryString="fields @message")


def test_the_cli_searches_a_group(cloud: Served, logs: Any) -> None:
    logs.create_log_group(logGroupName="/searched")
    logs.create_log_stream(logGroupName="/searched", logStreamName="web/app/1")
    logs.put_log_events(
        logGroupName="/searched",
        logStreamName="web/app/1",
        logEvents=[{"timestamp": now_ms(), "message": message} for message in ("ERROR one", "INFO two")],
    )
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
    }

    done = subprocess.run(
        [sys.executable, "-m", "awscli", *SEARCH],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == "web/app/1\tERROR one\n"


def logs_on_disk(path: Path) -> tuple[State, Logs]:
    state = State(path)
    bench = Bench()
    world = World(
        state, SystemClock(), Settings(path.parent), Dispatcher({}, state.transaction), bench.call_as
    )
    return state, Logs(world)


def test_a_thousand_lines_are_kept_in_some_milliseconds_and_survive(tmp_path: Path) -> None:
    state, logs = logs_on_disk(tmp_path / "state.db")
    dispatcher = Bench()
    dispatcher.add(logs.operations)
    dispatcher.call("logs", "CreateLogGroup", logGroupName="/access")
    line = '{"requestId":"JKJaXmPLvHcESHA=","ip":"127.0.0.1","httpMethod":"GET","status":"200"}'
    took = []
    for batch in range(50):
        events = [(now_ms(), f"{line} {batch}") for _ in range(1000)]
        begun = time.perf_counter()
        logs.append(SCOPE, "/access", "stage", events)
        took.append(time.perf_counter() - begun)
    state.close()

    # The median, with room for a busy machine: 4 ms are usual.
    assert sorted(took)[25] < 0.05
    state, logs = logs_on_disk(tmp_path / "state.db")
    assert state.execute("SELECT COUNT(*) FROM logs_events") == [(50_000,)]
    state.close()


def test_a_reader_returns_an_event_that_comes_after_a_newer_one(logs: Any) -> None:
    logs.create_log_group(logGroupName="/read")
    for stream in ("app", "gateway"):
        logs.create_log_stream(logGroupName="/read", logStreamName=stream)
    reader = Reader(logs, ["/read"], now_ms() - 60_000)
    asked_at = now_ms() - 1000

    put = {"logGroupName": "/read", "logStreamName": "app"}
    logs.put_log_events(**put, logEvents=[{"timestamp": asked_at + 500, "message": "GET / 200"}])
    first = reader.read()
    put["logStreamName"] = "gateway"
    logs.put_log_events(**put, logEvents=[{"timestamp": asked_at, "message": "it was asked"}])
    second = reader.read()

    assert [line.message for line in first] == ["GET / 200"]
    assert [line.message for line in second] == ["it was asked"]
    assert reader.read() == []
