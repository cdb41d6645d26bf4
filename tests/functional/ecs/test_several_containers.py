"""A task of several containers as real processes: who waits for whom, and who is stopped before whom."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatoba.runtime.protocol import LocalCommand
from tests.functional.ecs.test_processes import System, no_process_is_left, wait_for

__all__ = ["no_process_is_left"]


def living(name: str, work: str = ":") -> str:
    """A container that does something, says that it is up, and tells of its end."""
    return (
        f"trap 'echo {name} >> stopped; exit 0' TERM; {work}; touch {name}.up; while sleep 0.05; do :; done"
    )


SCRIPTS = {
    "migrate": 'echo migrated > "$HATOBA_VOLUME_DATA/state"',
    "tidy": "exit 3",
    "side": living("side"),
    "cache": living("cache", "touch warm"),
    "web": living("web", 'cp "$HATOBA_VOLUME_DATA/state" seen'),
}
MOUNT = {"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}
NEEDS = {"migrate": "SUCCESS", "tidy": "COMPLETE", "side": "START", "cache": "HEALTHY"}
CONTAINERS: list[dict[str, Any]] = [
    {
        "name": "web",
        "image": "web",
        "dependsOn": [{"containerName": name, "condition": how} for name, how in NEEDS.items()],
        **MOUNT,
    },
    {"name": "migrate", "image": "migrate", "essential": False, **MOUNT},
    {"name": "tidy", "image": "tidy", "essential": False},
    {"name": "side", "image": "side", "essential": False},
    {
        "name": "cache",
        "image": "cache",
        "essential": False,
        "healthCheck": {"command": ["CMD-SHELL", "test -f warm"]},
    },
]


async def run(system: System) -> str:
    """Register the task and run it; return its ARN."""
    subnets = (await system.ask("ec2", "DescribeSubnets"))["Subnets"]
    await system.ask("ecs", "CreateCluster", clusterName="c")
    await system.ask(
        "ecs",
        "RegisterTaskDefinition",
        family="several",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        volumes=[{"name": "data"}],
        containerDefinitions=CONTAINERS,
    )
    answer = await system.ask(
        "ecs",
        "RunTask",
        cluster="c",
        taskDefinition="several",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnets[0]["SubnetId"]]}},
    )
    return str(answer["tasks"][0]["taskArn"])


def test_containers_start_after_what_they_need_and_stop_before_it(tmp_path: Path) -> None:
    async def reaches(system: System, arn: str, status: str) -> Mapping[str, Any]:
        async def is_there() -> bool:
            return bool((await system.task(arn))["lastStatus"] == status)

        await wait_for(is_there, status)
        return await system.task(arn)

    async def story() -> None:
        system = System(tmp_path)
        system._commands.replace(
            [LocalCommand(name, ("sh", "-c", script), str(tmp_path)) for name, script in SCRIPTS.items()]
        )
        async with system.at_work() as ecs:
            arn = await run(system)
            task = await reaches(system, arn, "RUNNING")
            seen = {each["name"]: (each["lastStatus"], each.get("exitCode")) for each in task["containers"]}
            assert seen == {
                "web": ("RUNNING", None),
                "migrate": ("STOPPED", 0),
                "tidy": ("STOPPED", 3),
                "side": ("RUNNING", None),
                "cache": ("RUNNING", None),
            }

            async def are_up() -> bool:
                return all((tmp_path / f"{name}.up").exists() for name in ("web", "side", "cache"))

            await wait_for(are_up, "the containers")
            assert (tmp_path / "seen").read_text() == "migrated\n"
            await system.ask("ecs", "StopTask", cluster="c", task=arn)
            await reaches(system, arn, "STOPPED")
            await ecs.stop_everything()
        first, *others = (tmp_path / "stopped").read_text().split()
        assert (first, sorted(others)) == ("web", ["cache", "side"])

    asyncio.run(story())
