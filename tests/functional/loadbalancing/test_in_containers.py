"""The same stack with tasks as real containers: their published ports are the targets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.loadbalancing.test_balanced import ask
from tests.functional.loadbalancing.test_service_stack import TEMPLATE, WITHIN_S, Stack, asked_all_the_time
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.engine import IMAGE, TestEngine, engine
from tests.support.waiting import wait_until

__all__ = ["engine"]

pytestmark = [pytest.mark.containers, pytest.mark.xdist_group("containers")]

# The first process of a container gets SIGTERM only if it asks for it: the shell does.
SERVE = "mkdir /www && echo here > /www/index.html && httpd -p 80 -h /www && trap exit TERM; sleep 600 & wait"
IN_CONTAINERS = TEMPLATE.replace(
    "Image: !Ref Image,", f'Image: "{IMAGE}", EntryPoint: [sh, -c], Command: ["{SERVE}"],'
)


@pytest.fixture
def cloud(engine: TestEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCloud]:
    monkeypatch.setenv("HATOBA_DOCKER_HOST", engine.url)
    with running_cloud(tmp_path, "--runtime", "container") as running:
        yield running


def test_containers_are_targets_of_a_load_balancer_and_replaced_without_a_failed_request(
    cloud: RunningCloud,
) -> None:
    stack = Stack(cloud, "application", template=IN_CONTAINERS)
    wait_until(lambda: ask(stack.url)[:2] == (200, b"here\n"), within_s=WITHIN_S)
    assert stack.states() == ["healthy", "healthy"]
    first = stack.service()["deployments"][0]["id"]
    with asked_all_the_time(stack.url, "/") as failures:
        stack.ecs.update_service(cluster=stack.outputs["Cluster"], service="web", forceNewDeployment=True)
        wait_until(
            lambda: (
                [(each["rolloutState"], each["id"] != first) for each in stack.service()["deployments"]]
                == [("COMPLETED", True)]
            ),
            within_s=WITHIN_S,
        )
    assert failures == []
