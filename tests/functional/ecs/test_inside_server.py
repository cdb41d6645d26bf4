"""The endpoint that tasks ask, asked by others: wrong paths, wrong tokens, and a cloud that comes again."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hatoba.cloud.ecs.act import http
from hatoba.cloud.wire import Call, Operations, ServiceError
from hatoba.runtime.protocol import Usage
from tests.support.calls import SCOPE
from tests.unit.ecs.yard import Yard, wait_for

ROLE = "arn:aws:iam::000000000000:role/asker"


async def ask(port: int, head: str, sent: str = "") -> tuple[int, Any]:
    reader, writer = await asyncio.open_connection(http.HOST, port)
    writer.write(f"{head}\r\n\r\n{sent}".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    first, _, body = answer.partition("\r\n\r\n")
    return int(first.split()[1]), json.loads(body)


async def running(yard: Yard, overrides: Mapping[str, str] | None = None, **container: Any) -> str:
    """Run a task as if by processes; return its id."""
    await yard.register(**container)
    await yard.call("CreateCluster", clusterName="c")
    arn: str = (await yard.run(**({"overrides": overrides} if overrides else {})))["taskArn"]

    async def is_running() -> bool:
        return bool((await yard.tasks())[0]["lastStatus"] == "RUNNING")

    await wait_for(is_running)
    return arn.rsplit("/", 1)[-1]


@pytest.fixture
def yard() -> Yard:
    made = Yard()
    made.runtime.kind = "process"
    made.runtime.reach = "loopback"
    return made


def port_of(yard: Yard, task_id: str) -> int:
    uri: str = yard.runtime.specs[task_id].containers[0].environment["ECS_CONTAINER_METADATA_URI_V4"]
    return int(uri.split(":")[2].split("/", maxsplit=1)[0])


class Roles:
    """STS as far as ECS calls it: credentials that soon expire, until the role or STS itself is gone."""

    def __init__(self, yard: Yard) -> None:
        self.trouble: Exception | None = None
        self.expiration = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=20)
        table = Operations("sts")

        @table.on("AssumeRole")
        def assume(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
            del call, request
            if self.trouble is not None:
                raise self.trouble
            names = {"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "SessionToken": "token"}
            return {"Credentials": {**names, "Expiration": self.expiration}}

        yard.bench.add(table)


def test_credentials_read_as_ecss_and_so_do_troubles_with_them(yard: Yard) -> None:
    async def story() -> None:
        roles = Roles(yard)
        async with yard.at_work():
            task_id = await running(yard, {"taskRoleArn": ROLE})
            environment = yard.runtime.specs[task_id].containers[0].environment
            uri: str = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
            token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
            assert uri == f"http://127.0.0.1:{port_of(yard, task_id)}/v2/credentials/{UUID(task_id)}"
            head = f"GET /v2/credentials/{UUID(task_id)} HTTP/1.1\r\nAuthorization: {token}"

            assert await ask(port_of(yard, task_id), head) == (
                200,
                {
                    "RoleArn": ROLE,
                    "AccessKeyId": "ASIA",
                    "SecretAccessKey": "secret",
                    "Token": "token",
                    "Expiration": roles.expiration.isoformat().replace("+00:00", "Z"),
                },
            )
            roles.trouble = ServiceError("AccessDenied", "not any more")
            status, body = await ask(port_of(yard, task_id), head)
            assert (status, body["code"], body["HTTPErrorCode"]) == (503, "CredentialsUninitialized", 503)
            roles.trouble = OSError("STS is away")
            assert (await ask(port_of(yard, task_id), head))[0] == 500

    asyncio.run(story())


def test_the_environment_is_that_of_fargate(yard: Yard) -> None:
    async def story() -> Mapping[str, str]:
        async with yard.at_work():
            task_id = await running(yard)
        spec = yard.runtime.specs[task_id]
        environment: Mapping[str, str] = spec.containers[0].environment
        runtime_id = environment["ECS_CONTAINER_METADATA_URI_V4"].rsplit("/", 1)[-1]
        assert re.fullmatch(rf"{task_id}-\d{{10}}", runtime_id)
        base = f"http://127.0.0.1:{port_of(yard, task_id)}"
        assert {name: value for name, value in environment.items() if not name.startswith("HATOBA_")} == {
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_REGION": SCOPE.region,
            "AWS_DEFAULT_REGION": SCOPE.region,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
            "HOSTNAME": f"ip-10-0-0-1.{SCOPE.region}.compute.internal",
            "ECS_AGENT_URI": f"{base}/api/{runtime_id}",
            "ECS_CONTAINER_METADATA_URI": f"{base}/v3/{runtime_id}",
            "ECS_CONTAINER_METADATA_URI_V4": f"{base}/v4/{runtime_id}",
        }
        return environment

    assert asyncio.run(story())["HATOBA_DNS"].startswith("127.0.0.1:")


def test_what_is_not_there_or_not_allowed_is_answered_so(yard: Yard) -> None:
    async def story() -> None:
        async with yard.at_work():
            task_id = await running(yard)
            port = port_of(yard, task_id)
            assert (await ask(port, "GET /v4/nobody-1 HTTP/1.1"))[0] == 404
            assert (await ask(port, f"GET /v4/{task_id}-1/task HTTP/1.1"))[0] == 404
            assert (await ask(port, f"POST /v4/{task_id} HTTP/1.1"))[0] == 405
            assert (await ask(port, "nonsense"))[0] == 400
            known = (await yard.tasks())[0]["containers"][0]["runtimeId"]
            assert (await ask(port, f"GET /v4/{known}/other HTTP/1.1"))[0] == 404
            assert (await ask(port, f"GET /v3/{known}?a=b HTTP/1.1"))[0] == 200
            assert await ask(port, f"GET /v4/{known}/stats HTTP/1.1") == (200, None)

    asyncio.run(story())


def test_the_disk_is_measured_for_who_asks_and_not_each_time(yard: Yard) -> None:
    asked: list[str] = []

    async def written_bytes(task_id: str) -> int:
        asked.append(task_id)
        return 5_000_000

    async def story() -> None:
        yard.runtime.written_bytes = written_bytes  # type: ignore[method-assign]  # a runtime that measures
        async with yard.at_work():
            task_id = await running(yard)
            known = (await yard.tasks())[0]["containers"][0]["runtimeId"]
            for _ in range(2):
                _, told = await ask(port_of(yard, task_id), f"GET /v4/{known}/task HTTP/1.1")
                assert told["EphemeralStorageMetrics"] == {"Utilized": 5, "Reserved": 20480}
            assert asked == [task_id]

    asyncio.run(story())


def test_the_containers_of_a_task_are_measured_at_once(yard: Yard) -> None:
    both = asyncio.Barrier(2)

    async def usage(task_id: str, container: str) -> Usage:
        del task_id, container
        await both.wait()
        return Usage(1.0, 10, 100, 2, 4096, None, 3)

    async def story() -> None:
        yard.runtime.usage = usage  # type: ignore[method-assign]  # a runtime that measures
        async with yard.at_work():
            await yard.register_all("app", *({"name": name, "image": "i"} for name in ("app", "side")))
            await yard.call("CreateCluster", clusterName="c")
            task_id = (await yard.run())["taskArn"].rsplit("/", 1)[-1]

            async def is_running() -> bool:
                return bool((await yard.tasks())[0]["lastStatus"] == "RUNNING")

            await wait_for(is_running)
            known = [each["runtimeId"] for each in (await yard.tasks())[0]["containers"]]
            status, told = await ask(port_of(yard, task_id), f"GET /v4/{known[0]}/task/stats HTTP/1.1")
        assert status == 200
        assert {each: stats["name"] for each, stats in told.items()} == dict(
            zip(known, ("app", "side"), strict=True)
        )

    asyncio.run(story())


def test_a_task_of_a_service_protects_itself_by_its_agent(yard: Yard) -> None:
    async def story() -> None:
        await yard.register()
        async with yard.at_work():
            await yard.create()
            await yard.steady()
            (task,) = await yard.tasks()
            task_id = task["taskArn"].rsplit("/", 1)[-1]
            uri = yard.runtime.specs[task_id].containers[0].environment["ECS_AGENT_URI"]
            path = "/" + uri.split("/", 3)[3] + "/task-protection/v1/state"

            async def put(body: str) -> tuple[int, Any]:
                head = f"PUT {path} HTTP/1.1\r\nContent-Length: {len(body)}"
                return await ask(port_of(yard, task_id), head, body)

            status, answer = await put('{"ProtectionEnabled": true, "ExpiresInMinutes": 60}')
            assert (status, answer["protection"]["ProtectionEnabled"]) == (200, True)
            assert answer["protection"]["TaskArn"] == task["taskArn"]
            seen = await yard.call("GetTaskProtection", cluster="c", tasks=[task_id])
            assert seen["protectedTasks"][0]["protectionEnabled"]
            assert await ask(port_of(yard, task_id), f"GET {path} HTTP/1.1") == (200, answer)
            status, answer = await put('{"ProtectionEnabled": true, "ExpiresInMinutes": 2881}')
            assert (status, answer["error"]["Code"]) == (400, "InvalidParameterException")
            assert (await put("no"))[0] == 400
            _, answer = await put('{"ProtectionEnabled": false}')
            assert answer == {"protection": {"ProtectionEnabled": False, "TaskArn": task["taskArn"]}}
            assert (await ask(port_of(yard, task_id), f"GET {path}/more HTTP/1.1"))[0] == 404

    asyncio.run(story())


def test_a_task_of_no_service_is_not_protected_by_its_agent(yard: Yard) -> None:
    async def story() -> None:
        async with yard.at_work():
            task_id = await running(yard)
            uri = yard.runtime.specs[task_id].containers[0].environment["ECS_AGENT_URI"]
            path = "/" + uri.split("/", 3)[3] + "/task-protection/v1/state"
            status, answer = await ask(port_of(yard, task_id), f"GET {path} HTTP/1.1")
        assert status == 200
        assert answer["failure"]["Reason"] == "TASK_NOT_VALID"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "code"),
    [("/v2/credentials", "NoIdInRequest"), (f"/v2/credentials/{UUID(int=7)}", "InvalidIdInRequest")],
)
def test_credentials_of_nobody_are_refused_as_by_ecs(yard: Yard, path: str, code: str) -> None:
    async def story() -> None:
        async with yard.at_work():
            status, body = await ask(port_of(yard, await running(yard)), f"GET {path} HTTP/1.1")
        assert status == 400
        assert isinstance(body, dict)
        assert body["code"] == code

    asyncio.run(story())


def test_the_next_cloud_answers_at_the_port_that_running_tasks_know(yard: Yard) -> None:
    async def story() -> None:
        async with yard.at_work():
            task_id = await running(yard)
        ecs = yard.new_ecs()
        async with yard.at_work(ecs):
            known = (await yard.tasks())[0]["containers"][0]["runtimeId"]

            async def answers() -> bool:
                try:
                    return (await ask(port_of(yard, task_id), f"GET /v4/{known}/task HTTP/1.1"))[0] == 200
                except OSError:
                    return False

            await wait_for(answers)

    asyncio.run(story())


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_task_whose_doors_stay_closed_starts_without_them(yard: Yard, *, is_closed: bool) -> None:
    async def story() -> None:
        yard.runtime.reach = "doors"
        yard.runtime.doors_are_closed = is_closed
        async with yard.at_work():
            task_id = await running(yard, portMappings=[{"containerPort": 51679}])
            spec = yard.runtime.specs[task_id]
            if not is_closed:
                known = (await yard.tasks())[0]["containers"][0]["runtimeId"]
                _, told = await ask(spec.doors[0].to_port, f"GET /v4/{known} HTTP/1.1")
                assert told["Networks"][0]["DomainNameServers"] == ["169.254.169.253"]
        environment = spec.containers[0].environment
        assert ("ECS_CONTAINER_METADATA_URI_V4" in environment) is not is_closed
        # The agent's usual port is the container's own here.
        expected = [("127.0.0.1", 51680), ("169.254.169.253", 53)]
        places = [(each.host, each.port) for each in spec.doors]
        assert [each for each in expected if each in places] == ([] if is_closed else expected)
        assert yard.journal.count("remove") == int(is_closed)

    asyncio.run(story())
