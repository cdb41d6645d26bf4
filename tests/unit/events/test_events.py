"""Events pass over the buses: matched, kept, delivered once, and told of where they do not arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hatoba.cloud.events import Events
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import Call, NotImplementedHere, Operations, ServiceError
from hatoba.cloud.world import ServiceEvent
from tests.support.calls import SCOPE, Bench
from tests.support.looping import Looping

PLACE = f"{SCOPE.region}:{SCOPE.account}"
GROUP = f"arn:aws:logs:{PLACE}:log-group:/events:*"
QUEUE = f"arn:aws:sqs:{PLACE}:q"
TOPIC = f"arn:aws:sns:{PLACE}:t"
CLUSTER = f"arn:aws:ecs:{PLACE}:cluster/c"
LAMBDA = f"arn:aws:lambda:{PLACE}:function:f"
ECS = {"TaskDefinitionArn": "job", "LaunchType": "FARGATE"}
KINDS = ("ECS Task State Change", "ECS Service Action", "ECS Deployment State Change")
STOPPED = ServiceEvent("aws.ecs", "ECS Task State Change", ("arn:task",), {"lastStatus": "STOPPED"})


def rule(name: str, *targets: Mapping[str, Any], pattern: Any = None, **given: Any) -> dict[str, Any]:
    bus = given.get("EventBusName", "default")
    return {
        "Arn": f"arn:aws:events:{PLACE}:rule/{bus}/{name}",
        "Name": name,
        "EventBusName": bus,
        "EventPattern": json.dumps(pattern or {"source": ["aws.ecs"]}),
        "State": "ENABLED",
        "Targets": [{"Id": str(index), **each} for index, each in enumerate(targets)],
        **given,
    }


class Town(Looping):
    """Events, and neighbours that write down what they are asked."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.lines: list[tuple[str, Sequence[tuple[int, str]]]] = []
        self.failed: list[Mapping[str, Any]] = []
        self.most_in_batch = 10
        for service, names in {
            "sqs": ("GetQueueUrl", "SendMessage", "SendMessageBatch"),
            "sns": ("PublishBatch",),
            "ecs": ("RunTask",),
        }.items():
            table = Operations(service)
            for name in names:
                table.add(name, self._note)
            self.bench.add(table)
        self.start_anew()

    def start_anew(self) -> None:
        """Know only what stands in the state, as a cloud that was killed does."""
        self.events = Events(self.bench.world, self)

    def _note(self, call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        self.asked.append((call.operation, request))
        if call.operation == "GetQueueUrl":
            return {"QueueUrl": "http://q"}
        if len(request.get("Entries", ())) > self.most_in_batch:
            raise ServiceError("AWS.SimpleQueueService.BatchRequestTooLong", "too long")
        failures = self.failed if call.operation == "RunTask" else []
        return {"Failed": self.failed, "Successful": [], "tasks": [], "failures": failures}

    def append(
        self,
        scope: Scope,
        group: str,
        stream: str,
        events: Sequence[tuple[int, str]],
        *,
        create_stream: bool = True,
    ) -> None:
        del scope, stream, create_stream
        if group == "gone":
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        self.lines.append((group, events))

    def stand(self, *rules: Mapping[str, Any]) -> None:
        self.events.keep(SCOPE, "events", json.dumps({"Rules": rules}).encode())

    async def run(self) -> None:
        await self.events.run()

    def deliver(self) -> None:
        """Let the loop deliver all that waits."""

        async def work() -> None:
            async with self.at_work():
                await self.rest()

        asyncio.run(work())

    def asked_for(self, operation: str) -> list[Mapping[str, Any]]:
        return [request for name, request in self.asked if name == operation]

    def answer(self, operation: str, **params: Any) -> Any:
        call = self.bench.call_as(SCOPE, "events")
        return asyncio.run(self.events.answer(_named(call, operation), params))


def _named(call: Call, operation: str) -> Call:
    return Call(call.scope, call.caller, call.now, "events", operation, call.endpoint)


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.mark.parametrize(
    "standing",
    [
        [],
        [rule("without targets")],
        [rule("off", {"Arn": QUEUE}, State="DISABLED")],
        [rule("of others", {"Arn": QUEUE}, pattern={"source": ["aws.s3"]})],
        [
            rule(
                "of instances",
                {"Arn": QUEUE},
                pattern={"detail-type": ["ECS Container Instance State Change"]},
            )
        ],
        [rule("elsewhere", {"Arn": QUEUE}, EventBusName="shop")],
        [rule("archive", {"Arn": f"arn:aws:events:{SCOPE.region}:::"})],
        [{**rule("on time", {"Arn": QUEUE}), "EventPattern": None}],
    ],
    ids=lambda standing: standing[0]["Name"] if standing else "no rule",
)
def test_no_event_is_wanted_where_none_would_arrive(town: Town, standing: list[dict[str, Any]]) -> None:
    town.stand(*standing)

    assert not any(town.events.wants(SCOPE, "aws.ecs", kind) for kind in KINDS)


def test_events_are_wanted_by_their_kind_from_a_rule_s_first_target_until_it_goes(town: Town) -> None:
    def wanted(scope: Scope = SCOPE) -> list[str]:
        return [kind for kind in KINDS if town.events.wants(scope, "aws.ecs", kind)]

    assert wanted() == []
    town.stand(rule("r", {"Arn": QUEUE}, pattern={"account": [SCOPE.account]}))
    assert wanted() == list(KINDS)
    assert wanted(Scope(SCOPE.account, "eu-west-1")) == []
    town.stand(rule("r", {"Arn": QUEUE}, pattern={"detail-type": [{"suffix": "Action"}]}))
    assert wanted() == ["ECS Service Action"]
    town.stand()
    assert wanted() == []


def test_an_event_arrives_at_each_target_of_each_rule_that_it_matches(town: Town) -> None:
    town.stand(
        rule("all", {"Arn": GROUP}, {"Arn": QUEUE}, {"Arn": TOPIC}),
        rule("running", {"Arn": GROUP}, pattern={"detail": {"lastStatus": ["RUNNING"]}}),
    )

    town.events.publish(SCOPE, STOPPED)
    town.deliver()

    [(group, [(at_ms, line)])] = town.lines
    event = json.loads(line)
    assert (group, at_ms) == ("/events", int(town.bench.clock.now() * 1000))
    assert {name: event[name] for name in ("version", "source", "detail-type", "resources", "detail")} == {
        "version": "0",
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "resources": ["arn:task"],
        "detail": {"lastStatus": "STOPPED"},
    }
    [batch] = town.asked_for("SendMessageBatch")
    [published] = town.asked_for("PublishBatch")
    assert batch["Entries"][0]["MessageBody"] == line
    assert published["PublishBatchRequestEntries"][0]["Message"] == line
    assert town.events.deliveries.list(SCOPE) == ()


def test_what_waits_is_sent_ten_at_a_time_in_its_order(town: Town) -> None:
    town.stand(rule("r", {"Arn": QUEUE, "SqsParameters": {"MessageGroupId": "g"}}))

    for number in range(12):
        town.events.publish(SCOPE, ServiceEvent("aws.ecs", "n", (), {"number": number}))
    town.deliver()

    batches = [each["Entries"] for each in town.asked_for("SendMessageBatch")]
    assert [len(each) for each in batches] == [10, 2]
    sent = [json.loads(entry["MessageBody"])["detail"]["number"] for each in batches for entry in each]
    assert sent == list(range(12))
    assert {entry["MessageGroupId"] for each in batches for entry in each} == {"g"}


def test_a_cluster_runs_a_task_and_the_event_is_no_override(town: Town) -> None:
    overrides = '{"containerOverrides": [{"name": "c", "command": ["a"]}]}'
    town.stand(
        rule(
            "r",
            {"Arn": CLUSTER, "EcsParameters": ECS},
            {"Arn": CLUSTER, "EcsParameters": ECS, "Input": overrides},
        )
    )

    town.events.publish(SCOPE, STOPPED)
    town.deliver()

    plain, overridden = town.asked_for("RunTask")
    assert (plain["startedBy"], plain["taskDefinition"], "overrides" in plain) == (
        "events-rule/r",
        "job",
        False,
    )
    assert overridden["overrides"] == json.loads(overrides)
    assert plain["clientToken"] != overridden["clientToken"]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (GROUP.replace("/events", "gone"), "ResourceNotFoundException"),
        (LAMBDA, "NotImplementedException"),
        (CLUSTER, "RunTaskFailure"),
        (QUEUE, "Odd"),
    ],
)
def test_what_does_not_arrive_is_told_to_the_dead_letter_queue_once(
    town: Town, target: str, code: str
) -> None:
    town.failed = [{"Id": "1", "Code": "Odd", "reason": "odd"}]
    town.stand(rule("r", {"Arn": target, "EcsParameters": ECS, "DeadLetterConfig": {"Arn": f"{QUEUE}-dead"}}))

    town.events.publish(SCOPE, STOPPED)
    town.deliver()
    town.deliver()

    [letter] = town.asked_for("SendMessage")
    attributes = {name: each["StringValue"] for name, each in letter["MessageAttributes"].items()}
    assert (attributes["TARGET_ARN"], attributes["ERROR_CODE"]) == (target, code)
    assert json.loads(letter["MessageBody"])["detail"] == {"lastStatus": "STOPPED"}


