"""kill -9 in the middle of a creation: the cloud that starts again in the same folder completes it."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

from tests.functional.cloudformation.server import TEMPLATE, Server
from tests.support.waiting import wait_until


@pytest.mark.parametrize("resources", [1, 6, 12])
def test_a_killed_cloud_completes_its_stack(tmp_path: Path, resources: int) -> None:
    first = Server(tmp_path)
    cfn = first("cloudformation")
    made = cfn.create_change_set(
        StackName="mz-dev",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=TEMPLATE,
        Parameters=first.network(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    def execute() -> None:
        with contextlib.suppress(BotoCoreError):  # the answer dies with the cloud
            first("cloudformation").execute_change_set(ChangeSetName=made["Id"])

    executing = threading.Thread(target=execute)
    executing.start()
    wait_until(lambda: len(cfn.describe_stack_resources(StackName="mz-dev")["StackResources"]) >= resources)
    first.kill()
    executing.join()

    second = Server(tmp_path)
    try:
        again = second("cloudformation")

        def status() -> str:
            return str(again.describe_stacks(StackName=made["StackId"])["Stacks"][0]["StackStatus"])

        wait_until(lambda: not status().endswith("IN_PROGRESS"), what="the stack")
        assert status() == "CREATE_COMPLETE"
        assert len(again.describe_stack_resources(StackName="mz-dev")["StackResources"]) == 17
        assert len(second("apigatewayv2").get_apis()["Items"]) == 1
        assert len(second("servicediscovery").list_services()["Services"]) == 1
        again.delete_stack(StackName="mz-dev")
        wait_until(lambda: status() == "DELETE_COMPLETE", what="the deletion")
    finally:
        second.end()
