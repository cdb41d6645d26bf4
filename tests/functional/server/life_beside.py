"""More of a cloud's life: stacks, load balancers, scaling, schedules, alarms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.functional.server.life import TRUST, Fact
from tests.support.cloud import RunningCloud
from tests.support.waiting import wait_until

STACK = json.dumps(
    {
        "Resources": {
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/stack"}},
            "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "stacked"}},
        },
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Cluster", "Arn"]}, "Export": {"Name": "kept-arn"}}},
    }
)


def steps_beside(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    """Make one change after the other, as :func:`tests.functional.server.life.steps` does."""
    yield from _stack(cloud)
    yield from _balancer(cloud)
    yield from _scaling(cloud)
    yield from _times(cloud)


def _stack(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    stack_id = cloud().client("cloudformation").create_stack(StackName="kept", TemplateBody=STACK)["StackId"]

    def read(now: RunningCloud) -> object:
        cfn = now.client("cloudformation")

        def done() -> Any:
            (stack,) = cfn.describe_stacks(StackName="kept")["Stacks"]
            return stack if stack["StackStatus"] == "CREATE_COMPLETE" else None

        stack = wait_until(done, within_s=60, what="the stack")
        found = cfn.describe_stack_resources(StackName="kept")["StackResources"]
        return stack["StackId"], stack["Outputs"][0]["ExportName"], len(found)

    yield Fact("stack", read, (stack_id, "kept-arn", 2))


def _balancer(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    subnets = [each["SubnetId"] for each in cloud().client("ec2").describe_subnets()["Subnets"][:2]]
    made = cloud().client("elbv2").create_load_balancer(Name="kept", Subnets=subnets, Type="network")
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    yield Fact(
        "load balancer",
        lambda now: [
            each["LoadBalancerArn"] for each in now.client("elbv2").describe_load_balancers()["LoadBalancers"]
        ],
        [arn],
    )


def _scaling(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    scaling = cloud().client("application-autoscaling")
    arn = scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/kept/app",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=2,
        MaxCapacity=2,
        Tags={"Owner": "mamezou"},
    )["ScalableTargetARN"]
    yield Fact(
        "scalable target",
        lambda now: now.client("application-autoscaling").list_tags_for_resource(ResourceARN=arn)["Tags"],
        {"Owner": "mamezou"},
    )


def _times(cloud: Callable[[], RunningCloud]) -> Iterator[Fact]:
    role = (
        cloud().client("iam").create_role(RoleName="scheduler", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    )
    scheduler = cloud().client("scheduler")
    cluster = f"arn:aws:ecs:{cloud().run.region}:{cloud().run.account}:cluster/kept"
    arn = scheduler.create_schedule(
        Name="kept",
        ScheduleExpression="rate(1 day)",
        State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": cluster,
            "RoleArn": role,
            "EcsParameters": {
                "TaskDefinitionArn": "kept",
                "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-kept"]}},
            },
        },
    )["ScheduleArn"]
    yield Fact("schedule", lambda now: now.client("scheduler").get_schedule(Name="kept")["Arn"], arn)
    cloud().client("cloudwatch").put_metric_alarm(
        AlarmName="kept",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    yield Fact(
        "alarm",
        lambda now: [
            each["AlarmName"] for each in now.client("cloudwatch").describe_alarms()["MetricAlarms"]
        ],
        ["kept"],
    )
