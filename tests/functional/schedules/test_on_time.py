"""EventBridge's schedules in a real cloud: by boto3, with real time, over SIGKILL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.server.killing import cloud_that_is_killed
from tests.support.cloud import HTTPD, RunningCloud, running_cloud
from tests.support.waiting import wait_until

IMAGE = f"{HTTPD}:2.4"


def prepare(cloud: RunningCloud) -> dict[str, Any]:
    """Make a cluster and a task definition; return the target that runs it."""
    ecs = cloud.client("ecs")
    cluster = ecs.create_cluster(clusterName="jobs")["cluster"]["clusterArn"]
    definition = ecs.register_task_definition(
        family="job",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "c", "image": IMAGE}],
    )["taskDefinition"]["taskDefinitionArn"]
    subnet = cloud.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    return {
        "Arn": cluster,
        "RoleArn": f"arn:aws:iam::{cloud.run.account}:role/starts-tasks",
        "EcsParameters": {
            "TaskDefinitionArn": definition,
            "TaskCount": 2,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": [subnet]}},
        },
    }


def started(cloud: RunningCloud, by: str) -> list[dict[str, Any]]:
    ecs = cloud.client("ecs")
    arns = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in ecs.list_tasks(cluster="jobs", startedBy=by, desiredStatus=status)["taskArns"]
    ]
    return ecs.describe_tasks(cluster="jobs", tasks=arns)["tasks"] if arns else []


def at(moment: datetime) -> str:
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


@pytest.mark.timeout(600)
def test_a_schedule_runs_its_tasks_once_though_the_cloud_is_killed_before_and_after(tmp_path: Path) -> None:
    by = "chronos-schedule/once"
    with cloud_that_is_killed(tmp_path / "cloud") as first:
        first.run_instead_of(IMAGE)
        target = prepare(first)
        target["Input"] = json.dumps(
            {"containerOverrides": [{"name": "c", "environment": [{"name": "A", "value": "b"}]}]}
        )
        soon = datetime.now(UTC) + timedelta(seconds=5)
        first.client("scheduler").create_schedule(
            Name="once",
            ScheduleExpression=at(soon),
            ScheduleExpressionTimezone="UTC",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )
    with cloud_that_is_killed(tmp_path / "cloud") as second:
        wait_until(lambda: len(started(second, by)) == 2, within_s=90, what="the tasks")
        tasks = started(second, by)
        assert {each["group"] for each in tasks} == {"family:job"}
        assert {each["launchType"] for each in tasks} == {"FARGATE"}
        [overridden] = tasks[0]["overrides"]["containerOverrides"]
        assert overridden["environment"] == [{"name": "A", "value": "b"}]
    with running_cloud(tmp_path / "cloud") as third:
        [kept] = third.client("scheduler").list_schedules()["Schedules"]
        assert kept["Name"] == "once"
        assert {each["taskArn"] for each in started(third, by)} == {each["taskArn"] for each in tasks}


def test_what_would_never_run_is_refused_in_words(cloud: RunningCloud) -> None:
    target = prepare(cloud)
    scheduler, events = cloud.client("scheduler"), cloud.client("events")
    wanted: dict[str, Any] = {"Name": "n", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}

    def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
        told = error.value.response["Error"]
        return told["Code"], told["Message"]

    with pytest.raises(ClientError) as caught:
        scheduler.create_schedule(**wanted, ScheduleExpression="cron(0 9 * * *)")
    assert code_of(caught)[0] == "ValidationException"
    assert code_of(caught)[1].startswith("Invalid Schedule Expression cron(0 9 * * *).")
    wanted["Target"] = target | {"Arn": "arn:aws:lambda:eu-west-1:000000000000:function:f"}
    with pytest.raises(ClientError) as caught:
        scheduler.create_schedule(**wanted, ScheduleExpression="rate(1 hour)")
    assert code_of(caught)[0] == "NotImplementedException"
    assert "function:f" in code_of(caught)[1]
    with pytest.raises(ClientError) as caught:
        events.put_rule(Name="r", ScheduleExpression="rate(1 minutes)")
    assert code_of(caught) == ("ValidationException", "Parameter ScheduleExpression is not valid.")
    events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
    with pytest.raises(ClientError) as caught:
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": wanted["Target"]["Arn"]}])
    assert code_of(caught)[0] == "NotImplementedException"
    events.put_targets(Rule="r", Targets=[{"Id": "1", **target}])
    assert events.list_targets_by_rule(Rule="r")["Targets"][0]["EcsParameters"] == target["EcsParameters"]
