"""ECS with the real EC2, Cloud Map, Logs and process runtime: real processes behind real ports."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from hatoba.cloud.clock import SystemClock
from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.ecs import Ecs
from hatoba.cloud.logs import Logs
from hatoba.runtime.machine import LocalCommands, MachineRuntimes
from hatoba.runtime.protocol import LocalCommand
from tests.support.calls import SCOPE, Bench

SERVER = """
import os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

print("serving", os.environ["AWS_REGION"], flush=True)
ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Answer).serve_forever()
"""
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


class System:
    """The services that a task leans on, and ECS in front."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder=folder, clock=SystemClock())
        world = self.bench.world
        self.cloudmap = CloudMap(world)
        self.logs = Logs(world)
        for service in (Ec2(world), self.cloudmap, self.logs):
            self.bench.add(service.operations)
        self._folder = folder
        self._commands = LocalCommands(
            [
                LocalCommand("server", (sys.executable, "-c", SERVER), str(folder)),
                LocalCommand("broken", (sys.executable, "-c", "raise SystemExit(3)"), str(folder)),
            ]
        )
        self.service_id = ""
        self.place: dict[str, Any] = {}

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[Ecs]:
        """Run ECS; leaving it is a kill: nothing is stopped."""
        runtimes = MachineRuntimes(self._folder, "process", self._commands)
        ecs = Ecs(self.bench.world, runtimes, self.logs)
        self.bench.add(ecs.operations)
        loops = [asyncio.ensure_future(loop()) for loop in ecs.loops()]
        try:
            yield ecs
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await runtimes.close()

    async def ask(self, service: str, operation: str, /, **params: Any) -> Mapping[str, Any]:
        return await self.bench.dispatcher(self.bench.call_as(SCOPE, service), service, operation, params)

    async def build(self) -> None:
        """Make what a service needs: log group, namespace, Cloud Map service, cluster, definition."""
        await self.ask("logs", "CreateLogGroup", logGroupName="/app")
        vpcs = await self.ask("ec2", "DescribeVpcs")
        vpc = vpcs["Vpcs"][0]["VpcId"]
        subnets = await self.ask("ec2", "DescribeSubnets", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
        chosen = [each["SubnetId"] for each in subnets["Subnets"]]
        self.place = {"awsvpcConfiguration": {"subnets": chosen}}
        made = await self.ask("servicediscovery", "CreatePrivateDnsNamespace", Name="app.internal", Vpc=vpc)
        operation = await self.ask("servicediscovery", "GetOperation", OperationId=made["OperationId"])
        namespace = operation["Operation"]["Targets"]["NAMESPACE"]
        service = await self.ask(
            "servicediscovery",
            "CreateService",
            Name="app",
            NamespaceId=namespace,
            DnsConfig={"DnsRecords": [{"Type": "SRV", "TTL": 300}]},
            HealthCheckCustomConfig={"FailureThreshold": 1},
        )
        self.service_id = service["Service"]["Id"]
        await self.ask("ecs", "CreateCluster", clusterName="c")
        await self.register("server")
        await self.ask(
            "ecs",
            "CreateService",
            cluster="c",
            serviceName="app",
            taskDefinition="app",
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration=self.place,
            deploymentConfiguration=BREAKER,
            serviceRegistries=[
                {"registryArn": service["Service"]["Arn"], "containerName": "web", "containerPort": 80}
            ],
        )

    async def register(self, image: str, **more: Any) -> None:
        options = {"awslogs-group": "/app", "awslogs-region": SCOPE.region, "awslogs-stream-prefix": "p"}
        await self.ask(
            "ecs",
            "RegisterTaskDefinition",
            family="app",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::000000000000:role/exec",
            containerDefinitions=[
                {
                    "name": "web",
                    "image": image,
                    "portMappings": [{"containerPort": 80}],
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                    **more,
                }
            ],
        )

    async def update(self, **changes: Any) -> None:
        await self.ask("ecs", "UpdateService", cluster="c", service="app", **changes)

    async def describe(self) -> Mapping[str, Any]:
        answer = await self.ask("ecs", "DescribeServices", cluster="c", services=["app"])
        service: Mapping[str, Any] = answer["services"][0]
        return service

    async def steady(self) -> Mapping[str, Any]:
        async def is_steady() -> bool:
            seen = await self.describe()
            return (
                len(seen["deployments"]) == 1
                and bool(seen["runningCount"] == seen["desiredCount"])
                and bool(seen["deployments"][0]["rolloutState"] == "COMPLETED")
            )

        await wait_for(is_steady, "the steady state")
        return await self.describe()

    async def tasks(self) -> list[str]:
        arns: list[str] = (await self.ask("ecs", "ListTasks", cluster="c"))["taskArns"]
        return arns

    async def task(self, arn: str) -> Mapping[str, Any]:
        answer = await self.ask("ecs", "DescribeTasks", cluster="c", tasks=[arn])
        task: Mapping[str, Any] = answer["tasks"][0]
        return task

    def targets(self) -> list[tuple[str, int]]:
        """Return where the gateway would send requests now."""
        found = self.cloudmap.discover(SCOPE, self.service_id)
        return [
            (each.attributes["AWS_INSTANCE_IPV4"], int(each.attributes["AWS_INSTANCE_PORT"]))
            for each in found
        ]


class Client:
    """Keeps asking whoever Cloud Map names, and counts."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.answered: list[str] = []
        self.failed: list[str] = []
        self.is_done = False

    async def keep_asking(self) -> None:
        while not self.is_done:
            targets = self._system.targets()
            if targets:
                host, port = targets[len(self.answered) % len(targets)]
                await self._ask(host, port)
            else:
                self.failed.append("nobody is there")
            await asyncio.sleep(0.002)

    async def goes_on(self) -> None:
        """Wait for some more answers."""
        wanted = len(self.answered) + 10

        async def has_more() -> bool:
            return len(self.answered) >= wanted

        await wait_for(has_more, "more answers")

    async def _ask(self, host: str, port: int) -> None:
        try:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
        except OSError as error:
            self.failed.append(str(error))
            return
        if answer.startswith(b"HTTP/1.0 200"):
            self.answered.append(answer.rsplit(b"\r\n", 1)[-1].decode())
        else:
            self.failed.append(f"answered {answer!r}")


async def wait_for(condition: Callable[[], Awaitable[bool]], what: str, within_s: float = 60) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not await condition():
        assert loop.time() < deadline, f"waited {within_s} s for {what}"
        await asyncio.sleep(0.02)


def children(folder: Path) -> set[int]:
    """Return the tasks' processes; other tests have theirs, such as a container engine."""
    return {each.pid for each in psutil.Process().children(recursive=True) if is_in(folder, each)}


def is_in(folder: Path, process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(folder)
    except psutil.Error:
        return False


@pytest.fixture(autouse=True)
def no_process_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    left = children(tmp_path)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == set()


def test_requests_and_logs_go_the_whole_way_and_a_killed_process_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        system = System(tmp_path)
        async with system.at_work() as ecs:
            await system.build()
            await system.steady()
            client = Client(system)
            await asyncio.gather(*(client._ask(*target) for target in system.targets()))
            assert len(set(client.answered)) == 2
            before = set(await system.tasks())
            os.kill(int(client.answered[0]), signal.SIGKILL)

            async def is_replaced() -> bool:
                return len(system.targets()) == 2 and not before <= set(await system.tasks())

            await wait_for(is_replaced, "the replacement")
            (gone,) = before - set(await system.tasks())

            async def is_stopped() -> bool:
                return bool((await system.task(gone))["lastStatus"] == "STOPPED")

            await wait_for(is_stopped, "the end of the killed task")
            assert (await system.task(gone))["containers"][0]["exitCode"] == 137
            stream = f"p/web/{gone.rsplit('/', 1)[-1]}"
            events = await system.ask("logs", "GetLogEvents", logGroupName="/app", logStreamName=stream)
            assert events["events"][0]["message"] == f"serving {SCOPE.region}"
            await ecs.stop_everything()

    asyncio.run(story())


def test_no_request_fails_in_a_deployment_a_task_stop_a_scale_in_and_a_rollback(tmp_path: Path) -> None:
    async def story() -> None:
        system = System(tmp_path)
        async with system.at_work() as ecs:
            await system.build()
            await system.steady()
            client = Client(system)
            asking = asyncio.create_task(client.keep_asking())
            await client.goes_on()
            await system.update(forceNewDeployment=True)
            await system.steady()
            await client.goes_on()
            first = (await system.tasks())[0]
            await system.ask("ecs", "StopTask", cluster="c", task=first)

            async def is_replaced() -> bool:
                return first not in await system.tasks() and len(system.targets()) == 2

            await wait_for(is_replaced, "the replacement")
            await client.goes_on()
            await system.update(desiredCount=1)
            await system.steady()
            await client.goes_on()
            await system.register("broken")
            await system.update(taskDefinition="app")
            service = await system.steady()
            await client.goes_on()
            client.is_done = True
            await asking
            assert service["taskDefinition"].endswith("app:1")
            assert client.failed == []
            await ecs.stop_everything()

    asyncio.run(story())


def test_a_killed_cloud_takes_its_running_tasks_back(tmp_path: Path) -> None:
    async def story() -> None:
        system = System(tmp_path)
        async with system.at_work():
            await system.build()
            await system.steady()
            before, running = set(await system.tasks()), children(tmp_path)
            assert len(running) == 2
        assert children(tmp_path) == running
        async with system.at_work() as ecs:
            await system.steady()
            assert set(await system.tasks()) == before
            assert children(tmp_path) == running
            await ecs.stop_everything()
        assert system.targets() == []

    asyncio.run(story())


def test_a_task_serves_once_its_health_check_passes_and_a_sick_one_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        system = System(tmp_path)
        async with system.at_work() as ecs:
            await system.build()
            await system.steady()
            check = {"command": ["CMD-SHELL", 'test -n "$PORT" && test -f well'], "interval": 5, "retries": 1}
            await system.register("server", healthCheck=check)
            await system.update(taskDefinition="app:2", desiredCount=1)

            async def health() -> set[str]:
                tasks = await system.ask("ecs", "DescribeTasks", cluster="c", tasks=await system.tasks())
                return {
                    each["healthStatus"] for each in tasks["tasks"] if each["taskDefinitionArn"][-1] == "2"
                }

            async def runs_unchecked() -> bool:
                return await health() == {"UNKNOWN"} and len(system.targets()) == 1

            await wait_for(runs_unchecked, "the new task")
            (tmp_path / "well").touch()
            await system.steady()
            assert await health() == {"HEALTHY"}
            (tmp_path / "well").unlink()
            sick = (await system.tasks())[0].rsplit("/", 1)[-1]

            async def is_noticed() -> bool:
                events = (await system.describe())["events"]
                return f"(task {sick}) failed container health checks." in str(events)

            await wait_for(is_noticed, "the failed check")
            await ecs.stop_everything()

    asyncio.run(story())
