"""The real services in one process, with a simulated runtime: what CloudFormation drives."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from hatoba.cloud.apigateway import ApiGateway
from hatoba.cloud.clock import SystemClock
from hatoba.cloud.cloudformation import CloudFormation
from hatoba.cloud.cloudmap import CloudMap
from hatoba.cloud.ec2 import Ec2
from hatoba.cloud.ecs import Ecs, Pace
from hatoba.cloud.iam import Iam
from hatoba.cloud.logs import Logs
from hatoba.cloud.neighbours import Neighbours
from hatoba.cloud.scaling import Scaling
from hatoba.cloud.wire import Call, Dispatcher
from hatoba.cloud.world import IssuerKeys, Service, TaskUsage
from hatoba.gateway.snapshot import Snapshot
from hatoba.runtime.protocol import CannotPull, Choice, Found, Image, Listener, Runtime
from hatoba.runtime.simulated import SimulatedRuntime
from tests.support.calls import SCOPE, Bench

TEMPLATES = Path(__file__).parent / "templates"
REFERENCE = (TEMPLATES / "reference.yaml").read_text()
QUICK = Pace(settle_s=0.0, ready_within_s=0.5, drain_s=0.0, first_pause_s=0.01, longest_pause_s=0.05)
BUSY = ("IN_PROGRESS",)


class _Gateway:
    async def start(self) -> None: ...

    async def push(self, snapshot: Snapshot) -> None: ...

    async def stop(self) -> None: ...


class _Keys:
    async def discover(self, issuer: str) -> str | None:
        del issuer
        return None

    async def keys(self, issuer: str) -> IssuerKeys:
        del issuer
        return IssuerKeys(())


class _Idle:
    async def usages(self, *_: object) -> tuple[TaskUsage, ...]:
        return ()


class _Runtimes:
    """One simulated runtime. Images named ``missing…`` cannot be pulled."""

    def __init__(self, runtime: SimulatedRuntime) -> None:
        self.runtime = runtime

    async def choose(self, images: Sequence[str]) -> Choice:
        for image in images:
            if image.startswith("missing"):
                raise CannotPull(f"{image} is nowhere")
        return Choice(self.runtime, {image: Image(image) for image in images}, "the only one")

    def by_kind(self, kind: str) -> Runtime | None:
        return self.runtime if kind == self.runtime.kind else None

    async def found(self, listener: Listener) -> Found:
        del listener
        return Found()

    async def close(self) -> None: ...


async def _always(host: str, port: int, *_: bool) -> bool:
    del host, port
    return True


class SmallCloud:
    """Our services over one state in memory. ``call`` runs an operation, ``settled`` waits for a stack."""

    def __init__(self) -> None:
        self.bench = Bench(clock=SystemClock())
        world = replace(self.bench.world, invoke=self._passed_on)
        self.neighbours = Neighbours(world, companions=(Scaling(world, _Idle()),))
        self.bench.dispatcher = Dispatcher(
            self.bench.dispatcher.services, self.bench.state.transaction, self.neighbours.invoke
        )
        world = self.bench.world = replace(world, invoke=self.bench.dispatcher)
        logs, cloudmap = Logs(world), CloudMap(world)
        self.services: tuple[Service, ...] = (
            Iam(world),
            Ec2(world),
            logs,
            cloudmap,
            ApiGateway(world, _Gateway(), cloudmap, _Keys(), logs),
            Ecs(world, _Runtimes(SimulatedRuntime(world.clock)), logs, pace=QUICK, probe=_always),
        )
        self.calls_until_killed: int | None = None
        self.killed = asyncio.Event()
        self._engine: asyncio.Future[None] | None = None
        for service in self.services:
            self.bench.add(service.operations)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[SmallCloud]:
        tasks = [asyncio.ensure_future(loop()) for service in self.services for loop in service.loops()]
        self.start_cloudformation()
        try:
            yield self
        finally:
            await self.kill_cloudformation()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.neighbours.reset()  # moto's records are the process's own, not the cloud's
            await self.neighbours.close()

    def start_cloudformation(self) -> None:
        """Make CloudFormation over the state as it is, as a cloud does that starts again."""
        service = CloudFormation(replace(self.bench.world, invoke=self._invoke), grace_s=0)
        self.bench.add(service.operations)
        (loop,) = service.loops()
        self._engine = asyncio.ensure_future(loop())

    async def kill_cloudformation(self) -> None:
        """End CloudFormation where it stands."""
        assert self._engine is not None
        self._engine.cancel()
        await asyncio.gather(self._engine, return_exceptions=True)

    async def _passed_on(
        self, call: Call, service: str, operation: str, params: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Answer a neighbour that asks our services."""
        return await self.bench.dispatcher(call, service, operation, params)

    async def _invoke(
        self, call: Call, service: str, operation: str, params: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Pass CloudFormation's calls on; from the fatal one on, none returns any more."""
        if self.calls_until_killed is not None:
            self.calls_until_killed -= 1
            if self.calls_until_killed < 0:
                self.killed.set()
                await asyncio.Event().wait()
        return await self.bench.dispatcher(call, service, operation, params)

    async def call(self, service: str, operation: str, /, **params: Any) -> Mapping[str, Any]:
        return await self.bench.acall(service, operation, SCOPE, **params)

    async def cfn(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return await self.call("cloudformation", operation, **params)

    async def stack(self, name: str = "mz-dev") -> Mapping[str, Any]:
        found: Mapping[str, Any] = (await self.cfn("DescribeStacks", StackName=name))["Stacks"][0]
        return found

    async def settled(self, name: str = "mz-dev", *, within_s: float = 60) -> Mapping[str, Any]:
        deadline = time.monotonic() + within_s
        while (stack := await self.stack(name))["StackStatus"].endswith(BUSY):
            assert time.monotonic() < deadline, stack
            await asyncio.sleep(0.01)
        return stack

    async def events(self, name: str = "mz-dev") -> list[Mapping[str, Any]]:
        """Return a stack's events, oldest first."""
        return list((await self.cfn("DescribeStackEvents", StackName=name))["StackEvents"])[::-1]

    async def failures(self, name: str = "mz-dev") -> list[tuple[str, str]]:
        return [
            (event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
            for event in await self.events(name)
            if event["ResourceStatus"].endswith("FAILED")
        ]

    async def network(self) -> list[dict[str, Any]]:
        """Return the reference template's parameters that name what stands in the default VPC."""
        vpcs = (await self.call("ec2", "DescribeVpcs"))["Vpcs"]
        vpc = vpcs[0]["VpcId"]
        groups = (await self.call("ec2", "DescribeSecurityGroups"))["SecurityGroups"]
        subnets = (await self.call("ec2", "DescribeSubnets"))["Subnets"]
        default = next(group["GroupId"] for group in groups if group["GroupName"] == "default")
        return parameters(
            VpcId=vpc,
            DefaultSecurityGroupId=default,
            PrivateSubnetIds=",".join(subnet["SubnetId"] for subnet in subnets[:2]),
        )


def parameters(**values: str) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


async def up(cloud: SmallCloud, template: str = REFERENCE, name: str = "mz-dev", **values: str) -> str:
    """Create a stack by a change set, as hatoba and CDK do; return its id."""
    given = [*await cloud.network(), *parameters(**values)] if template is REFERENCE else parameters(**values)
    made = await cloud.cfn(
        "CreateChangeSet",
        StackName=name,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=template,
        Parameters=given,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "Owner", "Value": "mamezou"}],
    )
    await cloud.cfn("ExecuteChangeSet", ChangeSetName=made["Id"])
    return str(made["StackId"])


async def update(
    cloud: SmallCloud, template: str = REFERENCE, name: str = "mz-dev", **values: str
) -> Mapping[str, Any]:
    """Update a stack, keeping the parameters that are not named, and wait until it is done."""
    declared = [item["ParameterKey"] for item in (await cloud.stack(name)).get("Parameters", ())]
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in declared if key not in values]
    await cloud.cfn(
        "UpdateStack",
        StackName=name,
        TemplateBody=template,
        Parameters=[*kept, *parameters(**values)],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return await cloud.settled(name)
