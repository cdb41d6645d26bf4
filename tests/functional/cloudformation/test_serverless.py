"""SAM's HttpApi with a private integration, expanded by CloudFormation and driven by boto3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.functional.cloudformation.server import Server

if TYPE_CHECKING:
    from types_boto3_apigatewayv2 import ApiGatewayV2Client
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import WaiterConfigTypeDef

POLL: WaiterConfigTypeDef = {"Delay": 1, "MaxAttempts": 20}
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  VpcId: {Type: "AWS::EC2::VPC::Id"}
  PrivateSubnetIds: {Type: "List<AWS::EC2::Subnet::Id>"}
  DefaultSecurityGroupId: {Type: "AWS::EC2::SecurityGroup::Id"}
Globals:
  HttpApi:
    CorsConfiguration: {AllowOrigins: ["https://a.example"], AllowMethods: [GET]}
Resources:
  Namespace:
    Type: AWS::ServiceDiscovery::PrivateDnsNamespace
    Properties: {Name: sam.internal, Vpc: !Ref VpcId}
  App:
    Type: AWS::ServiceDiscovery::Service
    Properties:
      Name: app
      NamespaceId: !Ref Namespace
      DnsConfig: {DnsRecords: [{Type: SRV, TTL: 60}]}
  Link:
    Type: AWS::ApiGatewayV2::VpcLink
    Properties:
      Name: link
      SubnetIds: !Ref PrivateSubnetIds
      SecurityGroupIds: [!Ref DefaultSecurityGroupId]
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: $default
      DefinitionBody:
        openapi: 3.0.1
        info: {title: shop, version: "1"}
        paths:
          /{proxy+}:
            get:
              x-amazon-apigateway-integration:
                type: http_proxy
                httpMethod: ANY
                connectionType: VPC_LINK
                connectionId: !Ref Link
                uri: !GetAtt App.Arn
                payloadFormatVersion: "1.0"
Outputs:
  ApiId: {Value: !Ref Http}
"""
WITH_POST = TEMPLATE.replace("            get:", "            post:")


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"), "--ephemeral")
    yield server
    server.end()


def deploy(clients: Server, name: str, text: str, kind: str) -> dict[str, str]:
    cfn: CloudFormationClient = clients("cloudformation")
    made = cfn.create_change_set(
        StackName="sam",
        ChangeSetName=name,
        ChangeSetType="CREATE" if kind == "CREATE" else "UPDATE",
        TemplateBody=text,
        Parameters=clients.network(),
    )
    described = cfn.describe_change_set(ChangeSetName=made["Id"])
    if described["Status"] == "FAILED":
        return {"StatusReason": described["StatusReason"]}
    cfn.execute_change_set(ChangeSetName=made["Id"])
    waiter = cfn.get_waiter("stack_create_complete" if kind == "CREATE" else "stack_update_complete")
    waiter.wait(StackName="sam", WaiterConfig=POLL)
    outputs = cfn.describe_stacks(StackName="sam")["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def test_a_serverless_api_is_expanded_deployed_changed_and_deleted(clients: Server) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    gateway: ApiGatewayV2Client = clients("apigatewayv2")
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        cfn.create_stack(StackName="sam", TemplateBody=TEMPLATE, Parameters=clients.network())

    api_id = deploy(clients, "first", TEMPLATE, "CREATE")["ApiId"]

    api = gateway.get_api(ApiId=api_id)
    assert (api["Name"], api["CorsConfiguration"]["AllowMethods"]) == ("shop", ["GET"])
    assert api["Tags"]["httpapi:createdBy"] == "SAM"
    (route,) = gateway.get_routes(ApiId=api_id)["Items"]
    assert route["RouteKey"] == "GET /{proxy+}"
    (integration,) = gateway.get_integrations(ApiId=api_id)["Items"]
    assert route["Target"] == f"integrations/{integration['IntegrationId']}"
    assert integration["ConnectionType"] == "VPC_LINK"
    assert gateway.get_stages(ApiId=api_id)["Items"][0]["StageName"] == "$default"

    processed = cfn.get_template(StackName="sam", TemplateStage="Processed")["TemplateBody"]
    assert processed["Resources"]["Http"]["Type"] == "AWS::ApiGatewayV2::Api"
    original: object = cfn.get_template(StackName="sam")["TemplateBody"]
    assert original == TEMPLATE
    assert "AWS::Serverless::HttpApi" in cfn.get_template_summary(StackName="sam")["ResourceTypes"]

    again = deploy(clients, "again", TEMPLATE, "UPDATE")
    assert again == {"StatusReason": "No updates are to be performed."}
    assert deploy(clients, "second", WITH_POST, "UPDATE")["ApiId"] == api_id
    (route,) = gateway.get_routes(ApiId=api_id)["Items"]
    assert route["RouteKey"] == "POST /{proxy+}"
    assert len(gateway.get_integrations(ApiId=api_id)["Items"]) == 1

    cfn.delete_stack(StackName="sam")
    cfn.get_waiter("stack_delete_complete").wait(StackName="sam", WaiterConfig=POLL)
    assert gateway.get_apis()["Items"] == []


def test_what_the_translator_refuses_is_told(clients: Server) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    text = TEMPLATE.replace("StageName: $default", "StageName: $default\n      Nonsense: 1")
    with pytest.raises(ClientError, match="Resource with id \\[Http\\] is invalid"):
        cfn.create_change_set(
            StackName="bad",
            ChangeSetName="x",
            ChangeSetType="CREATE",
            TemplateBody=text,
            Parameters=clients.network(),
        )
