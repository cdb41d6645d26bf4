"""A yard where ECS can work: a world in memory, a scripted runtime, and EC2, Cloud Map and Logs as fakes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hatoba.cloud.clock import Clock, SystemClock
from hatoba.cloud.ecs import Ecs, Pace
from hatoba.cloud.ecs.act.outside import Probe
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.cloud.world import TaskWalls
from hatoba.runtime.protocol import (
    CannotExecute,
    CannotPull,
    Choice,
    DoorsClosed,
    Executed,
    Found,
    FoundContainer,
    FoundTask,
    Image,
    Listener,
    Runtime,
)
from hatoba.runtime.simulated import SimulatedRuntime
from tests.support.calls import SCOPE, Bench
from tests.support.waiting import eventually

QUICK = Pace(settle_s=0.0, ready_within_s=0.5, drain_s=0.0, first_pause_s=0.01, longest_pause_s=0.05)
SUBNETS = {
    "subnet-a": "ap-northeast-1a",
    "subnet-c": "ap-northeast-1c",
    "subnet-z": "ap-northeast-1a",
    **{f"subnet-{number}": "ap-northeast-1a" for number in range(17)},
}
"""By zone; what ends in z is in another VPC."""
GROUP = "/ecs/app"


class ScriptedRuntime(SimulatedRuntime):
    """The simulated runtime, which also writes down what it was asked for and can be found again."""

    kind = "scripted"

    def __init__(self, journal: list[str], clock: Clock) -> None:
        super().__init__(clock)
        self.journal = journal
        self.is_away = False
        self.ends_when_found = ""
        self.specs: dict[str, Any] = {}
        self.sick: set[str] = set()
        self.cannot: CannotExecute | None = None
        self.checked = 0
        self.left_out: tuple[str, ...] = ()
        self.doors_are_closed = False
        self.blind_looks = 0
        self.unseen = ""

    def leaves_out(self, task: Any) -> tuple[str, ...]:
        del task
        return self.left_out

    async def execute(
        self, task_id: str, container: str, command: Sequence[str], *, timeout_s: float
    ) -> Executed:
        self.checked += 1
        if self.cannot is not None:
            raise self.cannot
        done = await super().execute(task_id, container, command, timeout_s=timeout_s)
        return Executed(1, "sick") if task_id in self.sick else done

    async def prepare(self, task: Any, listener: Listener) -> Any:
        self.specs[task.task_id] = task
        if task.doors and self.doors_are_closed:
            self.reach = "nothing"
            raise DoorsClosed("nobody may enter")
        return await super().prepare(task, listener)

    async def start(self, task_id: str, container: str) -> str:
        self.journal.append(f"start {container}")
        return await super().start(task_id, container)

    async def stop(self, task_id: str, container: str, *, timeout_s: float) -> None:
        self.journal.append(f"stop {container} {timeout_s:g}")
        await super().stop(task_id, container, timeout_s=timeout_s)

    async def remove(self, task_id: str) -> None:
        self.journal.append("remove")
        await super().remove(task_id)

    async def found(self, listener: Listener) -> tuple[FoundTask, ...]:
        for task in self._tasks.values():
            task.listener = listener
        found = tuple(
            FoundTask(
                task_id,
                task.addresses,
                tuple(FoundContainer(each, "r", running=True) for each in task.running),
            )
            for task_id, task in self._tasks.items()
        )
        if self.ends_when_found:
            self.end(self.ends_when_found, "app", 9)
        return found


class OneRuntime:
    """All runtimes of a machine that has one."""

    def __init__(self, runtime: ScriptedRuntime) -> None:
        self.runtime = runtime

    async def choose(self, images: Sequence[str]) -> Choice:
        pulled: dict[str, Image] = {}
        for image in images:
            pulled[image] = await self.runtime.pull(image)
            if image.startswith("missing"):
                raise CannotPull(f"{image} is nowhere")
        return Choice(self.runtime, pulled, "there is only one")

    def by_kind(self, kind: str) -> Runtime | None:
        if self.runtime.is_away:
            return None
        return self.runtime if kind == self.runtime.kind else None

    async def found(self, listener: Listener) -> Found:
        if self.runtime.blind_looks:
            self.runtime.blind_looks -= 1
            return Found(unseen="the engine is away")
        found = await self.runtime.found(listener)
        return Found(tuple((self.runtime.kind, each) for each in found), self.runtime.unseen)

    async def close(self) -> None:
        await self.runtime.close()


@dataclass
class Streams:
    """A log sink that keeps lines by group and stream, and the two operations that make them."""

    groups: dict[str, dict[str, list[str]]] = field(default_factory=lambda: {GROUP: {}})

    def append(
        self,
        scope: Scope,
        group: str,
        stream: str,
        events: Sequence[tuple[int, str]],
        *,
        create_stream: bool = True,
    ) -> None:
        del scope, create_stream
        if group not in self.groups:
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        self.groups[group].setdefault(stream, []).extend(line for _, line in events)

    @property
    def operations(self) -> Operations:
        table = Operations("logs")

        @table.on("CreateLogStream")
        def create_stream(call: Call, request: Mapping[str, str]) -> dict[str, object]:
            self.append(call.scope, request["logGroupName"], request["logStreamName"], [])
            return {}

        @table.on("CreateLogGroup")
        def create_group(call: Call, request: Mapping[str, str]) -> dict[str, object]:
            del call
            self.groups.setdefault(request["logGroupName"], {})
            return {}

        return table


class Network:
    """EC2 as far as ECS calls it."""

    def __init__(self) -> None:
        self.interfaces: dict[str, dict[str, Any]] = {}
        self._count = 0

    @property
    def operations(self) -> Operations:
        table = Operations("ec2")

        @table.on("DescribeSubnets")
        def subnets(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            for each in request["SubnetIds"]:
                if each not in SUBNETS:
                    message = f"The subnet ID '{each}' does not exist"
                    raise ServiceError("InvalidSubnetID.NotFound", message)
            return {
                "Subnets": [
                    {"SubnetId": each, "AvailabilityZone": SUBNETS[each], "VpcId": _vpc_of(each)}
                    for each in request["SubnetIds"]
                ]
            }

        @table.on("DescribeSecurityGroups")
        def groups(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            return {
                "SecurityGroups": [{"GroupId": each, "VpcId": _vpc_of(each)} for each in request["GroupIds"]]
            }

        @table.on("CreateNetworkInterface")
        def create(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            for each in self.interfaces.values():
                if each["Token"] == request["ClientToken"]:
                    return {"NetworkInterface": each}
            self._count += 1
            identifier = f"eni-{self._count}"
            self.interfaces[identifier] = {
                "NetworkInterfaceId": identifier,
                "SubnetId": request["SubnetId"],
                "PrivateIpAddress": f"10.0.0.{self._count}",
                "PrivateDnsName": f"ip-10-0-0-{self._count}.{SCOPE.region}.compute.internal",
                "MacAddress": f"02:00:00:00:00:{self._count:02x}",
                "Description": request["Description"],
                "Token": request["ClientToken"],
            }
            return {"NetworkInterface": self.interfaces[identifier]}

        @table.on("DeleteNetworkInterface")
        def delete(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            del self.interfaces[request["NetworkInterfaceId"]]
            return {}

        return table


def _vpc_of(identifier: str) -> str:
    return "vpc-2" if identifier.endswith("-z") else "vpc-1"


class Registry:
    """Cloud Map as far as ECS calls it: services of SRV, A and AAAA records, and one of HTTP only.

    ``began`` says in which health each instance was registered; None where nothing was said of it.
    """

    kinds = {"srv-1": ("SRV",), "srv-a": ("A",), "srv-aaaa": ("AAAA",), "srv-http": ()}  # noqa: RUF012

    def __init__(self, journal: list[str]) -> None:
        self.instances: dict[str, dict[str, str]] = {}
        self.health: dict[str, str] = {}
        self.began: dict[str, str | None] = {}
        self.has_custom_health = True
        self._journal = journal

    @property
    def operations(self) -> Operations:
        table = Operations("servicediscovery")

        @table.on("GetService")
        def get(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            if request["Id"] not in self.kinds:
                raise ServiceError("ServiceNotFound", "no such service")
            records = [{"Type": kind, "TTL": 300} for kind in self.kinds[request["Id"]]]
            found: dict[str, Any] = {"Id": request["Id"], "DnsConfig": {"DnsRecords": records}}
            if self.has_custom_health:
                found["HealthCheckCustomConfig"] = {"FailureThreshold": 1}
            return {"Service": found}

        @table.on("RegisterInstance")
        def register(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            attributes = dict(request["Attributes"])
            self.began[request["InstanceId"]] = attributes.pop("AWS_INIT_HEALTH_STATUS", None)
            self.health[request["InstanceId"]] = self.began[request["InstanceId"]] or "HEALTHY"
            self.instances[request["InstanceId"]] = attributes
            self._journal.append("register")
            return {"OperationId": "op"}

        @table.on("UpdateInstanceCustomHealthStatus")
        def report(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            if not self.has_custom_health:
                raise ServiceError("CustomHealthNotFound", "no custom health")
            self.health[request["InstanceId"]] = request["Status"]
            self._journal.append(f"report {request['Status']}")
            return {}

        @table.on("DeregisterInstance")
        def deregister(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call
            if request["InstanceId"] not in self.instances:
                raise ServiceError("InstanceNotFound", "no such instance")
            del self.instances[request["InstanceId"]]
            self._journal.append("deregister")
            return {"OperationId": "op"}

        @table.on("GetOperation")
        def operation(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call, request
            return {"Operation": {"Status": "SUCCESS"}}

        return table


async def always(host: str, port: int, may_be_proxied: bool) -> bool:  # noqa: FBT001 - a Probe
    """Stand in for a port that answers."""
    del host, port, may_be_proxied
    return True


class HastyClock(SystemClock):
    """The machine's clock for who asks the time; who sleeps is woken a thousand times too early."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 1000)


