"""ECS on the wire, byte by byte: what a client sends, what an answer and an error look like."""

from __future__ import annotations

import asyncio
import json

import pytest

from hatoba.cloud.wire import ServiceError
from hatoba.cloud.wire.http import HttpRequest, HttpResponse
from hatoba.cloud.wire.models import service_model
from tests.support.calls import SCOPE
from tests.unit.ecs.yard import PLACE, Yard
from tests.unit.wire.botocore_side import app_of, exchange, scope_header, table

JSON = "application/x-amz-json-1.1"
TARGET = "AmazonEC2ContainerServiceV20141113."
EXCEPTIONS = sorted(
    name
    for name in service_model("ecs").shape_names
    if service_model("ecs").shape_for(name).metadata.get("exception")
)


def send(yard: Yard, operation: str, body: dict[str, object]) -> HttpResponse:
    headers = {
        "content-type": JSON,
        "x-amz-target": TARGET + operation,
        "authorization": scope_header("ecs", SCOPE.account, SCOPE.region),
    }
    request = HttpRequest("POST", "/", "", headers, json.dumps(body).encode())
    return asyncio.run(app_of([yard.ecs.operations]).answer(request))


def test_a_call_is_json_1_1_posted_to_the_root_and_so_is_its_answer() -> None:
    answer = send(Yard(), "CreateCluster", {"clusterName": "c"})
    assert (answer.status, answer.headers["content-type"]) == (200, JSON)
    arn = f"arn:aws:ecs:{SCOPE.region}:{SCOPE.account}:cluster/c"
    assert json.loads(answer.body)["cluster"]["clusterArn"] == arn


def test_an_error_has_its_code_and_its_message_in_the_body() -> None:
    answer = send(Yard(), "ListServices", {"cluster": "x"})
    assert (answer.status, answer.headers["content-type"]) == (400, JSON)
    assert json.loads(answer.body) == {
        "__type": "ClusterNotFoundException",
        "message": "Cluster not found.",
    }


@pytest.mark.parametrize("code", EXCEPTIONS)
def test_every_modelled_error_is_a_400_but_that_of_the_server(code: str) -> None:
    def fail(_call: object, _params: object) -> dict[str, object]:
        raise ServiceError(code, "text")

    response, seen = exchange(app_of([table("ecs", ListClusters=fail)]), "ecs", "ListClusters", {})
    assert response.status == (500 if code == "ServerException" else 400)
    assert (seen["Error"]["Code"], seen["Error"]["Message"]) == (code, "text")


def test_a_conflict_says_which_tasks_were_run_with_the_token() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        task = await yard.run(clientToken="t", launchType="FARGATE")
        again = {
            "cluster": "c",
            "taskDefinition": "app",
            "networkConfiguration": PLACE,
            "launchType": "FARGATE",
            "clientToken": "t",
            "count": 2,
        }
        with pytest.raises(ServiceError) as refused:
            await yard.call("RunTask", **again)
        assert refused.value.code == "ConflictException"
        assert refused.value.members == {"resourceIds": [task["taskArn"]]}

    asyncio.run(story())


def test_what_a_call_changed_is_seen_by_the_next_one() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.register()
        await yard.call("CreateCluster", clusterName="c")
        arn = (await yard.run())["taskArn"]
        answer = await yard.call("DescribeTasks", cluster="c", tasks=[arn])
        assert ([each["taskArn"] for each in answer["tasks"]], answer["failures"]) == ([arn], [])

    asyncio.run(story())


def test_calls_are_not_throttled() -> None:
    async def story() -> None:
        yard = Yard()
        await yard.call("CreateCluster", clusterName="c")
        answers = [await yard.call("DescribeClusters", clusters=["c"]) for _ in range(200)]
        assert {len(each["clusters"]) for each in answers} == {1}

    asyncio.run(story())


@pytest.mark.parametrize(
    ("operation", "body", "code", "text"),
    [
        ("DeleteCluster", {"cluster": "x"}, "ClusterNotFoundException", "Cluster not found."),
        ("DeleteService", {"cluster": "c", "service": "x"}, "ServiceNotFoundException", "Service not found."),
        (
            "DescribeTaskDefinition",
            {"taskDefinition": "x"},
            "ClientException",
            "Unable to describe task definition.",
        ),
    ],
)
def test_what_is_not_there_is_told_in_the_words_of_aws(
    operation: str, body: dict[str, object], code: str, text: str
) -> None:
    yard = Yard()
    asyncio.run(yard.call("CreateCluster", clusterName="c"))
    with pytest.raises(ServiceError) as refused:
        asyncio.run(yard.call(operation, **body))
    assert (refused.value.code, refused.value.message) == (code, text)
