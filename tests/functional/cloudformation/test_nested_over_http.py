"""Nested stacks and wait conditions as a client meets them: templates in S3, a signal by HTTP PUT."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from tests.functional.cloudformation.server import Server
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import ParameterTypeDef, WaiterConfigTypeDef
    from types_boto3_s3 import S3Client

POLL: WaiterConfigTypeDef = {"Delay": 1, "MaxAttempts": 60}
INNER = """
Parameters: {Days: {Type: Number}}
Resources:
  Group: {Type: "AWS::Logs::LogGroup", Properties: {RetentionInDays: !Ref Days}}
Outputs:
  Name: {Value: !Ref Group}
"""
OUTER = """
Parameters: {Days: {Type: Number, Default: 7}}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Sub "https://s3.${AWS::Region}.${AWS::URLSuffix}/texts/inner.yaml"
      Parameters: {Days: !Ref Days}
  Handle: {Type: "AWS::CloudFormation::WaitConditionHandle"}
  Wait: {Type: "AWS::CloudFormation::WaitCondition", Properties: {Handle: !Ref Handle, Timeout: 60}}
Outputs:
  Name: {Value: !GetAtt Inner.Outputs.Name}
  Data: {Value: !GetAtt Wait.Data}
"""


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"), "--ephemeral")
    try:
        yield server
    finally:
        server.end()


def handle(cfn: CloudFormationClient) -> str:
    """Return the handle's address as soon as there is one."""

    def found() -> str | None:
        resources = cfn.describe_stack_resources(StackName="outer")["StackResources"]
        addresses = {each["LogicalResourceId"]: each.get("PhysicalResourceId") for each in resources}
        return addresses.get("Handle")

    address = wait_until(found, within_s=60, what="the handle's address")
    assert address is not None
    return address


def test_a_nested_stack_and_a_wait_condition_are_driven_by_an_ordinary_client(clients: Server) -> None:
    s3: S3Client = clients("s3")
    s3.create_bucket(Bucket="texts", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    s3.put_object(Bucket="texts", Key="inner.yaml", Body=INNER.encode())
    cfn: CloudFormationClient = clients("cloudformation")
    cfn.create_stack(StackName="outer", TemplateBody=OUTER)
    signal = json.dumps({"Status": "SUCCESS", "UniqueId": "1", "Data": "done", "Reason": ""}).encode()
    with urlopen(Request(handle(cfn), signal, method="PUT"), timeout=60) as answer:
        assert answer.status == 200
    cfn.get_waiter("stack_create_complete").wait(StackName="outer", WaiterConfig=POLL)
    (stack,) = cfn.describe_stacks(StackName="outer")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert json.loads(outputs["Data"]) == {"1": "done"}
    assert group(clients, outputs["Name"]) == 7

    days: list[ParameterTypeDef] = [{"ParameterKey": "Days", "ParameterValue": "30"}]
    cfn.update_stack(StackName="outer", UsePreviousTemplate=True, Parameters=days)
    cfn.get_waiter("stack_update_complete").wait(StackName="outer", WaiterConfig=POLL)
    assert group(clients, outputs["Name"]) == 30

    cfn.delete_stack(StackName="outer")
    cfn.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig=POLL)
    left = [each for each in cfn.list_stacks()["StackSummaries"] if each["StackStatus"] != "DELETE_COMPLETE"]
    assert left == []
    assert clients("logs").describe_log_groups()["logGroups"] == []


def group(clients: Server, name: str) -> int:
    (found,) = clients("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return int(found["retentionInDays"])