@pytest.mark.parametrize("target", ["arn:aws:sqs", "arn:aws:logs:somewhere", "nonsense"])
def test_a_target_that_is_no_place_stands_in_nobody_s_way(town: Town, target: str) -> None:
    town.stand(rule("bad", {"Arn": target}), rule("good", {"Arn": GROUP}))

    town.events.publish(SCOPE, STOPPED)
    town.deliver()

    assert [group for group, _ in town.lines] == ["/events"]
    assert town.events.deliveries.list(SCOPE) == ()


def test_a_batch_that_is_refused_as_a_whole_is_sent_one_by_one(town: Town) -> None:
    town.most_in_batch = 1
    town.stand(rule("r", {"Arn": QUEUE}))

    for _ in range(3):
        town.events.publish(SCOPE, STOPPED)
    town.deliver()

    assert [len(each["Entries"]) for each in town.asked_for("SendMessageBatch")] == [3, 1, 1, 1]


def test_what_waits_when_the_cloud_is_killed_is_delivered_by_the_next_one(town: Town) -> None:
    town.stand(rule("r", {"Arn": GROUP}))
    town.events.publish(SCOPE, STOPPED)

    town.start_anew()
    town.deliver()
    town.events.publish(SCOPE, STOPPED)
    town.deliver()

    assert [group for group, _ in town.lines] == ["/events", "/events"]


