"""The verbs for an environment on AWS, from plan to destroy. The local cloud answers in AWS's place."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.cli.aws import ACCOUNT, REGION, credentials, with_dev
from tests.functional.cli.terminal import Terminal
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.command import Hatoba
from tests.support.waiting import wait_until

DEV = ("--env", "dev")

pytestmark = pytest.mark.timeout(600)  # many commands, each a process of its own


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with running_cloud(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture
def hatoba(aws: RunningCloud, tmp_path: Path) -> Iterator[Hatoba]:
    """The reference system with its environment dev; afterwards its stack is gone."""
    command = with_dev(aws, tmp_path)
    yield command
    cloudformation = client(aws, "cloudformation")
    cloudformation.delete_stack(StackName="mz-dev")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="mz-dev", WaiterConfig={"Delay": 1})


def client(aws: RunningCloud, service: str) -> Any:
    return aws.client(service, aws_access_key_id=ACCOUNT, region_name=REGION)


def change(hatoba: Hatoba, old: str, new: str) -> None:
    file = hatoba.folder / "hatobafile.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_system_goes_to_an_account_is_changed_taken_back_and_removed(
    aws: RunningCloud, hatoba: Hatoba
) -> None:
    planned = hatoba("plan", *DEV)
    assert "+ add" in planned
    assert "Monthly cost: +" in planned
    assert "AppRole allows cloudwatch:PutMetricData on *" in planned
    assert "EcsSgSecurityGroup lets in tcp 80 from 10.0.0.0/16" in planned
    with pytest.raises(ClientError, match="does not exist"):
        client(aws, "cloudformation").describe_stacks(StackName="mz-dev")

    unasked = hatoba.run("deploy", *DEV)
    assert (unasked.returncode, "--yes" in unasked.stderr) == (5, True)

    hatoba("deploy", *DEV, "--yes")
    assert hatoba.json("status", *DEV)["status"] == "CREATE_COMPLETE"
    examined = json.loads(hatoba.run("doctor", *DEV, "--json").stdout)
    assert examined["looked_at"].startswith("what stands in environment dev")
    found = [finding["what"] for finding in examined["findings"] if finding["level"] == "problem"]
    assert any("let nothing in on port 80 from VPC link mz-dev-vpc-link" in what for what in found)
    assert not any("does not allow" in what for what in found)
    same = hatoba.run("plan", *DEV, "--exit-code")
    assert (same.returncode, "1 to start anew" in same.stdout) == (0, True)

    change(hatoba, "log_retention_in_days = Input.number(7)", "log_retention_in_days = Input.number(14)")
    changed = hatoba.run("plan", *DEV, "--exit-code", "--json")
    assert changed.returncode == 3
    changes = {each["logical_id"]: each for each in json.loads(changed.stdout)["changes"]}
    (retention,) = changes["AwsApiGatewayMzDevLogGroup"]["properties"]
    assert (retention["name"], retention["before"], retention["after"]) == ("RetentionInDays", "7", "14")
    hatoba("deploy", *DEV, "--yes")
    assert retention_of(aws) == 14

    client(aws, "logs").put_retention_policy(logGroupName="/aws/api-gateway/mz-dev", retentionInDays=30)
    drifted = hatoba.run("drift", *DEV, "--exit-code")
    assert drifted.returncode == 3
    assert "RetentionInDays: 14 → 30" in drifted.stdout

    hatoba("rollback", *DEV, "--yes")
    assert retention_of(aws) == 7
    assert hatoba.json("drift", *DEV)["has_drifted"] is False

    removed = hatoba.run("destroy", *DEV, "--yes")
    assert removed.returncode == 0
    assert "is gone" in removed.stderr
    assert removed.stderr.index("AppService (AWS::ECS::Service)") < removed.stderr.index("EcsCluster (AWS")
    assert hatoba.run("status", *DEV).returncode == 1


def retention_of(aws: RunningCloud) -> object:
    groups = client(aws, "logs").describe_log_groups(logGroupNamePrefix="/aws/api-gateway/mz-dev")
    return groups["logGroups"][0]["retentionInDays"]


def test_a_saved_plan_is_executed_as_it_was_shown_and_refused_when_stale(hatoba: Hatoba) -> None:
    hatoba("plan", *DEV, "--out", "plan.json")

    waiting = hatoba.run("deploy", *DEV, "--yes")
    assert waiting.returncode == 1
    assert "REVIEW_IN_PROGRESS" in waiting.stderr
    assert "hatoba destroy --env dev" in waiting.stderr

    environments = hatoba.folder / "environments.toml"
    text = environments.read_text()
    environments.write_text(text.replace("1example23456789", "2example23456789"))
    stale = hatoba.run("deploy", *DEV, "--plan", "plan.json")
    assert stale.returncode == 5
    assert "other values of the inputs" in stale.stderr
    environments.write_text(text)

    deployed = json.loads(hatoba("deploy", *DEV, "--plan", "plan.json", "--json"))
    assert deployed["status"] == "CREATE_COMPLETE"
    again = hatoba.run("deploy", *DEV, "--plan", "plan.json")
    assert again.returncode == 5
    assert "another state of the stack" in again.stderr


def test_a_creation_that_fails_tells_why_and_what_to_do_next(aws: RunningCloud, tmp_path: Path) -> None:
    hatoba = with_dev(aws, tmp_path, desired=1)
    change(hatoba, "httpd:latest", "httpd:no-such-tag")

    failed = hatoba.run("deploy", *DEV, "--yes")
    assert failed.returncode == 1
    assert "AppService (AWS::ECS::Service) was the first to fail" in failed.stderr
    assert "hatoba destroy --env dev" in failed.stderr

    stuck = hatoba.run("deploy", *DEV, "--yes")
    assert stuck.returncode == 1
    assert "ROLLBACK_COMPLETE" in stuck.stderr
    assert "hatoba destroy --env dev removes it" in stuck.stderr
    hatoba("destroy", *DEV, "--yes")


def test_a_change_that_fails_shows_what_ecs_and_the_task_said_and_is_taken_back(hatoba: Hatoba) -> None:
    hatoba("deploy", *DEV, "--yes")
    change(hatoba, "httpd:latest", "httpd:no-such-tag")
    environments = hatoba.folder / "environments.toml"
    environments.write_text(environments.read_text().replace("desired_count = 0", "desired_count = 1"))

    failed = hatoba.run("deploy", *DEV, "--yes")

    assert failed.returncode == 1
    assert "UPDATE_ROLLBACK_COMPLETE" in failed.stderr
    assert "What ECS said:" in failed.stderr
    assert "(service mz-dev-app) rolling back" in failed.stderr
    assert "CannotPullContainerError" in failed.stderr
    assert "what had changed was rolled back" in failed.stderr
    assert hatoba.json("status", *DEV)["services"][0]["desired"] == 0


def test_on_a_terminal_a_person_is_asked_and_sees_what_is_in_work(hatoba: Hatoba) -> None:
    with Terminal(hatoba, "deploy", *DEV) as asked:
        wait_until(lambda: "[y/N]" in asked.text, within_s=60, what="the question")
        asked.type("no")
        assert asked.process.wait(60) == 5
    assert "Nothing was changed" in asked.text
    assert hatoba.run("status", *DEV).returncode == 1

    with Terminal(hatoba, "deploy", *DEV) as agreed:
        wait_until(lambda: "[y/N]" in agreed.text, within_s=60, what="the question")
        agreed.type("y")
        assert agreed.process.wait(60) == 0
    assert "mz-dev is CREATE_COMPLETE" in agreed.text

    with Terminal(hatoba, "destroy", *DEV) as named:
        wait_until(lambda: "Type dev to agree" in named.text, within_s=60, what="the question")
        named.type("dev")
        assert named.process.wait(60) == 0
    assert "is gone" in named.text


def test_another_account_is_refused_before_anything(aws: RunningCloud, hatoba: Hatoba) -> None:
    hatoba.variables = credentials(aws.endpoint, account="444455556666")

    for words in (("deploy", "--yes"), ("destroy", "--yes")):
        refused = hatoba.run(*words, *DEV)
        assert refused.returncode == 5, words
        assert "belong to 444455556666" in refused.stderr


def test_the_doctor_looks_at_what_is_to_be_deployed_before_it_is(hatoba: Hatoba) -> None:
    environments = hatoba.folder / "environments.toml"
    environments.write_text(environments.read_text().replace("cognito-idp.ap", "issuer.invalid/"))

    found = hatoba.run("doctor", *DEV, "--json")

    assert found.returncode == 1
    whats = [finding["what"] for finding in json.loads(found.stdout)["findings"]]
    assert any("nothing in on port 80 from VPC link mz-dev-vpc-link" in what for what in whats)
    assert any("no way to the registry" in what for what in whats)
    assert any("No keys of https://issuer.invalid/" in what for what in whats)


def test_an_interrupted_update_goes_on_bars_others_and_can_be_cancelled(
    aws: RunningCloud, hatoba: Hatoba
) -> None:
    hatoba("deploy", *DEV, "--yes")
    never = 'health_check=ecs.HealthCheck(["CMD-SHELL", "exit 1"], start_period=300),\n    ports=[80],'
    change(hatoba, "ports=[80],", never)
    environments = hatoba.folder / "environments.toml"
    environments.write_text(environments.read_text().replace("desired_count = 0", "desired_count = 1"))
    aws.run_instead_of("public.ecr.aws/docker/library/httpd:latest")

    deploying = hatoba.start("deploy", *DEV, "--yes")
    wait_until(lambda: status_of(aws) == "UPDATE_IN_PROGRESS", within_s=60, what="the update")
    other = hatoba.run("deploy", *DEV, "--yes")
    deploying.send_signal(signal.SIGINT)
    _, said = deploying.communicate(timeout=60)

    assert deploying.returncode == 130
    assert "CloudFormation goes on with stack mz-dev, which is in UPDATE_IN_PROGRESS" in said
    assert "hatoba rollback --env dev cancels it" in said
    assert other.returncode == 1
    assert "another operation is running" in other.stderr
    assert status_of(aws) == "UPDATE_IN_PROGRESS"

    hatoba("rollback", *DEV, "--yes")
    assert status_of(aws) == "UPDATE_ROLLBACK_COMPLETE"


def status_of(aws: RunningCloud) -> object:
    return client(aws, "cloudformation").describe_stacks(StackName="mz-dev")["Stacks"][0]["StackStatus"]
