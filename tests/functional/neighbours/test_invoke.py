from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hatoba.cloud.neighbours import Neighbours
from hatoba.cloud.wire import Dispatcher, ServiceError, UnknownOperation, ValidationError
from tests.support.calls import SCOPE, Bench


class Inside:
    """A bench whose calls of other services go to the neighbours."""

    def __init__(self) -> None:
        self.bench = Bench(Path("unused"))
        self.neighbours = Neighbours(self.bench.world)
        self.dispatcher = Dispatcher({}, self.bench.state.transaction, self.neighbours.invoke)

    async def call(self, service: str, operation: str, **params: Any) -> Mapping[str, Any]:
        call = self.bench.call_as(SCOPE, service)
        return await self.dispatcher(call, service, operation, params)

    def calls(self, *calls: tuple[str, str, dict[str, Any]]) -> list[Mapping[str, Any]]:
        async def run() -> list[Mapping[str, Any]]:
            try:
                return [await self.call(service, operation, **params) for service, operation, params in calls]
            finally:
                await self.neighbours.close()

        return asyncio.run(run())


def test_a_parameter_put_from_inside_is_read_from_inside() -> None:
    found = Inside().calls(
        ("ssm", "PutParameter", {"Name": "/inside", "Value": "v", "Type": "String"}),
        ("ssm", "GetParameter", {"Name": "/inside"}),
    )
    assert found[1]["Parameter"]["Value"] == "v"
    assert found[1]["Parameter"]["ARN"] == "arn:aws:ssm:ap-northeast-1:000000000000:parameter/inside"
    assert "ResponseMetadata" not in found[1]


def test_an_object_of_s3_comes_as_bytes() -> None:
    where = {"LocationConstraint": SCOPE.region}
    found = Inside().calls(
        ("s3", "CreateBucket", {"Bucket": "inside", "CreateBucketConfiguration": where}),
        ("s3", "PutObject", {"Bucket": "inside", "Key": "a/ü.json", "Body": b"{}"}),
        ("s3", "GetObject", {"Bucket": "inside", "Key": "a/ü.json"}),
    )
    assert found[2]["Body"] == b"{}"


def test_a_secret_is_read() -> None:
    found = Inside().calls(
        ("secretsmanager", "CreateSecret", {"Name": "s", "SecretString": "hush"}),
        ("secretsmanager", "GetSecretValue", {"SecretId": "s"}),
    )
    assert found[1]["SecretString"] == "hush"


def test_an_error_of_a_neighbour_keeps_its_code_and_status() -> None:
    with pytest.raises(ServiceError) as caught:
        Inside().calls(("ssm", "GetParameter", {"Name": "/absent"}))
    assert caught.value.code == "ParameterNotFound"
    assert caught.value.status == 400


def test_wrong_parameters_are_a_validation_error() -> None:
    with pytest.raises(ValidationError):
        Inside().calls(("ssm", "GetParameter", {}))


@pytest.mark.parametrize(("service", "operation"), [("no-such-service", "Do"), ("ssm", "NoSuchOperation")])
def test_an_unknown_operation_is_named(service: str, operation: str) -> None:
    with pytest.raises(UnknownOperation, match=operation):
        Inside().calls((service, operation, {}))


def test_what_moto_has_not_got_is_refused_by_name() -> None:
    with pytest.raises(ServiceError, match="get_inventory_schema") as caught:
        Inside().calls(("ssm", "GetInventorySchema", {}))
    assert caught.value.code == "NotImplementedException"


def test_the_event_loop_goes_on_while_a_neighbour_answers() -> None:
    inside = Inside()

    async def run() -> int:
        call = asyncio.create_task(inside.call("ssm", "DescribeParameters"))
        turns = 0
        while not call.done():
            await asyncio.sleep(0)
            turns += 1
        await call
        await inside.neighbours.close()
        return turns

    assert asyncio.run(run()) > 1


def test_the_profile_of_whoever_started_the_cloud_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    [found] = Inside().calls(("ssm", "DescribeParameters", {}))
    assert "Parameters" in found