def test_a_message_and_its_time_go_to_a_log_group_by_a_template(town: Town) -> None:
    town.stand(
        rule(
            "r",
            {
                "Arn": GROUP,
                "InputTransformer": {
                    "InputPathsMap": {"status": "$.detail.lastStatus"},
                    "InputTemplate": '{"timestamp": "2026-11-22T12:00:00Z", "message": "now <status>"}',
                },
            },
        )
    )

    town.events.publish(SCOPE, STOPPED)
    town.deliver()

    assert town.lines == [("/events", [(1795348800000, "now STOPPED")])]


def test_an_event_goes_over_another_bus_and_no_further(town: Town) -> None:
    bus = f"arn:aws:events:{PLACE}:event-bus/shop"
    town.stand(
        rule("out", {"Arn": bus}),
        rule(
            "there", {"Arn": GROUP}, {"Arn": f"arn:aws:events:{PLACE}:event-bus/default"}, EventBusName="shop"
        ),
    )

    town.events.publish(SCOPE, STOPPED)
    town.deliver()

    assert [group for group, _ in town.lines] == ["/events"]
    assert town.asked == []


def test_events_of_users_are_taken_and_bad_ones_named(town: Town) -> None:
    town.stand(rule("r", {"Arn": GROUP}, pattern={"source": ["shop"]}))
    entry = {"Source": "shop", "DetailType": "order", "Detail": '{"id": 1}'}

    answer = town.answer(
        "PutEvents",
        Entries=[entry, {**entry, "Source": ""}, {**entry, "Detail": "{"}, {**entry, "Detail": "[]"}],
    )
    town.deliver()

    assert answer["FailedEntryCount"] == 3
    assert [each.get("ErrorCode") for each in answer["Entries"]] == [
        None,
        "InvalidArgument",
        "MalformedDetail",
        "MalformedDetail",
    ]
    [(_, [(_, line)])] = town.lines
    assert json.loads(line)["id"] == answer["Entries"][0]["EventId"]


