"""What a local cloud answers beside AWS's API, under ``/_hatoba/``: for the command line and the console.

Only callers that set the header ``x-hatoba`` are served: a web page cannot set it without asking first,
and is never allowed to, so no page in a browser can start a command or stop the cloud.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import asdict

from hatoba.cloud.identity import TokenRequest
from hatoba.cloud.server.reset import reset
from hatoba.cloud.wire import ServiceError
from hatoba.runtime.protocol import LocalCommand

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hatoba.cloud.server.assembly import Cloud
    from hatoba.gateway.protocol import Remembering

PREFIX = "/_hatoba/"
HEADER = "x-hatoba"


class AdminAnswer(msgspec.Struct, frozen=True):
    """An HTTP status and a JSON body."""

    status: int
    body: Mapping[str, object]


class ExecuteRequest(msgspec.Struct, frozen=True):
    """A command for a container of a task, which may be named by the beginning of its id."""

    task: str
    command: Annotated[list[str], msgspec.Meta(min_length=1)]
    container: str | None = None
    timeout_s: Annotated[float, msgspec.Meta(gt=0)] = 60.0


class SessionRequest(msgspec.Struct, frozen=True):
    """A command on a terminal for a container of a task, which may be named by the beginning of its id."""

    task: str
    command: Annotated[list[str], msgspec.Meta(min_length=1)]
    container: str | None = None


class StoriesRequest(msgspec.Struct, frozen=True):
    """Which requests: the one of this id, or the last ``limit`` that ended ``after`` (epoch seconds)."""

    id: str | None = None
    after: float = 0.0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class InterruptRequest(msgspec.Struct, frozen=True):
    """A task on Fargate Spot whose capacity is taken away."""

    task: str


class Admin:
    """Answers ``/_hatoba/…``. ``stop`` is called when the cloud is asked to end."""

    def __init__(self, cloud: Cloud, version: str, requests: Remembering, stop: Callable[[], None]) -> None:
        self._cloud = cloud
        self._version = version
        self._requests = requests
        self._stop = stop
        self._answers: dict[tuple[str, str], Callable[[bytes], Awaitable[Mapping[str, object]]]] = {
            ("GET", "health"): self._health,
            ("GET", "defaults"): self._defaults,
            ("PUT", "local-commands"): self._replace_local_commands,
            ("POST", "local-commands"): self._add_local_commands,
            ("POST", "token"): self._token,
            ("POST", "issuer"): self._issuer,
            ("GET", "tasks"): self._tasks,
            ("GET", "schedules"): self._schedules,
            ("POST", "interrupt"): self._interrupt,
            ("POST", "execute"): self._execute,
            ("POST", "session"): self._session,
            ("POST", "requests"): self._stories,
            ("POST", "reset"): self._reset,
            ("POST", "stop"): self._stop_cloud,
        }

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> AdminAnswer:
        """Answer one request for a path that begins with :data:`PREFIX`."""
        if HEADER not in headers:
            return _refused(HTTPStatus.FORBIDDEN, f"Requests to {PREFIX} need the header {HEADER}.")
        function = self._answers.get((method, path.removeprefix(PREFIX)))
        if function is None:
            return _refused(HTTPStatus.NOT_FOUND, f"There is no {method} {path} here.")
        try:
            return AdminAnswer(HTTPStatus.OK, await function(body))
        except (msgspec.MsgspecError, ValueError) as error:
            return _refused(HTTPStatus.BAD_REQUEST, f"{method} {path}: {error}")
        except ServiceError as error:
            return _refused(HTTPStatus.BAD_REQUEST, error.message)

    async def _health(self, _: bytes) -> Mapping[str, object]:
        return {
            "status": "running",
            "version": self._version,
            "services": sorted(self._cloud.dispatcher.services),
            "runtime": self._cloud.settings.runtime,
        }

    async def _defaults(self, _: bytes) -> Mapping[str, object]:
        """What a new account holds, for inputs that name something presumed to exist."""
        call = self._cloud.call_as(self._cloud.home, "ec2")
        invoke = self._cloud.dispatcher
        default = [{"Name": "is-default", "Values": ["true"]}]
        vpcs = await invoke(call, "ec2", "DescribeVpcs", {"Filters": default})
        vpc_id = vpcs["Vpcs"][0]["VpcId"]
        in_vpc = {"Name": "vpc-id", "Values": [vpc_id]}
        subnets = await invoke(call, "ec2", "DescribeSubnets", {"Filters": [in_vpc]})
        named_default = {"Name": "group-name", "Values": ["default"]}
        groups = await invoke(call, "ec2", "DescribeSecurityGroups", {"Filters": [in_vpc, named_default]})
        pool = self._cloud.identity.default_pool(self._cloud.home)
        return {
            "vpc_id": vpc_id,
            "subnet_ids": [subnet["SubnetId"] for subnet in subnets["Subnets"]],
            "security_group_id": groups["SecurityGroups"][0]["GroupId"],
            "user_pool_endpoint": pool.endpoint,
            "user_pool_client_ids": [pool.client_id],
        }

    async def _replace_local_commands(self, body: bytes) -> Mapping[str, object]:
        self._cloud.replace_local_commands(_commands(body))
        return {}

    async def _add_local_commands(self, body: bytes) -> Mapping[str, object]:
        self._cloud.add_local_commands(_commands(body))
        return {}

    async def _token(self, body: bytes) -> Mapping[str, object]:
        asked = msgspec.json.decode(body, type=TokenRequest)
        return {"token": await self._cloud.identity.mint(self._cloud.home, asked)}

    async def _issuer(self, body: bytes) -> Mapping[str, object]:
        """Say why an issuer's keys cannot be had, for the doctor."""
        issuer = msgspec.json.decode(body, type=dict[str, str])["issuer"]
        problem = await self._cloud.identity.discover(issuer)
        if problem is None:
            problem = (await self._cloud.identity.keys(issuer)).error
        return {"error": problem}

    async def _tasks(self, _: bytes) -> Mapping[str, object]:
        return {"tasks": [asdict(placement) for placement in self._cloud.ecs.placements()]}

    async def _session(self, body: bytes) -> Mapping[str, object]:
        wanted = msgspec.json.decode(body, type=SessionRequest)
        session = await self._cloud.ecs.session(wanted.task, wanted.container, wanted.command)
        return {"stream_url": session.stream_url, "token": session.token}

    async def _schedules(self, _: bytes) -> Mapping[str, object]:
        return {"schedules": self._cloud.schedules.told()}

    async def _stories(self, body: bytes) -> Mapping[str, object]:
        """Tell what became of requests to the gateway."""
        asked = msgspec.json.decode(body, type=StoriesRequest)
        told = await self._requests.stories(asked.id, asked.after, asked.limit)
        return {"requests": msgspec.to_builtins(told)}

    async def _interrupt(self, body: bytes) -> Mapping[str, object]:
        self._cloud.ecs.interrupt(msgspec.json.decode(body, type=InterruptRequest).task)
        return {}

    async def _reset(self, _: bytes) -> Mapping[str, object]:
        await reset(self._cloud)
        return {}

    async def _execute(self, body: bytes) -> Mapping[str, object]:
        asked = msgspec.json.decode(body, type=ExecuteRequest)
        done = await self._cloud.ecs.execute(asked.task, asked.container, asked.command, asked.timeout_s)
        return {"exit_code": done.exit_code, "output": done.output}

    async def _stop_cloud(self, _: bytes) -> Mapping[str, object]:
        self._stop()
        return {}


def encode(answer: AdminAnswer) -> bytes:
    """Return the answer's body."""
    return json.dumps(answer.body).encode()


def _commands(body: bytes) -> list[LocalCommand]:
    return msgspec.json.decode(body, type=dict[str, list[LocalCommand]])["commands"]


def _refused(status: HTTPStatus, message: str) -> AdminAnswer:
    return AdminAnswer(status, {"message": message})
