"""The order desk, as its processes: calls by name, scopes, a job, a schedule."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from hatoba.definition.project import load
from hatoba.plan import plan
from tests.support.command import EXAMPLES, Hatoba
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("order_desk")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hatoba]:
    command = Hatoba.with_example("order_desk", tmp_path_factory.mktemp("examples"))
    command("up", "--detach", "--runtime", "process", "--port", "0")
    yield command
    command("down")
    assert command.processes() == []


@pytest.fixture(scope="module")
def url(desk: Hatoba) -> str:
    return str(desk.json("status")["outputs"]["url"])


def ask(url: str, token: str = "", body: object = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token.strip()}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, headers), timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def test_a_public_route_needs_no_token_and_the_others_do(url: str) -> None:
    assert ask(f"{url}/health") == (200, {"status": "ok"})
    assert ask(f"{url}/orders") == (401, {"message": "Unauthorized"})


def test_an_order_goes_through_three_services_that_find_one_another_by_name(desk: Hatoba, url: str) -> None:
    writing = desk("token", "--use", "access", "--scope", "orders/write")
    order = {"item": "rice", "count": 2}
    before = ask(f"{url}/stock/rice", writing)[1]["left"]

    assert ask(f"{url}/orders", desk("token"), order) == (403, {"message": "Forbidden"})
    status, taken = ask(f"{url}/orders", writing, order)

    assert (status, taken["amount"]) == (201, 2400)
    assert ask(f"{url}/stock/rice", writing)[1]["left"] == before - 2
    assert ask(f"{url}/orders", writing)[1]["orders"] == [taken]


def test_a_job_runs_once_and_shows_what_it_said(desk: Hatoba) -> None:
    before, after = (
        int(desk("job", "restock").splitlines()[0].removeprefix("tea: ")) for _ in ("once", "again")
    )

    assert after == before + 10


def test_jobs_are_listed_with_when_they_run_by_themselves(desk: Hatoba) -> None:
    by_name = {each["job"]: each for each in desk.json("job")["jobs"]}

    assert set(by_name) == {"restock", "sums"}
    assert by_name["restock"]["when"] == "by hand"
    nightly = by_name["sums"]
    assert (nightly["schedule"], nightly["when"]) == ("desk-sums", "cron(30 2 * * ? *) Asia/Tokyo")
    assert nightly["next"]
    assert "sums" in desk("job")


def test_the_schedule_stands_and_its_job_runs_when_it_is_time(desk: Hatoba) -> None:
    """The night is far: what the schedule would start is started by one that is for now."""
    variables = desk.json("env")["environment"]
    code = (
        "import boto3; scheduler = boto3.client('scheduler')\n"
        "nightly = scheduler.get_schedule(Name='desk-sums')\n"
        "print(nightly['ScheduleExpression'], nightly['ScheduleExpressionTimezone'])\n"
        "scheduler.create_schedule(Name='now', ScheduleExpression='rate(1 days)', Target=nightly['Target'],"
        " FlexibleTimeWindow={'Mode': 'OFF'})"
    )
    said = _python(code, desk.environment | variables)

    assert said.strip() == "cron(30 2 * * ? *) Asia/Tokyo"
    wait_until(lambda: " yen" in desk("logs", "/desk/sums"), within_s=60, what="the sum in the log")


def _python(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_environment_of_the_example_keeps_the_rules() -> None:
    project = load(start=EXAMPLES / "order_desk")

    for name in project.environment_names():
        project.validate(project.environment(name))
    assert [job.name for job in plan(project.system).jobs] == ["restock", "sums"]