def test_events_of_users_are_left_to_the_neighbour_where_no_rule_or_an_archive_listens(town: Town) -> None:
    entry = {"Source": "shop", "DetailType": "order", "Detail": "{}"}
    archive = rule("a", {"Arn": f"arn:aws:events:{SCOPE.region}:::"})
    assert town.answer("PutEvents", Entries=[entry]) is None
    town.stand(archive, rule("r", {"Arn": QUEUE}))
    assert town.answer("PutEvents", Entries=[entry]) is None
    town.stand(archive, rule("r", {"Arn": GROUP}))
    with pytest.raises(NotImplementedHere, match="with an archive"):
        town.answer("PutEvents", Entries=[entry])


def test_more_than_ten_events_at_once_and_global_endpoints_are_refused(town: Town) -> None:
    entry = {"Source": "shop", "DetailType": "order", "Detail": "{}"}
    with pytest.raises(ServiceError, match="entries"):
        town.answer("PutEvents", Entries=[entry] * 11)
    with pytest.raises(NotImplementedHere, match="EndpointId"):
        town.answer("PutEvents", Entries=[entry], EndpointId="abcde.veo")


def test_a_pattern_is_tested_against_an_event(town: Town) -> None:
    def tested(event: str) -> Any:
        return town.answer("TestEventPattern", EventPattern='{"source": ["aws.ecs"]}', Event=event)

    assert tested('{"source": "aws.ecs"}') == {"Result": True}
    assert tested('{"source": "aws.s3"}') == {"Result": False}
    with pytest.raises(ServiceError, match="it is no JSON object"):
        tested("[]")


@pytest.mark.parametrize(
    ("pattern", "target", "refused"),
    [
        ({"source": ["aws.ecs"]}, {"Arn": f"arn:aws:states:{PLACE}:stateMachine:m"}, "stateMachine:m"),
        ({"source": ["aws.ecs"]}, {"Arn": f"arn:aws:events:{PLACE}:api-destination/d/1"}, "api-destination"),
        ({"account": ["1"]}, {"Arn": f"arn:aws:states:{PLACE}:stateMachine:m"}, "stateMachine:m"),
        ({"source": ["aws.ecs"]}, {"Arn": CLUSTER}, "EcsParameters must be specified"),
        (
            {"source": ["shop"]},
            {"Arn": CLUSTER, "EcsParameters": {**ECS, "PlacementStrategy": [{"type": "spread"}]}},
            "EcsParameters.PlacementStrategy",
        ),
        ({"source": ["shop"]}, {"Arn": QUEUE, "InputPath": "detail"}, "does not begin with"),
    ],
)
def test_targets_that_would_get_nothing_are_refused_by_name(
    town: Town, pattern: Any, target: dict[str, Any], refused: str
) -> None:
    town.stand(rule("r", pattern=pattern))

    with pytest.raises(ServiceError, match=refused):
        town.answer("PutTargets", Rule="r", Targets=[{"Id": "1", **target}])


@pytest.mark.parametrize(
    ("pattern", "target"),
    [
        ({"source": ["aws.s3"]}, f"arn:aws:states:{PLACE}:stateMachine:m"),
        (
            {"source": ["aws.ecs"], "detail-type": ["AWS API Call via CloudTrail"]},
            f"arn:aws:states:{PLACE}:s:m",
        ),
        ({"source": ["aws.ecs"]}, LAMBDA),
    ],
)
def test_targets_of_rules_that_never_fire_here_and_functions_are_kept(
    town: Town, pattern: Any, target: str
) -> None:
    town.stand(rule("r", pattern=pattern))

    assert town.answer("PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": target}]) is None


def test_a_rule_that_gets_another_pattern_is_looked_at_with_its_targets(town: Town) -> None:
    town.stand(rule("r", {"Arn": f"arn:aws:states:{PLACE}:stateMachine:m"}, pattern={"source": ["aws.s3"]}))

    with pytest.raises(NotImplementedHere, match="stateMachine:m"):
        town.answer("PutRule", Name="r", EventPattern='{"source": ["aws.ecs"]}')
    with pytest.raises(ServiceError, match="Reason: Unrecognized match type x"):
        town.answer("PutRule", Name="r", EventPattern='{"source": [{"x": "y"}]}')
