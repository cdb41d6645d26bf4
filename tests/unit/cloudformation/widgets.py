"""CloudFormation with one resource type of its own: widgets, which fail when they are told to."""

# ruff: noqa: ARG002 - a handler has the arguments of its Protocol
from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest

from hatoba.cloud.cloudformation import CloudFormation, Registry
from hatoba.cloud.cloudformation.errors import ResourceFailure
from hatoba.cloud.cloudformation.resources.base import Base
from hatoba.cloud.cloudformation.resources.iam import Role
from hatoba.cloud.cloudformation.resources.protocol import Context, Properties, Schema, words
from hatoba.cloud.cloudformation.resources.stacks import Stack
from hatoba.cloud.cloudformation.resources.waiting import WaitCondition, WaitConditionHandle
from hatoba.cloud.wire import Call, Operations, ServiceError
from tests.support.calls import SCOPE, Bench
from tests.support.fakes import FakeClock

TYPE = "Test::Shop::Widget"


class Widget(Base):
    """A thing that only the test has. ``made`` holds what there is; ``refuse`` what is to fail, and how."""

    schema = Schema(
        TYPE,
        properties=words("Color Size Parts Tags"),
        create_only=words("Size"),
        attributes=words("Arn Color"),
        tags="list",
    )

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.refuse: set[str] = set()
        self.hold: set[str] = set()
        self._count = 0

    def check(self, properties: Properties) -> None: ...

    def _do(self, verb: str, name: str) -> None:
        self.log.append(f"{verb} {name}")
        if f"{verb} {name}" in self.refuse:
            raise ResourceFailure(f"cannot {verb}")

    async def create(self, context: Context, properties: Properties) -> str:
        self._do("create", context.logical_id)
        self._count += 1
        physical_id = f"{context.logical_id}-{self._count}"
        self.made[physical_id] = {**properties, "tags": dict(context.tags)}
        return physical_id

    async def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        if context.logical_id in self.hold:
            await asyncio.Event().wait()
        self._do("settle", context.logical_id)

    async def update(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        self._do("update", context.logical_id)
        self.made[physical_id].update(new)

    async def retag(
        self, context: Context, physical_id: str, properties: Properties, old: Mapping[str, str]
    ) -> None:
        self.made[physical_id]["tags"] = dict(context.tags)

    async def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        self._do("delete", context.logical_id)
        self.made.pop(physical_id, None)

    async def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        if f"read {context.logical_id}" in self.refuse:
            raise ServiceError("AccessDenied", "not to be read")
        made = self.made.get(physical_id)
        if made is None:
            return None
        return {**made, "Tags": [{"Key": key, "Value": value} for key, value in made["tags"].items()]}

    async def attributes(
        self, context: Context, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        return {"Arn": f"arn:{physical_id}", "Color": properties.get("Color", "none")}


def parameter_store(values: dict[str, str]) -> Operations:
    table = Operations("ssm")

    @table.on("GetParameter")
    def get(_: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
        if request["Name"] not in values:
            raise ServiceError("ParameterNotFound", "not there")
        return {"Parameter": {"Name": request["Name"], "Value": values[request["Name"]]}}

    return table


def object_store(texts: dict[str, str]) -> Operations:
    table = Operations("s3")

    @table.on("GetObject")
    def get(_: Call, request: Mapping[str, Any]) -> Mapping[str, object]:
        if request["Key"] not in texts:
            raise ServiceError("NoSuchKey", "The specified key does not exist.")
        return {"Body": texts[request["Key"]].encode()}

    return table


class Shop:
    """A world with CloudFormation and its widgets."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.bench = Bench(clock=self.clock)
        self.widgets = Widget()
        self.parameters: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.service = CloudFormation(
            self.bench.world,
            Registry(
                [self.widgets, Role(), Stack(), WaitConditionHandle(), WaitCondition()],
                {TYPE: self.widgets.read},
                {TYPE: ("Id",)},
            ),
            grace_s=0,
        )
        self.bench.add(self.service.operations)
        self.bench.add(parameter_store(self.parameters))
        self.bench.add(object_store(self.texts))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Shop]:
        (loop,) = self.service.loops()
        task = asyncio.ensure_future(loop())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def cfn(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return await self.bench.acall("cloudformation", operation, SCOPE, **params)

    async def stack(self, name: str = "s") -> Mapping[str, Any]:
        found: Mapping[str, Any] = (await self.cfn("DescribeStacks", StackName=name))["Stacks"][0]
        return found

    async def settled(self, name: str = "s") -> str:
        deadline = time.monotonic() + 5
        while (status := (await self.stack(name))["StackStatus"]).endswith("_IN_PROGRESS"):
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0)
        return str(status)

    async def breathe(self) -> None:
        """Let the engine take a step."""
        await asyncio.sleep(0)

    @contextlib.contextmanager
    def refused(self, text: str, code: str = "ValidationError") -> Iterator[None]:
        """Expect a call to be refused with this text in its message."""
        with pytest.raises(ServiceError) as caught:
            yield
        assert text in caught.value.message
        assert caught.value.code == code

    async def create(self, template: str, name: str = "s", **params: Any) -> str:
        await self.cfn("CreateStack", StackName=name, TemplateBody=template, **params)
        return await self.settled(name)

    async def update(self, template: str, name: str = "s", **params: Any) -> str:
        await self.cfn("UpdateStack", StackName=name, TemplateBody=template, **params)
        return await self.settled(name)

    async def events(self, name: str = "s") -> list[tuple[str, str, str]]:
        """Return logical id, status and physical id of a stack's events, oldest first."""
        found = (await self.cfn("DescribeStackEvents", StackName=name))["StackEvents"][::-1]
        return [
            (item["LogicalResourceId"], item["ResourceStatus"], item["PhysicalResourceId"])
            if item["ResourceType"] == TYPE
            else (item["LogicalResourceId"], item["ResourceStatus"], "")
            for item in found
        ]

    async def reasons(self, name: str = "s") -> dict[tuple[str, str], str]:
        """Return the reason of each event that has one, by logical id and status."""
        found = (await self.cfn("DescribeStackEvents", StackName=name))["StackEvents"]
        return {
            (item["LogicalResourceId"], item["ResourceStatus"]): item["ResourceStatusReason"]
            for item in found
            if "ResourceStatusReason" in item
        }


def in_shop(scenario: Callable[[Shop], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Shop().open() as shop:
            await scenario(shop)

    asyncio.run(run())


def widget(**properties: Any) -> dict[str, Any]:
    return {"Type": TYPE, "Properties": properties}


def template(*, outputs: Mapping[str, Any] | None = None, **resources: Any) -> str:
    sections: dict[str, Any] = {"Resources": resources}
    if outputs:
        sections["Outputs"] = outputs
    return json.dumps(sections)