class Yard:
    """ECS at work. ``call`` runs an operation of ECS, ``describe`` and ``tasks`` look at what came of it."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        pace: Pace = QUICK,
        probe: Probe = always,
        walls: TaskWalls | None = None,
    ) -> None:
        self.journal: list[str] = []
        self.bench = Bench(clock=clock or SystemClock())
        self.runtime = ScriptedRuntime(self.journal, self.bench.clock)
        self.streams = Streams()
        self.network = Network()
        self.registry = Registry(self.journal)
        for table in (self.streams.operations, self.network.operations, self.registry.operations):
            self.bench.add(table)
        self._pace = pace
        self._probe = probe
        self._walls = walls
        self.ecs = self.new_ecs()

    def new_ecs(self) -> Ecs:
        """Make ECS over the same state, as a restarted cloud does."""
        runtimes = OneRuntime(self.runtime)
        ways: dict[str, Any] = {"pace": self._pace, "probe": self._probe, "walls": self._walls}
        ecs = Ecs(self.bench.world, runtimes, self.streams, **ways)
        self.bench.add(ecs.operations)
        return ecs

    @contextlib.asynccontextmanager
    async def at_work(self, ecs: Ecs | None = None) -> AsyncIterator[None]:
        """Run ECS's loops."""
        loops = [asyncio.create_task(self._run(loop)) for loop in (ecs or self.ecs).loops()]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    async def _run(self, loop: Callable[[], Awaitable[None]]) -> None:
        await loop()

    async def call(self, operation: str, **params: Any) -> Mapping[str, Any]:
        if operation == "RunTask":
            params = {"launchType": "FARGATE", **params}
        return await self.bench.dispatcher(self.bench.call_as(SCOPE, "ecs"), "ecs", operation, params)

    async def register(self, family: str = "app", **container: Any) -> str:
        """Register a one-container definition that listens on port 80; return its ARN."""
        definition = {
            "name": "app",
            "image": "httpd",
            "portMappings": [{"containerPort": 80}],
            "essential": True,
            **container,
        }
        return await self.register_all(family, definition)

    async def register_all(self, family: str, *containers: dict[str, Any]) -> str:
        answer = await self.call(
            "RegisterTaskDefinition",
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::000000000000:role/exec",
            containerDefinitions=list(containers),
        )
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    async def create(self, *, registered: bool = True, **params: Any) -> Mapping[str, Any]:
        """Create cluster ``c`` and service ``s`` of the newest ``app``."""
        await self.call("CreateCluster", clusterName="c")
        if registered:
            arn = f"arn:aws:servicediscovery:{SCOPE.region}:{SCOPE.account}:service/srv-1"
            params["serviceRegistries"] = [{"registryArn": arn, "containerName": "app", "containerPort": 80}]
        wanted = {
            "cluster": "c",
            "serviceName": "s",
            "taskDefinition": "app",
            "desiredCount": 1,
            "networkConfiguration": PLACE,
            **({} if "capacityProviderStrategy" in params else {"launchType": "FARGATE"}),
            **params,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        answer = await self.call("CreateService", **given)
        service: Mapping[str, Any] = answer["service"]
        return service

    async def run(self, **params: Any) -> Mapping[str, Any]:
        """Run one task of the newest ``app`` in cluster ``c``, which must stand."""
        wanted = {"cluster": "c", "taskDefinition": "app", "networkConfiguration": PLACE, **params}
        task: Mapping[str, Any] = (await self.call("RunTask", **wanted))["tasks"][0]
        return task

    async def describe(self) -> Mapping[str, Any]:
        answer = await self.call("DescribeServices", cluster="c", services=["s"])
        service: Mapping[str, Any] = answer["services"][0]
        return service

    async def tasks(self, status: str = "RUNNING") -> list[Mapping[str, Any]]:
        arns = (await self.call("ListTasks", cluster="c", desiredStatus=status))["taskArns"]
        if not arns:
            return []
        answer = await self.call("DescribeTasks", cluster="c", tasks=arns)
        return sorted(answer["tasks"], key=lambda task: task["createdAt"])

    async def messages(self) -> list[str]:
        """Return the texts of the service's events, oldest first."""
        return [each["message"] for each in (await self.describe())["events"]][::-1]

    async def steady(self, within_s: float = 5.0) -> Mapping[str, Any]:
        """Wait until the service is stable as botocore's waiter sees it, and said so."""
        service: list[Mapping[str, Any]] = []

        async def is_steady() -> bool:
            service[:] = [await self.describe()]
            seen = service[0]
            return (
                len(seen["deployments"]) == 1
                and seen["runningCount"] == seen["desiredCount"]
                and seen["deployments"][0]["rolloutState"] == "COMPLETED"
                and seen["pendingCount"] == 0
            )

        await wait_for(is_steady, within_s=within_s, what="the steady state")
        return service[0]


PLACE = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-c"], "securityGroups": ["sg-1"]}}


async def wait_for(
    condition: Callable[[], Awaitable[bool]], *, within_s: float = 5.0, what: str = "it"
) -> None:
    """Wait until an awaitable condition holds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not await condition():
        assert loop.time() < deadline, f"waited {within_s} s for {what}"
        await asyncio.sleep(0.005)


__all__ = ["GROUP", "PLACE", "QUICK", "Yard", "eventually", "wait_for"]
