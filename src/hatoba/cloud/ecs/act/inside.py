"""What a task asks from inside: who am I, what do I use, and with what credentials may I act.

::

    in a task ─ GET /v4/<container> …      ─→ metadata, statistics
              ─ GET /v2/credentials/<id>   ─→ sts:AssumeRole, as the ecs-tasks service does

On Fargate this answers at 169.254.170.2, which only a task can reach. It listens on loopback here, so
whoever asks for credentials must show the token that the task was given; every SDK does that by itself
(``AWS_CONTAINER_CREDENTIALS_FULL_URI`` and ``AWS_CONTAINER_AUTHORIZATION_TOKEN``). Containers reach it on
their own loopback, by doors (:mod:`hatoba.runtime.doors`): SDKs take credentials by plain HTTP from
loopback, and 169.254.170.2:80 inside the task's network would take port 80 from its containers. So they
reach the cloud's endpoint too, and its DNS server, where VPCs have theirs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec.structs import replace

from hatoba.cloud.ecs import names
from hatoba.cloud.ecs.act import agent, http
from hatoba.cloud.ecs.act.calls import Calls
from hatoba.cloud.ecs.act.guards import Guards
from hatoba.cloud.ecs.act.listening import listen
from hatoba.cloud.ecs.act.measure import Disks
from hatoba.cloud.ecs.control import metadata
from hatoba.cloud.ecs.control.specification import Told, surroundings
from hatoba.cloud.ecs.definition import read, read_overrides
from hatoba.cloud.ecs.model import InsideServer
from hatoba.cloud.state import Scope
from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.call import random_hex
from hatoba.runtime.protocol import Door

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatoba.cloud.ecs.act.outside import Outside
    from hatoba.cloud.ecs.definition import TaskDefinitionView
    from hatoba.cloud.ecs.model import Container, Task
    from hatoba.runtime.protocol import Reach, Usage

CREDENTIALS = "/v2/credentials/"
DNS_PORT = 53
RENEWED_BEFORE_END_S = 1800.0
AGENT_PORT = 51679
"""Where ECS's agent answers tasks by itself; in a container's network nobody expects anything else there."""
RESOLVER = "169.254.169.253"
"""Where every VPC has its name server. https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html"""


class CannotAssume(Exception):
    """The task's role cannot be assumed; the text is the task's stopped reason."""


class Inside:
    """The endpoint that tasks find in their environment. It listens once a task needs it."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self.guards = Guards(outside)
        self.calls = Calls(outside, self.guards)
        settings = outside.world.settings
        self._home = Scope(settings.account, settings.region)
        self._opening = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._known: InsideServer | None = None
        self._sessions: dict[str, Mapping[str, Any]] = {}
        self._measured: dict[str, Usage] = {}
        self._disks = Disks(outside)

    async def run(self) -> None:
        """Listen for tasks of an earlier cloud, which know the port; end with the loops."""
        try:
            tasks = self._outside.store.tasks.everywhere()
            if any(task.runtime and task.last_status != "STOPPED" for _, task in tasks):
                await self._open()
            await self.calls.listen_again()
            await self.guards.listen_again()
            await asyncio.Event().wait()
        finally:
            self.calls.close()
            self.guards.close()
            if self._server is not None:
                self._server.close()
                self._server = self._known = None

    async def surroundings(self, scope: Scope, task: Task, view: TaskDefinitionView, reach: Reach) -> Told:
        """Return what a task is told of the cloud around it, and the doors that it needs to get there.

        Args:
            scope: Where it runs.
            task: Which.
            view: Its definition.
            reach: How its runtime's tasks reach this machine.

        Raises:
            CannotAssume: The task's role.
        """
        role = _role(scope, task, view)
        if role is not None:
            await self._session(scope, task, role)
        settings = self._outside.world.settings
        around = surroundings(scope.region, task.attachment.private_dns_name)
        around["AWS_ENDPOINT_URL"] = settings.endpoint
        if reach == "nothing":  # the endpoint all the same: nothing must reach AWS by accident
            return Told({each.name: around for each in task.containers})
        server = await self._open()
        doors = self._doors(view, server) if reach == "doors" else ()
        port, endpoint = (doors[0].port, doors[1].port) if doors else (server.port, settings.port)
        base = f"http://{http.HOST}:{port}"
        around["AWS_ENDPOINT_URL"] = f"http://{settings.host}:{endpoint}"
        if role is not None:
            around["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{base}{CREDENTIALS}{UUID(task.id)}"
            around["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = _token(server, task.id)
        if not doors:
            around["HATOBA_DNS"] = f"{settings.host}:{settings.dns_port}"
        variables = {
            each.name: around
            | {
                "ECS_AGENT_URI": f"{base}{agent.PATH}{names.docker_id(task.id, each.id)}",
                "ECS_CONTAINER_METADATA_URI": f"{base}/v3/{names.docker_id(task.id, each.id)}",
                "ECS_CONTAINER_METADATA_URI_V4": f"{base}/v4/{names.docker_id(task.id, each.id)}",
            }
            for each in task.containers
        }
        return Told(variables, doors, (RESOLVER,) if doors else ())

    def _doors(self, view: TaskDefinitionView, server: InsideServer) -> tuple[Door, ...]:
        """Return the doors to agent, endpoint and DNS, at ports that no container of the task needs."""
        settings = self._outside.world.settings
        theirs = {port.container_port for each in view.container_definitions for port in each.port_mappings}
        own = next(port for port in count(AGENT_PORT) if port not in theirs)
        endpoint = next(port for port in count(settings.port) if port not in theirs | {own})
        return (
            Door(http.HOST, own, server.port),
            Door(settings.host, endpoint, settings.port),
            Door(RESOLVER, DNS_PORT, settings.dns_port, "udp"),
            Door(RESOLVER, DNS_PORT, settings.dns_port),
        )

    async def _open(self) -> InsideServer:
        """Listen, at the port of an earlier cloud where it is free: its tasks know that one."""
        servers = self._outside.store.inside
        async with self._opening:
            if self._known is not None:
                return self._known
            kept = servers.get(self._home, InsideServer.key)
            serve, known = http.serving(self._answer), kept.port if kept else 0
            self._server, port = await listen(serve, http.HOST, known)
            self._known = InsideServer(port, kept.secret if kept else random_hex(64))
            return servers.put(self._home, self._known)

    async def _answer(self, request: http.Request) -> http.Reply:
        is_for_agent = request.path.startswith(agent.PATH)
        if request.method not in ({"GET", "PUT"} if is_for_agent else {"GET"}):
            return http.Reply(405, f"{request.method} is not answered here.")
        if is_for_agent:
            return await agent.answer(self._outside, request)
        if request.path.startswith(CREDENTIALS.rstrip("/")):
            return await self._credentials(request)
        _, version, identifier, *rest = [*request.path.split("/"), "", ""]
        found = self._outside.store.task_of(identifier.partition("-")[0])
        if version not in {"v3", "v4"} or found is None:
            return http.Reply(404, f"unable to get task metadata: there is no {request.path}")
        scope, task = found
        asked = [each for each in task.containers if names.docker_id(task.id, each.id) == identifier]
        if not asked:
            return http.Reply(404, f"unable to get container metadata: there is no {request.path}")
        return await self._metadata(scope, task, asked[0], "/".join(rest).strip("/"))

    async def _metadata(self, scope: Scope, task: Task, asked: Container, what: str) -> http.Reply:
        if what == "stats":
            return http.Reply(200, await self._stats(task, asked))
        if what == "task/stats":
            # At once: an engine may take a second for each.
            found = await asyncio.gather(*(self._stats(task, each) for each in task.containers))
            known = (names.docker_id(task.id, each.id) for each in task.containers)
            return http.Reply(200, dict(zip(known, found, strict=True)))
        definition = self._outside.store.task_definition(scope, task.task_definition)
        if definition is None or what not in {"", "task", "taskWithTags"}:
            return http.Reply(404, f"there is no {what}; ask for /task, /taskWithTags, /stats or /task/stats")
        runtime = self._outside.runtimes.by_kind(task.runtime or "")
        has_own_network = runtime is not None and runtime.reach == "doors"
        subject = metadata.Subject(
            scope,
            task,
            read(definition.definition),
            await self._cidr(scope, task),
            (RESOLVER,) if has_own_network else (),
        )
        if not what:
            return http.Reply(200, metadata.container(subject, asked))
        subject = replace(subject, written_bytes=await self._disks.written_bytes(task))
        return http.Reply(200, metadata.task(subject, with_tags=what == "taskWithTags"))

    async def _stats(self, task: Task, each: Container) -> dict[str, object] | None:
        runtime = self._outside.runtimes.by_kind(task.runtime or "")
        usage = await runtime.usage(task.id, each.name) if runtime else None
        if usage is None:
            return None
        before = self._measured.get(each.id)
        self._measured[each.id] = usage
        return metadata.stats(each.name, names.docker_id(task.id, each.id), usage, before)

    async def _cidr(self, scope: Scope, task: Task) -> str | None:
        try:
            answer = await self._outside.ask(
                scope, "ec2", "DescribeSubnets", SubnetIds=[task.attachment.subnet_id]
            )
        except ServiceError:
            return None  # the subnet was deleted under the task
        cidr = answer["Subnets"][0].get("CidrBlock")
        return None if cidr is None else str(cidr)

    async def _credentials(self, request: http.Request) -> http.Reply:
        identifier = request.path.removeprefix(CREDENTIALS.rstrip("/")).strip("/")
        if not identifier:
            return _refused(400, "NoIdInRequest", "CredentialsV2Request: No ID in the request")
        found = self._outside.store.task_of(identifier.replace("-", ""))
        definition = found and self._outside.store.task_definition(found[0], found[1].task_definition)
        if found is None or definition is None or found[1].last_status == "STOPPED":
            return _refused(400, "InvalidIdInRequest", "CredentialsV2Request: ID not found")
        scope, task = found
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), _token(await self._open(), task.id).encode()):
            return _refused(401, "Unauthorized", "the task's AWS_CONTAINER_AUTHORIZATION_TOKEN is needed")
        role = _role(scope, task, read(definition.definition))
        if role is None:
            return _refused(400, "InvalidIdInRequest", "CredentialsV2Request: the task has no role")
        try:
            session = await self._session(scope, task, role)
        except CannotAssume as error:
            return _refused(503, "CredentialsUninitialized", str(error))
        return http.Reply(
            200,
            {
                "RoleArn": role,
                "AccessKeyId": session["AccessKeyId"],
                "SecretAccessKey": session["SecretAccessKey"],
                "Token": session["SessionToken"],
                "Expiration": session["Expiration"].isoformat().replace("+00:00", "Z"),
            },
        )

    async def _session(self, scope: Scope, task: Task, role: str) -> Mapping[str, Any]:
        """Return the task's credentials, new ones in time before they expire."""
        kept = self._sessions.get(task.id)
        now = self._outside.now()
        if kept is not None and kept["Expiration"].timestamp() - now > RENEWED_BEFORE_END_S:
            return kept
        call = self._outside.world.call_as_service(scope, "ecs-tasks")
        wanted = {"RoleArn": role, "RoleSessionName": task.id}
        try:
            answer = await self._outside.world.invoke(call, "sts", "AssumeRole", wanted)
        except ServiceError as error:
            raise CannotAssume(
                f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify"
                " that the role being passed has the proper trust relationship and permissions and that"
                " your IAM user has permissions to pass this role."
            ) from error
        self._forget()
        self._sessions[task.id] = answer["Credentials"]
        return self._sessions[task.id]

    def _forget(self) -> None:
        """Forget what belongs to tasks that have stopped."""
        for task_id in tuple(self._sessions):
            found = self._outside.store.task_of(task_id)
            if found is None or found[1].last_status == "STOPPED":
                del self._sessions[task_id]


def _role(scope: Scope, task: Task, view: TaskDefinitionView) -> str | None:
    """Return the ARN of the role that the task acts as; a definition may give its name alone."""
    role = read_overrides(task.overrides).task_role_arn or view.task_role_arn
    if not role or role.startswith("arn:"):
        return role or None
    return f"arn:aws:iam::{scope.account}:role/{role}"


def _token(server: InsideServer, task_id: str) -> str:
    return hmac.new(server.secret.encode(), task_id.encode(), hashlib.sha256).hexdigest()


def _refused(status: int, code: str, message: str) -> http.Reply:
    return http.Reply(status, {"code": code, "message": message, "HTTPErrorCode": status})
