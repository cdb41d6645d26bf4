"""Containers under a whole cloud: one is removed from outside, the engine goes away and comes back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from hatoba.runtime.sockets import why_unreachable
from tests.support.cloud import RunningCloud, running_cloud
from tests.support.engine import IMAGE, TestEngine, engine
from tests.support.waiting import wait_until

__all__ = ["engine"]

pytestmark = [pytest.mark.containers, pytest.mark.xdist_group("containers")]

LONG_S = 60
SLEEPS = ["sh", "-c", "trap 'exit 0' TERM; while sleep 0.2; do :; done"]


class Sleepers:
    """A service of containers that sleep."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.ecs = cloud.client("ecs")
        subnets = [each["SubnetId"] for each in cloud.client("ec2").describe_subnets()["Subnets"]]
        self.ecs.create_cluster(clusterName="c")
        self.ecs.register_task_definition(
            family="sleeper",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": IMAGE, "command": SLEEPS}],
        )
        self.ecs.create_service(
            cluster="c",
            serviceName="s",
            taskDefinition="sleeper",
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": subnets[:1]}},
        )

    def running(self) -> list[str]:
        arns = self.ecs.list_tasks(cluster="c")["taskArns"]
        tasks = self.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"] if arns else []
        return [each["taskArn"].rsplit("/", 1)[-1] for each in tasks if each["lastStatus"] == "RUNNING"]

    def until_running(self, count: int, *, without: str = "") -> list[str]:
        def are_there() -> list[str]:
            found = self.running()
            return found if len(found) == count and without not in found else []

        return wait_until(are_there, what=f"{count} tasks", within_s=LONG_S)

    def stopped(self) -> list[dict[str, Any]]:
        """Return the tasks that have stopped, in whatever order."""
        arns = self.ecs.list_tasks(cluster="c", desiredStatus="STOPPED")["taskArns"]
        tasks = self.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"] if arns else []
        return [each for each in tasks if each["lastStatus"] == "STOPPED"]


def test_a_removed_container_is_replaced_and_an_engine_that_went_away_is_used_again(
    engine: TestEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.command[0] != "podman":
        pytest.skip("only Podman's service can be restarted by a test")
    url = f"unix://{tmp_path}/own.sock"
    words = [*engine.command, "system", "service", "--time=0", url]

    def service() -> subprocess.Popen[bytes]:
        started = subprocess.Popen(words, env=dict(engine.environment), stderr=subprocess.DEVNULL)
        wait_until(lambda: why_unreachable(url) is None, what="the engine", within_s=60)
        return started

    monkeypatch.setenv("HATOBA_DOCKER_HOST", url)
    own = service()
    try:
        with running_cloud(tmp_path / "cloud", "--runtime", "container") as cloud:
            sleepers = Sleepers(cloud)
            (first,) = sleepers.until_running(1)

            engine("rm", "--force", "--time", "0", f"hatoba-{first}-app")
            (second,) = sleepers.until_running(1, without=first)
            (ended,) = wait_until(sleepers.stopped, what="the end", within_s=60)
            assert ended["stopCode"] == "EssentialContainerExited"

            own.kill()
            own.wait(60)
            sleepers.ecs.update_service(cluster="c", service="s", desiredCount=2)

            def cannot_start() -> bool:
                return any("does not answer" in each["stoppedReason"] for each in sleepers.stopped())

            wait_until(cannot_start, what="a task that cannot start", within_s=LONG_S)

            own = service()
            assert second in sleepers.until_running(2)
    finally:
        own.kill()
        own.wait(60)
    wait_until(lambda: engine("ps", "--all", "--quiet") == "", what="no container left", within_s=LONG_S)
