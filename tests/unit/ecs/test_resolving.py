"""Secrets and environment files (facts: ecs.md section 1.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hatoba.cloud.ecs.control import references
from hatoba.cloud.ecs.control.references import ParameterReference, SecretReference
from hatoba.cloud.wire import Call, Operations, ServiceError
from tests.unit.ecs.yard import Yard, wait_for

VERSION = "0" * 32
SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (SECRET, SecretReference("us-east-1", SECRET)),
        (f"{SECRET}:password::", SecretReference("us-east-1", SECRET, "password")),
        (f"{SECRET}:k:AWSPREVIOUS:v1", SecretReference("us-east-1", SECRET, "k", "AWSPREVIOUS", "v1")),
        ("arn:aws:ssm:us-east-1:000000000000:parameter/a/b", ParameterReference("us-east-1", "/a/b")),
        ("arn:aws:ssm:us-east-1:000000000000:parameter/a", ParameterReference("us-east-1", "a")),
        ("/a/b", ParameterReference("r", "/a/b")),
    ],
)
def test_a_reference_is_read(written: str, read: object) -> None:
    assert references.secret(written, "r") == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("# A=1\n  # B=2\n\nC=3\n", {"C": "3"}),
        ("A=#1", {"A": "#1"}),
        ("A=1\nA=2\n", {"A": "2"}),
        ("A=x=y", {"A": "x=y"}),
        ('A= x \nB="y"', {"A": " x ", "B": '"y"'}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A=\nnothing\n=1", {"A": ""}),
        ("A=1\u20282", {"A": "1\u20282"}),
    ],
)
def test_an_environment_file_has_lines_and_comments(text: str, read: dict[str, str]) -> None:
    assert references.variables(text) == read


def keepers(asked: list[str]) -> tuple[Operations, ...]:
    secrets, parameters, objects = Operations("secretsmanager"), Operations("ssm"), Operations("s3")

    @secrets.on("GetSecretValue")
    def secret(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        assert (call.region, request["SecretId"]) == ("us-east-1", SECRET)
        texts = {("", ""): '{"password": "hush"}', ("OLD", VERSION): '{"password": "before"}'}
        return {"SecretString": texts[request.get("VersionStage", ""), request.get("VersionId", "")]}

    @parameters.on("GetParameter")
    def parameter(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        assert request["WithDecryption"] is True
        asked.append(request["Name"])
        if request["Name"] != "/url":
            raise ServiceError("ParameterNotFound", f"{request['Name']} is not there")
        return {"Parameter": {"Value": "db://"}}

    @objects.on("GetObject")
    def found(call: Call, request: Mapping[str, Any]) -> dict[str, object]:
        del call
        files = {
            "one.env": b"A=one\nB=one\n",
            "two.env": b"\xef\xbb\xbfA=two\nC=two\n",
            "image.env": b"\xff\xd8",
        }
        if request["Key"] not in files:
            raise ServiceError("NoSuchKey", "The specified key does not exist.")
        return {"Body": files[request["Key"]]}

    return secrets, parameters, objects


async def started(yard: Yard, status: str, **container: Any) -> Mapping[str, Any]:
    for table in keepers(yard.journal):
        yard.bench.add(table)
    await yard.register(**container)
    await yard.call("CreateCluster", clusterName="c")
    found: list[Mapping[str, Any]] = []
    async with yard.at_work():
        arn = (await yard.run())["taskArn"]

        async def is_there() -> bool:
            found[:] = (await yard.call("DescribeTasks", cluster="c", tasks=[arn]))["tasks"]
            return bool(found[0]["lastStatus"] == status)

        await wait_for(is_there, what=status)
    return found[0]


def test_secrets_and_files_stand_in_the_containers_environment() -> None:
    async def story() -> None:
        yard = Yard()
        await started(
            yard,
            "RUNNING",
            environment=[{"name": "B", "value": "own"}],
            secrets=[
                {"name": "PASSWORD", "valueFrom": f"{SECRET}:password::"},
                {"name": "EARLIER", "valueFrom": f"{SECRET}:password:OLD:{VERSION}"},
                {"name": "WHOLE", "valueFrom": SECRET},
                {"name": "URL", "valueFrom": "/url"},
            ],
            environmentFiles=[
                {"type": "s3", "value": "arn:aws:s3:::bucket/one.env"},
                {"type": "s3", "value": "arn:aws:s3:::bucket/two.env"},
            ],
        )
        environment = next(iter(yard.runtime.specs.values())).containers[0].environment
        kept = {"EARLIER": "before", "WHOLE": '{"password": "hush"}'}
        wanted = kept | {"PASSWORD": "hush", "URL": "db://", "A": "one", "B": "own", "C": "two"}
        assert {name: environment[name] for name in wanted} == wanted

    asyncio.run(story())


def test_secrets_are_asked_for_once() -> None:
    async def story() -> None:
        yard = Yard()
        policy = {"enabled": True, "restartAttemptPeriod": 60}
        await started(yard, "RUNNING", secrets=[{"name": "URL", "valueFrom": "/url"}], restartPolicy=policy)
        assert yard.journal == ["/url", "start app"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("arn:aws:s3:::bucket/gone.env", "gone.env: NoSuchKey: The specified key does not exist."),
        ("arn:aws:s3:::bucket.env", "is not the ARN of an S3 object"),
        ("arn:aws:s3:::bucket/image.env", "codec can't decode"),
    ],
)
def test_an_environment_file_that_cannot_be_had_stops_the_task(file: str, text: str) -> None:
    async def story() -> None:
        files = [{"type": "s3", "value": file}]
        task = await started(Yard(), "STOPPED", environmentFiles=files)
        assert task["stopCode"] == "TaskFailedToStart"
        assert task["stoppedReason"].startswith(
            f"ResourceInitializationError: failed to download env files: {file}: "
        )
        assert text in task["stoppedReason"]

    asyncio.run(story())


@pytest.mark.parametrize(("named", "read"), [(("two",), {"A": "two", "C": "two"}), ((), {})])
def test_an_override_puts_other_environment_files_in_place_of_the_definitions(
    named: tuple[str, ...], read: dict[str, str]
) -> None:
    async def story() -> None:
        yard = Yard()
        for table in keepers(yard.journal):
            yard.bench.add(table)

        def files(*names: str) -> list[dict[str, str]]:
            return [{"type": "s3", "value": f"arn:aws:s3:::bucket/{name}.env"} for name in names]

        await yard.register(environmentFiles=files("one"))
        await yard.call("CreateCluster", clusterName="c")
        own = {"name": "app", "environmentFiles": files(*named)}
        async with yard.at_work():
            await yard.run(overrides={"containerOverrides": [own]})

            async def is_prepared() -> bool:
                return bool(yard.runtime.specs)

            await wait_for(is_prepared)
        environment = next(iter(yard.runtime.specs.values())).containers[0].environment
        assert {name: environment[name] for name in "ABC" if name in environment} == read

    asyncio.run(story())


@pytest.mark.parametrize(
    ("value_from", "text"),
    [("/not/there", "/not/there is not there"), (f"{SECRET}:user::", "did not contain json key user")],
)
def test_a_secret_that_cannot_be_had_stops_the_task(value_from: str, text: str) -> None:
    async def story() -> None:
        task = await started(Yard(), "STOPPED", secrets=[{"name": "A", "valueFrom": value_from}])
        assert task["stopCode"] == "TaskFailedToStart"
        assert task["stoppedReason"].startswith(
            "ResourceInitializationError: unable to pull secrets or registry auth: "
        )
        assert text in task["stoppedReason"]

    asyncio.run(story())
