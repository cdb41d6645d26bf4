"""Clients keep asking through the gateway while tasks come and go: none of them notices."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from hatoba.cloud.server import runfile
from tests.support.cloud import RunningCloud, get
from tests.support.command import Hatoba
from tests.support.waiting import wait_until

CLIENTS = 4
LONG_S = 60
PLACE = {"cluster": "mz-dev-ecs-cluster"}
SERVICE = "mz-dev-app"


class Clients:
    """Some who ask the same URL again and again, each on new connections."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._is_done = threading.Event()
        self.answered = 0
        self.failed: list[str] = []

    @contextmanager
    def asking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_done.set()
            for thread in threads:
                thread.join(90)

    def _ask(self) -> None:
        while not self._is_done.is_set():
            try:
                status, body = get(self._url, self._token)
            except OSError as error:
                self.failed.append(str(error))
                continue
            if status == 200 and "Congratulations!" in body:
                self.answered += 1
            else:
                self.failed.append(f"{status} {body[:80]}")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Hatoba]:
    hatoba = Hatoba.with_example("sales_support_system", tmp_path)
    try:
        hatoba("up", "--detach", "--runtime", "process", "--port", "0")
        yield hatoba
    finally:
        hatoba.run("down")


def test_through_a_deployment_a_scale_in_a_stop_and_a_kill(system: Hatoba) -> None:
    run = runfile.read(system.folder / ".hatoba")
    assert run is not None
    ecs = RunningCloud(system.folder, run).client("ecs")

    def steady(count: int, check: Callable[[list[str]], bool] = lambda _: True) -> list[str]:
        def tasks() -> list[str]:
            service: dict[str, Any] = ecs.describe_services(services=[SERVICE], **PLACE)["services"][0]
            arns: list[str] = ecs.list_tasks(serviceName=SERVICE, **PLACE)["taskArns"]
            is_done = (
                len(service["deployments"]) == 1
                and service["deployments"][0]["rolloutState"] == "COMPLETED"
                and (service["runningCount"], service["pendingCount"], len(arns)) == (count, 0, count)
            )
            return arns if is_done and check(arns) else []

        return wait_until(tasks, what=f"{count} steady tasks", within_s=LONG_S)

    ecs.update_service(service=SERVICE, desiredCount=3, **PLACE)
    first = steady(3)
    url = system.json("status")["outputs"]["apigateway_endpoint"] + "/"
    clients = Clients(url, system("token").strip())
    with clients.asking():
        wait_until(lambda: clients.answered > 20, what="the first answers")
        ecs.update_service(service=SERVICE, forceNewDeployment=True, **PLACE)
        second = steady(3, lambda tasks: not set(tasks) & set(first))
        ecs.stop_task(task=second[0], **PLACE)
        third = steady(3, lambda tasks: second[0] not in tasks)
        _kill(third[0])
        steady(3, lambda tasks: third[0] not in tasks)
        ecs.update_service(service=SERVICE, desiredCount=1, **PLACE)
        steady(1)
        seen = clients.answered
        wait_until(lambda: clients.answered > seen + 20, what="the last answers")
    assert clients.failed == []


def _kill(arn: str) -> None:
    """End a task's process at once, as the machine does that runs out of memory."""
    task_id = arn.rsplit("/", 1)[-1]
    for process in psutil.process_iter():
        try:
            if process.environ().get("HATOBA_TASK_ID") == task_id:
                os.kill(process.pid, signal.SIGKILL)
        except psutil.Error:
            continue
