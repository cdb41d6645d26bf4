"""The whole cloud as a process, driven by boto3: what a client of CloudFormation sees."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.functional.cloudformation.cloud import REFERENCE, parameters

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import WaiterConfigTypeDef

REGION = "ap-northeast-1"
POLL: WaiterConfigTypeDef = {"Delay": 1, "MaxAttempts": 20}


def without_authorizer(text: str) -> str:
    """Leave the JWT authorizer out: its issuer would be looked for on the internet."""
    start = text.index("  Authorizer:\n")
    text = text[:start] + text[text.index("  GetRoute:\n") :]
    kept = (line for line in text.splitlines() if "AuthorizationType" not in line)
    return "\n".join(line for line in kept if "AuthorizerId" not in line)


TEMPLATE = without_authorizer(REFERENCE)


class Clients:
    """boto3's clients for one endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def __call__(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    ports = [part for name in ("port", "gateway-port", "dns-port") for part in (f"--{name}", "0")]
    command = [sys.executable, "-m", "hatoba.cloud.server", "--ephemeral", "--runtime", "simulated", *ports]
    folder = tmp_path_factory.mktemp("cloud")
    with subprocess.Popen(
        [*command, "--folder", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())["ready"]
            yield Clients(f"http://127.0.0.1:{ready['port']}")
        finally:
            process.terminate()


def given(clients: Clients) -> list[Any]:
    """Return the template's parameters: what stands in the default VPC."""
    ec2 = clients("ec2")
    vpc_id = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    groups = ec2.describe_security_groups()["SecurityGroups"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    return parameters(
        VpcId=vpc_id,
        DefaultSecurityGroupId=next(item["GroupId"] for item in groups if item["GroupName"] == "default"),
        PrivateSubnetIds=",".join(subnets),
    )


def test_a_change_set_client_creates_updates_and_deletes_the_reference_system(clients: Clients) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    first = cfn.create_change_set(
        StackName="mz-dev",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=TEMPLATE,
        Parameters=given(clients),
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


def test_a_missing_change_set_is_a_404(clients: Clients) -> None:
    cfn: CloudFormationClient = clients("cloudformation")
    with pytest.raises(ClientError) as caught:
        cfn.describe_change_set(ChangeSetName=f"arn:aws:cloudformation:{REGION}:000000000000:changeSet/x/y")
    assert caught.value.response["Error"]["Code"] == "ChangeSetNotFound"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_command_line_deploys_twice_and_the_second_time_nothing_changes(
    clients: Clients, tmp_path: Path
) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Logs: {Type: 'AWS::Logs::LogGroup', Properties: {RetentionInDays: 7}}}")
    endpoint = clients("sts").meta.endpoint_url
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
