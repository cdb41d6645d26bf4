"""EventBridge's rules in a real cloud: what ECS tells reaches log groups, queues, topics and other tasks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.events.conftest import IMAGE
from tests.support.cloud import RunningCloud
from tests.support.waiting import wait_until

ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def target_of_ecs(cloud: RunningCloud, family: str) -> dict[str, Any]:
    """Make a task definition; return the target that runs it."""
    ecs = cloud.client("ecs")
    cluster = ecs.create_cluster(clusterName="jobs")["cluster"]["clusterArn"]
    ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "c", "image": IMAGE}],
    )
    subnet = cloud.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    return {
        "Arn": cluster,
        "RoleArn": f"arn:aws:iam::{cloud.run.account}:role/starts-tasks",
        "EcsParameters": {
            "TaskDefinitionArn": family,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": [subnet]}},
        },
    }


def run(cloud: RunningCloud, target: dict[str, Any]) -> str:
    """Run the task of a target by itself; return its ARN."""
    parameters = target["EcsParameters"]
    subnets = parameters["NetworkConfiguration"]["awsvpcConfiguration"]["Subnets"]
    [task] = cloud.client("ecs").run_task(
        cluster=target["Arn"],
        taskDefinition=parameters["TaskDefinitionArn"],
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
    )["tasks"]
    return str(task["taskArn"])


def rule(cloud: RunningCloud, name: str, pattern: dict[str, Any], *targets: dict[str, Any]) -> None:
    events = cloud.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.ecs"], **pattern}))
    answer = events.put_targets(
        Rule=name, Targets=[{"Id": f"{name}-{index}", **each} for index, each in enumerate(targets)]
    )
    assert answer["FailedEntryCount"] == 0


def stopped(detail: dict[str, Any]) -> dict[str, Any]:
    return {"detail-type": ["ECS Task State Change"], "detail": {"lastStatus": ["STOPPED"], **detail}}


class Queue:
    """A queue, and all that came into it."""

    def __init__(self, cloud: RunningCloud, name: str) -> None:
        self._sqs = cloud.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.arn = asked["Attributes"]["QueueArn"]
        self.messages: list[dict[str, Any]] = []

    def policy(self) -> str:
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["Policy"])
        return str(asked["Attributes"]["Policy"])

    def bodies(self) -> list[Any]:
        found = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        for each in found.get("Messages", ()):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
            self.messages.append(each)
        return [json.loads(each["Body"]) for each in self.messages]


def lines(cloud: RunningCloud, group: str) -> list[Any]:
    found = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(each["message"]) for each in found]


def test_a_task_that_stops_is_told_to_a_log_group_a_queue_a_topic_and_the_next_task(
    cloud: RunningCloud,
) -> None:
    first, second = target_of_ecs(cloud, "first"), target_of_ecs(cloud, "second")
    account, region = cloud.run.account, cloud.client("ecs").meta.region_name
    cloud.client("logs").create_log_group(logGroupName="/aws/events/stopped")
    queue, letters, behind_topic = (Queue(cloud, name) for name in ("stopped", "letters", "topic"))
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="stopped")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=behind_topic.arn)
    rule(
        cloud,
        "stopped",
        stopped({"group": [{"suffix": ":first"}], "containers": {"exitCode": [{"exists": True}]}}),
        {"Arn": f"arn:aws:logs:{region}:{account}:log-group:/aws/events/stopped"},
        {
            "Arn": queue.arn,
            "InputTransformer": {
                "InputPathsMap": {"task": "$.detail.taskArn", "code": "$.detail.containers[0].exitCode"},
                "InputTemplate": '{"text": "<task> by <aws.events.rule-name>", "code": <code>}',
            },
        },
        {"Arn": topic, "InputPath": "$.detail.stopCode"},
        {
            **second,
            "InputTransformer": {
                "InputPathsMap": {"task": "$.detail.taskArn"},
                "InputTemplate": '{"containerOverrides": [{"name": "c", "environment":'
                ' [{"name": "AFTER", "value": "<task>"}]}]}',
            },
        },
        {"Arn": f"arn:aws:sqs:{region}:{account}:nowhere", "DeadLetterConfig": {"Arn": letters.arn}},
    )
    ecs = cloud.client("ecs")

    task = run(cloud, first)
    wait_until(
        lambda: ecs.describe_tasks(cluster="jobs", tasks=[task])["tasks"][0]["lastStatus"] == "RUNNING",
        what="the task",
    )
    ecs.stop_task(cluster="jobs", task=task)

    [event] = wait_until(lambda: lines(cloud, "/aws/events/stopped"), what="the event in the log group")
    assert (event["source"], event["detail-type"]) == ("aws.ecs", "ECS Task State Change")
    assert (event["resources"], event["account"], event["region"]) == ([task], account, region)
    assert event["detail"]["stopCode"] == "UserInitiated"
    [message] = wait_until(queue.bodies, what="the message")
    code = event["detail"]["containers"][0]["exitCode"]
    assert message == {"text": f"{task} by stopped", "code": code}
    [published] = wait_until(behind_topic.bodies, what="the topic")
    assert published["Message"] == '"UserInitiated"'
    [after] = wait_until(
        lambda: ecs.list_tasks(cluster="jobs", startedBy="events-rule/stopped")["taskArns"],
        what="the next task",
    )
    [shown] = ecs.describe_tasks(cluster="jobs", tasks=[after])["tasks"]
    [override] = shown["overrides"]["containerOverrides"]
    assert override["environment"] == [{"name": "AFTER", "value": task}]
    wait_until(letters.bodies, what="the dead letter")
    told = letters.messages[0]["MessageAttributes"]
    assert told["TARGET_ARN"]["StringValue"].endswith(":nowhere")
    assert told["RULE_ARN"]["StringValue"].endswith("rule/stopped")


def test_a_deployment_is_told_from_its_start_to_its_steady_state(cloud: RunningCloud) -> None:
    target = target_of_ecs(cloud, "web")
    queue = Queue(cloud, "deployments")
    kinds = ["ECS Deployment State Change", "ECS Service Action"]
    rule(cloud, "deployments", {"detail-type": kinds}, {"Arn": queue.arn})
    parameters = target["EcsParameters"]
    subnets = parameters["NetworkConfiguration"]["awsvpcConfiguration"]["Subnets"]

    service = cloud.client("ecs").create_service(
        cluster="jobs",
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
    )["service"]

    def told() -> list[tuple[str, str]]:
        return [
            (each["detail-type"], each["detail"]["eventName"])
            for each in queue.bodies()
            if each["resources"] == [service["serviceArn"]]
        ]

    wait_until(lambda: ("ECS Service Action", "SERVICE_STEADY_STATE") in told(), what="the steady state")
    assert sorted(told()) == [
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_COMPLETED"),
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        ("ECS Service Action", "SERVICE_DEPLOYMENT_COMPLETED"),
        ("ECS Service Action", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        ("ECS Service Action", "SERVICE_STEADY_STATE"),
    ]
    deployment = service["deployments"][0]["id"]
    reasons = {each["detail"]["reason"] for each in queue.bodies() if each["detail-type"] == kinds[0]}
    assert reasons == {
        f"ECS deployment {deployment} in progress.",
        f"ECS deployment {deployment} completed.",
    }


def test_what_users_put_reaches_log_groups_and_what_would_not_arrive_is_refused(cloud: RunningCloud) -> None:
    events = cloud.client("events")
    account, region = cloud.run.account, events.meta.region_name
    cloud.client("logs").create_log_group(logGroupName="orders")
    events.create_event_bus(Name="shop")
    events.put_rule(
        Name="orders",
        EventBusName="shop",
        EventPattern=json.dumps({"detail": {"total": [{"numeric": [">", 5]}]}}),
    )
    group = f"arn:aws:logs:{region}:{account}:log-group:orders:*"
    events.put_targets(Rule="orders", EventBusName="shop", Targets=[{"Id": "1", "Arn": group}])

    answer = events.put_events(
        Entries=[
            {
                "EventBusName": "shop",
                "Source": "shop",
                "DetailType": "order",
                "Detail": json.dumps({"total": total}),
            }
            for total in (3, 7)
        ]
    )

    assert answer["FailedEntryCount"] == 0
    [order] = wait_until(lambda: lines(cloud, "orders"), what="the order")
    assert (order["detail"], order["id"]) == ({"total": 7}, answer["Entries"][1]["EventId"])
    with pytest.raises(ClientError, match="Unrecognized match type contains"):
        events.put_rule(Name="r", EventPattern=json.dumps({"source": [{"contains": "ecs"}]}))
    stream = f"arn:aws:kinesis:{region}:{account}:stream/s"
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["aws.ecs"]}))
    with pytest.raises(ClientError, match=r"stream/s.*is not implemented"):
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": stream}])
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": stream}])
    with pytest.raises(ClientError, match=r"stream/s.*is not implemented"):
        events.put_rule(Name="r", EventPattern=json.dumps({"source": ["aws.ecs"]}))


def test_a_stack_s_rule_delivers_until_the_stack_is_deleted(cloud: RunningCloud) -> None:
    target = target_of_ecs(cloud, "stacked")
    cloudformation, events = cloud.client("cloudformation"), cloud.client("events")
    template: dict[str, Any] = {
        "Resources": {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "stacked"}},
            "Policy": {
                "Type": "AWS::Logs::ResourcePolicy",
                "Properties": {"PolicyName": "stacked", "PolicyDocument": "{}"},
            },
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stacked"}},
            "QueuePolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": ANYBODY},
            },
            "Topic": {"Type": "AWS::SNS::Topic"},
            "TopicPolicy": {
                "Type": "AWS::SNS::TopicPolicy",
                "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": ANYBODY},
            },
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "TopicArn": {"Ref": "Topic"},
                    "Protocol": "sqs",
                    "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
                    "RawMessageDelivery": True,
                },
            },
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {
                        "source": ["aws.ecs"],
                        "detail": {"group": ["family:stacked"], "lastStatus": ["STOPPED"]},
                    },
                    "Targets": [
                        {"Id": "topic", "Arn": {"Ref": "Topic"}, "InputPath": "$.detail.stoppedReason"},
                        {
                            "Id": "log",
                            "Arn": {"Fn::GetAtt": ["Group", "Arn"]},
                            "InputTransformer": {
                                "InputPathsMap": {"why": "$.detail.stoppedReason", "at": "$.time"},
                                "InputTemplate": '{"timestamp": <at>, "message": "{\\"why\\": \\"<why>\\"}"}',
                            },
                        },
                    ],
                },
            },
        }
    }
    cloudformation.create_stack(StackName="watch", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="watch", WaiterConfig={"Delay": 1})

    task = run(cloud, target)
    cloud.client("ecs").stop_task(cluster="jobs", task=task, reason="enough")

    assert wait_until(lambda: lines(cloud, "stacked"), what="the event") == [{"why": "enough"}]
    queue = Queue(cloud, "stacked")
    assert wait_until(queue.bodies, what="the message") == ["enough"]

    template["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"] = ANYBODY | {"Id": "changed"}
    del template["Resources"]["Subscription"]["Properties"]["RawMessageDelivery"]
    cloudformation.update_stack(StackName="watch", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="watch", WaiterConfig={"Delay": 1})
    assert '"changed"' in queue.policy()
    [subscription] = cloud.client("sns").list_subscriptions()["Subscriptions"][-1:]
    shown = cloud.client("sns").get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])
    assert shown["Attributes"]["RawMessageDelivery"] == "false"
    cloudformation.delete_stack(StackName="watch")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="watch", WaiterConfig={"Delay": 1})
    assert "watch" not in json.dumps(events.list_rules()["Rules"])
    assert cloud.client("logs").describe_resource_policies()["resourcePolicies"] == []
