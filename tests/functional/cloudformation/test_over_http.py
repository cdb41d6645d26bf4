"""The whole cloud as a process, driven by boto3: what a client of CloudFormation sees."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.functional.cloudformation.server import REGION, TEMPLATE, Server

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import WaiterConfigTypeDef

POLL: WaiterConfigTypeDef = {"Delay": 1, "MaxAttempts": 20}


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"), "--ephemeral")
    yield server
    server.end()


def test_a_change_set_client_creates_updates_and_deletes_the_reference_system(clients: Server) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    first = cfn.create_change_set(
        StackName="mz-dev",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=TEMPLATE,
        Parameters=clients.network(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cfn.get_waiter("change_set_create_complete").wait(ChangeSetName=first["Id"])
    cfn.execute_change_set(ChangeSetName=first["Id"])
    begun = time.monotonic()
    cfn.get_waiter("stack_create_complete").wait(StackName="mz-dev", WaiterConfig=POLL)
    assert time.monotonic() - begun < 5
    stack = cfn.describe_stacks(StackName="mz-dev")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["ApigatewayEndpoint"].startswith("http")

    second = cfn.create_change_set(
        StackName="mz-dev",
        ChangeSetName="second",
        TemplateBody=TEMPLATE,
        Parameters=[
            {"ParameterKey": item["ParameterKey"], "UsePreviousValue": True} for item in stack["Parameters"]
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    described = cfn.describe_change_set(ChangeSetName=second["Id"])
    assert described["Status"] == "FAILED"
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")

    events = cfn.describe_stack_events(StackName="mz-dev")["StackEvents"]
    assert events[0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert events[0]["PhysicalResourceId"] == stack["StackId"]
    assert len({event["EventId"] for event in events}) == len(events)

    cfn.delete_stack(StackName="mz-dev")
    cfn.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig=POLL)
    with pytest.raises(ClientError, match="Stack with id mz-dev does not exist") as caught:
        cfn.describe_stacks(StackName="mz-dev")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_a_missing_change_set_is_a_404(clients: Server) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    with pytest.raises(ClientError) as caught:
        cfn.describe_change_set(ChangeSetName=f"arn:aws:cloudformation:{REGION}:000000000000:changeSet/x/y")
    assert caught.value.response["Error"]["Code"] == "ChangeSetNotFound"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_command_line_deploys_twice_and_the_second_time_nothing_changes(
    clients: Server, tmp_path: Path
) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Logs: {Type: 'AWS::Logs::LogGroup', Properties: {RetentionInDays: 7}}}")
    endpoint = clients.endpoint
    command = [sys.executable, "-m", "awscli", "cloudformation", "deploy", "--stack-name", "logs"]
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PATH": "",
    }

    def deploy() -> str:
        done = subprocess.run(
            [*command, "--template-file", str(template), "--no-fail-on-empty-changeset"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Successfully created/updated stack - logs" in deploy()
    assert "No changes to deploy. Stack logs is up to date" in deploy()
