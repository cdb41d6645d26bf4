"""The whole way of one request: definition → template → local cloud → task → Cloud Map → gateway → answer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.command import EXAMPLES, Hatoba
from tests.support.waiting import wait_until


@pytest.fixture
def hatoba(tmp_path: Path) -> Iterator[Hatoba]:
    command = Hatoba.with_example("sales_support_system", tmp_path)
    yield command
    command("down")
    assert command.processes() == []


def get(url: str, token: str | None = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urlopen(Request(url, headers=headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_good_token_reaches_the_task_and_a_missing_one_does_not(hatoba: Hatoba) -> None:
    hatoba("up", "--detach", "--wait", "--runtime", "process", "--port", "0")
    url = hatoba.json("status")["outputs"]["apigateway_endpoint"] + "/"
    token = hatoba("token").strip()

    assert get(url) == (401, '{"message":"Unauthorized"}')
    status, page = get(url, token)

    assert status == 200
    assert "Congratulations!" in page


def test_every_command_tells_of_the_running_system(hatoba: Hatoba) -> None:
    hatoba("up", "--detach", "--runtime", "process", "--port", "0")
    outputs = hatoba.json("status")["outputs"]
    get(outputs["apigateway_endpoint"] + "/asked", hatoba("token").strip())

    assert set(outputs) == {"apigateway_endpoint", "ecs_security_group_id", "ecs_cluster_arn"}
    (service,), (task,) = (hatoba.json("ps")[name] for name in ("services", "tasks"))
    assert (service["running"], service["desired"], service["deployment"]) == (1, 1, "COMPLETED")
    assert (task["status"], task["runtime"]) == ("RUNNING", "process")
    why = "Tasks run as processes: the cloud was started with --runtime process; a process's CPU and memory"
    assert why in hatoba.run("ps").stderr
    records = hatoba.json("dig", "mz-dev-app.mz-dev-application-service.internal", "SRV")["records"]
    assert task["addresses"] == [f"127.0.0.1:{records[0]['value'].split()[2]}"]
    assert hatoba.json("doctor")["findings"] == []
    wait_until(
        lambda: '"path":"/asked"' in hatoba("logs", "/aws/api-gateway/mz-dev"), what="the access log line"
    )
    logged = hatoba("logs", "/aws/ecs/fargate/mz-dev-app", "--json").splitlines()
    assert json.loads(logged[0]) == {"format": 1}
    assert json.loads(logged[1])["stream"] == f"mz-dev-app/mz-dev-app/{task['task']}"


def test_a_request_tells_its_own_story(hatoba: Hatoba) -> None:
    hatoba("up", "--detach", "--runtime", "process", "--port", "0", "--gateway-workers", "2")
    endpoint = hatoba.json("status")["outputs"]["apigateway_endpoint"]
    good, expired = hatoba("token").strip(), hatoba("token", "--wrong", "expired").strip()
    assert (get(endpoint + "/told", good)[0], get(endpoint + "/told", expired)[0]) == (200, 401)

    requests = hatoba.json("requests")["requests"]
    well = next(each for each in requests if each["status"] == 200)
    refused = next(each for each in requests if each["status"] == 401)
    assert (well["path"], well["route_key"], well["authorizer"]) == ("/told", "GET /{proxy+}", "admitted")
    assert well["sent"][0] == "GET /told HTTP/1.1"
    assert (refused["failed_claim"], refused["instance"]) == ("exp", None)
    told = hatoba("requests", well["request_id"])
    task = hatoba.json("ps")["tasks"][0]
    assert f"chosen: {task['task']} ({task['addresses'][0]})" in told
    assert good not in told + hatoba("requests", "--json")
    assert refused["request_id"] in hatoba("requests")
    assert hatoba.run("requests", "unknown").returncode == 1


def test_an_aws_tool_needs_nothing_but_what_env_prints(hatoba: Hatoba) -> None:
    hatoba("up", "--detach", "--runtime", "process", "--port", "0")
    variables = hatoba.json("env")["environment"]
    code = (
        "import boto3; found = boto3.client('servicediscovery').discover_instances("
        "NamespaceName='mz-dev-application-service.internal', ServiceName='mz-dev-app');"
        "print(len(found['Instances']), found['Instances'][0]['HealthStatus'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env=hatoba.environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ["1", "HEALTHY"], done.stderr


def test_the_demo_sees_every_step() -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "sales_support_system" / "demo.py"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every step was seen" in done.stdout
