"""What was made by hand comes under a stack, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.functional.cloudformation.server import Server

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
TEMPLATE = """
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Retain
    Properties: {LogGroupName: /by/hand, RetentionInDays: 7}
  Api:
    Type: AWS::ApiGatewayV2::Api
    DeletionPolicy: Delete
    Properties: {Name: by-hand, ProtocolType: HTTP}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    DeletionPolicy: Delete
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
  Role:
    Type: AWS::IAM::Role
    DeletionPolicy: Delete
    Properties: {RoleName: by-hand, AssumeRolePolicyDocument: POLICY}
""".replace("POLICY", json.dumps(POLICY))


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"), "--ephemeral")
    yield server
    server.end()


def test_resources_made_by_hand_are_imported_and_then_belong_to_the_stack(clients: Server) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    clients("logs").create_log_group(logGroupName="/by/hand")
    clients("logs").put_retention_policy(logGroupName="/by/hand", retentionInDays=7)
    gateway = clients("apigatewayv2")
    api_id = gateway.create_api(Name="by-hand", ProtocolType="HTTP")["ApiId"]
    gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    clients("iam").create_role(RoleName="by-hand", AssumeRolePolicyDocument=json.dumps(POLICY))
    summary = cfn.get_template_summary(TemplateBody=TEMPLATE)
    names = {
        item["ResourceType"]: item["ResourceIdentifiers"] for item in summary["ResourceIdentifierSummaries"]
    }
    assert sorted(names["AWS::ApiGatewayV2::Stage"]) == ["ApiId", "StageName"]
    identifiers = {
        "Logs": ("AWS::Logs::LogGroup", {"LogGroupName": "/by/hand"}),
        "Api": ("AWS::ApiGatewayV2::Api", {"ApiId": api_id}),
        "Stage": ("AWS::ApiGatewayV2::Stage", {"ApiId": api_id, "StageName": "$default"}),
        "Role": ("AWS::IAM::Role", {"RoleName": "by-hand"}),
    }

    made = cfn.create_change_set(
        StackName="adopted",
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=TEMPLATE,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "Owner", "Value": "us"}],
        ResourcesToImport=[
            {"ResourceType": kind, "LogicalResourceId": name, "ResourceIdentifier": identifier}
            for name, (kind, identifier) in identifiers.items()
        ],
    )
    cfn.execute_change_set(ChangeSetName=made["Id"])
    cfn.get_waiter("stack_import_complete").wait(
        StackName="adopted", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )

    assert gateway.get_api(ApiId=api_id)["Tags"]["Owner"] == "us"
    cfn.detect_stack_drift(StackName="adopted")
    stack = cfn.describe_stacks(StackName="adopted")["Stacks"][0]
    assert stack["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"

    cfn.delete_stack(StackName="adopted")
    cfn.get_waiter("stack_delete_complete").wait(
        StackName="adopted", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    assert gateway.get_apis()["Items"] == []
    assert len(clients("logs").describe_log_groups()["logGroups"]) == 1
