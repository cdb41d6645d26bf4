"""Drift of the reference system, changed by other hands than CloudFormation's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.functional.cloudformation.server import TEMPLATE, Server

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackResourceDriftTypeDef


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"), "--ephemeral")
    yield server
    server.end()


def detect(cfn: CloudFormationClient) -> dict[str, StackResourceDriftTypeDef]:
    begun = cfn.detect_stack_drift(StackName="mz-dev")["StackDriftDetectionId"]
    status = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=begun)
    assert status["DetectionStatus"] == "DETECTION_COMPLETE", status
    drifts = cfn.describe_stack_resource_drifts(StackName="mz-dev")["StackResourceDrifts"]
    drifted = {
        item["LogicalResourceId"]: item for item in drifts if item["StackResourceDriftStatus"] != "IN_SYNC"
    }
    assert status["DriftedStackResourceCount"] == len(drifted)
    return drifted


def test_the_reference_system_is_in_sync_until_someone_changes_it(clients: Server) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    cfn.create_stack(
        StackName="mz-dev",
        TemplateBody=TEMPLATE,
        Parameters=clients.network(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "Owner", "Value": "mamezou"}],
    )
    cfn.get_waiter("stack_create_complete").wait(
        StackName="mz-dev", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    resources = cfn.describe_stack_resources(StackName="mz-dev")["StackResources"]
    ids = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources}
    types = {item["ResourceType"]: item["LogicalResourceId"] for item in resources}

    assert {name: item["PropertyDifferences"] for name, item in detect(cfn).items()} == {}
    stack = cfn.describe_stacks(StackName="mz-dev")["Stacks"][0]
    assert stack["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"
    checked = cfn.describe_stack_resource_drifts(StackName="mz-dev")["StackResourceDrifts"]
    assert len(checked) == len(resources)

    def physical(kind: str) -> str:
        return ids[types[kind]]

    clients("ecs").update_service(
        cluster=physical("AWS::ECS::Cluster"), service=physical("AWS::ECS::Service"), desiredCount=0
    )
    clients("ec2").authorize_security_group_ingress(
        GroupId=physical("AWS::EC2::SecurityGroup"),
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ],
    )
    clients("apigatewayv2").delete_stage(ApiId=physical("AWS::ApiGatewayV2::Api"), StageName="$default")
    clients("logs").put_retention_policy(logGroupName=physical("AWS::Logs::LogGroup"), retentionInDays=3)
    clients("servicediscovery").tag_resource(
        ResourceARN=clients("servicediscovery").get_service(Id=physical("AWS::ServiceDiscovery::Service"))[
            "Service"
        ]["Arn"],
        Tags=[{"Key": "by", "Value": "hand"}],
    )

    drifted = detect(cfn)

    told = {
        name: [(each["PropertyPath"], each["DifferenceType"]) for each in item["PropertyDifferences"]]
        for name, item in drifted.items()
    }
    assert told == {
        types["AWS::ECS::Service"]: [("/DesiredCount", "NOT_EQUAL")],
        types["AWS::EC2::SecurityGroup"]: [("/SecurityGroupIngress/0", "ADD")],
        types["AWS::ApiGatewayV2::Stage"]: [],
        types["AWS::Logs::LogGroup"]: [("/RetentionInDays", "NOT_EQUAL")],
        types["AWS::ServiceDiscovery::Service"]: [("/Tags/0", "ADD")],
    }
    assert drifted[types["AWS::ApiGatewayV2::Stage"]]["StackResourceDriftStatus"] == "DELETED"
    stack = cfn.describe_stacks(StackName="mz-dev")["Stacks"][0]
    assert stack["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
