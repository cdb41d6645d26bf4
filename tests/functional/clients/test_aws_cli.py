"""The AWS CLI deploys the template that ``hatoba synth`` prints, looks at it by hand, and deletes it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.functional.clients.standing import what_stands
from tests.support.cloud import RunningCloud, get
from tests.support.command import Hatoba
from tests.support.shell import Program
from tests.support.waiting import wait_until

CLUSTER = ("--cluster", "mz-dev-ecs-cluster")
NAMESPACE = ("--namespace-name", "mz-dev-application-service.internal", "--service-name", "mz-dev-app")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def aws(cloud: RunningCloud, tmp_path: Path) -> Program:
    environment = {**cloud.environment, "AWS_DEFAULT_OUTPUT": "json", "AWS_PAGER": ""}
    return Program((sys.executable, "-m", "awscli"), tmp_path, environment)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(Hatoba.with_example("sales_support_system", tmp_path)("synth"))
    return path


class Deploy:
    """``aws cloudformation deploy`` of the reference system."""

    def __init__(self, aws: Program, cloud: RunningCloud, template: Path) -> None:
        stands = cloud.ask("GET", "defaults")
        self._aws = aws
        self._template = str(template)
        self._last_ended = 0.0
        self._inputs = {
            "VpcId": stands["vpc_id"],
            "DefaultSecurityGroupId": stands["security_group_id"],
            "AllowOrigins": "http://localhost:3000",
            "CognitoUserPoolEndpoint": stands["user_pool_endpoint"],
            "UserPoolClientIds": ",".join(stands["user_pool_client_ids"]),
            "PrivateSubnetIds": ",".join(stands["subnet_ids"][:2]),
        }

    def __call__(self, *words: str, changed: Mapping[str, str] | None = None, expect: int = 0) -> str:
        given = [f"{name}={value}" for name, value in {**self._inputs, **(changed or {})}.items()]
        # The command names its change set by the second: two in one second collide, here as on AWS.
        wait_until(lambda: time.time() >= self._last_ended + 1, what="another second")
        try:
            return self._deploy(*words, given=given, expect=expect)
        finally:
            self._last_ended = time.time()

    def _deploy(self, *words: str, given: list[str], expect: int) -> str:
        return self._aws(
            *("cloudformation", "deploy", "--stack-name", "mz-dev", "--template-file", self._template),
            *("--capabilities", "CAPABILITY_NAMED_IAM", "--tags", "Team=sales", *words),
            *("--parameter-overrides", *given),
            expect=expect,
        )


@pytest.fixture
def deploy(aws: Program, cloud: RunningCloud, template: Path) -> Deploy:
    return Deploy(aws, cloud, template)


def test_a_stack_is_deployed_twice_changed_and_deleted(
    cloud: RunningCloud, aws: Program, deploy: Deploy
) -> None:
    stood = what_stands(cloud)

    assert "Successfully created/updated stack - mz-dev" in deploy()
    assert "No changes to deploy. Stack mz-dev is up to date" in deploy("--no-fail-on-empty-changeset")
    assert "No changes to deploy" in deploy("--fail-on-empty-changeset", expect=255)

    (stack,) = aws.json("cloudformation", "describe-stacks", "--stack-name", "mz-dev")["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    url = outputs["ApigatewayEndpoint"] + "/"
    status, page = get(url, cloud.token())
    assert (status, "Congratulations!" in page) == (200, True)
    assert get(url, cloud.token(), "POST")[0] == 404

    changed = {"EcsServiceDesiredCount": "2", "EcsServiceHttpMethodsPost": "true", "LogRetentionInDays": "14"}
    assert "Successfully created/updated stack - mz-dev" in deploy(changed=changed)
    assert get(url, cloud.token(), "POST")[0] == 200
    groups = aws.json("logs", "describe-log-groups")["logGroups"]
    assert {group["retentionInDays"] for group in groups} == {14}

    aws("cloudformation", "delete-stack", "--stack-name", "mz-dev")
    aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", "mz-dev")
    assert what_stands(cloud) == stood


def test_a_person_looks_around(cloud: RunningCloud, aws: Program, deploy: Deploy) -> None:
    deploy(changed={"EcsServiceDesiredCount": "2"})
    aws("ecs", "wait", "services-stable", *CLUSTER, "--services", "mz-dev-app")

    (service,) = aws.json("ecs", "describe-services", *CLUSTER, "--services", "mz-dev-app")["services"]
    assert (service["status"], service["runningCount"]) == ("ACTIVE", 2)
    tasks = aws.json("ecs", "list-tasks", *CLUSTER, "--service-name", "mz-dev-app")["taskArns"]
    described = aws.json("ecs", "describe-tasks", *CLUSTER, "--tasks", *tasks)["tasks"]
    assert [task["lastStatus"] for task in described] == ["RUNNING", "RUNNING"]
    family = aws.json("ecs", "describe-task-definition", "--task-definition", "mz-dev-site")
    assert family["taskDefinition"]["revision"] == 1

    found = aws.json("servicediscovery", "discover-instances", *NAMESPACE)["Instances"]
    assert {each["InstanceId"] for each in found} == {task.rpartition("/")[2] for task in tasks}

    (api,) = aws.json("apigatewayv2", "get-apis")["Items"]
    assert (api["Name"], api["ProtocolType"]) == ("mz-dev-api-gateway", "HTTP")
    assert get(api["ApiEndpoint"] + "/orders/7", cloud.token())[0] == 200

    group = "/aws/ecs/fargate/mz-dev-app"
    (stream, _) = aws.json("logs", "describe-log-streams", "--log-group-name", group)["logStreams"]
    lines = aws(
        "logs", "get-log-events", "--log-group-name", group, "--log-stream-name", stream["logStreamName"]
    )
    assert "listening on" in lines
    events = aws.json("logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", "orders")
    assert ["GET /orders/7" in each["message"] for each in events["events"]] == [True]
    assert aws.json("sts", "get-caller-identity")["Account"] == cloud.run.account
