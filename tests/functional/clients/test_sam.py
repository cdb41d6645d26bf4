"""Unmodified SAM CLI deploys the reference system with SAM's transform, changes it and deletes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.clients.standing import what_stands
from tests.support.cloud import RunningCloud, get
from tests.support.command import Hatoba
from tests.support.elsewhere import program
from tests.support.shell import Program

SAM = "aws-sam-cli==1.170.0"
STACK = ("--stack-name", "mz-dev")
TRANSFORM = "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Timeout: 10}}\n"
DEPLOY = (
    *("deploy", *STACK, "--template-file", "template.yaml", "--resolve-s3"),
    *("--capabilities", "CAPABILITY_NAMED_IAM", "--no-confirm-changeset", "--no-progressbar"),
)

pytestmark = [pytest.mark.sam, pytest.mark.timeout(600), pytest.mark.xdist_group("sam")]


@pytest.fixture
def sam(cloud: RunningCloud, tmp_path: Path) -> Program:
    """SAM's command, beside the template that ``hatoba synth`` prints."""
    template = Hatoba.with_example("sales_support_system", tmp_path)("synth")
    (tmp_path / "template.yaml").write_text(TRANSFORM + template)
    environment = {**cloud.environment, "HOME": str(tmp_path), "SAM_CLI_TELEMETRY": "0"}
    return Program((str(program("sam", SAM)),), tmp_path, environment)


@pytest.fixture
def given(cloud: RunningCloud) -> tuple[str, ...]:
    stands = cloud.ask("GET", "defaults")
    return (
        "--parameter-overrides",
        f"VpcId={stands['vpc_id']}",
        f"DefaultSecurityGroupId={stands['security_group_id']}",
        f"CognitoUserPoolEndpoint={stands['user_pool_endpoint']}",
        f"UserPoolClientIds={stands['user_pool_client_ids'][0]}",
        f"PrivateSubnetIds={','.join(stands['subnet_ids'][:2])}",
        "AllowOrigins=http://localhost:3000",
    )


def outputs(cloud: RunningCloud) -> dict[str, str]:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="mz-dev")["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_a_serverless_application_lives_and_leaves_only_sams_own_bucket(
    cloud: RunningCloud, sam: Program, given: tuple[str, ...]
) -> None:
    assert "Successfully created/updated stack - mz-dev" in sam(*DEPLOY, *given)
    url = outputs(cloud)["ApigatewayEndpoint"] + "/orders"
    status, page = get(url, cloud.token())
    assert (status, "Congratulations!" in page) == (200, True)
    assert get(url)[0] == 401

    said = sam(*DEPLOY, "--no-fail-on-empty-changeset", *given)
    assert "No changes to deploy. Stack mz-dev is up to date" in said

    changed = ("EcsServiceDesiredCount=2", "EcsServiceHttpMethodsPost=true", "LogRetentionInDays=14")
    assert get(url, cloud.token(), "POST")[0] == 404
    assert "Successfully created/updated stack - mz-dev" in sam(*DEPLOY, *given, *changed)
    assert get(url, cloud.token(), "POST")[0] == 200
    assert "ApigatewayEndpoint" in sam("list", "stack-outputs", *STACK)

    assert "Deleted successfully" in sam("delete", *STACK, "--no-prompts", "--region", cloud.run.region)
    assert what_stands(cloud) == {"stacks": ["aws-sam-cli-managed-default"]}
